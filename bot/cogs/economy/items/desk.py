"""What all controls of things for sale stand on: who may, reading a sketch, changing it, and showing it again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import discord

from bot.actions.authority import require_standing
from bot.actions.host import host_of, services_of, source_of
from bot.actions.role_grants import reach
from bot.cogs.economy.items import pages, views
from bot.cogs.economy.items.views import Page
from bot.cogs.economy.shop_answers import show
from bot.cogs.economy.shop_controls import buyer_of
from bot.domain.authority import Permission, Staff
from bot.domain.shop import ItemDraft
from bot.domain.sketches import Hand, Sketch
from bot.errors import (
    ControlExpired,
    DatabaseAway,
    DiscordAway,
    InvalidInput,
    RoleAboveYours,
    SketchChanged,
    SketchGone,
)
from bot.i18n import _
from bot.services.shop import By
from bot.services.sketches import Drawn
from bot.ui.answers import settled
from bot.ui.controls import Interaction
from bot.ui.errors import describe

PATIENCE = 1.5
"""Seconds in which a sketch must be read before its form is opened: a form must be the first answer."""


async def merchant_of(interaction: Interaction) -> int:
    """The guild whose shop the person may change.

    Raises:
        GuildOnly, DiscordAway, ActorTimedOut, StaffNeeded: there is none, or they may not.
    """
    return await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)


def by_of(interaction: Interaction) -> By:
    """Who changes the shop."""
    return By(interaction.user.id, source_of(interaction))


def hand_of(interaction: Interaction) -> Hand:
    """How far whoever asks, and I, reach over roles, as Discord shows it this moment.

    Raises:
        GuildOnly, DiscordAway: there is no server, or it can't be seen.
    """
    member = interaction.user
    if not isinstance(member, discord.Member):
        raise DiscordAway
    return Hand(buyer_of(interaction).guild, reach(member))


def page_of(written: str) -> Page:
    """A page in a custom id.

    Raises:
        ControlExpired: it is none.
    """
    if written not in set(Page):
        raise ControlExpired
    return Page(written)


async def read_soon(interaction: Interaction, sketch_id: int) -> Sketch:
    """A sketch, in time for a form.

    Raises:
        DatabaseAway: it could not be read in time.
        SketchGone: they have no such.
        What `merchant_of` raises.
    """
    guild_id, user_id = await merchant_of(interaction), interaction.user.id
    find = partial(services_of(interaction).sketches.get, guild_id, user_id, sketch_id)
    key = ("sketch", guild_id, user_id, sketch_id)  # whose it is belongs to the question
    try:
        sketch: Sketch = await host_of(interaction).inquiries.ask(key, find, PATIENCE)
    except TimeoutError:
        raise DatabaseAway from None
    return sketch


async def open_sketch(
    interaction: Interaction, sketch_id: int, page: Page = Page.HOME, notice: str = "", *, in_place: bool = True
) -> None:
    """Show a page of a sketch to its writer.

    Raises:
        SketchGone: they have no such.
        What `merchant_of` raises.
    """
    sketches, user_id = services_of(interaction).sketches, interaction.user.id

    async def work() -> Drawn:
        return await sketches.look(await merchant_of(interaction), user_id, buyer_of(interaction).role_ids, sketch_id)

    drawn = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    embed, *below = pages.board(drawn, page, host_of(interaction).now(), notice)
    view = views.board(drawn, page, interaction.guild)
    await show(interaction, embed=embed, view=view, in_place=in_place, below=below)


async def change_sketch(
    interaction: Interaction, place: tuple[int, int], edit: Callable[[ItemDraft], ItemDraft], page: Page
) -> None:
    """Change a sketch that was shown at a version, and show it again; what can't be is said above it."""
    sketch_id, version = place
    sketches, user_id, notice = services_of(interaction).sketches, interaction.user.id, ""

    async def work() -> Sketch:
        return await sketches.change(await merchant_of(interaction), user_id, sketch_id, edit, base=version)

    try:
        await settled(interaction, work(), ephemeral=True, in_place=True)
    except SketchChanged as error:
        notice = f"⚠️ {describe(error)} {_('Here is how it stands.')}"
    except SketchGone:
        raise
    except (InvalidInput, RoleAboveYours) as error:
        notice = f"⚠️ {describe(error)}"
    await open_sketch(interaction, sketch_id, page, notice)
