"""Small directories made up for tests, one a trap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NPI_SYSTEM = "http://hl7.org/fhir/sid/us-npi"
PLAN_NET = "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/"
DOCTOR, OTHER_DOCTOR, CLINIC = "1234567893", "1003000126", "1053389999"


def npi(value: str, **changes: Any) -> dict[str, Any]:
    return {"system": NPI_SYSTEM, "value": value, **changes}


def ref(kind: str, name: str) -> dict[str, str]:
    return {"reference": f"{kind}/{name}"}


def plan(name: str = "gold", *, networks: tuple[str, ...] = ("net",), **more: Any) -> dict[str, Any]:
    found = [ref("Organization", net) for net in networks]
    return {"resourceType": "InsurancePlan", "id": name, "name": f"Plan {name}", "network": found, **more}


def network(name: str = "net") -> dict[str, Any]:
    return {
        "resourceType": "Organization",
        "id": name,
        "name": f"Network {name}",
        "type": [{"coding": [{"code": "ntwk"}]}],
    }


def organisation(name: str = "clinic", number: str = CLINIC, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Organization", "id": name, "name": name.title(), "identifier": [npi(number)], **more}


def practitioner(name: str = "doc", number: str = DOCTOR, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Practitioner", "id": name, "identifier": [npi(number)],
        "name": [{"family": "Doe", "given": ["Jan"]}], **more,
    }  # fmt: skip


def location(name: str = "loc", state: str = "ME", **more: Any) -> dict[str, Any]:
    address = {"line": ["1 Main St"], "city": "Bangor", "state": state, "postalCode": "04401-1234"}
    return {
        "resourceType": "Location",
        "id": name,
        "address": address,
        "position": {"longitude": -68.8, "latitude": 44.8},
    } | more


def role(name: str = "role", *, networks: tuple[str, ...] = ("net",), **more: Any) -> dict[str, Any]:
    extension = [
        {"url": PLAN_NET + "network-reference", "valueReference": ref("Organization", net)} for net in networks
    ]
    return {
        "resourceType": "PractitionerRole", "id": name, "active": True, "extension": extension,
        "practitioner": ref("Practitioner", "doc"), "organization": ref("Organization", "clinic"),
        "location": [ref("Location", "loc")],
        "specialty": [{"coding": [{"system": "http://nucc.org/provider-taxonomy", "code": "208100000X"}]}], **more,
    }  # fmt: skip


def affiliation(name: str = "aff", *, networks: tuple[str, ...] = ("net",), **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "OrganizationAffiliation", "id": name, "active": True,
        "participatingOrganization": ref("Organization", "clinic"),
        "network": [ref("Organization", net) for net in networks], "location": [ref("Location", "loc")], **more,
    }  # fmt: skip


def accepting(code: str, about: str | None = None) -> dict[str, Any]:
    inner: list[dict[str, Any]] = [{"url": "acceptingPatients", "valueCodeableConcept": {"coding": [{"code": code}]}}]
    if about is not None:
        inner.append({"url": "fromNetwork", "valueReference": ref("Organization", about)})
    return {"url": PLAN_NET + "newpatients", "extension": inner}


def whole(*more: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan(), network(), organisation(), practitioner(), location(), *more]


def ndjson(path: Path, resources: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(resource) + "\n" for resource in resources), encoding="utf-8")
    return path


def bundle(path: Path, resources: list[dict[str, Any]], kind: str = "collection", **more: Any) -> Path:
    entries = [{"fullUrl": f"https://payer.test/{r['resourceType']}/{r['id']}", "resource": r} for r in resources]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries, **more}), encoding="utf-8")
    return path
