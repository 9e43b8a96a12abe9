"""Faults at the page and its interface name fields, not options of commands that nobody types there."""

from __future__ import annotations

import pytest

from deserts.errors import InputError
from deserts.web.fault_words import told_here, with_fields


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("check the digits and --region, or give --lonlat", "check the digits and region, or give lonlat"),
        ("--max-min", "max_min"),
        ("run `deserts doctor --repair` first", "run `deserts doctor --repair` first"),
        ("09:00--17:00", "09:00--17:00"),
        ("minutes – not hours", "minutes – not hours"),
    ],
)
def test_options_are_named_as_fields_and_commands_stay(text, told):
    assert with_fields(text) == told


def test_every_part_of_an_error_is_told_so():
    error = InputError(
        "--zip is missing", where="--zip", expected="five digits", fix="give --lonlat, or `deserts x --y`"
    )
    assert str(told_here(error)) == (
        "zip: zip is missing\n  expected: five digits\n  to do: give lonlat, or `deserts x --y`"
    )
