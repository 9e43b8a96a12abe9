"""The notebooks run from top to bottom on the example and are kept without outputs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NAMES = ("01_specialists", "02_drive_times", "03_access_scores", "04_desert_map", "05_your_own_service")


def test_there_are_five_and_none_holds_outputs():
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.ipynb"))) == NAMES
    for name in NAMES:
        cells = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
        assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in cells), name


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

            def run(name: str) -> None:
                client.nb = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
                client.nb.cells.append(nbformat.v4.new_code_cell("%reset -f"))
                for place, cell in enumerate(client.nb.cells):
                    client.execute_cell(cell, place)

            yield run


@pytest.mark.parametrize("name", NAMES)
def test_runs_from_top_to_bottom(name, run_notebook):
    run_notebook(name)
