"""/leaderboard: who has most, and where one stands."""

from __future__ import annotations

from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Transform
from discord.ext import commands

from bot.actions.host import ServiceHost, host_of, services_of
from bot.cogs.leaderboard.controls import CONTROLS, open_board
from bot.cogs.leaderboard.embeds import period_name
from bot.domain.leaderboard import Period
from bot.errors import BoardNotFound, PeriodNotCounted, Unavailable
from bot.i18n import _
from bot.services.leaderboard import Board

PERMISSIONS = discord.Permissions.none()
"""What this feature needs in a guild: its answers need nothing."""

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]

_MOST_CHOICES, _LONGEST = 25, 100

_PATIENCE = 1.5
"""Seconds that suggestions may take: later ones are of no use."""


class Which(app_commands.Transformer):
    """A board, by its name or its title."""

    async def transform(self, interaction: Interaction, value: str, /) -> str:
        """Its name. Whether its feature is on is for the service to say.

        Raises:
            BoardNotFound: there is none.
        """
        wanted = value.strip().casefold()
        for board in services_of(interaction).leaderboards.known:
            if wanted in {board.name, *board.once, board.title.casefold(), _(board.title).casefold()}:
                return board.name
        raise BoardNotFound

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """The boards that are on here."""
        wanted = value.strip().casefold()
        named = [(board.name, _(board.title)) for board in await _boards(interaction)]
        fitting = [(name, title) for name, title in named if wanted in title.casefold()]
        return [Choice(name=title[:_LONGEST], value=name) for name, title in fitting[:_MOST_CHOICES]]


class OverWhich(app_commands.Transformer):
    """A period, by its value or by what people call it."""

    async def transform(self, interaction: Interaction, value: str, /) -> Period:  # noqa: ARG002 — discord.py's signature
        """Which one is meant.

        Raises:
            PeriodNotCounted: none.
        """
        wanted = value.strip().casefold()
        for period in Period:
            if wanted in {period.value, period_name(period).casefold()}:
                return period
        raise PeriodNotCounted

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # noqa: ARG002 # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """Those over which the board counts that is chosen; else the first one."""
        boards = await _boards(interaction)
        chosen = getattr(interaction.namespace, "board", None)
        found = next((board for board in boards if board.name == chosen), boards[0] if boards else None)
        periods = () if found is None else found.periods
        return [Choice(name=period_name(period), value=period.value) for period in periods]


async def _boards(interaction: Interaction) -> list[Board]:
    guild_id = interaction.guild_id
    if guild_id is None:
        return []
    find = partial(services_of(interaction).leaderboards.boards, guild_id)
    try:
        return list(await host_of(interaction).inquiries.ask(("boards", guild_id), find, _PATIENCE))
    except (Unavailable, TimeoutError):
        return []


class LeaderboardCog(commands.Cog):
    """All leaderboards."""

    @app_commands.command(
        name="leaderboard",
        description="See who has most, and where you stand.",
        extras={"examples": ["/leaderboard", "/leaderboard board:Bank"]},
    )
    @app_commands.describe(
        board="Of what; the first one if you leave it out.",
        period="Over which time, if the board counts over several.",
    )
    @app_commands.guild_only()
    async def leaderboard(
        self,
        interaction: Interaction,
        board: Transform[str, Which] | None = None,
        period: Transform[Period, OverWhich] | None = None,
    ) -> None:
        """Show the first page."""
        await open_board(interaction, board, period)


async def setup(bot: Any) -> None:
    """Add what is here to a bot."""
    host: ServiceHost = bot
    host.router.add(*CONTROLS)
    bot.add_dynamic_items(*CONTROLS)
    await bot.add_cog(LeaderboardCog())
