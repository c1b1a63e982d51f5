"""Descriptions of commands in every language that there is. Names stay as they are, for people type them."""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from bot.i18n import SOURCE, catalogue, closest

_DESCRIPTIVE = {
    Location.command_description,
    Location.group_description,
    Location.parameter_description,
    Location.choice_name,
}


class CatalogueTranslator(app_commands.Translator):
    """Looks descriptions up in the catalogues."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """A description in a language; None where there is no other than the code's own."""
        texts = _texts(locale.value)
        if texts is None or context.location not in _DESCRIPTIVE:
            return None
        found = texts.gettext(string.message)
        return None if found == string.message else found


@cache  # asked some ten thousand times at each start: every text in each of Discord's languages
def _texts(locale: str) -> NullTranslations | None:
    """The catalogue for a locale; None where there is none, or it is the code's own language."""
    name = closest(locale)
    return None if name is None or name == SOURCE else catalogue(name)
