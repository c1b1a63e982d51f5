"""The gateway: logging in, staying in, coming back."""

import asyncio
import json
import logging

import discord
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from bot.sandbox import Sandbox, World
from tests.sandbox.meadow import ALICE, CHANNEL, GUILD, WAIT, Client, Connect, Meadow, connected, point_at


async def test_a_client_logs_in_and_finds_its_guild(meadow: Meadow, connect: Connect) -> None:
    client = await connect()
    guild = client.get_guild(GUILD)
    assert guild is not None
    assert {member.name for member in guild.members} >= {"alice", "bob", "Folkmoot"}
    assert client.user is not None
    assert client.user.id == meadow.world.bot_id


async def test_a_wrong_token_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(discord.LoginFailure):
        async with connected(Client(lambda _: None), sandbox.token + "x"):
            pass


async def test_intents_switched_off_in_the_portal_are_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "discord")
    async with Sandbox(world, portal_intents=frozenset({"members"})) as sandbox:
        point_at(sandbox, monkeypatch)
        with pytest.raises(discord.PrivilegedIntentsRequired):
            async with connected(Client(lambda _: None), sandbox.token):
                pass
        modest = discord.Intents.default() | discord.Intents(members=True)
        async with connected(Client(lambda _: None, intents=modest), sandbox.token) as client:
            assert client.is_ready()


async def test_without_the_content_intent_words_are_hidden(meadow: Meadow, connect: Connect) -> None:
    client = await connect(intents=discord.Intents.default())
    await meadow.alice.say(CHANNEL, "secret")
    await meadow.alice.say(CHANNEL, f"<@{meadow.world.bot_id}> listen")
    assert await client.until_heard(2) == ["", f"<@{meadow.world.bot_id}> listen"]


async def test_a_cut_socket_is_resumed_without_losing_a_word(meadow: Meadow, connect: Connect) -> None:
    client = await connect()
    await meadow.alice.say(CHANNEL, "before")
    await client.until_heard(1)
    assert meadow.sandbox.gateway.cut() == 1
    for number in range(20):
        await meadow.alice.say(CHANNEL, f"meanwhile {number}")
    await asyncio.wait_for(client.resumed.wait(), WAIT)
    await meadow.alice.say(CHANNEL, "after")
    heard = await client.until_heard(22)
    assert heard == ["before", *(f"meanwhile {number}" for number in range(20)), "after"]
    assert (meadow.sandbox.gateway.identifies, meadow.sandbox.gateway.resumes) == (1, 1)


async def test_asked_to_reconnect_the_client_resumes(meadow: Meadow, connect: Connect) -> None:
    client = await connect()
    await meadow.sandbox.gateway.ask_to_reconnect()
    await asyncio.wait_for(client.resumed.wait(), WAIT)
    assert meadow.sandbox.gateway.identifies == 1


async def test_an_invalid_session_begins_anew(meadow: Meadow, connect: Connect) -> None:
    client = await connect()
    again = asyncio.create_task(client.wait_for("shard_ready", timeout=WAIT))
    await asyncio.sleep(0)
    await meadow.sandbox.gateway.invalidate()
    await again
    await meadow.alice.say(CHANNEL, "still here?")
    assert await client.until_heard(1) == ["still here?"]
    assert (meadow.sandbox.gateway.identifies, meadow.sandbox.gateway.resumes) == (2, 0)


async def test_a_session_left_too_long_cannot_be_resumed(meadow: Meadow) -> None:
    async with ClientSession() as http:
        async with http.ws_connect(meadow.sandbox.gateway_url) as socket:
            session = (await identify(socket, meadow.sandbox.token))["d"]["session_id"]
            meadow.sandbox.gateway.cut()
            while (await socket.receive(WAIT)).type is WSMsgType.TEXT:
                pass  # what was on its way still arrives
        meadow.sandbox.clock.advance(3600)
        async with http.ws_connect(meadow.sandbox.gateway_url) as socket:
            await socket.receive_json(timeout=WAIT)
            resume = {"token": meadow.sandbox.token, "session_id": session, "seq": 1}
            await socket.send_json({"op": 6, "d": resume})
            assert await socket.receive_json(timeout=WAIT) == {"op": 9, "d": False}


async def test_two_shards_each_get_their_own_guilds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    guilds = world.populate(6, 3)
    async with Sandbox(world, shards=2) as sandbox:
        point_at(sandbox, monkeypatch)
        async with connected(Client(lambda _: None), sandbox.token) as client:
            assert client.shard_count == 2
            assert {guild.id for guild in client.guilds} == set(guilds)
            shards = [guild.shard_id for guild in client.guilds]
            assert sorted(shards) == [0, 0, 0, 1, 1, 1]
            assert all(len(guild.members) == 5 for guild in client.guilds)
            first = sandbox.world.backend.guilds[guilds[0]]
            writer = sandbox.as_member(guilds[0], first.owner_id)
            await writer.say(first.channel_ids[0], "here")
            assert await client.until_heard(1) == ["here"]


async def test_two_processes_may_share_the_shards_and_one_may_be_cut(meadow: Meadow, connect: Connect) -> None:
    other = meadow.world.add_guild("Hill", id=GUILD + (1 << 22))
    hill = meadow.world.add_channel(other, "general")
    meadow.world.add_member(other, ALICE)
    mine = (GUILD >> 22) % 2
    here = await connect(shard_count=2, shard_ids=[mine])
    there = await connect(shard_count=2, shard_ids=[1 - mine])
    assert [guild.id for guild in here.guilds] == [GUILD]
    assert [guild.id for guild in there.guilds] == [other]
    assert meadow.sandbox.gateway.cut(1 - mine) == 1
    await meadow.alice.say(CHANNEL, "in the meadow")
    await meadow.sandbox.as_member(other, ALICE).say(hill, "on the hill")
    assert await there.until_heard(1) == ["on the hill"]
    assert await here.until_heard(1) == ["in the meadow"]
    assert (here.resumed.is_set(), there.resumed.is_set()) == (False, True)


async def test_a_flood_arrives_complete_and_in_order(meadow: Meadow, connect: Connect) -> None:
    client = await connect()
    said = await meadow.alice.say(CHANNEL, "0")
    await client.until_heard(1)
    for number in range(1, 3_001):
        await meadow.sandbox.inject("MESSAGE_CREATE", said.payload | {"content": str(number)})
    heard = await client.until_heard(3_001)
    assert heard == [str(number) for number in range(3_001)]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"op": 8, "d": {}}, 4003),
        ({"op": 2, "d": {"token": "wrong", "intents": 1}}, 4004),
        ({"op": 2, "d": {"token": "TOKEN", "intents": 1, "shard": [2, 2]}}, 4010),
        ({"op": 2, "d": {"token": "TOKEN", "intents": "many"}}, 4013),
        ({"op": 6, "d": {"token": "wrong", "seq": 1, "session_id": "x"}}, 4004),
        ("not json", 4002),
    ],
)
async def test_bad_manners_are_answered_with_discords_close_codes(sandbox: Sandbox, message: object, code: int) -> None:
    async with ClientSession() as http, http.ws_connect(sandbox.gateway_url) as socket:
        await socket.receive_json(timeout=WAIT)
        text = message if isinstance(message, str) else json.dumps(message)
        await socket.send_str(text.replace("TOKEN", sandbox.token))
        await socket.receive(WAIT)
        assert socket.close_code == code


async def test_a_client_that_never_reads_is_given_up_in_the_end(
    meadow: Meadow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sandbox.session.OUTBOX_LIMIT", 50)
    async with ClientSession() as http, http.ws_connect(meadow.sandbox.gateway_url) as socket:
        await identify(socket, meadow.sandbox.token)
        (session,) = meadow.sandbox.gateway.sessions.values()
        for _ in range(51):
            meadow.sandbox.gateway.broadcast("GUILD_DELETE", {"id": str(GUILD)})
        assert session.expired
        while (await socket.receive(WAIT)).type is WSMsgType.TEXT:
            pass


async def test_a_gateway_that_is_down_takes_nobody(meadow: Meadow) -> None:
    meadow.sandbox.gateway.go_down(30)
    async with ClientSession() as http, http.get(meadow.sandbox.gateway_url.replace("ws:", "http:")) as answer:
        assert answer.status == 503


async def test_members_are_asked_for_by_name(meadow: Meadow, connect: Connect) -> None:
    intents = discord.Intents.default()
    guild = (await connect(intents=intents)).get_guild(GUILD)
    assert guild is not None
    assert [member.id for member in await guild.query_members("ali")] == [ALICE]


async def test_closing_is_quick_even_with_clients_inside(meadow: Meadow, connect: Connect) -> None:
    await connect()
    loop = asyncio.get_running_loop()
    began = loop.time()
    await meadow.sandbox.close()
    assert loop.time() - began < 0.5  # it takes a hundredth; the rest is for a busy machine


async def identify(socket: ClientWebSocketResponse, token: str) -> dict[str, dict[str, str]]:
    """Log a bare socket in and return its READY."""
    await socket.receive_json(timeout=WAIT)
    await socket.send_json({"op": 2, "d": {"token": token, "intents": 1, "shard": [0, 1]}})
    return await socket.receive_json(timeout=WAIT)
