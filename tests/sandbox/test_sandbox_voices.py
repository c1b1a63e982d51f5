"""People in voice, as a client of the sandbox hears of them."""

import asyncio

import discord
import pytest

from bot.sandbox import CannotDo
from tests.sandbox.meadow import ALICE, BOB, GUILD, WAIT, Client, Connect, Meadow

ROOM, AFK = GUILD + 100, GUILD + 101


class Ear:
    """Counts what it hears of voice."""

    def __init__(self) -> None:
        self.heard = 0
        self._more = asyncio.Event()

    def __call__(self, client: Client) -> None:
        """Listen with a client."""

        @client.event
        async def on_voice_state_update(*_: object) -> None:
            self.heard += 1
            self._more.set()

    async def until(self, count: int) -> None:
        """Wait for so many changes."""
        async with asyncio.timeout(WAIT):
            while self.heard < count:
                self._more.clear()
                await self._more.wait()


@pytest.fixture
def rooms(meadow: Meadow) -> Meadow:
    meadow.world.add_channel(GUILD, "room", kind="voice", id=ROOM)
    meadow.world.add_channel(GUILD, "asleep", kind="voice", id=AFK)
    meadow.world.set_afk_channel(GUILD, AFK)
    return meadow


def state_of(client: Client, user: int) -> discord.VoiceState | None:
    """How somebody is in voice."""
    guild = client.get_guild(GUILD)
    assert guild is not None
    return guild._voice_states.get(user)


async def test_whoever_is_in_voice_when_a_client_comes_is_there_with_their_member(
    rooms: Meadow, connect: Connect
) -> None:
    await rooms.alice.join_voice(ROOM, muted=True)
    flags = discord.MemberCacheFlags.none()
    flags.voice = True
    client = await connect(member_cache_flags=flags, chunk_guilds_at_startup=False)
    guild = client.get_guild(GUILD)
    assert guild is not None
    assert guild.afk_channel is not None
    assert guild.afk_channel.id == AFK
    member = guild.get_member(ALICE)
    assert member is not None
    assert member.voice is not None
    assert member.voice.self_mute
    assert guild.get_member(BOB) is None


async def test_each_change_of_somebody_in_voice_is_heard(rooms: Meadow, connect: Connect) -> None:
    ear = Ear()
    client = await connect(ear)
    rooms.world.add_role(GUILD, "Warden", id=GUILD + 200, permissions=["mute_members", "deafen_members"])
    rooms.world.give_role(GUILD, BOB, GUILD + 200)
    await rooms.alice.join_voice(ROOM)
    await rooms.alice.deafen()
    await ear.until(2)
    state = state_of(client, ALICE)
    assert state is not None
    assert (state.self_mute, state.self_deaf, state.mute) == (True, True, False)
    await rooms.alice.deafen(on=False)
    await rooms.bob.server_mute(ALICE)
    await rooms.alice.leave_voice()
    await ear.until(5)
    assert state_of(client, ALICE) is None
    await rooms.alice.join_voice(ROOM)
    await ear.until(6)
    state = state_of(client, ALICE)
    assert state is not None
    assert state.mute, "what the server muted stays muted"
    rooms.world.remove_member(GUILD, ALICE)
    await ear.until(7)
    assert state_of(client, ALICE) is None


async def test_nobody_does_in_voice_what_discord_would_not_let_them(rooms: Meadow) -> None:
    with pytest.raises(CannotDo):
        await rooms.alice.mute()
    await rooms.alice.join_voice(ROOM)
    with pytest.raises(CannotDo):
        await rooms.bob.server_mute(ALICE)
    rooms.world.overwrite(ROOM, BOB, deny=["connect"])
    with pytest.raises(CannotDo):
        await rooms.bob.join_voice(ROOM)
