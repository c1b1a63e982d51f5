"""Looking whether a guild's tickets are as they should be.

Of channels Discord has told all that matters; who is in threads has to be asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import discord

from bot.actions.lock_channels import overwrites_of
from bot.actions.ticket_access import asked_about, changes, grounds_of
from bot.actions.ticket_doctor_threads import ThreadDoctor
from bot.actions.ticket_doctor_topics import SiteSymptom, TopicDoctor
from bot.actions.ticket_staff import Staff, StaffFinder
from bot.actions.ticket_symptoms import Symptom, Target, Trouble
from bot.domain.ticket_access import foreign, seen_by_outsiders
from bot.domain.ticket_opening import marked
from bot.domain.tickets import Mode, Ticket
from bot.services.ticket_access import AccessFacts, TicketAccessService

Place = discord.abc.GuildChannel | discord.Thread


@dataclass(frozen=True)
class Examined:
    """What was found in a guild."""

    count: int
    """Tickets that were looked at."""
    symptoms: Sequence[Symptom]
    """The worst first, then by number."""
    orphans: Sequence[int]
    """Channels that are marked as a ticket's, and are none's."""
    sites: Sequence[SiteSymptom] = ()
    """What is wrong with the channels that topics name."""

    def numbers(self, *troubles: Trouble) -> list[int]:
        """The tickets that have one of these."""
        return sorted({one.number for one in self.symptoms if one.trouble in troubles})


class TicketDoctor:
    """Examines all live tickets of a guild."""

    def __init__(self, client: discord.Client, access: TicketAccessService) -> None:
        self._staff = StaffFinder(client)
        self._access = access
        self._threads = ThreadDoctor(client)
        self._topics = TopicDoctor(client)

    async def examine(self, guild: discord.Guild) -> Examined:
        """What is wrong.

        Costs a handful of queries, and questions to Discord: about each hundred people concerned, and about each of the
        newest threads.
        """
        everywhere = await self._access.everywhere(guild.id)
        people = await self._staff.these(guild, {one for facts in everywhere for one in asked_about(facts)})
        symptoms = [one for facts in everywhere for one in _of(guild, facts, people)]
        places = [(facts, guild.get_thread(facts.ticket.channel_id or 0)) for facts in everywhere]
        symptoms += await self._threads.examine(guild, [(facts, one) for facts, one in places if one is not None])
        order = list(Trouble)
        symptoms.sort(key=lambda one: (order.index(one.trouble), one.number))
        numbers = ((channel.id, marked(channel.topic)) for channel in guild.text_channels)
        orphans = await self._access.orphans(guild.id, {one: number for one, number in numbers if number is not None})
        sites = await self._topics.examine(guild, await self._access.topics(guild.id))
        return Examined(len(everywhere), symptoms, orphans, sites)


def _of(guild: discord.Guild, facts: AccessFacts, people: Mapping[int, Staff]) -> Iterator[Symptom]:
    ticket = facts.ticket
    channel_id = ticket.channel_id or 0
    channel = guild.get_channel_or_thread(channel_id)
    if channel is None:
        if ticket.mode is Mode.CHANNEL:  # a thread that sleeps is not remembered either
            yield Symptom(ticket.number, channel_id, Trouble.GONE)
        return
    lacking = tuple(_lacking(guild, channel))
    if lacking:
        yield Symptom(ticket.number, channel_id, Trouble.LACKING, permissions=lacking)
    if ticket.applied < ticket.access:
        yield Symptom(ticket.number, channel_id, Trouble.WAITS)
    if not isinstance(channel, discord.Thread):
        yield from _of_channel(guild, ticket, channel, facts, people)


def _of_channel(
    guild: discord.Guild,
    ticket: Ticket,
    channel: discord.abc.GuildChannel,
    facts: AccessFacts,
    people: Mapping[int, Staff],
) -> Iterator[Symptom]:
    now, wanted = overwrites_of(channel), grounds_of(guild, facts, people).overwrites
    outsiders = seen_by_outsiders(now, wanted, guild.id)
    if outsiders:
        members = {one.target_id for one in now if one.is_member}
        seen = tuple(Target(one, one in members, one == guild.id) for one in outsiders)
        yield Symptom(ticket.number, channel.id, Trouble.OUTSIDERS, seen)
    if ticket.applied == ticket.access and changes(now, wanted, facts.named, guild.id, guild.me.id):
        yield Symptom(ticket.number, channel.id, Trouble.DIFFERS)
    others = foreign(now, wanted, facts.named)
    more = tuple(Target(one.target_id, one.is_member) for one in others if one.target_id not in outsiders)
    if more:
        yield Symptom(ticket.number, channel.id, Trouble.FOREIGN, more)


def _lacking(guild: discord.Guild, channel: Place) -> Iterator[str]:
    mine = channel.permissions_for(guild.me)
    needed = ("manage_threads",) if isinstance(channel, discord.Thread) else ("manage_roles", "manage_channels")
    for name in ("read_messages", *needed):
        if not getattr(mine, name):
            yield name
