"""Whether two names mean the same payer, and what a hospital's own price file says of one."""

from __future__ import annotations

__all__ = ["is_same", "key_of", "state_of"]

YES, ASK, NO = 0, 1, 2
_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"


def key_of(name: str) -> str:
    """Return a payer's name as it is compared: letters and digits alone, in lower case."""
    kept = []
    for letter in name:
        place = _UPPER.find(letter)
        small = letter if place < 0 else _LOWER[place]
        kept.append(small if small in _LOWER or small in "0123456789" else " ")
    return " ".join("".join(kept).split())


def is_same(asked: str, written: str) -> bool:
    """Whether one name is a part of the other, word by word ("Alpha" and "Alpha Medicare Advantage")."""
    one, other = key_of(asked), key_of(written)
    if not one or not other:
        return False
    one, other = f" {one} ", f" {other} "
    return one in other or other in one


def state_of(payer: str, paid: list[str], without: list[str]) -> int:
    """Return 0 when a place's file shows payments by a payer, 2 when it names the payer without any, else 1.

    Parameters
    ----------
    payer
        Name as it was asked for.
    paid, without
        Names of payers with payments and without any.
    """
    for name in paid:
        if is_same(payer, name):
            return YES
    for name in without:
        if is_same(payer, name):
            return NO
    return ASK
