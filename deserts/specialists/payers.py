"""Payer networks: the user's own table of who is in which network, so that access can be counted for one payer.

Out of network is shown, never dropped: a patient may need to know who would be nearest if the payer gave way.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from deserts.config import Settings
from deserts.errors import InputError, UnknownNameError
from deserts.specialists.addresses import clean_text
from deserts.user_csv import read_user_csv

__all__ = ["NETWORK_STATES", "network_of", "payer_networks_path", "read_payer_networks", "restrict_to_payer"]

NETWORK_STATES = ("in", "out", "unknown")
_FILE_NAME = "payer_networks.csv"


def payer_networks_path(settings: Settings) -> Path:
    """Return where the user's table of payer networks lies, whether it is there or not."""
    return settings.local_dir / _FILE_NAME


def read_payer_networks(settings: Settings, *, path: Path | None = None) -> pd.DataFrame | None:
    """Read the table of networks: ``payer`` and ``npi`` or ``practice_id``; optional ``network`` (in, out).

    Parameters
    ----------
    settings
        The table is ``payer_networks.csv`` in ``local_dir`` unless ``path`` names another.
    path
        A file of the user's own.

    Returns
    -------
    DataFrame or None
        ``payer`` (as written), ``npi``, ``practice_id``, ``network``; None when there is no table.

    Raises
    ------
    InputError
        If a row names neither clinician nor practice, or an unknown state of the network.
    """
    place = path or payer_networks_path(settings)
    if path is None and not place.is_file():
        return None
    frame = read_user_csv(place, text=("payer",))
    frame = frame.assign(
        **{c: clean_text(frame[c]) if c in frame else "" for c in ("payer", "npi", "practice_id", "network")}
    )
    frame["network"] = frame["network"].str.lower().replace("", "in")
    bad = ~(frame["npi"].str.fullmatch(r"\d{10}") | ((frame["npi"] == "") & (frame["practice_id"] != "")))
    bad |= ~frame["network"].isin(NETWORK_STATES[:2])
    if bad.any():
        rows = ", ".join(str(row + 2) for row in np.flatnonzero(bad)[:10])
        raise InputError(
            "rows that cannot be used",
            where=f"{place}, row {rows}",
            expected="npi (ten digits) or practice_id, and network in, out or empty",
            fix="correct these rows",
        )
    columns = ["payer", "npi", "practice_id", "network"]
    return frame[columns].sort_values(columns, ignore_index=True)


def network_of(sites: pd.DataFrame, networks: pd.DataFrame, payer: str) -> pd.Series:
    """Return ``in``, ``out`` or ``unknown`` for each site and one payer.

    A row about the clinician outranks one about the practice. Where the table has rows of this payer, a site that it
    does not name is out of network: a network list is complete by its nature. "Unknown" is left for a payer whose
    table holds refusals only.

    Parameters
    ----------
    sites
        ``npi`` and ``practice_id``.
    networks
        Rows of `read_payer_networks`.
    payer
        Name as in the table, in any case.

    Raises
    ------
    UnknownNameError
        If the table has no row of this payer.
    """
    names = networks["payer"].str.casefold()
    own = networks[names == payer.strip().casefold()]
    if own.empty:
        known = ", ".join(sorted(networks["payer"].unique())) or "(none)"
        raise UnknownNameError(
            f"the table of payer networks has no payer {payer!r}", expected=f"one of {known}", fix="add its rows"
        )
    # "in" sorts before "out": contradictory rows are read as in network and show in the table itself.
    by_npi = own[own["npi"] != ""].groupby("npi")["network"].min()
    by_practice = own[own["npi"] == ""].groupby("practice_id")["network"].min()
    of_person = by_npi.reindex(sites["npi"]).astype("object").set_axis(sites.index)
    of_practice = by_practice.reindex(sites["practice_id"]).astype("object").set_axis(sites.index)
    found = of_person.where(of_person.notna(), of_practice)
    rest = "out" if (own["network"] == "in").any() else "unknown"
    return found.where(found.notna(), rest).astype("str").rename("network")


def restrict_to_payer(sites: pd.DataFrame, networks: pd.DataFrame, payer: str) -> pd.DataFrame:
    """Return the sites with a column ``network``; those out of network are kept and supply nothing."""
    network = network_of(sites, networks, payer)
    return sites.assign(network=network, supplies=sites["supplies"] & network.ne("out"))
