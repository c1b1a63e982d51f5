"""A word that is written out to confirm what many would not want to happen by a slip."""

from __future__ import annotations

from discord.ui import Label, TextInput, View

from bot.errors import NotConfirmed
from bot.i18n import _
from bot.ui.controls import Answers


def word_field(wanted: str, described: str) -> Label[View]:
    """The field of a form in which `wanted` is to be written, with what happens then."""
    field = TextInput[View](custom_id="word", max_length=120, placeholder=wanted[:100])
    return Label(text=_("To confirm, write"), description=described[:100], component=field)


def confirmed(answers: Answers, wanted: str) -> None:
    """Look whether it was written. Capital letters and white space make no difference.

    Raises:
        NotConfirmed: something else was.
    """
    if " ".join(answers.text("word").split()).casefold() != " ".join(wanted.split()).casefold():
        raise NotConfirmed(wanted)
