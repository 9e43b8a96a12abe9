"""Join the resources of one FHIR directory: plan → network ← role or affiliation → person, organisation, places."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deserts.sources.directories import fhir
from deserts.sources.directories.fhir import accepting_of, day_of, key_of, networks_of, tag_of, text_of
from deserts.sources.directories.listing import Tally, Wanted
from deserts.sources.directories.parties import (
    Extensions,
    Party,
    Place,
    organisation_of,
    person_of,
    phone_of,
    place_of,
)
from deserts.sources.directories.records import Record
from deserts.sources.readers.npi import npi_is_valid

__all__ = ["TEXTS_OF_PAYERS_AND_NETWORKS", "Index", "rows_of"]

_DIGITS = re.compile(r"\d+")
_TAXONOMY = re.compile(r"[0-9A-Z]{9}X")
_CONTRACT = re.compile(r"[A-Z]\d{4}(-\d{3}){0,2}")
_HIOS = re.compile(r"\d{5}[A-Z]{2}\d{7}")
_PAYER, _NETWORK, _NETWORK_PROFILE = frozenset({"payer", "pay"}), "ntwk", "plannet-Network"
TEXTS_OF_PAYERS_AND_NETWORKS = tuple(
    text.lower().encode() for text in (*(f'"{code}"' for code in sorted({*_PAYER, _NETWORK})), _NETWORK_PROFILE)
)
"""One of these, in any letters, stands in the record of every payer and every network."""


@dataclass(frozen=True, slots=True)
class _Plan:
    id: str
    id_type: str
    name: str
    known_as: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Claim:
    """A role or an affiliation: who is listed, for which networks, at which places, and where the file says so."""

    person: str
    organisation: str
    networks: tuple[str, ...]
    places: tuple[str, ...]
    services: tuple[str, ...]
    specialties: tuple[fhir.CodeableConcept, ...]
    phone: str
    extensions: Extensions
    active_from: str
    active_to: str
    source_date: str
    digest: bytes
    pointer: str
    path: Path


@dataclass(slots=True)
class Index:
    """What the passes over a directory leave behind; filled by the methods in their order."""

    wanted: Wanted
    tally: Tally
    full_urls: dict[str, str] = field(default_factory=dict)
    plans: dict[str, list[_Plan]] = field(default_factory=dict)
    payers: set[str] = field(default_factory=set)
    network_names: dict[str, str] = field(default_factory=dict)
    parties: dict[str, Party] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    services: dict[str, fhir.Service] = field(default_factory=dict)
    roles: dict[str, list[_Claim]] = field(default_factory=dict)
    affiliations: list[_Claim] = field(default_factory=list)
    needed: set[str] = field(default_factory=set)

    # ---- first pass: what narrows the choice

    def add_first(self, resource: fhir.Resource) -> None:
        """Take a plan, a network, a payer, a wanted provider, or a place of a wanted state."""
        key = _key(resource)
        if isinstance(resource, fhir.InsurancePlan):
            self._add_plan(resource)
        elif isinstance(resource, fhir.Organization):
            self._add_organisation(key, resource)
        elif isinstance(resource, fhir.Practitioner) and self.wanted.npis is not None:
            party = person_of(resource)
            if self.wanted.takes_npi(party.npi):
                self.parties[key] = party
        elif isinstance(resource, fhir.Location) and self.wanted.states is not None:
            place = place_of(resource)
            if self.wanted.takes_state(place.state):
                self.places[key] = place

    def _add_plan(self, plan: fhir.InsurancePlan) -> None:
        values = [text_of(entry.value) for entry in plan.identifier or ()] + [
            text_of(alias) for alias in plan.alias or ()
        ]
        ids = [value for value in values if _CONTRACT.fullmatch(value) or _HIOS.fullmatch(value)]
        best = max(ids, key=len, default="") or text_of(plan.id)
        kind = "contract" if _CONTRACT.fullmatch(best) else "hios" if _HIOS.fullmatch(best) else "resource"
        found = _Plan(best, kind, text_of(plan.name), tuple(value for value in (*values, text_of(plan.id)) if value))
        for reference in plan.network or ():
            key = self.key("Organization", reference)
            self.plans.setdefault(key, []).append(found)
            self.network_names.setdefault(key, text_of(reference.display))
        if plan.owned_by is not None:
            self.payers.add(self.key("Organization", plan.owned_by))
        if not plan.network:
            self.tally.note("plans that name no network")

    def _add_organisation(self, key: str, organisation: fhir.Organization) -> None:
        codes = {(coding.code or "").lower() for concept in organisation.type or () for coding in concept.codings}
        profiles = (organisation.meta.profile if organisation.meta else None) or ()
        if _NETWORK in codes or any(profile.endswith(_NETWORK_PROFILE) for profile in profiles):
            self.network_names[key] = text_of(organisation.name)
        elif codes & _PAYER:
            self.payers.add(key)
        elif self.wanted.npis is not None:
            party = organisation_of(organisation, self.key)
            if self.wanted.takes_npi(party.npi):
                self.parties[key] = party

    @property
    def ids_hold_npis(self) -> bool:
        """Whether references to wanted providers hold their NPIs, so that lines without one need not be read."""
        return all(party.npi in _DIGITS.findall(key) for key, party in self.parties.items())

    # ---- second pass: roles and affiliations

    def add_role(self, role: fhir.Role, record: Record, path: Path) -> None:
        """Take a role if its provider and one of its places are wanted."""
        claim = self._claim(role, record, path, role.organization)
        provider = claim.person or claim.organisation
        if self.wanted.npis is not None and provider not in self.parties:
            return
        if self.wanted.states is not None and claim.places and self.places.keys().isdisjoint(claim.places):
            return
        if role.active is False:
            self.tally.refuse("a role that is marked inactive")
            return
        self.roles.setdefault(role.id or record.pointer, []).append(claim)

    def add_affiliation(self, entry: fhir.Affiliation, record: Record, path: Path) -> None:
        """Take an affiliation that names a network."""
        if not entry.network:
            self.tally.note("affiliations without a network")
        elif entry.active is False:
            self.tally.refuse("an affiliation that is marked inactive")
        else:
            self.affiliations.append(self._claim(entry, record, path, entry.participating or entry.organization))

    def _claim(
        self, entry: fhir.Role | fhir.Affiliation, record: Record, path: Path, organisation: fhir.Reference | None
    ) -> _Claim:
        role = entry if isinstance(entry, fhir.Role) else None
        named = networks_of(entry.extension)
        if isinstance(entry, fhir.Affiliation):
            named = [reference.reference or "" for reference in entry.network or ()]
        return _Claim(
            person="" if role is None else self.key("Practitioner", role.practitioner),
            organisation=self.key("Organization", organisation),
            networks=tuple(dict.fromkeys(key for name in named if (key := self._key("Organization", name)))),
            places=self._keys("Location", entry.location),
            services=self._keys("HealthcareService", entry.healthcare_service),
            specialties=tuple(entry.specialty or ()),
            phone="" if role is None else phone_of(role.telecom),
            extensions=entry.extension,
            active_from=day_of(entry.period.start) if entry.period else "",
            active_to=day_of(entry.period.end) if entry.period else "",
            source_date=day_of(entry.meta.last_updated) if entry.meta else "",
            digest=hashlib.sha256(record.raw).digest()[:16],
            pointer=record.pointer,
            path=path,
        )

    def key(self, kind: str, reference: fhir.Reference | None) -> str:
        """Return the key of what a reference points to, empty where it is none."""
        return "" if reference is None else self._key(kind, reference.reference)

    def _key(self, kind: str, text: str | None) -> str:
        return key_of(kind, text, full_urls=self.full_urls)

    def _keys(self, kind: str, references: Sequence[fhir.Reference] | None) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for ref in references or () if (key := self.key(kind, ref))))

    # ---- third pass: what they point to

    def settle(self) -> None:
        """Leave out doubles and affiliations of nobody wanted, and note what has still to be found."""
        for identity, claims in self.roles.items():
            self.roles[identity] = self._without_doubles(claims)
        employers = {claim.organisation for claims in self.roles.values() for claim in claims}
        if self.wanted.npis is not None:
            self.affiliations = [
                claim
                for claim in self.affiliations
                if claim.organisation in employers or claim.organisation in self.parties
            ]
        for claim in (*(claim for claims in self.roles.values() for claim in claims), *self.affiliations):
            self.needed.update((claim.person, claim.organisation, *claim.networks, *claim.places, *claim.services))

    def _without_doubles(self, claims: list[_Claim]) -> list[_Claim]:
        """Keep one copy of what is the same to the byte; of copies under one id, those that name a real practice."""
        distinct = list({claim.digest: claim for claim in claims}.values())
        if len(distinct) < len(claims):
            self.tally.note("repeated records", len(claims) - len(distinct))
        real = [claim for claim in distinct if claim.organisation not in self.payers]
        if real and len(real) < len(distinct):
            self.tally.note("second copies of a role that name the payer as the practice", len(distinct) - len(real))
            return real
        return distinct

    def add_last(self, resource: fhir.Resource) -> None:
        """Take what a kept role or affiliation points to."""
        key = _key(resource)
        if key not in self.needed:
            return
        if isinstance(resource, fhir.Practitioner):
            self.parties.setdefault(key, person_of(resource))
        elif isinstance(resource, fhir.Organization):
            self.parties.setdefault(key, organisation_of(resource, self.key))
        elif isinstance(resource, fhir.Location) and self.wanted.states is None:
            self.places.setdefault(key, place_of(resource))
        elif isinstance(resource, fhir.Service):
            self.services[key] = resource

    # ---- fourth pass: the organisations that those are part of

    def unknown_parents(self) -> frozenset[str]:
        """Return the organisations that others are part of and whose own record was not read, by key."""
        return frozenset(party.parent for party in self.parties.values() if party.parent) - self.parties.keys()

    def add_parent(self, resource: fhir.Organization, wanted: frozenset[str]) -> None:
        """Take an organisation that another one is part of."""
        if (key := _key(resource)) in wanted:
            self.parties.setdefault(key, organisation_of(resource, self.key))


def _key(resource: fhir.Resource) -> str:
    return key_of(tag_of(type(resource)), resource.id)


def rows_of(index: Index) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the rows of a joined directory with the file that each stands in.

    A person is listed by a role that names the network, or, weaker and kept apart as ``affiliation``, because the
    organisation of the role is affiliated with it.
    """
    by_organisation: dict[str, list[_Claim]] = {}
    for claim in index.affiliations:
        by_organisation.setdefault(claim.organisation, []).append(claim)
        if index.wanted.npis is None or index.wanted.takes_npi(index.parties.get(claim.organisation, Party()).npi):
            yield from _rows(index, claim, claim.networks, via="affiliation")
    for claims in index.roles.values():
        for claim in claims:
            affiliated = [net for other in by_organisation.get(claim.organisation, ()) for net in other.networks]
            weaker = tuple(dict.fromkeys(net for net in affiliated if net not in claim.networks))
            if claim.networks or not weaker:
                yield from _rows(index, claim, claim.networks or ("",), via="role")
            yield from _rows(index, claim, weaker, via="affiliation")


def _rows(index: Index, claim: _Claim, networks: Sequence[str], *, via: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    places = [key for key in claim.places if index.wanted.states is None or key in index.places]
    if not networks or (claim.places and not places):
        return
    provider = _provider(index, claim)
    for network in networks:
        network_id = network.rsplit("/", 1)[-1]
        if not network:
            index.tally.note("listed without a network")
        for plan in index.plans.get(network) or [_Plan("", "", "", ())]:
            if not index.wanted.takes_plan(*plan.known_as, network_id):
                continue
            for place in places or [""]:
                row = {
                    **provider, **_place_columns(index, claim, place, provider["phone"]),
                    "pointer": claim.pointer, "source_date": claim.source_date,
                    "plan_id": plan.id, "plan_id_type": plan.id_type, "plan_name": plan.name,
                    "network_id": network_id, "network_name": index.network_names.get(network, ""),
                    "listed_via": via, "accepting": _accepting(index, claim, network, place),
                    "active_from": claim.active_from, "active_to": claim.active_to,
                }  # fmt: skip
                yield claim.path, row


def _provider(index: Index, claim: _Claim) -> dict[str, Any]:
    """Return who is listed; what cannot be found stays blank and is counted."""
    key = claim.person or claim.organisation
    party = index.parties.get(key)
    if party is None:
        index.tally.note("providers that the files do not describe")
        party = Party()
    elif party.basis == "none":
        index.tally.note("providers without an identifier that could be classified as an NPI")
    elif not npi_is_valid(party.npi):
        index.tally.note("NPIs with a wrong check digit")
    organisation = index.parties.get(claim.organisation, Party())
    code, system, text = _specialty(claim.specialties or party.specialties)
    return {
        "npi": party.npi, "npi_basis": party.basis, "name": party.name,
        "entity": "individual" if claim.person else "organisation",
        "specialty_code": code, "specialty_system": system, "specialty_text": text,
        "organisation_npi": organisation.npi, "organisation_name": organisation.name,
        **_parent(index, organisation if claim.person else party), "phone": claim.phone or party.phone,
    }  # fmt: skip


def _parent(index: Index, organisation: Party) -> dict[str, str]:
    """Return whom an organisation is part of, one step up; a payer is nobody's owner for being in its directory."""
    key = organisation.parent
    if not key or key in index.payers:
        return {}
    known = index.parties.get(key, Party())
    return {
        "parent_id": known.npi if npi_is_valid(known.npi) else key.rsplit("/", 1)[-1],
        "parent_name": known.name or organisation.parent_name,
    }


def _specialty(concepts: Sequence[fhir.CodeableConcept]) -> tuple[str, str, str]:
    """Return all taxonomy codes (by their shape, since systems' addresses change), their system, and the texts."""
    codings = [coding for concept in concepts for coding in concept.codings]
    coded = [coding for coding in codings if _TAXONOMY.fullmatch((coding.code or "").strip())]
    codes = list(dict.fromkeys((coding.code or "").strip() for coding in coded))
    said = [text_of(concept.text) for concept in concepts] + [text_of(coding.display) for coding in coded or codings]
    words = list(dict.fromkeys(text for text in said if text))
    return ";".join(codes), text_of(coded[0].system) if coded else "", "; ".join(words)


def _place_columns(index: Index, claim: _Claim, key: str, phone: str) -> dict[str, Any]:
    place = index.places.get(key)
    if place is None:
        if key:
            index.tally.note("places that the files do not describe")
        return {"location_id": key.rsplit("/", 1)[-1]}
    return {
        "location_id": key.rsplit("/", 1)[-1], "address_1": place.address_1, "city": place.city, "state": place.state,
        "zip5": place.zip5, "lat": place.lat, "lon": place.lon, "phone": claim.phone or place.phone or phone,
    }  # fmt: skip


def _accepting(index: Index, claim: _Claim, network: str, place: str) -> str:
    """Return the most specific statement: the role's about the network, the role's, a service's, the place's."""
    services = [index.services[key].extension for key in claim.services if key in index.services]
    at_place = index.places[place].extensions if place in index.places else None
    said = [accepting_of(claim.extensions, network, strict=True)]
    said += [accepting_of(extensions, network) for extensions in (claim.extensions, *services, at_place)]
    return next((answer for answer in said if answer), "unknown")
