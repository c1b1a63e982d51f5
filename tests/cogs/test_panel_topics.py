"""Topics as owners write them: every form and list, and what of it is said."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.ticket_topics import Question, QuestionKind, RoleRule, Topic, TopicStyle
from bot.domain.tickets import ClaimMode, Mode, Priority
from bot.sandbox import SeenMessage
from bot.services.ticket_panel_parts import By, PanelWords
from tests.support.stage import ALICE, GENERAL, GUILD, Stage, words

OWNERS, STAFF, MUTED = ((4_000 << 22) + number for number in range(1, 4))
DESK, CATEGORY = (2_005 << 22) + 1, (2_006 << 22) + 1
WORDS = PanelWords("support", "Need help?", "Open a ticket.")


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    world = stage.sandbox.world
    world.add_channel(GUILD, "desk", id=DESK)
    world.add_channel(GUILD, "Tickets", kind="category", id=CATEGORY)
    world.add_role(GUILD, "Owners", id=OWNERS, permissions=["manage_guild"])
    world.add_role(GUILD, "Staff", id=STAFF)
    world.add_role(GUILD, "Muted", id=MUTED)
    world.give_role(GUILD, ALICE, OWNERS)
    app = await stage.start()
    await app.services.ticket_panels.create(GUILD, WORDS, "Help", GENERAL, By(ALICE))
    return stage


async def topics(stage: Stage) -> list[Topic]:
    assert stage.app is not None
    [panel] = await stage.app.services.ticket_panels.all(GUILD)
    return list(panel.topics)


async def board(stage: Stage) -> SeenMessage:
    return await stage.ask(stage.alice, "panel topic", panel="support", topic="help")


async def press(stage: Stage, message: SeenMessage, label: str) -> SeenMessage:
    return await (await stage.alice.click(message, label)).finished()


async def fill(stage: Stage, message: SeenMessage, button: str, /, **values: Any) -> SeenMessage:
    form = await (await stage.alice.click(message, button)).answered()
    return await (await stage.alice.submit(form, values)).finished()


async def choose(stage: Stage, message: SeenMessage, start: str, value: object) -> SeenMessage:
    return await (await stage.alice.select(message, _id(message, start), [str(value)])).finished()


def _id(message: SeenMessage, start: str) -> str:
    [custom_id] = {one["custom_id"] for one in message.controls() if str(one.get("custom_id")).startswith(start)}
    return custom_id


async def test_every_form_of_a_topic_says_what_it_was_told(on_stage: Stage) -> None:
    shown = await board(on_stage)
    assert "Nobody is chosen to answer" in words(shown)
    shown = await fill(
        on_stage, shown, "Look…", label="Reports", emoji="🚨", style=TopicStyle.DANGER.value, description="About others"
    )
    shown = await fill(
        on_stage, shown, "Where…",
        mode="thread", categories=[CATEGORY], thread_channel=[DESK], log_channel=[DESK], transcript_channel=[],
    )  # fmt: skip
    shown = await fill(
        on_stage, shown, "Who answers…",
        support_roles=[STAFF], ping_roles=[], escalation_roles=[OWNERS], claim_mode="read_only",
    )  # fmt: skip
    shown = await fill(
        on_stage, shown, "First words…", opening="Hello {member}", name_pattern="report-{number}", priority="3"
    )
    shown = await fill(
        on_stage, shown, "Limits…",
        open_at_once="2", cooldown="0", auto_close="3 days", account_age="1 week", member_age="",
    )  # fmt: skip
    [topic] = await topics(on_stage)
    config = topic.config
    assert (topic.label, topic.emoji, topic.style, topic.description) == ("Reports", "🚨", "danger", "About others")
    assert (config.mode, config.categories, config.thread_channel) == (Mode.THREAD, (CATEGORY,), DESK)
    assert (config.log_channel, config.transcript_channel) == (DESK, None)
    assert (config.support_roles, config.ping_roles, config.escalation_roles) == ((STAFF,), (), (OWNERS,))
    assert (config.claim_mode, config.opening, config.priority) == (
        ClaimMode.READ_ONLY,
        "Hello {member}",
        Priority.HIGH,
    )
    assert (config.open_at_once, config.cooldown, config.auto_close) == (2, 0, 3 * 86_400)
    assert (config.account_age, config.member_age, config.name_pattern) == (7 * 86_400, 0, "report-{number}")
    said = words(shown)
    assert all(one in said for one in (f"<@&{STAFF}>", f"<#{DESK}>", "Hello {member}", "3 days", "1 week", "Red"))
    assert "a claimed one stays open to all of staff" in said
    assert "Nobody is chosen to answer" not in said


async def test_a_form_is_written_question_by_question_in_the_order_that_is_wanted(on_stage: Stage) -> None:
    shown = await press(on_stage, await board(on_stage), "Questions…")
    shown = await ask_for(on_stage, shown, "short", text="Who?", least="2", most="40")
    shown = await ask_for(on_stage, shown, "choice", text="What?", choices="Spam\nSpam")
    assert "**What?** has a choice twice." in words(shown)
    shown = await ask_for(on_stage, shown, "choice", text="What?", choices="Spam\nScam", required=["no"])
    shown = await choose(on_stage, shown, "panel:question-up", 1)
    form = await (await on_stage.alice.select(shown, _id(shown, "panel:question-edit"), ["1"])).answered()
    shown = await (await on_stage.alice.submit(form, {"text": "Who was it?"})).finished()
    [topic] = await topics(on_stage)
    assert topic.config.questions == (
        Question(text="What?", kind=QuestionKind.CHOICE, choices=("Spam", "Scam"), required=False),
        Question(text="Who was it?", kind=QuestionKind.SHORT, least=2, most=40),
    )
    assert "1. **What?** · One of several · may be left out · Spam, Scam" in words(shown)
    shown = await choose(on_stage, shown, "panel:question-drop", 0)
    assert [one.text for one in (await topics(on_stage))[0].config.questions] == ["Who was it?"]


async def ask_for(stage: Stage, message: SeenMessage, kind: str, **values: Any) -> SeenMessage:
    form = await (await stage.alice.select(message, _id(message, "panel:question-add"), [kind])).answered()
    return await (await stage.alice.submit(form, values)).finished()


async def test_rules_are_looked_at_in_their_order(on_stage: Stage) -> None:
    shown = await press(on_stage, await board(on_stage), "Who may open…")
    for custom_id, role in (("allow", STAFF), ("deny", MUTED)):
        [menu] = [str(one["custom_id"]) for one in shown.controls() if str(one.get("custom_id")).endswith(custom_id)]
        shown = await (await on_stage.alice.select(shown, menu, [role])).finished()
    shown = await choose(on_stage, shown, "panel:rule-up", 1)
    assert f"1. ⛔ <@&{MUTED}>\n2. ✅ <@&{STAFF}>" in words(shown)
    assert "Who has none of these roles may not." in words(shown)
    shown = await choose(on_stage, shown, "panel:rule-drop", 0)
    assert (await topics(on_stage))[0].config.rules == (RoleRule(role_id=STAFF, allows=True),)


async def test_topics_change_places_and_one_that_is_removed_leaves_the_panel(on_stage: Stage) -> None:
    panel = await on_stage.ask(on_stage.alice, "panel edit", panel="support")
    shown = await fill(on_stage, panel, "Add a topic…", label="Reports")
    shown = await press(on_stage, shown, "Up")
    assert [one.label for one in await topics(on_stage)] == ["Reports", "Help"]
    question = await press(on_stage, shown, "Remove…")
    shown = await press(on_stage, question, "Remove it")
    assert [one.label for one in await topics(on_stage)] == ["Help"]
    assert "Panel · support" in words(shown)


async def test_what_somebody_else_changed_is_not_overwritten(on_stage: Stage) -> None:
    old = await board(on_stage)
    form = await (await on_stage.alice.click(old, "Look…")).answered()
    await fill(on_stage, old, "Limits…", open_at_once="3")
    shown = await (await on_stage.alice.submit(form, {"label": "Other"})).finished()
    assert "Somebody changed it meanwhile, so I changed nothing. Here is how it stands." in words(shown)
    assert [one.label for one in await topics(on_stage)] == ["Help"]


async def test_an_emoji_that_is_none_and_a_number_that_is_too_big_are_refused_above_the_topic(on_stage: Stage) -> None:
    shown = await fill(on_stage, await board(on_stage), "Look…", emoji="smile")
    assert "I need one emoji there" in words(shown)
    shown = await fill(on_stage, shown, "Limits…", open_at_once="99")
    assert "**Open at once** must be from 1 to 25." in words(shown)


async def test_a_form_that_was_opened_before_a_restart_is_answered_after_it(on_stage: Stage) -> None:
    form = await (await on_stage.alice.click(await board(on_stage), "Look…")).answered()
    await on_stage.stop()
    await on_stage.start()
    await (await on_stage.alice.submit(form, {"label": "After"})).finished()
    assert [one.label for one in await topics(on_stage)] == ["After"]
