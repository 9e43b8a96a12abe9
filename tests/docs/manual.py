"""The commands that the documentation shows, as a reader would copy them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from tests.command_line import name_of
from tests.conftest import ROOT

PAGES = {path.name: path for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
GENERATED = {"claims.md", "codebook.md"}

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^    ((?:deserts|make) .*)$", re.MULTILINE)
_INLINE = re.compile(r"`((?:deserts|make) [^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Command:
    """One command of a page: its words, the file that its output goes to, and whether it stands in a block."""

    words: tuple[str, ...]
    output: str | None
    in_block: bool

    @property
    def name(self) -> str:
        """The words that name the command, without what it is given."""
        return name_of(self.words[1:])

    @property
    def on_example(self) -> bool:
        """Whether the page asks for the example by name."""
        return any(pair == ("--region", "example") for pair in zip(self.words, self.words[1:], strict=False))


def _command(line: str, *, in_block: bool) -> Command | None:
    words = shlex.split(line, comments=True)
    if not words or words[0] not in ("deserts", "make"):
        return None
    output = None
    if ">" in words:
        output = words[words.index(">") + 1]
        words = words[: words.index(">")]
    return Command(tuple(words), output, in_block)


def commands_of(text: str) -> list[Command]:
    """Return the distinct commands of a page in their order: those in blocks, and those within sentences."""
    lines: list[tuple[int, str, bool]] = []
    for block in _FENCE.finditer(text):
        body = block[2].replace("\\\n", " ")
        if block[1] == "console":
            body = "\n".join(line.removeprefix("$ ") for line in body.splitlines() if line.startswith("$ "))
        if block[1] in ("sh", "console"):
            lines += [(block.start(), line.strip(), True) for line in body.splitlines()]
    prose = _FENCE.sub(lambda block: " " * len(block[0]), text)
    lines += [(found.start(), found[1], True) for found in _INDENTED.finditer(prose)]
    lines += [(found.start(), found[1], False) for found in _INLINE.finditer(prose)]
    made = (_command(line, in_block=in_block) for _, line, in_block in sorted(lines, key=lambda entry: entry[0]))
    return list(dict.fromkeys(command for command in made if command is not None))


def links_of(text: str) -> list[str]:
    """Return the targets of a page's links that are neither web addresses nor places on the page itself."""
    return [target for target in _LINK.findall(text) if not re.match(r"https?:|mailto:|#", target)]
