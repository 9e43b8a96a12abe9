"""What a list may say of nobody: where a source that it needs was not read, that nobody stands on it is no finding."""

from __future__ import annotations

from deserts.patients.words import phrases
from deserts.provenance import UNTOLD, Provenance
from deserts.sentences import say
from deserts.services import Service

__all__ = ["list_phrases", "search_behind", "search_of", "unread_words"]


def search_of(provenance: Provenance, *, service: Service, found: bool, name: str) -> str:
    """Return how far an answer was searched (``Search``), given whether it found anybody."""
    if UNTOLD in provenance.missing:
        return str(provenance.search)
    return provenance.verdict(name, service=service).outcome(found=found).value


def search_behind(provenance: Provenance, *, service: Service) -> str:
    """Return how far the backups that stand on a paper were searched."""
    return search_of(provenance, service=service, found=True, name="backups")


def unread_words(provenance: Provenance, *, service: Service, name: str) -> str:
    """Return what stands in the place of "none found" where a required source was not read; empty where all were.

    Parameters
    ----------
    provenance, service
        Of the run.
    name
        The sentence (``sentences.toml``): ``backups`` or ``emergency``.
    """
    verdict = provenance.verdict(name, service=service)
    if verdict.may_be_said or UNTOLD in provenance.missing:  # of an earlier run nobody knows what it read
        return ""
    return say(name, verdict, words="")


def list_phrases(provenance: Provenance, *, service: Service) -> dict[str, str]:
    """Return the phrases by which an answer, on a screen or in a page, says that it found nobody.

    They are `deserts.patients.words.phrases`, and none of them reads as a finding where a required source was not read.
    """
    words = dict(phrases())
    if unread := unread_words(provenance, service=service, name="backups"):
        words["note.no_evidence"] = f"{unread} {words['note.ask_all']}"
        words["note.nobody"] = words["note.nobody_read"]
        words["tier.none_found"] = words["tier.none_read"]
    if unread := unread_words(provenance, service=service, name="emergency"):
        words["hospital.none"] = unread
    return words
