"""From a wish to a working ticket: who it is for, what came with it, and what is said about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
import structlog
from discord.ext import commands

from bot.actions.authority import guild_of
from bot.actions.host import interaction_key, services_of
from bot.actions.people import on_discord
from bot.actions.snapshots import Snapshots
from bot.actions.ticket_steps import ticket_keeper
from bot.domain.snapshots import MessageSnapshot
from bot.domain.ticket_access import is_agent
from bot.domain.ticket_opening import FAILURES, MAX_QUOTE, Applicant, Wish
from bot.domain.ticket_record import Answer, RecordedFile
from bot.domain.ticket_topics import TopicRules
from bot.domain.tickets import Failure, Origin, Quote, Status, Ticket
from bot.errors import (
    ControlExpired,
    DiscordAway,
    NotSupport,
    TargetNotHere,
    TicketForBot,
    TicketNotOpened,
    Unavailable,
)
from bot.i18n import _
from bot.ui import text
from bot.ui.answers import reply, settled
from bot.ui.theme import embed
from bot.words import Phrase

_log = structlog.stdlib.get_logger(__name__)

Interaction = discord.Interaction[Any]

REF = r"(?P<origin>[pcms]):(?P<about>\d{1,20}):(?P<author>\d{1,20})"
"""Whence a ticket is opened, in custom ids: the message with its author, or the member whom staff opens it for."""

_LETTERS = {"p": Origin.PANEL, "c": Origin.COMMAND, "m": Origin.MESSAGE, "s": Origin.STAFF}


@dataclass(frozen=True)
class Asked:
    """Whence a ticket is opened."""

    origin: Origin
    about: int = 0
    """The message that is quoted, the member whom it is for, or the number of the ticket that it follows up."""
    author: int = 0
    """Who wrote that message."""

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> Asked:
        """As a custom id has it."""
        return cls(_LETTERS[arguments["origin"]], int(arguments["about"]), int(arguments["author"]))

    @property
    def ref(self) -> str:
        """For a custom id."""
        letter = next(one for one, origin in _LETTERS.items() if origin is self.origin)
        return f"{letter}:{self.about}:{self.author}"

    @property
    def by_staff(self) -> bool:
        """Whether staff opens it for somebody else."""
        return self.origin is Origin.STAFF


class OpeningDesk(commands.Cog):
    """Where buttons and forms find what they work with: they are made anew for each press, and keep nothing."""

    def __init__(self) -> None:
        self.snapshots = Snapshots()


def desk_of(interaction: Interaction) -> OpeningDesk:
    """What a button or a form works with.

    Raises:
        ControlExpired: this process has no tickets.
    """
    desk = interaction.client.get_cog(OpeningDesk.__name__)
    if not isinstance(desk, OpeningDesk):
        raise ControlExpired
    return desk


# Who --------------------------------------------------------------------------------------------------------


def own_applicant(interaction: Interaction) -> Applicant:
    """Whoever asks, as the interaction shows them.

    Raises:
        GuildOnly, DiscordAway: as `guild_of`.
    """
    guild_of(interaction)
    if not isinstance(interaction.user, discord.Member):
        raise DiscordAway
    return _applicant(interaction.user)


def _applicant(member: discord.Member) -> Applicant:
    return Applicant(member.id, [role.id for role in member.roles], member.created_at, member.joined_at)


async def _whom(interaction: Interaction, asked: Asked) -> tuple[Applicant, str]:
    """Whom a ticket is for, and their name.

    Raises:
        TargetNotHere: they left.
        TicketForBot: it is a bot.
        DiscordAway: Discord does not say.
    """
    if not asked.by_staff:
        return own_applicant(interaction), interaction.user.display_name
    member = await on_discord(interaction.client, guild_of(interaction), asked.about)
    if not isinstance(member, discord.Member):
        raise TargetNotHere(asked.about)
    if member.bot:
        raise TicketForBot
    return _applicant(member), member.display_name


def require_agent(interaction: Interaction, rules: TopicRules) -> None:
    """Go on only with staff of a topic.

    Raises:
        NotSupport: they are none.
    """
    applicant = own_applicant(interaction)
    roles = set(applicant.role_ids) - {guild_of(interaction).id}
    if not is_agent(roles, rules, None, manages=interaction.permissions.manage_guild):
        raise NotSupport


# Opening ----------------------------------------------------------------------------------------------------


async def check(interaction: Interaction, topic_id: int, asked: Asked) -> Any:
    """What holds for a topic, if whoever asks may open a ticket about it just now.

    Raises:
        NotSupport: for others only staff may.
        What `TicketOpeningService.check` raises.
    """
    guild, services = guild_of(interaction), services_of(interaction)
    if asked.by_staff:
        require_agent(interaction, (await services.ticket_rules.of(guild.id, topic_id)).rules)
    who, _name = await _whom(interaction, asked)
    return await services.ticket_opening.check(guild.id, topic_id, who, by_staff=asked.by_staff)


async def open_ticket(
    interaction: Interaction,
    topic_id: int,
    asked: Asked,
    answers: Sequence[Answer] = (),
    files: Sequence[RecordedFile] = (),
) -> None:
    """Open a ticket, and say where it is.

    Raises:
        TicketNotOpened: it was begun, and came to nothing.
        What `check` raises.
    """

    async def work() -> Ticket:
        wish = await _wish(interaction, topic_id, asked, answers, files)
        return await _opened(interaction, wish)

    ticket = await settled(interaction, work(), ephemeral=True)
    if ticket.status is Status.FAILED:
        raise TicketNotOpened(Phrase(FAILURES[ticket.failure or Failure.REFUSED]))
    await reply(interaction, embed=embed(description=_said(ticket, asked)), ephemeral=True, done=True)


async def _wish(
    interaction: Interaction, topic_id: int, asked: Asked, answers: Sequence[Answer], files: Sequence[RecordedFile]
) -> Wish:
    if asked.by_staff:
        rules = services_of(interaction).ticket_rules
        require_agent(interaction, (await rules.of(guild_of(interaction).id, topic_id)).rules)
    who, name = await _whom(interaction, asked)
    return Wish(
        topic_id=topic_id, applicant=who, member_name=name, opened_by=interaction.user.id, origin=asked.origin,
        key=interaction_key(interaction), answers=answers, files=files, quote=await _quote(interaction, asked),
        follows=asked.about if asked.origin is Origin.FOLLOW_UP else None,
    )  # fmt: skip


async def _opened(interaction: Interaction, wish: Wish) -> Ticket:
    services, guild = services_of(interaction), guild_of(interaction)
    begun = await services.ticket_opening.begin(guild.id, wish)
    try:
        if begun.claimed is not None:
            await ticket_keeper(interaction.client, services).carry_out(begun.claimed)
        return await services.ticket_opening.find(guild.id, begun.ticket.number)
    except Unavailable as error:  # it is written down that it is owed
        _log.warning("a ticket is opened later", guild=guild.id, ticket=begun.ticket.number, error=repr(error))
        return begun.ticket


async def _quote(interaction: Interaction, asked: Asked) -> Quote | None:
    if asked.origin is not Origin.MESSAGE:
        return None
    found: MessageSnapshot = await desk_of(interaction).snapshots.find(interaction, asked.about, asked.author)
    return Quote(found.channel_id, found.message_id, found.author_id, (found.content or "")[:MAX_QUOTE])


def _said(ticket: Ticket, asked: Asked) -> str:
    if ticket.channel_id is None:
        said = _("Ticket {ticket} is being opened. You will be called in it in a moment.")
        if asked.by_staff:
            said = _("Ticket {ticket} is being opened. {member} will be called in it in a moment.")
        return said.format(ticket=ticket.marker, member=text.mention(ticket.opener_id))
    if asked.by_staff:
        said = _("The ticket of {member}: {channel}")
        return said.format(member=text.mention(ticket.opener_id), channel=f"<#{ticket.channel_id}>")
    return _("Your ticket: {channel}").format(channel=f"<#{ticket.channel_id}>")


TOPIC_IN_ID = re.compile(r"\d{1,20}")
"""A topic among the values of a menu."""
