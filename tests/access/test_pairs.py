from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from deserts.access import PairTable
from deserts.errors import InputError
from tests.access.conftest import dense, random_pairs


def test_rows_are_nearest_first_and_ties_by_site() -> None:
    pairs = PairTable.from_arrays([1, 0, 1, 1], [2, 1, 0, 1], [5.0, 3.0, 9.0, 5.0], n_points=3, n_sites=3)
    assert list(pairs.indptr) == [0, 1, 4, 4]
    assert list(pairs.site) == [1, 1, 2, 0]
    assert list(pairs.drive_min) == [3.0, 5.0, 5.0, 9.0]
    assert list(pairs.points()) == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("point", "site", "minutes", "named"),
    [
        ([0, 0], [1, 1], [1.0, 2.0], "twice"),
        ([0], [0], [-1.0], "negative"),
        ([0], [0], [np.nan], "missing"),
        ([3], [0], [1.0], "position"),
        ([0], [-1], [1.0], "position"),
        ([0, 1], [0], [1.0], "length"),
    ],
)
def test_unusable_pairs_are_refused(point: list[int], site: list[int], minutes: list[float], named: str) -> None:
    with pytest.raises(InputError, match=named):
        PairTable.from_arrays(point, site, minutes, n_points=2, n_sites=2)


def test_text_and_categorical_names_give_the_same_table() -> None:
    frame = pd.DataFrame(
        {
            "point_id": ["b", "a", "zz"],
            "site_id": ["s", "t", "s"],
            "drive_min": [1.0, 2.0, 3.0],
            "dist_km": [4.0, 5.0, 6.0],
        }
    )
    points, sites = pd.Index(["a", "b"]), pd.Index(["s", "t", "u"])
    text = PairTable.from_frame(frame, point_ids=points, site_ids=sites)
    coded = PairTable.from_frame(
        frame.astype({"point_id": "category", "site_id": "category"}), point_ids=points, site_ids=sites
    )
    assert text.n_pairs == 2  # the point zz belongs to nobody here
    for name in ("indptr", "site", "drive_min", "dist_km"):
        np.testing.assert_array_equal(getattr(text, name), getattr(coded, name))


def test_selections_agree_with_the_dense_matrix() -> None:
    pairs = random_pairs(1)
    matrix = dense(pairs)
    keep = np.arange(pairs.n_sites) % 2 == 0
    np.testing.assert_array_equal(dense(pairs.select(sites=keep)), np.where(keep, matrix, np.inf))
    within = pairs.select(within_min=100)
    np.testing.assert_array_equal(dense(within), np.where(matrix <= 100, matrix, np.inf))
    rows = np.array([7, 3, 7, 0])
    np.testing.assert_array_equal(dense(pairs.take_points(rows)), matrix[rows])
    columns = np.array([1, 4, 5])
    np.testing.assert_array_equal(dense(pairs.take_sites(columns)), matrix[:, columns])


def test_order_of_entries_changes_nothing() -> None:
    pairs = random_pairs(2)
    order = np.random.default_rng(0).permutation(pairs.n_pairs)
    again = PairTable.from_arrays(
        pairs.points()[order], pairs.site[order], pairs.drive_min[order], n_points=pairs.n_points, n_sites=pairs.n_sites
    )
    np.testing.assert_array_equal(again.site, pairs.site)
    np.testing.assert_array_equal(again.drive_min, pairs.drive_min)


def test_an_empty_table_works() -> None:
    pairs = PairTable.from_arrays([], [], [], n_points=2, n_sites=0)
    assert (pairs.nearest(3) == -1).all()
    assert np.isinf(pairs.minutes_at(pairs.nearest(1))).all()
