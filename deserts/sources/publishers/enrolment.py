"""Medicare enrolment (PECOS, CMS): who is enrolled under which legal entity, and who lets whom be paid.

Two datasets with different keys tell the second: the extracts of the public enrolment file (PPEF, quarterly), joined by
enrolment, and the revalidation reassignment list (monthly), which names the group's legal entity itself. The ten-digit
PECOS number (PAC) is the public stand-in for a tax number: one a legal entity. One person has an enrolment in each
state. Status: heads of real files and documentation; the order of the list's columns is not confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from deserts.sandbox import reader
from deserts.sources.publishers.hospital_owners import pac_ids
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Keep, Layout, read_rows
from deserts.sources.readers.npi import npis_are_valid
from deserts.sources.readers.parsed import Parsed

__all__ = [
    "ENROLMENT",
    "REASSIGNMENT",
    "REASSIGNMENT_LIST",
    "read_enrolment",
    "read_reassignment",
    "read_reassignment_list",
]

_ENROLMENT_ID = r"[IO]\d{14}"

ENROLMENT = Layout(
    "Medicare enrolments (PPEF)",
    (
        Field("npi", ("NPI",), required=True),
        Field("pac_id", ("PECOS_ASCT_CNTL_ID",), required=True),
        Field("enrolment_id", ("ENRLMT_ID",), required=True),
        Field("provider_type", ("PROVIDER_TYPE_CD",)),
        Field("state", ("STATE_CD",)),
        Field("organisation", ("ORG_NAME",)),
    ),
)

REASSIGNMENT = Layout(
    "Medicare reassignments (PPEF)",
    (
        Field("from_id", ("REASGN_BNFT_ENRLMT_ID",), required=True),
        Field("to_id", ("RCV_BNFT_ENRLMT_ID",), required=True),
    ),
)

REASSIGNMENT_LIST = Layout(
    "revalidation reassignment list",
    (
        Field("group_pac_id", ("Group PAC ID",), required=True),
        Field("group_enrolment_id", ("Group Enrollment ID",)),
        Field("group_name", ("Group Legal Business Name",), required=True),
        Field("group_state", ("Group State Code",)),
        Field("kind", ("Record Type",)),
        Field("npi", ("Individual NPI",), required=True),
        Field("state", ("Individual State Code",)),
    ),
)


@reader("Medicare enrolment")
def read_enrolment(
    path: Path, *, npis: Sequence[str] | None = None, enrolment_ids: Sequence[str] | None = None
) -> Parsed:
    """Read ``npi, pac_id, enrolment_id`` (I or O and 14 digits), ``provider_type, state, organisation``.

    Names of persons are not read. ``npis`` and ``enrolment_ids`` keep rows of some; all when None.
    """
    raw = read_rows(path, ENROLMENT, keep=_keep(npi=npis, enrolment_id=enrolment_ids))
    frame = raw.frame.apply(repair.tidy).astype("str")
    frame["npi"] = repair.code(frame["npi"])
    frame["pac_id"] = pac_ids(frame["pac_id"])
    bad = {
        "the NPI is not valid": ~npis_are_valid(frame["npi"]),
        "the enrolment is not I or O and 14 digits": ~frame["enrolment_id"].str.fullmatch(_ENROLMENT_ID),
        "the legal entity has no number": frame["pac_id"] == "",
    }
    return raw.settle(frame, bad)


def _keep(**wanted: Sequence[str] | None) -> Keep | None:
    """Return the filter of rows by the fields for which values are wanted; None when there is none."""
    values = {field: some for field, some in wanted.items() if some is not None}
    return Keep(values) if values else None


@reader("reassignments")
def read_reassignment(path: Path, *, from_ids: Sequence[str] | None = None) -> Parsed:
    """Read ``from_id`` (enrolment of the person) and ``to_id`` (enrolment of who is paid), without repeats."""
    raw = read_rows(path, REASSIGNMENT, keep=_keep(from_id=from_ids))
    frame = raw.frame.apply(repair.tidy).astype("str")
    bad = {
        "an enrolment is not I or O and 14 digits": ~(
            frame["from_id"].str.fullmatch(_ENROLMENT_ID) & frame["to_id"].str.fullmatch(_ENROLMENT_ID)
        ),
        "a repeat of an earlier row": frame.duplicated(),
    }
    return raw.settle(frame, bad)


@reader("reassignments")
def read_reassignment_list(path: Path, *, npis: Sequence[str] | None = None) -> Parsed:
    """Read ``group_pac_id, group_name, group_state, kind, npi, state``; ``kind`` as the publisher words it.

    ``npis`` keeps the rows of some persons; all when None.
    """
    raw = read_rows(path, REASSIGNMENT_LIST, keep=_keep(npi=npis))
    frame = raw.frame.apply(repair.tidy).astype("str")
    frame["npi"] = repair.code(frame["npi"])
    frame["group_pac_id"] = pac_ids(frame["group_pac_id"])
    frame["kind"] = frame["kind"].str.lower()
    bad = {
        "the NPI is not valid": ~npis_are_valid(frame["npi"]),
        "the group has no number": frame["group_pac_id"] == "",
        "a repeat of an earlier row": frame.duplicated(["group_pac_id", "npi", "state"]),
    }
    return raw.settle(frame.drop(columns="group_enrolment_id"), bad)
