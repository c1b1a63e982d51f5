"""Moderation as moderators and members see it: what is said is what Discord holds, once, whatever breaks."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.cogs.moderation.acting import keeper_of
from bot.domain.cases import Case, CaseKind, CaseState, DmState, EndReason, Failure
from bot.domain.general import GeneralSettings
from bot.domain.moderation import ModerationSettings
from bot.domain.sanctions import Delayed, OutsideAct, SanctionOrder
from bot.errors import CaseNotFound
from bot.sandbox import Fault, World
from bot.services.invariants.moderation import INVARIANTS
from bot.services.sanctions import LEASE
from bot.services.verify import VerifyService
from tests.cogs.outbox_post import letters, mortal
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, OUTSIDER, ROBOT, Stage, is_private, words

STAFF, BOSS = (4_100 << 22), (4_101 << 22)
LOG = (2_100 << 22) + 1
DAY = 86_400


def furnish(world: World) -> None:
    """Alice moderates; cases are told in #log; the boss stands above the bot."""
    world.set_bot_permissions(
        GUILD,
        ["ban_members", "kick_members", "moderate_members", "view_audit_log", "view_channel", "send_messages",
         "embed_links", "read_message_history"],
    )  # fmt: skip
    world.add_role(GUILD, "Boss", id=BOSS, position=50)
    world.add_role(GUILD, "Staff", id=STAFF, permissions=["ban_members", "kick_members", "moderate_members"])
    world.give_role(GUILD, ALICE, STAFF)
    world.add_channel(GUILD, "log", id=LOG)


async def choose_log(stage: Stage, channel: int | None = LOG) -> None:
    assert stage.app is not None
    settings = stage.app.services.guild_settings
    base = (await settings.read(GUILD, ModerationSettings)).version
    await settings.change(GUILD, ModerationSettings(log_channel=channel), base=base, by=None)


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    furnish(stage.sandbox.world)
    await stage.start()
    await choose_log(stage)
    return stage


async def tick(stage: Stage) -> None:
    assert stage.app is not None
    for _ in range(3):
        await stage.app.ticker.tick()
        await stage.app.ticker.finish()


def bans(stage: Stage) -> dict[int, Any]:
    return stage.sandbox.world.backend.get_guild(GUILD).bans


def timed_out(stage: Stage, user: int = BOB) -> Any:
    return stage.sandbox.world.backend.get_member(GUILD, user).timed_out_until


async def case(stage: Stage, number: int = 1) -> Case:
    assert stage.app is not None
    return await stage.app.services.cases.find(GUILD, number)


def told(stage: Stage, channel: int = LOG) -> list[str]:
    with stage.sandbox.view(stage.sandbox.world.backend.get_guild(GUILD).owner_id) as view:
        return [words(message) for message in view.messages(channel)]


def asked(stage: Stage, method: str, part: str) -> list[Any]:
    return [one for one in stage.sandbox.requests if one.method == method and part in one.path]


async def assert_sound(stage: Stage) -> None:
    assert stage.app is not None
    assert await VerifyService(stage.app.database, {"moderation": INVARIANTS}).guild(GUILD) == []


async def use(stage: Stage, command: str, user: int = BOB, **options: Any) -> str:
    answer = await stage.ask(stage.alice, command, member=f"<@{user}>", **options)
    assert is_private(answer)
    return words(answer)


# What moderators and members see ----------------------------------------------------------------------------


async def test_a_ban_for_a_while_tells_the_member_first_and_ends_by_itself(on_stage: Stage) -> None:
    said = await use(on_stage, "ban", reason="Scam links", duration="7d", delete_messages="1d")
    assert f"Banned <@{BOB}> for 1 week, until <t:" in said
    assert "Case #1." in said
    assert "They were told by direct message." in said
    assert set(bans(on_stage)) == {BOB}
    [request] = asked(on_stage, "PUT", "/bans/")
    assert int(request.query["delete_message_seconds"]) == DAY
    assert request.reason == "#1 alice: Scam links"
    [letter] = letters(on_stage, BOB)
    assert "You are being banned from **Village** until <t:" in words(letter)
    assert "**Reason:** Scam links" in words(letter)
    assert "alice" not in words(letter)
    await tick(on_stage)
    [log] = told(on_stage)
    assert "Case #1 · Ban" in log
    assert f"**Moderator:** <@{ALICE}>" in log
    assert "They were told by direct message." in log
    await on_stage.stop()
    on_stage.clock.advance(days=7)
    await on_stage.start()
    await tick(on_stage)
    assert bans(on_stage) == {}
    ended = await case(on_stage)
    assert (ended.state, ended.end_reason) == (CaseState.ENDED, EndReason.EXPIRED)
    on_stage.clock.advance(seconds=15)
    await tick(on_stage)
    [log] = told(on_stage)
    assert "its time was up" in log
    await assert_sound(on_stage)


async def test_tempban_unban_by_hand_rejoin_ban_for_good_and_the_clock_passes(on_stage: Stage) -> None:
    assert on_stage.app is not None
    world = on_stage.sandbox.world
    await use(on_stage, "ban", duration="1d")
    world.backend.remove_ban(GUILD, BOB)  # in Discord's own window
    await on_stage.app.services.outside.record(GUILD, OutsideAct(CaseKind.UNBAN, BOB, CAROL, audit_log_id=77 << 22))
    world.add_member(GUILD, BOB)
    assert "for good" in await use(on_stage, "ban")
    for _ in range(3):
        on_stage.clock.advance(days=1)
        await tick(on_stage)
    assert set(bans(on_stage)) == {BOB}
    assert [(await case(on_stage, number)).state for number in (1, 2, 3)] == [
        CaseState.ENDED, CaseState.ENDED, CaseState.ACTIVE,
    ]  # fmt: skip
    await assert_sound(on_stage)


async def test_who_is_banned_already_is_named_with_the_case_and_its_end(on_stage: Stage) -> None:
    await use(on_stage, "ban", duration="1d")
    said = await use(on_stage, "ban")
    assert "is banned already, and the ban ends <t:" in said
    assert "case #1" in said
    with pytest.raises(CaseNotFound):
        await case(on_stage, 2)
    on_stage.sandbox.world.backend.remove_ban(GUILD, BOB)  # and nobody heard of it
    assert "for good" in await use(on_stage, "ban")
    assert (await case(on_stage)).end_reason is EndReason.OUTSIDE


async def test_an_unban_ends_the_ban_and_one_without_a_ban_is_refused(on_stage: Stage) -> None:
    assert "is not banned here" in await use(on_stage, "unban")
    on_stage.sandbox.world.backend.apply_ban(GUILD, CAROL, "before the bot came")
    assert "Lifted the ban" in await use(on_stage, "unban", CAROL)
    await use(on_stage, "ban")
    assert "Lifted the ban" in await use(on_stage, "unban", reason="Appealed")
    assert bans(on_stage) == {}
    assert (await case(on_stage, 3)).related == 2
    assert (await case(on_stage, 2)).ended_by == ALICE
    await assert_sound(on_stage)


async def test_a_kick_and_a_softban_are_over_once_they_are_done(on_stage: Stage) -> None:
    assert f"Kicked <@{BOB}>. Case #1." in await use(on_stage, "kick", reason="Insults")
    said = await use(on_stage, "softban", CAROL)
    assert "they may come back" in said
    members = on_stage.sandbox.world.backend.get_guild(GUILD).members
    assert not {BOB, CAROL} & set(members)
    assert bans(on_stage) == {}
    [put] = asked(on_stage, "PUT", "/bans/")
    assert int(put.query["delete_message_seconds"]) == DAY
    assert (await case(on_stage, 2)).state is CaseState.ENDED
    await assert_sound(on_stage)


@pytest.mark.parametrize(("on", "off"), [("timeout", "untimeout"), ("mute", "unmute")])
async def test_a_timeout_holds_for_an_hour_unless_said_otherwise_and_is_lifted(
    on_stage: Stage, on: str, off: str
) -> None:
    assert "for 1 hour, until" in await use(on_stage, on)
    assert timed_out(on_stage) is not None
    assert "for 2 hours, until" in await use(on_stage, on, duration="2h")
    first, second = await case(on_stage, 1), await case(on_stage, 2)
    assert (first.state, first.superseded_by, second.state) == (CaseState.SUPERSEDED, 2, CaseState.ACTIVE)
    assert "Lifted the timeout" in await use(on_stage, off)
    assert timed_out(on_stage) is None
    assert "is not timed out" in await use(on_stage, off)
    told_them = [words(one) for one in letters(on_stage, BOB)]
    assert [("You were timed out" in one, "was lifted" in one) for one in told_them] == [
        (True, False), (True, False), (False, True),
    ]  # fmt: skip
    await assert_sound(on_stage)


async def test_a_year_s_timeout_is_renewed_over_restarts_survives_a_rejoin_and_ends_early(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    said = await use(on_stage, "timeout", duration="365d")
    assert "Discord takes 28 days at most" in said
    for month in range(4):
        on_stage.clock.advance(days=20)
        if month == 1:
            await on_stage.stop()
            await on_stage.start()
        await tick(on_stage)
    assert len(asked(on_stage, "PATCH", f"/members/{BOB}")) == 5
    until = timed_out(on_stage)
    world.remove_member(GUILD, BOB)
    on_stage.clock.advance(days=21)
    await tick(on_stage)
    world.add_member(GUILD, BOB)
    await use(on_stage, "note", CAROL, text="the gateway was heard by now")
    async with asyncio.timeout(5):
        while timed_out(on_stage) in {None, until}:
            await tick(on_stage)
            await asyncio.sleep(0.01)
    world.remove_member(GUILD, BOB)
    assert "Lifted the timeout" in await use(on_stage, "untimeout")
    assert (await case(on_stage)).state is CaseState.ENDED
    before = len(asked(on_stage, "PATCH", f"/members/{BOB}"))
    on_stage.clock.advance(days=300)
    await tick(on_stage)
    assert len(asked(on_stage, "PATCH", f"/members/{BOB}")) == before
    await assert_sound(on_stage)


async def test_a_warning_and_a_note_are_cases_and_only_the_warning_is_told(on_stage: Stage) -> None:
    assert "Warned" in await use(on_stage, "warn", reason="Spam", severity=3)
    assert "only staff sees it" in await use(on_stage, "note", text="second account?")
    assert ["You were warned" in words(one) for one in letters(on_stage, BOB)] == [True]
    warning = await case(on_stage, 1)
    assert (warning.severity, warning.points, warning.state) == (3, 3, CaseState.ACTIVE)
    await tick(on_stage)
    assert ["Warning" in one for one in told(on_stage)] == [True, False]
    await assert_sound(on_stage)


async def test_the_message_to_a_member_says_what_the_server_chose(on_stage: Stage) -> None:
    assert on_stage.app is not None
    settings = on_stage.app.services.guild_settings
    chosen = ModerationSettings(name_moderator=True, dm_text="Our rules: #rules", appeal_text="Write to @Court.")
    await settings.change(GUILD, chosen, base=1, by=None)
    await use(on_stage, "warn", reason="Spam")
    await use(on_stage, "ban", reason="Scam")
    warned, banned = (words(one) for one in sorted(letters(on_stage, BOB), key=lambda one: one.id))
    for letter in (warned, banned):
        assert f"<@{ALICE}>" in letter
        assert "Our rules: #rules" in letter
    assert "Write to @Court." in banned
    assert "Write to @Court." not in warned, "nobody appeals against a warning there"
    await settings.change(GUILD, ModerationSettings(dm_members=False), base=2, by=None)
    await use(on_stage, "unban")
    await use(on_stage, "timeout", CAROL)
    assert letters(on_stage, CAROL) == []
    assert (await case(on_stage, 4)).dm is DmState.NONE


async def test_while_a_duration_is_written_it_says_what_was_understood(on_stage: Stage) -> None:
    offered = await on_stage.alice.autocomplete(GENERAL, "timeout", "duration", "1h30m", member=f"<@{BOB}>")
    await offered.answered()
    assert [choice["name"] for choice in offered.choices or ()][:1] == ["1 hour 30 minutes — ends 2 Mar 2026 13:30"]


async def test_a_silent_act_and_closed_messages_stop_nothing_and_are_said(on_stage: Stage) -> None:
    assert "They were not told." in await use(on_stage, "timeout", silent=True)
    on_stage.sandbox.world.close_dms(CAROL)
    said = await use(on_stage, "ban", CAROL)
    assert "They take no direct messages" in said
    assert (await case(on_stage, 2)).dm is DmState.CLOSED
    assert set(bans(on_stage)) == {CAROL}


async def test_a_letter_that_nobody_takes_is_no_promise_in_the_log(on_stage: Stage) -> None:
    on_stage.sandbox.world.close_dms(BOB)
    await use(on_stage, "warn", reason="Spam")
    await tick(on_stage)
    on_stage.clock.advance(seconds=15)
    await tick(on_stage)
    [log] = told(on_stage)
    assert "They take no direct messages, so they were not told." in log


async def test_a_channel_is_told_without_a_name_where_the_server_wants_that(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await use(on_stage, "timeout")
    assert not any("was timed out" in one for one in told(on_stage, GENERAL))
    settings = on_stage.app.services.guild_settings
    await settings.change(GUILD, ModerationSettings(log_channel=LOG, public_notice=True), base=1, by=None)
    await use(on_stage, "warn", reason="Spam")
    await use(on_stage, "kick", CAROL, silent=True)
    await use(on_stage, "ban")
    async with asyncio.timeout(5):
        while not any("was banned" in one for one in told(on_stage, GENERAL)):
            await asyncio.sleep(0.01)
    assert [one for one in told(on_stage, GENERAL) if "was" in one] == [f"<@{BOB}> was banned."]


async def test_without_a_log_channel_or_with_one_that_is_gone_everything_works(on_stage: Stage) -> None:
    on_stage.sandbox.world.remove_channel(LOG)
    assert "Case #1" in await use(on_stage, "timeout")
    await tick(on_stage)
    await choose_log(on_stage, None)
    assert "Case #2" in await use(on_stage, "ban")
    await tick(on_stage)
    assert set(bans(on_stage)) == {BOB}


async def test_a_case_whose_message_was_deleted_is_told_anew_when_it_changes(on_stage: Stage) -> None:
    await use(on_stage, "timeout", duration="10m")
    await tick(on_stage)
    with on_stage.sandbox.view(on_stage.sandbox.world.backend.get_guild(GUILD).owner_id) as view:
        [message] = view.messages(LOG)
    on_stage.sandbox.world.backend.delete_message(LOG, message.id)
    await use(on_stage, "untimeout")
    for _ in range(4):
        on_stage.clock.advance(seconds=15)
        await tick(on_stage)
    assert sum("Case #1 · Timeout" in one and "lifted it" in one for one in told(on_stage)) == 1


# Who may -------------------------------------------------------------------------------------------------


async def test_nobody_bans_themselves_the_owner_the_bot_or_who_stands_above_them_also_by_id(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    owner = world.backend.get_guild(GUILD).owner_id
    world.add_role(GUILD, "Higher", id=STAFF + 1, position=3)
    world.give_role(GUILD, CAROL, STAFF + 1)
    assert "can't do this to yourself" in await use(on_stage, "ban", ALICE)
    assert "owns this server" in await use(on_stage, "ban", owner)
    assert "won't do this to myself" in await use(on_stage, "ban", world.bot_id)
    assert "must stand above" in await use(on_stage, "ban", CAROL)
    world.give_role(GUILD, BOB, BOSS)
    assert "must stand above" in await use(on_stage, "kick")
    assert bans(on_stage) == {}
    assert "Banned" in await use(on_stage, "ban", OUTSIDER)
    assert set(bans(on_stage)) == {OUTSIDER}
    with pytest.raises(CaseNotFound):
        await case(on_stage, 2)


async def test_members_may_not_and_moderators_by_role_may(on_stage: Stage) -> None:
    assert on_stage.app is not None
    commands = on_stage.sandbox.world.backend.commands[None]
    commands["timeout", 1]["default_member_permissions"] = None  # an admin may open a command to everyone
    refused = words(await on_stage.ask(on_stage.bob, "timeout", member=f"<@{ROBOT}>"))
    assert "need the permission **Timeout Members**" in refused or "you need the permission" in refused
    world = on_stage.sandbox.world
    world.add_role(GUILD, "Helper", id=STAFF + 2, position=2)
    world.give_role(GUILD, BOB, STAFF + 2)
    settings = on_stage.app.services.guild_settings
    await settings.change(GUILD, GeneralSettings(moderator_roles=(STAFF + 2,)), base=0, by=None)
    assert "Timed out" in words(await on_stage.ask(on_stage.bob, "timeout", member=f"<@{ROBOT}>"))


async def test_reasons_that_the_server_chose_are_offered(on_stage: Stage) -> None:
    exchange = await on_stage.alice.autocomplete(GENERAL, "ban", "reason", "sca", member=f"<@{BOB}>")
    await exchange.answered()
    assert [one["value"] for one in exchange.choices] == ["sca", "Scam"]


# When Discord does not play along ---------------------------------------------------------------------------


async def test_a_ban_that_discord_refuses_stays_as_failed_and_the_member_is_told_that_it_did_not_happen(
    on_stage: Stage,
) -> None:
    fault = on_stage.sandbox.faults.server_error("/guilds/*/bans/*", method="PUT", status=403)
    fault.code = 50013
    said = await use(on_stage, "ban", reason="Spam")
    assert "❌ Ban of" in said
    assert "Discord didn't let me" in said
    failed = await case(on_stage)
    assert (failed.state, failed.failure) == (CaseState.FAILED, Failure.NOT_PERMITTED)
    await tick(on_stage)
    first, second = (words(one) for one in letters(on_stage, BOB))
    assert "You are being banned" in first
    assert "That did not happen" in second
    [log] = told(on_stage)
    assert "**Not done:**" in log
    assert "Banned" in await use(on_stage, "ban")
    await assert_sound(on_stage)


@pytest.mark.parametrize("told_of_it", [True, False])
async def test_a_ban_that_was_called_off_while_it_waited_is_not_told_or_is_told_not_to_have_happened(
    on_stage: Stage, told_of_it: bool
) -> None:
    faults = on_stage.sandbox.faults
    faults.add(Fault("PUT", "*/bans/*", times=None, status=400, code=30035))
    if not told_of_it:  # nobody has the time to write before it is called off
        assert on_stage.app is not None
        made = await on_stage.app.services.cases.decide(GUILD, SanctionOrder(CaseKind.BAN, BOB, ALICE))
        assert made.claimed is not None
        await on_stage.app.services.sanctions.postpone(made.claimed, Delayed("Discord asks for patience"))
    else:
        assert "⏳ Ban of" in await use(on_stage, "ban", reason="Spam")
    await use(on_stage, "unban")
    await tick(on_stage)
    assert [(await case(on_stage, number)).state for number in (1, 2)] == [CaseState.SUPERSEDED, CaseState.FAILED]
    said = [words(one) for one in letters(on_stage, BOB)]
    assert ["That did not happen" in one for one in said] == ([False, True] if told_of_it else [])
    assert (await case(on_stage)).dm is (DmState.SENT if told_of_it else DmState.NONE)
    await assert_sound(on_stage)


@pytest.mark.parametrize("how", ["503", "503 after", "lost answer", "lost request"])
async def test_a_ban_whose_try_failed_is_repeated_and_is_one_case(on_stage: Stage, how: str) -> None:
    faults, path = on_stage.sandbox.faults, "/guilds/*/bans/*"
    match how:
        case "503":
            faults.server_error(path, method="PUT", status=503)
        case "503 after":
            faults.server_error(path, method="PUT", status=503, when="after")
        case "lost answer":
            faults.lose_answer(path, method="PUT")
        case _:
            faults.lose_request(path, method="PUT")
    await use(on_stage, "ban", reason="Spam")
    for _ in range(4):
        on_stage.clock.advance(seconds=10)
        await tick(on_stage)
    assert set(bans(on_stage)) == {BOB}
    assert (await case(on_stage)).state is CaseState.ACTIVE
    assert len(letters(on_stage, BOB)) == 1
    assert len(told(on_stage)) == 1
    await assert_sound(on_stage)


async def test_an_unban_that_is_asked_for_twice_is_one_though_nobody_is_banned_any_more(on_stage: Stage) -> None:
    """As after a crash between the act and whoever waited for it."""
    await use(on_stage, "ban")
    assert on_stage.app is not None
    keeper = keeper_of(on_stage.app.bot)
    order = SanctionOrder(CaseKind.UNBAN, BOB, ALICE, key="batch:1:1")
    first, again = await keeper.enforce(GUILD, order), await keeper.enforce(GUILD, order)
    assert (first.case.number, first.case.state) == (again.case.number, again.case.state) == (2, CaseState.ENDED)
    await assert_sound(on_stage)


async def test_a_ban_ends_when_its_server_is_back(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await use(on_stage, "ban", duration="1d")
    guild = on_stage.app.bot.get_guild(GUILD)
    assert guild is not None
    guild.unavailable = True
    on_stage.clock.advance(days=1)
    await tick(on_stage)
    assert set(bans(on_stage)) == {BOB}
    guild.unavailable = False
    on_stage.clock.advance(minutes=1)
    await tick(on_stage)
    assert bans(on_stage) == {}
    await assert_sound(on_stage)


# When the process dies ---------------------------------------------------------------------------------------


async def _return(stage: Stage, points: CrashPoints) -> None:
    points.armed = False
    await stage.die()
    stage.arrange = None
    for _ in range(2):
        stage.clock.advance(seconds=LEASE.total_seconds() + 1)
        if stage.app is None:
            await stage.start()
        await tick(stage)


async def _story(stage: Stage, points: CrashPoints, command: str, undo: str, **options: Any) -> None:
    stage.arrange = points.plant
    await stage.start()
    assert stage.app is not None
    logged, written = len(told(stage)), len(letters(stage, BOB))
    _, before = await stage.app.services.cases.of_member(GUILD, BOB, limit=1)
    await points.arm()
    exchange = await stage.alice.slash(GENERAL, command, member=f"<@{BOB}>", **options)
    await points.heard(exchange)
    await mortal(stage.app.ticker.tick())
    await _return(stage, points)
    [newest, *_], total = await stage.app.services.cases.of_member(GUILD, BOB, limit=2) or ([None], 0)
    promised = total - before
    assert promised in {0, 1}
    assert promised or "after commit" not in points.seen, "committed, and forgotten"
    if promised:
        assert newest.state is CaseState.ACTIVE
    held = BOB in bans(stage) if command == "ban" else timed_out(stage) is not None
    assert held == bool(promised)
    assert len(told(stage)) - logged == promised
    assert len(letters(stage, BOB)) - written == promised
    await assert_sound(stage)
    if promised:
        await use(stage, undo, silent=True)
    if command == "ban" and promised:
        stage.sandbox.world.add_member(GUILD, BOB)
    await tick(stage)
    await stage.stop()


async def _begin(stage: Stage) -> None:
    furnish(stage.sandbox.world)
    await stage.start()
    await choose_log(stage)
    await use(stage, "note", text="so that there is a case")
    await tick(stage)
    await stage.stop()


async def test_a_ban_is_one_case_one_ban_one_letter_and_one_message_wherever_the_process_dies(stage: Stage) -> None:
    await _begin(stage)
    seen = await sweep(lambda points: _story(stage, points, "ban", "unban", reason="Spam"))
    assert sum("PUT" in point and "bans" in point for point in seen) == 2


async def test_a_timeout_is_one_case_one_letter_and_one_message_wherever_the_process_dies(stage: Stage) -> None:
    await _begin(stage)
    await sweep(lambda points: _story(stage, points, "timeout", "untimeout", duration="2h"))
