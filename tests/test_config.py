"""Regions as users type them, and what surrounds them."""

import pytest

from deserts.config import US_STATES, Region, Settings, state_by_fips, state_fips
from deserts.errors import InputError, UnknownNameError


@pytest.mark.parametrize("text", ["nh-ME", "ME,NH", " me-nh-me "])
def test_a_region_has_one_name(text):
    assert Region.parse(text).region_id == "ME-NH"


def test_supply_reaches_600_km_not_just_the_neighbours():
    maine = Region.parse("ME")
    assert {"MA", "NH", "CT"} <= set(maine.supply_states)
    assert "MA" not in maine.states
    assert "CA" not in maine.supply_states


def test_the_country_is_fifty_states_and_dc():
    assert len(US_STATES) == 51
    assert Region.parse("us").states == US_STATES
    assert Region.parse("AK").supply_states == ("AK",)


def test_nearness_goes_both_ways():
    for state in US_STATES:
        for other in Region.parse(state).supply_states:
            assert state in Region.parse(other).supply_states


@pytest.mark.parametrize("text", ["", "XX", "ME-ZZ", "PR", "XA"])
def test_an_unknown_region_is_an_error_that_names_it(text):
    with pytest.raises(UnknownNameError, match="region"):
        Region.parse(text)


def test_state_codes():
    assert state_fips()["ME"] == "23"
    assert state_by_fips()["23"] == "ME"


def test_a_mirror_that_is_no_folder_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("DESERTS_MIRROR", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="mirror"):
        Settings.from_environment()
    monkeypatch.setenv("DESERTS_MIRROR", str(tmp_path))
    monkeypatch.setenv("DESERTS_NO_NETWORK", "1")
    monkeypatch.setenv("DESERTS_HOME", str(tmp_path / "own"))
    settings = Settings.from_environment(data_dir=tmp_path / "d")
    assert (settings.mirror, settings.allow_network, settings.local_dir) == (tmp_path, False, tmp_path / "own")
