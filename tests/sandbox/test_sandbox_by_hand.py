"""Moderators who act in Discord's own windows, and what the bot is told of it."""

import asyncio
from datetime import timedelta
from typing import Any

import discord
import pytest

from bot.sandbox import CannotDo
from tests.sandbox.meadow import ALICE, BOB, BOT, GUILD, WAIT, Client, Connect, Meadow

MOD = ["ban_members", "kick_members", "moderate_members"]


class Ear:
    """What a client hears of the audit log."""

    def __init__(self) -> None:
        self.entries: asyncio.Queue[discord.AuditLogEntry] = asyncio.Queue()
        self.bans: asyncio.Queue[int] = asyncio.Queue()

    def __call__(self, client: Client) -> None:
        async def on_audit_log_entry_create(entry: discord.AuditLogEntry) -> None:
            self.entries.put_nowait(entry)

        async def on_member_ban(_guild: discord.Guild, user: Any) -> None:
            self.bans.put_nowait(user.id)

        client.event(on_audit_log_entry_create)
        client.event(on_member_ban)

    async def next(self) -> discord.AuditLogEntry:
        async with asyncio.timeout(WAIT):
            return await self.entries.get()


@pytest.fixture
def staff(meadow: Meadow) -> Meadow:
    """Alice moderates."""
    meadow.world.give_role(GUILD, ALICE, meadow.world.add_role(GUILD, "Staff", permissions=MOD))
    return meadow


async def test_the_bot_hears_who_banned_whom_by_hand(staff: Meadow, connect: Connect) -> None:
    ear = Ear()
    await connect(ear)
    await staff.alice.ban(BOB, "spam")
    heard = await ear.next()
    assert (heard.action, heard.user_id, heard.reason) == (discord.AuditLogAction.ban, ALICE, "spam")
    assert heard.target is not None
    assert heard.target.id == BOB
    assert await ear.bans.get() == BOB
    with pytest.raises(CannotDo):
        await staff.alice.ban(BOB)
    with pytest.raises(CannotDo):
        await staff.bob.join()
    await staff.alice.unban(BOB)
    assert (await ear.next()).action is discord.AuditLogAction.unban


async def test_a_timeout_by_hand_is_heard_with_its_end_and_its_lifting_with_none(
    staff: Meadow, connect: Connect
) -> None:
    ear = Ear()
    await connect(ear)
    until = discord.utils.utcnow() + timedelta(hours=1)
    await staff.alice.time_out(BOB, until.isoformat())
    assert (await ear.next()).after.timed_out_until == until
    await staff.alice.time_out(BOB, None)
    lifted = await ear.next()
    assert (lifted.before.timed_out_until, lifted.after.timed_out_until) == (until, None)
    await staff.alice.kick(BOB)
    assert (await ear.next()).action is discord.AuditLogAction.kick


async def test_nobody_acts_by_hand_without_the_permission_or_on_those_above(staff: Meadow) -> None:
    with pytest.raises(CannotDo):
        await staff.bob.ban(ALICE)
    with pytest.raises(CannotDo):
        await staff.alice.ban(BOT)
    assert staff.world.backend.get_guild(GUILD).bans == {}


async def test_without_the_permission_the_audit_log_is_neither_heard_nor_read(staff: Meadow, connect: Connect) -> None:
    ear = Ear()
    client = await connect(ear)
    staff.world.set_bot_permissions(GUILD, ["ban_members"])
    await staff.alice.ban(BOB)
    assert await ear.bans.get() == BOB
    assert ear.entries.empty()
    with pytest.raises(discord.Forbidden):
        await client.http.get_audit_logs(GUILD)
    staff.world.set_bot_permissions(GUILD, ["view_audit_log"])
    with pytest.raises(discord.Forbidden):
        await client.http.get_bans(GUILD, 10)


async def test_the_audit_log_is_read_from_an_entry_onwards_and_bans_by_page(staff: Meadow, connect: Connect) -> None:
    client = await connect()
    people = [staff.world.add_user(f"guest{number}") for number in range(5)]
    for user in people:
        await staff.alice.ban(user)
    guild = client.get_guild(GUILD)
    assert guild is not None
    seen = [one.id async for one in guild.audit_logs(limit=None, action=discord.AuditLogAction.ban)]
    assert seen == sorted(seen, reverse=True)
    after = discord.Object(seen[3])
    later = [one.id async for one in guild.audit_logs(limit=None, after=after, oldest_first=True)]
    assert later == sorted(seen[:3])
    pages: list[Any] = [await client.http.get_bans(GUILD, 2, after=place) for place in (0, people[1], people[3])]
    assert [[int(one["user"]["id"]) for one in page] for page in pages] == [people[:2], people[2:4], people[4:]]
