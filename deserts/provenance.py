"""What every output must say about itself: grade, years of data, refresh, notices, credits, and what is missing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deserts.config import Region
from deserts.errors import WRONG_SHAPE, InputError, MissingDataError
from deserts.searches import SourceRead, Verdict, judge
from deserts.sentences import sentence
from deserts.services import Service
from deserts.tables import MINUTE, Search

__all__ = ["LOCK_NAME", "OLD_AFTER_DAYS", "UNTOLD", "Provenance", "load_provenance"]

LOCK_NAME = "lock.json"
"""Name of the record of a run's raw files, beside the record of its provenance."""

_OPTIONS = {"county_polygons": "counties", "zip_places": "zips"}
"""Options of a user's own files that are not called like their dataset."""

OLD_AFTER_DAYS = 90
"""A region older than this is headed OLD DATA; a verification older than this reads "was verified"."""

UNTOLD: Final = "an earlier version made this run and did not record what it read: run it again"
"""What is missing from a run that has no record of what was searched."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Facts about the data behind a table, a map or an answer.

    Parameters
    ----------
    region_id, service_id, grade
        The run.
    claims_years
        Calendar years of the claims that were read.
    directory_date
        Day of the clinician directory (YYYY-MM-DD): the publisher's own where known, else that of fetching; or None.
    deactivation_date
        Day of the deactivation list, likewise.
    refreshed_on
        Newest day on which a source file was fetched or given.
    notices
        Sentences that must be shown, such as "synthetic" and "upper bound, not access".
    attribution
        Credits that must be shown, such as that of OpenStreetMap.
    missing_states
        States within the time limit whose clinicians or roads are not in the data ("edge incomplete").
    reconciliation
        The sentence on what share of the billed care is seen, or that this is not known.
    inputs
        Name of each input file and the first twelve characters of its sha256.
    own
        Dataset, name and the first twelve characters of the sha256 of each of the user's own files.
    as_of
        Day that ages and chances are reckoned from.
    options
        Every other setting that the run was made with, as name and text.
    code
        Version of the program and start of the hash of its source.
    sources
        What was read of each source, and where and when it was not.
    search
        How far the run's own question was searched (``Search``): who is there at its grade, and how far away.
    missing
        What was not read and might change that, in words.
    """

    region_id: str
    service_id: str
    grade: str
    claims_years: tuple[int, ...] = ()
    directory_date: str | None = None
    deactivation_date: str | None = None
    refreshed_on: str | None = None
    notices: tuple[str, ...] = ()
    attribution: tuple[str, ...] = ()
    missing_states: tuple[str, ...] = ()
    reconciliation: str = "Reconciliation: not reconciled."
    inputs: tuple[tuple[str, str], ...] = ()
    own: tuple[tuple[str, str, str], ...] = ()
    as_of: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    code: str = ""
    sources: tuple[SourceRead, ...] = ()
    search: str = Search.NOT
    missing: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the facts as JSON with sorted keys."""
        return json.dumps(dataclasses.asdict(self), indent=1, sort_keys=True) + "\n"

    def command(self) -> list[str]:
        """Return the words of the command that makes this run again.

        ``lock.json`` and the user's own files are named as if they lay in the folder where it is called, as they do in
        a bundle.
        """
        options = dict(self.options)
        words = ["deserts", "run", "--region", self.region_id, "--service", options.get("profile", self.service_id)]
        words += ["--grade", self.grade]
        words += ["--time-limit", options["time_limit"]] if "time_limit" in options else []
        words += ["--as-of", self.as_of] if self.as_of else []
        for name in options.get("also", "").split():
            words += ["--also", name]
        for dataset, name, _ in self.own:
            words += [f"--{_OPTIONS.get(dataset, dataset)}", name]
        return [*words, "--frozen", LOCK_NAME]

    def is_old(self, today: dt.date) -> bool:
        """Whether the data are older than `OLD_AFTER_DAYS`; undated data count as old."""
        if self.refreshed_on is None:
            return True
        return (today - dt.date.fromisoformat(self.refreshed_on)).days > OLD_AFTER_DAYS

    def verdict(
        self, name: str, *, service: Service, grade: str | None = None, states: tuple[str, ...] = ()
    ) -> Verdict:
        """Say how far a sentence of ``sentences.toml`` was searched.

        Parameters
        ----------
        name
            The sentence.
        service
            Profile of the run's service.
        grade
            Grade that it speaks of; that of the run when None.
        states
            States that it is about; the region's own when empty.
        """
        region = Region.parse(self.region_id)
        found = judge(
            sentence(name).needs, self.sources, service=service, grade=grade or self.grade,
            own=states or region.states, near=region.supply_states,
        )  # fmt: skip
        if UNTOLD in self.missing:  # what it did read is not known, so nothing may be called unread
            return dataclasses.replace(found, missing=self.missing, missing_inside=self.missing,
                                       missing_needed=self.missing, missing_optional=())  # fmt: skip
        return found

    def search_sentence(self) -> str | None:
        """Return what was not searched, or None when nothing is missing."""
        if not self.missing:
            return None
        head = "not searched, so nothing is known" if self.search == Search.NOT else "partly searched"
        return f"{head}: {'; '.join(self.missing)}"

    def edge_sentence(self) -> str | None:
        """Return "edge incomplete: …" or None when every state within the limit is in the data."""
        return f"edge incomplete: {', '.join(self.missing_states)}" if self.missing_states else None

    def data_words(self) -> str:
        """Return what the data are of, the day on which they were fetched last."""
        years = ", ".join(map(str, self.claims_years)) or "none"
        return (
            f"Medicare claims of {years}; directory of {self.directory_date or 'unknown date'}; "
            f"deactivation list of {self.deactivation_date or 'unknown date'}; "
            f"refreshed {self.refreshed_on or 'unknown'}"
        )

    def lines(self, today: dt.date) -> tuple[str, ...]:
        """Return the sentences that stand on every output, most urgent first."""
        return self._lines(today, f"grade {self.grade}; {self.data_words()}")

    def public_lines(self, today: dt.date, counted: str) -> tuple[str, ...]:
        """Return the same for the public, who know no grade by its name: ``counted`` says who counts, in words."""
        words = self.data_words()
        return self._lines(today, f"Counted: {counted}. {words[:1].upper()}{words[1:]}.")

    def _lines(self, today: dt.date, data: str) -> tuple[str, ...]:
        found = ["OLD DATA: last refreshed " + (self.refreshed_on or "on an unknown day")] if self.is_old(today) else []
        found += self.notices
        if (edge := self.edge_sentence()) is not None:
            found.append(edge)
        if (search := self.search_sentence()) is not None:
            found.append(search)
        found.append(self.reconciliation)
        found.append(data)
        found.append(MINUTE)
        found.append(
            "Public Medicare files miss children, Medicare Advantage, Medicaid, hospital billing and anyone with "
            "10 or fewer patients. Absence here is not absence of care."
        )
        return tuple(found)


def load_provenance(path: Path) -> Provenance:
    """Read what ``Provenance.to_json`` wrote.

    Raises
    ------
    MissingDataError
        If the file is not there.
    """
    if not path.is_file():
        raise MissingDataError(
            "no record of where the data come from", where=path, fix="run the stage `specialists` first"
        )
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        for key in ("claims_years", "notices", "attribution", "missing_states"):
            facts[key] = tuple(facts[key])
        facts["missing"] = tuple(facts.get("missing", (UNTOLD,)))
        for key in ("inputs", "own", "options"):
            facts[key] = tuple(tuple(row) for row in facts.get(key, ()))
        facts["sources"] = tuple(_source_read(entry) for entry in facts.get("sources", ()))
        return Provenance(**facts)
    except WRONG_SHAPE as error:
        raise InputError(
            f"the record of sources is damaged: {error}", where=path, fix="delete it and rerun the stages"
        ) from error


def _source_read(entry: dict[str, Any]) -> SourceRead:
    lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
    return SourceRead(**{**entry, **lists})
