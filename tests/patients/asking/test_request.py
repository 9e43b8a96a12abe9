"""What is entered about a patient: one reader for options, forms and prompts, and an address sent away."""

from __future__ import annotations

import pytest

from deserts.errors import DesertsError, InputError, NetworkForbiddenError, SourceError
from deserts.patients.asking.request import locate_patient, read_request
from deserts.patients.search.backup_text import render
from deserts.patients.search.backups import find_backups
from deserts.patients.search.origin import from_lonlat, from_zip
from deserts.places.zips import ZipIndex
from deserts.services.profile import load_service
from tests.patients.world import TODAY, person, world, zip_table

ZIPS = ZipIndex(zip_table())
ADDRESS = "17 Sentinel Lane, Testville ME 04999"


class Geocoder:
    """Stands in for the connection; remembers what left the machine."""

    def __init__(self, answer: object) -> None:
        self.answer, self.sent = answer, []

    def get_json(self, url: str, *, params: dict[str, str]) -> object:
        self.sent.append((url, params))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def match(x: float, y: float) -> dict:
    return {"coordinates": {"x": x, "y": y}, "addressComponents": {"zip": "04999", "state": "ME"}}


def found(*matches: dict) -> dict:
    return {"result": {"addressMatches": list(matches)}}


def locate(http, *, allowed: bool = True):
    request = read_request({"address": ADDRESS})
    return locate_patient(request, zips=ZIPS, region_states=("ME",), allow_geocoder=allowed, http=http)


def test_an_address_leaves_only_when_that_was_allowed():
    http = Geocoder(found(match(-68.5, 44.5)))
    with pytest.raises(NetworkForbiddenError, match="--allow-geocoder"):
        locate(http, allowed=False)
    assert http.sent == []
    origin = locate(http)
    assert (origin.lon, origin.lat, origin.zip_precise) == (-68.5, 44.5, False)
    assert [params["address"] for _, params in http.sent] == [ADDRESS]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (found(), InputError),
        (found(match(-68.5, 44.5), match(-70.5, 43.5)), InputError),
        ([], InputError),
        (SourceError(f"no answer for {ADDRESS}"), SourceError),
    ],
)
def test_a_failed_look_up_never_repeats_the_address(answer, kind):
    with pytest.raises(kind) as caught:
        locate(Geocoder(answer))
    error: BaseException | None = caught.value
    while error is not None:
        assert "Sentinel" not in f"{error} {error!r}"
        error = error.__cause__ or error.__context__


def test_zip_kinds_and_other_states_are_told():
    assert "post-office box" in " ".join(from_zip("04998", ZIPS).notes)
    assert "single organisation" in " ".join(from_zip("04997", ZIPS).notes)
    assert "outside this region" in " ".join(from_zip("03999", ZIPS, region_states=("ME",)).notes)
    assert len(from_zip("04999-1234", ZIPS, region_states=("ME",)).notes) == 1


def test_the_place_stays_out_of_every_repr():
    request = read_request({"zip": "04999", "run_dry": "2027-01-19", "payer": "Acme"})
    origin = from_lonlat("-68.62345,44.74321", ZIPS)
    shown = repr(request) + repr(origin) + repr(request.query(origin, TODAY))
    assert not any(text in shown for text in ("04999", "2027-01-19", "68.62345", "44.74321"))


def test_all_problems_at_once_and_unknown_fields():
    with pytest.raises(DesertsError) as caught:
        read_request({"zip": "04999", "lonlat": "1,2", "k": 0, "max_min": "far", "runs_dry": "x"})
    text = str(caught.value)
    assert all(name in text for name in ("zip:", "k:", "max_min:", "not known"))


@pytest.mark.usefixtures("flat_roads")
def test_another_service_without_a_drug_has_tiers_of_evidence():
    mohs = load_service("mohs")
    people = [
        person(1, grade="bills_service", drug="not_applicable", km_east=20),
        person(2, grade="specialty_only", drug="not_applicable", km_east=5),
    ]
    data = world(*people, service=mohs)
    request = read_request({"zip": "04999"})
    answer = find_backups(request.query(from_zip("04999", data.zips), TODAY), data)
    assert [[c.npi[-1] for c in tier.candidates] for tier in answer.tiers] == [["1"], [], ["2"]]
    text = render(answer)
    assert "EVIDENCE: does Mohs surgery" in text
    assert "baclofen" not in text.lower()
