"""A folder with the desk that can be put on a share as it is: the page, what it is in plain text, and its hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

from deserts.publish.desk import OLD_DAYS
from deserts.store import write_text

__all__ = ["DESK_NAME", "finish_folder"]

DESK_NAME = "desk.html"
_READ_ME = """\
THE DESK: who can take over this patient's pump, how far away they are, and by when
{underline}

Open desk.html by double-click, in a browser of the last three years. Nothing is installed.

Holds       {region}, data of {data_on}, made on {made_on}.
            {copy}
Opens       no port and no other file; the page may run nothing but its own scripts.
Leaves      nothing. What is typed stays in the page, and is gone when it closes. It asks nobody for anything.
            The one thing that can be saved is a file of calls, where you save it; it is about clinics, not patients.
Check       certutil -hashfile desk.html SHA256        (Windows)
            sha256sum -c SHA256SUMS                    (Linux), shasum -a 256 -c SHA256SUMS (macOS)
Update      put a newer folder in its place. {old_days} days after the day of its data the page names nobody first.
Remove      delete the folder.

It informs and is not medical advice. With any sign of withdrawal or overdose call 911.
"""


def finish_folder(folder: Path, *, region: str, data_on: str, made_on: str, is_team: bool) -> list[Path]:
    """Write what belongs beside the desk of a folder; equal desks give equal bytes.

    Parameters
    ----------
    folder
        Holds `DESK_NAME`.
    region
        The region in words.
    data_on, made_on
        Days of the data and of the making, as text.
    is_team
        Whether the desk holds what clinics said on the telephone.

    Returns
    -------
    list of pathlib.Path
        What was written.
    """
    copy = (
        "Team copy: it holds what was said on the telephone. Not for others." if is_team
        else "Public copy: calls not included."
    )  # fmt: skip
    read_me = _READ_ME.format(
        underline="=" * 84, region=region, data_on=data_on, made_on=made_on, copy=copy, old_days=OLD_DAYS
    )
    sums = [(DESK_NAME, (folder / DESK_NAME).read_bytes()), ("READ-ME.txt", read_me.encode("utf-8"))]
    listed = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sums)
    written = []
    for name, text in (("READ-ME.txt", read_me), ("SHA256SUMS", listed)):
        write_text(folder / name, text, private=True)
        written.append(folder / name)
    return written
