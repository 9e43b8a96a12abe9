"""The commands as a user types them."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from deserts.cli import build_app, main


@pytest.fixture(scope="module")
def invoke():
    app = build_app()
    return lambda *arguments: CliRunner().invoke(app, [str(part) for part in arguments])


def test_figures_sheet_and_succession(invoke, example_data, example_store, tmp_path):
    result = invoke("publish", "figures", "--data", example_data, "--out", tmp_path / "figures")
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "figures").iterdir())) == 14
    result = invoke("publish", "sheets", "--data", example_data, "--out", tmp_path, "--today", "2026-11-22")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "fact-sheet-XA.pdf").is_file()
    zip_code = sorted(example_store.read("zips").query("state == 'XA' and kind == 'area'")["zip"])[0]
    out = tmp_path / "succession.html"
    result = invoke("publish", "succession-map", "--data", example_data, "--zip", zip_code, "--out", out)
    assert result.exit_code == 0, result.output
    assert out.is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("publish", "sheets", "--by", "parish"), 2, "no kind of area"),
        (("publish", "sheets", "--by", "sldl"), 3, "no boundaries"),
        (("publish", "succession-map"), 2, "either --zip or --lonlat"),
        (("publish", "finder", "--grade", "guru"), 2, "not on the ladder"),
        (("publish", "figures", "--region", "VT"), 3, "deserts run --region VT"),
    ],
)
def test_mistakes_are_told_without_a_traceback(example_data, tmp_path, capsys, arguments, code, words):
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--data", str(example_data), "--out", str(tmp_path / "out")])
    assert stopped.value.code == code
    message = capsys.readouterr().err
    assert words in message
    assert "Traceback" not in message
    assert not (tmp_path / "out").exists()


def test_assets_says_what_it_found(invoke, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    result = invoke("publish", "assets", "--no-network", "--data", tmp_path)
    assert result.exit_code == 0
    assert "not found: maps will be made with links" in result.output
