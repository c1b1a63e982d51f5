"""Languages: everything said to people is English in the code, and looked up here in the language of who reads it.

Which language that is belongs to the task that answers (a context variable): it is set once where an interaction
comes in, so that no function between there and the answer has to carry it. Catalogues are gettext's ``.po`` files,
read as they are, so that nothing has to be compiled.
"""

from __future__ import annotations

import gettext as _gettext
import io
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.words import N_

__all__ = ["LANGUAGES", "N_", "SOURCE", "_", "catalogue", "closest", "language", "ngettext", "speak", "speaking"]

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Every language there is, and what it calls itself. The first is the code's own."""

SOURCE = "en"
"""The language of the code."""

FOLDER = Path(__file__).parent / "locale"

_language: ContextVar[str] = ContextVar("language", default=SOURCE)


def _(message: str) -> str:
    """A text in this task's language. Values are put in afterwards: ``_("Paid {amount}.").format(amount=…)``."""
    return catalogue(_language.get()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """A text with a count, in the form that this task's language has for it."""
    return catalogue(_language.get()).ngettext(one, many, count)


def language() -> str:
    """The language that this task speaks."""
    return _language.get()


def speak(name: str) -> None:
    """Speak a language for the rest of this task; one that there is no catalogue of is spoken as the source."""
    _language.set(name if name in LANGUAGES else SOURCE)


@contextmanager
def speaking(name: str) -> Generator[None]:
    """Speak a language inside the block."""
    token = _language.set(name if name in LANGUAGES else SOURCE)
    try:
        yield
    finally:
        _language.reset(token)


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
