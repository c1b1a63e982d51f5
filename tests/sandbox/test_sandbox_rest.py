"""The HTTP API: files, nonces, permissions, and everything that can go wrong on the way."""

import asyncio
import io
from collections.abc import Iterator
from typing import Any

import discord
import discord.http
import pytest
from aiohttp import ClientError, ClientSession

from bot.sandbox import CannotDo, Fault
from tests.sandbox.meadow import ALICE, BOB, CHANNEL, GUILD, Connect, Meadow, channel_of
from tests.support.openapi import check_exchange

MESSAGES = f"/channels/{CHANNEL}/messages"


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Let every pause pass at once, discord.py's between retries above all; lists how long they were to be."""
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def hurry(seconds: float, result: object = None) -> object:
        pauses.append(seconds)
        return await sleep(min(seconds, 0.001), result)

    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "sleep", hurry)
        yield pauses


async def test_a_file_is_sent_and_can_be_fetched_again(meadow: Meadow, connect: Connect) -> None:
    client = await connect()
    picture = discord.File(io.BytesIO(b"\x89PNG\x00\xff"), "sheep.png", description="a sheep")
    sent = await channel_of(client).send("look", file=picture)
    (attachment,) = sent.attachments
    assert (attachment.filename, attachment.description, attachment.size) == ("sheep.png", "a sheep", 6)
    assert await attachment.read() == b"\x89PNG\x00\xff"
    assert attachment.url.startswith(meadow.sandbox.cdn_url)
    assert meadow.sandbox.requests[-1].files == ["sheep.png"]


async def test_a_rate_limit_is_honoured(meadow: Meadow, connect: Connect) -> None:
    client = await connect()
    fault = meadow.sandbox.faults.rate_limit(MESSAGES, method="POST", retry_after=0.02, times=2)
    await channel_of(client).send("patience")
    assert fault.hits == 2
    posts = [one.status for one in meadow.sandbox.requests if one.path == MESSAGES]
    assert posts == [429, 429, 200]


async def test_a_server_error_is_tried_again(meadow: Meadow, connect: Connect, quick_retries: list[float]) -> None:
    client = await connect()
    meadow.sandbox.faults.server_error(MESSAGES, status=502, times=2)
    await channel_of(client).send("again")
    assert {1, 3} <= set(quick_retries)
    assert [message.content for message in meadow.sandbox.view(ALICE).messages()] == ["again"]


async def test_an_effect_whose_answer_failed_is_repeated_unless_a_nonce_forbids_it(
    meadow: Meadow, connect: Connect, quick_retries: list[float]
) -> None:
    channel = channel_of(await connect())
    meadow.sandbox.faults.server_error(when="after", method="POST")
    await channel.send("once")  # discord.py makes up a nonce of its own
    assert [message.content for message in meadow.sandbox.view(ALICE).messages()] == ["once"]
    meadow.sandbox.faults.server_error(when="after", method="POST")
    await channel.guild.create_text_channel("barn")
    names = [one["name"] for one in await channel.guild._state.http.get_all_guild_channels(GUILD)]
    assert names == ["general", "barn", "barn"]


async def test_a_lost_answer_leaves_its_effect(meadow: Meadow, connect: Connect) -> None:
    channel = channel_of(await connect())
    meadow.sandbox.faults.lose_answer(MESSAGES, method="POST")
    with pytest.raises((ClientError, OSError)):
        await channel.send("did it arrive?", nonce="43")
    again = await channel.send("did it arrive?", nonce="43")
    (message,) = meadow.sandbox.view(ALICE).messages()
    assert (message.id, message.content) == (again.id, "did it arrive?")


async def test_a_nonce_is_forgotten_after_some_minutes(meadow: Meadow, connect: Connect) -> None:
    channel = channel_of(await connect())
    first = await channel.send("hello", nonce="44")
    assert (await channel.send("hello", nonce="44")).id == first.id
    meadow.sandbox.clock.advance(600)
    assert (await channel.send("hello", nonce="44")).id != first.id


async def test_a_slow_answer_is_only_slow(meadow: Meadow, connect: Connect) -> None:
    channel = channel_of(await connect())
    fault = meadow.sandbox.faults.add(Fault("POST", MESSAGES, when="after", delay=0.05))
    await channel.send("slowly")
    assert fault.hits == 1
    seen = meadow.sandbox.requests[-1]
    assert seen.duration is not None
    assert seen.duration >= 0.05


async def test_without_the_permission_the_bot_is_refused(meadow: Meadow, connect: Connect) -> None:
    guild = (await connect()).get_guild(GUILD)
    assert guild is not None
    meadow.world.set_bot_permissions(GUILD, ["view_channel", "send_messages"])
    with pytest.raises(discord.Forbidden) as refusal:
        await guild.ban(discord.Object(BOB), reason="no reason")
    assert refusal.value.code == 50013
    meadow.world.set_bot_permissions(GUILD, ["ban_members"])
    await guild.ban(discord.Object(BOB), reason="Grund: über", delete_message_seconds=0)
    assert BOB not in meadow.world.backend.guilds[GUILD].members
    assert meadow.sandbox.requests[-1].reason == "Grund: über"


async def test_what_the_sandbox_cannot_do_is_said_and_remembered(meadow: Meadow, connect: Connect) -> None:
    client = await connect()
    with pytest.raises(discord.HTTPException) as refusal:
        await client.http.request(discord.http.Route("POST", "/teapots"))
    assert refusal.value.status == 501
    with pytest.raises(discord.HTTPException):
        await client.http.request(
            discord.http.Route("PATCH", "/channels/{channel_id}", channel_id=CHANNEL), json={"steam": True}
        )
    assert ["/teapots" in one or "steam" in one for one in meadow.sandbox.unimplemented] == [True, True]


async def test_too_long_a_text_is_refused(connect: Connect) -> None:
    with pytest.raises(discord.HTTPException) as refusal:
        await channel_of(await connect()).send("x" * 2001)
    assert refusal.value.code == 50035


async def test_without_the_token_nothing_is_answered(meadow: Meadow) -> None:
    async with ClientSession() as http:
        async with http.get(meadow.sandbox.api_url + "/v10/users/@me") as answer:
            assert (answer.status, (await answer.json())["message"]) == (401, "401: Unauthorized")
        async with http.get(meadow.sandbox.api_url + "/v10/gateway") as answer:
            assert await answer.json() == {"url": meadow.sandbox.gateway_url}
        async with http.get(meadow.sandbox.cdn_url + "/attachments/1/2/none.txt") as answer:
            assert answer.status == 404


async def test_single_commands_come_and_go(meadow: Meadow, connect: Connect) -> None:
    client = await connect()
    one: Any = {"name": "knock", "description": "Knock", "type": 1}
    change: Any = {"description": "Knock twice"}
    created = await client.http.upsert_global_command(meadow.world.application_id, one)
    assert client.application_id == meadow.world.application_id
    edited = await client.http.edit_global_command(meadow.world.application_id, created["id"], change)
    assert (edited["id"], edited["description"]) == (created["id"], "Knock twice")
    assert [command.name for command in await client.tree.fetch_commands()] == ["knock"]
    await client.http.delete_global_command(meadow.world.application_id, int(created["id"]))
    assert await client.tree.fetch_commands() == []


async def test_who_sees_a_command_is_changed_by_the_server_and_told_to_the_bot(
    meadow: Meadow, connect: Connect
) -> None:
    client = await connect(_chatterbox)
    world, ask = meadow.world, client.http.get_guild_application_command_permissions
    assert await ask(world.application_id, GUILD) == []
    [command] = client.synced
    world.show_command(GUILD, "chat", GUILD, allowed=False)
    with pytest.raises(CannotDo):
        await meadow.bob.slash(CHANNEL, "chat")
    world.show_command(GUILD, "chat", BOB, allowed=True)
    await meadow.bob.slash(CHANNEL, "chat")
    told = await command.fetch_permissions(discord.Object(GUILD))
    [listed] = await ask(world.application_id, GUILD)
    assert (listed["id"], listed["guild_id"]) == (str(command.id), str(GUILD))
    assert [(rule.id, rule.type.name, rule.permission) for rule in told.permissions] == [
        (GUILD, "role", False), (BOB, "user", True),
    ]  # fmt: skip
    world.show_command(GUILD, "chat", GUILD, allowed=None)
    world.show_command(GUILD, "chat", BOB, allowed=None)
    assert await ask(world.application_id, GUILD) == []


async def test_the_application_tells_which_privileged_intents_are_on(meadow: Meadow, connect: Connect) -> None:
    client = await connect()
    flags = (await client.application_info()).flags
    assert (flags.gateway_guild_members_limited, flags.gateway_message_content_limited) == (True, True)
    meadow.world.backend.portal_intents = frozenset({"members"})
    flags = (await client.application_info()).flags
    assert (flags.gateway_guild_members_limited, flags.gateway_message_content_limited) == (True, False)


async def test_what_was_said_over_the_wire_is_what_discord_describes(meadow: Meadow, connect: Connect) -> None:
    client = await connect(_chatterbox)
    channel = channel_of(client)
    guild = channel.guild
    message = await channel.send("hello", embed=discord.Embed(title="Title", description="Words"))
    await message.edit(content="hello again")
    await channel.send("with a file", file=discord.File(io.BytesIO(b"x"), "x.txt"))
    role = await guild.create_role(name="Shepherd", colour=discord.Colour.green())
    bob = await guild.fetch_member(BOB)
    await bob.add_roles(role, reason="good with sheep")
    await bob.remove_roles(role)
    await bob.edit(nick="Bobby")
    room = await guild.create_text_channel("barn", topic="hay")
    await room.set_permissions(bob, view_channel=True)
    await room.edit(topic="straw")
    thread = await room.create_thread(name="loft", type=discord.ChannelType.private_thread)
    assert not [one async for one in room.history()], "of a private thread its channel is not told"
    await thread.edit(archived=True)
    await room.delete()
    await (await client.fetch_user(ALICE)).send("a word")
    meadow.world.show_command(GUILD, "chat", GUILD - 1, allowed=False)
    meadow.world.show_command(GUILD, "chat", CHANNEL, allowed=True)
    meadow.world.show_command(GUILD, None, BOB, allowed=False)
    await client.http.get_guild_application_command_permissions(meadow.world.application_id, GUILD)
    asked = await meadow.alice.slash(CHANNEL, "chat")
    await asked.finished()
    await asked.followed_up()
    await message.delete()
    await guild.ban(bob)
    await guild.unban(bob)
    with pytest.raises(discord.NotFound):
        await channel.fetch_message(1)
    wrong = [
        complaint
        for seen in meadow.sandbox.requests
        if seen.status is not None and "oauth2" not in seen.path
        for complaint in check_exchange(seen.method, seen.path, seen.json, seen.status, seen.response)
    ]
    assert wrong == []
    assert list(meadow.sandbox.unimplemented) == []


def _chatterbox(client: discord.Client) -> None:
    @client.tree.command(description="Chats")  # pyright: ignore[reportAttributeAccessIssue]
    async def chat(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="chat", view=_Button())
        await interaction.followup.send("more", ephemeral=True)


class _Button(discord.ui.View):
    @discord.ui.button(label="Press", custom_id="press", style=discord.ButtonStyle.danger)
    async def press(self, interaction: discord.Interaction, _: discord.ui.Button) -> None:
        await interaction.response.defer()


async def test_channels_are_refused_as_discord_refuses_them(meadow: Meadow, connect: Connect) -> None:
    client = await connect()
    guild = client.get_guild(GUILD)
    assert guild is not None
    with pytest.raises(discord.HTTPException, match="not allowed for servers in Server Discovery"):
        await guild.create_text_channel("ticket-1488")
    parent = meadow.world.add_channel(GUILD, "Full", kind="category")
    for number in range(50):
        meadow.world.add_channel(GUILD, f"full-{number}", parent=parent)
    with pytest.raises(discord.HTTPException, match="channels in category reached"):
        await client.http.create_channel(GUILD, 0, name="more", parent_id=parent)
    with pytest.raises(discord.HTTPException, match="channels in category reached"):
        await client.http.edit_channel(CHANNEL, parent_id=parent)
    for number in range(500 - len(meadow.world.backend.get_guild(GUILD).channel_ids)):
        meadow.world.add_channel(GUILD, f"more-{number}")
    with pytest.raises(discord.HTTPException) as full:
        await guild.create_text_channel("one-more")
    assert full.value.code == 30013
