"""/privacy as members use it."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from bot.db.models.command_logs import CommandLog
from bot.domain.preferences import Preferences
from bot.sandbox import SeenMessage
from tests.support.stage import ALICE, BOB, GUILD, Stage, is_private, words


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """Alice has had her coins for the day."""
    await stage.start()
    await stage.ask(stage.alice, "daily")
    assert stage.app is not None
    await stage.app.recorder.flush()
    return stage


async def press(stage: Stage, message: SeenMessage, label: str) -> SeenMessage:
    return await (await stage.alice.click(message, label)).finished()


async def test_a_member_sees_how_much_there_is_and_gets_it_as_a_file(on_stage: Stage) -> None:
    seen = await on_stage.ask(on_stage.alice, "privacy")
    assert is_private(seen)
    assert "Movements of your coins: 1 entry" in words(seen)
    given = await press(on_stage, seen, "Get my data")
    assert is_private(given)
    [file] = given.attachments
    async with ClientSession() as http, http.get(file["url"]) as answer:
        document = json.loads(await answer.read())
    assert document["user"] == str(ALICE)
    assert document["server"] == str(GUILD)
    assert [row["amount"] for row in document["tables"]["ledger_entries.holder"]] == [250]
    assert document["tables"]["members.user_id"][0]["user_id"] == ALICE


async def test_erasing_asks_first_says_what_stays_and_also_works_after_a_restart(on_stage: Stage) -> None:
    seen = await on_stage.ask(on_stage.alice, "privacy")
    asked = await press(on_stage, seen, "Erase what is from here…")
    assert "can't be undone" in words(asked)
    assert "• Your coins · Movements of your coins · Movements that you made\n-# kept without your name" in words(asked)
    kept = await press(on_stage, asked, "Keep it")
    assert "Movements of your coins: 1 entry" in words(kept)
    asked = await press(on_stage, kept, "Erase what is from here…")
    await on_stage.stop()
    await on_stage.start()
    done = await press(on_stage, asked, "Yes, erase it")
    assert "no longer name" in words(done)
    assert not list(done.controls())
    assert "**0 coins**" in words(await on_stage.ask(on_stage.alice, "balance"))
    assert "You have had this one already" in words(await on_stage.ask(on_stage.alice, "daily"))


async def test_each_reason_for_what_stays_is_said_once(on_stage: Stage) -> None:
    asked = await press(on_stage, await on_stage.ask(on_stage.alice, "privacy"), "Erase what is from here…")
    staying = words(asked).split("What stays behind", 1)[1]
    reasons = [line for line in staying.split("\n") if line.startswith("-# ")]
    assert len(reasons) == len(set(reasons)) == 2, "for coins, and for what can be had once"


async def named(stage: Stage, waiting: int) -> set[int]:
    """Who is named in the whole command log, after so many uses that wait were written."""
    app = stage.app
    assert app is not None
    async with asyncio.timeout(5):
        while app.command_log.waiting < waiting:
            await asyncio.sleep(0.005)
    await app.command_log.flush()
    async with app.database.read() as session:
        return set((await session.execute(select(CommandLog.user_id))).scalars())


async def test_the_press_that_erases_and_what_was_used_before_do_not_name_whoever_erased(on_stage: Stage) -> None:
    assert await named(on_stage, 1) == {ALICE}
    await on_stage.ask(on_stage.bob, "balance")
    asked = await press(on_stage, await on_stage.ask(on_stage.alice, "privacy"), "Erase what is from here…")
    await press(on_stage, asked, "Yes, erase it")
    assert await named(on_stage, 4) == {0, BOB}


async def test_who_erases_everything_and_wanted_no_name_in_the_log_gets_none_by_it(on_stage: Stage) -> None:
    app = on_stage.app
    assert app is not None
    await app.services.preferences.edit(ALICE, lambda _: Preferences(statistics=False), base=0)
    alone = on_stage.sandbox.as_user(ALICE)
    channel = on_stage.sandbox.world.backend.get_dm_channel(ALICE).id
    held = await (await alone.slash(channel, "privacy")).finished()
    asked = await (await alone.click(held, "Erase everything…")).finished()
    await (await alone.click(asked, "Yes, erase it")).finished()
    assert await named(on_stage, 4) == {0}


async def test_somebody_of_whom_nothing_is_kept_is_told_so(stage: Stage) -> None:
    await stage.start()
    seen = await stage.ask(stage.bob, "privacy")
    if "I keep nothing" not in words(seen):  # what Discord said of Bob may have been written already
        assert "nickname" in words(seen)
