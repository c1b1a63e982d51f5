"""The start with ten thousand sanctions that hold: each is compared with Discord, and none costs a request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from bot.db.models.moderation import CaseRow, SanctionSlot
from bot.domain.cases import CaseKind, CaseState, EndReason
from bot.jobs.agreement import AgreementJob
from bot.services.invariants.moderation import INVARIANTS
from bot.services.verify import VerifyService
from tests.support import sanctions
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage

RIGHTS = ["ban_members", "moderate_members", "view_audit_log", "view_channel"]
FIRST = 10_000_000 << 22
CHANNEL_UPDATE = 11
LASTS = timedelta(days=20)


async def known(stage: Stage, *guilds: int) -> None:
    """Let the bot know servers whose bans were compared before, and stop it."""
    for guild_id in guilds:
        stage.sandbox.world.set_bot_permissions(guild_id, RIGHTS)
    await stage.start()
    await compare(stage)
    await stage.stop()


async def compare(stage: Stage) -> None:
    assert stage.app is not None
    [job] = [one for one in stage.app.periodic if isinstance(one, AgreementJob)]
    await job.round()


async def sentence(stage: Stage, guild_id: int, first: int, bans: int, timeouts: int) -> tuple[range, range]:
    """So many hold in a server, on Discord and in the file."""
    assert stage.app is not None
    app, until = stage.app, stage.clock.now() + LASTS
    banned, silent = range(first, first + bans), range(first + bans, first + bans + timeouts)
    sanctions.sentence(stage.sandbox.world, guild_id, banned, silent, until=until)
    await sanctions.write(app.database, app.services.case_file, guild_id, banned, silent, until=until)
    return banned, silent


def asked(stage: Stage, since: int, guilds: Sequence[int]) -> Counter[str]:
    """What was asked about these servers since so many requests of Discord."""
    seen = [one for one in list(stage.sandbox.requests)[since:] if one.path.startswith("/guilds/")]
    parts = [one.path.split("/")[2:] for one in seen]
    return Counter("/".join(rest) for guild_id, *rest in parts if int(guild_id) in guilds)


async def states(stage: Stage, guild_id: int) -> Counter[tuple[CaseState, EndReason | None]]:
    assert stage.app is not None
    query = select(CaseRow.state, CaseRow.end_reason).where(CaseRow.guild_id == guild_id)
    async with stage.app.database.read() as session:
        return Counter((row.state, row.end_reason) for row in await session.execute(query))


async def test_ten_thousand_in_one_server_take_a_request_for_each_thousand_bans_and_each_hundred_timeouts(
    stage: Stage,
) -> None:
    await known(stage, GUILD)
    app = await stage.start()
    banned, silent = await sentence(stage, GUILD, FIRST, 5_500, 4_500)
    guild = stage.sandbox.world.backend.get_guild(GUILD)
    del guild.bans[banned[0]], guild.bans[banned[2_345]], guild.bans[banned[-1]]
    guild.members[silent[4_321]].timed_out_until = None
    before, questions = len(stage.sandbox.requests), stage.sandbox.gateway.questions
    stage.clock.advance(hours=1)
    await compare(stage)
    assert asked(stage, before, [GUILD]) == {"audit-logs": 1, "bans": 6}
    assert stage.sandbox.gateway.questions - questions == 45
    assert await states(stage, GUILD) == {
        (CaseState.ACTIVE, None): 9_996, (CaseState.ENDED, EndReason.OUTSIDE): 4,
    }  # fmt: skip
    async with app.database.read() as session:
        touched = select(SanctionSlot.user_id).where(SanctionSlot.guild_id == GUILD, ~SanctionSlot.holds)
        changed = set((await session.execute(touched)).scalars())
    assert changed == {banned[0], banned[2_345], banned[-1], silent[4_321]}
    assert await VerifyService(app.database, {"moderation": INVARIANTS}).guild(GUILD) == []


async def test_ten_thousand_in_fifty_servers_take_three_requests_for_each_server(stage: Stage) -> None:
    world = stage.sandbox.world
    guilds = [world.add_guild(f"guild {number}", id=(7_000 + number) << 22) for number in range(50)]
    await known(stage, *guilds)
    await stage.start()
    people = {}
    for place, guild_id in enumerate(guilds):
        people[guild_id] = await sentence(stage, guild_id, FIRST + place * 1_000, 100, 100)
    del world.backend.get_guild(guilds[7]).bans[people[guilds[7]][0][5]]
    before, questions = len(stage.sandbox.requests), stage.sandbox.gateway.questions
    stage.clock.advance(hours=1)
    await compare(stage)
    assert asked(stage, before, guilds) == {"audit-logs": 50, "bans": 50}
    assert stage.sandbox.gateway.questions - questions == 50
    ended = [guild_id for guild_id in guilds if (CaseState.ENDED, EndReason.OUTSIDE) in await states(stage, guild_id)]
    assert ended == [guilds[7]]


def note(stage: Stage, count: int) -> None:
    """Other entries of Discord's audit log that nobody has to do anything about."""
    for _ in range(count):
        stage.sandbox.world.backend.record_audit_log(GUILD, CHANNEL_UPDATE, user_id=ALICE, target_id=GENERAL)


async def log_readings(stage: Stage) -> int:
    """How often the audit log is read when the server is compared an hour later."""
    before = len(stage.sandbox.requests)
    stage.clock.advance(hours=1)
    await compare(stage)
    return asked(stage, before, [GUILD])["audit-logs"]


async def test_an_audit_log_in_which_nothing_was_done_is_read_in_one_request_and_not_again(stage: Stage) -> None:
    await known(stage, GUILD)
    await stage.start()
    note(stage, 60)
    assert await log_readings(stage) == 1
    note(stage, 60)
    assert await log_readings(stage) == 1, "the first sixty were counted again"


async def test_an_act_amid_hundreds_of_other_entries_is_found(stage: Stage) -> None:
    await known(stage, GUILD)
    note(stage, 130)
    owner = stage.sandbox.world.backend.get_guild(GUILD).owner_id
    await stage.sandbox.as_member(GUILD, owner).ban(BOB, "spam")
    note(stage, 130)
    app = await stage.start()
    assert await log_readings(stage) == 1 + 4
    [case], _ = await app.services.cases.of_member(GUILD, BOB, limit=5)
    assert (case.kind, case.moderator_id, case.reason) == (CaseKind.BAN, owner, "spam")
