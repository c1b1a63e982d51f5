"""Knowing about tickets: which there are, what happened to one, and how those of a while went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.tickets import knowing as rows
from bot.db.repositories.tickets import tickets
from bot.db.sessions import ReadSession
from bot.domain.paging import NEWEST, Cursor, Slice, cut
from bot.domain.ticket_search import (
    MOST_COUNTED,
    Course,
    Reach,
    TicketFilter,
    TicketStats,
    View,
    medians,
    waiting_since,
)
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import rules_of
from bot.domain.tickets import Ticket, TicketEvent
from bot.services.guild_settings import GuildSettingsService

PAGE = 10
"""Tickets on a page."""

_MOST_GROUPS = 10
_LONG_AGO = 2**62


@dataclass(frozen=True)
class Viewer:
    """Who of staff asks. `manages`: they see all tickets of the guild."""

    guild_id: int
    user_id: int
    role_ids: frozenset[int]
    manages: bool


@dataclass(frozen=True)
class Listed:
    """A page of tickets, with what their topics are called."""

    wanted: TicketFilter
    page: Slice[Ticket]
    topics: Mapping[int, str]


class TicketKnowingService:
    """Reads tickets for staff: nobody finds one of a topic that they don't answer."""

    def __init__(self, database: Database, clock: Clock, settings: GuildSettingsService) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings

    async def listed(self, viewer: Viewer, wanted: TicketFilter, cursor: Cursor = NEWEST) -> Listed:
        """A page of tickets, the newest first, or of those that wait for staff those that wait longest."""

        async def unit(session: ReadSession) -> Listed:
            reach, topics = await self._reach(session, viewer)
            if wanted.view is View.WAITING:
                page = _waiting(await rows.every(session, viewer.guild_id, wanted, reach, viewer.user_id), cursor)
                return Listed(wanted, page, topics)
            found = await rows.listed(
                session, viewer.guild_id, wanted, reach, viewer.user_id, cursor=cursor, limit=PAGE + 1
            )
            return Listed(wanted, cut(found, cursor, PAGE, lambda one: one.number), topics)

        return await self._database.query(unit)

    async def history(self, guild_id: int, number: int) -> Sequence[TicketEvent]:
        """What happened to a ticket, in order."""
        return await self._database.query(lambda session: tickets.events(session, guild_id, number))

    async def stats(self, viewer: Viewer, *, days: int, agent_id: int | None = None) -> TicketStats:
        """How the tickets went that were opened in the last `days`, all or those of one who takes care of them."""
        since = self._clock.now() - timedelta(days=days)

        async def unit(session: ReadSession) -> TicketStats:
            reach, topics = await self._reach(session, viewer)
            found = await rows.courses(
                session, viewer.guild_id, reach, since=since, agent_id=agent_id, limit=MOST_COUNTED + 1
            )
            return _counted(found[:MOST_COUNTED], topics, days, cut=len(found) > MOST_COUNTED)

        return await self._database.query(unit)

    async def _reach(self, session: ReadSession, viewer: Viewer) -> tuple[Reach, Mapping[int, str]]:
        """Of which topics somebody sees tickets, and what all are called."""
        topics = await rows.every_topic(session, viewer.guild_id)
        labels = {one.id: one.label for one in topics}
        if viewer.manages:
            return Reach(None), labels
        settings = await self._settings.within(session, viewer.guild_id, TicketSettings)
        roles = viewer.role_ids - {viewer.guild_id}
        rules = {one.id: rules_of(one.config, settings) for one in topics}
        answered = {key for key, one in rules.items() if _any(roles, one.support_roles)}
        called = {key for key, one in rules.items() if _any(roles, one.escalation_roles)}
        return Reach(frozenset(answered), frozenset(called)), labels


def _any(roles: Collection[int], wanted: Collection[int]) -> bool:
    return not set(roles).isdisjoint(wanted)


def _waiting(found: Sequence[Ticket], cursor: Cursor) -> Slice[Ticket]:
    """A page of those that wait for staff, the longest first."""
    keys = {one.number: _key(one, since) for one in found if (since := waiting_since(one)) is not None}
    waiting = sorted((one for one in found if one.number in keys), key=lambda one: -keys[one.number])
    if cursor.newer:
        there = [one for one in waiting if keys[one.number] > cursor.edge][-PAGE - 1 :]
    else:
        there = [one for one in waiting if keys[one.number] < cursor.edge][: PAGE + 1]
    return cut(there, cursor, PAGE, lambda one: keys[one.number])


def _key(ticket: Ticket, since: datetime) -> int:
    """A place in the list of those that wait: the greater, the longer."""
    return _LONG_AGO - int(since.timestamp() * 1_000_000) * 1_000 - ticket.number % 1_000


def _counted(found: Sequence[Course], topics: Mapping[int, str], days: int, *, cut: bool) -> TicketStats:
    by_topic, by_agent = defaultdict[int, list[Course]](list), defaultdict[int, list[Course]](list)
    for one in found:
        by_topic[one.topic_id].append(one)
        if one.agent_id is not None:
            by_agent[one.agent_id].append(one)

    def most(groups: Mapping[int, list[Course]]) -> list[int]:
        return sorted(groups, key=lambda key: (-len(groups[key]), key))[:_MOST_GROUPS]

    return TicketStats(
        days=days,
        all=medians(found),
        topics=[(topics.get(key, str(key)), medians(by_topic[key])) for key in most(by_topic)],
        agents=[(key, medians(by_agent[key])) for key in most(by_agent)],
        cut=cut,
    )
