"""A user's CSV: every fault at once, with its row."""

import numpy as np
import pytest

from deserts.errors import InputError, MissingDataError
from deserts.user_csv import read_user_csv

RULES = {"text": ("id",), "numbers": {"lon": (-180, 180), "people": (0, np.inf)}, "unique": ("id",)}


def _write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "mine.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_good_rows_come_through_with_their_other_columns(tmp_path):
    frame = read_user_csv(_write(tmp_path, "people, lon,id,note\n3,-70.5,007,x\n0,1e1,8,\n", "utf-8-sig"), **RULES)
    assert frame["id"].tolist() == ["007", "8"]
    assert frame["lon"].tolist() == [-70.5, 10.0]
    assert frame["note"].tolist() == ["x", ""]


def test_all_faults_are_told_with_their_rows(tmp_path):
    path = _write(tmp_path, "id,lon,people\na,-70,5\n,200,1\na,x,-1\nb,nan,inf\n")
    with pytest.raises(InputError) as caught:
        read_user_csv(path, **RULES)
    message = str(caught.value)
    assert "mine.csv" in message
    assert "column id is empty at row 3" in message
    assert "column lon is not a number from -180 to 180 at row 3, 4, 5 (first: '200')" in message
    assert "column people is not a number of at least 0 at row 4, 5" in message
    assert "id repeats at row 4" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("id,lon,people\n", "no rows"),
        ("id,lon\n1,2\n", "people"),
        ("<!DOCTYPE html><html></html>\n", "web page|missing"),
    ],
)
def test_files_that_are_no_table(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        read_user_csv(_write(tmp_path, text), **RULES)


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(MissingDataError):
        read_user_csv(tmp_path / "none.csv", **RULES)
    with pytest.raises(InputError, match="UTF-8"):
        read_user_csv(_write(tmp_path, "id,lon,people\né,1,2\n", "latin-1"), **RULES)
