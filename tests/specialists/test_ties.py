"""Who is paid through whom: the group of a reassignment names the practice where the directory is silent."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from deserts.sources.publishers.enrolment import read_enrolment, read_reassignment, read_reassignment_list
from deserts.specialists.ties import EnrolmentFiles, members_of, paid_through, single_groups
from tests.specialists.builders import directory, npi, registry

ONE, TWO, THREE, FOUR = (npi(n) for n in (1, 2, 3, 4))
CLINIC, SECOND = "0012345678", "9988776655"


def _id(letter: str, number: int) -> str:
    return f"{letter}2004{number:010d}"


def write(path: Path, header: str, rows: list[list[str]]) -> Path:
    path.write_text(header + "\n" + "".join(",".join(row) + "\n" for row in rows), encoding="latin-1")
    return path


def extracts(folder: Path) -> EnrolmentFiles:
    """One and Two work for a clinic, Two for a second one, too; Three is solo; Four is not enrolled."""
    head = "NPI,PECOS_ASCT_CNTL_ID,ENRLMT_ID,PROVIDER_TYPE_CD,PROVIDER_TYPE_DESC,STATE_CD,FIRST_NAME,MDL_NAME,"
    head += "LAST_NAME,ORG_NAME,GNDR_SW"
    people = [[who, f"98{place:08d}", _id("I", place), "14-25", "PRACTITIONER", "ME", "A", "", "MUÑOZ", "", ""]
              for place, who in enumerate((ONE, TWO, THREE), start=1)]  # fmt: skip
    groups = [[npi(900), CLINIC.lstrip("0"), _id("O", 1), "12-70", "CLINIC", "ME", "", "", "", "THE CLINIC", ""],
              [npi(901), SECOND, _id("O", 2), "12-70", "CLINIC", "ME", "", "", "", "SECOND CLINIC", ""]]  # fmt: skip
    path = write(folder / "e.csv", head, people + groups)
    tied = [
        [_id("I", 1), _id("O", 1)],
        [_id("I", 2), _id("O", 1)],
        [_id("I", 2), _id("O", 2)],
        [_id("I", 77), _id("O", 2)],
    ]
    ties = write(folder / "r.csv", "REASGN_BNFT_ENRLMT_ID,RCV_BNFT_ENRLMT_ID", tied)
    persons = read_enrolment(path, npis=[ONE, TWO, THREE, FOUR]).frame
    reassigned = read_reassignment(ties, from_ids=list(persons["enrolment_id"])).frame
    paid = read_enrolment(path, enrolment_ids=list(reassigned["to_id"])).frame
    return EnrolmentFiles(persons=persons, groups=paid, reassignments=reassigned)


def test_extracts_say_who_is_paid_through_whom_and_who_is_solo(tmp_path: Path) -> None:
    ties = paid_through(extracts(tmp_path))
    told = {(row.npi, row.group_id): row.members for row in ties.itertuples()}
    assert told == {(ONE, CLINIC): 2, (TWO, CLINIC): 2, (TWO, SECOND): 1, (THREE, ""): 1}
    assert ties.set_index("group_id")["group_name"][CLINIC].iloc[0] == "THE CLINIC"
    assert single_groups(ties).to_dict() == {(ONE, "ME"): CLINIC}
    assert members_of(ties, CLINIC)["npi"].tolist() == sorted([ONE, TWO])
    assert FOUR not in set(ties["npi"])  # not enrolled is not solo


def test_the_list_tells_the_same(tmp_path: Path) -> None:
    head = ("Group PAC ID,Group Enrollment ID,Group Legal Business Name,Group State Code,Group Due Date,"
            "Group Reassignments and Physician Assistants,Record Type,Individual PAC ID,Individual Enrollment ID,"
            "Individual NPI,Individual First Name,Individual Last Name,Individual State Code,"
            "Individual Specialty Description,Individual Due Date,Individual Total Employer Associations")  # fmt: skip
    rows = [[group, _id("O", 1), name, "ME", "TBD", "2", kind, "98", _id("I", 1), who, "A", "B", "ME", "NEUROLOGY",
             "TBD", "1"]
            for who, group, name, kind in ((ONE, CLINIC, "THE CLINIC", "Reassignment"),
                                           (TWO, CLINIC, "THE CLINIC", "Physician Assistant"),
                                           (TWO, SECOND, "SECOND CLINIC", "Reassignment"))]  # fmt: skip
    listed = read_reassignment_list(write(tmp_path / "l.csv", head, rows), npis=[ONE, TWO]).frame
    by_list = paid_through(EnrolmentFiles(listed=listed))
    by_extracts = paid_through(extracts(tmp_path))
    named = by_extracts[by_extracts["group_id"] != ""].drop(columns="source").reset_index(drop=True)
    pd.testing.assert_frame_equal(by_list.drop(columns="source"), named)


def test_the_practice_is_the_only_group_where_the_directory_names_none(tmp_path: Path) -> None:
    ties = paid_through(extracts(tmp_path)).assign(state="NE")
    people = directory(*[{"npi": who, "address": f"{place} MAIN ST"} for place, who in enumerate((ONE, TWO, THREE))])
    systems = pd.DataFrame({"pac_id": [CLINIC], "system_id": ["E10"], "system_name": ["HEALTH"]})
    sites = registry(directory=people, ties=ties, systems=systems).sites.set_index("npi")
    assert (sites.loc[ONE, "practice_id"], sites.loc[ONE, "practice_basis"]) == (CLINIC, "enrolment")
    assert sites.loc[ONE, "practice_name"] == "THE CLINIC"
    assert (sites.loc[ONE, "system_id"], sites.loc[ONE, "system_name"]) == ("E10", "HEALTH")
    assert sites.loc[TWO, "practice_basis"] == "address"  # two groups: which of them is at this door is not told
    assert sites.loc[THREE, "practice_basis"] == "address"
    named = directory({"npi": ONE, "group_id": SECOND, "group_name": "SECOND CLINIC"})
    kept = registry(directory=named, ties=ties).sites.set_index("npi")
    assert (kept.loc[ONE, "practice_id"], kept.loc[ONE, "practice_basis"]) == (SECOND, "group_id")
