"""The documentation: it builds without a warning, its links lead somewhere, and the codebook is the schemas'."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from deserts.commands.codebook import codebook_markdown
from deserts.tables import TABLES, Status
from tests.conftest import ROOT
from tests.docs.manual import PAGES, links_of


def _build(source, out):
    pytest.importorskip("sphinx", reason="the documentation needs the extra docs")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", str(source), str(out)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_builds_without_a_warning(tmp_path):
    done = _build(ROOT / "docs", tmp_path / "html")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "html" / "codebook.html").is_file()


def test_a_broken_link_fails_the_build(tmp_path):
    source = tmp_path / "docs"
    source.mkdir()
    shutil.copy(ROOT / "docs" / "conf.py", source)
    (source / "index.md").write_text("# Title\n\n[nowhere](absent.md)\n", encoding="utf-8")
    done = _build(source, tmp_path / "html")
    assert done.returncode != 0
    assert "absent.md" in done.stderr


@pytest.mark.parametrize("name", PAGES)
def test_relative_links_lead_somewhere(name):
    page = PAGES[name]
    missing = [
        link
        for link in links_of(page.read_text(encoding="utf-8"))
        if not (page.parent / link.partition("#")[0]).exists()
    ]
    assert missing == []


def test_links_are_found():
    assert links_of("[a](b.md#c) [d](https://e.org) [f](#g) ![h](i.png)") == ["b.md#c", "i.png"]


def test_committed_codebook_is_what_the_command_prints():
    committed = (ROOT / "docs" / "codebook.md").read_text(encoding="utf-8")
    assert committed == codebook_markdown(), "run `deserts stage codebook --out docs/codebook.md`"


def test_codebook_names_every_column_and_status():
    sections = dict(part.partition("\n")[::2] for part in codebook_markdown().split("\n## ")[1:])
    for table in TABLES.values():
        for column in table.columns:
            assert f"| `{column.name}` |" in sections[table.name], (table.name, column.name)
    for status in Status:
        assert f"| `{status.value}` |" in sections["Statuses"]


def test_first_commands_of_the_readme_are_make_and_make_test():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first = text.partition("```sh\n")[2].partition("```")[0]
    assert [line.partition("#")[0].strip() for line in first.splitlines()] == ["make", "make test"]
    assert text.index("```sh") < 400, "the two commands stand on the first screen"
