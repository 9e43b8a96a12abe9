"""What a program that stays prepares once, so that each answer is quick."""

from __future__ import annotations

from dataclasses import dataclass

from deserts.places.zips import ZipIndex
from deserts.roads import Network, Router, Snaps
from deserts.roads.router import Destinations
from deserts.roads.within import Around

__all__ = ["Ready"]


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """Roads and ends, ready for many questions.

    Parameters
    ----------
    router
        The roads.
    sites, places
        Ends of the sites, and of the hospitals that supply without a named clinician.
    around
        Tells how far a drive inside a ZIP is.
    """

    router: Router
    sites: Destinations
    places: Destinations | None
    around: Around

    @classmethod
    def of(cls, network: Network, sites: Snaps, places: Snaps | None, zips: ZipIndex) -> Ready:
        """Prepare a network and what drives on it end at; see the class."""
        router, columns = Router(network), zips.columns(["lon", "lat"])
        ends = None if places is None else router.destinations(places)
        return cls(router, router.destinations(sites), ends, Around(columns["lon"], columns["lat"]))
