"""Marketplace files, files of negotiated rates, and the official samples of every form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deserts.errors import MissingDataError
from deserts.sources.directories.listing import Wanted
from deserts.sources.directories.read import Form, form_of, read_directory
from tests.sources.directories.fhir_files import DOCTOR, OTHER_DOCTOR


def _provider(**changes: Any) -> dict[str, Any]:
    return {
        "npi": DOCTOR, "type": "INDIVIDUAL", "name": {"first": "Jan", "last": "Doe"},
        "addresses": [{"address": "1 Main St", "city": "Bangor", "state": "ME", "zip": "04401", "phone": "2075550100"}],
        "specialty": ["Physiatry"], "accepting": "accepting", "last_updated_on": "2026-01-02",
        "plans": [{"plan_id_type": "HIOS-PLAN-ID", "plan_id": "12345ME0010001", "network_tier": "PREFERRED"}],
        **changes,
    }  # fmt: skip


def _write(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value))
    return path


def test_a_provider_has_a_row_for_each_plan_tier_and_address(tmp_path: Path) -> None:
    two = _provider(
        plans=[{"plan_id": "12345ME0010001", "network_tier": tier} for tier in ("PREFERRED", "NON-PREFERRED")],
        addresses=[{"state": "ME", "zip": "04401"}, {"state": "NH", "zip": 3301}],
    )
    plans = _write(tmp_path / "plans.json", [{"plan_id": "12345ME0010001", "marketing_name": "Lobster Gold"}])
    reading = read_directory([_write(tmp_path / "p.json", [two]), plans])
    assert len(reading.frame) == 4
    assert set(reading.frame["plan_name"]) == {"Lobster Gold"}
    assert set(reading.frame["zip5"]) == {"04401", "03301"}
    only = read_directory([tmp_path / "p.json"], wanted=Wanted(states=frozenset({"NH"})))
    assert len(only.frame) == 2


@pytest.mark.parametrize(
    ("changes", "column", "expected"),
    [
        ({"specialty": None, "speciality": ["Physiatry"]}, "specialty_text", "Physiatry"),
        ({"accepting": "not accepting"}, "accepting", "no"),
        ({"accepting": "accepting in some locations"}, "accepting", "some_locations"),
        ({"accepting": True}, "accepting", "yes"),
        ({"accepting": None}, "accepting", "unknown"),
        ({"npi": None}, "npi_basis", "none"),
        ({"npi": "0"}, "npi_basis", "none"),
        ({"npi": int(DOCTOR)}, "npi", DOCTOR),
        ({"type": "FACILITY", "name": None, "facility_name": "Clinic"}, "entity", "organisation"),
    ],
)
def test_spellings_that_occur(tmp_path: Path, changes: dict[str, Any], column: str, expected: str) -> None:
    reading = read_directory([_write(tmp_path / "p.json", [_provider(**changes)])])
    assert reading.frame[column].tolist() == [expected]


def test_other_years_are_kept_and_counted(tmp_path: Path) -> None:
    plans = [{"plan_id": "12345ME0010001", "years": [2024]}]
    reading = read_directory([_write(tmp_path / "p.json", [_provider(plans=plans)])], year=2026)
    assert len(reading.frame) == 1
    assert reading.notes == {"listed for other years than 2026 alone": 1}


def _rates(*, first: str = "provider_references", **changes: Any) -> dict[str, Any]:
    members = {"npi": [int(DOCTOR), 0], "tin": {"type": "ein"}}
    groups = [
        {"provider_group_id": 7, "network_name": ["Net"], "provider_groups": [members]},
        {"provider_group_id": 8, "provider_groups": [{"npi": [int(OTHER_DOCTOR)]}]},
    ]  # fmt: skip
    price = {"billing_class": "professional", "negotiated_rate": 123.45}
    items = [
        {"billing_code": "62370", "negotiated_rates": [{"provider_references": [7], "negotiated_prices": [price]}]},
        {"billing_code": "99213", "negotiated_rates": [{"provider_references": [8], "negotiated_prices": [price]}]},
    ]
    parts = {"provider_references": groups, "in_network": items}
    order = sorted(parts, key=lambda name: name != first)
    return {"plan_id": "123456789", "plan_name": "Plan", **{name: parts[name] for name in order}, **changes}


@pytest.mark.parametrize("first", ["provider_references", "in_network"])
def test_rates_are_found_whichever_array_comes_first(tmp_path: Path, first: str) -> None:
    reading = read_directory([_write(tmp_path / "r.json", _rates(first=first))], codes={"62370"})
    assert reading.frame["npi"].tolist() == [DOCTOR]
    assert reading.frame["listed_via"].tolist() == ["rate"]
    assert reading.notes["groups with a tax number and no NPI"] == 1
    assert "123.45" not in reading.frame.to_csv()


def test_inline_groups_of_version_1_and_bundles(tmp_path: Path) -> None:
    inline = {"provider_groups": [{"npi": [int(DOCTOR)]}], "negotiated_prices": []}
    items = [{"billing_code": "BX", "bundled_codes": [{"billing_code": "62370"}], "negotiated_rates": [inline]}]
    reading = read_directory([_write(tmp_path / "r.json", {"in_network": items})], codes={"62370"})
    assert reading.frame["npi"].tolist() == [DOCTOR]


def test_a_group_that_is_not_described_makes_it_incomplete(tmp_path: Path) -> None:
    reading = read_directory([_write(tmp_path / "r.json", _rates(provider_references=[]))], codes={"62370"})
    assert not reading.is_complete
    assert "incomplete" in reading.verdict


def test_forms_are_told_by_content(tmp_path: Path) -> None:
    assert form_of(_write(tmp_path / "a", {"provider_urls": ["x"]})) is Form.INDEX
    assert form_of(_write(tmp_path / "b", {"reporting_entity_name": "x", "reporting_structure": [1]})) is Form.CONTENTS
    assert form_of(_write(tmp_path / "c", {"compression_algorithm": "zstd"})) is Form.MANIFEST
    assert form_of(_write(tmp_path / "d", [{"x": 1}])) is Form.UNKNOWN
    with pytest.raises(MissingDataError):
        read_directory([tmp_path / "none"])


@pytest.mark.shared
@pytest.mark.parametrize(
    ("folder", "rows", "records", "source"),
    [
        ("hl7.org/fhir/us/davinci-pdex-plan-net", 28, 48, "plannet"),
        ("github.com/HL7-DaVinci/plan-net-ri/ndjson", 701, 379, "plannet"),
        ("github.com/Aidbox/examples/medicare-plan-finder", 4, 11, "plannet"),
        ("github.com/CMSgov/QHP-provider-formulary-APIs", 14, 6, "qhp"),
        ("directory.cms.gov", 4, 10, "npd"),
    ],
)
def test_official_samples(shared: Path, folder: str, rows: int, records: int, source: str) -> None:
    reading = read_directory([shared / "evidence_samples" / folder])
    assert (len(reading.frame), sum(reading.read.values())) == (rows, records)
    assert set(reading.frame["source"]) == {source}


@pytest.mark.shared
def test_only_thirteen_of_the_samples_npis_are_valid(shared: Path) -> None:
    from deserts.sources.readers.npi import npis_are_valid

    frame = read_directory([shared / "evidence_samples/github.com/HL7-DaVinci/plan-net-ri/ndjson"]).frame
    people = frame.loc[frame["entity"] == "individual", "npi"].drop_duplicates()
    assert len(people) == 103
    assert int(npis_are_valid(people).sum()) == 13


@pytest.mark.shared
def test_of_two_pages_the_first_alone_is_incomplete(shared: Path) -> None:
    folder = shared / "evidence_samples/github.com/HL7-DaVinci/plan-net-ri"
    pages = sorted(folder.glob("searchset_page_*"))
    assert not read_directory(pages[:1]).is_complete
    assert read_directory(pages).is_complete


@pytest.mark.shared
def test_official_samples_of_rates(shared: Path) -> None:
    folder = shared / "evidence_samples/github.com/CMSgov/price-transparency-guide"
    files = sorted(folder.glob("in-network*.json"))
    reading = read_directory(files, codes={"27447"})
    assert len(reading.frame) == 47
    assert reading.is_complete
