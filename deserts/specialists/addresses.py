"""One spelling for each street address, so that the same door written in two ways is one door.

The bulk is done by vectorised rules after USPS Publication 28 (suffixes, directions, unit designators). Only lines
without a leading house number are given to ``usaddress``, which is slow; each distinct line is parsed once.

Suites, floors and buildings are left out on purpose: two clinicians in one building count as one practice unless the
directory names their groups, so that backup coverage is never overstated.
"""

from __future__ import annotations

import functools
import hashlib
import re

import numpy as np
import pandas as pd

__all__ = ["clean_text", "normalise_street", "read_addresses", "short_hash"]

_SPELLINGS = {
    "1ST": "FIRST", "2ND": "SECOND", "3RD": "THIRD", "4TH": "FOURTH", "5TH": "FIFTH", "6TH": "SIXTH", "7TH": "SEVENTH",
    "8TH": "EIGHTH", "9TH": "NINTH", "10TH": "TENTH", "ALY": "ALLEE ALLEY ALLY", "AVE": "AVENUE AV AVEN AVENU AVN",
    "BLVD": "BOULEVARD BOULV BOUL", "BRG": "BRIDGE", "CIR": "CIRCLE CIRC CRCL", "CMNS": "COMMONS", "COR": "CORNER",
    "CRK": "CREEK", "CT": "COURT", "CTR": "CENTER CENTRE CNTR CENT", "CV": "COVE", "DR": "DRIVE DRV DRIV", "E": "EAST",
    "EST": "ESTATE", "EXPY": "EXPRESSWAY", "EXT": "EXTENSION EXTN", "FWY": "FREEWAY FRWY", "GDNS": "GARDENS",
    "GRV": "GROVE", "HBR": "HARBOR", "HL": "HILL", "HLS": "HILLS", "HOLW": "HOLLOW", "HOSP": "HOSPITAL",
    "HTS": "HEIGHTS", "HWY": "HIGHWAY HIWAY HIWY HWAY", "IS": "ISLAND", "JCT": "JUNCTION", "LK": "LAKE", "LN": "LANE",
    "LNDG": "LANDING", "MDWS": "MEADOWS", "MED": "MEDICAL", "MNR": "MANOR", "MT": "MOUNT", "MTN": "MOUNTAIN",
    "N": "NORTH", "NE": "NORTHEAST", "NW": "NORTHWEST", "PKWY": "PARKWAY PARKWY PKWAY", "PL": "PLACE",
    "PLZ": "PLAZA PLZA", "PT": "POINT", "RD": "ROAD", "RDG": "RIDGE", "RIV": "RIVER", "RTE": "ROUTE RT", "S": "SOUTH",
    "SE": "SOUTHEAST", "SPGS": "SPRINGS", "SQ": "SQUARE", "ST": "STREET STR STRT SAINT", "STA": "STATION",
    "SW": "SOUTHWEST", "TER": "TERRACE", "TPKE": "TURNPIKE TRNPK", "TRL": "TRAIL TRAILS", "VLG": "VILLAGE",
    "VLY": "VALLEY", "VW": "VIEW", "W": "WEST", "XING": "CROSSING",
}  # fmt: skip
_ABBREVIATIONS = {word: short for short, words in _SPELLINGS.items() for word in words.split()}
_WORD = re.compile(r"[A-Z]+")
_DESIGNATOR = (
    r"(?:SUITES?|STE|UNIT|APT|APARTMENT|ROOM|RM|BLDG|BUILDING|DEPT|DEPARTMENT|OFFICE|OFC|FLOOR|FLR|FL|LEVEL|LVL|SPC|"
    r"SPACE|LOT|TOWER|PAVILION|WING|MAILSTOP|POD)"
)
# What follows a designator must look like a unit ("STE 860", "BLDG D"), so that "100 TOWER RD" stays whole.
_UNIT = (
    rf"\s+(?:{_DESIGNATOR}\s+(?:[A-Z]{{0,3}}\d[A-Z0-9-]*|[A-Z])(?=\s|$)|(?:SUITE|STE|UNIT)$|"
    r"(?:\d+(?:ST|ND|RD|TH)|GROUND|MAIN|LOWER|UPPER)\s+(?:FLOOR|FLR|FL|LEVEL)\b|#).*$"
)
# "325 A KENNEDY MEMORIAL DR" and "885 UNION ST 120 EYE CARE" are units of a house; "10 Q ST" and "US HWY 78" are not.
_UNIT_LETTER = r"^(\d+)(?:\s+[A-DF-MO-RT-VX-Z](?=\s+(?!(?:ST|AVE|RD|DR|BLVD|LN|CT|PL|HWY|RTE)\b)\S+\s+\S)|[A-Z](?=\s))"
_UNIT_NUMBER = r"^(\d+\s+\D*\b(?:ST|AVE|BLVD|DR|LN|PKWY|PL|CT|CIR|TER))\s+\d+\b.*$"
_NUMBER_WORDS = {"ONE": "1", "TWO": "2", "THREE": "3", "FOUR": "4", "FIVE": "5", "SIX": "6", "SEVEN": "7", "EIGHT": "8",
                 "NINE": "9", "TEN": "10"}  # fmt: skip
_NUMBER_WORD = re.compile(rf"^(?:{'|'.join(_NUMBER_WORDS)})(?=\s)|(?<=\bROUTE )ONE\b")
_PO_BOX = r"\b(?:P\s*O|POST\s+OFFICE)\s*(?:BOX|BX|DRAWER)\b|^BOX(?=\s+\d)"
_RURAL = r"^(?:R\s*R|RURAL\s+ROUTE|H\s*C|HIGHWAY\s+CONTRACT|RFD)\s*\d+\s+BOX\b"
_HOUSE_NUMBER = rf"^\d+[A-Z]?(?:-\d+)?\s+(?!{_DESIGNATOR}\b)\S"
_STREET_PARTS = (
    "AddressNumber", "StreetNamePreDirectional", "StreetNamePreModifier", "StreetNamePreType", "StreetName",
    "StreetNamePostType", "StreetNamePostDirectional",
)  # fmt: skip
_CONTROL = r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+"
MAX_TEXT = 200
"""Longest name or address that is kept; what is longer is cut."""


def clean_text(values: pd.Series, *, max_length: int = MAX_TEXT) -> pd.Series:
    """Make published text safe to carry on: no nulls, control or direction marks, line breaks, or endless fields.

    Markup and formulas stay as they are: they are inert here and are escaped where they are shown.
    """
    # Published columns repeat themselves: each distinct text is cleaned once.
    codes, unique = pd.factorize(values.astype("object").where(values.notna(), "").astype(str))
    text = pd.Series(unique, dtype="str").str.replace(_CONTROL, " ", regex=True)
    text = text.str.replace(r"\s+", " ", regex=True).str.strip().str.slice(0, max_length).str.strip()
    return pd.Series(text.array.take(codes) if len(unique) else [], index=values.index, dtype="str")


def read_addresses(line1: pd.Series, line2: pd.Series) -> pd.DataFrame:
    """Return the normalised street line, without unit, and the kind of each address.

    Parameters
    ----------
    line1, line2
        Address lines as published, equally indexed. The second is used only where the first holds no house number
        and the second does ("Medical Centre" / "22 Bramhall St").

    Returns
    -------
    DataFrame
        Index of ``line1``; ``street`` in upper case, empty where there is no address; ``kind``: ``street``, ``po_box``,
        ``rural_route``, ``unparsed`` or ``empty``.
    """
    codes, unique = pd.factorize(clean_text(line1) + "\n" + clean_text(line2))
    if not len(unique):
        return pd.DataFrame({"street": pd.Series(dtype="str"), "kind": pd.Series(dtype="str")}, index=line1.index)
    parts = pd.Series(unique, dtype="str").str.split("\n", n=1, expand=True)
    first, second = (_plain(part).map(_with_digits) for part in (parts[0], parts[1]))
    numbered = [lines.str.contains(_HOUSE_NUMBER, regex=True) for lines in (first, second)]
    both = (first + " " + second).str.strip()
    is_box = both.str.contains(_PO_BOX, regex=True)
    kinds = np.select(
        [both == "", numbered[0] | numbered[1], is_box, both.str.contains(_RURAL, regex=True)],
        ["empty", "street", "po_box", "rural_route"],
        default="unparsed",
    )
    street = first.where(numbered[0] | ~numbered[1], second)
    street = street.where(street != "", second)
    hidden = (kinds == "unparsed") & street.str.contains(r"\d", regex=True).to_numpy()
    street = _normal(street.where(~hidden, street.where(hidden, "").map(_parsed_street)))
    found = pd.DataFrame({"street": street.to_numpy(), "kind": kinds}, dtype="str")
    return found.take(codes).set_axis(line1.index)


def _normal(street: pd.Series) -> pd.Series:
    """Leave units out and spell each word in one way."""
    street = street.str.replace(_PO_BOX, "PO BOX", regex=True, n=1)
    street = street.str.replace(_UNIT, "", regex=True).str.strip().map(_abbreviate)
    return street.str.replace(_UNIT_LETTER, r"\1", regex=True).str.replace(_UNIT_NUMBER, r"\1", regex=True)


def normalise_street(line1: pd.Series, line2: pd.Series) -> pd.Series:
    """Return the normalised street line alone, see `read_addresses`."""
    return read_addresses(line1, line2)["street"]


def short_hash(values: pd.Series, *, length: int = 8) -> pd.Series:
    """Return the first hexadecimal digits of each text's sha256; equal on every machine and run."""
    codes, unique = pd.factorize(values)
    digests = np.array([hashlib.sha256(str(text).encode()).hexdigest()[:length] for text in unique], dtype=object)
    return pd.Series(digests[codes] if len(unique) else [], index=values.index, dtype="str")


def _plain(values: pd.Series) -> pd.Series:
    """Upper case, ASCII, without punctuation; ``#`` stays, since it announces a unit."""
    text = clean_text(values).str.normalize("NFKD").str.encode("ascii", "ignore").str.decode("ascii").astype("str")
    text = text.str.upper().str.replace("#", " # ", regex=False).str.replace(r"['’]", "", regex=True)
    return text.str.replace(r"[^A-Z0-9#/ -]+", " ", regex=True).str.replace(r"\s+", " ", regex=True).str.strip()


def _with_digits(street: str) -> str:
    return _NUMBER_WORD.sub(lambda word: _NUMBER_WORDS[word[0]], street)


def _abbreviate(street: str) -> str:
    return _WORD.sub(lambda word: _ABBREVIATIONS.get(word[0], word[0]), street)


@functools.lru_cache(maxsize=100_000)
def _parsed_street(street: str) -> str:
    """Find the street line inside a line that does not begin with a house number; the line itself when in doubt."""
    if street == "":
        return ""
    import usaddress  # loads a model, and most runs never need it

    try:
        parts, kind = usaddress.tag(street)
    except usaddress.RepeatedLabelError:
        return street
    if kind != "Street Address" or "AddressNumber" not in parts or "StreetName" not in parts:
        return street
    return " ".join(parts[name] for name in _STREET_PARTS if name in parts)
