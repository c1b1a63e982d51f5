"""Opening tickets, as members see it."""

from __future__ import annotations

import pytest

from bot.domain.tickets import Status
from bot.sandbox.backend import channel_accessible
from tests.cogs.ticket_stage import Counter
from tests.support.stage import ALICE, BOB, CAROL, Stage, is_private, words


@pytest.fixture
def counter(stage: Stage) -> Counter:
    return Counter(stage)


async def test_a_press_makes_a_channel_that_the_member_and_staff_see_and_nobody_else(
    stage: Stage, counter: Counter
) -> None:
    panel = await counter.set_up()
    answer = await counter.press(panel)
    ticket = await counter.ticket()
    assert is_private(answer)
    assert words(answer) == f"Your ticket: <#{ticket.channel_id}>"
    backend = stage.sandbox.world.backend
    assert ticket.channel_id is not None
    channel = backend.get_channel(ticket.channel_id)
    assert (channel.name, ticket.name, ticket.status) == ("ticket-0001", "ticket-0001", Status.OPEN)
    seeing = [one for one in (ALICE, BOB, CAROL) if channel_accessible(backend, channel.id, one)]
    assert seeing == [ALICE, BOB]
    again = await counter.press(panel)
    assert words(again) == f"You have a ticket about that already: <#{ticket.channel_id}>"
