"""Profiles: the ladder, the codes, the reasons, and what a damaged one is told."""

import pytest

from deserts.errors import InputError, UnknownNameError
from deserts.services import load_service, service_names
from deserts.services.profile import CONTRADICTED, SPECIALTY_ONLY, VERIFIED
from tests.conftest import ROOT

ITB_LADDER = [
    "verified", "bills_baclofen", "refills_pumps", "manages_pumps", "implants", "specialty_only", "contradicted",
]  # fmt: skip


def test_the_ladders_of_the_design():
    itb = load_service("itb")
    assert [grade.name for grade in itb.grades] == ITB_LADDER
    assert [grade.rank for grade in itb.grades] == list(range(7))
    assert itb.rank("implants") > itb.rank(itb.default_grade)
    mohs = load_service("mohs")
    assert [grade.name for grade in mohs.grades] == ["verified", "bills_service", "specialty_only", "contradicted"]


@pytest.mark.parametrize("name", service_names())
def test_every_number_has_a_reason_and_every_rung_words(name):
    service = load_service(name)
    assert service.numbers
    assert all(len(number.why) > 10 for number in service.numbers.values())
    assert all(grade.words and grade.why for grade in service.grades)
    assert {VERIFIED, SPECIALTY_ONLY, CONTRADICTED} <= {grade.name for grade in service.grades}


def test_home_visits_and_pain_drugs_are_no_evidence():
    itb = load_service("itb")
    for code in ("99601", "99602", "S9328", "J2274"):
        assert code in itb.non_evidence
        assert itb.class_of(code) is None
    assert itb.class_of("62370") == "refill"
    assert itb.class_of("J0475") == "baclofen_drug"
    assert itb.class_of("64643") == "spasticity"


def test_codes_only_no_descriptors():
    for name in service_names():
        for code, words in load_service(name).non_evidence.items():
            assert len(words) < 120, f"{code} reads like a descriptor"


def test_unknown_names():
    with pytest.raises(UnknownNameError, match="'ibt'"):
        load_service("ibt")
    with pytest.raises(UnknownNameError, match="one of verified"):
        load_service("itb").grade("best")
    with pytest.raises(UnknownNameError, match="no number"):
        load_service("itb").number("no.such")


def numbers_of(name: str) -> str:
    """The tables of numbers of a packaged profile, as text."""
    text = (ROOT / "deserts" / "services" / f"{name}.toml").read_text(encoding="utf-8")
    return text[text.index("[evidence]") : text.index("[words]")]


def test_a_profile_is_told_everything_that_it_lacks_at_once(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        '[service]\ntitle = "t"\n[codes.a]\n[[grades]]\nname = "verified"\nwords = "w"\n[[grades]]\nname = "b"\n'
        "[desert]\nnear_min = { value = 60 }\nmoderate_min = { why = 'w' }\nsevere_min = { value = 'x', why = 'w' }\n"
    )
    with pytest.raises(InputError) as told:
        load_service(path)
    lacking = told.value.what
    for key in ("[service] does", "[service] default_grade", "[service] specialties", "[codes.a] codes",
                "words of the 2nd entry of [[grades]]", "[evidence] half_life_years, pool_years", "[score] far_min",
                "[desert.near_min] why", "[desert.moderate_min] value, a number",
                "[desert.severe_min] value, a number"):  # fmt: skip
        assert key in lacking, key
    assert "[desert] " not in lacking  # a table that is there is completed, see below
    assert "refill" not in lacking  # only a service with a pump needs it
    path.write_text("x = 1\n")
    with pytest.raises(InputError, match=r"\[\[grades\]\], the ladder; \[codes.CLASS\] codes"):
        load_service(path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('drug_names = ["a", 1.5]', r"\[service\] drug_names, a list of texts"),
        ('other_drug_names = "baclofen"', r"\[service\] other_drug_names, a list of texts"),
        ("[leads]\nproducts = [[1]]", r"\[leads\] products, a list of texts"),
        ("[hospital]\nplace_classes = 7", r"\[hospital\] place_classes, a list of texts"),
        ("[[appeals]]\nfind = []", r"\[appeals\], a table"),
        ("reconcile_code = []\n[taxonomies]\na = 1\n[[words]]\n", "cannot be read as a profile"),
    ],
)
def test_what_is_of_another_kind_is_named(tmp_path, line, words):
    head = 'title = "t"\ndoes = "d"\ndefault_grade = "verified"\nspecialties = []\n'
    rest = '\n[codes.a]\ncodes = ["12345"]\n[[grades]]\nname = "verified"\nwords = "w"\n'
    path = tmp_path / "mine.toml"
    path.write_text(f"[service]\n{head}{line}{rest}{numbers_of('mohs')}", encoding="utf-8")
    with pytest.raises(InputError, match=words):
        load_service(path)


@pytest.mark.parametrize(
    "content", [b"x = " + b"[" * 9000, b"x = " + b"{a=" * 9000, b"x = \xff", b"[service", b"x = " + b"9" * 5000]
)
def test_what_is_no_toml_is_told(tmp_path, content):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as a profile in TOML"):
        load_service(path)


def test_what_a_later_version_knows_is_taken_from_the_packaged_profiles_and_told(tmp_path, caplog):
    lines = (ROOT / "deserts" / "services" / "itb.toml").read_text(encoding="utf-8").splitlines()
    table = lines.index("[refill]")
    cut = next(i for i, line in enumerate(lines) if i > table and line.startswith("lead_days"))
    path = tmp_path / "older.toml"
    path.write_text("\n".join(lines[:cut] + lines[cut + 1 :]))
    assert load_service(path).numbers == load_service("itb").numbers
    assert "refill.lead_days" in caplog.text
    caplog.clear()
    assert not [name for name in load_service("mohs").numbers if name.startswith("refill.")]
    load_service("itb")
    assert caplog.text == ""


def test_a_users_profile_is_found_by_path_and_in_the_local_folder(tmp_path):
    text = """
[service]
title = "t"
does = "d"
default_grade = "verified"
specialties = []
[codes.a]
codes = ["12345"]
[[grades]]
name = "verified"
words = "w"
[[grades]]
name = "specialty_only"
words = "w"
[[grades]]
name = "contradicted"
words = "w"
"""
    path = tmp_path / "services" / "mine.toml"
    path.parent.mkdir()
    text += numbers_of("mohs")
    path.write_text(text)
    assert load_service(path).service_id == "mine"
    assert load_service("mine", local_dir=tmp_path).codes() == ("12345",)
    path.write_text(text.replace('name = "contradicted"', 'name = "verified"'))
    with pytest.raises(InputError, match=r"lacks the grade contradicted.*twice"):
        load_service(path)
    path.write_text(text.replace("[service]", "[serv"))
    with pytest.raises(InputError, match="cannot be read as a profile in TOML"):
        load_service(path)
    path.write_text(text.replace('title = "t"', ""))
    with pytest.raises(InputError, match="title"):
        load_service(path)
