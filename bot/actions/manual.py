"""The manual as one person in one place may read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import discord

from bot.actions.host import ServiceHost
from bot.domain.features import FeatureSettings
from bot.domain.manual import Chapter, Entry, may_use
from bot.ui.manual import entries


@dataclass(frozen=True)
class Manual:
    """What somebody may use here, and what is switched off here."""

    entries: tuple[Entry, ...]
    switched_off: frozenset[Chapter]
    command_ids: Mapping[str, int]
    """By which a command's name can be pressed."""

    @property
    def chapters(self) -> list[Chapter]:
        """The chapters that have something to read, in their order."""
        return list(dict.fromkeys(entry.chapter for entry in self.entries))


async def open_manual(interaction: discord.Interaction[Any]) -> Manual:
    """The manual for whoever asks: in a guild what their permissions show them, elsewhere what works there.

    Chapters that the guild has switched off are kept, for an owner to know of; they are marked.
    """
    host = cast("ServiceHost", interaction.client)
    guild_id, permissions = interaction.guild_id, interaction.permissions.value
    switched = FeatureSettings()
    if guild_id is not None:
        switched = (await host.services.guild_settings.read(guild_id, FeatureSettings)).value
    found = tuple(
        entry
        for entry in entries(interaction.client.tree, host.chapters)
        if may_use(entry, permissions) and (guild_id is not None or not entry.in_guilds_only)
    )
    off = {one.chapter for one in found if one.chapter.feature is not None and not switched.has(one.chapter.feature)}
    return Manual(found, frozenset(off), host.command_ids)
