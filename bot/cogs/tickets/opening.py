"""What members press and write to open a ticket: buttons and menus of panels, /ticket open, and a message's menu."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import discord
from discord import SelectOption, app_commands
from discord.ext import commands
from discord.ui import Select, View

from bot.actions.authority import guild_of
from bot.actions.host import services_of
from bot.cogs.tickets.opening_flow import (
    REF,
    TOPIC_IN_ID,
    Asked,
    OpeningDesk,
    check,
    desk_of,
    open_ticket,
    own_applicant,
)
from bot.cogs.tickets.opening_forms import FORMS, TicketForm
from bot.cogs.tickets.places import TicketPlacesCog
from bot.domain.ticket_opening import passes
from bot.domain.ticket_topics import Topic
from bot.domain.tickets import Origin
from bot.errors import ControlExpired, TicketNotForYou, TopicNotFound, UserError
from bot.i18n import _
from bot.ui.answers import reply
from bot.ui.controls import Control, Form, Menu
from bot.ui.theme import embed

Interaction = discord.Interaction[Any]

_MOST_OFFERED = 25
_LONGEST_CHOICE = 100


async def begin(interaction: Interaction, topic_id: int, asked: Asked) -> None:
    """Open a ticket of a topic, or its form first if it has one."""
    topic = (await services_of(interaction).ticket_rules.of(guild_of(interaction).id, topic_id)).topic
    if not topic.config.questions or topic.removed:
        await open_ticket(interaction, topic_id, asked)
        return
    ruled = await check(interaction, topic_id, asked)
    await interaction.response.send_modal(TicketForm(ruled.topic, asked))


class OpenButton(Control, template=r"ticket:open:v1:(?P<topic>\d{1,20})"):
    """A topic on a panel."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open a ticket."""
        await begin(interaction, int(self.arguments["topic"]), Asked(Origin.PANEL))


class ChooseMenu(Menu, template=r"ticket:choose:v1:(?P<panel>\d{1,20})"):
    """The topics of a panel."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Open a ticket about the one that was chosen, if the panel still has it."""
        topic_id = _chosen(values)
        topic = (await services_of(interaction).ticket_rules.of(guild_of(interaction).id, topic_id)).topic
        if topic.panel_id != int(self.arguments["panel"]):
            raise TopicNotFound
        try:
            await begin(interaction, topic_id, Asked(Origin.PANEL))
        finally:  # Discord goes on showing what was chosen, and does not let it be chosen twice
            with suppress(UserError):
                await services_of(interaction).ticket_panels.show_again(topic.guild_id, topic.panel_id)


class PickMenu(Menu, template=rf"ticket:pick:v1:{REF}"):
    """The topics of a server, for whoever named none."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Open a ticket about the one that was chosen."""
        await begin(interaction, _chosen(values), Asked.read(self.arguments))


def _chosen(values: tuple[str, ...]) -> int:
    """The topic among what was chosen, whatever was sent."""
    if len(values) != 1 or not TOPIC_IN_ID.fullmatch(values[0]) or int(values[0]) >= 1 << 63:
        raise ControlExpired
    return int(values[0])


async def offer(interaction: Interaction, asked: Asked) -> None:
    """Open a ticket where there is but one topic for whoever asks, else let them choose.

    Raises:
        NoTopics, FeatureOff: there is none.
        TicketNotForYou: all are for others.
    """
    topics = await services_of(interaction).ticket_opening.topics(guild_of(interaction).id)
    open_to = topics if asked.by_staff else _for(interaction, topics)
    if not open_to:
        raise TicketNotForYou
    if len(open_to) == 1:
        await begin(interaction, open_to[0].id, asked)
        return
    options = [
        SelectOption(label=one.label, value=str(one.id), description=one.description) for one in open_to[:_MOST_OFFERED]
    ]
    view = View(timeout=None)
    view.add_item(Select(custom_id=f"ticket:pick:v1:{asked.ref}", options=options, placeholder=_("Choose")))
    await reply(interaction, embed=embed(description=_("What is it about?")), view=view, ephemeral=True)


def _for(interaction: Interaction, topics: Sequence[Topic]) -> list[Topic]:
    """Those topics whose roles let whoever asks in."""
    who, guild_id = own_applicant(interaction), guild_of(interaction).id
    return [one for one in topics if passes(one.config.rules, guild_id, who.role_ids)]


async def topics_named(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
    """The topics whose names hold what was typed."""
    if interaction.guild_id is None:
        return []
    try:
        topics = await services_of(interaction).ticket_opening.topics(interaction.guild_id)
    except UserError:
        return []
    typed = current.casefold()
    found = [one for one in topics if typed in one.label.casefold()]
    return [app_commands.Choice(name=one.label[:_LONGEST_CHOICE], value=str(one.id)) for one in found[:_MOST_OFFERED]]


async def _named(interaction: Interaction, written: str) -> int:
    """A topic by what was chosen from the list, or typed."""
    topics = await services_of(interaction).ticket_opening.topics(guild_of(interaction).id)
    typed = written.strip().casefold()
    for one in topics:
        if typed in {str(one.id), one.label.casefold()}:
            return one.id
    raise TopicNotFound


class OpeningCommands(commands.Cog):
    """The part of /ticket that opens tickets."""

    @app_commands.command(
        name="open",
        description="Open a ticket; staff can open one for a member.",
        extras={"examples": ["/ticket open", "/ticket open topic:Help", "/ticket open topic:Help member:@Bob"]},
    )
    @app_commands.describe(
        topic="What it is about; you are asked if you leave it out.",
        member="Whom it is for; yourself if you leave it out.",
    )
    @app_commands.autocomplete(topic=topics_named)
    async def open_ticket(
        self,
        interaction: Interaction,
        topic: str | None = None,
        member: discord.Member | discord.User | None = None,
    ) -> None:
        """Open a ticket."""
        asked = Asked(Origin.COMMAND)
        if member is not None and member.id != interaction.user.id:
            asked = Asked(Origin.STAFF, member.id)
        if topic is None:
            await offer(interaction, asked)
        else:
            await begin(interaction, await _named(interaction, topic), asked)


@app_commands.guild_only()
async def about_message(interaction: Interaction, message: discord.Message) -> None:
    """Open a ticket that quotes a message."""
    desk_of(interaction).snapshots.keep(interaction, message)
    await offer(interaction, Asked(Origin.MESSAGE, message.id, message.author.id))


def message_menu() -> app_commands.ContextMenu:
    """What is added to the menus of messages."""
    return app_commands.ContextMenu(name="Open ticket", callback=about_message)


OPENING_CONTROLS: tuple[type[Control | Menu], ...] = (OpenButton, ChooseMenu, PickMenu)
OPENING_FORMS: tuple[type[Form], ...] = FORMS


async def add_opening(bot: Any) -> None:
    """Add what is here to a bot."""
    await bot.add_cog(OpeningDesk())
    await bot.add_cog(TicketPlacesCog(bot))
    bot.tree.add_command(message_menu())
