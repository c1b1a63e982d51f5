"""/xp curve as staff uses it: seen before it holds, applied by a press, and taken back by another."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.cogs.leveling.curve_commands import CONTROLS, CurveButton, CurveUndoButton, _short
from bot.db.models.leveling import MemberLevel
from bot.domain.curve_changes import wanted, written_numbers
from bot.domain.curves import HIGHEST, Preset
from bot.domain.leveling_settings import CurveSettings
from bot.sandbox import CannotDo, SeenMessage
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage, is_private, words

BOSS, REGULAR = 9_300 << 22, 9_301 << 22


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, ["manage_roles", "view_channel", "send_messages", "embed_links", "attach_files"])
    world.add_role(GUILD, "Boss", id=BOSS, permissions=["manage_guild", "manage_roles"], position=60)
    world.add_role(GUILD, "Regular", id=REGULAR)
    world.give_role(GUILD, ALICE, BOSS)
    await stage.start()
    async with app_of(stage).database.write() as session:
        rows = [
            {"guild_id": GUILD, "user_id": who, "xp": xp, "messages": 1, "voice_seconds": 0}
            for who, xp in ((BOB, 4_675), (CAROL, 42_000))
        ]
        await session.execute(insert(MemberLevel), rows)
    await stage.ask(stage.alice, "xp reward set", level=10, role=REGULAR)
    return stage


def app_of(stage: Stage) -> Any:
    assert stage.app is not None
    return stage.app


async def xp(stage: Stage) -> dict[int, int]:
    async with app_of(stage).database.read() as session:
        return {row.user_id: row.xp for row in await session.execute(select(MemberLevel.user_id, MemberLevel.xp))}


async def curve(stage: Stage) -> CurveSettings:
    return (await app_of(stage).services.guild_settings.read(GUILD, CurveSettings)).value


async def press(stage: Stage, message: SeenMessage, label: str) -> SeenMessage:
    return await (await stage.alice.click(message, label)).finished()


async def test_without_options_the_present_curve_is_told(on_stage: Stage) -> None:
    told = await on_stage.ask(on_stage.alice, "xp curve")
    assert is_private(told)
    assert "Curve `mee6`, up to level **1,000**" in words(told)
    assert "Level 10: 4,675 XP" in words(told)
    assert not list(told.controls())


async def test_what_a_curve_does_is_seen_before_it_holds(on_stage: Stage) -> None:
    shown = await on_stage.ask(on_stage.alice, "xp curve", preset="flat")
    assert is_private(shown)
    assert f"<@&{REGULAR}>: -1 (<@{BOB}>)" in words(shown)
    assert "Level 0–4: 0 → 1" in words(shown)
    assert "Nothing has been changed yet." in words(shown)
    assert [one["filename"] for one in shown.attachments] == ["picture.png"]
    assert await curve(on_stage) == CurveSettings()


async def test_xp_is_kept_then_roles_are_synced_and_an_undo_brings_the_old_curve_back(on_stage: Stage) -> None:
    done = await press(on_stage, await on_stage.ask(on_stage.alice, "xp curve", preset="flat", cap=50), "Keep XP")
    assert "✅ Curve `flat`, up to level **50** holds now." in words(done)
    assert not done.attachments, "the chart tells what is no longer asked"
    assert (await curve(on_stage)).cap == 50
    assert "Sync roles with levels" in words(await press(on_stage, done, "Sync roles"))
    back = await press(on_stage, done, "Undo")
    assert "Curve `mee6`, up to level **1,000** holds now." in words(back)
    assert await curve(on_stage) == CurveSettings()


async def test_levels_are_kept_and_the_undo_gives_everybody_their_xp_back(on_stage: Stage) -> None:
    before = await xp(on_stage)
    shown = await on_stage.ask(on_stage.alice, "xp curve", numbers="0 0 500 0")
    done = await press(on_stage, shown, "Keep levels")
    assert "2 members have other XP now, and the levels they had." in words(done)
    assert await xp(on_stage) == {BOB: 5_000, CAROL: 12_500}
    await on_stage.stop()
    await on_stage.start()
    assert "Taken back" in words(await press(on_stage, done, "Undo"))
    assert await xp(on_stage) == before
    assert await curve(on_stage) == CurveSettings()


async def test_a_preview_that_is_out_of_date_changes_nothing(on_stage: Stage) -> None:
    old = await on_stage.ask(on_stage.alice, "xp curve", preset="flat")
    await press(on_stage, await on_stage.ask(on_stage.alice, "xp curve", preset="lurkr"), "Keep XP")
    assert "Somebody else changed" in words(await press(on_stage, old, "Keep levels"))
    assert (await curve(on_stage)).preset is Preset.LURKR


async def test_an_unsound_curve_is_refused_with_the_level(on_stage: Stage) -> None:
    assert "level 6 would take no more XP" in words(await on_stage.ask(on_stage.alice, "xp curve", numbers="0 -1 10 0"))
    assert "four numbers" in words(await on_stage.ask(on_stage.alice, "xp curve", numbers="1 2 x 4"))


async def test_a_name_and_numbers_together_are_refused_instead_of_one_of_them_left_out(on_stage: Stage) -> None:
    refused = await on_stage.ask(on_stage.alice, "xp curve", preset="lurkr", numbers="1 2 3 4")
    assert "one of the two" in words(refused)
    assert not list(refused.controls())


async def test_members_are_neither_offered_nor_granted_it(on_stage: Stage) -> None:
    with pytest.raises(CannotDo):
        await on_stage.ask(on_stage.bob, "xp curve")
    shown = await on_stage.ask(on_stage.alice, "xp curve", preset="flat")
    stored = on_stage.sandbox.world.backend.messages[GENERAL][shown.id]
    for custom_id in [one["custom_id"] for one in shown.controls() if "custom_id" in one]:
        bob = on_stage.sandbox.as_member(GUILD, BOB)
        data = {"custom_id": custom_id, "component_type": 2}
        refused = await bob._interact(3, GENERAL, data, source=stored).finished()
        assert "Manage Server" in words(refused)
    assert await curve(on_stage) == CurveSettings()


async def settle(stage: Stage, points: CrashPoints, message: SeenMessage, label: str) -> SeenMessage:
    """Press while the process may die at it; what whoever pressed sees in the end, who presses again after a death."""
    await points.arm()
    exchange = await stage.alice.click(message, label)
    await points.heard(exchange)
    points.armed = False
    if not points.died.is_set():
        return await exchange.finished()
    await stage.die()
    stage.arrange = None
    await stage.start()
    [shown] = [one for one in stage.sandbox.view(ALICE).messages(GENERAL) if one.id == message.id]
    waits = any(one.get("label") == label for one in shown.controls())
    return await press(stage, shown, label) if waits else shown


@pytest.mark.parametrize("label", ["Keep XP", "Keep levels"])
async def test_wherever_the_process_dies_a_curve_is_applied_once_and_its_undo_takes_back_all_of_it(
    on_stage: Stage, label: str
) -> None:
    before = await xp(on_stage)
    await on_stage.stop()

    async def story(points: CrashPoints) -> None:
        on_stage.arrange = points.plant
        await on_stage.start()
        shown = await on_stage.ask(on_stage.alice, "xp curve", numbers="0 0 500 0")
        done = await settle(on_stage, points, shown, label)
        assert "holds now" in words(done), words(done)
        assert await curve(on_stage) == wanted(Preset.CUSTOM, "0 0 500 0", HIGHEST)
        assert await xp(on_stage) == ({BOB: 5_000, CAROL: 12_500} if label == "Keep levels" else before)
        back = await press(on_stage, done, "Undo")
        assert "Curve `mee6`, up to level **1,000** holds" in words(back)
        assert await curve(on_stage) == CurveSettings()
        assert await xp(on_stage) == before
        await on_stage.stop()

    assert "after commit" in await sweep(story)


async def test_wherever_the_process_dies_a_curve_is_taken_back_once(on_stage: Stage) -> None:
    before = await xp(on_stage)
    await on_stage.stop()

    async def story(points: CrashPoints) -> None:
        on_stage.arrange = points.plant
        await on_stage.start()
        shown = await on_stage.ask(on_stage.alice, "xp curve", numbers="0 0 500 0")
        done = await press(on_stage, shown, "Keep levels")
        assert await xp(on_stage) == {BOB: 5_000, CAROL: 12_500}
        assert "Taken back" in words(await settle(on_stage, points, done, "Undo"))
        assert await xp(on_stage) == before
        assert await curve(on_stage) == CurveSettings()
        await on_stage.stop()

    assert "after commit" in await sweep(story)


def test_the_longest_custom_id_fits_and_is_understood() -> None:
    longest = wanted(Preset.CUSTOM, "12345.123456 12345.123456 12345.123456 -1234.123456", HIGHEST)
    rest = f"custom:1000:{10**5}:{written_numbers(longest)}"
    for kind, custom_id in (
        (CurveButton, f"xp:curve:v1:levels:{rest}"),
        (CurveUndoButton, f"xp:uncurve:v1:{_short(2**63 - 1)}:{rest}"),
    ):
        assert len(custom_id) <= 100
        assert kind.__discord_ui_compiled_template__.fullmatch(custom_id)
    assert len(CONTROLS) == 3
