"""The publish gate: nothing that is published, and no count of residents, says more than the run's checks allow."""

from __future__ import annotations

from dataclasses import dataclass

from deserts.access.audit import FAIL, WARN, Check, audit_run
from deserts.access.coverage import require_searched
from deserts.errors import NotPublishableError
from deserts.services import Service
from deserts.store import Store

__all__ = ["NO_FINDING", "UNVERIFIED", "Gate", "open_gate", "refuse", "require_countable", "require_gate"]

UNVERIFIED = "UNVERIFIED"
"""What stands across a picture that was made although a check failed."""
NO_FINDING = "Not verified: no finding is given."
"""What stands there in the place of the headline."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The checks of a run, and whether a failure was overridden.

    Parameters
    ----------
    checks
        Result of `deserts.access.audit.audit_run`.
    is_forced
        Whether failures that may be overridden were.
    """

    checks: tuple[Check, ...]
    is_forced: bool = False

    @property
    def failed(self) -> tuple[Check, ...]:
        """Checks that failed."""
        return tuple(check for check in self.checks if check.outcome == FAIL)

    @property
    def is_verified(self) -> bool:
        """Whether no check failed: headline and classes may be shown."""
        return not self.failed

    @property
    def may_show_numbers(self) -> bool:
        """Whether numbers may be shown: no check failed, or those that did may be and were overridden."""
        return self.is_verified or (self.is_forced and all(check.may_be_forced for check in self.failed))

    @property
    def stamp(self) -> str:
        """What stands across a picture: nothing where no check failed."""
        return "" if self.is_verified else UNVERIFIED

    def reasons(self) -> tuple[str, ...]:
        """Return why it is not verified, a sentence a failed check."""
        return tuple(f"{check.title}: {check.found} (asked: {check.asked})." for check in self.failed)

    def banners(self) -> tuple[str, ...]:
        """Return what leads an output that was made although a check failed; nothing where none did."""
        return () if self.is_verified else (f"{UNVERIFIED}: {' '.join(self.reasons())}",)

    def lines(self) -> tuple[str, ...]:
        """Return what must be said on every output: warnings of the checks, and that they passed or not."""
        warned = [f"{_lower(check.title)}: {check.found}" for check in self.checks if check.outcome == WARN]
        head = f"Checked before publishing: {len(self.checks) - len(self.failed)} of {len(self.checks)} checks passed"
        return (f"{head}. Of note: {'; '.join(warned)}." if warned else f"{head}.",)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def open_gate(store: Store, *, service: Service, force: bool = False) -> Gate:
    """Check a run, without refusing it.

    Raises
    ------
    MissingDataError
        If a stage has not been run.
    """
    return Gate(audit_run(store, service=service), force)


def require_gate(store: Store, *, service: Service, force: bool = False) -> Gate:
    """Check a run, and refuse what may not be published.

    Parameters
    ----------
    store, service
        The run.
    force
        Override failures that may be overridden: the output then has no headline and no classes, and says
        `UNVERIFIED`.

    Raises
    ------
    NotPublishableError
        If a check failed, and it may not be or was not overridden; with every failed check.
    """
    gate = open_gate(store, service=service, force=force)
    if not gate.may_show_numbers:
        raise refuse(store, gate)
    return gate


def require_countable(store: Store, *, service: Service) -> Gate:
    """Check a run of whose residents (or a panel's patients) somebody wants to count who is nearest to whom.

    Returns
    -------
    The checks. Where one failed that may be overridden, minutes and people may be told, led by `Gate.banners`; a
    picture has `NO_FINDING` in the place of its headline, and `UNVERIFIED` across.

    Raises
    ------
    MissingDataError
        If a source without which there is no answer was not read, or a stage has not been run.
    NotPublishableError
        If a check failed that may not be overridden: county totals, or coverage.
    """
    require_searched(store.provenance(), service=service)
    return require_gate(store, service=service, force=True)


def refuse(store: Store, gate: Gate) -> NotPublishableError:
    """Return the error that says why a run may not be published, with every failed check."""
    fix = "see `deserts publish audit` for each check and its reason"
    if all(check.may_be_forced for check in gate.failed):
        fix += "; --force publishes without headline and classes, marked UNVERIFIED"
    return NotPublishableError(
        "this run may not be published: " + " ".join(gate.reasons()),
        where=store.provenance_path.parent,
        expected="no failed check",
        fix=fix,
    )
