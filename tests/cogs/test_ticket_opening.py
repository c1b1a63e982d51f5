"""Opening tickets, as members see it."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.general import GeneralSettings
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import Question, QuestionKind, TopicConfig
from bot.domain.tickets import Failure, Mode, Origin, Quote, Status
from bot.sandbox import NotAnswered, SeenMessage
from bot.sandbox.backend import channel_accessible
from bot.services.ticket_panel_parts import By
from tests.cogs.ticket_stage import Counter
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, ROBOT, Stage, is_private, words
from tests.support.tickets import PANEL, TOPIC, add_topic


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
    assert words(again) == f"You have a ticket about that already: <#{ticket.channel_id}>."


# Forms --------------------------------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n" + b"cat"
QUESTIONS = (
    Question(text="What is it?", kind=QuestionKind.LONG),
    Question(text="How many?", kind=QuestionKind.NUMBER, least=1, most=5_000, required=False),
    Question(text="Which?", kind=QuestionKind.CHOICE, choices=("Red", "Blue")),
    Question(text="Who?", kind=QuestionKind.MEMBER, required=False),
    Question(text="A picture?", kind=QuestionKind.FILE, required=False),
)


async def test_a_form_is_answered_after_a_restart_and_its_file_is_kept(stage: Stage, counter: Counter) -> None:
    panel = await counter.set_up(TopicConfig(questions=QUESTIONS))
    shown = await (await stage.alice.click(panel, "Help")).answered()
    assert shown.modal is not None
    await stage.stop()
    await stage.start()
    written = {"What is it?": "My cat\nis stuck", "How many?": "1,000", "Which?": "Blue", "Who?": BOB}
    sent = await stage.alice.submit(shown, {**written, "A picture?": ("cat.png", PNG)})
    said = await sent.finished()
    ticket = await counter.ticket()
    assert words(said) == f"Your ticket: <#{ticket.channel_id}>"
    assert ticket.subject == "My cat is stuck"
    answers, files = await counter.came_with()
    assert [(one["position"], one["value"]) for one in answers] == [
        (1, ["My cat\nis stuck"]), (2, ["1000"]), (3, ["Blue"]), (4, [str(BOB)]), (5, ["1"]),
    ]  # fmt: skip
    assert [(one["seq"], one["name"], one["content_type"], one["missing"]) for one in files] == [
        (1, "cat.png", "image/png", None)
    ]


async def test_no_file_is_kept_of_somebody_who_was_blocked_while_the_form_was_open(
    stage: Stage, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = await counter.set_up(TopicConfig(questions=QUESTIONS[4:]))
    shown = await (await stage.alice.click(panel, "Help")).answered()
    kept: list[str] = []
    monkeypatch.setattr(counter.services.ticket_opening, "keep", lambda *given: kept.append(str(given)))
    await counter.services.ticket_blocks.block(GUILD, ALICE, reason=None, until=None, by=By(BOB))
    await (await stage.alice.submit(shown, {"A picture?": ("cat.png", PNG)})).finished()
    assert (kept, await counter.count()) == ([], 0)


async def test_what_was_written_is_given_back_when_it_can_not_be_taken(stage: Stage, counter: Counter) -> None:
    panel = await counter.set_up(TopicConfig(questions=QUESTIONS[:2]))
    for number, refused in (("many", "takes a whole number"), ("9000", "takes a number from 1 to 5,000")):
        shown = await (await stage.alice.click(panel, "Help")).answered()
        sent = await stage.alice.submit(shown, {"What is it?": "My cat", "How many?": number})
        said = await sent.finished()
        assert refused in words(said)
        assert "My cat" in words(said)
        assert is_private(said)
    again = await (await stage.alice.click(said, "Write it again…")).answered()
    await counter.change_topic(TopicConfig(questions=QUESTIONS[:1]))
    said = await (await stage.alice.submit(again, {"What is it?": "My cat"})).finished()
    assert "The questions were changed while you wrote" in words(said)
    assert await counter.count() == 0


# /ticket open, and messages -------------------------------------------------------------------------------------


async def test_staff_opens_one_for_a_member_and_members_for_themselves_alone(stage: Stage, counter: Counter) -> None:
    await counter.set_up()
    refused = await stage.ask(stage.alice, "ticket open", topic="help", member=CAROL)
    assert "Only those who answer tickets" in words(refused)
    assert "Bots have nothing to ask" in words(await stage.ask(stage.bob, "ticket open", member=ROBOT))
    said = await stage.ask(stage.bob, "ticket open", member=CAROL)
    ticket = await counter.ticket()
    assert words(said) == f"The ticket of <@{CAROL}>: <#{ticket.channel_id}>"
    assert (ticket.opener_id, ticket.opened_by, ticket.origin) == (CAROL, BOB, Origin.STAFF)
    own = await stage.ask(stage.alice, "ticket open", topic="help")
    there = f"<#{(await counter.ticket(2)).channel_id}>"
    assert words(own) == f"Your ticket: {there}"
    again = await stage.ask(stage.alice, "ticket open", topic="help")
    assert words(again) == f"You have a ticket about that already: {there}."


async def test_a_message_is_quoted_though_its_author_takes_it_back(stage: Stage, counter: Counter) -> None:
    await counter.set_up()
    assert stage.app is not None
    await add_topic(stage.app.database, GUILD, topic_id=TOPIC + 10, label="Reports")
    rude = await stage.carol.say(GENERAL, "You sheep!")
    asked = await (await stage.alice.context_menu(GENERAL, "Open ticket", message=rude)).finished()
    await stage.carol.delete(rude)
    chosen = await stage.alice.select(asked, f"ticket:pick:v1:m:{rude.id}:{CAROL}", [str(TOPIC + 10)])
    said = await chosen.finished()
    ticket = await counter.ticket()
    assert words(said) == f"Your ticket: <#{ticket.channel_id}>"
    assert ticket.quote == Quote(GENERAL, rude.id, CAROL, "You sheep!")
    assert (ticket.topic_id, ticket.origin) == (TOPIC + 10, Origin.MESSAGE)


async def test_a_menu_opens_what_its_panel_has_and_nothing_else(stage: Stage, counter: Counter) -> None:
    panel = await counter.set_up()
    assert stage.app is not None
    await add_topic(stage.app.database, GUILD, topic_id=TOPIC + 10, label="Reports")
    forged = await counter.panel(TOPIC + 10)
    for message, topic, said in ((forged, TOPIC + 10, "not there any more"), (panel, TOPIC, "Your ticket")):
        chosen = await stage.alice.select(message, f"ticket:choose:v1:{PANEL}", [str(topic)])
        assert said in words(await chosen.finished())


async def test_a_panel_lets_everybody_choose_again_whatever_came_of_it(
    stage: Stage, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, shown = await counter.set_up(), list[tuple[int, int]]()
    assert stage.app is not None

    async def show_again(guild_id: int, panel_id: int) -> None:
        shown.append((guild_id, panel_id))

    monkeypatch.setattr(stage.app.services.ticket_panels, "show_again", show_again)
    for said in ("Your ticket", "already"):
        chosen = await stage.alice.select(panel, f"ticket:choose:v1:{PANEL}", [str(TOPIC)])
        assert said in words(await chosen.finished())
    assert shown == [(GUILD, PANEL)] * 2


async def test_topics_are_suggested_by_name(stage: Stage, counter: Counter) -> None:
    await stage.start()
    assert "there is no panel" in words(await stage.ask(stage.alice, "ticket open"))
    await counter.set_up()
    typed = await stage.alice.autocomplete(GENERAL, "ticket open", "topic", "he")
    await typed.answered()
    assert [one["name"] for one in typed.choices] == ["Help"]


# Where there is room --------------------------------------------------------------------------------------------


def fill(stage: Stage, count: int, parent: int | None = None) -> None:
    for number in range(count):
        stage.sandbox.world.add_channel(GUILD, f"full-{number}", parent=parent)


async def test_a_full_category_gives_way_to_the_next_and_then_to_a_thread_and_staff_is_told_once(
    stage: Stage, counter: Counter
) -> None:
    world = stage.sandbox.world
    first, second = (world.add_channel(GUILD, name, kind="category") for name in ("First", "Second"))
    fill(stage, 50, first)
    config = TopicConfig(open_at_once=5, cooldown=0)
    panel = await counter.set_up(config, categories=(first, second), thread_channel=GENERAL)
    await counter.rule(GeneralSettings, alert_channel=GENERAL)
    await counter.press(panel)
    assert (await counter.ticket()).parent_id == second
    with world.without_bot():  # so that Discord alone knows that it is full
        fill(stage, 49, second)
    for _number in range(2):
        await counter.press(panel)
    ticket = await counter.ticket(3)
    assert (ticket.mode, ticket.parent_id, ticket.name) == (Mode.THREAD, GENERAL, "ticket-0003")
    assert ticket.channel_id is not None
    thread = world.backend.get_channel(ticket.channel_id)
    assert {ALICE, stage.sandbox.world.bot_id} <= set(thread.thread_members)
    assert CAROL not in thread.thread_members
    alerts = await counter.owed("alert:")
    assert len(alerts) == 1
    assert "The categories for tickets about **Help** are full" in alerts[0]


async def test_a_category_that_is_forbidden_keeps_nobody_from_a_thread_when_the_others_are_full(
    stage: Stage, counter: Counter
) -> None:
    world = stage.sandbox.world
    full, forbidden = (world.add_channel(GUILD, name, kind="category") for name in ("Full", "Forbidden"))
    fill(stage, 50, full)
    mine = ["view_channel", "send_messages", "embed_links", "manage_channels", "manage_roles", "create_private_threads"]
    world.set_bot_permissions(GUILD, [*mine, "send_messages_in_threads", "manage_threads"])
    world.overwrite(forbidden, world.bot_id, deny=["view_channel", "manage_channels"])
    panel = await counter.set_up(categories=(full, forbidden), cooldown=0)
    assert "Your ticket: <#" in words(await counter.press(panel)), "above all categories"
    await counter.end(1)
    await counter.rule(TicketSettings, thread_channel=GENERAL)
    await counter.press(panel)
    assert (await counter.ticket(2)).mode is Mode.THREAD
    await counter.rule(TicketSettings, categories=(forbidden,))
    await counter.end(2)
    assert "I lack a permission for it" in words(await counter.press(panel)), "staff should hear of that"


async def test_a_server_with_five_hundred_channels_has_room_in_a_thread_or_none(stage: Stage, counter: Counter) -> None:
    fill(stage, 499)
    panel = await counter.set_up()
    said = await counter.press(panel)
    assert "this server has no room for it" in words(said)
    assert (await counter.ticket()).failure is Failure.FULL
    await counter.rule(TicketSettings, thread_channel=GENERAL)
    await counter.press(panel)
    assert (await counter.ticket(2)).mode is Mode.THREAD


async def test_a_banned_name_gives_way_to_a_neutral_one(stage: Stage, counter: Counter) -> None:
    config = TopicConfig(name_pattern="1488-{member}-{number}", open_at_once=2, cooldown=0)
    panel = await counter.set_up(config)
    await counter.press(panel)
    assert (await counter.ticket()).name == "ticket-1"
    await counter.rule(TicketSettings, mode="thread", thread_channel=GENERAL)
    await counter.press(panel)
    assert (await counter.ticket(2)).name == "ticket-2"


async def test_without_permission_it_fails_and_costs_the_member_nothing(stage: Stage, counter: Counter) -> None:
    panel = await counter.set_up()
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, ["view_channel", "send_messages", "embed_links"])
    assert "I lack a permission for it" in words(await counter.press(panel))
    world.set_bot_permissions(GUILD, ["administrator"])
    assert "Your ticket: <#" in words(await counter.press(panel))


async def test_a_ticket_that_everybody_would_see_is_deleted_at_once(stage: Stage, counter: Counter) -> None:
    panel = await counter.set_up()
    world = stage.sandbox.world
    world.edit_role(GUILD, GUILD, permissions=["administrator"])
    await counter.seen(lambda guild: guild.default_role.permissions.administrator)
    said = await counter.press(panel)
    assert "others would have seen it, so I deleted it" in words(said)
    assert [one for one in world.backend.channels.values() if one.name == "ticket-0001"] == []
    assert (await counter.ticket()).failure is Failure.EXPOSED


async def test_fifty_presses_at_once_are_one_ticket_with_one_channel(stage: Stage, counter: Counter) -> None:
    panel = await counter.set_up()
    pressed = await asyncio.gather(*(stage.alice.click(panel, "Help") for _ in range(50)))
    answers = [words(one) for one in await asyncio.gather(*(one.finished(30.0) for one in pressed))]
    ticket = await counter.ticket()
    assert answers.count(f"Your ticket: <#{ticket.channel_id}>") == 1
    assert sum("You have a ticket about that already" in one for one in answers) == 49
    assert await counter.count() == 1
    channels = stage.sandbox.world.backend.channels.values()
    assert [one.id for one in channels if one.name == "ticket-0001"] == [ticket.channel_id]


async def test_fifty_presses_that_two_processes_hear_at_once_are_one_ticket_with_one_channel(
    stage: Stage, counter: Counter
) -> None:
    panel = await counter.set_up()
    second = Stage(stage.sandbox, stage.config, stage.clock, seed=1_000)
    await second.start()
    try:
        pressed = await asyncio.gather(*(stage.alice.click(panel, "Help") for _ in range(50)))
        # What is promised is one ticket, however slow the machine is: some of the presses may not be answered in time.
        found = await asyncio.gather(*(one.finished(30.0) for one in pressed), return_exceptions=True)
        await counter.until(lambda ticket: ticket.status is Status.OPEN)
    finally:
        await second.stop()
    ticket = await counter.ticket()
    answers = [words(one) for one in found if isinstance(one, SeenMessage)]
    assert all(f"<#{ticket.channel_id}>" in one or "#1" in one for one in answers)
    assert {type(one) for one in found} <= {SeenMessage, NotAnswered}
    assert await counter.count() == 1
    channels = stage.sandbox.world.backend.channels.values()
    assert [one.id for one in channels if one.name == "ticket-0001"] == [ticket.channel_id]
