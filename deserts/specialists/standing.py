"""One standing: what a clinic said, as of a day, about a clinician at a site.

Registry, backups, emergency, drug sources, panel, card, call list and meter read it here and nowhere else, so that an
answer counts the same before the stages are run again and after. Rules:

- An entry that a later one corrects is as if it had never been written. Answers after the day are not counted.
- About the clinician the newest telling answer decides; within one instant the one that speaks against. "Retired" and
  "no pumps" said of all sites contradict until a newer positive (or temporary) answer lifts them.
- Whether the clinician is found at a site follows what was said of that site. It is closed until a newer positive names
  the same site, or speaks of no site as the closing answer did.
- Only answers that the clinic itself gave by phone or visit verify, for ``verification.keep_days``; later hearsay takes
  that away only when it says no.
- "Moved" without a site, in an old entry of a clinician with several, closes none and leaves all of them in doubt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from deserts.rules.ranking import refusal
from deserts.services import Service
from deserts.specialists.outcomes import Scope, Standing
from deserts.specialists.said import Said, Verdict, said_rows, verdicts

__all__ = ["NOBODY", "ClinicianStanding", "SiteStanding", "Standings", "corrected_entries"]

_LEFT = ("moved", "not_here")


@dataclass(frozen=True, eq=False)
class SiteStanding:
    """What stands about a clinician at one site.

    Parameters
    ----------
    closed
        The answer that says that the clinician is not to be found here, or does not do it here; None when none stands.
    doubt
        An answer that the clinician left a site without saying which.
    wrong_number, number_in_doubt
        The answer that the telephone number is wrong: of this site, or of one that it does not name.
    newest
        The newest answer that says something about the clinician here.
    confirmed
        The newest "accepting" that the clinic itself gave.
    answers
        All telling answers that count here, oldest first.
    """

    closed: Said | None = None
    doubt: Said | None = None
    wrong_number: Said | None = None
    number_in_doubt: Said | None = None
    newest: Said | None = None
    confirmed: Said | None = None
    answers: tuple[Said, ...] = ()

    @cached_property
    def on(self) -> Mapping[str, Verdict]:
        """What stands on each topic, see `deserts.specialists.said.verdicts`."""
        return verdicts(list(self.answers))

    def hard_no(self, *, audience: str, payer: str | None, today: dt.date) -> Verdict | None:
        """Return the no that keeps the site from being called first: nobody, not this age, not this payer.

        Parameters
        ----------
        audience
            ``adult`` or ``child``.
        payer
            The patient's payer, None when not given.
        today
            Day of the question.
        """
        noes = self.noes
        place = refusal([no.span() for no in noes], audience, (payer or "").strip().casefold(), today.toordinal())
        return noes[place] if place >= 0 else None

    @property
    def noes(self) -> tuple[Verdict, ...]:
        """Every no that is the last word on its topic, also one that no longer stands."""
        return tuple(verdict for verdict in self.on.values() if not verdict.is_yes)

    def says(self, topic: str) -> str:
        """Return ``yes``, ``no``, or empty when nothing was said on a topic."""
        verdict = self.on.get(topic)
        return "" if verdict is None else "yes" if verdict.is_yes else "no"

    def makers(self) -> tuple[str, ...]:
        """Return the makers whose pumps are managed, from the newest answer that names any."""
        return next((said.pump_makers for said in reversed(self.answers) if said.pump_makers), ())

    def wait(self) -> Said | None:
        """Return the newest answer of the clinic itself that names a wait; hearsay promises no visit."""
        return next((said for said in reversed(self.answers) if said.is_asked and said.wait_days is not None), None)


@dataclass(frozen=True, eq=False)
class ClinicianStanding:
    """What stands about one clinician.

    Parameters
    ----------
    npi
        The clinician.
    answers
        All answers that are not silent, oldest first.
    """

    npi: str
    answers: tuple[Said, ...] = ()

    @cached_property
    def telling(self) -> tuple[Said, ...]:
        """The answers about the clinician, those about one site alone left out: oldest first."""
        return tuple(said for said in self.answers if said.is_positive or said.ends_all)

    @property
    def last(self) -> Said | None:
        """The newest of them."""
        return self.telling[-1] if self.telling else None

    @property
    def contradicted(self) -> Said | None:
        """The answer that the clinician does not do this anywhere, None when none stands."""
        last = self.last
        return last if last is not None and last.ends_all else None

    @property
    def positive(self) -> Said | None:
        """The newest answer that the clinician does this, whoever told."""
        return next((said for said in reversed(self.telling) if said.is_positive), None)

    @property
    def ages(self) -> str:
        """Whom the clinician sees, from the newest positive answer that says so."""
        return next((said.ages for said in reversed(self.telling) if said.is_positive and said.ages), "")

    def verified(self, *, since: dt.date) -> Said | None:
        """Return the newest word of the clinic itself that the clinician does this, None if a newer no is in the log.

        A no that hearsay has lifted since does not give an older word its weight back.

        Parameters
        ----------
        since
            Older ones no longer verify.
        """
        for said in reversed(self.telling):
            if said.ends_all:
                return None
            if said.is_asked and said.on >= since:
                return said
        return None

    def at(self, site_id: str, *, only_site: bool) -> SiteStanding:
        """Return what stands at one site.

        Parameters
        ----------
        site_id
            The site.
        only_site
            Whether it is the clinician's only known one: an answer without a site is then about it.
        """
        here = [said for said in self.answers if said.kind.is_telling and said.counts_at(site_id)]
        closing = [said for said in self.answers if _closes(said, site_id, only_site=only_site)]
        wrong = [said for said in self.answers if said.outcome == "wrong_number"]
        vague = [] if only_site else [said for said in self.answers if _is_vague(said)]
        return SiteStanding(
            closed=self._standing(closing, site_id),
            doubt=self._standing([said for said in vague if said.outcome in _LEFT], site_id),
            wrong_number=self._standing([s for s in wrong if _is_of(s, site_id, only_site=only_site)], site_id),
            number_in_doubt=self._standing([said for said in vague if said.outcome == "wrong_number"], site_id),
            newest=here[-1] if here else None,
            confirmed=next((said for said in reversed(here) if said.outcome == "accepting" and said.is_asked), None),
            answers=tuple(here),
        )

    def _standing(self, against: list[Said], site_id: str) -> Said | None:
        """Return the newest of some answers against a site that no newer positive lifts."""
        for said in reversed(against):
            later = self.answers[self.answers.index(said) + 1 :]
            if not any(other.is_positive and _lifts(other, said, site_id) for other in later):
                return said
        return None


def corrected_entries(rows: pd.DataFrame) -> set[str]:
    """Return the keys of the entries that a later one replaces or withdraws, unless that one is itself replaced."""
    if "corrects" not in rows:
        return set()
    void: set[str] = set()
    for entry, corrects in zip(rows["entry"].iloc[::-1], rows["corrects"].iloc[::-1], strict=True):
        if corrects and entry not in void:
            void.add(corrects)
    return void


def _is_of(said: Said, site_id: str, *, only_site: bool) -> bool:
    """Whether an answer about a place is about this one: it names it, or all of them, or there is only one."""
    if said.site_id:
        return said.site_id == site_id
    return said.scope == Scope.CLINICIAN or only_site


def _is_vague(said: Said) -> bool:
    return not said.site_id and said.scope == Scope.UNSTATED


def _closes(said: Said, site_id: str, *, only_site: bool) -> bool:
    if not said.kind.closes:
        return False
    if said.kind.of_site:
        return _is_of(said, site_id, only_site=only_site)
    # "Retired" of a site alone closes it. Of all sites it contradicts the clinician; where a newer answer from another
    # site has lifted that, the sites that nobody spoke of since stay closed.
    return said.site_id == site_id if said.scope == Scope.SITE else said.scope == Scope.CLINICIAN


def _lifts(later: Said, said: Said, site_id: str) -> bool:
    """Whether a later positive lifts an answer against a site: it names the site, or neither names one."""
    if later.site_id:
        return later.site_id == site_id
    return not said.site_id


NOBODY = ClinicianStanding("")
"""What stands about a clinician of whom the log says nothing."""


@dataclass(frozen=True, slots=True)
class Standings:
    """What stands about everybody as of a day.

    Parameters
    ----------
    as_of
        The day.
    keep_days
        How long a word of the clinic verifies (days).
    by_npi
        The clinicians of whom the log says something.
    last_on
        Day of the newest answer about a clinician, None when there is none.
    """

    as_of: dt.date
    keep_days: int = 0
    by_npi: Mapping[str, ClinicianStanding] = field(default_factory=dict)
    last_on: dt.date | None = None

    @classmethod
    def read(cls, rows: pd.DataFrame | None, *, service: Service, as_of: dt.date) -> Standings:
        """Weigh the log.

        Parameters
        ----------
        rows
            Rows of the log, None when there is none.
        service
            Only answers about this service count.
        as_of
            Answers after this day are passed over, and ages are counted to it.
        """
        keep_days = int(service.number("verification.keep_days"))
        if rows is None or rows.empty:
            return cls(as_of, keep_days)
        counts = (rows["service"] == service.service_id) & (rows["observed_on"] <= as_of.isoformat())
        counts &= ~rows["entry"].isin(corrected_entries(rows))
        return cls.of(said_rows(rows[counts]), keep_days=keep_days, as_of=as_of)

    @classmethod
    def of(cls, answers: Iterable[Said], *, keep_days: int, as_of: dt.date) -> Standings:
        """Weigh answers that are already parsed."""
        by_npi: dict[str, list[Said]] = {}
        last_on: dt.date | None = None
        for said in sorted(answers, key=lambda said: said.order):
            if said.kind.standing is Standing.SILENT:
                continue
            by_npi.setdefault(said.npi, []).append(said)
            if said.kind.is_telling:
                last_on = said.on
        found = {npi: ClinicianStanding(npi, tuple(said)) for npi, said in sorted(by_npi.items())}
        return cls(as_of, keep_days, found, last_on)

    @property
    def since(self) -> dt.date:
        """The oldest day on which a word of the clinic still verifies."""
        return self.as_of - dt.timedelta(days=self.keep_days)

    def clinician(self, npi: str) -> ClinicianStanding:
        """Return what stands about a clinician."""
        return self.by_npi.get(npi, NOBODY)

    def frame(self) -> pd.DataFrame:
        """Return what stands about each clinician, indexed by NPI; empty text where there is none.

        Returns
        -------
        DataFrame
            ``last_outcome``, ``outcome_on``, ``review_on``, ``verified_on``, ``positive_on``, ``said_ages``,
            ``contradicted_on``, and ``against`` (every no of all sites with its day, also one that was lifted).
        """
        names = ("last_outcome", "outcome_on", "review_on", "verified_on", "positive_on", "said_ages",
                 "contradicted_on", "against")  # fmt: skip
        told = {npi: standing for npi, standing in self.by_npi.items() if standing.telling}
        rows = [self._row(standing) for standing in told.values()]
        return pd.DataFrame(rows, columns=names, index=pd.Index(list(told), name="npi", dtype="str"), dtype="str")

    def _row(self, standing: ClinicianStanding) -> tuple[str, ...]:
        last, verified = standing.telling[-1], standing.verified(since=self.since)
        against = sorted({f"{said.outcome} on {said.on}" for said in standing.telling if said.ends_all})
        return (
            last.outcome,
            last.on.isoformat(),
            "" if last.review_on is None else last.review_on.isoformat(),
            "" if verified is None else verified.on.isoformat(),
            "" if standing.positive is None else standing.positive.on.isoformat(),
            standing.ages,
            last.on.isoformat() if last.ends_all else "",
            ", ".join(against),
        )
