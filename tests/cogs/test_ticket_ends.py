"""Closing, reopening and rating tickets, as members and staff see it."""

from __future__ import annotations

import pytest

from bot.actions.ticket_absences import TicketAbsences
from bot.domain.ticket_settings import TicketSettings
from bot.domain.tickets import Because, Status, Ticket
from bot.sandbox import Actor, SeenMessage
from tests.cogs.outbox_post import by_real_time, letters, pass_time, tick
from tests.support import closing as tickets
from tests.support.closing import opened, rule, topic
from tests.support.stage import ALICE, BOB, GUILD, LONG_AGO, Stage, words

SUPPORT = 9_200 << 22
DAY = 86_400


@pytest.fixture
async def stage(stage: Stage) -> Stage:
    """Bob answers tickets; Alice has them."""
    stage.sandbox.world.add_role(GUILD, "Support", id=SUPPORT)
    stage.sandbox.world.give_role(GUILD, BOB, SUPPORT)
    await stage.start()
    by_real_time(stage)
    await topic(stage)
    await rule(stage, TicketSettings, support_roles=(SUPPORT,))
    return stage


async def with_access(stage: Stage) -> Ticket:
    """A ticket that its member and staff see."""
    ticket = await opened(stage)
    await tickets.change(stage, ticket.number, access=2)
    await settle(stage)
    return await tickets.ticket(stage, ticket.number)


async def settle(stage: Stage) -> None:
    for _turn in range(20):
        if not await tick(stage):
            return


async def restart(stage: Stage) -> None:
    await stage.stop()
    await stage.start()


async def slash(stage: Stage, who: Actor, ticket: Ticket, command: str, **options: object) -> SeenMessage:
    assert ticket.channel_id is not None
    answer = await (await who.slash(ticket.channel_id, command, **options)).finished()
    await settle(stage)
    return answer


async def press(stage: Stage, who: Actor, message: SeenMessage, button: str) -> str:
    answer = words(await (await who.click(message, button)).finished())
    await settle(stage)
    return answer


def newest(stage: Stage, ticket: Ticket, holding: str) -> SeenMessage:
    """The newest message of a ticket that says that."""
    assert ticket.channel_id is not None
    with stage.sandbox.view(ALICE) as view:
        return next(one for one in reversed(view.messages(ticket.channel_id)) if holding in words(one))


async def standing(stage: Stage, ticket: Ticket) -> tuple[Status, Because | None]:
    now = await tickets.ticket(stage, ticket.number)
    return now.status, now.closed_because


async def test_the_member_is_asked_says_that_there_is_more_and_agrees_the_next_time(stage: Stage) -> None:
    ticket = await with_access(stage)
    question = await slash(stage, stage.bob, ticket, "ticket close")
    assert f"Close ticket {ticket.marker}?" in words(question)
    assert "I asked" in await press(stage, stage.bob, question, "Ask the member")
    first = newest(stage, ticket, "may be closed")
    assert "Only the member" in await press(stage, stage.bob, first, "Close it")
    assert "It stays open" in await press(stage, stage.alice, first, "There is more")
    assert "there is more to it" in words(newest(stage, ticket, "there is more"))
    assert await standing(stage, ticket) == (Status.OPEN, None)

    pass_time(stage, 60)
    question = await slash(stage, stage.bob, ticket, "ticket close")
    await press(stage, stage.bob, question, "Ask the member")
    await restart(stage)
    assert "Nobody asks" in await press(stage, stage.alice, first, "Close it")
    assert "is being closed" in await press(stage, stage.alice, newest(stage, ticket, "may be closed"), "Close it")
    assert await standing(stage, ticket) == (Status.CLOSED, Because.AGREED)


async def test_a_member_closes_their_ticket_goes_on_with_it_and_later_in_another(stage: Stage) -> None:
    ticket = await with_access(stage)
    question = await slash(stage, stage.alice, ticket, "ticket close", reason="Found it.")
    assert "Ask the member" not in [one.get("label") for one in question.controls()]
    await restart(stage)
    assert "is being closed" in await press(stage, stage.alice, question, "Close it")
    assert (await tickets.ticket(stage, ticket.number)).close_reason == "Found it."
    assert await standing(stage, ticket) == (Status.CLOSED, Because.PERSON)

    assert "is open again" in await press(stage, stage.alice, newest(stage, ticket, "can be reopened"), "Reopen")
    assert await standing(stage, ticket) == (Status.OPEN, None)
    assert "is not closed" in words(await slash(stage, stage.alice, ticket, "ticket reopen"))

    question = await slash(stage, stage.alice, ticket, "ticket close")
    form = await stage.alice.click(question, "Close it with a reason…")
    sent = await stage.alice.submit(await form.answered(), {"reason": "Done for good."})
    assert "is being closed" in words(await sent.finished())
    await settle(stage)
    pass_time(stage, DAY)
    await settle(stage)
    assert (await tickets.ticket(stage, ticket.number)).gone
    stage.sandbox.world.settle(GUILD, LONG_AGO)
    said = words(await stage.ask(stage.bob, "ticket reopen", number=ticket.number))
    assert "Its member can go on" in said
    said = words(await stage.ask(stage.alice, "ticket reopen", number=ticket.number))
    assert "Your ticket:" in said
    follow_up = await tickets.find(stage, lambda one: one.follows == ticket.number)
    assert (follow_up.opener_id, follow_up.status) == (ALICE, Status.OPEN)


async def test_others_neither_close_nor_reopen_a_ticket(stage: Stage) -> None:
    ticket = await with_access(stage)
    said = await tickets.say(stage, "x", f"ticket:close:v1:{ticket.number}", f"ticket:end:v1:{ticket.number}",
                             f"ticket:ask:v1:{ticket.number}", f"ticket:reopen:v1:{ticket.number}")  # fmt: skip
    for button in range(4):
        assert "Only those who answer tickets" in await press(stage, stage.carol, said, str(button))
    assert await standing(stage, ticket) == (Status.OPEN, None)


async def test_a_rating_is_given_from_the_letter_after_a_restart_and_changed(stage: Stage) -> None:
    ticket = await with_access(stage)
    question = await slash(stage, stage.bob, ticket, "ticket close")
    await press(stage, stage.bob, question, "Close it")
    await restart(stage)
    [letter] = letters(stage, ALICE)
    alice = stage.sandbox.as_user(ALICE)
    answer = await (await alice.click(letter, "★★★★")).finished()
    assert "★★★★☆ Thank you!" in words(answer)
    form = await (await alice.click(answer, "Say why…")).answered()
    assert "Thank you" in words(await (await alice.submit(form, {"words": "Quick."})).finished())
    await (await alice.click(letter, "★★★★★")).finished()
    now = await tickets.ticket(stage, ticket.number)
    assert (now.rating, now.feedback) == (5, "Quick.")
    pass_time(stage, DAY + 1)
    assert "stays as it is" in words(await (await alice.click(letter, "★")).finished())
    assert (await tickets.ticket(stage, ticket.number)).rating == 5


async def test_nobody_rates_the_ticket_of_another(stage: Stage) -> None:
    ticket = await with_access(stage)
    await press(stage, stage.bob, await slash(stage, stage.bob, ticket, "ticket close"), "Close it")
    said = await tickets.say(stage, "x", f"ticket:rate:v1:{GUILD}:{ticket.number}:1")
    assert "There is no ticket" in await press(stage, stage.bob, said, "0")
    assert (await tickets.ticket(stage, ticket.number)).rating is None


async def test_a_member_who_leaves_is_waited_for_and_their_ticket_closed_after_a_day(stage: Stage) -> None:
    ticket = await with_access(stage)
    await stage.alice.leave()
    await tickets.until(stage, ticket.number, lambda one: one.closes_at is not None)
    await settle(stage)
    assert (await tickets.ticket(stage, ticket.number)).closes_because is Because.LEFT
    pass_time(stage, DAY)
    await settle(stage)
    assert await standing(stage, ticket) == (Status.CLOSED, Because.LEFT)


async def test_who_left_or_came_back_while_nobody_listened_is_found_by_comparing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await with_access(stage)
    await stage.stop()
    stage.sandbox.world.remove_member(GUILD, ALICE)
    app = await stage.start()
    absences = TicketAbsences(app.bot, app.services, app.bot.shard_range)
    with monkeypatch.context() as early:  # a look at servers that have not arrived is none
        early.setattr(app.bot, "is_ready", lambda: False)
        early.setattr(app.bot, "get_guild", lambda _guild_id: None)
        await absences.round()
    await absences.round()
    assert (await tickets.ticket(stage, ticket.number)).closes_because is Because.LEFT
    await stage.stop()
    stage.sandbox.world.add_member(GUILD, ALICE)
    app = await stage.start()
    absences = TicketAbsences(app.bot, app.services, app.bot.shard_range)
    await absences.round()
    assert (await tickets.ticket(stage, ticket.number)).closes_at is None
    before = len(stage.sandbox.requests)
    await absences.round()
    assert len(stage.sandbox.requests) == before
