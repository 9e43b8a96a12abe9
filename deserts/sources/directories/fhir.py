"""The parts of FHIR R4 that a directory needs, typed; everything else of a resource is passed over unread.

Both families of profiles are read: Da Vinci PDEX Plan-Net, and the National Directory of Healthcare, whose extensions
carry other names (``base-ext-…``). What a field holds is described in the guides at ``hl7.org/fhir/us``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

__all__ = [
    "Affiliation", "CodeableConcept", "Coding", "Extension", "Identifier", "InsurancePlan", "Location", "Organization",
    "Other", "Period", "Practitioner", "Reference", "Resource", "Role", "Service", "accepting_of", "day_of",
    "extensions_named", "key_of", "networks_of", "tag_of", "text_of",
]  # fmt: skip


class Coding(msgspec.Struct, frozen=True):
    """A code and the system that it belongs to."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(msgspec.Struct, frozen=True):
    """Codings of one meaning, and its text."""

    coding: list[Coding] | None = None
    text: str | None = None

    @property
    def codings(self) -> Sequence[Coding]:
        """Codings, none where the field is missing."""
        return self.coding or ()


class Reference(msgspec.Struct, frozen=True):
    """A pointer to another resource."""

    reference: str | None = None
    display: str | None = None


class Period(msgspec.Struct, frozen=True):
    """From when until when; an end that is missing is open."""

    start: str | None = None
    end: str | None = None


class Identifier(msgspec.Struct, frozen=True):
    """A number under which somebody knows the resource."""

    system: str | None = None
    value: str | int | None = None
    type: CodeableConcept | None = None
    assigner: Reference | None = None


class Extension(msgspec.Struct, frozen=True):
    """A field that the base standard does not have."""

    url: str | None = None
    value_reference: Reference | None = msgspec.field(name="valueReference", default=None)
    value_concept: CodeableConcept | None = msgspec.field(name="valueCodeableConcept", default=None)
    value_boolean: bool | None = msgspec.field(name="valueBoolean", default=None)
    extension: list[Extension] | None = None


class Name(msgspec.Struct, frozen=True):
    """A person's name."""

    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: list[str | None] | None = None


class Address(msgspec.Struct, frozen=True):
    """A postal address."""

    line: list[str | None] | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | int | None = msgspec.field(name="postalCode", default=None)
    use: str | None = None
    type: str | None = None


class Telecom(msgspec.Struct, frozen=True):
    """A telephone or other line."""

    system: str | None = None
    value: str | None = None


class Position(msgspec.Struct, frozen=True):
    """Degrees, WGS 84."""

    longitude: float | None = None
    latitude: float | None = None


class Meta(msgspec.Struct, frozen=True):
    """What the server says of the record."""

    last_updated: str | None = msgspec.field(name="lastUpdated", default=None)
    profile: list[str] | None = None


class _Base(msgspec.Struct, frozen=True, tag_field="resourceType"):
    id: str | None = None
    meta: Meta | None = None
    active: bool | None = None
    status: str | None = None
    extension: list[Extension] | None = None


class InsurancePlan(_Base, frozen=True, tag="InsurancePlan"):
    """A product and its networks."""

    identifier: list[Identifier] | None = None
    name: str | None = None
    alias: list[str | None] | None = None
    period: Period | None = None
    owned_by: Reference | None = msgspec.field(name="ownedBy", default=None)
    network: list[Reference] | None = None


class Organization(_Base, frozen=True, tag="Organization"):
    """A payer, a network, a practice, a hospital, or a tax record."""

    identifier: list[Identifier] | None = None
    type: list[CodeableConcept] | None = None
    name: str | None = None
    part_of: Reference | None = msgspec.field(name="partOf", default=None)
    address: list[Address] | Address | None = None
    telecom: list[Telecom] | None = None


class Practitioner(_Base, frozen=True, tag="Practitioner"):
    """A person. Of qualifications only the code is read: their numbers have held social-security numbers."""

    identifier: list[Identifier] | None = None
    name: list[Name] | None = None
    qualification: list[Qualification] | None = None
    address: list[Address] | Address | None = None
    telecom: list[Telecom] | None = None


class Qualification(msgspec.Struct, frozen=True):
    """A degree or a specialty."""

    code: CodeableConcept | None = None


class Role(_Base, frozen=True, tag="PractitionerRole"):
    """That a person (or, without one, an organisation) works at places, and in which networks."""

    practitioner: Reference | None = None
    organization: Reference | None = None
    specialty: list[CodeableConcept] | None = None
    location: list[Reference] | None = None
    healthcare_service: list[Reference] | None = msgspec.field(name="healthcareService", default=None)
    period: Period | None = None
    telecom: list[Telecom] | None = None


class Affiliation(_Base, frozen=True, tag="OrganizationAffiliation"):
    """That an organisation takes part in networks."""

    organization: Reference | None = None
    participating: Reference | None = msgspec.field(name="participatingOrganization", default=None)
    network: list[Reference] | None = None
    specialty: list[CodeableConcept] | None = None
    location: list[Reference] | None = None
    healthcare_service: list[Reference] | None = msgspec.field(name="healthcareService", default=None)
    period: Period | None = None


class Location(_Base, frozen=True, tag="Location"):
    """A place."""

    name: str | None = None
    address: Address | list[Address] | None = None
    position: Position | None = None
    telecom: list[Telecom] | None = None
    managing: Reference | None = msgspec.field(name="managingOrganization", default=None)


class Service(_Base, frozen=True, tag="HealthcareService"):
    """A service at places; here only because it can say whether new patients are accepted, and in which networks."""

    provided_by: Reference | None = msgspec.field(name="providedBy", default=None)
    location: list[Reference] | None = None


Resource = InsurancePlan | Organization | Practitioner | Role | Affiliation | Location | Service


def tag_of(kind: type[Resource]) -> str:
    """Return what a record of a kind calls itself (``resourceType``)."""
    return str(kind.__struct_config__.tag)


class Other(msgspec.Struct, frozen=True):
    """Any record: enough to say what it is."""

    kind: str | None = msgspec.field(name="resourceType", default=None)
    id: str | None = None


_ACCEPTING = {"newpt": "yes", "nopt": "no", "existptonly": "existing_only", "existptfam": "family_only"}


def key_of(kind: str, reference: str | None, *, full_urls: dict[str, str] | None = None) -> str:
    """Return the key ``Kind/id`` of a reference, however it is written; empty when it points nowhere.

    Relative and absolute references, versions (``/_history/2``), ``urn:uuid:`` and ids that repeat the kind
    (``Practitioner/Practitioner-1003000100``) are understood.

    Parameters
    ----------
    kind
        The kind of resource that is expected.
    reference
        As written.
    full_urls
        Keys of resources that a bundle names by ``fullUrl``.
    """
    text = (reference or "").strip()
    if not text or text.startswith("#"):
        return ""
    if full_urls and text in full_urls:
        return full_urls[text]
    if text.startswith("urn:"):
        return f"{kind}/{text.rsplit(':', 1)[-1]}"
    return f"{kind}/{text.split('/_history/')[0].split('?')[0].rstrip('/').rsplit('/', 1)[-1]}"


def extensions_named(extensions: Sequence[Extension] | None, name: str) -> Iterator[Extension]:
    """Yield extensions by the last part of their address, in both families of profiles."""
    for entry in extensions or ():
        last = (entry.url or "").rsplit("/", 1)[-1]
        if last in (name, f"base-ext-{name}"):
            yield entry


def networks_of(extensions: Sequence[Extension] | None) -> list[str]:
    """Return the references to networks that a role or service carries."""
    found = [entry.value_reference for entry in extensions_named(extensions, "network-reference")]
    return [entry.reference for entry in found if entry is not None and entry.reference]


def accepting_of(extensions: Sequence[Extension] | None, network: str, *, strict: bool = False) -> str:
    """Return whether new patients are accepted, empty when nothing is said.

    A statement for the network goes before one for any network.

    Parameters
    ----------
    extensions
        Of a role, a service or a location.
    network
        Key of the network in question.
    strict
        Whether only a statement for that network counts.
    """
    general = ""
    for entry in extensions_named(extensions, "newpatients"):
        said, about = "", ""
        for inner in entry.extension or ():
            if inner.url == "acceptingPatients" and inner.value_concept is not None:
                codes = [(coding.code or "").strip().lower() for coding in inner.value_concept.codings]
                said = next((_ACCEPTING[code] for code in codes if code in _ACCEPTING), "")
            elif inner.url == "fromNetwork" and inner.value_reference is not None:
                about = key_of("Organization", inner.value_reference.reference)
        if about and about == network and said:
            return said
        if not about and not strict:
            general = general or said
    return general


def day_of(text: str | None) -> str:
    """Return the day of a FHIR date or instant (``YYYY-MM-DD``), empty when there is none."""
    day = (text or "")[:10]
    is_day = len(day) == 10 and day[4] == day[7] == "-" and (day[:4] + day[5:7] + day[8:]).isdigit()
    return day if is_day else ""


def text_of(value: Any) -> str:
    """Return a value as text on one line, empty for None."""
    return "" if value is None else " ".join(str(value).split())
