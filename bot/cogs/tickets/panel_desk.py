"""What all controls of panels stand on: who may, reading a panel in time for a form, and showing it again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import discord
from discord.ui import View

from bot.actions.host import host_of, services_of
from bot.actions.ticket_panels import may_manage_panels
from bot.cogs.tickets import panel_pages, panel_views
from bot.domain.outbox import Payload
from bot.domain.ticket_topics import Panel
from bot.errors import ControlExpired, DatabaseAway, InvalidInput, PanelChanged, PanelGone, TopicNotFound, UserError
from bot.i18n import _
from bot.services.ticket_panel_parts import TopicInSight
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Interaction
from bot.ui.errors import describe

T = TypeVar("T")

PATIENCE = 1.5
"""Seconds in which something must be read before its form is opened: a form must be the first answer."""

PANEL_ID = r"(?P<panel>\d{1,19})"
TOPIC_ID = r"(?P<topic>\d{1,19})"
VERSION = r"(?P<version>\d{1,9})"
PLACE = rf"{TOPIC_ID}:{VERSION}"
"""Which topic, and as it was when its version was this, in a custom id."""


def number_in(values: Sequence[str]) -> int:
    """The one number that was chosen from a menu.

    Raises:
        ControlExpired: it can be none.
    """
    written = "".join(values)
    if not (len(values) == 1 and written.isascii() and written.isdecimal() and len(written) < _DIGITS):
        raise ControlExpired
    return int(written)


_DIGITS = 20


async def show(
    interaction: Interaction,
    *,
    embed: discord.Embed,
    view: View,
    in_place: bool,
    done: bool = False,
    below: Sequence[discord.Embed] = (),
) -> None:
    """Answer whoever asked, with a new message or in place of the one whose control was pressed."""
    if in_place:
        await redraw(interaction, embed=embed, view=view, done=done, below=below)
    else:
        await reply(interaction, embed=embed, view=view, ephemeral=True, done=done, below=below)


async def read_soon(interaction: Interaction, key: tuple[Any, ...], read: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Something read in time for a form; `key` names what is asked and whose it is.

    Raises:
        DatabaseAway: it could not be read in time.
        What `read` raises.
    """
    try:
        found: T = await host_of(interaction).inquiries.ask(key, read, PATIENCE)
    except TimeoutError:
        raise DatabaseAway from None
    return found


async def panel_soon(interaction: Interaction, panel_id: int) -> Panel:
    """A panel, in time for a form.

    Raises:
        PanelGone, DatabaseAway: it is not there, or could not be read in time.
        What `may_manage_panels` raises.
    """
    guild_id = await may_manage_panels(interaction)
    return await read_soon(
        interaction,
        ("panel", guild_id, panel_id),
        partial(services_of(interaction).ticket_panels.get, guild_id, panel_id),
    )


async def topic_soon(interaction: Interaction, topic_id: int) -> TopicInSight:
    """A topic, in time for a form.

    Raises:
        TopicNotFound, DatabaseAway: it is not there, or could not be read in time.
        What `may_manage_panels` raises.
    """
    guild_id = await may_manage_panels(interaction)
    read = partial(services_of(interaction).ticket_topics.get, guild_id, topic_id)
    return await read_soon(interaction, ("topic", guild_id, topic_id), read)


async def open_panel(
    interaction: Interaction, panel_id: int, notice: str = "", *, in_place: bool = True, done: bool = False
) -> None:
    """Show a panel to whoever may change it.

    Raises:
        PanelGone: it is not there.
        What `may_manage_panels` raises.
    """
    panels = services_of(interaction).ticket_panels

    async def work() -> tuple[Panel, Payload]:
        return await panels.preview(await may_manage_panels(interaction), panel_id)

    panel, payload = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    head = panel_pages.panel(panel, notice)
    view = panel_views.panel(panel)
    below = [panel_pages.preview(payload)]
    await show(interaction, embed=head, view=view, in_place=in_place, done=done, below=below)


async def noted(interaction: Interaction, work: Callable[[], Awaitable[object]], *, in_place: bool = True) -> str:
    """Do something to a panel or topic; what to say above it then.

    Raises:
        PanelGone, TopicNotFound: it is not there any more.
        Whatever else is not the fault of what was written.
    """

    async def begun() -> None:
        await work()

    try:
        await settled(interaction, begun(), ephemeral=True, in_place=in_place)
    except (PanelGone, TopicNotFound):
        raise
    except PanelChanged as error:
        return f"⚠️ {describe(error)} {_('Here is how it stands.')}"
    except InvalidInput as error:
        return trouble(error)
    return _("✅ Saved.")


def trouble(error: UserError) -> str:
    """What is in the way, to be said above a panel."""
    return f"⚠️ {describe(error)}"


def at(arguments: Mapping[str, str]) -> tuple[int, int]:
    """Which topic a custom id names, and at which version it was shown."""
    return int(arguments["topic"]), int(arguments["version"])


def without(entries: Sequence[T], place: int) -> tuple[T, ...]:
    """The list without the entry at a place."""
    return tuple(one for number, one in enumerate(entries) if number != place)


def earlier(entries: Sequence[T], place: int) -> tuple[T, ...]:
    """The list with an entry before the one that it followed.

    Raises:
        ControlExpired: there is no such entry.
    """
    if not 0 < place < len(entries):
        raise ControlExpired
    order = list(entries)
    order[place - 1], order[place] = order[place], order[place - 1]
    return tuple(order)
