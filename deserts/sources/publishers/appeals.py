"""Decisions of independent reviewers on refused care: external appeals of New York, medical reviews of California.

Both tell anonymised stories of patients. The file is the user's own copy, read where it lies and copied nowhere; what
leaves this machine is a case's number, year, plan and decision with the address of the search page. Neither is a
precedent in law, and neither tells how often such refusals happen. Status: column names documented by projects that
read the files; the wording of California's decisions is unverified (looked for by its first word).
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from deserts.errors import InputError, MissingDataError
from deserts.sandbox import reader
from deserts.sources.readers import repair, workbook
from deserts.sources.readers.delimited import Field, Layout, read_rows
from deserts.sources.readers.parsed import Parsed

__all__ = ["APPEALS_CA", "APPEALS_NY", "JURISDICTIONS", "Jurisdiction", "read_appeals"]


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Whose decisions they are: the state, what they are called, and where anybody can look one up."""

    state: str
    title: str
    address: str
    layout: Layout


APPEALS_NY = Layout(
    "external appeals of New York",
    (
        Field("case_id", ("Case Number",), required=True),
        Field("treatment", ("Treatment",), required=True),
        Field("diagnosis", ("Diagnosis",)),
        Field("plan", ("Health Plan",), required=True),
        Field("coverage", ("Coverage Type",)),
        Field("decision", ("Appeal Decision",), required=True),
        Field("reason", ("Denial Reason",)),
        Field("age_band", ("Age Range",)),
        Field("year", ("Decision Year",), required=True),
        Field("summary", ("Summary 1",), required=True),
        Field("summary_2", ("Summary 2",)),
        Field("summary_3", ("Summary 3",)),
    ),
)

APPEALS_CA = Layout(
    "independent medical reviews of California",
    (
        Field("case_id", ("ReferenceID",), required=True),
        Field("treatment", ("TreatmentCategory",), required=True),
        Field("treatment_2", ("TreatmentSubCategory",)),
        Field("diagnosis", ("DiagnosisCategory",)),
        Field("diagnosis_2", ("DiagnosisSubCategory",)),
        Field("decision", ("Determination",), required=True),
        Field("reason", ("Type",)),
        Field("age_band", ("AgeRange",)),
        Field("year", ("ReportYear",), required=True),
        Field("summary", ("Findings",), required=True),
    ),
)

JURISDICTIONS: Final = (
    Jurisdiction(
        "NY", "New York DFS external appeal", "https://www.dfs.ny.gov/public-appeal/search", APPEALS_NY
    ),
    Jurisdiction(
        "CA", "California DMHC independent medical review",
        "https://data.chhs.ca.gov/dataset/independent-medical-review-imr-determinations-trend", APPEALS_CA,
    ),
)  # fmt: skip

_COLUMNS = ["jurisdiction", "case_id", "year", "plan", "coverage", "decision", "reason", "diagnosis", "treatment",
            "age_band", "summary"]  # fmt: skip


@reader("appeal decisions")
def read_appeals(path: Path, state: str) -> Parsed:
    """Read one jurisdiction's decisions from the user's copy: workbook or CSV as the publisher gives it.

    Parameters
    ----------
    path
        The file.
    state
        ``NY`` or ``CA``.

    Returns
    -------
    Parsed
        ``jurisdiction, case_id, year, plan`` (empty in California, which does not tell it), ``coverage, decision``
        (overturned, overturned_in_part, upheld or other), ``reason, diagnosis, treatment, age_band, summary``.

    Raises
    ------
    MissingDataError
        If there is no such file.
    InputError
        If it is none of that jurisdiction.
    """
    if not path.is_file():
        raise MissingDataError("there is no such file", where=path, fix="check the path")
    found = next((one for one in JURISDICTIONS if one.state == state), None)
    if found is None:
        raise InputError(
            f"decisions of {state} are not read", expected=" or ".join(one.state for one in JURISDICTIONS),
            fix="leave --state away to search all that are at hand",
        )  # fmt: skip
    read = workbook.read_rows if workbook.is_workbook(path) else read_rows
    raw = read(path, found.layout)
    frame = raw.frame.apply(repair.tidy).astype("str")
    frame = frame.apply(lambda column: column.map(html.unescape))
    made = pd.DataFrame(
        {
            "jurisdiction": state,
            "plan": "",
            "coverage": "",
            **{name: frame[name] for name in ("case_id", "decision", "reason", "age_band")},
            **{name: frame[name] for name in ("plan", "coverage") if name in frame},
            "diagnosis": _listed(_joined(frame, "diagnosis", "diagnosis_2")),
            "treatment": _listed(_joined(frame, "treatment", "treatment_2")),
            "summary": _joined(frame, "summary", "summary_2", "summary_3"),
            "year": pd.to_numeric(frame["year"].str.extract(r"(\d{4})")[0], errors="coerce").fillna(0).astype("int64"),
        }
    )
    made["decision"] = _decision(made["decision"])
    bad = {"there is no case number": made["case_id"] == "", "the year is not valid": made["year"] == 0}
    return raw.settle(made[_COLUMNS], bad)


def _joined(frame: pd.DataFrame, *names: str) -> pd.Series:
    there = [frame[name] for name in names if name in frame]
    joined = there[0]
    for more in there[1:]:
        joined = joined + (" " + more).where(more != "", "")
    return joined


def _listed(text: pd.Series) -> pd.Series:
    """Return what stands in square brackets, several times where there are several, joined by '; '."""
    return text.str.strip("[]").str.replace(r"\]\s*\[", "; ", regex=True)


def _decision(text: pd.Series) -> pd.Series:
    """Return overturned, overturned_in_part, upheld or other, by the first words."""
    lower = text.str.lower()
    overturned = lower.str.startswith("overturn")
    part = overturned & lower.str.contains("part")
    plain = pd.Series("other", index=text.index).mask(lower.str.startswith("uph"), "upheld")
    return plain.mask(overturned, "overturned").mask(part, "overturned_in_part")
