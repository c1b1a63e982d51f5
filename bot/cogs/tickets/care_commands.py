"""/ticket status, priority, tags, lock, freeze, move and rename."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.actions.host import services_of
from bot.actions.ticket_desk import staff_of_any
from bot.cogs.tickets import work_pages as pages
from bot.cogs.tickets.work_acts import acted, done, move_to, say
from bot.domain.ticket_work import MAX_CHANNEL_NAME, channel_name
from bot.domain.tickets import Priority, Status
from bot.errors import TopicNotFound, Unavailable, UserError
from bot.ui.inputs import MOST_CHOICES

Interaction = discord.Interaction[Any]

MAX_TAGS = 400
_LONGEST_ID = 19


async def topics_like(interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Topics whose label has what is being written; for staff alone."""
    try:
        guild_id, _manages = await staff_of_any(interaction)
        found = await services_of(interaction).ticket_desk.topics(guild_id)
    except (UserError, Unavailable):
        return []
    fitting = [one for one in found if typed.casefold() in one.label.casefold()]
    return [Choice(name=one.label, value=str(one.id)) for one in fitting[:MOST_CHOICES]]


def topic_id_of(written: str) -> int:
    """The id of a topic that was chosen.

    Raises:
        TopicNotFound: it is none.
    """
    if not written.isdecimal() or len(written) > _LONGEST_ID or int(written) >= 2**63:
        raise TopicNotFound
    return int(written)


class CareCommands(commands.Cog):
    """How a ticket stands, who writes in it, and what it is called."""

    @app_commands.command(
        name="status",
        description="Say how far the ticket of this channel is.",
        extras={"examples": ["/ticket status status:on_hold"]},
    )
    @app_commands.describe(status="How far; only one that waits for the member is closed for silence.")
    @app_commands.choices(
        status=[
            Choice(name="In progress", value=Status.IN_PROGRESS.value),
            Choice(name="Waiting for the member", value=Status.WAITING.value),
            Choice(name="On hold", value=Status.ON_HOLD.value),
            Choice(name="Resolved", value=Status.RESOLVED.value),
        ]
    )
    async def ticket_status(self, interaction: Interaction, status: Choice[str]) -> None:
        """Set it."""
        await acted(interaction, lambda work, here: work.set_status(here.asked, Status(status.value)), pages.status)

    @app_commands.command(
        name="priority",
        description="Say how urgent the ticket of this channel is.",
        extras={"examples": ["/ticket priority priority:High"]},
    )
    @app_commands.describe(priority="How urgent.")
    @app_commands.choices(
        priority=[
            Choice(name="Low", value=1),
            Choice(name="Normal", value=2),
            Choice(name="High", value=3),
            Choice(name="Urgent", value=4),
        ]
    )
    async def ticket_priority(self, interaction: Interaction, priority: Choice[int]) -> None:
        """Set it."""
        await acted(
            interaction, lambda work, here: work.set_priority(here.asked, Priority(priority.value)), pages.priority
        )

    @app_commands.command(
        name="tags",
        description="Tag the ticket of this channel, in place of the tags that it has.",
        extras={"examples": ["/ticket tags tags:billing, refund", "/ticket tags"]},
    )
    @app_commands.describe(tags="Divided by commas; none if you leave it out.")
    async def ticket_tags(self, interaction: Interaction, tags: Range[str, 1, MAX_TAGS] | None = None) -> None:
        """Set them."""
        await acted(interaction, lambda work, here: work.set_tags(here.asked, tags or ""), pages.tagged)

    @app_commands.command(
        name="lock",
        description="Keep the member from writing in the ticket of this channel, or let them again.",
        extras={"examples": ["/ticket lock", "/ticket lock on:False"]},
    )
    @app_commands.describe(on="False: the member can write again.")
    async def ticket_lock(self, interaction: Interaction, on: bool = True) -> None:
        """Lock or unlock it."""
        await acted(interaction, lambda work, here: work.lock(here.asked, locked=on), pages.locked)

    @app_commands.command(
        name="freeze",
        description="Keep everybody but staff from writing in the ticket of this channel, or let them again.",
        extras={"examples": ["/ticket freeze", "/ticket freeze on:False"]},
    )
    @app_commands.describe(on="False: everybody can write again.")
    async def ticket_freeze(self, interaction: Interaction, on: bool = True) -> None:
        """Freeze or thaw it."""
        await acted(interaction, lambda work, here: work.freeze(here.asked, frozen=on), pages.frozen)

    @app_commands.command(
        name="move",
        description="Make the ticket of this channel one of another topic, with those who answer that.",
        extras={"examples": ["/ticket move topic:Billing"]},
    )
    @app_commands.describe(topic="What it is about instead.")
    @app_commands.autocomplete(topic=topics_like)
    async def ticket_move(self, interaction: Interaction, topic: str) -> None:
        """Move it."""
        filed = await done(interaction, None, move_to(interaction, topic_id_of(topic)))
        await say(interaction, pages.moved(filed.ticket, filed.ruled.topic.label))

    @app_commands.command(
        name="rename",
        description="Give the channel of this ticket another name.",
        extras={"examples": ["/ticket rename name:refund-bob"]},
    )
    @app_commands.describe(name="What it is called then.")
    async def ticket_rename(self, interaction: Interaction, name: Range[str, 1, MAX_CHANNEL_NAME]) -> None:
        """Rename it."""
        await acted(
            interaction,
            lambda work, here: work.rename(here.asked, name),
            lambda ticket: pages.renamed(ticket, channel_name(name, ticket)),
        )
