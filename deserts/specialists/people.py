"""Who the clinicians are: name, credentials, entity, specialty, from whichever publisher knows them best."""

from __future__ import annotations

import pandas as pd

from deserts.specialists.addresses import clean_text
from deserts.specialists.evidence import specialty_text

__all__ = ["IDENTITY_COLUMNS", "identities"]

IDENTITY_COLUMNS = ["npi", "entity", "name", "credentials", "specialty"]
_NAME_PARTS = ["first_name", "middle_name", "last_org_name"]


def identities(
    npis: pd.Index, *, claims: pd.DataFrame | None, directory: pd.DataFrame | None, nppes: pd.DataFrame | None
) -> pd.DataFrame:
    """Return one identity a clinician: the directory before NPPES before the newest claims, field by field.

    Several rows of one NPI are one person however the name is spelled; two NPIs are two persons even when they share
    a name. Nothing depends on the order of rows.

    Parameters
    ----------
    npis
        The clinicians wanted.
    claims, directory, nppes
        Frames as their parsers return them, or None.

    Returns
    -------
    DataFrame
        `IDENTITY_COLUMNS`, a row for each of ``npis``, in their order; unknown fields are empty, unknown entity is I.
    """
    parts = []
    if directory is not None:
        parts.append(_part(directory.rename(columns={"last_name": "last_org_name"}), npis, preference=0))
    if nppes is not None:
        parts.append(_part(nppes, npis, preference=1))
    if claims is not None:
        parts.append(_part(claims, npis, preference=2))
    if not parts:
        return pd.DataFrame({"npi": npis, "entity": "I", "name": "", "credentials": "", "specialty": ""}).astype("str")
    rows = pd.concat(parts, ignore_index=True)
    order = ["npi", "preference", "year", *IDENTITY_COLUMNS[1:]]
    rows = rows.sort_values(order, ascending=[name != "year" for name in order])
    filled = rows.assign(**{c: rows[c].where(rows[c] != "") for c in IDENTITY_COLUMNS[1:]})
    first = filled.groupby("npi", sort=True)[IDENTITY_COLUMNS[1:]].first().reindex(npis)
    first["entity"] = first["entity"].fillna("I")
    return first.fillna("").rename_axis("npi").reset_index().astype("str")


def _part(frame: pd.DataFrame, npis: pd.Index, *, preference: int) -> pd.DataFrame:
    rows = frame.loc[frame["npi"].isin(npis)]
    entity = clean_text(rows["entity"]) if "entity" in rows else pd.Series("I", index=rows.index)
    parts = [clean_text(rows[c]) if c in rows else pd.Series("", index=rows.index) for c in _NAME_PARTS]
    person = _readable(parts[0] + " " + parts[1] + " " + parts[2])
    return pd.DataFrame(
        {
            "npi": rows["npi"],
            "entity": entity.where(entity.isin(["I", "O"]), ""),
            "name": person.where(entity != "O", parts[2]),
            "credentials": clean_text(rows["credentials"]) if "credentials" in rows else "",
            "specialty": specialty_text(rows["specialty"]) if "specialty" in rows else "",
            "preference": preference,
            "year": rows["year"].fillna(0).astype("int64") if "year" in rows else 0,
        }
    )


def _readable(names: pd.Series) -> pd.Series:
    """Collapse blanks and give names that are all capitals ordinary case."""
    text = clean_text(names)
    return text.where(text != text.str.upper(), text.str.title())
