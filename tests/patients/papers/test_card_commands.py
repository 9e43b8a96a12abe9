"""The commands card, ed-letter and packet: private files, clear errors, nothing about the patient left behind."""

from __future__ import annotations

import json
import stat

import pytest

from deserts.cli import main

SENTINEL = "Zzyzx Quux-Sentinel"
BORN = "1957-03-09"


def run(capsys, *arguments, stdin=None, monkeypatch=None):
    """Exit code, standard output and standard error of a command."""
    import io

    if stdin is not None:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    with pytest.raises(SystemExit) as left:
        main([str(part) for part in arguments])
    out = capsys.readouterr()
    return left.value.code or 0, out.out, out.err


@pytest.fixture
def card_file(tmp_path, capsys):
    _, text, _ = run(capsys, "paper", "card", "--example")
    data = json.loads(text)
    data["patient"] = {"name": SENTINEL, "born_on": BORN}
    path = tmp_path / "in" / "form.json"
    path.parent.mkdir()
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


@pytest.mark.parametrize(("command", "endings"), [("card", ("pdf", "html")), ("letter", ("pdf", "docx", "html"))])
def test_papers_are_private_and_alone(command, endings, card_file, tmp_path, capsys):
    outs = [tmp_path / "out" / f"paper.{ending}" for ending in endings]
    code, out, err = run(capsys, "paper", command, card_file, *(part for path in outs for part in ("-o", path)))
    assert code == 0
    assert out == ""
    assert SENTINEL not in err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in outs)
    for path in outs:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.stat().st_size > 1000


def test_an_empty_card_to_fill_in_by_hand(tmp_path, capsys):
    code, out, _ = run(capsys, "paper", "card", "--blank", "-o", tmp_path / "empty.pdf", "-o", tmp_path / "empty.html")
    assert (code, out) == (0, "")
    text = (tmp_path / "empty.html").read_text(encoding="utf-8")
    assert "baclofen ________________ mcg/mL, ________________ mcg a day" in text
    assert "itching or tingling" in text
    assert "slow or shallow breathing" in text
    assert "Void after ________________" in text
    assert "0001-01-01" not in text
    assert (tmp_path / "empty.pdf").read_bytes().startswith(b"%PDF")


def test_form_from_standard_input(card_file, tmp_path, capsys, monkeypatch):
    out = tmp_path / "card.html"
    code, _, _ = run(capsys, "paper", "card", "-", "-o", out, stdin=card_file.read_text(), monkeypatch=monkeypatch)
    assert code == 0
    assert SENTINEL in out.read_text(encoding="utf-8")


def test_packet_tells_red_lines_and_missing_documents(tmp_path, capsys):
    _, text, _ = run(capsys, "paper", "packet", "--example")
    data = json.loads(text) | {
        "next_refill_on": "2027-01-10",
        "authorisations": [{"number": "A1", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}],
    }
    form = tmp_path / "form.json"
    form.write_text(json.dumps(data), encoding="utf-8")
    code, _, err = run(capsys, "paper", "packet", form, "-o", tmp_path / "p.docx", "--today", "2026-11-20")
    assert code == 0
    assert "RED: authorisation A1 ends on 2026-12-31, before the next refill" in err
    assert "missing: Newest print-out of the pump" in err
    assert "warning: this form is the example" in err
    for name in ("p.docx", "p-notes-not-to-send.docx"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


@pytest.mark.parametrize(("command", "ending"), [("card", "pdf"), ("packet", "docx")])
def test_a_blank_form_is_refused_field_by_field(command, ending, tmp_path, capsys):
    _, text, _ = run(capsys, "paper", command, "--blank")
    form = tmp_path / "form.json"
    form.write_text(text, encoding="utf-8")
    code, _, err = run(capsys, "paper", command, form, "-o", tmp_path / f"p.{ending}")
    assert code == 2
    assert "patient.name: must be given" in err
    assert not (tmp_path / f"p.{ending}").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patient": {"name": SENTINEL, "born_on": f"{BORN} {SENTINEL}"}}, "patient.born_on: expected a day"),
        ({"drugs": [{"name": SENTINEL, "concentration": SENTINEL, "concentration_unit": SENTINEL}]}, "concentration"),
        ({SENTINEL: SENTINEL}, "there is a field that is not known"),
        ({"patient": {"name": SENTINEL * 10}}, "patient.name: at most 80 characters"),
    ],
)
def test_errors_name_the_field_and_never_the_value(change, message, card_file, tmp_path, capsys):
    card_file.write_text(json.dumps(json.loads(card_file.read_text()) | change), encoding="utf-8")
    code, out, err = run(capsys, "paper", "card", card_file, "-o", tmp_path / "out" / "c.pdf")
    assert code == 2
    assert message in err
    assert SENTINEL not in out + err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "card.doc"), "names no format"),
        ((), "no file to write was named"),
        (("-o", "/proc/nothing/card.pdf"), "the file cannot be written"),
    ],
)
def test_wrong_outputs(arguments, message, card_file, capsys):
    code, _, err = run(capsys, "paper", "card", card_file, *arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


def test_strict_refuses_old_verifications(card_file, tmp_path, capsys):
    data = json.loads(card_file.read_text())
    data["backups"][0]["verified_on"] = "2026-01-01"
    card_file.write_text(json.dumps(data), encoding="utf-8")
    code, _, err = run(
        capsys, "paper", "card", card_file, "-o", tmp_path / "c.pdf", "--strict", "--today", "2026-11-20"
    )
    assert code == 5
    assert "verified over 90 days ago" in err
