"""Counties that were redrawn (Connecticut, 2022): what is known of one set of areas, told of the other by population.

Eight counties and nine planning regions overlap many to many, each town lying whole in one of both. The residents of
2020 in each overlap stand in ``fips_changes.csv``; their sums are the census counts of every county and region.
"""

from __future__ import annotations

import functools
from importlib import resources

import numpy as np
import pandas as pd

from deserts.arrays import Floats

__all__ = ["classes_as_text", "classes_of_counties", "codes_of_areas", "counts_of_areas", "fips_changes", "overlaps"]


@functools.cache
def fips_changes() -> pd.DataFrame:
    """Return the county code changes: ``old_fips, new_fips, year, kind, note``."""
    path = resources.files("deserts.places").joinpath("fips_changes.csv")
    with resources.as_file(path) as file:
        return pd.read_csv(file, dtype={"old_fips": str, "new_fips": str})


@functools.cache
def overlaps() -> pd.DataFrame:
    """Return ``county_fips, from_fips, share, share_of_from``: every redrawn area beside those it overlaps, both ways.

    ``share`` is the part of the residents of ``county_fips`` who live in ``from_fips`` (sums to 1 over an area);
    ``share_of_from`` the part of the residents of ``from_fips`` who live in ``county_fips``.
    """
    rows = fips_changes()
    rows = rows[rows["kind"] == "redrawn"]
    one = rows[["old_fips", "new_fips", "population_2020"]].set_axis(["county_fips", "from_fips", "people"], axis=1)
    two = rows[["new_fips", "old_fips", "population_2020"]].set_axis(["county_fips", "from_fips", "people"], axis=1)
    both = pd.concat([one, two], ignore_index=True).astype({"people": np.float64})
    for column, by in (("share", "county_fips"), ("share_of_from", "from_fips")):
        both[column] = both["people"] / both.groupby(by)["people"].transform("sum")
    return both.drop(columns="people").sort_values(["county_fips", "from_fips"], ignore_index=True)


def codes_of_areas(wanted: pd.Series, codes: pd.Series) -> pd.DataFrame:
    """Return ``county_fips, code, share``: the classes that the residents of each county fall into.

    A county that has a class of its own has one row with the share 1. A redrawn one has a row for each class of the
    areas that it overlaps, by population; the part of its residents whose area has none has the code NaN. A county
    without any is one row with NaN, so that the shares of every county sum to 1.

    Parameters
    ----------
    wanted
        Codes of the counties asked for.
    codes
        Class by county code, of any vintage.
    """
    known = codes[codes.notna()]
    own = pd.DataFrame({"county_fips": wanted.to_numpy(), "code": wanted.map(known).to_numpy(np.float64), "share": 1.0})
    lacking = set(own.loc[own["code"].isna(), "county_fips"])
    moved = overlaps()
    moved = moved[moved["county_fips"].isin(lacking) & moved["from_fips"].isin(known.index)]
    split = moved.assign(code=moved["from_fips"].map(known)).groupby(["county_fips", "code"])["share"].sum()
    rest = 1.0 - split.groupby("county_fips").sum()
    none = rest[rest > 1e-9].reset_index().assign(code=np.nan)
    kept = own[~own["county_fips"].isin(set(moved["county_fips"]))]
    columns = ["county_fips", "code", "share"]
    parts = [part[columns] for part in (kept, split.reset_index(), none) if len(part)]
    whole = pd.concat(parts, ignore_index=True) if parts else kept
    whole["share"] = whole["share"].mask(np.isclose(whole["share"], 1.0, atol=1e-12), 1.0)
    return whole.sort_values(["county_fips", "code"], ignore_index=True)


def classes_as_text(classes: pd.DataFrame) -> pd.Series:
    """Return ``2:0.454 4:0.546`` by county from rows of `codes_of_areas`; a class that is not known is ``?``."""
    pairs = zip(classes["code"], classes["share"], strict=True)
    words = pd.Series(
        ["{}:{:.6f}".format("?" if np.isnan(code) else round(code), share) for code, share in pairs],
        index=classes.index, dtype="str",
    )  # fmt: skip
    joined: pd.Series = words.groupby(classes["county_fips"]).agg(" ".join)
    return joined


def classes_of_counties(counties: pd.DataFrame) -> pd.DataFrame:
    """Return ``county_fips, code, share`` of the table ``counties``: its rural-urban codes, split where it splits them.

    Shares sum to 1 in every county; residents without a code stand under NaN.
    """
    text = counties["rucc_split"].fillna("") if "rucc_split" in counties else pd.Series("", index=counties.index)
    whole = counties.loc[text == "", ["county_fips", "rucc"]].set_axis(["county_fips", "code"], axis=1)
    rows = [
        (fips, np.nan if code == "?" else float(code), float(share))
        for fips, split in zip(counties["county_fips"], text, strict=True)
        for code, share in (part.split(":") for part in split.split())
    ]
    split_rows = pd.DataFrame(rows, columns=["county_fips", "code", "share"])
    parts = [pd.DataFrame(whole).assign(share=1.0), *([split_rows] if rows else [])]
    return pd.concat(parts, ignore_index=True).astype({"code": np.float64, "share": np.float64})


def counts_of_areas(wanted: pd.Series, counts: pd.DataFrame, *, margins: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return counts of people for the counties asked for, with ``basis``.

    Where a county has none and was redrawn, each area that it overlaps gives it the part of its count that its
    residents there are of the area's (as if the counted were spread like residents), and margins of error add by
    squares. Where one of these areas is missing, the county's count is null.

    Parameters
    ----------
    wanted
        Codes of the counties asked for.
    counts
        Numbers by county code (the index), of any vintage.
    margins
        Columns that are margins of error.

    Returns
    -------
    DataFrame
        Indexed by county: the columns of ``counts``, and ``basis``: ``own``, ``by_population`` or empty.
    """
    found = counts.reindex(pd.Index(wanted))
    basis = pd.Series(np.where(found.index.isin(counts.index), "own", ""), index=found.index, dtype="str")
    moved = overlaps()
    moved = moved[moved["county_fips"].isin(set(basis.index[basis == ""]))]
    # All areas that a county overlaps must be there: part of a sum is no sum.
    whole = moved["from_fips"].isin(counts.index).groupby(moved["county_fips"]).transform("all")
    moved = moved[whole]
    share = moved["share_of_from"].to_numpy()
    for name in counts.columns:
        value = moved["from_fips"].map(counts[name]).to_numpy(np.float64) * share
        summed = _sum(value**2 if name in margins else value, moved["county_fips"])
        found.loc[summed.index, name] = np.sqrt(summed) if name in margins else summed
    basis.loc[moved["county_fips"].unique()] = "by_population"
    return found.assign(basis=basis)


def _sum(value: Floats, by: pd.Series) -> pd.Series:
    """Return sums that are null where one of their terms is."""
    summed: pd.Series = pd.Series(value, index=by.index).groupby(by).sum(min_count=1)
    has_gap = pd.Series(np.isnan(value), index=by.index).groupby(by).any()
    return summed.mask(has_gap)
