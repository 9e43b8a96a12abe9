"""A plain document as a list of blocks, written as HTML, PDF or DOCX with the same words in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from deserts.documents import pdf, word
from deserts.documents.html import environment

__all__ = [
    "SUFFIXES", "Block", "bullets", "checks", "grid", "heading", "quote", "render", "small", "text", "urgent",
]  # fmt: skip

SUFFIXES = (".pdf", ".docx", ".html")
"""Endings of the files that a document can be written as."""
_NAME_WIDTH, _PAGE_WIDTH = 165.0, 522.0


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a document.

    ``items`` holds the lines of a list or the source of a quotation; ``rows`` the cells of a table of names and
    values, or pairs of "yes"/"no" and a line for a checklist.
    """

    kind: Literal["heading", "text", "urgent", "small", "quote", "bullets", "checks", "grid"]
    text: str = ""
    items: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def heading(words: str) -> Block:
    """Return a heading."""
    return Block("heading", words)


def text(words: str) -> Block:
    """Return a paragraph, one more for each line break."""
    return Block("text", words)


def urgent(words: str) -> Block:
    """Return a framed bold paragraph, for what must be read first; it shows in black and white."""
    return Block("urgent", words)


def small(words: str) -> Block:
    """Return small print."""
    return Block("small", words)


def quote(words: str, source: str) -> Block:
    """Return a quotation with its source."""
    return Block("quote", words, items=(source,))


def bullets(lines: Sequence[str]) -> Block:
    """Return a bulleted list."""
    return Block("bullets", items=tuple(lines))


def checks(lines: Sequence[tuple[bool, str]]) -> Block:
    """Return a checklist: whether each thing is there, and its name."""
    return Block("checks", rows=tuple(("yes" if is_there else "no", line) for is_there, line in lines))


def grid(rows: Sequence[Sequence[str]]) -> Block:
    """Return a table whose first column names the row."""
    return Block("grid", rows=tuple(tuple(row) for row in rows))


def render(
    blocks: Sequence[Block],
    suffix: str,
    *,
    title: str,
    footer: str = "",
    nonce: str | None = None,
    margin: float = 45.0,
) -> bytes:
    """Return the document's bytes in the format of a suffix; equal blocks give equal bytes.

    Parameters
    ----------
    blocks
        The document.
    suffix
        One of `SUFFIXES`.
    title
        Heading of the document.
    footer
        Line at the foot of each PDF page.
    nonce
        Value for the style element of HTML where a page's policy demands one.
    margin
        Margin of a PDF page on each side (points).
    """
    if suffix == ".pdf":
        story = [pdf.paragraph(title, "title")]
        for block in blocks:
            story += _pdf_block(block)
        return pdf.make_pdf(story, title=title, footer=footer, margin=margin)
    if suffix == ".docx":
        target = word.document(title)
        for block in blocks:
            _word_block(target, block)
        return word.to_bytes(target)
    page = environment("deserts.documents").get_template("blocks.html")
    return page.render(title=title, blocks=blocks, nonce=nonce).encode("utf-8")


def _pdf_block(block: Block) -> list[Any]:
    match block.kind:
        case "urgent":
            return [pdf.grid([[block.text]], [_PAGE_WIDTH])]
        case "quote":
            return [pdf.paragraph(f"“{block.text}”"), pdf.paragraph(block.items[0], "small")]
        case "bullets":
            return pdf.bullets(block.items)
        case "checks":
            return [
                made
                for is_there, line in block.rows
                for made in pdf.bullets(
                    [line if is_there == "yes" else f"{line} (missing)"], mark="☑" if is_there == "yes" else "☐"
                )
            ]
        case "grid":
            others = len(block.rows[0]) - 1
            widths = [_NAME_WIDTH, *[(_PAGE_WIDTH - _NAME_WIDTH) / others] * others]
            return [pdf.grid(block.rows, widths, head=False, strong_first=True)]
        case _:
            return [pdf.paragraph(block.text, "body" if block.kind == "text" else block.kind)]


def _word_block(target: Any, block: Block) -> None:
    match block.kind:
        case "heading":
            word.heading(target, block.text)
        case "urgent":
            word.paragraph(target, block.text, strong=True)
        case "quote":
            word.paragraph(target, f"“{block.text}”")
            word.paragraph(target, block.items[0])
        case "bullets":
            word.bullets(target, block.items)
        case "checks":
            word.checkboxes(
                target,
                [
                    (is_there == "yes", line if is_there == "yes" else f"{line} (missing)")
                    for is_there, line in block.rows
                ],
            )
        case "grid":
            word.grid(target, block.rows, head=False)
        case _:
            word.paragraph(target, block.text)
