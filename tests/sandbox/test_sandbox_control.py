"""The sandbox from outside: by HTTP, and as a process of its own."""

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.sandbox import BackendError, SetupError, World
from tests.sandbox.meadow import ALICE, BOB, CHANNEL, GUILD, WAIT, Client, Connect, Meadow


class Remote:
    """A person with curl."""

    def __init__(self, http: ClientSession, base: str) -> None:
        self._http = http
        self._base = base + "/control"

    async def get(self, path: str) -> Any:
        async with self._http.get(self._base + path) as answer:
            return await answer.json()

    async def post(self, path: str, /, **body: Any) -> Any:
        async with self._http.post(self._base + path, json=body) as answer:
            return await answer.json()


@pytest.fixture
async def remote(meadow: Meadow) -> AsyncIterator[Remote]:
    async with ClientSession() as http:
        yield Remote(http, meadow.sandbox.base_url)


def greeter(client: Client) -> None:
    @client.tree.command(description="Greets")
    async def greet(interaction: Any, name: str) -> None:
        await interaction.response.send_message(f"hello {name}", ephemeral=True)


async def test_everything_can_be_done_with_curl(meadow: Meadow, connect: Connect, remote: Remote) -> None:
    await connect(greeter)
    alice = {"guild": GUILD, "user": ALICE}
    said = await remote.post("/act/say", **alice, args=[CHANNEL, "hi"])
    assert (said["content"], said["author"]) == ("hi", ALICE)
    greeting = await remote.post(
        "/act/slash", **alice, args=[CHANNEL, "greet"], options={"name": "Ann"}, wait="finished"
    )
    assert (greeting["kind"], greeting["message"]["content"]) == ("message", "hello Ann")
    assert await remote.get(f"/exchange/{greeting['id']}") == greeting
    assert [one["text"] for one in await remote.get(f"/view/{ALICE}")] == ["hi", "hello Ann"]
    assert [one["text"] for one in await remote.get(f"/view/{BOB}?channel={CHANNEL}")] == ["hi"]
    log = await remote.get("/log")
    assert log["requests"][-1]["path"].startswith("/interactions/")
    assert log["unimplemented"] == []


async def test_files_travel_as_base64(meadow: Meadow, remote: Remote) -> None:
    file = {"name": "a.txt", "base64": base64.b64encode(b"words").decode()}
    said = await remote.post("/act/say", guild=GUILD, user=ALICE, args=[CHANNEL, ""], options={"files": [file]})
    (attachment,) = said["attachments"]
    async with ClientSession() as http, http.get(attachment["url"]) as answer:
        assert await answer.read() == b"words"


async def test_the_world_the_clock_and_the_faults_are_at_hand(meadow: Meadow, remote: Remote) -> None:
    role = await remote.post("/world/add_role", guild=GUILD, name="Shepherd", permissions=["ban_members"])
    await remote.post("/world/give_role", guild=GUILD, user=BOB, role=role)
    assert meadow.world.backend.guilds[GUILD].members[BOB].role_ids == [role]
    before = meadow.sandbox.clock.now()
    await remote.post("/advance", seconds=60)
    assert (meadow.sandbox.clock.now() - before).total_seconds() >= 60
    fault = await remote.post("/faults/server_error", path="/channels/*", status=500, times=None)
    assert (fault["status"], len(meadow.sandbox.faults.active())) == (500, 1)
    assert await remote.post("/faults/clear") == {"active": []}
    assert (await remote.post("/gateway/cut"))["sockets"] == 0


async def test_what_cannot_be_done_is_said(remote: Remote) -> None:
    refused = await remote.post("/act/slash", guild=GUILD, user=ALICE, args=[CHANNEL, "nosuch"])
    assert refused == {"error": "no command 'nosuch' is synced", "kind": "CannotDo"}
    assert (await remote.post("/act/fly", guild=GUILD, user=ALICE))["kind"] == "bad request"
    assert (await remote.post("/act/say", guild=GUILD))["kind"] == "bad request"
    assert (await remote.post("/world/__init__"))["kind"] == "bad request"


async def test_a_sandbox_can_be_a_process_of_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.sandbox", "--guilds", "3", "--members", "2", "--leash",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    addresses = json.loads(await asyncio.wait_for(process.stdout.readline(), 4 * WAIT))
    assert addresses["guilds"] == 3
    assert len(addresses["first_guild"]["members"]) == 2
    async with ClientSession() as http:
        assert await Remote(http, addresses["base_url"]).post("/stop") == {"stopping": True}
    await asyncio.wait_for(process.communicate(), WAIT)
    assert process.returncode == 0


def test_a_large_world_is_built_quickly_and_spread_over_shards() -> None:
    world = World()
    guilds = world.populate(100, 50)
    assert len(world.backend.users) >= 5_000
    for shards in (2, 3, 16):
        counts = [sum((guild >> 22) % shards == shard for guild in guilds) for shard in range(shards)]
        assert max(counts) - min(counts) <= 1


def test_an_id_can_be_chosen_but_only_once() -> None:
    world = World()
    guild = world.add_guild("Meadow", id=1234)
    assert world.add_role(guild, "Shepherd", id=77) == 77
    with pytest.raises(SetupError):
        world.add_channel(guild, "barn", id=77)
    with pytest.raises(BackendError):
        world.add_channel(999, "nowhere", id=78)
    assert world.add_channel(guild, "barn") != 78
