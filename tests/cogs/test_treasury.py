"""/economy as staff uses it: to one member and to many, undone and reset; and shut to everybody else."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from bot.actions import coin_batches
from bot.compose import App
from bot.domain.audit import AuditSource
from bot.domain.batches import Batch, BatchState
from bot.domain.economy import Party, Pocket
from bot.domain.economy_settings import EconomySettings
from bot.domain.general import GeneralSettings
from bot.domain.treasury import By, Change
from bot.sandbox import Actor, Exchange, SeenMessage
from bot.services.batches import LEASE
from bot.services.treasury import ChangeOrder
from tests.cogs.outbox_post import by_real_time, mortal, pass_time
from tests.cogs.test_staff_notices import posted
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, OUTSIDER, ROBOT, Stage, is_private, words

BOSS, ADMIN, CLUB = ((9_100 + number) << 22 for number in range(3))
COIN_LOG = (2_050 << 22) + 1


class Desk:
    """A stage on which Alice manages the server, and Bob is an admin by role."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.points: CrashPoints | None = None
        stage.arrange = self.arrange
        world = self.world = stage.sandbox.world
        world.add_role(GUILD, "Boss", id=BOSS, permissions=["manage_guild"])
        world.add_role(GUILD, "Admin", id=ADMIN)
        world.add_role(GUILD, "Club", id=CLUB)
        world.give_role(GUILD, ALICE, BOSS)
        world.add_channel(GUILD, "coin-log", id=COIN_LOG)

    def arrange(self, app: App, trace: aiohttp.TraceConfig) -> None:
        app.bot.batches.live.interval = 0.01
        if self.points is not None:
            self.points.plant(app, trace)

    @property
    def app(self) -> App:
        assert self.stage.app is not None
        return self.stage.app

    async def ask(self, command: str, **options: Any) -> SeenMessage:
        return await self.stage.ask(self.stage.alice, f"economy {command}", **options)

    async def press(self, message: SeenMessage, label: str) -> SeenMessage:
        return await (await self.stage.alice.click(message, label)).finished()

    async def held(self, *users: int) -> list[int]:
        found = await self.app.services.treasury.held_by(GUILD, users)
        return [sum(found.get(user, {}).values()) for user in users]

    async def give(self, user: int, amount: int, key: str) -> None:
        order = ChangeOrder(Change.ADD, Party(user, is_bot=False, is_member=True), Pocket.WALLET, str(amount))
        await self.app.services.treasury.change(GUILD, order, By(ALICE, AuditSource.COMMAND, key), logged=False)

    async def sound(self) -> bool:
        return (await self.app.services.economy.audit(GUILD)).sound

    async def tick(self) -> None:
        await self.app.ticker.tick()
        await self.app.ticker.finish()
        pass_time(self.stage, 1)

    async def until_over(self) -> Batch:
        batches = self.app.services.batches
        for _ in range(300):
            if await batches.next_due(self.app.bot.shard_range()) is None:
                for _ in range(3):
                    await self.tick()
                return (await batches.newest(GUILD, count=1))[0]
            await self.tick()
        raise AssertionError("it did not end")

    async def start(self, draft: SeenMessage) -> Exchange:
        exchange = await self.stage.alice.click(draft, "Start")
        await exchange.finished()
        return exchange

    async def done(self, command: str, **options: Any) -> tuple[Batch, SeenMessage]:
        exchange = await self.start(await self.ask(command, **options))
        batch = await self.until_over()
        assert exchange.message is not None
        return batch, exchange.message

    async def restart(self) -> None:
        await self.stage.die()
        pass_time(self.stage, LEASE.total_seconds() + 1)
        await self.stage.start()

    async def download(self, exchange: Exchange) -> list[dict[str, str]]:
        [file] = (await exchange.finished()).attachments
        async with aiohttp.ClientSession() as session, session.get(file["url"]) as response:
            return list(csv.DictReader(io.StringIO((await response.read()).decode("utf-8-sig"))))


@pytest.fixture
async def desk(stage: Stage) -> Desk:
    by_real_time(stage)
    made = Desk(stage)
    await stage.start()
    return made


# One member ---------------------------------------------------------------------------------------------------


async def test_staff_adds_removes_and_sets_and_only_staff_sees_it(desk: Desk) -> None:
    added = await desk.ask("add", member=BOB, amount="2k", reason="Won the *quiz*")
    assert words(added) == (
        f"Added **2,000 coins** to <@{BOB}>'s wallet, which holds **2,000** now.\nReason: Won the \\*quiz\\*"
    )
    assert is_private(added)
    removed = await desk.ask("remove", member=BOB, amount="half")
    assert words(removed) == f"Removed **1,000 coins** from <@{BOB}>'s wallet, which holds **1,000** now."
    done = await desk.ask("set", member=BOB, amount="70", pocket="bank")
    assert words(done) == f"<@{BOB}>'s bank holds **70** now; that is a change of +70."
    statement = words(await desk.stage.ask(desk.stage.bob, "transactions"))
    assert "Added by staff" in statement
    assert "Removed by staff" in statement
    assert await desk.sound()


@pytest.mark.parametrize(
    ("command", "member", "amount", "said"),
    [
        ("remove", BOB, "101", f"<@{BOB}> has 100 there, so I can't remove that. I changed nothing."),
        ("remove", CAROL, "all", f"<@{CAROL}> has 0 there, so I can't remove that. I changed nothing."),
        ("set", BOB, "100", f"<@{BOB}> has exactly 100 there already, so I changed nothing."),
        ("set", BOB, "-1", "The amount must be 0 or more; you wrote -1."),
        ("add", BOB, "all", "I need a whole number, such as 50 or 1,000."),
        ("add", ROBOT, "5", f"<@{ROBOT}> is a bot, and bots have no purse."),
        ("add", OUTSIDER, "5", f"<@{OUTSIDER}> is not a member of this server."),
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_sentence(
    desk: Desk, command: str, member: int, amount: str, said: str
) -> None:
    await desk.give(BOB, 100, "a")
    assert words(await desk.ask(command, member=member, amount=amount)) == said
    assert await desk.held(BOB) == [100]


async def test_an_account_that_is_full_is_said_with_its_limit(desk: Desk) -> None:
    await desk.app.services.guild_settings.change(GUILD, EconomySettings(wallet_cap=500), base=0, by=None)
    assert words(await desk.ask("add", member=BOB, amount="501")) == (
        "That purse holds at most 500, so 500 coins more would fit."
    )


async def test_who_neither_manages_the_server_nor_is_an_admin_may_nothing(desk: Desk) -> None:
    await desk.give(BOB, 100, "a")
    grant = (await desk.app.services.economy.statement(GUILD, BOB)).lines[0].transaction_id
    question = await desk.ask("undo", transaction=str(grant))
    desk.world.take_role(GUILD, ALICE, BOSS)
    desk.world.show_command(GUILD, "economy", GUILD, allowed=True)
    for command, options in (
        ("add", {"member": ALICE, "amount": "5"}),
        ("set", {"member": ALICE, "amount": "5"}),
        ("remove", {"member": BOB, "amount": "5"}),
        ("undo", {"transaction": str(grant)}),
        ("undo-reset", {"member": BOB}),
        ("undo-reset", {}),
        ("audit", {}),
        ("report", {}),
        ("reset", {"member": BOB}),
        ("reset-all", {}),
        ("add-many", {"amount": "5"}),
        ("remove-many", {"amount": "5"}),
    ):
        assert "Manage Server" in words(await desk.ask(command, **options)), command
    assert "Manage Server" in words(await desk.press(question, "Yes, undo it"))
    assert await desk.held(ALICE, BOB) == [0, 100]
    await desk.app.services.guild_settings.change(GUILD, GeneralSettings(admin_roles=(ADMIN,)), base=0, by=None)
    desk.world.give_role(GUILD, ALICE, ADMIN)
    assert "Added **5 coins**" in words(await desk.ask("add", member=ALICE, amount="5"))
    assert "1 member would get coins" in words(await desk.ask("add-many", amount="5", role=ADMIN))


async def test_the_economys_own_log_channel_is_told_or_else_the_general_one(desk: Desk) -> None:
    settings = desk.app.services.guild_settings
    await settings.change(GUILD, GeneralSettings(log_channel=GENERAL), base=0, by=None)
    await desk.ask("add", member=BOB, amount="5", reason="thanks")
    await settings.change(GUILD, EconomySettings(log_channel=COIN_LOG), base=0, by=None)
    await desk.ask("remove", member=BOB, amount="2")
    general, coins = [
        "\n".join(one.content for one in await posted(desk.stage, place)) for place in (GENERAL, COIN_LOG)
    ]
    assert f"<@{ALICE}>: Coins added, <@{BOB}>: wallet from 0 to 5 (thanks)" in general
    assert f"<@{ALICE}>: Coins removed, <@{BOB}>: wallet from 5 to 3" in coins
    assert "removed" not in general


# Undoing ------------------------------------------------------------------------------------------------------


async def test_a_change_is_undone_by_its_button_after_a_question_also_after_a_restart(desk: Desk) -> None:
    added = await desk.ask("add", member=BOB, amount="100", reason="oops")
    question = await desk.press(added, "Undo")
    assert f"• <@{BOB}>'s wallet: **-100**" in words(question)
    assert "Reason: oops" in words(question)
    assert await desk.held(BOB) == [100]
    await desk.stage.stop()
    await desk.stage.start()
    done = await desk.press(question, "Yes, undo it")
    assert done.id == question.id
    assert words(done) == f"Undone. These coins went back:\n• <@{BOB}>'s wallet: **-100**"
    assert await desk.held(BOB) == [0]
    assert "This was undone already" in words(await desk.press(added, "Undo"))
    restore = await desk.press(done, "Undo")
    assert "Restore **Added by staff**" in words(restore)
    await desk.press(restore, "Yes, undo it")
    assert await desk.held(BOB) == [100]


async def test_what_was_spent_is_not_undone_and_nothing_is_left_alone_by_the_other_button(desk: Desk) -> None:
    await desk.give(BOB, 100, "a")
    await desk.app.services.economy.pay(GUILD, BOB, Party(CAROL, is_bot=False, is_member=True), 60, key="p")
    grant = (await desk.app.services.economy.statement(GUILD, BOB)).lines[-1].transaction_id
    question = await desk.ask("undo", transaction=str(grant))
    refused = await desk.press(question, "Yes, undo it")
    assert words(refused) == (f"<@{BOB}> has only 40 of the 100 that I would take back. I changed nothing.")
    assert words(await desk.press(question, "Leave it")) == "Nothing was changed."
    assert await desk.held(BOB, CAROL) == [40, 60]


@pytest.mark.parametrize(
    ("written", "said"), [("7", "There is no such transaction here."), ("x", "I can't make sense")]
)
async def test_a_number_that_is_no_transaction_is_refused(desk: Desk, written: str, said: str) -> None:
    assert words(await desk.ask("undo", transaction=written)).startswith(said)


async def test_the_newest_transactions_are_suggested_by_name_to_staff_alone(desk: Desk) -> None:
    await desk.give(BOB, 100, "a")
    await desk.app.services.economy.pay(GUILD, BOB, Party(CAROL, is_bot=False, is_member=True), 60, key="p")
    desk.world.show_command(GUILD, "economy", GUILD, allowed=True)
    for who in (desk.stage.bob, desk.stage.carol):
        await desk.stage.ask(who, "balance")
    await desk.app.recorder.flush()

    async def suggested(who: Actor, typed: str) -> list[str]:
        exchange = await who.autocomplete(GENERAL, "economy undo", "transaction", typed)
        return [one["name"].split(" · ", 1)[1] for one in (await exchange.answered()).choices]

    assert await suggested(desk.stage.alice, "") == ["Payment +60 · carol", "Added by staff +100 · bob"]
    assert await suggested(desk.stage.alice, "Carol") == ["Payment +60 · carol"]
    assert await suggested(desk.stage.carol, "") == []


# The books ----------------------------------------------------------------------------------------------------


async def test_an_audit_is_green_until_something_is_wrong_and_then_says_what(desk: Desk) -> None:
    await desk.give(BOB, 100, "a")
    green = words(await desk.ask("audit"))
    assert "🟢 The books add up" in green
    assert green.count("✅") == len(desk.app.services.books.promises)
    async with desk.app.database.write() as session:
        await session.execute(text("UPDATE accounts SET balance = 99"))
    red = words(await desk.ask("audit"))
    assert "🔴 The books do not add up" in red
    assert f"❌ every balance is the sum of its entries\n- the wallet of <@{BOB}> holds 99, its entries make 100" in red


async def test_a_report_tells_of_supply_and_spread_with_a_picture_where_there_are_ten(desk: Desk) -> None:
    assert "Nobody has any coins yet." in words(await desk.ask("report"))
    for number in range(1, 11):
        await desk.give(number << 22, number * 10, f"k{number}")
    told = await desk.ask("report")
    assert words(told).splitlines() == [
        "Members hold **550 coins**: 550 in wallets, 0 in banks.",
        "10 members have an account.",
        "In the middle: **55 coins** (median)",
        "The richest tenth holds **18.2%**.",
        "Gini coefficient: **0.30** (0: all hold the same, 1: one holds everything)",
        f"-# How coins are spread: as of <t:{int(desk.stage.clock.now().timestamp())}:T>",
        "",
        "**The last 7 days**: 550 made, 0 gone, together +550",
        "Made by: Added by staff 550",
        "",
        "**The last 30 days**: 550 made, 0 gone, together +550",
        "Made by: Added by staff 550",
        "Report on the economy",
    ]
    assert is_private(told)
    [picture] = told.attachments
    assert "10 values, from 1.80 (1. tenth) to 18.20 (10. tenth)" in picture["description"]


# Resetting ----------------------------------------------------------------------------------------------------


async def test_a_member_is_reset_only_when_it_is_written_out_and_it_is_brought_back(desk: Desk) -> None:
    await desk.give(BOB, 100, "a")
    form = await (await desk.stage.alice.slash(GENERAL, "economy reset", member=BOB)).answered()
    refused = await (await desk.stage.alice.submit(form, {"word": "yes"})).finished()
    assert words(refused) == "To confirm, write exactly **reset**. I changed nothing."
    assert await desk.held(BOB) == [100]
    await desk.stage.stop()
    await desk.stage.start()
    form = await (await desk.stage.alice.slash(GENERAL, "economy reset", member=BOB)).answered()
    done = await (await desk.stage.alice.submit(form, {"word": " Reset "})).finished()
    assert f"<@{BOB}> has what a new member has:\n• <@{BOB}>'s wallet: **-100**" in words(done)
    assert await desk.held(BOB) == [0]
    desk.stage.clock.advance(days=29)
    await desk.press(await desk.ask("undo-reset", member=BOB), "Yes, undo it")
    assert await desk.held(BOB) == [100]
    assert "This was undone already" in words(await desk.ask("undo-reset", member=BOB))
    assert "I know of no reset" in words(await desk.ask("undo-reset", member=CAROL))
    assert "I know of no reset" in words(await desk.ask("undo-reset"))


async def test_everybody_is_reset_once_the_servers_name_is_written_and_all_of_it_is_undone(desk: Desk) -> None:
    for user, amount in ((ALICE, 10), (BOB, 100), (CAROL, 1_000)):
        await desk.give(user, amount, f"k{user}")
    form = await (await desk.stage.alice.slash(GENERAL, "economy reset-all")).answered()
    refused = await (await desk.stage.alice.submit(form, {"word": "reset"})).finished()
    assert words(refused) == "To confirm, write exactly **Village**. I changed nothing."
    form = await (await desk.stage.alice.slash(GENERAL, "economy reset-all")).answered()
    draft = await (await desk.stage.alice.submit(form, {"word": "village"})).finished()
    assert "3 members would begin anew. It can be undone for 30 days." in words(draft)
    assert await desk.held(ALICE, BOB, CAROL) == [10, 100, 1_000]
    await desk.start(draft)
    assert (await desk.until_over()).counts.done == 3
    assert await desk.held(ALICE, BOB, CAROL) == [0, 0, 0]
    await desk.give(CAROL, 5, "since")
    desk.stage.clock.advance(days=29)
    draft = await desk.ask("undo-reset")
    assert "What was done to 3 members would be undone" in words(draft)
    await desk.start(draft)
    assert (await desk.until_over()).counts.done == 3
    assert await desk.held(ALICE, BOB, CAROL) == [10, 100, 1_005]
    assert await desk.sound()


# Many ---------------------------------------------------------------------------------------------------------


async def test_a_dry_run_says_who_would_get_coins_and_moves_none(desk: Desk) -> None:
    await desk.app.services.guild_settings.change(GUILD, EconomySettings(wallet_cap=120), base=0, by=None)
    await desk.give(CAROL, 100, "a")
    for user in (BOB, CAROL, ROBOT):
        desk.world.give_role(GUILD, user, CLUB)
    draft = await desk.ask("add-many", amount="50", role=CLUB)
    assert draft.embeds[0]["title"] == "Add 50 coins for many"
    said = words(draft)
    assert "1 member would get coins: 50 coins." in said
    assert "• a bot: 1" in said
    assert "• would have more there than the server allows: 1" in said
    assert await desk.held(BOB, CAROL) == [0, 100]
    everybody = words(await desk.ask("remove-many", amount="25%"))
    assert "1 member would lose coins: 25 coins." in everybody
    assert words(await desk.ask("add-many", amount="all")) == "I need a whole number, such as 50 or 1,000."


async def test_each_gets_coins_once_and_what_is_still_there_is_undone_by_one_button(desk: Desk) -> None:
    for user in (BOB, CAROL):
        desk.world.give_role(GUILD, user, CLUB)
    before = asked_who(desk)
    batch, last = await desk.done("add-many", amount="50", role=CLUB, reason="party")
    assert asked_who(desk) - before == 1, "one look at the asker is for all targets"
    assert (batch.state, batch.counts.done) == (BatchState.DONE, 2)
    assert await desk.held(ALICE, BOB, CAROL) == [0, 50, 50]
    await desk.app.services.economy.pay(GUILD, BOB, Party(ALICE, is_bot=False, is_member=True), 50, key="p")
    draft = await desk.press(last, "Undo all of these")
    assert "What was done to 2 members would be undone" in words(draft)
    await desk.start(draft)
    undone = await desk.until_over()
    assert (undone.counts.done, undone.counts.failed) == (1, 1)
    results = await desk.app.services.batches.results(GUILD, undone.id)
    assert {one.target: one.reason for one in results} == {
        BOB: f"<@{BOB}> has only 0 of the 50 that I would take back. I changed nothing.",
        CAROL: None,
    }
    assert await desk.held(ALICE, BOB, CAROL) == [50, 0, 0]
    assert await desk.sound()


async def test_shares_are_taken_from_everybody_who_has_an_account(desk: Desk) -> None:
    await desk.give(BOB, 100, "a")
    await desk.give(CAROL, 30, "b")
    batch, _ = await desk.done("remove-many", amount="50%")
    assert batch.counts.done == 2
    assert await desk.held(BOB, CAROL) == [50, 15]


async def test_a_role_is_set_to_what_each_shall_have_and_all_of_it_is_undone(desk: Desk) -> None:
    await desk.app.services.guild_settings.change(GUILD, EconomySettings(wallet_cap=500), base=0, by=None)
    for user, amount in ((ALICE, 40), (BOB, 100), (CAROL, 300)):
        await desk.give(user, amount, f"k{user}")
        desk.world.give_role(GUILD, user, CLUB)
    draft = await desk.ask("set-many", amount="100", role=CLUB)
    assert draft.embeds[0]["title"] == "Set many to 100 coins"
    assert "2 members would have 100 coins there; together 260 coins would come or go." in words(draft)
    assert "• has exactly that there: 1" in words(draft)
    assert "• would have more there than the server allows: 3" in words(
        await desk.ask("set-many", amount="501", role=CLUB)
    )
    assert "must be 0 or more" in words(await desk.ask("set-many", amount="-1"))
    await desk.start(draft)
    await desk.give(ALICE, 60, "meanwhile")
    batch = await desk.until_over()
    assert (batch.counts.done, batch.counts.skipped) == (1, 2), "Alice has it by now, as Bob did from the beginning"
    assert await desk.held(ALICE, BOB, CAROL) == [100, 100, 100]
    assert await desk.sound()
    _, last = await desk.done("set-many", amount="0", role=CLUB)
    assert await desk.held(ALICE, BOB, CAROL) == [0, 0, 0]
    await desk.start(await desk.press(last, "Undo all of these"))
    await desk.until_over()
    assert await desk.held(ALICE, BOB, CAROL) == [100, 100, 100]
    assert await desk.sound()


async def test_who_may_not_any_more_gives_nothing_more(desk: Desk) -> None:
    for user in (BOB, CAROL):
        desk.world.give_role(GUILD, user, CLUB)
    await desk.start(await desk.ask("add-many", amount="50", role=CLUB))
    desk.world.take_role(GUILD, ALICE, BOSS)
    batch = await desk.until_over()
    assert batch.counts.failed == 2
    assert await desk.held(BOB, CAROL) == [0, 0]


async def test_who_may_not_any_more_takes_nothing_more_back(desk: Desk) -> None:
    for user in (BOB, CAROL):
        desk.world.give_role(GUILD, user, CLUB)
    _, last = await desk.done("add-many", amount="50", role=CLUB)
    pass_time(desk.stage, 60)
    await desk.start(await desk.press(last, "Undo all of these"))
    desk.world.take_role(GUILD, ALICE, BOSS)
    assert (await desk.until_over()).counts.failed == 2
    assert await desk.held(BOB, CAROL) == [50, 50]


def asked_who(desk: Desk) -> int:
    """How often Discord was asked who Alice is."""
    return sum(one.path.endswith(f"/members/{ALICE}") for one in desk.stage.sandbox.requests)


async def run(desk: Desk, points: CrashPoints, draft: SeenMessage) -> None:
    """Start a batch and let it die at a point; then it goes on in another process until it is over."""
    await desk.start(draft)
    await points.arm()
    for _ in range(2):
        if not points.died.is_set():
            await mortal(desk.tick())
    points.armed = False
    desk.points = None
    await desk.restart()
    assert (await desk.until_over()).counts.done == 1


async def test_who_is_one_of_many_gets_theirs_once_whatever_step_the_process_dies_at(stage: Stage) -> None:
    by_real_time(stage)
    desk = Desk(stage)
    desk.world.give_role(GUILD, BOB, CLUB)

    async def story(points: CrashPoints) -> None:
        desk.points = points
        await stage.start()
        [before] = await desk.held(BOB)
        await run(desk, points, await desk.ask("add-many", amount="50", role=CLUB))
        assert await desk.held(BOB) == [before + 50]
        assert await desk.sound()
        await stage.stop()

    assert "after commit" in await sweep(story)


async def test_what_many_got_is_undone_once_whatever_step_the_process_dies_at(stage: Stage) -> None:
    by_real_time(stage)
    desk = Desk(stage)
    desk.world.give_role(GUILD, BOB, CLUB)

    async def story(points: CrashPoints) -> None:
        await stage.start()
        before = await desk.held(BOB)
        _, last = await desk.done("add-many", amount="50", role=CLUB)
        await stage.stop()
        desk.points = points
        await stage.start()
        await run(desk, points, await desk.press(last, "Undo all of these"))
        assert await desk.held(BOB) == before
        assert await desk.sound()
        await stage.stop()

    assert "after commit" in await sweep(story)


async def over(desk: Desk) -> bool:
    return await desk.app.services.batches.next_due(desk.app.bot.shard_range()) is None


async def test_two_hundred_get_theirs_once_from_a_process_that_dies_every_few_steps(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coin_batches, "PER_SECOND", 10)
    by_real_time(stage)
    desk = Desk(stage)
    people = [desk.world.add_member(GUILD, f"guest{number}", roles=[CLUB]) for number in range(200)]
    await stage.start()
    await desk.start(await desk.ask("add-many", amount="50", role=CLUB))
    deaths: list[str] = []
    while not await over(desk):
        desk.points = points = CrashPoints(at=150 + 37 * len(deaths) % 101)
        await desk.restart()
        await points.arm()
        while not points.died.is_set() and not await over(desk):
            await mortal(desk.tick())
        deaths += points.seen[-1:] if points.died.is_set() else []
        points.armed = False
        desk.points = None
        if points.died.is_set():
            await desk.restart()
        assert len(deaths) < 60
    assert len(deaths) > 2
    [batch] = await desk.app.services.batches.newest(GUILD, count=1)
    assert (batch.state, batch.counts.done) == (BatchState.DONE, 200)
    assert Counter(await desk.held(*people)) == {50: 200}
    assert (await desk.app.services.books.report(GUILD)).supply == 200 * 50
    assert await desk.sound()
