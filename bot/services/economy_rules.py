"""Which of the economy's commands a guild's members may use."""

from __future__ import annotations

from bot.domain.economy_settings import EconomyCommand, EconomySettings
from bot.domain.features import Feature
from bot.errors import CommandOff
from bot.services.guild_settings import GuildSettingsService


async def allowed(
    settings: GuildSettingsService, guild_id: int, switch: EconomyCommand, *, command: str | None = None
) -> None:
    """Go on only where the economy is on and `switch` among its commands that are.

    `command` is what the member used, where one switch is for several (``deposit`` of the bank); without its slash.

    Raises:
        FeatureOff: the guild has no economy.
        CommandOff: its owners have switched this command off.
    """
    await settings.require(guild_id, Feature.ECONOMY)
    if switch not in (await settings.read(guild_id, EconomySettings)).value.commands:
        raise CommandOff(command or switch.value)
