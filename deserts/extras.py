"""Optional packages: each belongs to an extra of the installation, and a command that lacks one says which."""

from __future__ import annotations

import importlib.util

from deserts.errors import MissingExtraError

__all__ = ["need"]


def need(*packages: str, extra: str, to: str) -> None:
    """Refuse to go on without packages that an extra of the installation brings.

    Parameters
    ----------
    packages
        Names as they are imported.
    extra
        The extra that holds them.
    to
        What they are needed for, for example ``spread work over machines``.

    Raises
    ------
    MissingExtraError
        If one is not installed.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"to {to}, install the extra {extra!r}: {', '.join(missing)} is not there",
            fix=f"pip install 'deserts[{extra}]'",
        )
