"""Where each command stands: seven at the top, the rest in ten groups. The one place to add a command.

A command is a function with typer options in a module of ``deserts.commands``; a line below gives it its name. Modules
are imported when a command of theirs is asked for, so that ``deserts --help`` stays quick.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["FORMER_GROUPS", "GROUPS", "TOP", "Entry", "Group", "former_names"]

RUNS = "Runs and their data"
COORDINATORS = "For coordinators (one patient, today)"
ADVOCATES = "For advocates (show it)"
RESEARCHERS = "For researchers (measure it)"


@dataclass(frozen=True)
class Entry:
    """A command: the module and function (or sub-application) that hold it, and the name it had before the groups."""

    target: str
    former: str | None = None
    panel: str | None = None

    @property
    def module(self) -> str:
        """Return the full name of the module."""
        return f"deserts.commands.{self.target.partition(':')[0]}"

    @property
    def attribute(self) -> str:
        """Return the name within the module."""
        return self.target.partition(":")[2]


@dataclass(frozen=True)
class Group:
    """A group of commands, for one user's panel of ``deserts --help``."""

    help: str
    panel: str
    entries: Mapping[str, Entry]


TOP: Mapping[str, Entry] = MappingProxyType(
    {
        "run": Entry("pipeline:run", panel=RUNS),
        "doctor": Entry("sources:doctor", panel=RUNS),
        "backup": Entry("patients:backup", panel=COORDINATORS),
        "serve": Entry("web:serve", panel=COORDINATORS),
        "map": Entry("pipeline:draw", panel=ADVOCATES),
        "findings": Entry("pipeline:print_findings", panel=ADVOCATES),
        "explain": Entry("access:explain", panel=RESEARCHERS),
    }
)
"""What each user needs daily. Nothing else stands at the top."""

GROUPS: Mapping[str, Group] = MappingProxyType(
    {
        "stage": Group(
            "One stage of a run, and what its tables hold.",
            RUNS,
            {
                "data": Entry("pipeline:data", "data"),
                "places": Entry("pipeline:places", "places"),
                "supply": Entry("pipeline:supply"),
                "specialists": Entry("pipeline:specialists", "specialists"),
                "roads": Entry("pipeline:roads", "roads"),
                "times": Entry("pipeline:times", "times"),
                "scores": Entry("pipeline:scores", "scores"),
                "map": Entry("pipeline:draw"),
                "zip-demand": Entry("places:zip_demand_command", "zip-demand"),
                "codebook": Entry("codebook:codebook", "codebook"),
            },
        ),
        "source": Group(
            "Publishers and raw files: list, fetch, refresh, lock, bundle, check.",
            RUNS,
            {
                "list": Entry("sources:list_sources", "sources"),
                "fetch": Entry("pipeline:data"),
                "lock": Entry("sources:lock", "lock"),
                "refresh": Entry("refresh:refresh"),
                "changes": Entry("refresh:changes"),
                "rollback": Entry("refresh:rollback"),
                "bundle": Entry("bundle:bundle"),
                "live-check": Entry("sources:live_check", "live-check"),
                "example": Entry("example:example", "example"),
            },
        ),
        "patient": Group(
            "One pump: refill clock, checks of a plan, emergency departments, drug, a whole panel.",
            COORDINATORS,
            {
                "clock": Entry("patient_checks:clock", "clock"),
                "discharge-check": Entry("patient_checks:discharge_check", "discharge-check"),
                "home-refill": Entry("patient_checks:home_refill", "home-refill"),
                "emergency": Entry("patients:emergency", "emergency"),
                "drug-source": Entry("patients:drug_source", "drug-source"),
                "panel": Entry("patients:panel", "panel"),
            },
        ),
        "paper": Group(
            "Papers to hand over: wallet card, letter, packet, emergency pact, transfer sheet; and their sentences.",
            COORDINATORS,
            {
                "card": Entry("documents:card", "card"),
                "letter": Entry("documents:ed_letter", "ed-letter"),
                "packet": Entry("documents:packet", "packet"),
                "pact": Entry("emergency_papers:pact"),
                "transfer": Entry("emergency_papers:transfer"),
                "words": Entry("documents:words"),
            },
        ),
        "log": Group(
            "What clinics answered, and whom to phone next.",
            COORDINATORS,
            {
                "verify": Entry("verifications:verify", "verify"),
                "verifications": Entry("verifications:verifications", "verifications"),
                "call-list": Entry("phoning:call_list_command", "call-list"),
                "leads": Entry("phoning:leads"),
                "acceptance": Entry("acceptance:acceptance"),
            },
        ),
        "network": Group(
            "Payers' directories: what they list, and what is found.",
            COORDINATORS,
            {"fetch": Entry("networks:fetch"), "check": Entry("networks:check"), "compare": Entry("networks:compare")},
        ),
        "publish": Group(
            "For others to see, once it is checked: audit, desk, finder, maps, fact sheets, figures, a web site.",
            ADVOCATES,
            {
                "audit": Entry("publish:audit", "audit"),
                "map": Entry("publish:draw_map", "draw-map"),
                "pack": Entry("packs:pack"),
                "finder": Entry("one_file:finder", "finder"),
                "desk": Entry("one_file:desk"),
                "sheets": Entry("publish:fact_sheet", "fact-sheet"),
                "figures": Entry("publish:figures", "figures"),
                "succession-map": Entry("publish:succession_map", "succession-map"),
                "press": Entry("press:press"),
                "site": Entry("publish:site", "site"),
                "assets": Entry("publish:assets", "assets"),
            },
        ),
        "evidence": Group(
            "How sure the registry is: clinicians, years, accuracy, recall, published numbers.",
            RESEARCHERS,
            {
                "specialist": Entry("specialists:specialist", "specialist"),
                "months": Entry("hidden_supply:months"),
                "ties": Entry("hidden_supply:ties"),
                "registry": Entry("registry_reports:registry", "registry"),
                "accuracy": Entry("registry_reports:directory_accuracy", "directory-accuracy"),
                "recall": Entry("registry_reports:recall", "recall"),
                "replicate": Entry("registry_reports:replicate", "replicate"),
                "precedents": Entry("hidden_supply:precedents", "precedents"),
            },
        ),
        "access": Group(
            "Access measured: research tables, closures, matrices, drive times, isochrones.",
            RESEARCHERS,
            {
                "research": Entry("closures:research", "research"),
                "extinction": Entry("closures:extinction_plan", "extinction-plan"),
                "score-matrix": Entry("access:score_matrix_command", "score-matrix"),
                "fit-decay": Entry("access:fit_decay_command"),
                "drive-times": Entry("roads:drive_times", "drive-times"),
                "isochrones": Entry("roads:isochrones", "isochrones"),
            },
        ),
        "planning": Group(
            "Where a van, a hub or a newly trained clinician helps most.",
            RESEARCHERS,
            {
                "what-if": Entry("scenarios:what_if", "what-if"),
                "train": Entry("scenarios:train", "train"),
                "van": Entry("scenarios:van", "van"),
                "hubs": Entry("scenarios:hubs", "hubs"),
                "frontier": Entry("scenarios:frontier", "frontier"),
                "choose": Entry("planning:plan", "plan"),
            },
        ),
    }
)

FORMER_GROUPS: Mapping[str, str] = MappingProxyType(
    {"plan": "planning", "research": "access", "roads": "access", "sources": "source"}
)
"""Former commands under whose name a group may be called, too: followed by a command of the group, they mean that."""


def former_names() -> Iterator[tuple[str, str, str, Entry]]:
    """Yield each name that a command had before the groups, its group, its name there, and the command."""
    for group_name, group in GROUPS.items():
        for name, entry in group.entries.items():
            if entry.former is not None:
                yield entry.former, group_name, name, entry
