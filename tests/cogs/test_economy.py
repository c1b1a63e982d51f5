"""The purse as members see it."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.coin_range import CoinRange
from bot.domain.economy_settings import EconomySettings
from bot.domain.purse import StatementLine
from bot.sandbox import Exchange
from bot.services.economy import PAGE
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, OUTSIDER, ROBOT, Stage, is_private, words


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    await stage.start()
    return stage


async def test_a_new_member_has_an_empty_purse_that_only_they_see(on_stage: Stage) -> None:
    answer = await on_stage.ask(on_stage.alice, "balance")
    assert words(answer) == "Your wallet: **0 coins**"
    assert is_private(answer)


async def test_another_members_purse_may_be_looked_at_and_a_bot_has_none(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.bob, "daily")
    assert words(await on_stage.ask(on_stage.alice, "balance", member=BOB)) == f"<@{BOB}>'s wallet: **250 coins**"
    assert words(await on_stage.ask(on_stage.alice, "balance", member=ROBOT)) == (
        f"<@{ROBOT}> is a bot, and bots have no purse."
    )


async def test_daily_fills_the_purse_once_a_day(on_stage: Stage) -> None:
    first = await on_stage.ask(on_stage.alice, "daily")
    assert "**250 coins** for today" in words(first)
    assert "Streak: 1 day." in words(first)
    again = await on_stage.ask(on_stage.alice, "daily")
    assert words(again).startswith("You have had this one already. The next is ready <t:")
    on_stage.clock.advance(days=1)
    tomorrow = await on_stage.ask(on_stage.alice, "daily")
    assert words(tomorrow).startswith("**262 coins** for today. You have **512** now.\n12 coins of it for your streak.")
    assert "Streak: 2 days." in words(tomorrow)


async def test_a_payment_is_seen_by_everyone_and_pings_the_receiver_alone(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    answer = await on_stage.ask(on_stage.alice, "pay", member=BOB, amount=1)
    assert words(answer) == f"<@{BOB}>\n<@{ALICE}> gave **1 coin** to <@{BOB}>."
    assert not is_private(answer)
    assert list(answer.pings) == [BOB]
    said = next(seen.json for seen in reversed(on_stage.sandbox.requests) if seen.path.endswith("/callback"))
    assert {**said["data"]["allowed_mentions"], "users": []} == {"parse": [], "users": []}
    assert [int(user_id) for user_id in said["data"]["allowed_mentions"]["users"]] == [BOB]


@pytest.mark.parametrize(
    ("member", "amount", "said"),
    [
        (BOB, 251, "You have 250 and would need 251."),
        (BOB, 0, "The amount must be at least 1; you wrote 0."),
        (BOB, -5, "The amount must be at least 1; you wrote -5."),
        (BOB, 2**53 - 1, "You have 250 and would need 9,007,199,254,740,991."),
        (ALICE, 10, "You can't pay yourself."),
        (ROBOT, 10, f"<@{ROBOT}> is a bot, and bots have no purse."),
        (OUTSIDER, 10, f"<@{OUTSIDER}> is not a member of this server."),
    ],
)
async def test_a_payment_that_makes_no_sense_is_refused_with_a_sentence(
    on_stage: Stage, member: int, amount: int, said: str
) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    answer = await on_stage.ask(on_stage.alice, "pay", member=member, amount=amount)
    assert words(answer) == said
    assert is_private(answer)
    assert words(await on_stage.ask(on_stage.alice, "balance")) == "Your wallet: **250 coins**"


async def test_the_same_interaction_twice_gives_the_first_answer(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    exchange: Exchange = await on_stage.alice.slash(GENERAL, "pay", member=BOB, amount=100)
    await exchange.finished()
    on_stage.sandbox.replay(exchange)
    await on_stage.ask(on_stage.alice, "balance")
    assert words(await on_stage.ask(on_stage.alice, "balance")) == "Your wallet: **150 coins**"


async def test_a_statement_turns_its_pages_and_is_nobody_elses(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    for amount in range(1, 14):
        await on_stage.ask(on_stage.alice, "pay", member=BOB, amount=amount)
    newest = await on_stage.ask(on_stage.alice, "transactions")
    assert words(newest).count("·") == 30
    assert f"**-13** · Paid to <@{BOB}>" in words(newest)
    older = await (await on_stage.alice.click(newest, "Older")).finished()
    assert words(older).count("·") == 12
    assert "**+250** · Daily" in words(older)
    back = await (await on_stage.alice.click(older, "Newer")).finished()
    assert words(back) == words(newest)


async def test_a_statement_goes_to_a_day_and_back_to_its_beginning_also_after_a_restart(on_stage: Stage) -> None:
    for _ in range(25):
        await on_stage.ask(on_stage.alice, "daily")
        on_stage.clock.advance(days=1)  # the first was on 2 March
    newest = await on_stage.ask(on_stage.alice, "transactions")
    form = await (await on_stage.alice.click(newest, "Go to…")).answered()
    await on_stage.stop()
    await on_stage.start()
    day = await (await on_stage.alice.submit(form, {"day": "15.3."})).finished()
    assert day.id == newest.id
    stamps = [int(found) for found in re.findall(r"<t:(\d+):d>", words(day))]
    assert datetime.fromtimestamp(stamps[0], UTC).date() == date(2026, 3, 15)
    assert len(stamps) == PAGE
    older = await (await on_stage.alice.click(day, "Older")).finished()
    assert words(older).count("Daily") == 4
    assert words(await (await on_stage.alice.click(older, "Newer")).finished()) == words(day)
    first = await (await on_stage.alice.click(older, "Newest")).finished()
    assert words(first) == words(newest)
    assert {one["label"] for one in first.controls() if one.get("disabled")} == {"Newest", "Newer"}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("soon", "I need a date or time"),
        ("in 3 days", "It must lie between"),
    ],
)
async def test_a_day_that_makes_no_sense_is_refused(on_stage: Stage, written: str, said: str) -> None:
    for _ in range(PAGE + 1):
        await on_stage.ask(on_stage.alice, "daily")
        on_stage.clock.advance(days=1)
    newest = await on_stage.ask(on_stage.alice, "transactions")
    form = await (await on_stage.alice.click(newest, "Go to…")).answered()
    assert said in words(await (await on_stage.alice.submit(form, {"day": written})).finished())
    for day, lines in (("today", PAGE), ("1.3.2026", PAGE)):  # before everything: the oldest page
        form = await (await on_stage.alice.click(newest, "Go to…")).answered()
        assert words(await (await on_stage.alice.submit(form, {"day": day})).finished()).count("Daily") == lines


async def test_nobody_turns_the_pages_of_somebody_else(on_stage: Stage) -> None:
    statement = await on_stage.ask(on_stage.alice, "transactions")
    stored = on_stage.sandbox.world.backend.messages[GENERAL][statement.id]
    for side in "fnoj":
        custom_id = f"economy:statement:v1:{ALICE}:1:{side}"
        stored.components = [{"type": 1, "components": [{"type": 2, "custom_id": custom_id, "style": 2, "label": "x"}]}]
        bob = on_stage.bob._interact(3, GENERAL, {"custom_id": custom_id, "component_type": 2}, source=stored)
        assert words(await bob.finished()).startswith(f"These buttons belong to <@{ALICE}>.")


async def test_a_button_and_a_form_from_before_a_restart_still_answer(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    purse = await on_stage.ask(on_stage.alice, "balance")
    form = await (await on_stage.alice.click(purse, "Pay someone")).answered()
    await on_stage.stop()
    await on_stage.start()
    paid = await (await on_stage.alice.submit(form, {"recipient": [BOB], "amount": "fifty"})).finished()
    assert words(paid) == "I need an amount, such as 50, 1,000, 2k, half, 25% or all."
    form = await (await on_stage.alice.click(purse, "Pay someone")).answered()
    paid = await (await on_stage.alice.submit(form, {"recipient": [BOB], "amount": "200"})).finished()
    assert f"gave **200 coins** to <@{BOB}>" in words(paid)
    statement = await (await on_stage.alice.click(purse, "Statement")).finished()
    assert f"**-200** · Paid to <@{BOB}>" in words(statement)


async def test_what_an_owner_set_holds_for_everyone_who_comes_after(on_stage: Stage) -> None:
    assert on_stage.app is not None
    settings = EconomySettings(starting_balance=40, daily_amount=CoinRange.fixed(5))
    await on_stage.app.services.guild_settings.change(GUILD, settings, base=0, by=None)
    assert words(await on_stage.ask(on_stage.carol, "balance")) == "Your wallet: **40 coins**"
    assert "You have **45** now" in words(await on_stage.ask(on_stage.carol, "daily"))


async def test_a_payment_that_dies_anywhere_happened_once_or_not_at_all(stage: Stage) -> None:
    async def story(points: CrashPoints) -> None:
        await _with_a_purse(stage, points)
        exchange = await stage.alice.slash(GENERAL, "pay", member=CAROL, amount=10)
        await _survive(stage, points, exchange, moved=-10)

    points = await sweep(story)
    assert points[:2] == ["before commit", "after commit"]
    assert any("POST /interactions" in point for point in points)


async def test_a_form_that_dies_anywhere_paid_once_or_not_at_all(stage: Stage) -> None:
    async def story(points: CrashPoints) -> None:
        await _with_a_purse(stage, points, armed=False)
        purse = await stage.ask(stage.alice, "balance")
        form = await (await stage.alice.click(purse, "Pay someone")).answered()
        await points.arm()
        exchange = await stage.alice.submit(form, {"recipient": [CAROL], "amount": "10"})
        await _survive(stage, points, exchange, moved=-10)

    await sweep(story)


async def test_a_daily_that_dies_anywhere_was_paid_once_or_not_at_all(stage: Stage) -> None:
    async def story(points: CrashPoints) -> None:
        await _with_a_purse(stage, points)
        stage.clock.advance(days=1)
        exchange = await stage.alice.slash(GENERAL, "daily")
        await _survive(stage, points, exchange, moved=262)

    await sweep(story)


@pytest.mark.parametrize(("command", "amount"), [("work", 77), ("weekly", 1_500)])
async def test_a_claim_that_dies_anywhere_was_paid_once_or_not_at_all(stage: Stage, command: str, amount: int) -> None:
    app = await stage.start()
    settings = EconomySettings(work_amount=CoinRange.fixed(77))
    await app.services.guild_settings.change(GUILD, settings, base=0, by=None)
    await stage.stop()

    async def story(points: CrashPoints) -> None:
        stage.clock.advance(days=7)
        await _with_a_purse(stage, points)
        exchange = await stage.alice.slash(GENERAL, command)
        await _survive(stage, points, exchange, moved=amount)

    await sweep(story)


async def _with_a_purse(stage: Stage, points: CrashPoints, *, armed: bool = True) -> None:
    """A bot that will die at a point, and Alice with coins of a new day."""
    stage.arrange = points.plant
    await stage.start()
    stage.clock.advance(days=3)  # more than the grace, so that each round begins a streak
    await stage.ask(stage.alice, "daily")
    if armed:
        await points.arm()


async def _survive(stage: Stage, points: CrashPoints, exchange: Exchange, *, moved: int) -> None:
    """Let it die or finish, start anew, deliver again what was not acknowledged, and count the coins."""
    acknowledged = await outcome(exchange, points)
    points.armed = False
    await stage.die()
    stage.arrange = None
    app = await stage.start()
    # Every round begins with a daily days after the last, so what follows the newest such one is this round's.
    flow = [line.amount for line in await _since_the_first_daily(stage)]
    assert flow in ([], [moved]), "more than once"
    assert flow == [moved] or not acknowledged, "acknowledged, but not there"
    stage.sandbox.replay(exchange)
    async with asyncio.timeout(5):
        while not (flow := [line.amount for line in await _since_the_first_daily(stage)]):
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert flow == [line.amount for line in await _since_the_first_daily(stage)] == [moved]
    assert (await app.services.economy.audit(GUILD)).sound
    await stage.stop()


async def _since_the_first_daily(stage: Stage) -> list[StatementLine]:
    """What moved in this round after the purse was filled, newest first."""
    assert stage.app is not None
    lines = (await stage.app.services.economy.statement(GUILD, ALICE)).lines
    this_round = [line for line in lines if stage.clock.now() - line.at < timedelta(hours=30)]
    return this_round[:-1]


async def outcome(exchange: Exchange, points: CrashPoints) -> bool:
    """Wait for an answer or for the death, whatever comes first; whether the member saw an answer."""
    answered = asyncio.create_task(exchange.answered())
    died = asyncio.create_task(points.died.wait())
    await asyncio.wait({answered, died}, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(0.05)
    for task in (answered, died):
        task.cancel()
    await asyncio.gather(answered, died, return_exceptions=True)
    return exchange.kind == "message"


async def test_a_wallet_shows_its_history_as_a_chart_that_also_speaks(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    on_stage.clock.advance(days=2)
    await on_stage.ask(on_stage.alice, "daily")
    purse = await on_stage.ask(on_stage.alice, "balance")
    shown = await (await on_stage.alice.click(purse, "History")).finished()
    assert is_private(shown)
    assert words(shown) == "You have **512 coins**, 262 more than 2 days ago.\nYour wallet"
    (chart,) = shown.attachments
    assert chart["description"].startswith("Line chart: Your wallet, the last 3 days. 3 values, from 250 (Mar 2)")
    assert "Highest: 512 (Mar 4)" in chart["description"]
    assert shown.embeds[0]["image"]["url"].endswith("picture.png")
    content = on_stage.sandbox.world.backend.cdn.read(chart["url"].partition("/cdn")[2])
    assert content is not None
    assert content[0].startswith(b"\x89PNG")


async def test_a_history_that_can_not_be_drawn_is_told_in_words(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    on_stage.clock.advance(days=1)
    await on_stage.ask(on_stage.alice, "daily")
    purse = await on_stage.ask(on_stage.alice, "balance")
    assert on_stage.app is not None
    await on_stage.app.pictures.close()
    shown = await (await on_stage.alice.click(purse, "History")).finished()
    assert words(shown).startswith("You have **512 coins**, 262 more than 1 day ago.")
    assert not shown.attachments
    assert "image" not in shown.embeds[0]


async def test_where_the_bot_may_not_attach_files_a_history_is_words(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    on_stage.clock.advance(days=1)
    purse = await on_stage.ask(on_stage.alice, "balance")
    on_stage.sandbox.world.overwrite(GENERAL, on_stage.sandbox.world.bot_role(GUILD), deny=["attach_files"])
    shown = await (await on_stage.alice.click(purse, "History")).finished()
    assert words(shown).startswith("You have **250 coins**, as many as 1 day ago.")
    assert not shown.attachments


async def test_a_history_that_has_not_begun_is_one_sentence(on_stage: Stage) -> None:
    purse = await on_stage.ask(on_stage.alice, "balance")
    shown = await (await on_stage.alice.click(purse, "History")).finished()
    assert words(shown) == "There is nothing to show yet: no coin of yours has moved.\nYour wallet"
    assert not shown.attachments
    await on_stage.ask(on_stage.alice, "daily")
    shown = await (await on_stage.alice.click(purse, "History")).finished()
    assert words(shown) == "You have **250 coins**. Before today nothing had moved.\nYour wallet"
    assert not shown.attachments, "one day is no line"
