"""The buttons under a leaderboard. A page belongs to whoever asked, for it says where they stand."""

from __future__ import annotations

from discord.ui import Button, View

from bot.actions.audience import address_readers, is_quiet
from bot.actions.host import services_of
from bot.cogs.leaderboard import embeds
from bot.domain.leaderboard import PAGE, Period, start_of_page
from bot.domain.paging import NEWEST, Cursor
from bot.errors import ControlExpired, GuildOnly
from bot.i18n import _
from bot.services.leaderboard import ShownBoard
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Control, Interaction
from bot.ui.pager import PagerButton, check_owner, pager_template
from bot.ui.speech import address_everybody

ABOUT = r"[a-z_]{1,24}\.[a-z]{1,8}"
"""A board, and the period it is shown for."""


async def open_board(interaction: Interaction, board: str | None, period: Period | None) -> None:
    """Answer a command with the first page: for everybody, or outside of its feature's channels for who asked."""
    work = services_of(interaction).leaderboards.show(
        guild_of(interaction), interaction.user.id, board=board, period=period
    )
    # Should this take long, the answer becomes public: the setting is for quiet, not for secrets.
    shown = await settled(interaction, work, ephemeral=False)
    quiet = shown.feature is not None and await is_quiet(interaction, shown.feature)
    await address_readers(interaction, quiet=quiet)
    await reply(interaction, embed=embeds.board(shown), view=board_view(shown), ephemeral=quiet)


class PlacesButton(PagerButton, template=pager_template("leaderboard:places:v1", ABOUT)):
    """Turns the pages of a board. Pages are told by the places on them, not by who stood there."""

    list_name = "leaderboard:places:v1"

    @classmethod
    def labels(cls) -> tuple[str, str, str]:
        """What is written on the buttons."""
        return _("Top"), _("Higher"), _("Lower")

    async def turned(self, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:
        """Show the page that begins so far down, in place."""
        board, period = read_about(self.arguments["about"])
        start = 0 if cursor.edge == NEWEST.edge else cursor.edge
        work = services_of(interaction).leaderboards.show(
            guild_of(interaction), owner_id, board=board, period=period, start=start
        )
        await _redraw(interaction, await settled(interaction, work, ephemeral=False, in_place=True))


class OwnPlaceButton(Control, template=rf"leaderboard:own:v1:(?P<owner>\d{{1,20}}):(?P<about>{ABOUT})"):
    """Leads to the page on which the asker stands."""

    async def pressed(self, interaction: Interaction) -> None:
        """Show it, in place."""
        owner_id = int(self.arguments["owner"])
        check_owner(interaction, owner_id)
        board, period = read_about(self.arguments["about"])
        work = services_of(interaction).leaderboards.show_own(
            guild_of(interaction), owner_id, board=board, period=period
        )
        await _redraw(interaction, await settled(interaction, work, ephemeral=False, in_place=True))


async def _redraw(interaction: Interaction, shown: ShownBoard) -> None:
    await address_everybody(interaction)
    await redraw(interaction, embed=embeds.board(shown), view=board_view(shown))


def board_view(shown: ShownBoard) -> View:
    """The buttons under a page."""
    standings, owner_id = shown.standings, shown.standings.own.user_id
    about = f"{shown.board.name}.{shown.period.value}"
    higher = Cursor(max(standings.start - PAGE, 0), newer=True) if standings.start else None
    lower = Cursor(standings.start + PAGE) if standings.more else None
    view = PlacesButton.under(owner_id, newer=higher, older=lower, about=about)
    place = standings.own.place
    elsewhere = place is not None and start_of_page(place) != standings.start
    custom_id = f"leaderboard:own:v1:{owner_id}:{about}"
    view.add_item(OwnPlaceButton(Button(label=_("My place"), custom_id=custom_id, disabled=not elsewhere)))
    return view


def read_about(about: str) -> tuple[str, Period]:
    """The board and the period in a custom id.

    Raises:
        ControlExpired: it names no period.
    """
    board, _dot, period = about.partition(".")
    if period not in set(Period):
        raise ControlExpired
    return board, Period(period)


def guild_of(interaction: Interaction) -> int:
    """The guild of an interaction.

    Raises:
        GuildOnly: it came from a direct message.
    """
    if interaction.guild_id is None:
        raise GuildOnly
    return interaction.guild_id


CONTROLS: tuple[type[Control], ...] = (PlacesButton, OwnPlaceButton)
