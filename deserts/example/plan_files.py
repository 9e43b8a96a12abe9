"""A payer's directory in the example, in two forms: a Plan-Net bundle and Marketplace files. All invented.

In it are a good listing (evidence shows what it says), a phantom (the number ended in 2025), hostile names, people whom
only an affiliation of their hospital brings in, and it lacks clinicians who do it. Marketplace files cannot say whom a
listed facility covers: that is their form, not a fault.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from deserts.example.cast import Address, Clinician

__all__ = ["CONTRACT", "HIOS", "PLAN_FILES_ON", "plan_index", "plan_marketplace", "plan_names", "plan_net"]

CONTRACT, HIOS = "H9999-001-000", "97000XA0010001"
"""Plan of the bundle (contract, plan, segment) and of the Marketplace files (14 characters)."""
PLAN_FILES_ON = "2026-11-02"
"""Day that the directory gives most of its records; the phantom's is over 90 days older than the example's fetch."""

_OLD = "2026-06-30"
_PLAN_NET = "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/"
_NPI = "http://hl7.org/fhir/sid/us-npi"
_NUCC = "http://nucc.org/provider-taxonomy"
_BY_ROLE = (
    "baclofen", "nurse", "pain_pumps", "over_the_line", "analysis", "children", "hidden", "deactivated", "formula",
    "markup",
)  # fmt: skip
"""Parts that are listed by name; "refills", "three_sites" and "island" do it and are not listed."""
_BY_AFFILIATION = ("implanter", "manages")
"""Parts whom the bundle lists only because their hospital's practice is affiliated with the network."""
_EVERY = 3
"""One of so many in the background with a fitting specialty is listed too."""
_FITTING = ("Physical Medicine and Rehabilitation", "Neurology", "Pain Management", "Interventional Pain Management")


def _listed(people: Sequence[Clinician]) -> list[Clinician]:
    """Return who is listed by name, in the order of the cast."""
    background = [who for who in people if not who.role and who.specialty in _FITTING]
    chosen = {who.npi for who in background[::_EVERY]}
    return [who for who in people if who.role in _BY_ROLE or who.npi in chosen]


def _affiliated(people: Sequence[Clinician]) -> list[Clinician]:
    return [who for who in people if who.role in _BY_AFFILIATION]


def plan_net(people: Sequence[Clinician]) -> bytes:
    """Return the directory as one Plan-Net collection bundle (FHIR R4)."""
    resources = [*_plan_resources(), *_provider_resources(people)]
    entries = [
        {"fullUrl": f"https://plans.example.org/fhir/{each['resourceType']}/{each['id']}", "resource": each}
        for each in resources
    ]
    return _json({"resourceType": "Bundle", "type": "collection", "entry": entries})


def _plan_resources() -> Iterator[dict[str, Any]]:
    payer, network = _ref("Organization", "payer"), _ref("Organization", "harbor-network")
    yield {
        "resourceType": "InsurancePlan", "id": "harbor-choice", "name": "Harbor Choice (HMO)", "status": "active",
        "alias": [CONTRACT, CONTRACT[:5]], "type": [{"coding": [{"code": "mediadvhmo"}]}], "ownedBy": payer,
        "network": [network],
    }  # fmt: skip
    yield {"resourceType": "Organization", "id": "payer", "name": "Invented Health Plan", "type": _code("payer")}
    yield {
        "resourceType": "Organization", "id": "harbor-network", "name": "Harbor Network", "type": _code("ntwk"),
        "partOf": payer,
    }  # fmt: skip


def _provider_resources(people: Sequence[Clinician]) -> Iterator[dict[str, Any]]:
    listed, affiliated = _listed(people), _affiliated(people)
    practices: dict[str, Address] = {}
    places: dict[tuple[str, str], Address] = {}
    for who in [*listed, *affiliated]:
        for at in who.sites:
            places.setdefault((at.street, at.zip), at)
            if at.group_id:
                practices.setdefault(at.group_id, at)
    names = {key: f"place-{number}" for number, key in enumerate(places, start=1)}
    for key, at in places.items():
        yield _location(names[key], at)
    for group, at in practices.items():
        yield {"resourceType": "Organization", "id": f"group-{group}", "name": at.practice, "type": _code("prvgrp")}
    for who in [*listed, *affiliated]:
        yield _practitioner(who)
        yield _role(who, [names[at.street, at.zip] for at in who.sites], in_network=who in listed)
    hospital = affiliated[0].sites[0]
    yield {
        "resourceType": "OrganizationAffiliation", "id": "university-in-network", "active": True,
        "meta": {"lastUpdated": f"{PLAN_FILES_ON}T00:00:00Z"},
        "participatingOrganization": _ref("Organization", f"group-{hospital.group_id}"),
        "network": [_ref("Organization", "harbor-network")],
        "location": [_ref("Location", names[hospital.street, hospital.zip])],
    }  # fmt: skip


def _location(name: str, at: Address) -> dict[str, Any]:
    return {
        "resourceType": "Location", "id": name, "status": "active",
        "address": {"line": [at.street], "city": at.city, "state": at.state, "postalCode": at.zip},
        "telecom": [{"system": "phone", "value": at.phone}],
    }  # fmt: skip


def _practitioner(who: Clinician) -> dict[str, Any]:
    return {
        "resourceType": "Practitioner", "id": f"who-{who.npi}", "active": True,
        "identifier": [{"system": _NPI, "value": who.npi}],
        "name": [{"use": "official", "family": who.last, "given": [who.first] if who.first else []}],
    }  # fmt: skip


def _role(who: Clinician, places: Sequence[str], *, in_network: bool) -> dict[str, Any]:
    accepting = {
        "url": _PLAN_NET + "newpatients",
        "extension": [{"url": "acceptingPatients", "valueCodeableConcept": {"coding": [{"code": "newpt"}]}}],
    }
    network = {"url": _PLAN_NET + "network-reference", "valueReference": _ref("Organization", "harbor-network")}
    group = who.sites[0].group_id
    return {
        "resourceType": "PractitionerRole", "id": f"role-{who.npi}", "active": True,
        "meta": {"lastUpdated": f"{_day_of(who)}T00:00:00Z"},
        "extension": [network, accepting] if in_network else [accepting],
        "practitioner": _ref("Practitioner", f"who-{who.npi}"),
        **({"organization": _ref("Organization", f"group-{group}")} if group else {}),
        "location": [_ref("Location", name) for name in places],
        "specialty": [{"coding": [{"system": _NUCC, "code": code} for code in who.taxonomies], "text": who.specialty}],
    }  # fmt: skip


def _day_of(who: Clinician) -> str:
    return _OLD if who.role == "deactivated" else PLAN_FILES_ON


def plan_index() -> bytes:
    """Return ``index.json`` of the Marketplace files."""
    top = "https://plans.example.org/marketplace"
    return _json({"provider_urls": [f"{top}/providers.json"], "formulary_urls": [], "plan_urls": [f"{top}/plans.json"]})


def plan_names() -> bytes:
    """Return ``plans.json``: one plan, with its name."""
    plan = {
        "plan_id_type": "HIOS-PLAN-ID", "plan_id": HIOS, "marketing_name": "Harbor Choice Silver",
        "network": [{"network_tier": "PREFERRED"}], "last_updated_on": PLAN_FILES_ON, "years": [2026],
    }  # fmt: skip
    return _json([plan])


def plan_marketplace(people: Sequence[Clinician]) -> bytes:
    """Return ``providers.json``: the same listings, the hospital's practice as a facility."""
    plans = [{"plan_id_type": "HIOS-PLAN-ID", "plan_id": HIOS, "network_tier": "PREFERRED", "years": [2026]}]
    rows: list[dict[str, Any]] = [
        {
            "npi": who.npi, "type": "INDIVIDUAL", "name": {"first": who.first, "last": who.last},
            "addresses": [_address(at) for at in who.sites], "specialty": [who.specialty], "accepting": "accepting",
            "plans": plans, "last_updated_on": _day_of(who),
        }
        for who in _listed(people)
    ]  # fmt: skip
    hospital = _affiliated(people)[0].sites[0]
    rows.append({
        "npi": None, "type": "FACILITY", "facility_name": hospital.practice, "facility_type": ["Clinic"],
        "addresses": [_address(hospital)], "plans": plans, "last_updated_on": PLAN_FILES_ON,
    })  # fmt: skip
    return _json(rows)


def _address(at: Address) -> dict[str, str]:
    return {"address": at.street, "city": at.city, "state": at.state, "zip": at.zip, "phone": at.phone}


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"reference": f"{kind}/{name}"}


def _code(code: str) -> list[dict[str, Any]]:
    return [{"coding": [{"code": code}]}]


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
