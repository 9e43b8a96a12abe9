"""PDF by reportlab, the same bytes for the same content, with letters of most scripts.

The DejaVu fonts that come with matplotlib are embedded (Latin, Greek, Cyrillic and more); a letter that they lack is
printed as a white square, and `missing_letters` tells so beforehand.
"""

from __future__ import annotations

import functools
import importlib.util
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from deserts.documents.text import plain

__all__ = [
    "BOLD", "REGULAR", "bullets", "foot_from_next_page", "grid", "make_pdf", "missing_letters", "paragraph",
    "register_fonts", "styles", "twin_line",
]  # fmt: skip

REGULAR = "DejaVuSans"
BOLD = "DejaVuSans-Bold"
_SQUARE = "\u25a1"
_FOOT = "deserts_foot"
_PAGE = "page {number}"


@functools.cache
def register_fonts() -> frozenset[int]:
    """Register the embedded fonts once and return the code points that both of them can print."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    spec = importlib.util.find_spec("matplotlib")  # only its folder is needed: importing it costs half a second
    if spec is None or spec.submodule_search_locations is None:
        message = "matplotlib, a dependency of deserts, is not installed"
        raise ModuleNotFoundError(message)
    folder = Path(spec.submodule_search_locations[0], "mpl-data", "fonts", "ttf")
    fonts = [TTFont(name, str(folder / f"{name}.ttf")) for name in (REGULAR, BOLD)]
    for font in fonts:
        pdfmetrics.registerFont(font)
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))


def missing_letters(texts: Iterable[str]) -> str:
    """Return, sorted, the letters of the given texts that a PDF cannot print; empty when it can print all."""
    known = register_fonts()
    return "".join(sorted({char for text in texts for char in plain(text) if ord(char) not in known and char != "\n"}))


def printable(text: str) -> str:
    """Return plain text in which every letter that the fonts lack is a white square."""
    known = register_fonts()
    return "".join(char if ord(char) in known or char == "\n" else _SQUARE for char in plain(text).replace("\t", " "))


@functools.cache
def styles() -> dict[str, Any]:
    """Return the paragraph styles by name: title, heading, body, small, strong, cell."""
    from reportlab.lib.styles import ParagraphStyle

    register_fonts()
    body = ParagraphStyle("body", fontName=REGULAR, fontSize=9, leading=12, spaceAfter=3)
    return {
        "title": ParagraphStyle("title", body, fontName=BOLD, fontSize=16, leading=20, spaceAfter=6),
        "heading": ParagraphStyle(
            "heading", body, fontName=BOLD, fontSize=11.5, leading=15, spaceBefore=7, spaceAfter=3, keepWithNext=1
        ),
        "body": body,
        "strong": ParagraphStyle("strong", body, fontName=BOLD),
        "small": ParagraphStyle("small", body, fontSize=7.5, leading=10, spaceAfter=2),
        "cell": ParagraphStyle("cell", body, fontSize=8.5, leading=11, spaceAfter=0),
        "cell_strong": ParagraphStyle("cell_strong", body, fontName=BOLD, fontSize=8.5, leading=11, spaceAfter=0),
    }


def paragraph(text: str, style: str = "body") -> Any:
    """Return a paragraph of unknown text; markup in it is printed, never obeyed."""
    from reportlab.platypus import Paragraph

    return Paragraph(escape(printable(text)).replace("\n", "<br/>"), styles()[style])


def bullets(texts: Iterable[str], *, mark: str = "•", style: str = "body") -> list[Any]:
    """Return paragraphs with a hanging mark, for example ``•``, ``☐`` or ``☑``."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    hanging = ParagraphStyle(
        "bullet", styles()[style], leftIndent=14, bulletIndent=1, spaceAfter=2, bulletFontName=REGULAR
    )
    return [
        Paragraph(escape(printable(text)).replace("\n", "<br/>"), hanging, bulletText=printable(mark)) for text in texts
    ]


def grid(
    rows: Sequence[Sequence[str]], widths: Sequence[float], *, head: bool = True, strong_first: bool = False
) -> Any:
    """Return a table of text with thin black rules, so that it prints right in black and white.

    Parameters
    ----------
    rows
        Texts, a sequence a row.
    widths
        Width of each column in points.
    head
        Whether the first row is a heading that repeats on each page.
    strong_first
        Whether the first column is bold (a table of names and values).
    """
    from reportlab.lib import colors
    from reportlab.platypus import Table, TableStyle

    cells = [
        [
            paragraph(text, "cell_strong" if (head and r == 0) or (strong_first and c == 0) else "cell")
            for c, text in enumerate(row)
        ]
        for r, row in enumerate(rows)
    ]
    made = Table(cells, colWidths=list(widths), repeatRows=int(head), hAlign="LEFT")
    made.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return made


def twin_line(page: str) -> str:
    """Return the line that names the page that says the same: PDFs of ours have no tags for screen readers.

    Parameters
    ----------
    page
        Name of the HTML file that lies beside it.
    """
    return f"The same for screen readers: {page}, beside this file."


def foot_from_next_page(line: str, page_words: str) -> Any:
    """Return what changes the foot of all pages after this one, as where another language begins.

    Parameters
    ----------
    line
        The line before the page number.
    page_words
        How the number is said, with ``{number}``.
    """
    from reportlab.platypus.doctemplate import ActionFlowable

    class Foot(ActionFlowable):  # type: ignore[misc]  # reportlab has no types
        def apply(self, doc: Any) -> None:
            setattr(doc, _FOOT, (line, page_words))

    return Foot()


def make_pdf(
    story: Sequence[Any],
    *,
    title: str,
    page_size: tuple[float, float] | None = None,
    margin: float = 45.0,
    footer: str = "",
    draw: Callable[[Any, Any], None] | None = None,
) -> bytes:
    """Return a PDF of the given flowables; equal content gives equal bytes.

    Parameters
    ----------
    story
        Flowables such as `paragraph` and `grid` return.
    title
        Title of the document (its properties, not printed).
    page_size
        Width and height in points; US letter when None.
    margin
        Margin on each side in points.
    footer
        One line at the foot of each page, before the page number.
    draw
        Called with canvas and document on each page, for what stands outside the text frame.
    """
    from reportlab import rl_config
    from reportlab.lib.pagesizes import letter
    from reportlab.platypus import SimpleDocTemplate

    register_fonts()
    rl_config.useA85 = 0  # text for 7-bit mail; slow, and a quarter larger than the bytes themselves

    def decorate(canvas: Any, document: Any) -> None:
        line, page_words = getattr(document, _FOOT, (footer, _PAGE))
        canvas.saveState()
        canvas.setFont(REGULAR, 7)
        canvas.drawString(
            margin, margin * 0.55, printable(f"{line}   {page_words.format(number=document.page)}".strip())
        )
        canvas.restoreState()
        if draw is not None:
            draw(canvas, document)

    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=page_size or letter, leftMargin=margin, rightMargin=margin, topMargin=margin,
        bottomMargin=margin, title=plain(title, one_line=True), author="deserts", lang="en-US", invariant=1,
    )  # fmt: skip
    document.build(list(story), onFirstPage=decorate, onLaterPages=decorate)
    return buffer.getvalue()
