"""Minutes of driving as they are entered in a form: how many, how far off they may be, and whether anybody checked."""

from __future__ import annotations

from dataclasses import dataclass

from deserts.documents.form import FormReader
from deserts.tables.drives import minutes_words

__all__ = ["NO_DRIVE", "EnteredDrive", "read_drive"]


@dataclass(frozen=True, slots=True)
class EnteredDrive:
    """A drive as entered.

    Parameters
    ----------
    drive_min
        Minutes by car; None where not given.
    plus_minus_min
        By how many minutes these may be off; None where not given.
    not_checked
        Whether nobody's minutes were compared on the roads there.
    """

    drive_min: float | None = None
    plus_minus_min: float | None = None
    not_checked: bool = False

    @property
    def words(self) -> str:
        """The minutes as every answer says them; empty where none were given."""
        return "" if self.drive_min is None else minutes_words(self.drive_min, round(self.plus_minus_min or 0))

    @property
    def doubt(self) -> dict[str, int]:
        """What `deserts.rules.minutes.list_notes` takes of a drive; nothing is said of one that was not given."""
        if self.drive_min is None:
            return {"give": 0, "unchecked": 0}
        return {"give": round(self.plus_minus_min or 0), "unchecked": int(self.not_checked)}


NO_DRIVE = EnteredDrive()
"""A drive of which nothing was entered."""


def read_drive(group: FormReader) -> EnteredDrive:
    """Read the fields of a drive."""
    return EnteredDrive(
        group.number("drive_min", at_least=0),
        group.number("plus_minus_min", at_least=0),
        bool(group.flag("not_checked")),
    )
