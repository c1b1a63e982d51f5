"""Whoever looks for tickets that are not over reads none that are, of which a guild has many more."""

from __future__ import annotations

import re

import pytest

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.tickets import agents, closing, knowing, opening, participants, showing, tickets
from bot.domain.guilds import ShardRange
from bot.domain.paging import NEWEST, OLDEST
from bot.domain.ticket_search import Reach, TicketFilter, View
from bot.domain.tickets import Status
from tests.support.plans import planned

GUILD, SOMEBODY, TOPIC = 1_000 << 22, 3_000, 701
ALL = ShardRange(1, frozenset({0}))
OF_THOSE_NOT_OVER = {"uq_tickets_slot", "ix_tickets_not_over", "ix_tickets_assigned"}
INDEX = re.compile(r"(?:INDEX|using|Index Scan on) (\w*tickets\w*)(?: |$)", re.MULTILINE)
"""How either database names an index on the table of tickets."""


@pytest.mark.parametrize("reach", [Reach(None), Reach(frozenset({TOPIC}), frozenset({TOPIC}))])
async def test_a_list_of_open_tickets_reads_these_alone(database: Database, reach: Reach) -> None:
    wishes = [TicketFilter(view) for view in View]
    wishes += [TicketFilter(agent_id=SOMEBODY), TicketFilter(topic_id=TOPIC), TicketFilter(status=Status.WAITING)]
    async with planned(database) as (session, plans):
        for wish in wishes:
            for cursor in (NEWEST, OLDEST):
                await knowing.listed(session, GUILD, wish, reach, SOMEBODY, cursor=cursor, limit=11)
            await knowing.every(session, GUILD, wish, reach, SOMEBODY)
    assert len(plans) == 3 * len(wishes)
    assert {name for plan in plans for name in INDEX.findall(plan)} <= OF_THOSE_NOT_OVER
    assert all(INDEX.search(plan) for plan in plans)


async def test_whoever_needs_all_open_tickets_reads_these_alone(database: Database, clock: Clock) -> None:
    async with planned(database) as (session, plans):
        await tickets.not_over(session, GUILD)
        await opening.standing(session, ALL)
        await opening.held(session, GUILD, TOPIC, SOMEBODY)
        await closing.live_openers(session, ALL)
        await participants.opening(session, GUILD)
        await participants.numbers(session, GUILD, participants.of_person(GUILD, SOMEBODY))
        await participants.touch(session, GUILD, participants.of_assignee(SOMEBODY), now=clock.now())
        await showing.with_staff_thread(session, GUILD, SOMEBODY)
        await agents.open_by_agent(session, GUILD)
        await agents.count_open(session, GUILD, SOMEBODY)
    assert len(plans) == 10
    assert [plan for plan in plans if not {*INDEX.findall(plan)} & OF_THOSE_NOT_OVER] == []
    assert [plan for plan in plans if "pk_tickets" in plan or "autoindex_tickets" in plan] == []
