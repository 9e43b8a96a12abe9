"""A run as Python sees it: lazy tables, and the questions that can be asked of them."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deserts.api.run_tables import RunTables
from deserts.api.show import Page
from deserts.provenance import Provenance

if TYPE_CHECKING:
    import folium
    import pandas as pd

    from deserts.api.answers import Backups, Change, Explanation
    from deserts.api.papers import Paper
    from deserts.patients.asking.request import PatientRequest
    from deserts.patients.search.backup_data import BackupData
    from deserts.planning.region import RegionCase
    from deserts.roads.closings import Closing
    from deserts.sources.transport.http import Http

__all__ = ["Run"]


class Run(RunTables):
    """One region, one service, one grade: its tables and the questions that can be asked of them.

    `deserts.open` and `deserts.build` give one. Tables are read when they are first asked for, checked against their
    recorded hashes; each call gives a frame of its own, so that changing it changes nothing here. Units stand in the
    names of columns (``drive_min`` minutes, ``dist_km`` kilometres; shares run from 0 to 1); the codebook says what
    each column means.

    Examples
    --------
    >>> run = deserts.open("example")
    >>> run
    <deserts.Run example, itb at grade manages_pumps>
    >>> sorted({"nearest_median_min", "access_score", "geometry"} & set(run.scores.columns))
    ['access_score', 'geometry', 'nearest_median_min']
    """

    def __repr__(self) -> str:
        """Return which run it is."""
        return f"<deserts.Run {self.region.region_id}, {self.service.service_id} at grade {self.grade}>"

    # ---- what every output says -------------------------------------------------------------------------------------

    @property
    def provenance(self) -> Provenance:
        """Where the data come from: publishers, years, hashes."""
        return self.store.provenance()

    def lines(self, *, today: dt.date | None = None) -> tuple[str, ...]:
        """Return the sentences that stand on every output: grade, years, age of the data, what they can't see."""
        return tuple(self.provenance.lines(_day(today)))

    @property
    def findings(self) -> str:
        """What the scores say about the region, in one sentence with its grade and its limits."""
        from deserts.pipeline.summary import findings

        return findings(self)

    # ---- questions --------------------------------------------------------------------------------------------------

    def backups(
        self,
        *,
        zip: str | None = None,  # noqa: A002  the word that everybody uses for it
        lonlat: tuple[float, float] | None = None,
        alarm_on: dt.date | str | None = None,
        filled_on: dt.date | str | None = None,
        run_dry: dt.date | str | None = None,
        clock: Mapping[str, Any] | None = None,
        withdrawal_signs: bool = False,
        overdose_signs: bool = False,
        exclude: Sequence[str] = (),
        keep_practice: bool = False,
        pediatric: bool = False,
        payer: str | None = None,
        plan: str | None = None,
        pump: str | None = None,
        max_min: float | None = None,
        k: int = 5,
        close_roads: Sequence[str | Path | Mapping[str, Any] | Closing] = (),
        snow: bool = False,
        arrive: str | None = None,
        today: dt.date | None = None,
    ) -> Backups:
        """Return who could take a patient over: nearest and independent first, in tiers of how much is known.

        Nothing about the patient is written, logged or sent. It informs and is not medical advice.

        Parameters
        ----------
        zip, lonlat
            Where the patient is: a ZIP, or longitude and latitude in degrees. One of the two.
        alarm_on, filled_on, run_dry
            Alarm date of the print-out, day of the last refill, day on which the pump is empty, as far as they are
            known: the answer then begins with what must happen by when.
        clock
            The refill clock's form instead, as ``deserts patient clock --blank`` prints it.
        withdrawal_signs, overdose_signs
            Whether there is a sign of withdrawal, or of an overdose, now.
        exclude
            NPIs or practices that are lost; a lost clinician's practice goes along unless ``keep_practice``.
        keep_practice
            Whether colleagues of a lost clinician are listed, after everyone else.
        pediatric
            Whether the patient is a child.
        payer, plan, pump
            Looked up in your own payer table; by identifier or name in the directories of the run; maker of the pump.
        max_min
            Longest drive that is acceptable, minutes; the run's limit when None.
        k
            Most candidates to show in each tier.
        close_roads, snow
            GeoJSON (files or objects) of lines across roads, or areas; whether winter closes roads: the answer then
            also says what it becomes while they are closed.
        arrive
            Hour of the appointment, as ``09:00``: drives at that hour too, by your own table of hour factors.
        today
            Day of the question; today when None.

        Raises
        ------
        InputError
            With every problem of the question.
        UnknownNameError
            If the ZIP, the plan or an excluded name is not known.

        Examples
        --------
        >>> found = deserts.open("example").backups(zip="86901", k=1)
        >>> [tier.tier.value for tier in found.answer.tiers]
        ['proven', 'drug_unknown', 'must_be_asked']
        >>> bool(found.frame()["drive_min"].notna().all())
        True
        """
        from deserts.api.closed_roads import closings
        from deserts.patients.asking.request import read_request

        days = {"alarm_on": alarm_on, "filled_on": filled_on, "run_dry": run_dry}
        entered: dict[str, Any] = {
            **{name: day.isoformat() if isinstance(day, dt.date) else day for name, day in days.items()},
            "zip": zip, "lonlat": None if lonlat is None else "{},{}".format(*lonlat), "clock": clock,
            "k": k, "max_min": max_min, "withdrawal_signs": withdrawal_signs or None,
            "overdose_signs": overdose_signs or None, "exclude": list(exclude),
            "keep_practice": keep_practice or None, "pediatric": pediatric or None, "payer": payer, "plan": plan,
            "pump": pump, "close_roads": closings(close_roads), "snow": snow or None, "arrive": arrive,
        }  # fmt: skip
        given = {name: value for name, value in entered.items() if value not in (None, [])}
        return self.answer(read_request(given), today=today)

    def answer(self, request: PatientRequest, *, today: dt.date | None = None, http: Http | None = None) -> Backups:
        """Return the answer to a question that has been read; see `backups`.

        Parameters
        ----------
        request
            What was entered.
        today
            Day of the question; today when None.
        http
            The connection to the geocoder, where an address may be sent to it; None forbids it.
        """
        from deserts.api.answers import Backups
        from deserts.patients.asking.ask import ask
        from deserts.patients.asking.request import locate_patient
        from deserts.patients.search.facts import load_team_facts

        day, data = _day(today), self.backup_data
        origin = locate_patient(
            request, zips=data.zips, region_states=data.region_states, allow_geocoder=http is not None, http=http
        )
        facts = load_team_facts(self.settings, self.service, today=day, data_on=data.provenance.refreshed_on)
        return Backups(ask(request, origin, data, facts, today=day), day)

    @functools.cached_property
    def backup_data(self) -> BackupData:
        """What a search for backups reads, loaded once."""
        from deserts.patients.search.backup_data import BackupData

        return BackupData.load(self.store, service=self.service)

    def pact(self, form: Mapping[str, Any] | None = None, *, today: dt.date | None = None) -> Paper:
        """Return an emergency pact of one page: who refills, who covers, who has the drug, who takes a transfer.

        It holds what the form says and nothing else; what is left out is a blank line. It names no treatment.

        Parameters
        ----------
        form
            Fields as ``deserts paper pact --example`` prints them; None gives a page to fill in by hand.
        today
            Day of issue; today when None.

        Raises
        ------
        InputError
            With every problem of the form; nothing that was entered is repeated.

        Examples
        --------
        >>> agreed = {"patient": {"name": "Alex Example"}, "covers": {"name": "Next Clinic", "phone": "207-555-0100"}}
        >>> pact = deserts.open("example").pact(agreed)
        >>> pact.title
        'Emergency pact for a patient with an implanted pump'
        >>> "Next Clinic, 207-555-0100" in str(pact)
        True
        """
        return self._paper("pact", form, today)

    def transfer_sheet(self, form: Mapping[str, Any] | None = None, *, today: dt.date | None = None) -> Paper:
        """Return the page that goes along when a patient with a pump goes from one hospital to another.

        Parameters
        ----------
        form, today
            As in `pact`.

        Raises
        ------
        InputError
            With every problem of the form; nothing that was entered is repeated.

        Examples
        --------
        >>> sheet = deserts.open("example").transfer_sheet({"patient": {"name": "Alex Example"}})
        >>> sheet.to_bytes(".pdf")[:5]
        b'%PDF-'
        """
        return self._paper("transfer", form, today)

    def _paper(self, name: str, form: Mapping[str, Any] | None, today: dt.date | None) -> Paper:
        from deserts.api.papers import make_paper

        return make_paper(name, form, service=self.service, today=_day(today))

    def what_if(
        self,
        *,
        close: Sequence[str] = (),
        close_practice: Sequence[str] = (),
        add: Sequence[tuple[float, float]] = (),
        close_roads: Sequence[str | Path | Mapping[str, Any] | Closing] = (),
        snow: bool = False,
        panel: pd.DataFrame | None = None,
        today: dt.date | None = None,
    ) -> Change:
        """Return what changes for every county when clinicians, practices or roads close and places open.

        Parameters
        ----------
        close, close_practice
            NPIs of clinicians who stop; practices that close, by id or part of a name.
        add, close_roads, snow
            New places in degrees; GeoJSON, files or objects, of what is closed; whether winter closes roads.
        panel, today
            Columns ``zip`` and ``patients``, who count instead of residents; day from which the data's age is reckoned.

        Raises
        ------
        InputError
            If nothing changes, a new place lies on no road, or a file is no GeoJSON of lines and areas.

        Examples
        --------
        >>> change = deserts.open("example").what_if(add=[(-60.3, 38.0)])
        >>> change.totals["mean_after_min"] <= change.totals["mean_before_min"]
        True
        """
        from deserts.api.answers import Change
        from deserts.api.closed_roads import closings
        from deserts.planning.scenario import what_if
        from deserts.publish.change_map import join_changes
        from deserts.roads.shut import roads_to_shut

        case = self.case(panel)
        shut = roads_to_shut(case.network, closings(close_roads), snow=snow)
        result = what_if(case, close_npis=tuple(close), close_practices=tuple(close_practice), add=list(add), shut=shut)
        return Change(result, join_changes(self.counties, result.counties), self.lines(today=today), case)

    def case(self, panel: pd.DataFrame | None = None) -> RegionCase:
        """Return the region as the planning functions take it; with a panel its patients count instead of residents."""
        from deserts.planning.region import load_case, with_panel

        limits = {name: getattr(self.settings, name) for name in ("time_limit_min", "max_snap_km")}
        case = load_case(self.store, service=self.service, **limits)
        return case if panel is None else with_panel(case, panel, zips=self.table("zips"))

    def explain(self, county: str, *, today: dt.date | None = None) -> Explanation:
        """Return in words why a county scored as it did, what the data cannot see, and how to make it again.

        Parameters
        ----------
        county
            County code, five digits.
        today
            Day from which the age of the data is reckoned; today when None.

        Raises
        ------
        UnknownNameError
            If the county is not one of the region.

        Examples
        --------
        >>> run = deserts.open("example")
        >>> county = run.scores["county_fips"].min()
        >>> print(run.explain(county).sentences[1].split(":")[0])
        Class
        """
        from deserts.access.explain import explain_county, reproduction_line
        from deserts.api.answers import Explanation

        sentences = explain_county(
            self.table("county_scores"),
            county,
            service=self.service,
            grade=self.grade,
            time_limit_min=self.settings.time_limit_min,
        )
        return Explanation(county, sentences, self.lines(today=today), reproduction_line(self.provenance))

    def map(self) -> folium.Map:
        """Return the counties by how far their residents drive, and the practices, as a folium map.

        With Leaflet in the cache (``deserts publish assets``) it needs no network. A file that travels, with a search
        and a legend, is what ``deserts map`` draws.
        """
        from deserts.api.maps import draw

        return draw(self, self.counties, self.lines())

    def research(self, folder: str | Path, *, today: dt.date | None = None, **options: Any) -> list[Path]:
        """Write every research table of the run into a folder; return the paths.

        Parameters
        ----------
        folder
            Where to.
        today
            Day from which the age of the data is reckoned; today when None.
        options
            ``draws, seed, county_shares, patients, …`` of `deserts.access.outputs.write_research`; ``points``, files of
            points where residents stand (``DEMAND=``), to compare kinds of points.
        """
        from deserts.access.outputs import write_research
        from deserts.pipeline.published import research_sources

        sources = research_sources(self, points=options.pop("points", ()))
        return write_research(
            self.store, Path(folder), service=self.service, lines=self.lines(today=today),
            time_limit_min=self.settings.time_limit_min, **sources, **options,
        )  # fmt: skip

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        words = self.service.grade(self.grade).words
        title = f"{self.region.region_id}: {self.service.title}, {words} or better"
        rows = [(name, f"{len(getattr(self, name)):,}") for name in ("scores", "sites", "demand", "drive_times")]
        return Page(title, (self.findings,), ("table", "rows"), tuple(rows), self.lines()).html()


def _day(today: dt.date | None) -> dt.date:
    return dt.datetime.now().astimezone().date() if today is None else today
