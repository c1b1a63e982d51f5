"""/daily, /weekly and /work as members see them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.audit import AuditSource
from bot.domain.coin_range import CoinRange
from bot.domain.economy_settings import EconomyCommand, EconomySettings
from bot.domain.general import GeneralSettings
from bot.domain.jobs import BUILT_IN, JobDraft
from bot.domain.settings import Section
from bot.services import Services
from tests.cogs.test_typed import said
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, is_private, words

CLAIMS = ("daily", "weekly", "work")


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    await stage.start()
    return stage


def services(stage: Stage) -> Services:
    assert stage.app is not None
    return stage.app.services


async def rules(stage: Stage, section: Section) -> None:
    found = await services(stage).guild_settings.read(GUILD, type(section))
    await services(stage).guild_settings.change(GUILD, section, base=found.version, by=BOB)


def at(moment: datetime) -> str:
    return f"<t:{int(moment.timestamp())}:R>"


async def test_a_day_a_week_and_work_say_what_they_paid_and_when_the_next_is(on_stage: Stage) -> None:
    await rules(on_stage, EconomySettings(work_amount=CoinRange.fixed(70)))
    daily, weekly, work = [await on_stage.ask(on_stage.alice, name) for name in CLAIMS]
    assert words(daily) == (
        "**250 coins** for today. You have **250** now.\n"
        f"Streak: 1 day. The next is ready {at(datetime(2026, 3, 3, tzinfo=UTC))}."
    )
    assert words(weekly) == (
        "**1,500 coins** for this week. You have **1,750** now.\n"
        f"Streak: 1 week. The next is ready {at(datetime(2026, 3, 9, tzinfo=UTC))}."
    )
    job, paid, again = words(work).splitlines()
    assert job in BUILT_IN
    assert paid == "**70 coins** for that. You have **1,820** now."
    assert again == f"There is work for you again {at(on_stage.clock.now() + timedelta(hours=4))}."
    assert all(is_private(one) for one in (daily, weekly, work))


async def test_a_refusal_says_when_it_is_ready_and_offers_nothing(on_stage: Stage) -> None:
    for name in CLAIMS:
        await on_stage.ask(on_stage.alice, name)
    refusals = [await on_stage.ask(on_stage.alice, name) for name in CLAIMS]
    assert [words(one) for one in refusals] == [
        f"You have had this one already. The next is ready {at(datetime(2026, 3, 3, tzinfo=UTC))}.",
        f"You have had this one already. The next is ready {at(datetime(2026, 3, 9, tzinfo=UTC))}.",
        f"You have just worked, so rest a little. There is work for you again "
        f"{at(on_stage.clock.now() + timedelta(hours=4))}.",
    ]
    assert all(is_private(one) and not list(one.controls()) for one in refusals)


async def test_a_streak_and_its_milestone_are_told_of(on_stage: Stage) -> None:
    await rules(on_stage, EconomySettings(streak_milestones="3=1k", currency_name="crown", currency_plural="crowns"))
    for _ in range(2):
        await on_stage.ask(on_stage.alice, "daily")
        on_stage.clock.advance(days=1)
    assert words(await on_stage.ask(on_stage.alice, "daily")).splitlines()[:3] == [
        "**1,275 crowns** for today. You have **1,787** now.",
        "25 crowns of it for your streak.",
        "1,000 crowns of it because your streak has reached 3 days! 🎉",
    ]


@pytest.mark.parametrize("name", CLAIMS)
async def test_fifty_presses_pay_once(on_stage: Stage, name: str) -> None:
    exchanges = await asyncio.gather(*(on_stage.alice.slash(GENERAL, name) for _ in range(50)))
    answers = [words(await one.finished()) for one in exchanges]
    paid = [one for one in answers if "You have **" in one]
    assert len(paid) == 1
    assert all("again <t:" in one or "ready <t:" in one for one in answers)
    statement = await services(on_stage).economy.statement(GUILD, ALICE)
    assert len(statement.lines) == 1


@pytest.mark.parametrize("name", CLAIMS)
async def test_a_command_that_is_switched_off_says_so(on_stage: Stage, name: str) -> None:
    await rules(on_stage, EconomySettings(commands=tuple(one for one in EconomyCommand if one.value != name)))
    refused = await on_stage.ask(on_stage.bob, name)
    assert words(refused).startswith(f"`/{name}` is switched off in this server.")
    assert is_private(refused)


@pytest.mark.parametrize("name", CLAIMS)
async def test_the_same_interaction_twice_gives_the_first_answer(on_stage: Stage, name: str) -> None:
    exchange = await on_stage.alice.slash(GENERAL, name)
    first = words(await exchange.finished())
    on_stage.sandbox.replay(exchange)
    balance = words(await on_stage.ask(on_stage.alice, "balance"))
    assert first.split("You have **")[1].split("**")[0] in balance


async def test_claims_can_be_typed(on_stage: Stage) -> None:
    await rules(on_stage, GeneralSettings(prefix="!"))
    assert "for this week" in await said(on_stage, "!weekly")
    assert "There is work for you again" in await said(on_stage, "!work")


async def test_what_staff_wrote_can_do_no_harm(on_stage: Stage) -> None:
    text = f"@everyone <@&{GUILD}> **bold** [here](https://example.org) `x` <@{900_000_000_000_000_003}> # big"
    await services(on_stage).jobs.add(GUILD, JobDraft(text), by=BOB, source=AuditSource.COMMAND)
    answer = await on_stage.ask(on_stage.alice, "work")
    told = words(answer).splitlines()[0]
    assert "@everyone" not in told
    assert "<@900" not in told
    assert "**bold**" not in told
    assert "`x`" not in told
    assert "\\[here](" in told
    assert not answer.pings


async def test_a_members_own_midnight_counts_where_the_server_says_so(on_stage: Stage) -> None:
    await rules(on_stage, EconomySettings(claim_zone="member"))
    found = await services(on_stage).preferences.read(ALICE)
    await services(on_stage).preferences.edit(
        ALICE, lambda mine: mine.model_copy(update={"time_zone": "Asia/Kathmandu"}), base=found.version
    )
    answer = words(await on_stage.ask(on_stage.alice, "daily"))
    assert f"ready {at(datetime(2026, 3, 2, 18, 15, tzinfo=UTC))}" in answer
