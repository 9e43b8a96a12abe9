"""The line on what share of the billed care is seen stands on every public output, and says what the table says."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest

from deserts.patients.search.backup_data import BackupData
from deserts.provenance import load_provenance
from deserts.publish.finder import write_finder
from deserts.publish.site import write_site
from deserts.services import load_service
from deserts.specialists.reconcile_words import reconciliation_line
from tests.example_data import example_run

TODAY = dt.date(2026, 11, 22)
ITB = load_service("itb")


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(text))


@pytest.fixture(scope="module")
def line(example_store) -> str:
    """The sentence as the table gives it."""
    made = reconciliation_line(example_store.read("reconciliation"), service=ITB, states=example_store.region.states)
    assert load_provenance(example_store.provenance_path).reconciliation == made
    return made


@pytest.fixture(scope="module")
def folder(example_store, linked, tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("site")
    write_site(example_store, made, service=ITB, today=TODAY, assets=linked)
    data = BackupData.load(example_store, service=ITB)
    write_finder(example_store, made / "finder.html", data=data, today=TODAY)
    return made


def test_the_line_takes_its_numbers_from_the_table(example_store, line) -> None:
    table = example_store.read("reconciliation")
    row = table[(table["total_source"] == "drug_spending") & (table["year"] == 2024) & (table["code"] == "J0475")].iloc[
        0
    ]
    share = round(100 * row["patients_high_share"])
    assert f"{share} % of the {row['total_patients']:,.0f} J0475 patients" in line
    assert 0 < share < 100
    state = table[table["state"] == "XA"]["ma_share"].iloc[0]
    assert f"Exampland {100 * state:.0f} %" in line


@pytest.mark.parametrize(
    "page",
    [
        "index.html",
        "methods.html",
        "map.html",
        "map_embed.html",
        "finder.html",
        "fact-sheets/fact-sheet-XA.html",
    ],
)
def test_every_page_carries_it(folder, line, page) -> None:
    assert line in squeezed((folder / page).read_text(encoding="utf-8"))


def test_fact_sheet_and_figures_carry_it(folder, line) -> None:
    pages = pypdf.PdfReader(folder / "fact-sheets/fact-sheet-XA.pdf").pages
    assert line in squeezed(" ".join(page.extract_text() for page in pages))
    figures = sorted((folder / "figures").glob("*.svg"))
    assert figures
    for figure in figures:
        text = " ".join(re.findall(r"<!--(.*?)-->", figure.read_text(encoding="utf-8"), flags=re.DOTALL))
        assert line in squeezed(text), figure.name


def test_commands_say_it(example_data, line) -> None:
    for words in (["explain", "--county", "97001"], ["findings"], ["backup", "--zip", "86901"]):
        command = [str(Path(sys.executable).with_name("deserts")), *words, "--region", "example"]
        done = subprocess.run([*command, "--data", str(example_data)], capture_output=True, text=True, check=False)
        assert line in squeezed(done.stdout + done.stderr), words


def test_the_downloaded_table_is_the_table(folder, example_store) -> None:
    text = (folder / "downloads/reconciliation.csv").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 1 + len(example_store.read("reconciliation"))


def test_without_a_total_it_says_not_reconciled(own_example, tmp_path) -> None:
    """A run without the drug's totals, those by geography and by carrier: no share is claimed."""
    from deserts.pipeline import scores, supply, times
    from deserts.pipeline.stage import run_stage
    from deserts.pipeline.summary import findings

    lock = own_example.settings.data_dir / "raw/example/lock.json"
    kept = [e for e in json.loads(lock.read_text())["entries"]
            if e["dataset"] not in ("drug_spending", "claims_by_geography", "psps", "ma_penetration")]  # fmt: skip
    lock.write_text(json.dumps({"entries": kept}))
    run = example_run(own_example.settings.data_dir)
    for stage in (supply.STAGE, times.STAGE, scores.STAGE):
        run_stage(stage, run)
    said = findings(run)
    assert "not reconciled: no total of it was read" in said
    assert "was not read" in said
