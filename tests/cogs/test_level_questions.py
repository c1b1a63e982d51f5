"""/level calculate and /level why, as members ask."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from bot.cogs.leveling import asking_pages
from bot.db.models.leveling import MemberLevel
from bot.domain.features import FeatureSettings
from bot.domain.gains import Reason, Verdict
from bot.i18n import speaking
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, ROBOT, Stage, is_private, words

BOSS = 9_200 << 22


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    world = stage.sandbox.world
    world.add_role(GUILD, "Boss", id=BOSS, permissions=["manage_guild"])
    world.give_role(GUILD, ALICE, BOSS)
    await stage.start()
    return stage


def app_of(stage: Stage) -> Any:
    assert stage.app is not None
    return stage.app


async def has(stage: Stage, xp: int) -> None:
    async with app_of(stage).database.write() as session:
        row = {"guild_id": GUILD, "user_id": BOB, "xp": xp, "messages": 1, "voice_seconds": 0}
        await session.execute(insert(MemberLevel), row)


async def test_a_level_and_xp_are_calculated_for_whoever_asks(on_stage: Stage) -> None:
    await has(on_stage, 150)
    told = await on_stage.ask(on_stage.bob, "level calculate", level=5)
    assert is_private(told)
    assert "Level **5** takes **1,150 XP** in all." in words(told)
    assert "You are at level **1** with 150 XP." in words(told)
    assert "You need 1,000 XP more: about 50 messages that earn" in words(told)
    told = await on_stage.ask(on_stage.bob, "level calculate", xp=120)
    assert "**120 XP** is level **1**, 135 XP below the next." in words(told)
    assert "You have that already." in words(told)
    assert "one of the two" in words(await on_stage.ask(on_stage.bob, "level calculate"))


async def test_why_tells_of_each_message_what_it_earned_or_why_nothing(on_stage: Stage) -> None:
    assert "I have seen nothing of" in words(await on_stage.ask(on_stage.bob, "level why"))
    await on_stage.bob.say(GENERAL, "good morning")
    await on_stage.bob.say(GENERAL, "good  MORNING")
    await on_stage.bob.say(GENERAL, "and how are you?")
    async with asyncio.timeout(10):
        while len(app_of(on_stage).bot.xp.verdicts(GUILD, BOB)) < 3:
            await asyncio.sleep(0.01)
    told = await on_stage.ask(on_stage.bob, "level why")
    assert is_private(told)
    newest, same, first = [one for one in words(told).splitlines() if "💬" in one]
    assert "XP**" in first
    assert same.endswith("it said the same as the one before")
    assert "too soon: the next one could earn" in newest
    assert f"<#{GENERAL}>" in newest


async def test_anothers_why_is_for_staff(on_stage: Stage) -> None:
    assert "Manage Server" in words(await on_stage.ask(on_stage.bob, "level why", member=ALICE))
    assert f"<@{BOB}>" in words(await on_stage.ask(on_stage.alice, "level why", member=BOB))
    assert "Bots earn no XP" in words(await on_stage.ask(on_stage.alice, "level why", member=ROBOT))


async def test_where_leveling_is_off_nothing_is_told(on_stage: Stage) -> None:
    settings = app_of(on_stage).services.guild_settings
    before = await settings.read(GUILD, FeatureSettings)
    off = before.value.model_copy(update={"leveling": False})
    await settings.change(GUILD, off, base=before.version, by=None)
    for command, more in (("level why", {}), ("level calculate", {"level": 5})):
        assert "switched off" in words(await on_stage.ask(on_stage.bob, command, **more))


def test_every_reason_has_words_of_its_own() -> None:
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    with speaking("en"):
        told = [asking_pages.why(BOB, [Verdict(moment, GENERAL, 0, one, 23_000)]).description or "" for one in Reason]
    assert len(set(told)) == len(Reason)
    assert any("23 seconds later" in one for one in told)
