"""A form is read field by field; every problem is told at once, by field, and no value is repeated."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.documents.form import LARGEST_FORM_BYTES, FormReader, parse_form, read_form_file
from deserts.errors import InputError

SENTINEL = "Zzyzx-Sentinel"


def problems(data, read) -> str:
    form = FormReader(data)
    read(form)
    with pytest.raises(InputError) as caught:
        form.finish()
    return str(caught.value)


def test_values_are_read():
    form = FormReader(
        {
            "name": "  Zoë\x00 ", "dose": "2000", "on": "2026-12-03", "unit": "mg", "sure": "yes", "empty": "",
            "group": {"a": 1}, "list": [{"b": 2}, {"b": 3}], "texts": "one",
        }
    )  # fmt: skip
    assert form.text("name") == "Zoë"
    assert form.number("dose") == 2000
    assert form.day("on") == dt.date(2026, 12, 3)
    assert form.choice("unit", ("mcg", "mg")) == "mg"
    assert form.flag("sure") is True
    assert form.text("empty") == ""
    assert form.number("missing") is None
    assert form.group("group").number("a") == 1
    assert [entry.number("b") for entry in form.items("list")] == [2, 3]
    assert form.texts("texts") == ("one",)
    form.finish()


@pytest.mark.parametrize("value", [SENTINEL, "2000 mcg", True, float("nan"), "inf", {"a": 1}, ["1"], "1e999"])
def test_wrong_numbers(value):
    form = FormReader({"dose": value})
    form.number("dose")
    with pytest.raises(InputError, match="dose: expected a number without a unit"):
        form.finish()


@pytest.mark.parametrize("value", [SENTINEL, "13/12/2026", "2026-02-30", 20261203, "0001-01-01", "9999-12-31"])
def test_wrong_days(value):
    assert "on: " in problems({"on": value}, lambda form: form.day("on"))


def test_all_problems_at_once_and_none_repeats_a_value():
    def read(form):
        form.text("name", required=True)
        form.number("dose", above=0)
        form.day("on", not_before=dt.date(2026, 1, 1))
        form.choice("unit", ("mcg", "mg"))
        form.flag("sure")
        form.group("group").number("a")
        form.items("list", most=1)
        form.texts("texts")

    message = problems(
        {
            "dose": -5, "on": "2020-01-01", "unit": SENTINEL, "sure": SENTINEL, "group": SENTINEL, "nmae": 1,
            "list": [{}, SENTINEL], "texts": [SENTINEL * 100], SENTINEL: SENTINEL,
        },
        read,
    )  # fmt: skip
    expected = (
        "name: must be given", "dose: must be above 0", "on: must not lie before", "unit: expected one of",
        "sure: expected yes or no", "group: expected fields", "list: at most 1", "texts[1]", "did you mean name",
    )  # fmt: skip
    assert [part for part in expected if part not in message] == []
    assert SENTINEL not in message


def test_a_field_that_belongs_into_a_group_is_named_with_it():
    def read(form):
        form.group("printed").day("alarm_on")
        form.number("alarm_ml")

    assert "did you mean printed.alarm_on?" in problems({"alarm_on": "2026-12-01"}, read)
    assert "did you mean alarm_ml?" in problems({"alarm_mll": 2}, read)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcdefgh"), inner, max_size=4),
        max_leaves=12,
    )
)
@settings(max_examples=150, deadline=None)
def test_anything_at_all_ends_in_values_or_one_clear_error(data):
    form = FormReader(data)
    form.text("a")
    form.number("b")
    form.day("c")
    form.choice("d", ("x",), default="x")
    form.group("e").text("a")
    form.items("f")
    form.texts("g")
    form.flag("h")
    with contextlib.suppress(InputError):
        form.finish()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "3", "{", '{"a": NaN', "[" * 5000, '{"a":' * 5000, b"\xff\xfe", '{"a": [[[[[[[1]]]]]]]}'],
)
def test_what_is_no_form(text):
    with pytest.raises(InputError):
        parse_form(text)


def test_five_megabytes_are_refused_before_they_are_read():
    with pytest.raises(InputError, match="too large"):
        parse_form(json.dumps({"a": "x" * 5_000_000}))


def test_files_and_standard_input(tmp_path):
    path = tmp_path / "form.json"
    path.write_text('{"a": 1}', encoding="utf-8")
    assert read_form_file(path, standard_input=str) == {"a": 1}
    assert read_form_file(None, standard_input=io.StringIO('{"a": 2}').read) == {"a": 2}
    path.write_bytes(b'{"a": "' + b"x" * LARGEST_FORM_BYTES + b'"}')
    with pytest.raises(InputError, match="too large"):
        read_form_file(path, standard_input=str)
    with pytest.raises(InputError, match="cannot be read"):
        read_form_file(tmp_path / "none.json", standard_input=str)
