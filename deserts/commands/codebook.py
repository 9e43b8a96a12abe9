"""Command ``codebook``: every processed table and column, printed from the schemas that check them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deserts.tables import Column, Table

__all__ = ["codebook", "codebook_markdown"]

_KINDS = {"text": "text", "int": "whole number", "float": "number", "bool": "yes or no", "geometry": "geometry"}

_FOLDERS = {
    "region": "data/processed/REGION/",
    "service": "data/processed/REGION/SERVICE/",
    "grade": "data/processed/REGION/SERVICE/GRADE/",
}

_STATUSES = {
    "ok": "the value is there",
    "beyond_limit": "the part of the road network holds one, but over the time limit away",
    "unreachable": "no road leads to one (an island without a ferry, for example)",
    "unsnapped": "no road is near enough to start from",
    "no_population": "nobody lives there, so there is nothing to weigh by",
    "none_at_grade": "fewer options than this were found at the run's grade, anywhere: a result, not an error",
    "few_points": "fewer than five demand points: read percentiles with care",
    "vintage_gap": "the county has no border of the year that is used here",
    "not_searched": "a source without which there is no answer was not read: nothing is known, numbers are empty",
    "not_assessable": "too little of what was read could be used, or the county's people are not its own: no numbers",
}

_HEAD = """# Codebook

Written by `deserts stage codebook --out docs/codebook.md` from the schemas in `deserts/tables/`, which check every
table before it is stored; a test keeps both equal. Tables are Parquet files named `TABLE.parquet`. Identifiers that
look like numbers (NPI, ZIP, FIPS, HCPCS, CCN) are text with their leading zeros; units stand in the names (`drive_min`,
`dist_km`); shares run from 0 to 1. A null is never a magic number: where there is a `status`, it says why. A table may
hold further columns than those named here.
"""


_SENTENCES_HEAD = """## What must have been read

Each sentence on an output and its sources (`deserts/sentences.toml`). Where a *required* source was not read there is
no such sentence, no class, no number and no 100 %: the words in its place name what is missing. Where an *optional*
source or one of several years was not read the answer is `partly_searched`, and the sentence names it.

| sentence | required | optional |
| --- | --- | --- |"""


def codebook(
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Markdown file to write; otherwise it is printed.")
    ] = None,
) -> None:
    """Print what every column of every processed table means, as Markdown.

    Examples
    --------
        deserts stage codebook

        deserts stage codebook --out docs/codebook.md
    """
    text = codebook_markdown()
    if out is None:
        typer.echo(text, nl=False)
        return
    from deserts.store import write_text

    write_text(out, text)
    typer.echo(out)


def codebook_markdown() -> str:
    """Return the codebook: one section a table, one line a column, and what each status means."""
    from deserts.tables import TABLES, Status

    parts = [_HEAD, *(_section(table) for table in TABLES.values())]
    rows = [f"| `{status.value}` | {_STATUSES[status.value]} |" for status in Status]
    parts.append("\n".join(["## Statuses", "", "| status | meaning |", "| --- | --- |", *rows, ""]))
    parts.append(_sentences())
    return "\n".join(parts)


def _sentences() -> str:
    """Return which sources each sentence rests on, by what service."""
    from deserts.searches import LISTS, evidence_sources, source_words
    from deserts.sentences import SENTENCES
    from deserts.services import load_service, service_names

    services = [load_service(name) for name in service_names()]
    grades = [
        f"{service.service_id} at `{grade.name}`: "
        + " or ".join(source_words(source) for source in evidence_sources(service, grade.name))
        for service in services
        for grade in service.grades
        if grade.name != "contradicted"
    ]
    rows = [
        f"| `{one.name}` | {', '.join(' or '.join(map(source_words, group)) for group in one.needs.required)} "
        f"| {', '.join(map(source_words, one.needs.optional)) or 'none'} |"
        for one in SENTENCES.values()
    ]
    listing = " or ".join(map(source_words, LISTS))
    told = f"*Listing* is {listing}. *Evidence* is, for {'; for '.join(grades)}."
    return "\n".join([_SENTENCES_HEAD, *rows, "", told, ""])


def _section(table: Table) -> str:
    key = ", ".join(f"`{name}`" for name in table.key)
    lines = [
        f"## {table.name}",
        "",
        f"One row: {table.row}. In `{_FOLDERS[table.scope.value]}`. " + (f"Key: {key}." if key else "No key."),
        "",
        "| column | kind | null | meaning | values |",
        "| --- | --- | --- | --- | --- |",
        *(_line(column) for column in table.columns),
        "",
    ]
    return "\n".join(lines)


def _line(column: Column) -> str:
    null = "may be" if column.nullable else "never"
    meaning = column.meaning + ("; may be absent" if column.optional else "")
    cells = (f"`{column.name}`", _KINDS[column.kind], null, meaning, _values(column))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _values(column: Column) -> str:
    if column.allowed:
        return ", ".join(f"`{value}`" if value else "empty" for value in column.allowed)
    if column.pattern is not None:
        return f"`{column.pattern}`"
    if column.minimum is not None and column.maximum is not None:
        return f"{column.minimum:g} to {column.maximum:g}"
    if column.minimum is not None:
        return f"at least {column.minimum:g}"
    return "" if column.maximum is None else f"at most {column.maximum:g}"
