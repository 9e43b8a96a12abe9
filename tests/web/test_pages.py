"""The pages say what the answer says, keep what was typed, and escape what is hostile."""

from __future__ import annotations

import io
import re

import html5lib
import pytest
from pypdf import PdfReader

from deserts.patients.words import EMERGENCY_LINE
from deserts.specialists.log import open_log
from deserts.tables.drives import minutes_words
from deserts.web.bodies import nest
from tests.web.neighbourhood import NPIS, make_app, make_desk
from tests.web.test_privacy import VISITS

HOSTILE = '"><script>alert(1)</script>'
CARD = {
    "patient.name": "Alex Example", "pump.maker": "Medtronic", "pump.model": "SynchroMed II",
    "drugs.1.name": "baclofen",
    "drugs.1.concentration": "2000", "drugs.1.concentration_unit": "mcg/mL", "drugs.1.daily_dose": "600",
    "drugs.1.dose_unit": "mcg/day", "drugs.2.name": "", "drugs.2.concentration_unit": "mcg/mL",
    "drugs.2.dose_unit": "mcg/day", "backups.1.name": "Second Clinic", "backups.1.verified_on": "2026-11-01",
    "backups.2.name": "", "dates.refill_by": "2026-12-20",
}  # fmt: skip
FILL = {
    "pump.reservoir_ml": "40", "fill_ml": "40", "filled_on": "2026-10-01", "drugs.1.name": "baclofen",
    "drugs.1.concentration": "2000", "drugs.1.concentration_unit": "mcg/mL", "drugs.1.daily_dose": "600",
    "drugs.1.dose_unit": "mcg/day",
}  # fmt: skip


def words(answer) -> str:
    root = html5lib.parse(answer.text, namespaceHTMLElements=False)
    return re.sub(r"\s+", " ", "".join(root.itertext()))


def names(answer) -> list[str]:
    return re.findall(r"<h4>(.*?), MD</h4>", answer.text)


@pytest.mark.parametrize("path", ["/", "/clock", "/card", "/calls"])
def test_every_page_prints_the_dates_of_its_data(client, path):
    text = words(client.get(path))
    for part in ("Medicare claims of 2022, 2023, 2024", "directory of", "deactivation list of", "refreshed 2026-11-01",
                 "Last call in the log: none", "not medical advice"):  # fmt: skip
        assert part in text
    assert "OLD DATA" not in text


def test_old_data_are_headed_so(tmp_path, flat_roads):
    from starlette.testclient import TestClient

    old = TestClient(make_app(make_desk(tmp_path, refreshed_on="2026-01-01")), base_url="http://127.0.0.1:8765")
    assert "OLD DATA: last refreshed 2026-01-01" in words(old.get("/"))


def test_search_ranks_in_tiers_and_escapes_names(client):
    answer = client.post("/search", data={"zip": "04999"})
    assert answer.status_code == 200
    assert names(answer)[:3] == ["Ada Near", "Ben Next", "Cy Unknown"]
    text = words(answer)
    assert text.index("BACLOFEN PROVEN") < text.index("PUMPS, DRUG UNKNOWN") < text.index("COULD, MUST BE ASKED")
    assert "40 min · 25 mi" in text
    assert "±20 min" in text
    assert "<script>alert(1)" not in answer.text
    assert "Dee <script>alert(1)</script>" in text
    assert "Plan" not in names(answer)


def test_search_without_somebody(client):
    answer = client.post("/search", data={"zip": "04999", "exclude": NPIS[0]})
    assert "Ada Near" not in " ".join(names(answer))
    both = client.post("/search", data={"zip": "04999", "exclude": f"{NPIS[0]}, {NPIS[1]}"})
    assert "Ben Next" not in " ".join(names(both))


def test_plan_by_days_left_and_the_emergency_first(client):
    calm = words(client.post("/search", data={"zip": "04999", "run_dry": "2027-01-20"}))
    assert EMERGENCY_LINE not in calm
    assert "at the earliest. Refill by" in calm
    for fields in ({"run_dry": "2026-11-22"}, {"run_dry": "2026-11-01"}, {"withdrawal_signs": "true"}):
        text = words(client.post("/search", data={"zip": "04999", **fields}))
        assert text.index(EMERGENCY_LINE) < text.index("Who could take this patient over") < text.index("Ada Near")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"zip": ""}, "zip: the place must be given once"),
        ({"zip": "99999"}, "that ZIP is not in the table"),
        ({"zip": "04990"}, "nearest known by distance: 04997"),
        ({"zip": "Bangor"}, "that is not a ZIP code"),
        ({"zip": "04999", "k": "0"}, "k: must be at least 1"),
        ({"zip": "04999", "max_min": "-5"}, "max_min: must be above 0"),
        ({"zip": "04999", "run_dry": "soon"}, "run_dry: expected a day as 12/20/2026"),
        ({"address": "1 Main St"}, "addresses are not looked up here"),
        ({"zip": "04999", "clock.filled_on": "soon"}, "clock.filled_on: expected a day"),
        ({"zip": "04999", "surprise": "x"}, "there is a field that is not known"),
        ({"lonlat": "44.8,-68.8x"}, "these are not two numbers"),
    ],
)  # fmt: skip
def test_bad_input_gets_a_clear_message_and_keeps_the_form(client, fields, message):
    answer = client.post("/search", data=fields)
    assert answer.status_code == 400
    assert message in words(answer)
    assert 'role="alert"' in answer.text
    if "zip" in fields:
        assert f'value="{fields["zip"]}"' in answer.text


def test_a_day_that_cannot_be_right_is_red_with_no_day_beside_it(client):
    text = words(client.post("/search", data={"zip": "04999", "alarm_on": "2028-12-03"}))
    assert text.index("EMERGENCY LINE: CALL 911") < text.index("Who could take this patient over")
    assert "Earliest safe day by the print-out: none" in text
    assert "longer than the drug is known to be stable" in text
    assert "2028-12-03" not in text.replace('value="2028-12-03"', "")


def test_without_any_day_the_print_out_is_asked_for(client):
    text = words(client.post("/search", data={"zip": "04999"}))
    assert text.index("Date unknown: read the pump's print-out now.") < text.index("Who could take this patient over")


def test_the_two_emergencies_stand_side_by_side(client):
    for text in (
        words(client.get("/clock")),
        words(client.post("/search", data={"zip": "04999", "run_dry": "2027-01-20"})),
    ):
        assert "Too little (withdrawal)" in text
        assert "Too much (overdose)" in text
        assert "not reviewed by a clinician" in text
    much = words(client.post("/search", data={"zip": "04999", "overdose_signs": "true"}))
    assert "A SIGN OF TOO MUCH BACLOFEN" in much


def test_nothing_is_chosen_before_somebody_chooses(client):
    for path in ("/", "/clock", "/card", "/packet"):
        root = html5lib.parse(client.get(path).text, namespaceHTMLElements=False)
        units = [
            field for field in root.iter("select") if (field.get("name") or "").endswith(("_unit", "reservoir_ml"))
        ]
        assert units
        for field in units:
            assert next(iter(field.iter("option"))).get("value") == ""
        names = [field for field in root.iter("input") if (field.get("name") or "").endswith("drugs.1.name")]
        assert [field.get("value") for field in names] == [""]


def test_other_zips_are_answered_with_a_warning(client):
    assert "post-office box" in words(client.post("/search", data={"zip": "04998"}))
    assert "outside this region" in words(client.post("/search", data={"zip": "03999"}))


def test_hostile_fields_stay_fields(client):
    sent = {
        "/search": {"zip": HOSTILE, "payer": HOSTILE},
        "/clock": {"fill_ml": HOSTILE},
        "/card/form": {"patient.name": HOSTILE},
        "/calls": {"npi": HOSTILE[:20], "note": HOSTILE},
    }
    for path, fields in sent.items():
        root = html5lib.parse(client.post(path, data=fields).text, namespaceHTMLElements=False)
        assert [script.get("src") for script in root.iter("script")] == ["/static/app.js"]


def test_map_is_drawn_and_holds_no_patient_point(client):
    text = client.post("/search", data={"zip": "04999"}).text
    assert text.count('class="marker ') == 6
    assert "<image" not in text
    assert text.count('<circle class="ring"') == 2  # the area of the ZIP, and its entry in the legend


def test_clock(client):
    text = words(client.post("/clock", data=FILL))
    assert "Refill by" in text
    assert "2027-02-04" in text  # 126 days after the fill: floor(38 x 2000 / 600)
    assert "2027-02-11" in text  # 133 days: floor(40 x 2000 / 600)
    bad = client.post("/clock", data={**FILL, "drugs.1.daily_dose": "-600"})
    assert bad.status_code == 400
    assert "drugs[1].daily_dose: must be above 0" in words(bad)
    assert 'value="-600"' in bad.text


def test_card_as_page_and_pdf(client):
    answer = client.post("/card", data=CARD)
    assert answer.status_code == 200
    nonce = re.search(r"nonce-([\w-]+)", answer.headers["content-security-policy"]).group(1)
    assert f'<style nonce="{nonce}">' in answer.text
    text = words(answer)
    assert "Second Clinic, verified 2026-11-01" in text
    assert "Medicare claims of 2022, 2023, 2024" in text
    pdf = client.post("/card", data={**CARD, "format": "pdf"})
    assert pdf.headers["content-type"] == "application/pdf"
    assert "Alex Example" in PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()
    bad = client.post("/card", data={**CARD, "dates.refill_by": "2026-01-01"})
    assert bad.status_code == 400
    assert "refill_by: has passed" in words(bad)
    assert 'value="Alex Example"' in bad.text


@pytest.mark.parametrize("door", ["/card", "/pact"])
def test_a_refill_day_beyond_the_drugs_stability_is_refused_on_the_page(client, door):
    fields = {"patient.name": "Alex Example", "dates.refill_by": "2028-01-01", "drugs.1.name": ""}
    answer = client.post(door, data={**(CARD if door == "/card" else {}), **fields})
    assert answer.status_code == 400
    assert "refill_by: lies more than 180 days ahead or after the last refill" in words(answer)


def test_backups_travel_to_the_card(client):
    text = client.post("/search", data={"zip": "04999"}).text
    fields = dict(re.findall(r'name="(backups[.\w]+)" value="([^"]*)"', text))
    assert fields["backups.1.name"] == "Ada Near"
    assert 'value="Ada Near"' in client.post("/card/form", data=fields).text


def test_minutes_travel_to_the_card_with_how_far_off_they_may_be(client):
    found = client.post("/search", data={"zip": "04999", "run_dry": "2026-11-22"})
    group = r'name="((?:backups|emergency_hospital|pump_hospital)[.\w]*)" value="([^"]*)"'
    fields = dict(re.findall(group, found.text))
    said = []
    for name in (name for name in fields if name.endswith(".drive_min") and fields[name]):
        group = name.removesuffix("drive_min")
        said.append(minutes_words(float(fields[name]), int(fields.get(group + "plus_minus_min", 0))))
        assert said[-1] in words(found)
    assert any("±" in one or "up to" in one for one in said)
    form = client.post("/card/form", data=fields).text
    assert all(f'name="{name}"' in form for name in fields)
    card = words(client.post("/card", data={**CARD, **fields}))
    assert all(f"{one} by car" in card for one in said)


CALL = {"outcome": "accepting", "source": "phone", "site_id": "all", "observed_on": "2026-11-20", "logged_by": "Kim"}


def test_a_logged_call_counts_at_once(client):
    before = client.post("/search", data={"zip": "04999"})
    assert "Nobody has called yet." in words(before)
    call = {**CALL, "npi": NPIS[4], "visit_weeks": "1", "note": "spoke to the desk", "answered_by": "Bo"}
    asked = client.post("/calls", data=call)
    assert "Write this? Eve Maybe (NPI 1000000046), at all sites: does it and accepts new patients" in words(asked)
    assert "Eve Maybe" not in names(client.post("/search", data={"zip": "04999"}))[0]
    done = client.post("/calls", data={**call, "confirmed": "true"})
    assert "Written to the log. The next search knows it. Eve Maybe" in words(done)
    after = client.post("/search", data={"zip": "04999"})
    assert names(after)[0] == "Eve Maybe"
    assert "verified on 2026-11-20" in words(after)
    assert "Last call in the log: 2026-11-20" in words(after)
    client.post("/calls", data={**CALL, "npi": NPIS[4], "outcome": "no_pumps", "confirmed": "true"})
    assert "Eve Maybe" not in names(client.post("/search", data={"zip": "04999"}))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"npi": "1234567890"}, "the check digit is wrong"),
        ({"npi": NPIS[0], "outcome": "dancing"}, "outcome"),
        ({"npi": NPIS[0], "visit_weeks": "-1"}, "visit_weeks: Input should be greater than or equal to 0"),
        ({"npi": NPIS[0], "observed_on": "2027-01-01"}, "lies in the future"),
        ({"npi": NPIS[0], "note": "patient: Mr. Smith, born 1950"}, "the text looks as if it holds"),
    ],
)
def test_bad_calls_are_not_written(client, desk, fields, message):
    answer = client.post("/calls", data={**CALL, "confirmed": "true", **fields})
    assert answer.status_code == 400
    assert message in words(answer)
    assert open_log(desk.settings).read().empty


def test_a_note_can_be_confirmed(client, desk):
    note = "Dr. patient Portal is down, ask Ms. Desk"
    fields = {**CALL, "npi": NPIS[0], "outcome": "full", "note": note, "confirmed": "true"}
    assert client.post("/calls", data=fields).status_code == 400
    assert client.post("/calls", data={**fields, "note_has_no_patient": "true"}).status_code == 200
    assert len(open_log(desk.settings).read()) == 1


def test_dotted_names_become_groups_and_lists():
    fields = {
        "a.b": "1",
        "c.1.name": "x",
        "c.1.size_unit": "u",
        "c.2.name": "",
        "c.2.size_unit": "u",
        "d": "2",
        "e.x": "3",
    }
    assert nest(fields) == {"a": {"b": "1"}, "c": [{"name": "x", "size_unit": "u"}], "d": "2", "e": {"x": "3"}}


# --- addresses and packets --------------------------------------------------------------------------------------------


class Geocoder:
    """Stands in for the connection; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get_json(self, url, params):
        self.asked.append(params["address"])
        place = {"x": -68.8, "y": 44.8}
        match = {"coordinates": place, "matchedAddress": "1 MAIN ST, TESTVILLE, ME, 04999",
                 "addressComponents": {"zip": "04999", "state": "ME"}}  # fmt: skip
        return {"result": {"addressMatches": [match]}}


def test_an_address_is_sent_only_when_allowed_and_confirmed(client, desk):
    address = {"address": "1 Main St, Testville, ME 04999"}
    assert 'name="address"' not in client.get("/").text
    assert "addresses are not looked up here" in client.post("/search", data={**address, "send_address": "true"}).text
    desk.http = Geocoder()
    page = client.get("/").text
    assert 'name="address"' in page
    assert "The address leaves this machine" in page
    refused = client.post("/search", data=address)
    assert refused.status_code == 400
    assert "confirm it with the box below the address" in refused.text
    assert desk.http.asked == []
    found = client.post("/search", data={**address, "send_address": "true"})
    assert "Ada Near" in found.text
    assert desk.http.asked == [address["address"]]


@pytest.mark.parametrize(("ending", "magic"), [("docx", b"PK"), ("pdf", b"%PDF")])
def test_packet_is_given_as_a_file(client, ending, magic):
    form = {"patient.name": "Alex Example", "payer.name": "Example Health", "reason": "continuation",
            "payer.kind": "commercial", "denial.ground": "not_necessary", "drugs.1.name": "",
            "drugs.1.concentration": "", "drugs.1.concentration_unit": "mcg/mL", "documents.3": "member_card",
            "in_network.drive_min": ""}  # fmt: skip
    given = client.post("/packet", data={**form, "format": ending})
    assert given.status_code == 200, given.text
    assert given.content.startswith(magic)
    assert given.headers["content-disposition"] == f'attachment; filename="packet.{ending}"'
    assert given.headers["cache-control"] == "no-store"
    own = client.post("/packet", data={**form, "format": f"notes.{ending}"})
    assert own.headers["content-disposition"] == f'attachment; filename="packet-notes-not-to-send.{ending}"'
    assert own.content.startswith(magic)
    wrong = client.post("/packet", data={**form, "payer.name": "", "format": ending})
    assert wrong.status_code == 400
    assert "payer.name" in wrong.text
    assert 'value="Alex Example"' in wrong.text


def test_an_empty_card_can_be_saved(client):
    given = client.get("/card/blank")
    assert given.content.startswith(b"%PDF")
    assert "/card/blank" in client.get("/card").text


def test_the_clock_puts_the_emergency_first(client):
    form = {"pump.reservoir_ml": "20", "fill_ml": "20", "filled_on": "2026-11-01", "drugs.1.name": "baclofen",
            "drugs.1.concentration": "500", "drugs.1.concentration_unit": "mcg/mL", "drugs.1.daily_dose": "450",
            "drugs.1.dose_unit": "mcg/day"}  # fmt: skip
    text = client.post("/clock", data=form).text
    assert text.index("EMERGENCY DEPARTMENT NOW") < text.index("<h1>")
    assert "the pump can be empty today" in text


ODD = ("x", "1", "1.name", "1.1.1", "99", "name.name", "..", ".", "é", "0", "1.concentration")
"""Endings that no field of ours has, or has elsewhere."""


@pytest.mark.parametrize("path", ["/search", "/clock", "/card", "/card/form", "/packet", "/calls", "/calls/form"])
def test_fields_of_odd_names_and_shapes_are_refused_clearly(client, path):
    """A group where a text is wanted, a list that is a text, names of dots: a clear refusal, never a fault of ours."""
    names = ("drugs", "backups", "patient", "pump", "payer", "denial", "authorisations", "clinical", "documents",
             "in_network", "dates", "residual", "dose_change", "printed", "zip", "npi", "run_dry")  # fmt: skip
    base = next(fields for visited, fields in VISITS if visited == path)
    for name in names:
        answers = {ending: client.post(path, data={**base, f"{name}.{ending}": "x"}) for ending in ODD}
        answers["plain"] = client.post(path, data={**base, name: "x"})
        answers["both"] = client.post(path, data={name: "x", f"{name}.1": "y", f"{name}.1.name": "z"})
        assert {ending for ending, answer in answers.items() if answer.status_code not in (200, 400)} == set(), name
        pages = [
            answer for answer in answers.values() if "attachment" not in answer.headers.get("content-disposition", "")
        ]
        assert all("<h1>" in answer.text for answer in pages)
