"""Leaderboards as members see them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import insert

from bot.cogs import leaderboard
from bot.db.models.economy import Account
from bot.domain.economy_settings import EconomySettings, Pocket
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.jobs.keeping import KeepingJob
from bot.sandbox import SeenMessage
from bot.settings import Settings
from tests.cogs.test_typed import said
from tests.support.oracle import Oracle
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage, is_private, words

OWNERS = (4_000 << 22) + 1


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    stage.settings = Settings(default_features=frozenset({"economy"}))  # so that a wallet is the first board
    await stage.start()
    return stage


async def give(stage: Stage, *held: tuple[int, int]) -> None:
    assert stage.app is not None
    rows = [{"guild_id": GUILD, "holder": who, "pocket": Pocket.WALLET, "balance": coins} for who, coins in held]
    async with stage.app.database.write() as session:
        await session.execute(insert(Account), rows)


async def change(stage: Stage, section: Any) -> None:
    assert stage.app is not None
    await stage.app.services.guild_settings.change(GUILD, section, base=0, by=ALICE)


async def press(stage: Stage, message: SeenMessage, label: str) -> SeenMessage:
    return await (await stage.alice.click(message, label)).finished()


async def test_everybody_sees_who_is_richest_and_whoever_asked_where_they_stand(on_stage: Stage) -> None:
    await give(on_stage, (BOB, 300), (CAROL, 300), (ALICE, 1))
    answer = await on_stage.ask(on_stage.alice, "leaderboard")
    assert not is_private(answer)
    assert list(answer.pings) == []
    assert words(answer) == "\n".join(
        (
            f"🥇 <@{CAROL}> · **300 coins**",
            f"🥇 <@{BOB}> · **300 coins**",
            f"🥉 <@{ALICE}> · **1 coin**",
            "",
            f"<@{ALICE}>: place 3 with 1 coin",
            "Wallet",
        )
    )


async def test_an_empty_board_says_how_one_gets_onto_it(on_stage: Stage) -> None:
    answer = words(await on_stage.ask(on_stage.alice, "leaderboard", board="richest", period="all"))
    assert "Nobody has any coins yet." in answer
    assert f"<@{ALICE}>: no place yet, with 0 coins" in answer


async def test_coins_of_which_none_moved_give_no_place(on_stage: Stage) -> None:
    await change(on_stage, EconomySettings(starting_balance=100))
    await give(on_stage, (BOB, 300), (CAROL, 20))
    answer = await on_stage.ask(on_stage.alice, "leaderboard")
    assert f"\n<@{ALICE}>: no place yet with 100 coins, because nothing has moved\n" in words(answer)
    assert "My place" in disabled(answer)
    await on_stage.ask(on_stage.alice, "daily")
    assert f"<@{ALICE}>: place 1 with 350 coins" in words(await on_stage.ask(on_stage.alice, "leaderboard"))


async def count(stage: Stage) -> None:
    """What the job does every so often: rows for the first time, and what came since."""
    assert stage.app is not None
    keeping = stage.app.services.wealth_keeping
    for _ in range(2):
        for guild_id in await keeping.behind(stage.app.bot.shard_range()):
            await keeping.keep(guild_id)


@pytest.mark.parametrize("title", ["Net worth", "Earned this week"])
async def test_what_is_counted_beside_the_ledger_says_of_when_it_is(on_stage: Stage, title: str) -> None:
    await on_stage.ask(on_stage.bob, "daily")
    early = words(await on_stage.ask(on_stage.alice, "leaderboard", board=title))
    assert "I am still counting, so not everybody is here yet." in early
    await count(on_stage)
    shown = words(await on_stage.ask(on_stage.alice, "leaderboard", board=title))
    assert f"🥇 <@{BOB}> · **250 coins**" in shown
    assert f"<@{ALICE}>: no place yet, with 0 coins" in shown
    assert re.search(r"-# As of <t:\d+:T>", shown)
    assert title in shown


async def test_a_process_counts_by_itself(on_stage: Stage) -> None:
    assert on_stage.app is not None
    jobs = [job for job in on_stage.app.periodic if isinstance(job, KeepingJob)]
    await on_stage.ask(on_stage.bob, "daily")
    for job in [*jobs, *jobs]:
        await job.round()
    assert f"<@{BOB}>: place 1 with 250 coins" in words(
        await on_stage.ask(on_stage.bob, "leaderboard", board="net_worth")
    )


async def test_who_leaves_is_on_it_no_more(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.bob, "daily")
    assert f"<@{BOB}>" in words(await on_stage.ask(on_stage.alice, "leaderboard"))
    await on_stage.bob.leave()
    await on_stage.ask(on_stage.carol, "about")
    assert on_stage.app is not None
    await on_stage.app.recorder.flush()
    assert f"<@{BOB}>" not in words(await on_stage.ask(on_stage.alice, "leaderboard"))


async def test_pages_turn_also_after_a_restart_and_lead_to_one_s_own_place(on_stage: Stage) -> None:
    await give(on_stage, *(((9_000 + number) << 22, 1_000 - number) for number in range(25)), (ALICE, 5))
    first = await on_stage.ask(on_stage.alice, "leaderboard")
    assert f"<@{ALICE}>: place 26 with 5 coins" in words(first)
    assert disabled(first) == {"Top", "Higher"}
    await on_stage.stop()
    await on_stage.start()
    second = await press(on_stage, first, "Lower")
    assert second.id == first.id
    assert re.findall(r"`(\d+)\.`", words(second)) == [str(place) for place in range(11, 21)]
    own = await press(on_stage, second, "My place")
    assert f"`26.` <@{ALICE}> · **5 coins**" in words(own)
    assert disabled(own) == {"Lower", "My place"}
    assert words(await press(on_stage, own, "Higher")) == words(second)
    assert words(await press(on_stage, own, "Top")) == words(first)


async def test_nobody_turns_the_pages_of_another_and_nobody_those_of_a_board_that_is_off(on_stage: Stage) -> None:
    await give(on_stage, *(((9_000 + number) << 22, 1_000 - number) for number in range(25)))
    first = await on_stage.ask(on_stage.alice, "leaderboard")
    refused = await (await on_stage.bob.click(first, "Lower")).finished()
    assert "belong to" in words(refused)
    assert is_private(refused)
    await change(on_stage, FeatureSettings(economy=False))
    assert "switched off" in words(await press(on_stage, first, "Lower"))


async def test_only_what_is_on_is_suggested_and_offered(on_stage: Stage) -> None:
    async def choices(option: str, typed: str = "", **more: Any) -> list[tuple[str, str]]:
        exchange = await on_stage.alice.autocomplete(GENERAL, "leaderboard", option, typed, **more)
        await exchange.answered()
        return [(one["name"], one["value"]) for one in exchange.choices]

    assert await choices("board", "wal") == [("Wallet", "wallet")]
    assert await choices("period") == [("all time", "all")]
    assert await choices("board", "poor") == []
    await change(on_stage, FeatureSettings(economy=False))
    assert await choices("board") == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_boards_that_the_database_is_slow_to_find_are_not_suggested_and_not_cut_off(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_stage.app is not None
    monkeypatch.setattr(leaderboard, "_PATIENCE", 0.05)
    oracle = Oracle()
    monkeypatch.setattr(on_stage.app.services.leaderboards, "boards", oracle.ask)
    for option in ("board", "period"):
        suggested = await on_stage.alice.autocomplete(GENERAL, "leaderboard", option, "")
        await suggested.answered()
        assert list(suggested.choices) == []
    assert (oracle.asked, oracle.cancelled) == (1, False)


async def test_where_there_is_no_board_whoever_may_switches_on_what_brings_one(on_stage: Stage) -> None:
    await change(on_stage, FeatureSettings(economy=False))
    on_stage.sandbox.world.add_role(GUILD, "Owners", id=OWNERS, permissions=["manage_guild"])
    on_stage.sandbox.world.give_role(GUILD, ALICE, OWNERS)
    refused = await on_stage.ask(on_stage.carol, "leaderboard")
    assert words(refused) == "No leaderboard is on in this server."
    assert not list(refused.controls()), "it would be refused to her"
    offered = await on_stage.ask(on_stage.alice, "leaderboard")
    assert words(offered) == words(refused)
    assert "Now: on" in words(await press(on_stage, offered, "Switch on: Economy"))
    assert words(await on_stage.ask(on_stage.carol, "leaderboard")).endswith("Wallet")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"board": "tallest"}, "There is no such leaderboard."),
        ({"period": "week"}, "does not count over this time"),
        ({"period": "soon"}, "does not count over this time"),
    ],
)
async def test_what_there_is_not_is_refused_in_a_sentence(
    on_stage: Stage, options: dict[str, str], sentence: str
) -> None:
    assert sentence in words(await on_stage.ask(on_stage.alice, "leaderboard", **options))


async def test_it_is_typed_for_short(on_stage: Stage) -> None:
    await change(on_stage, GeneralSettings(prefix="!"))
    await give(on_stage, (BOB, 300))
    assert f"🥇 <@{BOB}> · **300 coins**" in await said(on_stage, "!lb")
    assert f"🥇 <@{BOB}> · **300 coins**" in await said(on_stage, "!lb richest all")


async def test_a_board_in_a_german_server_is_german_for_everybody(on_stage: Stage) -> None:
    await change(on_stage, GeneralSettings(language="de"))
    await give(on_stage, (BOB, 1_300))
    answer = words(await on_stage.ask(on_stage.alice, "leaderboard"))
    assert "1.300 Münzen" in answer


def disabled(message: SeenMessage) -> set[str]:
    return {one["label"] for one in message.controls() if one.get("disabled")}
