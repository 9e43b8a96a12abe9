"""Cells that spreadsheets would run are made harmless, and nothing else is touched."""

from __future__ import annotations

import csv
import io
import stat

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.documents.spreadsheet import csv_text, neutralise, neutralise_frame, write_csv


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", " =", "\t="])
def test_formula_starts_get_an_apostrophe(start):
    assert neutralise(start + "cmd|' /C calc'!A0") == "'" + start + "cmd|' /C calc'!A0"


@pytest.mark.parametrize("text", ["", "-12.5", "+3", "1e-5", "-.5", "O'Hara", "a=b", "12 - 3", "Ünsal", "'=1"])
def test_other_text_stays(text):
    assert neutralise(text) == text


@pytest.mark.parametrize("text", ["-12.5 + cmd", "-1\n=2", "+1 207 555 0100", "-12-3", "--1"])
def test_text_that_only_starts_like_a_number_is_not_a_number(text):
    assert neutralise(text) == "'" + text


@given(st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_frame_and_single_cell_agree(text):
    frame = pd.DataFrame({"a": [text], "n": [-1.5]})
    safe = neutralise_frame(frame)
    assert safe["a"].tolist() == [neutralise(text)]
    assert safe["n"].tolist() == [-1.5]


def test_numbers_nulls_and_mixed_columns_survive():
    frame = pd.DataFrame(
        {"float": [-1.5, np.nan], "int": [-3, 4], "mixed": ["=x", None], "object": pd.Series([-2, "@y"], dtype=object)}
    )
    safe = neutralise_frame(frame)
    assert safe["float"].dtype == float
    assert safe["int"].tolist() == [-3, 4]
    assert safe["mixed"].iloc[0] == "'=x"
    assert pd.isna(safe["mixed"].iloc[1])
    assert safe["object"].tolist() == [-2, "'@y"]
    assert frame["mixed"].iloc[0] == "=x"


def test_column_names_and_repeated_names():
    frame = pd.DataFrame([["=1", "ok"]], columns=["=HYPERLINK()", "=HYPERLINK()"])
    assert next(csv.reader(io.StringIO(csv_text(frame)))) == ["'=HYPERLINK()", "'=HYPERLINK()"]


def test_written_file_is_private_and_reads_back(tmp_path):
    path = tmp_path / "out" / "panel.csv"
    write_csv(pd.DataFrame({"name": ["=cmd", 'a "b", c\nd'], "min": [1.0, np.nan]}), path, private=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert rows == [["name", "min"], ["'=cmd", "1.0"], ['a "b", c\nd', ""]]
