"""Descriptions of commands in every language that there is. Names stay as they are, for people type them."""

from __future__ import annotations

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
        name = closest(str(locale))
        if name is None or name == SOURCE or context.location not in _DESCRIPTIVE:
            return None
        found = catalogue(name).gettext(string.message)
        return None if found == string.message else found
