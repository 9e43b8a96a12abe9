"""What every public page says about itself: what it rests on, its age, whom it owes credit, and how it was made."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Sequence
from typing import Any

from deserts.access.gate import Gate
from deserts.config import Region
from deserts.provenance import OLD_AFTER_DAYS, Provenance
from deserts.publish.words import counted_words, is_upper_bound
from deserts.services import Service
from deserts.store import Store

__all__ = ["about", "check_after", "data_line", "publish_command", "reproduction"]

_CORRECTIONS = (
    "Corrections: the entries come from the clinicians' own registrations with Medicare (NPPES and PECOS), which "
    "they can correct there; for this page, ask whoever gave it to you."
)


def about(
    provenance: Provenance, *, service: Service, grade: str, today: dt.date, contact: str | None = None,
    credits: Sequence[str] = (),  # noqa: A002  the everyday word
    gate: Gate | None = None, command: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Return what every public page says about itself: banners, sources, credits, age and how it was made.

    Parameters
    ----------
    provenance, service, grade
        The run.
    today
        Day from which the age of the data is reckoned.
    contact
        Where corrections may be sent.
    credits
        Further credits.
    gate
        The checks of the run.
    command
        The command that makes this very page from the run's tables, where there is one.
    """
    banners = [f"OLD DATA: last refreshed {provenance.refreshed_on or 'on an unknown day'}."]
    banners = banners if provenance.is_old(today) else []
    banners += [notice[:1].upper() + notice[1:] for notice in provenance.notices]
    if is_upper_bound(service, grade) and not any("upper bound" in text.lower() for text in banners):
        banners.append("Upper bound, not access: only specialty is known, not who offers this care.")
    if (edge := provenance.edge_sentence()) is not None:
        banners.append(edge[:1].upper() + edge[1:] + ". Clinicians there are not counted.")
    if (search := provenance.search_sentence()) is not None:
        banners.append(search[:1].upper() + search[1:] + ".")
    banners = [*(() if gate is None else gate.banners()), *banners]
    due = check_after(provenance)
    return {
        "banners": banners,
        "check_after": due or "an unknown day",
        "lines": [
            *provenance.public_lines(today, counted_words(service, grade=grade)),
            *(() if gate is None else gate.lines()),
            *([f"Check after {due}: by then the data are {OLD_AFTER_DAYS} days old."] if due else []),
            service.words.get("disclaimer", ""),
        ],
        "reconciliation": provenance.reconciliation,
        "corrections": f"Corrections: {contact}" if contact else _CORRECTIONS,
        "dated": data_line(provenance),
        "credits": sorted({*provenance.attribution, *credits}) or ["none asked for"],
        "reproduce": "; ".join(
            [reproduction(Region.parse(provenance.region_id), service, grade), *([command] if command else [])]
        ),
        "inputs": [f"{name} {digest}" for name, digest in provenance.inputs],
    }


def reproduction(region: Region, service: Service, grade: str) -> str:
    """Return the command that makes a run again."""
    return f"make all REGION={region.region_id} SERVICE={service.service_id} GRADE={grade}"


def publish_command(name: str, store: Store, *, today: dt.date, **options: str | bool | Sequence[str] | None) -> str:
    """Return the command of `deserts publish` that makes a page again from the run's tables.

    Parameters
    ----------
    name
        The command.
    store
        The run.
    today
        Day from which the age of the data was reckoned.
    **options
        Its other options: text, several texts for one that may stand several times, or True for a switch; None, False
        and no text are left out.
    """
    words = ["deserts", "publish", name, "--region", store.region.region_id, "--service", store.service_id]
    words += ["--grade", store.grade, "--today", today.isoformat()]
    for option, value in options.items():
        flag = f"--{option.replace('_', '-')}"
        if value is True:
            words.append(flag)
        elif value:
            words += [word for text in ([value] if isinstance(value, str) else value) for word in (flag, text)]
    return shlex.join(words)


def data_line(provenance: Provenance) -> str:
    """Return what the data are of, the years of the claims first, for the head of a page."""
    years = provenance.claims_years
    if not years:
        claims = "No Medicare claims were read"
    elif len(years) > 1 and years == tuple(range(years[0], years[-1] + 1)):
        claims = f"Medicare claims of {years[0]} to {years[-1]}"
    else:
        claims = f"Medicare claims of {', '.join(map(str, years))}"
    listed = f"; clinicians as listed on {provenance.directory_date}" if provenance.directory_date else ""
    return f"{claims}{listed}."


def check_after(provenance: Provenance) -> str | None:
    """Return the day after which a page warns of its age, None where the day of the data is not known."""
    if provenance.refreshed_on is None:
        return None
    return (dt.date.fromisoformat(provenance.refreshed_on) + dt.timedelta(days=OLD_AFTER_DAYS)).isoformat()
