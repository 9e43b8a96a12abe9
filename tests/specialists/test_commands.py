"""The commands as a user meets them: on a small region, on real files, and with mistakes."""

from __future__ import annotations

import json
import re

import pytest

from deserts.cli import main
from deserts.config import Region, Settings
from deserts.store import Store
from tests.specialists.builders import claims, directory, npi, registry


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A data folder whose example region has the tables of the stage ``specialists``."""
    folder = tmp_path_factory.mktemp("data")
    found = registry(
        claims=claims({"npi": npi(0)}, {"npi": npi(0), "year": 2022}, {"npi": npi(1), "year": 2022}),
        directory=directory({"npi": npi(0)}, {"npi": npi(2), "last_name": "<b>=1+1</b>"}),
    )
    store = Store(Settings(data_dir=folder), Region.parse("example"), "itb", "manages_pumps")
    for name, frame in (
        ("evidence", found.evidence), ("specialists", found.specialists), ("sites", found.sites),
        ("registry_years", found.years), ("specialists_unasked", found.unasked_people),
        ("sites_unasked", found.unasked_sites),
    ):  # fmt: skip
        store.write(name, frame)
    return folder


@pytest.fixture
def run(data_dir, tmp_path, monkeypatch, capsys):
    """Run a command; return exit code, standard output and standard error."""
    monkeypatch.setenv("DESERTS_DATA", str(data_dir))
    monkeypatch.setenv("DESERTS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DESERTS_DATABASE_URL", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = 0
        try:
            main(list(arguments))
        except SystemExit as left:
            code = int(left.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def test_specialist_prints_why_and_what_cannot_be_seen(run):
    code, out, _ = run("evidence", "specialist", npi(0), "--today", "2026-06-02")
    assert code == 0
    for words in ("refills implanted pumps, drug unknown", "billed 62370 in 2022, 2024", "never asked", "registered at",
                  "team only", "not calibrated for pumps", "sources"):  # fmt: skip
        assert words in out
    run("log", "verify", npi(2), "--outcome", "no_pumps", "--on", "2026-05-01")
    code, out, _ = run("evidence", "specialist", npi(2), "--json")
    told = json.loads(out)
    assert told["facts"]["grade"].startswith("contradicted")
    assert told["about"]


def test_specialist_of_nobody(run):
    code, out, err = run("evidence", "specialist", npi(77))
    assert (code, out) == (2, "")
    assert "not absence of care" in err
    assert "Traceback" not in err


def test_verify_writes_once_and_shows_in_the_timeline(run):
    code, out, _ = run("log", "verify", npi(0), "--outcome", "full", "--on", "2026-05-05", "--today", "2026-06-01",
                       "--payers", "Aetna, Medicare", "--ages", "adult", "--pump-makers", "A;B", "--visit-weeks", "4",
                       "--note", "side door")  # fmt: skip
    assert code == 0
    assert "ask again on 2026-08-03" in out
    _, out, err = run("log", "verify", npi(0), "--outcome", "full", "--on", "2026-05-05", "--today", "2026-06-01",
                      "--payers", "Medicare;Aetna", "--ages", "adult", "--pump-makers", "A;B", "--visit-weeks", "4",
                      "--note", "side door")  # fmt: skip
    assert out == ""
    assert "already in the log" in err
    _, out, _ = run("evidence", "specialist", npi(0), "--today", "2026-06-01")
    assert "side door" in out
    assert "takes no new patients" in out


def test_verify_tells_every_mistake_and_writes_nothing(run, tmp_path):
    code, _, err = run("log", "verify", "1234567894", "--outcome", "perhaps", "--source", "dream")
    assert code == 2
    assert re.search("npi: .*outcome: .*source: ", err)
    assert not re.search("1234567894|perhaps|dream", err)
    assert not (tmp_path / "home").exists()


def test_verify_warns_of_patient_details(run):
    code, _, err = run("log", "verify", npi(0), "--outcome", "accepting", "--note", "pt 45 yo, Mrs. Smith")
    assert code == 0
    assert "an age" in err
    assert "a patient's name" in err


def test_the_log_goes_out_and_in(run, tmp_path):
    run("log", "verify", npi(0), "--outcome", "accepting", "--on", "2026-05-05", "--note", "=1+1 secret")
    sheet = str(tmp_path / "calls.csv")
    assert run("log", "verifications", "export", sheet)[0] == 0
    assert "secret" not in (tmp_path / "calls.csv").read_text(encoding="utf-8")
    code, out, _ = run("log", "verifications", "import", sheet)
    assert (code, out.strip()) == (0, "1 answers read, 0 new")
    code, _, err = run("log", "verifications", "import", str(tmp_path / "none.csv"))
    assert code == 2
    assert "no such file" in err


def test_registry_diff(run, tmp_path):
    code, out, _ = run("evidence", "registry", "diff", "2022", "2024", "--out", str(tmp_path / "diff.csv"), "--json")
    assert code == 0
    assert json.loads(out)["by_state"][0] == {
        "state": "all", "entered": 0, "left": 1, "stayed": 1, "moved": 0, "moved_state": 0
    }  # fmt: skip
    assert len((tmp_path / "diff.csv").read_text().splitlines()) == 3
    code, _, err = run("evidence", "registry", "diff", "2021", "2024")
    assert code == 2
    assert "2021" in err


@pytest.mark.shared
def test_registry_diff_of_real_years(run, shared):
    files = [shared / "claims" / f"by_provider_and_service_{year}_mohs.csv.gz" for year in (2019, 2021)]
    code, out, _ = run("evidence", "registry", "diff", "2019", "2021", "--service", "mohs", "--claims", str(files[0]),
                       "--claims", str(files[1]), "--json")  # fmt: skip
    assert code == 0
    total = json.loads(out)["by_state"][0]
    assert (total["entered"], total["left"], total["stayed"]) == (335, 165, 2491)


def test_directory_accuracy_hides_answers_unless_for_the_team(run, tmp_path):
    run("log", "verify", npi(2), "--outcome", "no_pumps", "--on", "2026-05-01")
    code, out, _ = run("evidence", "accuracy", "--out", str(tmp_path / "a.csv"))
    assert code == 0
    assert "few" in out
    assert "Wilson" in out
    assert "hidden by the rule of ten: unknown" in out
    _, out, _ = run("evidence", "accuracy", "--team", "--json")
    rows = {(row["state"], row["measure"]): row["count"] for row in json.loads(out)["rows"]}
    assert rows["all", "contradicted_by_call"] == 1
    assert rows["all", "with_evidence"] == 1


def test_recall_is_unknown_without_a_list(run, tmp_path):
    assert run("evidence", "recall")[1].startswith("recall unknown")
    (tmp_path / "known.csv").write_text(f"name,npi\nA,{npi(0)}\nB,{npi(99)}\n")
    code, out, _ = run("evidence", "recall", "--known", str(tmp_path / "known.csv"), "--json")
    assert code == 0
    told = json.loads(out)
    assert told["missed"] == ["B"]
    assert {row["grade"]: row["found"] for row in told["recall"]}["refills_pumps"] == 1


def test_replicate_has_a_verdict_for_everything(run, tmp_path):
    code, out, _ = run("evidence", "replicate", "--json")
    assert code == 0
    told = {claim["key"]: claim for claim in json.loads(out)["claims"]}
    assert told["injectors-566"]["verdict"] == "unsupported: do not quote"
    assert told["states-none"]["figure"]
    assert run("evidence", "replicate", "--write", str(tmp_path / "claims.md"))[0] == 0
    assert (tmp_path / "claims.md").read_text(encoding="utf-8").startswith("# Numbers that circulate")


@pytest.mark.shared
def test_the_texan_drive_on_the_real_network(run, shared, tmp_path):
    from deserts.roads import read_network

    read_network([shared / "roads" / "texas.osm.pbf"]).save(tmp_path / "network")
    _, out, _ = run("evidence", "replicate", "--network", str(tmp_path / "network"), "--json")
    told = {claim["key"]: claim for claim in json.loads(out)["claims"]}
    minutes = int(told["abilene-granbury"]["figure"].split()[0])
    assert 90 <= minutes <= 180


def test_what_is_not_made_yet_is_said(run):
    code, _, err = run("evidence", "accuracy", "--region", "ME")
    assert code == 3
    assert "deserts run" in err


@pytest.mark.parametrize("command", ["evidence specialist", "log verify", "evidence accuracy", "evidence recall",
                                     "evidence replicate", "evidence registry diff", "evidence registry lost",
                                     "log verifications export", "log verifications import"])  # fmt: skip
def test_help_shows_examples(run, command):
    code, out, _ = run(*command.split(), "--help")
    assert code == 0
    assert "deserts " + command in " ".join(out.split())
