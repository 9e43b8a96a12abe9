"""Questions beside the backups, composed once for command and page: the drug, and a refill at home."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from deserts.patients.refill.home_refill import HOME_FILE, HomeRefill, check_home_refill, read_home_companies
from deserts.patients.search.answer import BackupAnswer
from deserts.patients.search.backups import BackupData, find_backups
from deserts.patients.search.drug_stock import STOCK_FILE, StockAnswer, find_stock, parse_within, read_stock
from deserts.patients.search.emergency import find_emergency
from deserts.patients.search.origin import Origin, find_zip
from deserts.patients.search.team import TeamFacts

if TYPE_CHECKING:
    import pandas as pd

    from deserts.patients.asking.request import PatientRequest
    from deserts.patients.refill.home_refill import PayerKind
    from deserts.places.zips import ZipIndex
    from deserts.provenance import Provenance

__all__ = ["ask_drug", "ask_home_refill"]


def ask_drug(
    request: PatientRequest,
    origin: Origin,
    data: BackupData,
    hospitals: pd.DataFrame,
    facts: TeamFacts,
    *,
    strength_mcg_ml: float,
    within: str,
    local_dir: Path,
    today: dt.date,
) -> tuple[StockAnswer, BackupAnswer]:
    """Return who holds the drug near by or whom to call, and the backups that this rests on.

    Parameters
    ----------
    request, origin
        What was entered, and where that is.
    data, hospitals, facts
        Tables of the region, and what the team knows.
    strength_mcg_ml
        Strength that is needed (mcg/mL).
    within
        How far, as `deserts.patients.search.drug_stock.parse_within` reads it.
    local_dir
        Folder of the user's own tables.
    today
        Day of the question.

    Raises
    ------
    InputError
        If distance or the table of holders cannot be read.
    """
    reach, stock = parse_within(within), read_stock(local_dir / STOCK_FILE)
    near = find_emergency(origin, data, hospitals, today=today, pediatric=request.pediatric, facts=facts)
    capable = near.nearest_pump_capable
    clinics = find_backups(request.query(origin, today), data, facts)
    answer = find_stock(
        origin,
        data,
        stock,
        strength_mcg_ml=strength_mcg_ml,
        within=reach,
        today=today,
        hospitals=near.nearest if capable is None or capable in near.nearest else (capable, *near.nearest),
        clinics=[candidate for tier in clinics.tiers[:2] for candidate in tier.candidates],
        places=clinics.places,
        facts=facts,
    )
    return answer, clinics


def ask_home_refill(
    zip_code: str,
    zips: ZipIndex,
    provenance: Provenance,
    facts: TeamFacts,
    *,
    payer: PayerKind,
    dose_is_stable: bool | None,
    local_dir: Path,
    today: dt.date,
) -> HomeRefill:
    """Return whether a nurse may refill at home: possible, unlikely or unknown, with the reasons.

    Parameters
    ----------
    zip_code, zips
        The patient's ZIP, and the offline look-up.
    provenance, facts
        Dates of the data, and what the team knows.
    payer, dose_is_stable
        Who pays, and whether the dose is stable; None when that is not known.
    local_dir
        Folder of the user's own tables.
    today
        Day of the question.

    Raises
    ------
    InputError, UnknownNameError
        If the ZIP or the table of companies cannot be used.
    """
    place = find_zip(zip_code, zips)
    return check_home_refill(
        payer=payer,
        dose_is_stable=dose_is_stable,
        zip_code=place.zip,
        county_fips=place.county_fips,
        state=place.state,
        companies=read_home_companies(local_dir / HOME_FILE),
        provenance=(*provenance.lines(today), facts.last_call_line()),
    )
