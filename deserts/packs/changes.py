"""Two packs of a region: who could be called and cannot any more, who appeared, who moved, whose evidence changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deserts.config import Settings
from deserts.errors import InputError
from deserts.packs.opening import OpenedPack, open_pack
from deserts.patients.search.backup_data import TIER_ORDER, BackupData

__all__ = ["Changed", "PackChanges", "compare_packs"]


@dataclass(frozen=True, slots=True)
class Changed:
    """One clinician of whom two packs say different things: ``before`` or ``now`` is empty where one says nothing."""

    npi: str
    name: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class PackChanges:
    """What is different.

    Parameters
    ----------
    region_id, service_id
        What both packs are of.
    old_on, new_on
        Days on which their data were last refreshed; empty where that is not known.
    left, appeared
        Who stood on the list of those who can be called in one of them only.
    moved
        Who stands on both, at other addresses.
    evidence
        Who stands on both, in another tier of evidence.
    """

    region_id: str
    service_id: str
    old_on: str
    new_on: str
    left: tuple[Changed, ...]
    appeared: tuple[Changed, ...]
    moved: tuple[Changed, ...]
    evidence: tuple[Changed, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    def lines(self) -> tuple[str, ...]:
        """Return the changes in words, a line a clinician."""
        found = [f"{self.region_id}, {self.service_id}: data of {self.old_on or '?'} and of {self.new_on or '?'}"]
        for title, rows in (
            ("left since (not shown in the newer files: call before you conclude anything)", self.left),
            ("appeared", self.appeared),
            ("other addresses", self.moved),
            ("other evidence", self.evidence),
        ):
            found.append(f"{title}: {len(rows):,}")
            found += [f"  {row.npi} {row.name}: {row.before or '-'} -> {row.now or '-'}" for row in rows]
        return tuple(found)


def compare_packs(old: Path, new: Path, settings: Settings) -> PackChanges:
    """Compare two packs of one region and service, as public files show both: calls count in neither.

    Raises
    ------
    InputError
        If one cannot be used, or they are of different regions, services or grades.
    """
    before, now = open_pack(old, settings), open_pack(new, settings)
    names = [(p.record.region_id, p.record.service_id, p.record.grade) for p in (before, now)]
    if names[0] != names[1]:
        raise InputError(f"one pack is of {' '.join(names[0])}, the other of {' '.join(names[1])}", where=new)
    was, is_ = _people(before), _people(now)
    both = sorted(was.keys() & is_.keys())
    return PackChanges(
        names[0][0],
        names[0][1],
        before.store.provenance().refreshed_on or "",
        now.store.provenance().refreshed_on or "",
        left=tuple(Changed(npi, was[npi].name, was[npi].places, "") for npi in sorted(was.keys() - is_.keys())),
        appeared=tuple(Changed(npi, is_[npi].name, "", is_[npi].places) for npi in sorted(is_.keys() - was.keys())),
        moved=tuple(
            Changed(npi, is_[npi].name, was[npi].places, is_[npi].places)
            for npi in both
            if was[npi].places != is_[npi].places
        ),
        evidence=tuple(
            Changed(npi, is_[npi].name, was[npi].tier, is_[npi].tier) for npi in both if was[npi].tier != is_[npi].tier
        ),
    )


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    places: str
    tier: str


def _people(pack: OpenedPack) -> Mapping[str, _Person]:
    """Return who can be called, by NPI: the addresses, and the best tier of evidence."""
    data = BackupData.load(pack.store, service=pack.service)
    sites = data.sites.assign(tier=data.tier)[data.listed]
    found = {}
    for npi, rows in sites.groupby("npi", sort=True):
        places = sorted(
            {
                ", ".join(part for part in row if part)
                for row in zip(rows["address"], rows["city"], rows["state"], strict=True)
            }
        )
        tier = TIER_ORDER[int(rows["tier"].min())]
        found[str(npi)] = _Person(str(rows["name"].iloc[0]), "; ".join(places), tier.value)
    return found
