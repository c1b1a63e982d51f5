"""Staff finds the tickets that it answers, and reads how they went."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.db.engine import Database
from bot.domain.paging import NEWEST, Cursor
from bot.domain.ticket_search import TicketFilter, View
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import Priority, Status
from bot.services import Services
from bot.services.ticket_knowing import PAGE, Viewer
from tests.support.clock import ManualClock
from tests.support.ticket_record import AGENT, GUILD, NOW, opened
from tests.support.tickets import TOPIC, add_topic

BILLING, HELPERS, SENIORS = 801, 5_001, 5_002
OWNER = Viewer(GUILD, AGENT, frozenset(), manages=True)
HELPER = Viewer(GUILD, AGENT, frozenset({GUILD, HELPERS}), manages=False)
SENIOR = Viewer(GUILD, AGENT, frozenset({GUILD, SENIORS}), manages=False)


async def numbers(services: Services, viewer: Viewer, cursor: Cursor = NEWEST, **wanted: Any) -> list[int]:
    found = await services.ticket_knowing.listed(viewer, TicketFilter(**wanted), cursor)
    return [one.number for one in found.page.items]


@pytest.fixture
async def shelf(database: Database) -> None:
    """Tickets 1 to 5, of which the last two are about billing, and 6, which is closed."""
    await opened(database, 1)
    await opened(database, 2, assignee_id=AGENT, status=Status.IN_PROGRESS, last_staff_at=NOW)
    await opened(database, 3, priority=Priority.URGENT, opened_at=NOW - timedelta(hours=1))
    config = TopicConfig(support_roles=(HELPERS,), escalation_roles=(SENIORS, GUILD))
    await add_topic(database, GUILD, config, topic_id=BILLING, label="Billing")
    waits = {"last_staff_at": NOW - timedelta(days=2), "last_member_at": NOW - timedelta(days=1)}
    await opened(database, 4, topic_id=BILLING, **waits)
    await opened(database, 5, topic_id=BILLING, escalated=True)
    await opened(database, 6, status=Status.CLOSED, closed_at=NOW)


@pytest.mark.usefixtures("shelf")
async def test_lists_show_what_was_asked_for(services: Services) -> None:
    assert await numbers(services, OWNER) == [5, 4, 3, 2, 1]
    assert await numbers(services, OWNER, view=View.MINE) == [2]
    assert await numbers(services, OWNER, view=View.UNCLAIMED) == [5, 4, 3, 1]
    assert await numbers(services, OWNER, view=View.WAITING) == [4, 3, 1, 5]
    assert await numbers(services, OWNER, status=Status.CLOSED) == [6]
    assert await numbers(services, OWNER, topic_id=BILLING) == [5, 4]
    assert await numbers(services, OWNER, agent_id=AGENT) == [2]
    assert await numbers(services, OWNER, priority=Priority.URGENT) == [3]


@pytest.mark.usefixtures("shelf")
async def test_nobody_finds_a_ticket_of_a_topic_that_they_do_not_answer(services: Services) -> None:
    assert await numbers(services, HELPER) == [5, 4]
    assert await numbers(services, SENIOR) == [5]
    assert await numbers(services, HELPER, topic_id=TOPIC) == []
    anybody = Viewer(GUILD, AGENT, frozenset({GUILD}), manages=False)
    elsewhere = Viewer(GUILD + 1, AGENT, frozenset(), manages=True)
    for viewer in (anybody, elsewhere):
        for view in View:
            assert await numbers(services, viewer, view=view) == []
        assert (await services.ticket_knowing.stats(viewer, days=30)).all.count == 0


@pytest.mark.parametrize("view", [View.OPEN, View.WAITING])
async def test_pages_have_every_ticket_once_there_and_back(database: Database, services: Services, view: View) -> None:
    for number in range(1, 2 * PAGE + 4):
        await opened(database, number, opened_at=NOW + timedelta(minutes=number % 7))
    wanted, cursor, there = TicketFilter(view), NEWEST, list[list[int]]()
    while True:
        page = (await services.ticket_knowing.listed(OWNER, wanted, cursor)).page
        there.append([one.number for one in page.items])
        if page.older is None:
            break
        cursor = page.older
    assert sorted(number for some in there for number in some) == list(range(1, 2 * PAGE + 4))
    assert page.newer is not None
    back = (await services.ticket_knowing.listed(OWNER, wanted, page.newer)).page
    assert [one.number for one in back.items] == there[-2]


async def test_statistics_are_medians_of_the_period_by_topic_and_agent(
    database: Database, services: Services, clock: ManualClock
) -> None:
    now = clock.now()
    await add_topic(database, GUILD, topic_id=BILLING, label="Billing")
    for number, minutes in enumerate((1, 2, 60), 1):
        responded, resolved = now + timedelta(minutes=minutes), now + timedelta(hours=minutes)
        await opened(
            database, number, opened_at=now, first_response_at=responded, resolved_at=resolved, assignee_id=AGENT,
            rating=number + 2,
        )  # fmt: skip
    await opened(database, 4, topic_id=BILLING, opened_at=now)
    await opened(database, 5, topic_id=BILLING, opened_at=now - timedelta(days=8), first_response_at=now)
    found = await services.ticket_knowing.stats(OWNER, days=7)
    assert found.all.count == 4
    assert (found.all.responded, found.all.resolved) == (timedelta(minutes=2), timedelta(hours=2))
    assert (found.all.rating, found.all.rated, found.cut) == (4.0, 3, False)
    assert [(label, one.count) for label, one in found.topics] == [("Help", 3), ("Billing", 1)]
    assert [(agent, one.count) for agent, one in found.agents] == [(AGENT, 3)]
    mine = await services.ticket_knowing.stats(OWNER, days=7, agent_id=AGENT)
    assert mine.all.count == 3
