"""Which identifier of a FHIR resource is its NPI: four ways of marking it are in use, and a look at one finds none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from deserts.sources.directories.fhir import Identifier
from deserts.sources.readers.npi import npi_is_valid

__all__ = ["npi_of"]

_SYSTEMS = frozenset({"http://hl7.org/fhir/sid/us-npi", "http://terminology.hl7.org/namingsystem/npi"})
_OIDS = frozenset({"urn:oid:2.16.840.1.113883.4.6"})
_TEN = re.compile(r"\d{10}")


def npi_of(identifiers: Sequence[Identifier]) -> tuple[str, str]:
    """Return the NPI and how it is marked: ``coded``, ``assigner`` or, without one, ``none``.

    ``coded`` is an identifier whose system, or whose type's code or system, says NPI. Some organisations' identifiers
    say only that CMS assigned them; such a number counts as ``assigner``, if it has ten digits and a valid check
    digit, since ten-digit pharmacy numbers stand beside it. The type ``PRN`` alone decides nothing: it marks NPIs in
    one directory and a payer's own numbers in another.

    Parameters
    ----------
    identifiers
        The resource's identifiers.

    Returns
    -------
    tuple
        The value as text (trimmed; a coded value may be no valid NPI) and its basis.
    """
    coded = [_value(entry) for entry in identifiers if _is_coded(entry) and _value(entry)]
    valid = [value for value in coded if _looks_valid(value)]
    if coded:
        return (valid or coded)[0], "coded"
    assigned = [_value(entry) for entry in identifiers if _is_assigned(entry) and _looks_valid(_value(entry))]
    return (assigned[0], "assigner") if assigned else ("", "none")


def _value(entry: Identifier) -> str:
    return "" if entry.value is None else str(entry.value).strip()


def _looks_valid(value: str) -> bool:
    return _TEN.fullmatch(value) is not None and npi_is_valid(value)


def _is_system(system: str | None) -> bool:
    return system is not None and (system.strip().rstrip("/").lower() in _SYSTEMS or system.strip().lower() in _OIDS)


def _is_coded(entry: Identifier) -> bool:
    if _is_system(entry.system):
        return True
    codings = () if entry.type is None else entry.type.codings
    return any(_is_system(coding.system) or (coding.code or "").strip().upper() == "NPI" for coding in codings)


def _is_assigned(entry: Identifier) -> bool:
    display = "" if entry.assigner is None else (entry.assigner.display or "")
    return entry.system is None and display.strip().upper() == "CMS"
