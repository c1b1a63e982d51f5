"""Phrases, put into words: what rooms that know no languages want to be said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

from bot.i18n import Tongue, _, speaking
from bot.ui import text
from bot.words import Phrase


def said(phrase: Phrase) -> str:
    """A phrase in this task's language, its values written for people: ``…_id`` as a mention, ``…_coins`` as money."""
    return _(phrase.text).format(**{name: written(name, value) for name, value in phrase.values.items()})


def written(name: str, value: object) -> str:
    """A value of that name as people read it."""
    match value:
        case Phrase():
            return said(value)
        case tuple():
            return ", ".join(written(name, one) for one in cast("tuple[object, ...]", value))
        case datetime():
            return text.timestamp(value)
        case timedelta():
            return text.duration(value)
        case int():
            return _counted(name, value)
        case _:
            return str(value)


def _counted(name: str, value: int) -> str:
    if name.endswith("_id"):
        return text.mention(value)
    return text.coins(value) if name.endswith("_coins") else text.number(value)


def teller(tongue: Callable[[str], Tongue]) -> Callable[[str, Phrase], str]:
    """Puts phrases into a language that is given by name, for messages that answer nobody."""

    def tell(language: str, phrase: Phrase) -> str:
        with speaking(tongue(language)):
            return said(phrase)

    return tell
