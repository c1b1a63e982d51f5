"""Panels as owners make them and members see them: sent once, kept in step, moved, and gone when they are deleted."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import SeenMessage
from tests.cogs.outbox_post import tick
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, words

SUPPORT = {"name": "support", "title": "Need help?", "text": "Open a ticket.", "label": "Help"}
OWNERS = (4_000 << 22) + 1
HELP = (2_005 << 22) + 1


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    world = stage.sandbox.world
    world.add_channel(GUILD, "help", id=HELP)
    world.add_role(GUILD, "Owners", id=OWNERS, permissions=["manage_guild", "manage_messages"])
    world.give_role(GUILD, ALICE, OWNERS)
    await stage.start()
    return stage


def seen(stage: Stage, channel_id: int = GENERAL) -> list[SeenMessage]:
    with stage.sandbox.view(BOB) as view:
        return list(view.messages(channel_id))


def buttons(message: SeenMessage) -> list[dict[str, Any]]:
    return [one for one in message.controls() if "custom_id" in one]


async def later(stage: Stage) -> None:
    """Let everything be said that is owed, however old the message is that it is about."""
    for _turn in range(3):
        stage.clock.advance(seconds=11)
        await tick(stage)


async def make(stage: Stage, **more: Any) -> SeenMessage:
    form = await (await stage.alice.slash(GENERAL, "panel create")).answered()
    shown = await stage.alice.submit(form, {**SUPPORT, "channel": GENERAL, **more})
    return await shown.finished()


async def test_the_first_form_alone_makes_a_panel_that_members_see(on_stage: Stage) -> None:
    board = await make(on_stage)
    [panel] = seen(on_stage)
    assert (panel.embeds[0]["title"], panel.embeds[0]["description"]) == ("Need help?", "Open a ticket.")
    assert panel.embeds[0]["color"]
    assert str(panel.id) in words(board)
    await tick(on_stage)
    assert len(seen(on_stage)) == 1


async def test_a_change_is_shown_by_the_message_that_members_see(on_stage: Stage) -> None:
    board = await make(on_stage)
    form = await (await on_stage.alice.click(board, "Add a topic…")).answered()
    await (await on_stage.alice.submit(form, {"label": "Report somebody"})).finished()
    await later(on_stage)
    [panel] = seen(on_stage)
    assert [one["label"] for one in buttons(panel)] == ["Help", "Report somebody"]
    board = await on_stage.ask(on_stage.alice, "panel edit", panel="SUPPORT")
    await (await on_stage.alice.click(board, "Show a menu")).finished()
    await later(on_stage)
    [panel] = seen(on_stage)
    [menu] = buttons(panel)
    assert ([one["label"] for one in menu["options"]], menu["placeholder"]) == (
        ["Help", "Report somebody"],
        "What is it about?",
    )


async def test_a_panel_that_is_moved_stands_in_one_channel_only(on_stage: Stage) -> None:
    await make(on_stage)
    answer = await on_stage.ask(on_stage.alice, "panel move", panel="support", channel=HELP)
    await later(on_stage)
    [panel] = seen(on_stage, HELP)
    assert str(panel.id) in words(answer)
    assert seen(on_stage) == []


async def test_a_panel_that_is_deleted_is_gone_with_its_message(on_stage: Stage) -> None:
    await make(on_stage)
    question = await on_stage.ask(on_stage.alice, "panel delete", panel="support")
    await (await on_stage.alice.click(question, "Delete it")).finished()
    await later(on_stage)
    assert seen(on_stage) == []
    assert "no panel **support**" in words(await on_stage.ask(on_stage.alice, "panel edit", panel="support"))


async def test_a_message_deleted_by_hand_is_noticed_with_the_next_change_and_sent_again(on_stage: Stage) -> None:
    board = await make(on_stage)
    await on_stage.alice.delete(seen(on_stage)[0])
    form = await (await on_stage.alice.click(board, "Add a topic…")).answered()
    await (await on_stage.alice.submit(form, {"label": "More"})).finished()
    await later(on_stage)
    board = await on_stage.ask(on_stage.alice, "panel edit", panel="support")
    assert "Somebody deleted its message" in words(board)
    answer = await on_stage.ask(on_stage.alice, "panel send", panel="support")
    [panel] = seen(on_stage)
    assert str(panel.id) in words(answer)
    assert len(buttons(panel)) == 2


async def test_a_name_that_is_taken_makes_nothing_and_gives_the_words_back(on_stage: Stage) -> None:
    await make(on_stage)
    answer = await make(on_stage, name="Support", text="Other words")
    assert "There is a panel **Support** already" in words(answer)
    assert "Other words" in words(answer)
    assert len(seen(on_stage)) == 1


async def test_a_preview_shows_the_panel_and_nothing_on_it_can_be_pressed(on_stage: Stage) -> None:
    await make(on_stage)
    shown = await on_stage.ask(on_stage.alice, "panel preview", panel="support")
    assert words(shown) == words(seen(on_stage)[0])
    assert all(one["disabled"] for one in buttons(shown))
