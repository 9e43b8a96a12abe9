"""Read a service profile (``itb.toml``, ``mohs.toml``, or a user's own) into a frozen object.

Code knows three reserved grades: ``verified``, ``specialty_only`` and ``contradicted``. The profile defines the
ladder between them. Ranks count from 0 (best); code compares ranks only.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from deserts.errors import InputError, UnknownNameError
from deserts.sandbox import foreign, load_toml
from deserts.services.completing import complete, missing_keys, service_names
from deserts.services.policy import PolicyFact, read_policy
from deserts.typed import word_among

__all__ = ["CONTRADICTED", "SPECIALTY_ONLY", "VERIFIED", "Grade", "Number", "Service", "is_packaged", "load_service",
           "service_names"]  # fmt: skip

VERIFIED = "verified"
SPECIALTY_ONLY = "specialty_only"
CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class Grade:
    """One rung of the ladder.

    Parameters
    ----------
    name
        Short name, used in tables and on the command line.
    rank
        Position from 0 (best).
    words
        What may be said of a clinician at this grade, in plain words.
    any_class
        Code classes of which one billed code is enough.
    needs_specialty
        Whether the clinician must also have one of the service's specialties.
    why
        Reason for the rule.
    """

    name: str
    rank: int
    words: str
    any_class: tuple[str, ...] = ()
    needs_specialty: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the profile and the reason for it."""

    value: float
    why: str


@dataclass(frozen=True, slots=True)
class Service:
    """A service profile.

    Parameters
    ----------
    service_id
        File name without ``.toml``.
    title
        What the service is, for headings.
    does
        What a clinician at the default grade does ("refills or reprograms implanted pumps"), for sentences.
    grades
        The ladder, best first.
    default_grade
        Grade of a run unless another is asked for.
    code_classes
        Class name to HCPCS codes that are evidence of that class.
    non_evidence
        HCPCS codes that look related and are not evidence, with the reason.
    specialties
        Specialty texts (upper case) of claims and directory that could do the service.
    pain_specialties
        Those whose pumps mostly hold pain drugs (upper case).
    adequacy_specialty
        Name of the specialty in the Medicare Advantage adequacy tables that serves as the benchmark, or None.
    taxonomies
        NUCC taxonomy codes that could do the service, with their weight in words.
    drug_classes
        Code classes that prove the drug; empty for services without a drug.
    reconcile_code
        The code whose national total every output is held against.
    place_classes
        Code classes of which a payment to a hospital shows that it does the service without a named clinician.
    supply_codes
        Further codes looked for in hospitals' prices: devices and pumps, context and never evidence.
    implant_apcs
        Medicare payment groups of outpatient surgery that hold the service's implants.
    numbers
        Dotted key to number, each with its reason.
    words
        Other phrases, by key.
    sha256
        Hash of the file that was read.
    lead_products
        Words (upper case) in the names of products whose makers' payments are a lead for a telephone call.
    appeal_queries
        What an appeal packet looks for among decisions of independent reviewers: all words of one of them.
    drug_names, other_drug_names
        Generic and brand names (lower case) of the service's drug, and of others that are known in pumps.
    policy
        What insurers decide and pay, each answer with its source.
    path
        Where it lies; None for one that comes with the program.
    """

    service_id: str
    title: str
    does: str
    grades: tuple[Grade, ...]
    default_grade: str
    code_classes: Mapping[str, tuple[str, ...]]
    non_evidence: Mapping[str, str]
    specialties: tuple[str, ...]
    pain_specialties: tuple[str, ...]
    adequacy_specialty: str | None
    taxonomies: Mapping[str, str]
    drug_classes: tuple[str, ...]
    reconcile_code: str
    place_classes: tuple[str, ...]
    supply_codes: tuple[str, ...]
    implant_apcs: tuple[str, ...]
    numbers: Mapping[str, Number]
    words: Mapping[str, str]
    sha256: str
    lead_products: tuple[str, ...] = ()
    appeal_queries: tuple[str, ...] = ()
    drug_names: tuple[str, ...] = ()
    other_drug_names: tuple[str, ...] = ()
    policy: tuple[PolicyFact, ...] = ()
    path: Path | None = field(default=None, compare=False)

    def grade(self, name: str) -> Grade:
        """Return the rung called ``name``.

        Raises
        ------
        UnknownNameError
            If the ladder has no such rung.
        """
        rungs = {grade.name: grade for grade in self.grades}
        found = name if name in rungs else word_among(name, rungs)  # mostly asked for by its own name, and often
        if found is not None:
            return rungs[found]
        raise UnknownNameError(
            f"grade {name!r} is not on the ladder of service {self.service_id!r}",
            expected="one of " + ", ".join(grade.name for grade in self.grades),
            fix="choose one of these with --grade (GRADE= for make)",
        )

    def rank(self, name: str) -> int:
        """Return the rank of a grade, 0 being the best."""
        return self.grade(name).rank

    def codes(self, *classes: str) -> tuple[str, ...]:
        """Return the sorted HCPCS codes of the given classes, or of all classes."""
        wanted = classes or tuple(self.code_classes)
        return tuple(sorted({code for name in wanted for code in self.code_classes[name]}))

    def class_of(self, code: str) -> str | None:
        """Return the code class of an HCPCS code, or None when it is no evidence for this service."""
        for name, codes in self.code_classes.items():
            if code in codes:
                return name
        return None

    def number(self, key: str) -> float:
        """Return a number of the profile by its dotted key, for example ``desert.severe_min``.

        Raises
        ------
        UnknownNameError
            If the profile has no such number.
        """
        if key not in self.numbers:
            raise UnknownNameError(
                f"the profile of service {self.service_id!r} has no number {key!r}",
                expected=f"a table [{key}] with value and why",
                fix="copy it from services/itb.toml and give your own reason",
            )
        return self.numbers[key].value


def load_service(name: str | Path, *, local_dir: Path | None = None) -> Service:
    """Load a profile by name or by the path of a TOML file.

    Parameters
    ----------
    name
        ``itb``, ``mohs``, the name of a file in ``local_dir/services``, or a path that ends in ``.toml``.
    local_dir
        The user's own folder, searched before the packaged profiles.

    Raises
    ------
    UnknownNameError
        If there is no such profile.
    InputError
        If the file is not a usable profile.
    """
    path = _find(str(name), local_dir)
    if path is None:
        raise UnknownNameError(
            f"service {str(name)!r} is not known",
            expected="one of " + ", ".join(service_names()) + ", or the path of a .toml profile",
            fix="see docs/add_a_service.md for writing your own",
        )
    content = path.read_bytes() if isinstance(path, Path) else path
    where = str(name) if isinstance(path, Path) else word_among(str(name), service_names()) or str(name)
    data = load_toml(content, where=where, what="a profile")
    if missing := missing_keys(data):
        raise InputError(
            f"the profile lacks {'; '.join(missing)}",
            where=where,
            expected="the tables of services/mohs.toml",
            fix="copy what is missing from there, or from services/itb.toml, and give your own values and reasons",
        )
    with foreign(where, "a profile", fix="compare it with services/itb.toml"):
        service = _build(
            complete(data, where=where),
            service_id=Path(where).stem,
            where=where,
            sha256=hashlib.sha256(content).hexdigest(),
        )
    return dataclasses.replace(service, path=path if isinstance(path, Path) else None)


def is_packaged(service: Service) -> bool:
    """Whether a profile is one that comes with the program, unchanged."""
    if service.service_id not in service_names():
        return False
    content = resources.files("deserts.services").joinpath(f"{service.service_id}.toml").read_bytes()
    return hashlib.sha256(content).hexdigest() == service.sha256


def _find(name: str, local_dir: Path | None) -> Path | bytes | None:
    if name.endswith(".toml"):
        return Path(name) if Path(name).is_file() else None
    if local_dir is not None and (own := local_dir / "services" / f"{name}.toml").is_file():
        return own
    if (packaged := word_among(name, service_names())) is not None:
        return resources.files("deserts.services").joinpath(f"{packaged}.toml").read_bytes()
    return None


def _build(data: Mapping[str, Any], *, service_id: str, where: str, sha256: str) -> Service:
    head = data["service"]
    of_hospitals: dict[str, Any] = {name: tuple(data.get("hospital", {}).get(name, ())) for name in _OF_HOSPITALS}
    service = Service(
        service_id=service_id,
        title=head["title"],
        does=head["does"],
        grades=_ladder(data["grades"]),
        default_grade=head["default_grade"],
        code_classes={name: tuple(entry["codes"]) for name, entry in data["codes"].items()},
        non_evidence=dict(data.get("non_evidence", {})),
        specialties=tuple(text.upper() for text in head["specialties"]),
        pain_specialties=tuple(text.upper() for text in head.get("pain_specialties", ())),
        adequacy_specialty=head.get("adequacy_specialty"),
        taxonomies=dict(data.get("taxonomies", {})),
        drug_classes=tuple(head.get("drug_classes", ())),
        reconcile_code=head.get("reconcile_code", _first_code(data)),
        **of_hospitals,
        numbers=_numbers(data),
        words=dict(data.get("words", {})),
        sha256=sha256,
        lead_products=tuple(name.upper() for name in data.get("leads", {}).get("products", ())),
        appeal_queries=tuple(data.get("appeals", {}).get("find", ())),
        drug_names=tuple(name.lower() for name in head.get("drug_names", ())),
        other_drug_names=tuple(name.lower() for name in head.get("other_drug_names", ())),
        policy=read_policy(data.get("policy", ()), where=where),
    )
    _check(service, where)
    return service


_OF_HOSPITALS = ("place_classes", "supply_codes", "implant_apcs")


def _first_code(data: Mapping[str, Any]) -> str:
    """Return the first code of the first class: what a profile that names no code is reconciled by."""
    return next((str(code) for entry in data["codes"].values() for code in entry["codes"]), "")


def _ladder(entries: Sequence[Mapping[str, Any]]) -> tuple[Grade, ...]:
    return tuple(
        Grade(
            name=entry["name"],
            rank=rank,
            words=entry["words"],
            any_class=tuple(entry.get("any_class", ())),
            needs_specialty=bool(entry.get("needs_specialty", False)),
            why=entry.get("why", ""),
        )
        for rank, entry in enumerate(entries)
    )


def _numbers(table: Mapping[str, Any], prefix: str = "") -> dict[str, Number]:
    """Collect every ``{value, why}`` leaf under its dotted key."""
    found: dict[str, Number] = {}
    for key, entry in table.items():
        if not isinstance(entry, Mapping):
            continue
        if "value" in entry and "why" in entry:
            found[f"{prefix}{key}"] = Number(float(entry["value"]), str(entry["why"]))
        else:
            found.update(_numbers(entry, f"{prefix}{key}."))
    return found


def _check(service: Service, where: str) -> None:
    names = [grade.name for grade in service.grades]
    problems = [
        f"the ladder lacks the grade {name}" for name in (VERIFIED, SPECIALTY_ONLY, CONTRADICTED) if name not in names
    ]
    if len(set(names)) != len(names):
        problems.append("a grade is on the ladder twice")
    if service.default_grade not in names:
        problems.append(f"default_grade {service.default_grade!r} is not on the ladder")
    for grade in service.grades:
        problems += [
            f"grade {grade.name} asks for the unknown class {c!r}"
            for c in grade.any_class
            if c not in service.code_classes
        ]
    problems += [
        f"[hospital] place_classes names the unknown class {c!r}"
        for c in service.place_classes
        if c not in service.code_classes
    ]
    codes = [code for group in service.code_classes.values() for code in group]
    if service.reconcile_code not in codes:
        problems.append(f"reconcile_code {service.reconcile_code!r} is in no class of codes")
    problems += [f"code {code} stands in two classes" for code in sorted({c for c in codes if codes.count(c) > 1})]
    problems += [
        f"code {code} is both evidence and non-evidence" for code in sorted(set(codes) & set(service.non_evidence))
    ]
    if problems:
        raise InputError("; ".join(problems), where=where, fix="correct the profile")
