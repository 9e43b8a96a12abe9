"""Public sentences in other languages: one gettext catalogue each, beside the English of pages and papers.

A translation that nobody reviewed as it stands is a draft, and every page in it says so and shows the English beside it
(``locale/reviews.toml``). A further language is one further file ``locale/CODE.po``.
"""

from __future__ import annotations

import functools
import hashlib
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from deserts.errors import UnknownNameError

__all__ = ["ENGLISH", "Language", "Said", "language_codes", "load_language"]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in a language, and the English that it stands for."""

    text: str
    english: str


@dataclass(frozen=True, slots=True)
class Language:
    """A language of public pages.

    Parameters
    ----------
    code
        As in the attribute ``lang`` of a page.
    catalogue
        English sentence to its translation; both with places in braces.
    is_reviewed
        Whether somebody reviewed the catalogue as it stands; English is its own review.
    """

    code: str
    catalogue: Mapping[str, str]
    is_reviewed: bool

    def word(self, english: str) -> str:
        """Return the translation of a sentence without places, or the English where there is none."""
        return self.catalogue.get(english) or english

    @property
    def draft(self) -> str:
        """What heads pages of a translation that nobody reviewed; empty for one that was."""
        return "" if self.is_reviewed else self.word("Draft, not reviewed")

    def say(self, english: str, **values: str | Said) -> Said:
        """Return a sentence with its places filled in both languages.

        Parameters
        ----------
        english
            The sentence, as it stands in the catalogues.
        **values
            What the places hold: text that is the same in every language, or something said in both.
        """
        own = {name: value.text if isinstance(value, Said) else value for name, value in values.items()}
        plain = {name: value.english if isinstance(value, Said) else value for name, value in values.items()}
        return Said(self.word(english).format_map(own), english.format_map(plain))


ENGLISH = Language("en", {}, is_reviewed=True)


def language_codes() -> tuple[str, ...]:
    """Return the languages that there are, English first."""
    folder = resources.files("deserts.documents").joinpath("locale")
    return ("en", *sorted(entry.name[:-3] for entry in folder.iterdir() if entry.name.endswith(".po")))


@functools.cache
def load_language(code: str) -> Language:
    """Read a language.

    Raises
    ------
    UnknownNameError
        If there is no catalogue of it.
    """
    if code == "en":
        return ENGLISH
    if code not in language_codes():
        raise UnknownNameError(
            f"there is no catalogue of the language {code!r}", where="--language", expected=", ".join(language_codes())
        )
    from babel.messages.pofile import read_po  # heavy: only pages in another language need it

    folder = resources.files("deserts.documents").joinpath("locale")
    content = folder.joinpath(f"{code}.po").read_bytes()
    messages = read_po(io.BytesIO(content), locale=code)
    catalogue = {str(message.id): str(message.string) for message in messages if message.id and message.string}
    reviews = tomllib.loads(folder.joinpath("reviews.toml").read_text(encoding="utf-8"))["reviews"]
    digest = hashlib.sha256(content).hexdigest()
    reviewed = any(entry["language"] == code and entry["sha256"] == digest for entry in reviews)
    return Language(code, catalogue, reviewed)
