"""Languages: everything said to people is English in the code, and looked up here in the language of who reads it.

Which language that is belongs to the task that answers (a context variable): it is set once where an interaction
comes in, so that no function between there and the answer has to carry it. What a language consists of is a `Tongue`,
which whoever sets it hands in. Catalogues are gettext's ``.po`` files, read as they are, so that nothing has to be
compiled.
"""

from __future__ import annotations

import gettext as _gettext
import io
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.words import N_

__all__ = [
    "LANGUAGES", "N_", "SOURCE", "Tongue", "_", "catalogue", "closest", "language", "ngettext", "speak", "speaking",
    "tongue",
]  # fmt: skip

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Every language there is, and what it calls itself. The first is the code's own."""

SOURCE = "en"
"""The language of the code."""

FOLDER = Path(__file__).parent / "locale"


@dataclass(frozen=True)
class Tongue:
    """What is needed to speak a language."""

    name: str
    """By which numbers and dates are written: the name of a locale."""
    texts: _gettext.NullTranslations


_spoken: ContextVar[Tongue | None] = ContextVar("spoken", default=None)


def _(message: str) -> str:
    """A text in this task's language. Values are put in afterwards: ``_("Paid {amount}.").format(amount=…)``."""
    return _now().texts.gettext(message) if message else message  # gettext's answer to nothing is the file's header


def ngettext(one: str, many: str, count: int) -> str:
    """A text with a count, in the form that this task's language has for it."""
    return _now().texts.ngettext(one, many, count)


def language() -> str:
    """The language that this task speaks."""
    return _now().name


def speak(spoken: Tongue) -> None:
    """Speak a language for the rest of this task."""
    _spoken.set(spoken)


@contextmanager
def speaking(spoken: str | Tongue) -> Generator[None]:
    """Speak a language inside the block; a name that there is no catalogue of stands for the source."""
    token = _spoken.set(tongue(spoken) if isinstance(spoken, str) else spoken)
    try:
        yield
    finally:
        _spoken.reset(token)


def _now() -> Tongue:
    return _spoken.get() or tongue(SOURCE)


@cache
def tongue(name: str) -> Tongue:
    """What is needed to speak one of the languages that there are; of any other, the source."""
    known = name if name in LANGUAGES else SOURCE
    return Tongue(known, catalogue(known))


def closest(locale: str | None) -> str | None:
    """The language of ours that fits a locale such as ``en-GB``; None if none does."""
    if not locale:
        return None
    name = locale.replace("_", "-").split("-")[0].lower()
    return name if name in LANGUAGES else None


@cache
def catalogue(name: str) -> _gettext.NullTranslations:
    """The texts of a language; an immutable value, read from its file once."""
    if name == SOURCE:
        return _gettext.NullTranslations()
    with (FOLDER / name / "LC_MESSAGES" / "folkmoot.po").open("rb") as file:
        texts = read_po(file, locale=name)
    compiled = io.BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return _gettext.GNUTranslations(compiled)
