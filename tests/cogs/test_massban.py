"""Many banned at once, as moderators see it: each once, each a case, whatever breaks, and taken back by one press."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bot.actions import bulk_bans, mass_bans, mass_unbans
from bot.compose import App
from bot.domain.batches import Batch, BatchState, Draft, Plan, Planned
from bot.domain.cases import Case, CaseKind, CaseState, Failure
from bot.domain.general import GeneralSettings
from bot.domain.moderation import ModerationSettings
from bot.sandbox import Actor, Exchange, Fault, SeenMessage
from bot.sandbox.backend import BackendError
from bot.services.batches import LEASE
from bot.services.invariants.moderation import INVARIANTS
from bot.services.verify import VerifyService
from tests.cogs.outbox_post import by_real_time, letters, mortal, pass_time
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, OUTSIDER, ROBOT, Stage, is_private, words

STAFF, BOSS, HELPER, KICKER = ((4_200 + number) << 22 for number in range(4))
LOG = (2_100 << 22) + 1
FIRST = 9_000 << 22
"""The first of those who raid."""


class Raid:
    """A stage on which Alice may ban, and some accounts that nobody knows."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.points: CrashPoints | None = None
        stage.arrange = self.arrange
        world = self.world = stage.sandbox.world
        world.set_bot_permissions(
            GUILD, ["ban_members", "manage_guild", "view_audit_log", "view_channel", "send_messages", "embed_links"]
        )
        world.add_role(GUILD, "Boss", id=BOSS, position=50)
        world.add_role(GUILD, "Staff", id=STAFF, position=2, permissions=["ban_members", "moderate_members"])
        world.give_role(GUILD, ALICE, STAFF)
        world.add_channel(GUILD, "log", id=LOG)

    def raiders(self, count: int) -> list[int]:
        ids = [FIRST + number for number in range(count)]
        for number, user_id in enumerate(ids):
            self.world.add_user(f"raider{number}", id=user_id)
        return ids

    def arrange(self, app: App, trace: aiohttp.TraceConfig) -> None:
        app.bot.batches.live.interval = 0.01
        if self.points is not None:
            self.points.plant(app, trace)

    @property
    def app(self) -> App:
        assert self.stage.app is not None
        return self.stage.app

    @property
    def bans(self) -> dict[int, Any]:
        return self.world.backend.get_guild(GUILD).bans

    async def begin(self) -> None:
        await self.stage.start()
        settings = self.app.services.guild_settings
        base = (await settings.read(GUILD, ModerationSettings)).version
        await settings.change(GUILD, ModerationSettings(log_channel=LOG), base=base, by=None)

    async def draft(self, **options: Any) -> SeenMessage:
        answer = await self.stage.ask(self.stage.alice, "massban", **options)
        assert is_private(answer)
        return answer

    async def start(self, draft: SeenMessage) -> Exchange:
        exchange = await self.stage.alice.click(draft, "Start")
        await exchange.finished()
        return exchange

    async def tick(self) -> None:
        await self.app.ticker.tick()
        await self.app.ticker.finish()
        pass_time(self.stage, 1)

    async def until_over(self) -> Batch:
        for _ in range(100):
            if await self.app.services.batches.next_due(self.app.bot.shard_range()) is None:
                for _ in range(3):
                    await self.tick()
                return (await self.app.services.batches.newest(GUILD, count=1))[0]
            await self.tick()
        raise AssertionError("it did not end")

    async def done(self, **options: Any) -> tuple[Batch, SeenMessage]:
        exchange = await self.start(await self.draft(**options))
        batch = await self.until_over()
        assert exchange.message is not None
        return batch, exchange.message

    async def restart(self) -> None:
        await self.stage.die()
        pass_time(self.stage, LEASE.total_seconds() + 1)
        await self.stage.start()

    async def cases_of(self, user: int) -> list[Case]:
        found, _ = await self.app.services.cases.of_member(GUILD, user, limit=99)
        return list(reversed(found))

    async def rows(self, shown: SeenMessage, button: str = "Get the result") -> list[tuple[str, str]]:
        """The name and the reason of each."""
        exchange = await self.stage.alice.click(shown, button)
        [file] = (await exchange.finished()).attachments
        async with aiohttp.ClientSession() as session, session.get(file["url"]) as response:
            found = csv.DictReader(io.StringIO((await response.read()).decode("utf-8-sig")))
            return [(row["name"], row["reason"]) for row in found]

    def logged(self) -> list[str]:
        with self.stage.sandbox.view(self.world.backend.get_guild(GUILD).owner_id) as view:
            return [words(message) for message in view.messages(LOG)]

    def asked(self, part: str, method: str = "POST") -> list[Any]:
        return [one for one in self.stage.sandbox.requests if one.method == method and part in one.path]

    async def assert_sound(self) -> None:
        assert await VerifyService(self.app.database, {"moderation": INVARIANTS}).guild(GUILD) == []


@pytest.fixture
async def raid(stage: Stage) -> Raid:
    by_real_time(stage)
    made = Raid(stage)
    await made.begin()
    return made


@pytest.fixture
def out_of_reach(raid: Raid, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Those whom Discord refuses to ban, though nothing that the bot sees says so."""
    refused: set[int] = set()
    backend = raid.world.backend
    usual = backend.require_hierarchy

    def require(guild_id: int, actor_id: int, target_id: int) -> None:
        if target_id in refused:
            raise BackendError(403, 50013, "Missing Permissions")
        usual(guild_id, actor_id, target_id)

    monkeypatch.setattr(backend, "require_hierarchy", require)
    return refused


def listed(ids: list[int]) -> Iterator[str]:
    for number, user_id in enumerate(ids):
        yield f"<@{user_id}>" if number % 2 else str(user_id)


# The dry run ----------------------------------------------------------------------------------------------


async def test_a_dry_run_says_who_is_left_out_and_why_and_bans_nobody(raid: Raid) -> None:
    world, owner = raid.world, raid.world.backend.get_guild(GUILD).owner_id

    def name_of(user: int) -> str:
        return world.backend.get_user(user).name

    world.add_role(GUILD, "Helper", id=HELPER)
    world.add_role(GUILD, "Kicker", id=KICKER, permissions=["kick_members"])
    kicker = world.add_member(GUILD, "kicker", roles=[KICKER])
    boss = world.add_member(GUILD, "boss", roles=[BOSS])
    world.give_role(GUILD, CAROL, HELPER)
    settings = raid.app.services.guild_settings
    await settings.change(GUILD, GeneralSettings(support_roles=(HELPER,)), base=0, by=None)
    world.backend.apply_ban(GUILD, OUTSIDER, "long ago")
    first, second = raid.raiders(2)
    named = [first, second, BOB, ALICE, CAROL, kicker, boss, owner, world.bot_id, OUTSIDER, ROBOT]
    text = "\n".join(listed(named)) + f"; {first} | bob#1234, 12"
    draft = await raid.draft(ids=text, reason="Raid")
    said = words(draft)
    assert draft.embeds[0]["title"] == "Mass ban: Raid"
    assert "4 accounts would be banned for good. No messages are deleted. Nobody gets a direct message." in said
    rows = await raid.rows(draft, "Who, as a file")
    assert sorted(one for one in rows if one[1]) == sorted([
        ("alice", "that is you"), ("carol", "staff"), ("kicker", "staff"), (name_of(owner), "owns the server"),
        ("boss", "your highest role is not above theirs"), (name_of(world.bot_id), "that is me"),
        (str(OUTSIDER), "banned already"), (str(first), "named more than once"), ("bob#1234", "not an id"),
        ("12", "not an id"),
    ])  # fmt: skip
    assert set(raid.bans) == {OUTSIDER}
    assert not raid.asked("bulk-ban")


async def test_members_who_joined_in_a_span_of_time_are_banned_and_the_others_are_not(raid: Raid) -> None:
    now = raid.stage.clock.now()
    members = raid.world.backend.get_guild(GUILD).members
    members[BOB].joined_at = (now - timedelta(hours=3)).isoformat()
    members[CAROL].joined_at = (now - timedelta(hours=1)).isoformat()
    batch, _ = await raid.done(joined_after="4h ago", joined_before="2h ago", delete_messages="1h")
    assert (batch.counts.done, set(raid.bans)) == (1, {BOB})
    [request] = raid.asked("bulk-ban")
    assert request.json["delete_message_seconds"] == 3_600


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"reason": "Raid"}, "Say whom"),
        ({"joined_before": "1h ago"}, "Say whom"),
        ({"file": ("ids.txt", b"\x89PNG\x00\xff\xfe\xfa")}, "could not read that file"),
        ({"file": ("ids.txt", b"1" * 600_000)}, "too large"),
        ({"file": ("ids.txt", b"\n".join(b"%d" % (FIRST + n) for n in range(5_001)))}, "at most 5,000"),
    ],
)
async def test_what_names_nobody_or_too_many_or_is_no_list_is_refused(
    raid: Raid, options: dict[str, Any], refusal: str
) -> None:
    assert refusal in words(await raid.draft(**options))


async def test_who_may_not_ban_and_a_bot_that_may_not_are_told_so(raid: Raid) -> None:
    raid.world.backend.commands[None]["massban", 1]["default_member_permissions"] = None
    assert "Ban Members" in words(await raid.stage.ask(raid.stage.bob, "massban", ids=str(FIRST)))
    raid.world.set_bot_permissions(GUILD, ["manage_guild", "view_channel", "send_messages"])
    await raid.stage.stop()
    await raid.stage.start()
    assert "Ban Members" in words(await raid.draft(ids=str(FIRST)))


# Without bans in bulk -------------------------------------------------------------------------------------


async def test_without_manage_server_they_are_banned_one_by_one_and_the_dry_run_says_so(
    raid: Raid, out_of_reach: set[int]
) -> None:
    raid.world.set_bot_permissions(GUILD, ["ban_members", "view_channel", "send_messages", "embed_links"])
    await raid.stage.stop()
    await raid.stage.start()
    ids = raid.raiders(12)
    out_of_reach.add(ids[7])
    draft = await raid.draft(ids=" ".join(listed(ids)), reason="Raid", delete_messages="1h")
    assert "12 accounts would be banned for good." in words(draft)
    assert "I lack **Manage Server**" in words(draft)
    assert "So I ban them one by one." in words(draft)
    assert "This takes about 3 seconds." in words(draft)
    exchange = await raid.start(draft)
    batch = await raid.until_over()
    assert (batch.counts.done, batch.counts.failed, set(raid.bans)) == (11, 1, set(ids) - out_of_reach)
    assert not raid.asked("bulk-ban")
    assert {int(one.query["delete_message_seconds"]) for one in raid.asked("/bans/", "PUT")} == {3_600}
    assert [case.state for case in await raid.cases_of(ids[7])] == [CaseState.FAILED]
    assert [(case.state, case.batch_id) for case in await raid.cases_of(ids[0])] == [(CaseState.ACTIVE, batch.id)]
    assert exchange.message is not None
    undo = await (await raid.stage.alice.click(exchange.message, "Lift these bans")).finished()
    await raid.start(undo)
    assert (await raid.until_over()).counts.done == 11
    assert raid.bans == {}
    await raid.assert_sound()


async def test_manage_server_that_goes_half_way_stops_nobody(raid: Raid, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = raid.raiders(3)
    draft = await raid.draft(ids=" ".join(listed(ids)))
    raid.world.set_bot_permissions(GUILD, ["ban_members", "view_channel", "send_messages", "embed_links"])
    monkeypatch.setattr(bulk_bans, "_ONE_BY_ONE", 0.0)
    await raid.start(draft)
    batch = await raid.until_over()
    assert (batch.state, batch.counts.done, set(raid.bans)) == (BatchState.DONE, 3, set(ids))
    assert not raid.asked("bulk-ban")
    assert len(raid.asked("/bans/", "PUT")) == 3
    await raid.assert_sound()


class _Hasty:
    """asyncio, with waits that take no time."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, _seconds: float) -> None:
        await asyncio.sleep(0)


@pytest.mark.parametrize(("status", "tries"), [(400, 1), (500, 5)])
async def test_of_a_request_that_banned_nobody_each_is_tried_alone(
    raid: Raid, out_of_reach: set[int], monkeypatch: pytest.MonkeyPatch, status: int, tries: int
) -> None:
    """Discord answers so if all of them were banned, and if all were out of reach; which it was, each alone tells.

    Where it calls that a fault of its own, discord.py asks five times before it says so.
    """
    monkeypatch.setattr("discord.http.asyncio", _Hasty())
    ids = raid.raiders(4)
    out_of_reach.add(ids[2])
    failed = Fault("POST", "*bulk-ban", times=None, status=status, code=500_000, message="Failed to ban users")
    raid.stage.sandbox.faults.add(failed)
    draft = await raid.draft(ids=" ".join(listed(ids)))
    raid.world.backend.apply_ban(GUILD, ids[3], "by hand")
    exchange = await raid.start(draft)
    batch = await raid.until_over()
    assert (batch.counts.done, batch.counts.failed, failed.hits) == (2, 2, tries)
    assert set(raid.bans) == {ids[0], ids[1], ids[3]}
    assert [(await raid.cases_of(user))[0].failure for user in ids] == [
        None, None, Failure.NOT_PERMITTED, Failure.ALREADY_BANNED,
    ]  # fmt: skip
    assert exchange.message is not None
    assert "2 failed" in words(exchange.message)
    await raid.assert_sound()


async def test_a_request_that_discord_never_has_an_answer_to_is_done_one_by_one(raid: Raid) -> None:
    ids = raid.raiders(3)
    broken = raid.stage.sandbox.faults.add(Fault("POST", "*bulk-ban", times=None, status=503))
    await raid.start(await raid.draft(ids=" ".join(listed(ids))))
    batch = await raid.until_over()
    assert (batch.state, batch.counts.done, broken.hits) == (BatchState.DONE, 3, 2)
    assert set(raid.bans) == set(ids)
    assert [len(await raid.cases_of(user)) for user in ids] == [1, 1, 1]
    await raid.assert_sound()


# Taken back by command ------------------------------------------------------------------------------------


async def undo(raid: Raid, batch: object, who: Actor | None = None, **options: Any) -> SeenMessage:
    answer = await raid.stage.ask(who or raid.stage.alice, "undo", batch=str(batch), **options)
    assert is_private(answer)
    return answer


async def test_a_batch_is_undone_by_command_with_a_reason_after_a_look_at_what_changed(raid: Raid) -> None:
    ids = raid.raiders(4)
    batch, _message = await raid.done(ids=" ".join(listed(ids)), reason="Raid")
    offered = await raid.stage.alice.autocomplete(GENERAL, "undo", "batch", "mass")
    await offered.answered()
    assert [choice["value"] for choice in offered.choices or ()] == [str(batch.id)]
    raid.world.backend.commands[None]["undo", 1]["default_member_permissions"] = None
    offered = await raid.stage.bob.autocomplete(GENERAL, "undo", "batch", "mass")
    await offered.answered()
    assert offered.choices == []
    await raid.stage.ask(raid.stage.alice, "unban", member=f"<@{ids[1]}>")
    raid.world.backend.remove_ban(GUILD, ids[2])
    draft = await undo(raid, batch.id, reason="The wrong list")
    assert "2 bans would be lifted." in words(draft)
    assert "• was lifted since: 1" in words(draft)
    assert "• was lifted by hand: 1" in words(draft)
    assert len(raid.bans) == 2, "nothing was done yet"
    await raid.start(draft)
    undone = await raid.until_over()
    assert (undone.counts.done, raid.bans) == (2, {})
    ban, unban = await raid.cases_of(ids[0])
    assert (ban.state, unban.related, unban.reason) == (CaseState.ENDED, ban.number, "The wrong list")
    await raid.assert_sound()


async def test_what_is_no_batch_of_this_server_or_not_for_them_is_not_undone(raid: Raid) -> None:
    ids = raid.raiders(1)
    batch, _message = await raid.done(ids=str(ids[0]))
    plan = Plan("Mass ban", "", [Planned(ids[0], "raider0")])
    draft = Draft("k", "moderation.ban", {"reason": None, "delete_message_seconds": 0}, "en", 5, asked_by=ALICE)
    elsewhere = await raid.app.services.batches.draft(GUILD + 1, draft, plan)
    for forged in (batch.id + 1, "all", "9" * 40, elsewhere.id):
        assert "I don't know this batch" in words(await undo(raid, forged))
    other = replace(draft, key="l", kind="role.give")
    roles = await raid.app.services.batches.draft(GUILD, other, plan)
    assert "no batch of moderation's" in words(await undo(raid, roles.id))
    raid.world.backend.commands[None]["undo", 1]["default_member_permissions"] = None
    assert "Ban Members" in words(await undo(raid, batch.id, raid.stage.bob))
    for options in ({}, {"batch": str(batch.id), "case": 1}):
        refused = await raid.stage.ask(raid.stage.alice, "undo", **options)
        assert "a case, or a batch" in words(refused)
    assert set(raid.bans) == set(ids)


# A thousand -----------------------------------------------------------------------------------------------


async def test_a_thousand_with_three_failing_and_a_restart_in_the_middle(raid: Raid, out_of_reach: set[int]) -> None:
    ids = raid.raiders(1_000)
    out_of_reach |= {ids[5], ids[500], ids[999]}
    draft = await raid.draft(file=("raid.dat", "\r\n".join(listed(ids)).encode()), reason="Raid")
    await raid.start(draft)
    for _ in range(2):
        await raid.tick()
    assert 0 < len(raid.bans) < 997
    await raid.restart()
    batch = await raid.until_over()
    assert (batch.state, batch.counts.done, batch.counts.failed) == (BatchState.DONE, 997, 3)
    assert set(raid.bans) == set(ids) - out_of_reach
    assert [len(one.json["user_ids"]) for one in raid.asked("bulk-ban")] == [200] * 5
    assert {one.json["delete_message_seconds"] for one in raid.asked("bulk-ban")} == {0}
    assert raid.asked("bulk-ban")[0].reason == "#1-#200 alice: Raid"
    [failed] = await raid.cases_of(ids[500])
    assert (failed.state, failed.failure, failed.batch_id) == (CaseState.FAILED, Failure.NOT_PERMITTED, batch.id)
    [banned] = await raid.cases_of(ids[0])
    assert (banned.number, banned.state, banned.moderator_id, banned.reason) == (1, CaseState.ACTIVE, ALICE, "Raid")
    for _ in range(3):
        await raid.tick()
    [log] = raid.logged()
    assert "997 banned, 3 failed, 0 left out." in log
    assert "1,000 cases, from #1 to #1000." in log
    assert not letters(raid.stage, ids[0])
    await raid.assert_sound()


async def test_an_id_that_belongs_to_nobody_fails_alone(raid: Raid) -> None:
    ids = raid.raiders(5)
    nobody = FIRST + 99
    answer = await raid.draft(ids=" ".join(str(one) for one in (*ids[:2], nobody, *ids[2:])))
    await raid.start(answer)
    batch = await raid.until_over()
    assert (batch.counts.done, batch.counts.failed) == (5, 1)
    assert set(raid.bans) == set(ids), "of whom Discord banned two before it came to nobody"
    [failed] = await raid.cases_of(nobody)
    assert (failed.state, failed.failure) == (CaseState.FAILED, Failure.UNKNOWN_USER)
    await raid.assert_sound()


async def test_who_was_banned_by_hand_meanwhile_fails_and_an_undo_leaves_them(raid: Raid) -> None:
    ids = raid.raiders(4)
    draft = await raid.draft(ids=" ".join(listed(ids)))
    raid.world.backend.apply_ban(GUILD, ids[0], "by hand")
    exchange = await raid.start(draft)
    batch = await raid.until_over()
    assert (batch.counts.done, batch.counts.failed) == (3, 1)
    assert exchange.message is not None
    assert "They were banned already, by somebody else: 1" in words(exchange.message)
    raid.world.backend.remove_ban(GUILD, ids[1])  # by hand, too, and nobody heard of it
    raid.world.backend.remove_ban(GUILD, ids[2])
    raid.world.backend.apply_ban(GUILD, ids[2], "and banned anew")
    undo = await (await raid.stage.alice.click(exchange.message, "Lift these bans")).finished()
    assert "1 ban would be lifted." in words(undo)
    assert "• was lifted by hand: 1" in words(undo)
    assert "• was lifted by hand, and banned anew: 1" in words(undo)
    again = await raid.start(undo)
    undone = await raid.until_over()
    assert (undone.counts.done, undone.counts.skipped) == (1, 2)
    assert set(raid.bans) == {ids[0], ids[2]}
    ban, unban = await raid.cases_of(ids[3])
    assert (ban.state, unban.kind, unban.related, unban.batch_id) == (
        CaseState.ENDED, CaseKind.UNBAN, ban.number, undone.id,
    )  # fmt: skip
    assert again.message is not None
    assert "1 done" in words(again.message)
    for _ in range(3):
        await raid.tick()
    assert ["Mass ban undone" in one for one in raid.logged()] == [False, True]


async def test_who_is_banned_anew_while_a_batch_is_undone_stays_banned(
    raid: Raid, monkeypatch: pytest.MonkeyPatch
) -> None:
    [user] = raid.raiders(1)
    _, shown = await raid.done(ids=str(user))
    undo = await (await raid.stage.alice.click(shown, "Lift these bans")).finished()
    look = mass_unbans.bans_among

    async def looked_at(client: Any, guild_id: int, users: Collection[int]) -> Any:
        found = await look(client, guild_id, users)
        monkeypatch.setattr(mass_unbans, "bans_among", look)
        for command in ("unban", "ban"):
            await raid.stage.ask(raid.stage.alice, command, member=f"<@{user}>", reason="I mean it")
        return found

    monkeypatch.setattr(mass_unbans, "bans_among", looked_at)
    await raid.start(undo)
    batch = await raid.until_over()
    assert (batch.counts.done, batch.counts.skipped) == (0, 1)
    assert set(raid.bans) == {user}
    assert [one.state for one in await raid.cases_of(user)] == [CaseState.ENDED, CaseState.ENDED, CaseState.ACTIVE]
    await raid.assert_sound()


async def test_who_became_staff_after_the_dry_run_is_left_out(raid: Raid) -> None:
    draft = await raid.draft(ids=f"<@{BOB}> <@{CAROL}>")
    assert "2 accounts would be banned" in words(draft)
    raid.world.give_role(GUILD, BOB, STAFF)
    await raid.start(draft)
    batch = await raid.until_over()
    assert (batch.counts.done, batch.counts.skipped, set(raid.bans)) == (1, 1, {CAROL})


async def test_who_may_not_ban_any_more_undoes_no_batch(raid: Raid) -> None:
    [user] = raid.raiders(1)
    _, shown = await raid.done(ids=str(user))
    undo = await (await raid.stage.alice.click(shown, "Lift these bans")).finished()
    await raid.start(undo)
    raid.world.take_role(GUILD, ALICE, STAFF)
    batch = await raid.until_over()
    assert (batch.counts.failed, set(raid.bans)) == (1, {user})


async def test_a_bot_that_lost_its_permission_or_a_moderator_theirs_stops_at_once(raid: Raid) -> None:
    ids = raid.raiders(3)
    draft = await raid.draft(ids=" ".join(listed(ids)))
    await raid.start(draft)
    raid.world.take_role(GUILD, ALICE, STAFF)
    batch = await raid.until_over()
    assert (batch.counts.failed, raid.bans, await raid.cases_of(ids[0])) == (3, {}, [])


async def test_while_discord_has_no_answer_it_waits_and_a_cancel_leaves_nothing_behind(raid: Raid) -> None:
    ids = raid.raiders(3)
    fault = raid.stage.sandbox.faults.add(Fault("POST", "*bulk-ban", times=None, status=400, code=30035))
    exchange = await raid.start(await raid.draft(ids=" ".join(listed(ids))))
    await raid.tick()
    assert [one.state for one in await raid.cases_of(ids[0])] == [CaseState.APPLYING]
    assert fault.hits == 1
    assert exchange.message is not None
    await (await raid.stage.alice.click(exchange.message, "Cancel")).finished()
    batch = await raid.until_over()
    assert (batch.state, batch.counts.skipped) == (BatchState.CANCELLED, 3)
    pass_time(raid.stage, 3_600)
    for _ in range(3):
        await raid.tick()
    [case] = await raid.cases_of(ids[0])
    assert (case.state, case.failure, raid.bans) == (CaseState.FAILED, Failure.CANCELLED, {})
    await raid.assert_sound()


async def test_however_many_a_cancel_calls_off_none_of_them_is_banned_meanwhile(
    raid: Raid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_bans, "CALLED_OFF_AT_ONCE", 2)
    ids, taken = raid.raiders(5), list[int]()
    raid.stage.sandbox.faults.add(Fault("POST", "*bulk-ban", times=None, status=400, code=30035))
    exchange = await raid.start(await raid.draft(ids=" ".join(listed(ids))))
    await raid.tick()
    sanctions = raid.app.services.sanctions
    settle = sanctions.settle

    async def slowly(*what: Any) -> Any:
        pass_time(raid.stage, 25)
        taken.extend(one.user_id for one in await sanctions.claim(raid.app.bot.shard_range(), 50, each=50))
        return await settle(*what)

    monkeypatch.setattr(sanctions, "settle", slowly)
    assert exchange.message is not None
    await (await raid.stage.alice.click(exchange.message, "Cancel")).finished()
    await raid.until_over()
    assert taken == []
    assert [(await raid.cases_of(user))[0].failure for user in ids] == [Failure.CANCELLED] * 5
    await raid.assert_sound()


# When the process dies ------------------------------------------------------------------------------------


async def test_every_account_is_one_ban_and_one_case_wherever_the_process_dies(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_real_time(stage)
    monkeypatch.setattr(mass_bans, "AT_ONCE", 2)
    raid = Raid(stage)
    await raid.begin()
    await stage.stop()
    ids, told = raid.raiders(3), 0

    async def story(points: CrashPoints) -> None:
        nonlocal told
        raid.points = points
        await stage.start()
        draft = await raid.draft(ids=" ".join(listed(ids)))
        await raid.start(draft)
        before = {user: len(await raid.cases_of(user)) for user in ids}
        await points.arm()
        for _ in range(6):
            await mortal(raid.tick())
        points.armed, raid.points = False, None
        await raid.restart()
        batch = await raid.until_over()
        assert (batch.state, batch.counts.done) == (BatchState.DONE, 3)
        assert set(raid.bans) == set(ids)
        for user in ids:
            cases = await raid.cases_of(user)
            assert len(cases) == before[user] + 1
            assert (cases[-1].state, cases[-1].batch_id) == (CaseState.ACTIVE, batch.id)
        told += 1
        assert len(raid.logged()) == told
        await raid.assert_sound()
        for user in ids:
            raid.world.backend.remove_ban(GUILD, user)
            await raid.app.services.sanctions.vanished(GUILD, user, CaseKind.BAN.slot)  # type: ignore[arg-type]
        await stage.stop()

    seen = await sweep(story)
    assert sum("bulk-ban" in point for point in seen) == 4
