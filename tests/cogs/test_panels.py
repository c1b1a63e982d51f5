"""Panels as owners make them and members see them: sent once, kept in step, moved, and gone when they are deleted."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import SeenMessage
from tests.cogs.outbox_post import by_real_time, mortal, pass_time, tick
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, words

NEEDED = "For this you need the permission **Manage Server**, or one of the **Admin roles** chosen in `/config`."
SUPPORT = {"name": "support", "title": "Need help?", "text": "Open a ticket.", "label": "Help"}
OWNERS = (4_000 << 22) + 1
HELP = (2_005 << 22) + 1


def grounds(stage: Stage) -> None:
    """Alice owns the place, and there is a second channel."""
    world = stage.sandbox.world
    world.add_channel(GUILD, "help", id=HELP)
    world.add_role(GUILD, "Owners", id=OWNERS, permissions=["manage_guild", "manage_messages"])
    world.give_role(GUILD, ALICE, OWNERS)


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    grounds(stage)
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


async def test_a_diagnosis_says_that_a_message_was_deleted_and_how_to_send_it_again(on_stage: Stage) -> None:
    await make(on_stage)
    said = words(await on_stage.ask(on_stage.alice, "diagnose", feature="tickets"))
    assert "panel **support**" not in said
    await on_stage.alice.delete(seen(on_stage)[0])
    said = words(await on_stage.ask(on_stage.alice, "diagnose", feature="tickets"))
    assert "The message of the panel **support** was deleted: nobody can open tickets by it." in said
    assert "Send it again with `/panel send`." in said
    await on_stage.ask(on_stage.alice, "panel send", panel="support", channel=HELP)
    on_stage.sandbox.world.remove_channel(HELP)
    await on_stage.ask(on_stage.alice, "diagnose", feature="tickets")
    assert "Somebody deleted its message" in words(await on_stage.ask(on_stage.alice, "panel edit", panel="support"))


async def test_who_may_not_open_tickets_is_listed_with_the_reason_until_it_ends(on_stage: Stage) -> None:
    answer = await on_stage.ask(on_stage.alice, "panel block", member=f"<@{BOB}>", length="1 week", reason="Jokes")
    assert f"<@{BOB}> can't open tickets any more: until <t:" in words(answer)
    assert "“Jokes”" in words(await on_stage.ask(on_stage.alice, "panel blocks"))
    assert f"<@{BOB}> may open tickets again." in words(
        await on_stage.ask(on_stage.alice, "panel unblock", member=f"<@{BOB}>")
    )
    assert "Nobody is blocked." in words(await on_stage.ask(on_stage.alice, "panel blocks"))


async def test_who_neither_manages_the_server_nor_is_an_admin_may_nothing(on_stage: Stage) -> None:
    board = await make(on_stage)
    on_stage.sandbox.world.take_role(GUILD, ALICE, OWNERS)
    form = await (await on_stage.alice.click(board, "Add a topic…")).finished()
    assert NEEDED in words(form)
    for label in ("Words…", "Show a menu", "Delete…"):
        assert NEEDED in words(await (await on_stage.alice.click(board, label)).finished())


# Death in the middle ----------------------------------------------------------------------------------------


async def standing(stage: Stage, name: str) -> list[int]:
    """The channels in which a panel stands, once all is said that is owed; each as often as it is there."""
    for _turn in range(4):
        pass_time(stage, 61)
        await tick(stage)
    return [room for room in (GENERAL, HELP) for one in seen(stage, room) if one.embeds[0].get("title") == name]


async def known_as(stage: Stage, name: str) -> list[tuple[int | None, int | None, bool]]:
    """Where the bot believes it to stand, whether a message is there, and whether nothing is under way."""
    assert stage.app is not None
    found = [one for one in await stage.app.services.ticket_panels.all(GUILD) if one.title == name]
    there = {one.id for room in (GENERAL, HELP) for one in seen(stage, room)}
    return [(one.channel_id, one.sending_to, one.message_id in there) for one in found]


async def begun(stage: Stage, points: CrashPoints) -> None:
    by_real_time(stage)
    stage.arrange = points.plant
    await stage.start()


async def again(stage: Stage, points: CrashPoints) -> None:
    points.armed = False
    await stage.die()
    stage.arrange = None
    await stage.start()


async def test_making_a_panel_that_dies_anywhere_makes_one_or_none(stage: Stage) -> None:
    grounds(stage)
    names = iter(f"made {number}" for number in range(100))

    async def story(points: CrashPoints) -> None:
        await begun(stage, points)
        name = next(names)
        form = await (await stage.alice.slash(GENERAL, "panel create")).answered()
        await points.arm()
        await points.heard(await stage.alice.submit(form, {**SUPPORT, "name": name, "title": name, "channel": GENERAL}))
        await again(stage, points)
        stands, known = await standing(stage, name), await known_as(stage, name)
        assert (stands, known) in (([], []), ([GENERAL], [(GENERAL, None, True)]))
        await stage.stop()

    assert len(await sweep(story)) >= 6


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_moving_and_deleting_a_panel_that_die_anywhere_leave_one_message_or_none(stage: Stage) -> None:
    grounds(stage)
    names = iter(f"moved {number}" for number in range(100))

    async def story(points: CrashPoints) -> None:
        await begun(stage, points)
        name = next(names)
        await make(stage, name=name, title=name)
        await points.arm()
        await points.heard(await stage.alice.slash(GENERAL, "panel move", panel=name, channel=HELP))
        await mortal(tick(stage))
        await again(stage, points)
        [stands], [known] = await standing(stage, name), await known_as(stage, name)
        assert known == (stands, None, True)
        question = await stage.ask(stage.alice, "panel delete", panel=name)
        await (await stage.alice.click(question, "Delete it")).finished()
        assert (await standing(stage, name), await known_as(stage, name)) == ([], [])
        await stage.stop()

    assert len(await sweep(story)) >= 8
