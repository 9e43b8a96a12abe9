"""Hospital price files: the six samples of CMS, twins with pump codes and every kind of count, and where files lie."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from deserts.errors import InputError
from deserts.sources.publishers import price_rows
from deserts.sources.publishers.price_files import PriceFile, read_prices
from deserts.sources.publishers.price_locator import best_location, read_addresses, read_locations

EXAMPLES = Path("evidence_samples/github.com/CMSgov/hospital-price-transparency/examples")
COUNTS = {
    "": (None, None), "0": (0, 0), "1 through 10": (1, 10), "1 THROUGH 10": (1, 10), "11": (11, 11),
    "2025": (2025, 2025), "2,025": (2025, 2025), "10": (10, 10), "unknown": (None, None), "-3": (None, None),
}  # fmt: skip
"""Every count that the law names, those that are invalid and occur, and two that mean nothing."""


def bounds(read: PriceFile) -> dict[str, tuple[float | None, float | None]]:
    """Lower and upper payments by count text."""
    rows = read.prices.astype(object).where(read.prices.notna(), None)
    return {str(row["count_text"]): (row["count_low"], row["count_high"]) for row in rows.to_dict("records")}


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    ["V2.0.0_JSON_Format_Example.json", "V2.0.0_Tall_CSV_Format_Example.csv", "V2.0.0_Wide_CSV_Format_Example.csv",
     "V3.0.0_Tall_CSV_Format_Example.csv", "V3.0.0_Wide_CSV_Format_Example.csv", "v3_json_format_example.json"],
)  # fmt: skip
def test_each_official_sample_parses(shared: Path, name: str) -> None:
    read = read_prices(shared / EXAMPLES / name, codes=["H0017", "92626", "J1450", "J3420", "70551"])
    head = read.head
    assert head.hospital_name == "West Mercy Hospital"
    assert head.locations == ("West Mercy Hospital", "West Mercy Surgical Center")
    assert head.last_updated_on == ("2026-04-01" if "3" in name.split("_")[0] else "2024-07-01")
    assert head.state == "CA"
    assert head.bad == 0
    assert {"H0017", "J1450"} <= set(read.prices["code"])
    # The two payers of the samples, under their own plans, whatever the layout.
    payers = {name.replace("_", " ") for name in read.prices["payer_name"]} - {""}
    assert payers == {"Platform Health Insurance", "Region Health Insurance"}
    if "3" in name.split("_")[0]:
        assert head.type_2_npis == ("0000000001", "0000000002", "0000000003")


@pytest.mark.shared
def test_the_three_layouts_of_one_hospital_tell_the_same_prices(shared: Path) -> None:
    names = ["V3.0.0_Tall_CSV_Format_Example.csv", "V3.0.0_Wide_CSV_Format_Example.csv", "v3_json_format_example.json"]
    told = []
    for name in names:
        prices = read_prices(shared / EXAMPLES / name, codes=["H0017", "J1450", "J3420"]).prices
        prices = prices[prices["payer_name"] != ""]
        payer = prices["payer_name"].str.replace("_", " ")
        told.append(set(zip(prices["code"], payer, prices["rate_kind"], prices["count_text"], strict=True)))
    assert told[0]
    assert told[0] == told[1] == told[2]


def tall(path: Path, rows: list[list[object]], *, head: tuple[str, ...] = ()) -> Path:
    """A tall file of version 3 with rows of code, type, payer, plan, dollar, percentage, count, setting."""
    names = ["description", "code|1", "code|1|type", "setting", "payer_name", "plan_name",
             "standard_charge|negotiated_dollar", "standard_charge|negotiated_percentage", "count"]  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["hospital_name", "last_updated_on", "version", "hospital_address", "license_number|ME"])
    writer.writerow(head or ["Made Up", "2026-05-01", "3.0.0", "1 Main St, Bangor, ME 04401", "7"])
    writer.writerow(names)
    for code, kind, payer, plan, dollar, percentage, count, setting in rows:
        writer.writerow(["Words, with \"quotes\"\nand a second line", code, kind, setting, payer, plan, dollar,
                         percentage, count])  # fmt: skip
    path.write_bytes(out.getvalue().encode())
    return path


def wide(path: Path, counts: list[str], *, code: str = "62370") -> Path:
    """A wide file of version 3, one plan a count."""
    names = ["description", "code|1", "code|1|type", "setting"]
    cells = ["Refill", code, "CPT", "outpatient"]
    for place, count in enumerate(counts):
        plan = f"Payer_{place}|Plan_{place}"
        names += [f"standard_charge|{plan}|negotiated_percentage", f"count|{plan}"]
        cells += ["60", count]
    lines = [["hospital_name", "last_updated_on", "version"], ["Made Up", "5/1/2026", "3.0.0"], names,
             ["Other", "99213", "CPT", "outpatient"] + ["1", "99"] * len(counts), cells]  # fmt: skip
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        csv.writer(stream).writerows(lines)
    return path


def as_json(path: Path, counts: list[str]) -> Path:
    """The same as JSON."""
    payers = [
        {"payer_name": f"Payer {place}", "plan_name": f"Plan {place}", "standard_charge_percentage": 60,
         **({"count": count} if count else {})}
        for place, count in enumerate(counts)
    ]  # fmt: skip
    item = {
        "description": "Refill", "code_information": [{"code": "62370", "type": "CPT"}],
        "standard_charges": [{"setting": "outpatient", "payers_information": payers}],
    }  # fmt: skip
    other = {**item, "code_information": [{"code": "99213", "type": "CPT"}]}
    path.write_text(json.dumps({
        "hospital_name": "Made Up", "last_updated_on": "2026-05-01", "version": "3.0.0",
        "standard_charge_information": [other, item, other],
    }))  # fmt: skip
    return path


def test_every_count_has_its_bounds_in_every_layout(tmp_path: Path) -> None:
    rows = [["62370", "CPT", f"P{n}", "A", "", "60", count, "outpatient"] for n, count in enumerate(COUNTS)]
    files = [tall(tmp_path / "t.csv", rows), wide(tmp_path / "w.csv", list(COUNTS)),
             as_json(tmp_path / "j.json", list(COUNTS))]  # fmt: skip
    for path in files:
        read = read_prices(path, codes=["62370"])
        assert read.head.matched >= 1
        assert bounds(read) == COUNTS, path.name


def test_prices_that_are_put_into_columns_part_by_part_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [wide(tmp_path / "w.csv", list(COUNTS)), as_json(tmp_path / "j.json", list(COUNTS))]
    whole = [read_prices(path, codes=["62370"]).prices for path in paths]
    monkeypatch.setattr(price_rows, "_PART", 1)
    for path, frame in zip(paths, whole, strict=True):
        assert len(frame) > 1
        pd.testing.assert_frame_equal(read_prices(path, codes=["62370"]).prices, frame)


def test_no_count_is_not_zero_and_a_blank_count_of_a_dollar_price_stays_blank(tmp_path: Path) -> None:
    read = read_prices(tall(tmp_path / "t.csv", [["62370", "CPT", "P", "A", "610.5", "", "", "both"]]), codes=["62370"])
    assert read.prices["rate_kind"].tolist() == ["dollar"]
    assert read.prices["rate"].tolist() == [610.5]
    assert read.prices[["count_low", "count_high"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("cell", "kind", "found"),
    [("62370", "CPT", True), ("62370-TC", "HCPCS", True), (" j0475 ", "HCPCS", True), ("62370", "LOCAL", False),
     ("62370", "CDM", False), ("623701", "CPT", False), ("162370", "CPT", False), ("62370", "", True)],
)  # fmt: skip
def test_a_code_counts_only_under_its_own_system_whatever_surrounds_it(
    tmp_path: Path, cell: str, kind: str, *, found: bool
) -> None:
    rows = [[cell, kind, "P", "A", "5", "", "12", "outpatient"]]
    read = read_prices(tall(tmp_path / "t.csv", rows), codes=["62370", "J0475"])
    assert len(read.prices) == int(found)
    if not found and cell == "62370":
        assert read.head.other_system == 1
        assert "another system" in read.head.problems[-1]


def test_the_same_file_packed_reads_the_same(tmp_path: Path) -> None:
    plain = tall(tmp_path / "t.csv", [["62370", "CPT", "P", "A", "5", "", "12", "outpatient"]])
    packed = tmp_path / "t.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    zipped = tmp_path / "t.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(plain, "970001_x_standardcharges.csv")
        archive.writestr("readme.pdf", b"x")
    one, *others = [read_prices(path, codes=["62370"]).prices for path in (plain, packed, zipped)]
    assert all(one.equals(other) for other in others)
    made = as_json(tmp_path / "j.json", ["11"])
    jzip = tmp_path / "j.zip"
    with zipfile.ZipFile(jzip, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(made, "970001_x_standardcharges.json")
    assert read_prices(jzip, codes=["62370"]).prices.equals(read_prices(made, codes=["62370"]).prices)


def test_what_is_no_price_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "page.csv").write_text("<html><body>Not found</body></html>")
    (tmp_path / "list.csv").write_text("name,age\nJane,40\n")
    (tmp_path / "cut.json").write_bytes(as_json(tmp_path / "j.json", ["11"]).read_bytes()[:-30])
    for name in ("page.csv", "list.csv", "cut.json"):
        with pytest.raises(InputError) as caught:
            read_prices(tmp_path / name, codes=["62370"])
        assert name in str(caught.value)


def test_four_thousand_columns(tmp_path: Path) -> None:
    counts = ["" if place % 7 else "12" for place in range(1998)]
    read = read_prices(wide(tmp_path / "w.csv", counts), codes=["62370"])
    assert len(read.prices) == 1998
    assert (read.prices["count_low"] == 12).sum() == len([c for c in counts if c])


@pytest.mark.shared
def test_the_locator_file_of_the_sample(shared: Path) -> None:
    text = (shared / "evidence_samples/example.test/cms-hpt.txt").read_text()
    found = read_locations(text, where="x")
    assert [(place.name, place.url) for place in found] == [
        ("Test Hospital", "https://example.com/HPT"), ("Test Hospital 2", "https://example2.com/HPT")
    ]  # fmt: skip
    assert best_location(found, "TEST HOSPITAL 2") == found[1]
    assert best_location(found, "Another") is None


def test_locator_blocks_without_blank_lines_in_any_case_and_order() -> None:
    text = "\ufeffLocation-Name: A\r\nMRF-URL: https://a.example/a.csv?sig=1\r\nlocation-name: B\r\nmrf-url:https://b.example\r\n"
    assert [(p.name, p.url) for p in read_locations(text, where="x")] == [
        ("A", "https://a.example/a.csv?sig=1"), ("B", "https://b.example")
    ]  # fmt: skip
    with pytest.raises(InputError, match="no address"):
        read_locations("hello: world\n", where="https://a.example/cms-hpt.txt")


@pytest.mark.shared
def test_the_table_of_addresses_of_the_sample_loses_no_row(shared: Path) -> None:
    path = shared / "evidence_samples/github.com/nathansutton/hospital-price-transparency/urls/mrf_addresses_by_ccn.csv"
    parsed = read_addresses(path)
    with path.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert parsed.rows_in == len(rows)
    assert len(parsed.frame) + len(parsed.rejected) == len(rows)
    assert len(parsed.frame) > 0.9 * len(rows)
    assert not parsed.frame["url"].str.contains("?", regex=False).any() or parsed.frame["signed"].any()
    assert all(len(ccn) == 6 for ccn in itertools.islice(parsed.frame["ccn"], 50))
