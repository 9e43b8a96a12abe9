"""The notebooks run from top to bottom, on the example or on real files, and are kept without outputs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NAMES = ("01_specialists", "02_drive_times", "03_access_scores", "04_desert_map", "05_your_own_service")
ON_REAL_FILES = "06_a_paper"
PAGES = ("README.md", "docs/api.md")


def test_there_are_six_none_holds_outputs_and_readers_are_led_to_each():
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.ipynb"))) == (*NAMES, ON_REAL_FILES)
    pages = "".join((FOLDER.parent / page).read_text(encoding="utf-8") for page in PAGES)
    for name in (*NAMES, ON_REAL_FILES):
        cells = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
        assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in cells), name
        assert f"{name}.ipynb" in pages, f"no page leads to {name}"


@pytest.mark.parametrize("name", NAMES[:4])
def test_a_run_is_opened_in_one_line(name):
    cells = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    first = next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert first.splitlines()[:3] == ["import deserts", "", 'run = deserts.open("example")']


@pytest.fixture(scope="module")
def notebook_data(example_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example: the last notebook adds a service to it."""
    folder = tmp_path_factory.mktemp("notebooks") / "data"
    shutil.copytree(example_data, folder)
    return folder


@pytest.fixture(scope="module")
def run_notebook(notebook_data: Path, tmp_path_factory: pytest.TempPathFactory):
    """A function that runs a notebook with names of its own (one process, since imports take most of the time)."""
    nbformat = pytest.importorskip("nbformat", reason="notebooks need the extra docs")
    nbclient = pytest.importorskip("nbclient", reason="notebooks need the extra docs")
    pytest.importorskip("ipykernel", reason="notebooks need the extra docs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESERTS_DATA", str(notebook_data))
        patch.setenv("DESERTS_NO_NETWORK", "1")
        patch.setenv("MPLBACKEND", "agg")
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        client = nbclient.NotebookClient(nbformat.v4.new_notebook(), timeout=300, kernel_name="python3")
        with client.setup_kernel():

            def run(name: str, **environment: str) -> None:
                client.nb = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
                client.nb.cells.insert(0, nbformat.v4.new_code_cell(f"import os; os.environ.update({environment!r})"))
                client.nb.cells.append(nbformat.v4.new_code_cell("%reset -f"))
                for place, cell in enumerate(client.nb.cells):
                    client.execute_cell(cell, place)

            yield run


@pytest.mark.parametrize("name", NAMES)
def test_runs_from_top_to_bottom(name, run_notebook):
    run_notebook(name)


@pytest.mark.shared
@pytest.mark.slow
def test_a_paper_is_made_from_real_files(shared, run_notebook, tmp_path):
    run_notebook(ON_REAL_FILES, DESERTS_SHARED=str(shared.parent), DESERTS_DATA=str(tmp_path))
    table = pd.read_csv(tmp_path / "table_1.csv", index_col=["state", "rurality"])
    assert len(table) == 8
    whole, parts = table.loc["all", "residents"], table.drop(index="all")["residents"].groupby("rurality").sum()
    pd.testing.assert_series_equal(whole.sort_index(), parts, check_names=False)
    assert 3_300_000 < whole.sum() < 3_500_000
    far = table.loc["all", "beyond_60_share"]
    assert far["nonmetropolitan"] > 2 * far["metropolitan"]
    assert (tmp_path / "figure_1.svg").read_text(encoding="utf-8").startswith("<?xml")
