"""Every example in a docstring is run as it stands, on the embedded example."""

from __future__ import annotations

import doctest
import importlib

import pytest

import deserts
from tests.conftest import ROOT

MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "deserts").rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


def test_the_door_has_examples():
    assert {"deserts", "deserts.api.run", "deserts.api.opening", "deserts.api.building", "deserts.api.roads"} <= {
        *MODULES
    }


@pytest.mark.parametrize("name", MODULES)
def test_examples_of(name, example_data, monkeypatch):
    monkeypatch.setenv("DESERTS_DATA", str(example_data))
    monkeypatch.delenv("DESERTS_HOME", raising=False)
    module = importlib.import_module(name)
    found = doctest.testmod(module, extraglobs={"deserts": deserts}, optionflags=doctest.ELLIPSIS)
    assert found.attempted > 0
    assert found.failed == 0
