"""Check the licences of everything that `deserts` needs at run time; run by `make check`."""

from __future__ import annotations

import re
import sys
from importlib import metadata

from packaging.requirements import Requirement

ALLOWED = (
    *(
        "MIT",
        "BSD",
        "APACHE",
        "MPL",
        "MOZILLA",
        "LGPL",
        "LESSER GENERAL PUBLIC",
        "PSF",
        "PYTHON SOFTWARE",
        "ISC",
        "HPND",
    ),
    *("ZLIB", "UNLICENSE", "CC0", "ZPL"),
)
RUNTIME_EXTRAS = ("", "web", "verify", "scale")


def needed() -> dict[str, str]:
    """Return every distribution that is needed at run time, with the one that asked for it."""
    found: dict[str, str] = {}
    queue = [("deserts", extra, "the project") for extra in RUNTIME_EXTRAS]
    seen: set[tuple[str, str]] = set()
    while queue:
        name, extra, asked_by = queue.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            requires = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # a requirement of another platform
        found.setdefault(name, asked_by)
        for text in requires:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                queue += [
                    (re.sub(r"[-_.]+", "-", requirement.name).lower(), part, name) for part in ("", *requirement.extras)
                ]
    return found


def licence_of(name: str) -> str:
    """Return what the distribution says about its licence, first from the expression, then classifiers, then text."""
    meta = metadata.metadata(name)
    if expression := meta.get("License-Expression"):
        return expression
    classifiers = [c.split("::")[-1].strip() for c in meta.get_all("Classifier") or [] if c.startswith("License ::")]
    specific = [c for c in classifiers if c != "OSI Approved"]
    return "; ".join(specific) or (meta.get("License") or "").strip().split("\n")[0]


def main() -> int:
    """Print each licence that is not allowed; return how many."""
    bad = 0
    packages = sorted(set(needed()) - {"deserts"})
    for name in packages:
        licence = licence_of(name)
        if not any(word in licence.upper() for word in ALLOWED):
            print(f"{name} (needed by {needed()[name]}): licence {licence!r} is not among the allowed ones")
            bad += 1
    print(f"licences of {len(packages)} run-time dependencies checked, {bad} not allowed")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
