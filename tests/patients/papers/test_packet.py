"""The packet holds what was entered and computed, marks what fails and what is missing, and adds no clinical fact."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from pathlib import Path

import pytest
from docx import Document

from deserts.documents.blocks import SUFFIXES, render
from deserts.errors import InputError, UnknownNameError
from deserts.patients.forms import example_form
from deserts.patients.papers import packet_words
from deserts.patients.papers.packet import ComputedFacts, packet_blocks, packet_title
from deserts.patients.papers.packet_facts import computed_facts
from deserts.patients.papers.packet_form import read_packet_form
from deserts.patients.papers.packet_notes import NOTES_TITLE, missing_documents, notes_blocks, notes_path, red_flags
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.backups import find_backups
from deserts.patients.search.origin import from_zip
from deserts.patients.words import EMERGENCY_LINE, phrases, texts
from deserts.tables.drives import minutes_words
from tests.patients.world import ITB

TODAY = dt.date(2026, 11, 20)
PHRASES = phrases()
DENIAL = {"ground": "trial_missing", "denied_on": "2026-11-02", "reference": "R-1", "quoted": "No trial was shown."}


def form(**changes):
    data = json.loads(example_form("packet"))
    del data["example"]
    return read_packet_form(data | changes, service=ITB, today=TODAY)


def notes(**changes) -> str:
    return all_text(notes_blocks(form(**changes)))


def words(**changes) -> str:
    read = form(**changes)
    return all_text(packet_blocks(read, ComputedFacts()))


def all_text(blocks) -> str:
    parts = [
        text for block in blocks for text in (block.text, *block.items, *(cell for row in block.rows for cell in row))
    ]
    return "\n".join(parts)


@pytest.mark.parametrize("reason", packet_words.REASONS)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_reason_in_every_format(reason, suffix):
    read = form(reason=reason, denial=DENIAL if reason == "appeal" else {})
    content = render(packet_blocks(read, ComputedFacts()), suffix, title=packet_title(read))
    assert content == render(packet_blocks(read, ComputedFacts()), suffix, title=packet_title(read))
    if suffix == ".docx":
        assert packet_words.REASONS[reason] in Document(io.BytesIO(content)).paragraphs[0].text


def test_nothing_clinical_that_was_not_entered():
    text = words()
    for word in (
        "Ashworth",
        "cerebral palsy",
        "multiple sclerosis",
        "spinal cord injury",
        "failed",
        "tolerated",
        "J0475",
        "6237",
    ):
        assert word not in text
    assert "none were entered; the treating clinician writes them" in notes()
    entered = words(clinical=[{"title": "History", "text": "Line one.\nLine two."}])
    assert "History: Line one.\nLine two." in entered


def test_no_procedure_codes_anywhere_in_the_fixed_words():
    fixed = json.dumps([packet_words.CHECKLISTS, packet_words.APPEAL_GROUNDS, packet_words.APPEAL_STEPS], default=str)
    assert re.findall(r"\b(?:[A-Z]\d{4}|\d{5})\b", fixed) == []


def authorisation(starts_on, ends_on):
    return [{"number": "A1", "covers": "refills", "starts_on": starts_on, "ends_on": ends_on}]


@pytest.mark.parametrize(
    ("ends_on", "is_red"), [("2026-12-01", True), ("2026-12-09", True), ("2026-12-10", False), ("2027-03-01", False)]
)
def test_an_authorisation_that_ends_before_the_next_refill_is_red(ends_on, is_red):
    flags = red_flags(form(next_refill_on="2026-12-10", authorisations=authorisation("2026-01-01", ends_on)))
    assert bool([flag for flag in flags if flag.startswith("RED")]) is is_red
    assert ("before the next refill on 2026-12-10" in " ".join(flags)) is is_red


def test_other_red_lines():
    flags = " ".join(
        red_flags(
            form(
                reason="appeal", run_dry_on="2026-11-19", next_refill_on="2026-12-10",
                authorisations=authorisation("2026-01-01", "2026-11-01"), denial={**DENIAL, "appeal_by": "2026-11-19"},
            )
        )
    )  # fmt: skip
    expected = (
        EMERGENCY_LINE, "RED: the run-dry date has passed.", "ended on 2026-11-01",
        "not before 2026-11-19, when the pump can be empty", "last day for the appeal has passed",
    )  # fmt: skip
    for part in expected:
        assert part in flags


@pytest.mark.parametrize(("run_dry_on", "asks"), [("2026-11-25", True), ("2026-12-11", True), ("2026-12-12", False)])
def test_a_near_run_dry_date_asks_for_an_expedited_decision(run_dry_on, asks):
    assert ("We ask for an expedited decision" in words(run_dry_on=run_dry_on)) is asks


@pytest.mark.parametrize("reason", packet_words.REASONS)
def test_the_insurers_pages_hold_nothing_of_the_drafters(reason):
    changes = {"reason": reason, "denial": DENIAL if reason == "appeal" else {}, "clinical": [], "documents": []}
    read = form(**changes)
    text = all_text(packet_blocks(read, ComputedFacts()))
    for word in (
        "UNKNOWN",
        "Still missing",
        "(missing)",
        "RED:",
        "Drafting",
        "To add",
        "step by step",
        "not entered",
        "Ask the clinic",
    ):
        assert word not in text
    own = notes(**changes)
    assert "Drafting aid, not legal or medical advice" in own
    assert missing_documents(read)[0] in own
    assert NOTES_TITLE == "Notes for the drafter: not for the insurer"
    assert notes_path(Path("a/packet.docx")) == Path("a/packet-notes-not-to-send.docx")


def test_documents_at_hand_are_enclosed():
    assert "Enclosed\n\nCopy of the member card, both sides" in words()
    assert "Enclosed" not in words(documents=[])


def test_a_day_that_cannot_be_right_reaches_the_notes_and_not_the_insurer():
    far = {"run_dry_on": "2027-11-20"}
    assert "can be empty" not in words(**far)
    flags = red_flags(form(**far))
    assert flags[:2] == (texts()["first.red"], texts()["safe.none"])
    assert flags[-2].startswith("Ask the clinic: ")
    odd = form(drugs=[{"name": "Gablofen", "concentration": 2000, "concentration_unit": "mcg/mL", "daily_dose": 0.6,
                       "dose_unit": "mcg/day"}], alarm_on="2027-01-10")  # fmt: skip
    assert odd.timeline.red_codes == ("dose_low",)
    assert odd.timeline.safe_on is not None


def test_the_expedited_request_counts_to_the_earliest_day():
    text = words(run_dry_on="2026-12-20", filled_on="2026-09-01")
    assert "the pump can be empty on 2026-12-06 at the earliest, in 16 days" in text
    assert "Pump can be empty on\n2026-12-06 at the earliest" in text
    assert "expedited" not in words()


def test_without_any_day_the_notes_ask_for_the_print_out():
    assert texts()["first.unknown"] in notes()


def test_checklists_differ_by_case_and_say_what_is_missing():
    wanted = {
        case: set(missing_documents(form(reason="first_implant", case=case, documents=[])))
        for case in packet_words.CASES
    }
    assert wanted["malignant_pain"] != wanted["nonmalignant_pain"] != wanted["spasticity"]
    assert "Report of the psychological evaluation" in wanted["nonmalignant_pain"]
    assert "Report of the psychological evaluation" not in wanted["malignant_pain"] | wanted["spasticity"]
    refill = set(missing_documents(form(documents=[])))
    assert not any("trial" in name for name in refill)
    assert set(missing_documents(form(documents=["pump_printout"]))) < refill
    with pytest.raises(InputError, match="documents: expected names among"):
        form(documents=["no_such"])


@pytest.mark.parametrize("ground", packet_words.APPEAL_GROUNDS)
@pytest.mark.parametrize("kind", packet_words.PAYER_KINDS)
def test_appeals_lead_to_an_outside_reviewer(ground, kind):
    changes = {"denial": {**DENIAL, "ground": ground}, "payer": {"name": "P", "kind": kind}}
    assert packet_words.APPEAL_GROUNDS[ground][0] in words(reason="appeal", **changes)
    text = notes(reason="appeal", **changes)
    assert packet_words.APPEAL_GROUNDS[ground][1][0] in text
    assert "The notice's own days go before the general ones." in text
    if kind in ("commercial", "marketplace"):
        assert "External review by an independent organisation" in text
        assert "180 days after the denial is 2027-05-01" in text


def test_an_appeal_needs_its_denial_and_windows_run_forwards():
    with pytest.raises(InputError, match="denial: must be given"):
        form(reason="appeal")
    with pytest.raises(InputError, match="ends_on: must not lie before starts_on"):
        form(authorisations=authorisation("2026-02-01", "2026-01-01"))


def test_a_pump_that_may_be_empty_already_asks_for_speed_too():
    late = words(reason="continuation", run_dry_on="2026-11-19")
    assert "We ask for an expedited decision: by the days entered the pump may be empty already." in late
    assert "2026-11-19 at the earliest (passed)" in late
    soon = words(reason="continuation", run_dry_on="2026-11-20")
    assert "can be empty on 2026-11-20 at the earliest, in 0 days" in soon
    assert "(passed)" not in soon
    assert "expedited" not in words(reason="continuation", run_dry_on="2027-02-01")


def test_a_next_refill_beyond_the_drugs_stability_is_not_filed():
    with pytest.raises(InputError, match=r"next_refill_on: lies more than 180 days ahead"):
        form(next_refill_on="2027-05-20")
    assert form(next_refill_on="2027-05-19").next_refill_on == dt.date(2027, 5, 19)


def test_network_gap_names_the_rule_of_its_payer_and_the_nearest_in_network():
    text = words(
        reason="network_gap", payer={"name": "P", "kind": "medicaid"},
        in_network={"name": "Far Clinic", "drive_min": 190, "plus_minus_min": 45, "not_checked": True,
                    "answer": "takes no pumps"},
    )  # fmt: skip
    assert "42 CFR 438.206(b)(4)" in text
    assert PHRASES["note.band"] in text
    assert PHRASES["note.not_checked"] in text
    assert "Far Clinic, 190 ±45 min by car. Asked, the answer was: takes no pumps" in text
    assert "not entered. Search the plan's directory" in notes(reason="network_gap")


@pytest.mark.parametrize(
    ("drive", "said"),
    [
        ({"drive_min": ""}, "driving time not entered"),
        ({"drive_min": "", "plus_minus_min": 20, "not_checked": True}, "driving time not entered"),
        ({"drive_min": 0}, "under 10 min by car"),
        ({"drive_min": 20, "plus_minus_min": 21}, "20, up to 41 min by car"),
        ({"drive_min": 190}, "190 min by car"),
    ],
)
def test_minutes_of_a_packet_are_said_as_in_answers(drive, said):
    text = words(in_network={"name": "Far Clinic", **drive})
    assert f"Far Clinic, {said}." in text
    assert (PHRASES["note.band"] in text) is ("up to" in said)
    assert PHRASES["note.not_checked"] not in text


def test_the_sentences_of_a_packet_give_the_minutes_of_the_answer(example_store):
    """Each that is named in the facts stands in the answer of `backup` with the same minutes and the same ±."""
    data = BackupData.load(example_store)
    counties = example_store.read("counties")
    seen = set()
    for zip_code in sorted(example_store.read("zips").query("state == 'XA'")["zip"])[::7]:
        answer = find_backups(
            BackupQuery(origin=from_zip(zip_code, data.zips, region_states=data.region_states), today=TODAY, k=25), data
        )
        facts = computed_facts(data, counties=counties, zip_code=zip_code, today=TODAY)
        said = {
            f"{one.name} in {one.city}": minutes_words(one.drive_min, one.plus_minus_min)
            for one in (*(one for tier in answer.tiers for one in tier.candidates), *answer.places)
            if one.drive_min is not None
        }
        for sentence in facts.sentences:
            for name in (name for name in said if f" {name}, " in sentence):
                assert f"{said[name]} by car" in sentence
                seen.add(said[name])
        text = all_text(packet_blocks(form(reason="network_gap"), facts))
        assert (PHRASES["note.band"] in text) is any(drive["give"] for drive in facts.drives)
        assert (PHRASES["note.not_checked"] in text) is any(drive["unchecked"] for drive in facts.drives)
    assert any("±" in one or "up to" in one for one in seen)


def test_computed_facts_of_the_example(example_store):
    data = BackupData.load(example_store)
    zip_code = sorted(example_store.read("zips").query("state == 'XA'")["zip"])[0]
    facts = computed_facts(data, counties=example_store.read("counties"), zip_code=zip_code, today=TODAY)
    text = " ".join(facts.sentences)
    assert "at grade “manages_pumps”" in text
    assert "on 2026-11-20 in the files named below" in text
    assert "42 CFR 422.116(c)" in text
    assert facts.files
    assert any("synthetic" in line for line in facts.data_lines)
    assert zip_code not in text
    blocks = packet_blocks(form(reason="network_gap"), facts)
    assert facts.files[0][0] in all_text(blocks)
    with pytest.raises(UnknownNameError):
        computed_facts(data, counties=example_store.read("counties"), zip_code="99999", today=TODAY)
