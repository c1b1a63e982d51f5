"""In which language an answer is given: the reader's own, or the server's where everybody reads it.

What coins are called goes with it; that is the server's own word for everybody.
"""

from __future__ import annotations

from typing import Any, Protocol, cast

import discord

from bot.i18n import Tongue, speak
from bot.ui.money import Currency, spend


class Speaker(Protocol):
    """What is needed of the client to know who reads which language. None of this ever fails, nor takes long."""

    def tongue(self, name: str, /) -> Tongue:
        """What is needed to speak a language."""
        ...

    async def language_of(self, interaction: discord.Interaction[Any]) -> str:
        """The language of the person behind an interaction."""
        ...

    async def language_in(self, guild_id: int | None) -> str:
        """The language of a server."""
        ...

    async def currency_in(self, guild_id: int | None) -> Currency:
        """What a server calls its coins."""
        ...


async def address_person(interaction: discord.Interaction[Any]) -> None:
    """Speak the language of whoever asked, for the rest of this task. Every interaction begins so."""
    client = cast("Speaker", interaction.client)
    speak(client.tongue(await client.language_of(interaction)))
    spend(await client.currency_in(interaction.guild_id))


async def address_everybody(interaction: discord.Interaction[Any]) -> None:
    """Speak the language of the server, for the rest of this task: before a public answer is put into words."""
    client = cast("Speaker", interaction.client)
    speak(client.tongue(await client.language_in(interaction.guild_id)))
    spend(await client.currency_in(interaction.guild_id))
