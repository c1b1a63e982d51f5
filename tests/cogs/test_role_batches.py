"""Roles for many, as staff and members see them: once for each, only by who may, and ended again by one button."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import pytest

from bot.actions import role_batches
from bot.actions.batches import ACT_TIMEOUT
from bot.actions.role_grants import TIMEOUT
from bot.compose import App
from bot.domain.batches import Batch, BatchState
from bot.domain.role_grants import Grant, GrantState
from bot.sandbox import CannotDo, Exchange, SeenMessage
from bot.services.batches import LEASE
from tests.cogs.outbox_post import by_real_time, mortal, pass_time
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, GUILD, ROBOT, Stage, is_private, words

STAFF, VIP, GUEST, BOSS, MOD, MEMBER = ((4_000 + number) << 22 for number in range(6))
HOUR = 3_600


class Show:
    """A stage on which Alice may manage roles. She, Bob and Carol have @Member; Carol has @VIP from elsewhere."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch, *, per_second: int = 50) -> None:
        self.stage = stage
        self.points: CrashPoints | None = None
        monkeypatch.setattr(role_batches, "PER_SECOND", per_second)
        stage.arrange = self.arrange
        world = self.world = stage.sandbox.world
        world.set_bot_permissions(GUILD, ["manage_roles", "view_channel", "send_messages"])
        world.add_role(GUILD, "Boss", id=BOSS, position=50)
        world.add_role(GUILD, "Staff", id=STAFF, permissions=["manage_roles"])
        world.add_role(GUILD, "Moderator", id=MOD, permissions=["kick_members"])
        for name, role in (("Guest", GUEST), ("Member", MEMBER), ("VIP", VIP)):
            world.add_role(GUILD, name, id=role)
        world.give_role(GUILD, ALICE, STAFF)
        for user in (ALICE, BOB, CAROL):
            world.give_role(GUILD, user, MEMBER)
        world.give_role(GUILD, CAROL, VIP)

    def arrange(self, app: App, trace: aiohttp.TraceConfig) -> None:
        app.bot.batches.live.interval = 0.01
        if self.points is not None:
            self.points.plant(app, trace)

    @property
    def app(self) -> App:
        assert self.stage.app is not None
        return self.stage.app

    def roles(self, user: int) -> set[int]:
        return set(self.world.backend.get_member(GUILD, user).role_ids)

    def having(self, role: int) -> set[int]:
        return {user for user in (ALICE, BOB, CAROL, ROBOT) if role in self.roles(user)}

    def patched(self) -> Counter[str]:
        """How often each member's roles were changed."""
        asked = self.stage.sandbox.requests
        return Counter(
            one.path.rsplit("/", 1)[-1] for one in asked if one.method == "PATCH" and "/members/" in one.path
        )

    async def tick(self) -> None:
        await self.app.ticker.tick()
        await self.app.ticker.finish()
        pass_time(self.stage, 1)

    async def over(self) -> bool:
        return await self.app.services.batches.next_due(self.app.bot.shard_range()) is None

    async def until_over(self) -> Batch:
        for _ in range(300):
            if await self.over():
                for _ in range(3):
                    await self.tick()  # the last words
                return (await self.app.services.batches.newest(GUILD, count=1))[0]
            await self.tick()
        raise AssertionError("it did not end")

    async def draft(self, command: str = "role give-many", **options: Any) -> SeenMessage:
        return await self.stage.ask(self.stage.alice, command, **options)

    async def start(self, draft: SeenMessage) -> Exchange:
        exchange = await self.stage.alice.click(draft, "Start")
        await exchange.finished()
        return exchange

    async def done(self, command: str = "role give-many", **options: Any) -> tuple[Batch, SeenMessage]:
        """Draft and start one, and see how it ends."""
        exchange = await self.start(await self.draft(command, **options))
        batch = await self.until_over()
        assert exchange.message is not None
        return batch, exchange.message

    async def grants(self, user: int) -> tuple[Grant, ...]:
        return (await self.app.services.role_grants.list_(GUILD, user)).grants

    async def restart(self) -> None:
        await self.stage.die()
        pass_time(self.stage, LEASE.total_seconds() + 1)
        await self.stage.start()

    async def download(self, exchange: Exchange) -> list[dict[str, str]]:
        [file] = (await exchange.finished()).attachments
        async with aiohttp.ClientSession() as session, session.get(file["url"]) as response:
            return list(csv.DictReader(io.StringIO((await response.read()).decode("utf-8-sig"))))


@pytest.fixture
async def show(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Show:
    by_real_time(stage)
    made = Show(stage, monkeypatch)
    await stage.start()
    return made


async def test_a_dry_run_says_how_many_get_the_role_and_who_not_and_gives_it_to_nobody(show: Show) -> None:
    show.world.add_member(GUILD, "newcomer", pending=True, roles=[MEMBER])
    draft = await show.draft(role=VIP, having=MEMBER)
    assert is_private(draft)
    assert draft.embeds[0]["title"] == "Give @VIP"
    said = words(draft)
    assert f"2 members would get <@&{VIP}>." in said
    assert "2 are skipped:" in said
    assert "• has the role already: 1" in said
    assert "• has not accepted the server's rules yet: 1" in said
    rows = await show.download(await show.stage.alice.click(draft, "Who, as a file"))
    assert {row["name"]: row["reason"] for row in rows} == {
        "alice": "", "bob": "", "carol": "has the role already", "newcomer": "has not accepted the server's rules yet",
    }  # fmt: skip
    await show.tick()
    assert show.having(VIP) == {CAROL}
    assert not show.patched()


async def test_who_has_the_role_for_a_shorter_time_gets_it_and_who_has_it_for_longer_or_by_hand_does_not(
    show: Show,
) -> None:
    alice = show.stage.alice
    for member, duration in ((BOB, "1h"), (ALICE, "9d"), (CAROL, "1h")):  # Carol had it before, from somebody's hand
        await show.stage.ask(alice, "role give", member=member, role=VIP, duration=duration)
    draft = await show.draft(role=VIP, having=MEMBER, duration="7d")
    assert f"1 member would get <@&{VIP}>." in words(draft)
    rows = await show.download(await alice.click(draft, "Who, as a file"))
    had = "has the role already"
    assert {row["name"]: row["reason"] for row in rows} == {"alice": had, "bob": "", "carol": had}
    await show.start(draft)
    await show.until_over()
    pass_time(show.stage, 2 * HOUR)
    await show.tick()
    assert show.having(VIP) == {ALICE, BOB, CAROL}, "Bob keeps it for a week"


async def test_each_member_gets_the_role_once_and_it_counts_as_given_by_staff(show: Show) -> None:
    batch, last = await show.done(role=VIP, having=MEMBER, reason="thanks")
    assert (batch.state, batch.counts.done, batch.counts.skipped) == (BatchState.DONE, 2, 1)
    assert "2 done · 1 skipped" in words(last)
    assert show.having(VIP) == {ALICE, BOB, CAROL}
    assert show.patched() == {str(ALICE): 1, str(BOB): 1}
    [grant] = await show.grants(BOB)
    assert (grant.source, grant.state, grant.granted_by, grant.reason) == (
        f"hand:{batch.id}", GrantState.HELD, ALICE, "thanks",
    )  # fmt: skip
    answer = await show.stage.ask(show.stage.alice, "role end", member=BOB, role=VIP)
    assert f"<@{BOB}> no longer has <@&{VIP}>." in words(answer)
    assert show.having(VIP) == {ALICE, CAROL}


@pytest.mark.parametrize(
    ("among", "users"), [(None, {ALICE, BOB, CAROL}), ("people", {ALICE, BOB, CAROL}), ("bots", {ROBOT})]
)
async def test_people_or_bots_get_it(show: Show, among: str | None, users: set[int]) -> None:
    options = {} if among is None else {"among": among}
    await show.done(role=GUEST, **options)
    assert show.having(GUEST) == users


async def test_a_role_for_a_time_ends_for_all_at_the_same_moment_counted_from_the_start(show: Show) -> None:
    draft = await show.draft(role=GUEST, duration="1h")
    assert "It ends for all of them 1 hour after the start." in words(draft)
    pass_time(show.stage, 1_800)
    await show.start(draft)
    batch = await show.until_over()
    assert batch.started_at is not None
    ends = {(await show.grants(user))[0].until for user in (ALICE, BOB, CAROL)}
    assert {(end - batch.started_at).total_seconds() for end in ends if end is not None} == {HOUR}
    pass_time(show.stage, HOUR + 1)
    await show.tick()
    assert show.having(GUEST) == set()


async def test_a_batch_is_undone_by_a_batch_and_what_others_gave_stays(show: Show) -> None:
    await show.stage.ask(show.stage.alice, "role give", member=ALICE, role=GUEST, duration="2h")
    _, last = await show.done(role=GUEST, having=MEMBER)
    assert show.having(GUEST) == {ALICE, BOB, CAROL}
    with pytest.raises(CannotDo):
        await show.stage.bob.click(last, "End these again")
    undo = await (await show.stage.alice.click(last, "End these again")).finished()
    assert is_private(undo)
    assert undo.embeds[0]["title"] == "End @Guest"
    assert f"What staff gave ends for 3 members with <@&{GUEST}>." in words(undo)
    assert show.having(GUEST) == {ALICE, BOB, CAROL}, "that was only its dry run"
    await show.start(undo)
    batch = await show.until_over()
    assert (batch.state, batch.counts.done) == (BatchState.DONE, 3)
    assert show.having(GUEST) == {ALICE}
    again = await (await show.stage.alice.click(last, "End these again")).finished()
    assert "There is nobody to do this for." in words(again)


async def test_only_what_staff_gave_is_ended_for_many(show: Show) -> None:
    await show.stage.ask(show.stage.alice, "role give", member=BOB, role=VIP)
    await show.stage.ask(show.stage.alice, "role give", member=ROBOT, role=VIP)
    draft = await show.draft("role end-many", role=VIP, having=MEMBER)
    assert f"What staff gave ends for 1 member with <@&{VIP}>." in words(draft)
    await show.done("role end-many", role=VIP)
    assert show.having(VIP) == {CAROL}, "hers came from elsewhere"


async def test_who_left_meanwhile_is_told_of(show: Show) -> None:
    draft = await show.draft(role=GUEST, having=MEMBER)
    show.world.remove_member(GUILD, BOB)
    exchange = await show.start(draft)
    batch = await show.until_over()
    assert (batch.counts.done, batch.counts.failed) == (2, 1)
    assert exchange.message is not None
    assert "they are not in the server" in words(exchange.message)


@pytest.mark.parametrize(
    ("role", "refusal"),
    [
        (BOSS, "stands above"),
        (STAFF, "is not below your own highest role"),
        (MOD, "I don't hand out power"),
        (GUILD, "Everybody has that role already."),
    ],
)
async def test_what_can_not_be_given_to_one_can_not_be_given_to_many(show: Show, role: int, refusal: str) -> None:
    if role is not STAFF:
        show.world.edit_role(GUILD, STAFF, permissions=["manage_roles"], position=60)
    one = words(await show.stage.ask(show.stage.alice, "role give", member=BOB, role=role))
    many = words(await show.draft(role=role))
    assert many == one
    assert not show.patched()


async def test_who_may_not_manage_roles_any_more_can_not_start_what_they_drafted(show: Show) -> None:
    draft = await show.draft(role=GUEST, having=MEMBER)
    show.world.edit_role(GUILD, STAFF, permissions=[])
    answer = await (await show.stage.alice.click(draft, "Start")).finished()
    assert words(answer) == "For this you need the permission **Manage Roles**."
    await show.tick()
    assert show.having(GUEST) == set()


async def test_a_batch_gives_nothing_more_once_its_asker_may_not(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    by_real_time(stage)
    show = Show(stage, monkeypatch, per_second=1)
    await stage.start()
    await show.start(await show.draft(role=GUEST, having=MEMBER))
    await show.tick()
    assert show.having(GUEST) == {ALICE}
    show.world.take_role(GUILD, ALICE, STAFF)
    pass_time(stage, 60)
    batch = await show.until_over()
    assert (batch.counts.done, batch.counts.failed) == (1, 2)
    [(_, reason, count)] = (await show.app.services.batches.report(GUILD, batch.id)).reasons
    assert (reason, count) == ("who asked for it may not give or end this role any more", 2)
    assert show.having(GUEST) == {ALICE}


async def test_a_role_that_became_too_powerful_meanwhile_is_given_to_nobody(show: Show) -> None:
    draft = await show.draft(role=GUEST, having=MEMBER)
    exchange = await show.start(draft)
    show.world.edit_role(GUILD, GUEST, permissions=["ban_members"])
    batch = await show.until_over()
    assert batch.counts.failed == 3
    assert show.having(GUEST) == set()
    assert exchange.message is not None
    assert "I don't hand out power" in words(exchange.message)


async def test_what_discord_refuses_is_that_targets_failure_and_no_others(show: Show) -> None:
    show.stage.sandbox.faults.server_error(f"/guilds/*/members/{BOB}", method="PATCH", status=403, times=9)
    batch, _ = await show.done(role=GUEST, having=MEMBER)
    assert (batch.counts.done, batch.counts.failed) == (2, 1)
    assert show.having(GUEST) == {ALICE, CAROL}


async def test_a_rate_limit_is_waited_for_as_long_as_discord_says_and_nobody_is_lost(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def limited(*_args: Any, **_values: Any) -> None:
        raise discord.RateLimited(90)

    await show.start(await show.draft(role=GUEST, having=MEMBER))
    batches = show.app.services.batches
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(show.app.bot.http, "edit_member", limited)
        for _ in range(10):
            await show.app.ticker.tick()
            await show.app.ticker.finish()
            assert await batches.next_due(show.app.bot.shard_range()) == batches.moment() + timedelta(seconds=90)
            pass_time(show.stage, 90)
    batch = await show.until_over()
    assert (batch.counts.done, batch.counts.failed) == (3, 0)
    assert show.patched() == {str(user): 1 for user in (ALICE, BOB, CAROL)}


async def test_a_member_whom_discord_can_not_change_is_given_up_after_an_hour_in_which_it_could_others(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = show.app.bot.http.edit_member

    async def stumble(guild_id: int, user_id: int, **values: Any) -> Any:
        if user_id == BOB:
            raise TimeoutError
        return await edit(guild_id, user_id, **values)

    monkeypatch.setattr(show.app.bot.http, "edit_member", stumble)
    await show.start(await show.draft(role=GUEST, having=MEMBER))
    for _ in range(16):
        await show.app.ticker.tick()
        await show.app.ticker.finish()
        pass_time(show.stage, 300)
    [batch] = await show.app.services.batches.newest(GUILD)
    assert (batch.state, batch.counts.done, batch.counts.failed) == (BatchState.DONE, 2, 1)


async def test_ending_for_more_than_a_batch_may_have_is_refused_before_discord_is_asked_about_each(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    await show.done(role=GUEST, having=MEMBER)
    asked: list[int] = []
    monkeypatch.setattr(discord.Guild, "query_members", lambda guild, **_values: asked.append(guild.id))
    monkeypatch.setattr(role_batches, "MAX_TARGETS", 2)
    refused = await show.draft("role end-many", role=GUEST)
    assert "That would be 3 at once, and I take at most 2" in words(refused)
    assert asked == []


def test_what_is_done_to_a_member_ends_before_it_is_cut_off() -> None:
    assert timedelta(seconds=TIMEOUT) < timedelta(seconds=ACT_TIMEOUT) < LEASE


async def test_who_is_erased_meanwhile_keeps_no_name_in_the_batch_and_is_left_out(show: Show) -> None:
    draft = await show.draft(role=GUEST, having=MEMBER)
    await show.app.services.privacy.erase(BOB, GUILD)
    exchange = await show.start(draft)
    batch = await show.until_over()
    assert (batch.counts.done, batch.counts.skipped) == (2, 1)
    assert exchange.message is not None
    rows = await show.download(await show.stage.alice.click(exchange.message, "Get the result"))
    assert {row["name"]: row["outcome"] for row in rows} == {"": "skipped", "alice": "done", "carol": "done"}
    assert str(BOB) not in {row["id"] for row in rows}
    assert show.having(GUEST) == {ALICE, CAROL}


async def test_a_role_for_many_is_given_once_each_wherever_the_process_dies(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_real_time(stage)
    show = Show(stage, monkeypatch)
    show.world.take_role(GUILD, ALICE, MEMBER)
    runs = 0

    async def story(points: CrashPoints) -> None:
        nonlocal runs
        runs += 1
        role = show.world.add_role(GUILD, f"round {runs}")
        before = show.patched()
        show.points = points
        await stage.start()
        draft = await show.draft(role=role, having=MEMBER)
        await show.start(draft)
        await points.arm()
        for _ in range(2):
            if not points.died.is_set():
                await mortal(show.tick())
        points.armed = False
        show.points = None
        await show.restart()
        batch = await show.until_over()
        assert (batch.state, batch.counts.done) == (BatchState.DONE, 2)
        assert show.having(role) == {BOB, CAROL}
        assert show.patched() - before == {str(BOB): 1, str(CAROL): 1}
        await stage.stop()

    points = await sweep(story, most=90)  # the batch, its two members and their role each have theirs
    assert any("PATCH" in one for one in points)


async def test_two_hundred_get_a_role_once_each_from_a_process_that_dies_every_few_steps(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_real_time(stage)
    show = Show(stage, monkeypatch, per_second=10)
    show.world.take_role(GUILD, ALICE, MEMBER)
    people = [show.world.add_member(GUILD, f"guest{number}", roles=[MEMBER]) for number in range(198)]
    people += [BOB, CAROL]
    await stage.start()
    await show.start(await show.draft(role=GUEST, having=MEMBER))
    deaths: list[str] = []
    while not await show.over():
        show.points = points = CrashPoints(at=90 + 37 * len(deaths) % 101)
        await show.restart()
        await points.arm()
        while not points.died.is_set() and not await show.over():
            await mortal(show.tick())
        deaths += points.seen[-1:] if points.died.is_set() else []
        points.armed = False
        show.points = None
        if points.died.is_set():
            await show.restart()
        assert len(deaths) < 60
    [batch] = await show.app.services.batches.newest(GUILD, count=1)
    assert (batch.state, batch.counts.done) == (BatchState.DONE, 200)
    assert all(GUEST in show.roles(user) for user in people)
    assert show.patched() == {str(user): 1 for user in people}
    assert len(deaths) >= 5
