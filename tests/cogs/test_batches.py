"""Batches as those see them who start, watch and cancel them, restarts included."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import Any

import aiohttp
import pytest

from bot.compose import App
from bot.domain.batches import Batch, BatchState, Draft, Job, Planned
from bot.domain.outbox import Button, Payload, channel
from bot.i18n import language, speaking
from bot.sandbox import CannotDo, Exchange, SeenMessage
from bot.services.batches import LEASE
from tests.cogs.outbox_post import by_real_time, mortal, pass_time
from tests.support.crash import CrashPoints, sweep
from tests.support.gifts import AMOUNT, Gifts, people, plant, wealth
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, is_private, words

NEEDED = "For this you need the permission **Manage Server**, or one of the **Admin roles** chosen in `/config`."


class Show:
    """A stage on which Alice, who manages the server, may give gifts, and Bob may not."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.targets: list[Planned] = people(200, robots=4)
        self.per_second = 50
        self.before: Any = lambda _job: None
        self.points: CrashPoints | None = None
        self.given: list[int] = []
        stage.arrange = self.arrange
        world = stage.sandbox.world
        world.give_role(GUILD, ALICE, world.add_role(GUILD, "staff", permissions=["manage_guild"]))

    def arrange(self, app: App, trace: aiohttp.TraceConfig) -> None:
        gifts = Gifts(app.database, self.stage.clock, self.targets, self.per_second, self.act_before)
        gifts.given = self.given
        plant(app, gifts)
        if self.points is not None:
            self.points.plant(app, trace)

    def act_before(self, job: Job) -> Any:
        return self.before(job)

    @property
    def app(self) -> App:
        assert self.stage.app is not None
        return self.stage.app

    async def tick(self) -> None:
        """Let what is due happen, and a second pass."""
        await self.app.ticker.tick()
        await self.app.ticker.finish()
        pass_time(self.stage, 1)

    async def until_over(self) -> Batch:
        for _ in range(60):
            await self.tick()
            if await self.app.services.batches.next_due(self.app.bot.shard_range()) is None:
                for _ in range(5):
                    await self.tick()  # the last words
                [batch] = await self.app.services.batches.newest(GUILD, count=1)
                return batch
        raise AssertionError("it did not end")

    async def draft(self) -> SeenMessage:
        return await self.stage.ask(self.stage.alice, "bounty")

    async def start(self) -> Exchange:
        exchange = await self.stage.alice.click(await self.draft(), "Start")
        await exchange.finished()
        return exchange

    async def restart(self, *, after: float = LEASE.total_seconds() + 1) -> None:
        await self.stage.die()
        pass_time(self.stage, after)
        await self.stage.start()

    def channel(self) -> list[SeenMessage]:
        """What everybody sees in the channel."""
        with self.stage.sandbox.view(BOB) as view:
            return [message for message in view.messages(GENERAL) if not is_private(message)]

    async def wealth(self) -> list[int]:
        return await wealth(self.app.database, GUILD, self.targets)

    async def download(self, exchange: Exchange) -> bytes:
        answer = await exchange.finished()
        assert is_private(answer)
        [file] = answer.attachments
        async with aiohttp.ClientSession() as session, session.get(file["url"]) as response:
            return await response.read()


@pytest.fixture
async def show(stage: Stage) -> Show:
    by_real_time(stage)
    made = Show(stage)
    await stage.start()
    return made


async def test_a_dry_run_tells_what_would_happen_to_the_asker_alone_and_changes_nothing(show: Show) -> None:
    draft = await show.draft()
    assert is_private(draft)
    assert words(draft).splitlines()[:3] == ["200 members would get 50 coins.", "4 are skipped:", "• a bot: 4"]
    assert "about 4 seconds" in words(draft)
    await show.tick()
    assert await show.wealth() == [0] * 204
    again = await (await show.stage.alice.click(draft, "Never mind")).finished()
    assert words(again) == "All right, I changed nothing."
    assert not list(again.controls())


async def test_a_dry_run_that_concerns_nobody_offers_nothing_to_start(show: Show) -> None:
    show.targets[:] = people(0, robots=2)
    draft = await show.draft()
    assert "There is nobody to do this for." in words(draft)
    assert not list(draft.controls())


async def test_two_hundred_get_their_gift_and_the_asker_sees_it_happen_in_the_answer(show: Show) -> None:
    exchange = await show.start()
    seen: list[str] = []
    with show.stage.sandbox.view(ALICE) as view:
        batch = await show.until_over()
        seen += [change.message.text for change in view._changes if change.message.id == exchange.message.id]  # pyright: ignore[reportOptionalMemberAccess]
    assert any("▱" in text and "<t:" in text for text in seen)
    assert (batch.state, batch.counts.done, batch.counts.skipped) == (BatchState.DONE, 200, 4)
    assert await show.wealth() == [AMOUNT] * 200 + [0] * 4
    last = exchange.message
    assert last is not None
    assert words(last).splitlines()[1:3] == ["200 done · 4 skipped", "• skipped, a bot: 4"]
    assert show.channel() == [], "a batch that its answer could show leaves nothing in the channel"


async def test_the_result_is_a_file_with_every_targets_outcome_also_after_a_restart(show: Show) -> None:
    show.targets[:] = [
        Planned(1, "ann"),
        Planned(2, '=HYPERLINK("x")'),
        Planned(3, "bea, ltd"),
        Planned(4, "r", "a bot"),
    ]

    def before(job: Job) -> None:
        if job.target == 3:
            raise RuntimeError("a secret")

    show.before = before
    exchange = await show.start()
    await show.until_over()
    await show.stage.stop()
    await show.stage.start()
    assert exchange.message is not None
    data = await show.download(await show.stage.alice.click(exchange.message, "Get the result"))
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [(row["id"], row["name"], row["outcome"], row["reason"]) for row in rows] == [
        ("1", "ann", "done", ""),
        ("2", '\'=HYPERLINK("x")', "done", ""),
        ("3", "bea, ltd", "failed", "something went wrong on my side"),
        ("4", "r", "skipped", "a bot"),
    ]
    data = await show.download(await show.stage.alice.click(exchange.message, "As JSON"))
    assert [one["outcome"] for one in json.loads(data)] == ["done", "done", "failed", "skipped"]
    assert b"secret" not in data


async def test_cancelled_in_the_middle_it_stops_and_says_what_was_done(show: Show) -> None:
    exchange = await show.start()
    await show.tick()
    assert exchange.message is not None
    answer = await (await show.stage.alice.click(exchange.message, "Cancel")).finished()
    assert "Cancelled" in words(answer)
    batch = await show.until_over()
    assert (batch.state, batch.counts.done, batch.counts.skipped) == (BatchState.CANCELLED, 50, 154)
    assert sum(await show.wealth()) == 50 * AMOUNT
    assert "• skipped, cancelled before its turn: 150" in words(exchange.message)


async def test_after_a_restart_progress_goes_on_in_the_channel_and_the_asker_is_told_of_the_end(show: Show) -> None:
    await show.start()
    await show.tick()
    await show.restart()
    await show.tick()
    await show.tick()
    [progress] = show.channel()
    assert "▱" in words(progress)
    with pytest.raises(CannotDo):
        await show.stage.bob.click(progress, "Get the result")
    refused = await (await show.stage.bob.click(progress, "Cancel")).finished()
    assert words(refused) == NEEDED
    batch = await show.until_over()
    assert (batch.state, batch.counts.done) == (BatchState.DONE, 200)
    assert await show.wealth() == [AMOUNT] * 200 + [0] * 4
    progress, end = show.channel()
    assert progress.edited
    assert "200 done · 4 skipped" in words(progress)
    assert end.content == f"<@{ALICE}>"
    assert end.pings == (ALICE,)
    refused = await (await show.stage.bob.click(end, "Get the result")).finished()
    assert words(refused) == NEEDED
    assert await show.download(await show.stage.alice.click(end, "Get the result"))


async def test_when_the_answer_can_no_longer_be_changed_progress_goes_on_in_the_channel(show: Show) -> None:
    show.per_second = 1
    await show.stage.stop()
    await show.stage.start()
    exchange = await show.start()
    await show.tick()
    assert show.channel() == []
    pass_time(show.stage, 14 * 60)
    await show.tick()
    await show.tick()
    async with asyncio.timeout(5):
        while exchange.message is None or "further down" not in words(exchange.message):
            await asyncio.sleep(0.01)
    [progress] = show.channel()
    pass_time(show.stage, 2 * 60)
    answer = await (await show.stage.alice.click(progress, "Cancel")).finished()
    assert "Cancelled" in words(answer)


async def test_a_dead_token_is_noticed_and_progress_goes_on_in_the_channel(show: Show) -> None:
    await show.start()
    show.stage.sandbox.faults.server_error("/webhooks/*", method="PATCH", status=401, times=1)
    batch = await show.until_over()
    assert batch.counts.done == 200
    assert "200 done · 4 skipped" in words(show.channel()[-1])


async def test_progress_is_said_in_the_language_of_the_asker(show: Show) -> None:
    heard: list[str] = []
    show.before = lambda _job: heard.append(language())
    with speaking("de"):
        batches = show.app.services.batches
        plan = await Gifts(show.app.database, show.stage.clock, people(2)).prepare()
        batch = await batches.draft(GUILD, Draft("k", "gift", {}, language(), 5, ALICE), plan)
    await batches.start(GUILD, batch.id, by=ALICE, channel_id=GENERAL)
    await show.until_over()
    assert heard == ["de", "de"]


async def test_who_may_not_do_it_can_neither_propose_nor_start_it(show: Show) -> None:
    answer = await show.stage.ask(show.stage.bob, "bounty")
    assert words(answer) == "For this you need the permission **Manage Server**."
    draft = await show.draft()
    world = show.stage.sandbox.world
    for role in world.backend.get_member(GUILD, ALICE).role_ids:
        world.edit_role(GUILD, role, permissions=[])
    answer = await (await show.stage.alice.click(draft, "Start")).finished()
    assert words(answer) == "For this you need the permission **Manage Server**."
    await show.tick()
    assert sum(await show.wealth()) == 0


async def test_a_button_that_leads_to_anothers_dry_run_does_nothing(show: Show) -> None:
    draft = await show.draft()
    world = show.stage.sandbox.world
    world.give_role(GUILD, BOB, world.add_role(GUILD, "staff too", permissions=["manage_guild"]))
    forged = tuple(Button(one["label"], one["custom_id"]) for one in draft.controls() if "custom_id" in one)
    assert len(forged) == 3
    outbox = show.app.services.outbox
    await show.app.database.transact(
        lambda session: outbox.send(session, GUILD, channel(GENERAL), Payload("Press!", buttons=forged), key="forged")
    )
    await show.tick()
    [message] = show.channel()
    for label in ("Start", "Never mind"):
        answer = await (await show.stage.bob.click(message, label)).finished()
        assert words(answer).startswith(f"These buttons belong to <@{ALICE}>.")
    await (await show.stage.alice.click(draft, "Start")).finished()
    assert (await show.until_over()).counts.done == 200


async def test_start_pressed_twice_starts_once(show: Show) -> None:
    draft = await show.draft()
    pressed = await asyncio.gather(*(show.stage.alice.click(draft, "Start") for _ in range(2)))
    for exchange in pressed:
        await exchange.finished()
    batch = await show.until_over()
    assert batch.counts.done == 200
    assert len(show.given) == 200


async def test_staff_list_show_and_cancel_batches_and_others_can_not(show: Show) -> None:
    alice = show.stage.alice
    assert "Nothing has been done" in words(await show.stage.ask(alice, "batches list"))
    await show.start()
    await show.tick()
    suggested = await (await alice.autocomplete(GENERAL, "batches cancel", "batch", "give")).answered()
    [choice] = suggested.choices
    assert choice["name"].startswith(f"Give {AMOUNT} coins · ")
    shown = await show.stage.ask(alice, "batches show", batch=choice["value"])
    assert f"Asked for by <@{ALICE}>" in words(shown)
    answer = await show.stage.ask(alice, "batches cancel", batch=choice["value"])
    assert is_private(answer)
    await show.until_over()
    listed = words(await show.stage.ask(alice, "batches list"))
    assert listed.startswith(f"🚫 **Give {AMOUNT} coins** · 204 / 204 · <@{ALICE}> <t:")
    assert (await (await alice.autocomplete(GENERAL, "batches cancel", "batch", "")).answered()).choices == []
    for wrong in ("x", "9" * 30, "5"):
        answer = await show.stage.ask(alice, "batches show", batch=wrong)
        assert words(answer).startswith("I don't know this batch any more.")
    with pytest.raises(CannotDo):
        await show.stage.bob.slash(GENERAL, "batches list")


async def test_a_batch_that_dies_anywhere_gives_each_their_gift_once_and_tells_its_asker(stage: Stage) -> None:
    by_real_time(stage)
    show = Show(stage)
    show.per_second = 1
    runs = 0

    async def story(points: CrashPoints) -> None:
        nonlocal runs
        runs += 1
        show.targets[:] = people(2, robots=1, first=1 + runs * 10)
        show.given.clear()
        show.points = points
        await stage.start()
        draft = await show.draft()
        before = len(show.channel())
        await points.arm()
        exchange = await stage.alice.click(draft, "Start")
        await _answered(exchange, points)
        for _ in range(4):
            if not points.died.is_set():
                await mortal(show.tick())
        points.armed = False
        show.points = None
        await show.restart()
        batches = await show.app.services.batches.newest(GUILD, count=1)
        started = bool(batches) and batches[0].id not in done
        if started:
            batch = await show.until_over()
            done.add(batch.id)
            assert (batch.state, batch.counts.done, batch.counts.skipped) == (BatchState.DONE, 2, 1)
            told = "2 done · 1 skipped"
            answer = exchange.message
            heard = words(show.channel()[-1]) if len(show.channel()) > before else ""
            assert told in heard or (answer is not None and told in words(answer)), "nobody was told"
        else:
            assert points.died.is_set()
        assert await show.wealth() == [AMOUNT * started] * 2 + [0]
        await stage.stop()

    done: set[int] = set()
    points = await sweep(story, most=60)
    assert points[:2] == ["before commit", "after commit"]
    assert len(points) > 10


async def _answered(exchange: Exchange, points: CrashPoints) -> None:
    """Wait for an answer, or for the process to be gone."""
    answer, death = asyncio.create_task(exchange.answered()), asyncio.create_task(points.died.wait())
    await asyncio.wait({answer, death}, return_when=asyncio.FIRST_COMPLETED)
    for task in (answer, death):
        task.cancel()
    await asyncio.gather(answer, death, return_exceptions=True)


async def test_two_hundred_gifts_survive_a_process_that_dies_every_few_steps(show: Show) -> None:
    show.per_second = 10
    await show.start()
    deaths: list[str] = []
    while await show.app.services.batches.next_due(show.app.bot.shard_range()) is not None:
        show.points = points = CrashPoints(at=60 + 37 * len(deaths) % 101)
        await show.restart()
        await points.arm()
        while not points.died.is_set() and not await _over(show):
            await mortal(show.tick())
        deaths += points.seen[-1:] if points.died.is_set() else []
        points.armed = False
        show.points = None
        if points.died.is_set():
            await show.restart()
        assert len(deaths) < 40
    [batch] = await show.app.services.batches.newest(GUILD, count=1)
    assert (batch.state, batch.counts.done) == (BatchState.DONE, 200)
    assert await show.wealth() == [AMOUNT] * 200 + [0] * 4
    assert len(deaths) >= 4


async def _over(show: Show) -> bool:
    return await show.app.services.batches.next_due(show.app.bot.shard_range()) is None
