"""Channels and roles that come and go, and who may do what: typed at the prompt, and heard by the bot."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import discord
import pytest

from bot.sandbox import Sandbox
from bot.sandbox.seen import CannotDo
from bot.sandbox.terminal import Stage
from bot.sandbox.terminal.completion import InSight, continuations
from bot.sandbox.terminal.lines import parse
from bot.sandbox.terminal.upkeep import Ask, Create, Delete, Hand
from bot.sandbox.terminal.words import GROUPS, WORDS, NotUnderstood
from tests.sandbox.meadow import ALICE, BOB, BOT, CHANNEL, GUILD, WAIT, Client, Connect

NEWS, HELPER, BIG_FANS = 900_000_000_000_000_030, 900_000_000_000_000_031, 900_000_000_000_000_032


@pytest.fixture
def stage(sandbox: Sandbox) -> Iterator[Stage]:
    sandbox.world.add_channel(GUILD, "news", id=NEWS, hidden_from_everyone=True)
    sandbox.world.add_role(GUILD, "Helper", id=HELPER)
    sandbox.world.add_role(GUILD, "Big Fans", id=BIG_FANS)
    with Stage(sandbox, GUILD, [ALICE, BOB], start=CHANNEL) as stage:
        yield stage


def read(stage: Stage, line: str) -> Any:
    return parse(line, stage.surroundings(ALICE)).action


def done(stage: Stage, line: str) -> str:
    return stage.change(read(stage, line))


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("create #Late news", Create("late-news", role=False)),
        ("create @Big Fans", Create("Big Fans", role=True)),
        ("delete #news", Delete(NEWS, role=False)),
        ("delete news", Delete(NEWS, role=False)),
        ("delete @helper", Delete(HELPER, role=True)),
        ("give @bob @Helper", Hand(BOB, HELPER, given=True)),
        ("give bob Big Fans", Hand(BOB, BIG_FANS, given=True)),
        ("take @Big Fans ban members", Hand(BIG_FANS, "ban_members", given=False)),
        ("take Folkmoot manage rol", Hand(BOT, "manage_roles", given=False)),
        ("take folk manage server", Hand(BOT, "manage_guild", given=False)),
        ("give bob send messages in #news", Hand(BOB, "send_messages", given=True, channel=NEWS)),
        ("permissions", Ask()),
        ("permissions in #news", Ask(None, NEWS)),
        ("permissions @bob in #news", Ask(BOB, NEWS)),
    ],
)
def test_a_change_to_the_place_is_read(stage: Stage, sandbox: Sandbox, line: str, action: Any) -> None:
    if isinstance(action, Hand) and action.whom == BOT:
        action = Hand(sandbox.world.bot_id, action.what, given=action.given)
    assert read(stage, line) == action


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("create", "Like this: create #news"),
        ("create news", "Like this: create #news"),
        ("delete #nothing", "There is no “#nothing” to delete; there are #general, #news, @everyone"),
        ("give", "Like this: give @quiet @Helper"),
        ("give bob", "Like this: give @quiet @Helper"),
        ("give zoe @Helper", "There is nobody called “zoe”"),
        ("give bob @Nothing", "There is no role @Nothing; there are"),
        ("give bob flying", "“flying” is no permission, such as manage roles"),
        ("take Folkmoot send", "“send” may be “send messages”"),
        ("take Folkmoot manage roles in #nothing", "There is no channel #nothing; there are #general, #news."),
    ],
)
def test_what_names_nothing_is_answered_with_what_there_is(stage: Stage, line: str, says: str) -> None:
    with pytest.raises(NotUnderstood, match=re.escape(says)):
        read(stage, line)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("delete #general", "everybody begins in that channel"),
        ("delete @everyone", "can't be deleted on Discord either"),
        ("delete @Folkmoot", "can't be deleted on Discord either"),
        ("give bob @Folkmoot", "nobody's to give"),
        ("give @Helper @Big Fans", "no member"),
        ("give bob manage roles", "give a role the permission, or the person a role"),
    ],
)
def test_what_discord_has_not_is_refused(stage: Stage, line: str, says: str) -> None:
    with pytest.raises(CannotDo, match=says):
        done(stage, line)


async def test_the_bot_hears_of_every_change(stage: Stage, connect: Connect) -> None:
    client: Client = await connect()
    guild = client.get_guild(GUILD)
    assert guild is not None

    async def heard(what: Any) -> None:
        async with asyncio.timeout(WAIT):
            while not what():
                await asyncio.sleep(0.01)

    assert done(stage, "create #late news") == "There is a channel #late-news now."
    await heard(lambda: discord.utils.get(guild.channels, name="late-news"))
    done(stage, "delete #late-news")
    await heard(lambda: not discord.utils.get(guild.channels, name="late-news"))
    done(stage, "give bob @Helper")
    await heard(lambda: guild.get_member(BOB).get_role(HELPER))  # pyright: ignore[reportOptionalMemberAccess]
    assert done(stage, "take bob @Helper") == "bob no longer has @Helper."
    await heard(lambda: not guild.get_member(BOB).get_role(HELPER))  # pyright: ignore[reportOptionalMemberAccess]
    done(stage, "delete @Helper")
    await heard(lambda: not guild.get_role(HELPER))
    done(stage, "give Folkmoot ban members")
    await heard(lambda: guild.me.guild_permissions.ban_members)
    assert done(stage, "take Folkmoot ban members") == "Folkmoot may not ban members now."
    await heard(lambda: not guild.me.guild_permissions.ban_members)


def test_one_permission_in_a_channel_leaves_the_others(stage: Stage, sandbox: Sandbox) -> None:
    assert done(stage, "take Folkmoot send messages in #news") == "Folkmoot may not send messages in #news now."
    there = done(stage, "permissions in #news")
    assert there.startswith("Folkmoot may in #news: ")
    assert "view channel" in there, "as its overwrite said before"
    assert "send messages," not in there
    done(stage, "give Folkmoot send messages in #news")
    assert "send messages," in done(stage, "permissions in #news")


def test_a_permission_that_others_still_give_is_told(stage: Stage) -> None:
    done(stage, "give @everyone send messages")
    assert "But another role, or @everyone, still says otherwise" in done(stage, "take Folkmoot send messages")
    done(stage, "take @everyone send messages")
    assert "send messages" not in done(stage, "permissions").replace("send messages in threads", "")


def test_every_word_is_listed_once() -> None:
    assert sorted(word for group in GROUPS.values() for word in group) == sorted(WORDS)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("delete #n", {"#news"}),
        ("delete @b", {"@Big Fans"}),
        ("give @bo", {"@bob"}),
        ("give @bob @h", {"@Helper"}),
        ("take @Folkmoot manage ro", {"manage roles"}),
        ("take @Folkmoot send messages in #n", {"#news"}),
        ("permissions @al", {"@alice"}),
        ("create #n", set()),
        ("scene d", {"diagnose"}),
    ],
)
def test_tab_offers_everything_there_is(stage: Stage, line: str, offered: set[str]) -> None:
    found = continuations(line, stage.surroundings(ALICE), InSight(scenes=["config", "diagnose"]))
    assert {one.text for one in found} == offered
