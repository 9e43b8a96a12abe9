"""Whole numbers in sentences: one day, two days."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: float, one: str, many: str = "") -> str:
    """Return a number with its word in the right form.

    Parameters
    ----------
    number
        How many; decimals are dropped where there are none.
    one, many
        The word for one and for any other number; ``many`` is ``one`` with an s unless given.

    Examples
    --------
    >>> counted(1, "day"), counted(0, "day"), counted(2, "company", "companies")
    ('1 day', '0 days', '2 companies')
    """
    return f"{number:g} {one}" if number == 1 else f"{number:g} {many or one + 's'}"
