"""County types and base limits against the words of 42 CFR 422.116."""

import numpy as np
import pytest

from deserts.earth import KM_PER_MILE
from deserts.places.adequacy import BASE_LIMITS, KM2_PER_SQ_MILE, base_limits, county_type, required_share


@pytest.mark.parametrize(
    ("population", "density", "expected"),
    [
        (1_000_000, 1_000, "Large Metro"),
        (999_999, 1_499.9, "Metro"),
        (500_000, 1_500, "Large Metro"),
        (1_000, 5_000, "Large Metro"),
        (2_000_000, 9.9, "CEAC"),
        (200_000, 10, "Metro"),
        (199_999, 99.9, "Micro"),
        (50_000, 100, "Metro"),
        (49_999, 1_000, "Metro"),
        (49_999, 999.9, "Micro"),
        (10_000, 50, "Micro"),
        (10_000, 49.9, "Rural"),
        (9_999, 10, "Rural"),
        (9_999, 4_999.9, "Rural"),
        (5, 9.99, "CEAC"),
        (5, np.nan, ""),
    ],
)
def test_county_type_follows_the_rule(population, density, expected):
    assert county_type([population], [density])[0] == expected


def test_every_known_county_has_a_type():
    rng = np.random.default_rng(7)
    population = 10 ** rng.uniform(1, 7, 5_000)
    density = 10 ** rng.uniform(-1, 5, 5_000)
    assert (county_type(population, density) != "").all()


def test_density_is_by_the_international_mile():
    assert pytest.approx(KM_PER_MILE**2, rel=1e-15) == KM2_PER_SQ_MILE


def test_base_limits_and_shares():
    minutes, miles = base_limits("Physiatry, Rehabilitative Medicine", ["CEAC", "Metro", "", "Nowhere"])
    assert minutes[:2].tolist() == [125, 45]
    assert miles[:2].tolist() == [110, 30]
    assert np.isnan(minutes[2:]).all()
    assert np.isnan(base_limits("Pain Medicine", ["Metro"])[0]).all()
    assert base_limits("Dermatology", ["Rural"])[0].tolist() == [75]
    assert len(BASE_LIMITS) == 29
    assert required_share(["Large Metro", "CEAC"]).tolist() == [0.90, 0.85]
