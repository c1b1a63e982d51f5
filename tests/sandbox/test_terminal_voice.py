"""Voice at the prompt: people come, go, are moved, muted and deafened, and the bot hears of all of it."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import discord
import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.sandbox import CannotDo, Sandbox
from bot.sandbox.terminal import Paint, Prompt, Stage
from bot.sandbox.terminal.completion import continuations
from bot.sandbox.terminal.lines import Plain, parse
from bot.sandbox.terminal.voicing import Voice
from bot.sandbox.terminal.words import NotUnderstood
from tests.sandbox.meadow import ALICE, BOB, CHANNEL, GUILD, WAIT, Connect

PORCH, ATTIC, BOSS = 900_000_000_000_000_040, 900_000_000_000_000_041, 900_000_000_000_000_042


@pytest.fixture
def stage(sandbox: Sandbox) -> Iterator[Stage]:
    world = sandbox.world
    world.add_channel(GUILD, "porch", kind="voice", id=PORCH)
    world.add_channel(GUILD, "attic", kind="voice", id=ATTIC)
    world.add_role(GUILD, "Boss", id=BOSS, permissions=["move_members", "mute_members", "deafen_members"])
    world.give_role(GUILD, ALICE, BOSS)
    with Stage(sandbox, GUILD, [ALICE, BOB], start=CHANNEL) as stage:
        yield stage


def read(stage: Stage, line: str) -> Any:
    return parse(line, stage.surroundings(ALICE)).action


async def typed(stage: Stage, *lines: str) -> str:
    shown: list[str] = []
    with create_pipe_input() as keyboard:
        prompt = Prompt(stage, Paint(), shown.append, user=ALICE, source=keyboard, target=DummyOutput())
        keyboard.send_text("".join(f"{line}\r" for line in lines) + "quit\r")
        async with asyncio.timeout(WAIT * 2):
            await prompt.run()
    return "\n".join(shown)


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("join #porch", Voice("join", PORCH)),
        ("join Porch", Voice("join", PORCH)),
        ("leave #porch", Voice("leave", PORCH)),
        ("join", Plain("join")),
        ("leave", Plain("leave")),
        ("mute", Voice("mute")),
        ("mute off", Voice("mute", on=False)),
        ("mute @bob", Voice("mute", whom=BOB)),
        ("deafen bob off", Voice("deafen", whom=BOB, on=False)),
        ("move @bob #attic", Voice("move", ATTIC, BOB)),
        ("move @bob", Voice("move", None, BOB)),
    ],
)
def test_what_is_done_in_voice_is_read(stage: Stage, line: str, action: Any) -> None:
    assert read(stage, line) == action


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("join #general", "You see no voice channel #general; you see #porch, #attic."),
        ("move", "Like this: move @quiet #porch"),
        ("move off", "Like this: move @quiet #porch"),
        ("move @bob #general", "You see no voice channel #general"),
        ("mute zoe", "There is nobody called “zoe”"),
        ("mute @bob loudly", "Like this: mute, mute off"),
    ],
)
def test_what_names_nothing_is_answered_with_what_there_is(stage: Stage, line: str, says: str) -> None:
    with pytest.raises(NotUnderstood, match=re.escape(says)):
        read(stage, line)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("join #", {"#porch", "#attic"}), ("leave #p", {"#porch"}), ("move @b", {"@bob"}),
        ("move @bob #a", {"#attic"}), ("mute @b", {"@bob"}), ("deafen @bob o", {"off"}), ("mu", {"mute"}),
    ],
)  # fmt: skip
def test_tab_completes_it(stage: Stage, line: str, offered: set[str]) -> None:
    assert {one.text for one in continuations(line, stage.surroundings(ALICE))} == offered


async def test_everything_is_told_and_heard(stage: Stage, connect: Connect) -> None:
    client = await connect()
    guild = client.get_guild(GUILD)
    assert guild is not None

    def state(user: int) -> discord.VoiceState | None:
        return guild._voice_states.get(user)

    async def heard(what: Any) -> None:
        async with asyncio.timeout(WAIT):
            while not what():
                await asyncio.sleep(0.01)

    shown = await typed(stage, "join #porch", "mute", "join #attic", "mute off", "deafen", "who")
    assert "alice is in #porch now." in shown
    assert "alice is in #porch, muted by themselves now." in shown
    assert "alice is in #attic, muted by themselves now." in shown, "as on Discord, one stays muted"
    assert "#general, in voice in #attic, deafened by themselves  ← you" in shown
    await heard(lambda: state(ALICE) is not None and state(ALICE).self_deaf)  # pyright: ignore[reportOptionalMemberAccess]
    shown = await typed(
        stage, "bob: join #porch", "alice: mute @bob", "deafen @bob", "mute @bob off", "move @bob #attic"
    )
    assert "bob is in #porch, muted by the server, deafened by the server now." in shown
    assert "bob is in #attic, deafened by the server now." in shown
    await heard(lambda: state(BOB) is not None and state(BOB).channel.id == ATTIC and state(BOB).deaf)  # pyright: ignore[reportOptionalMemberAccess]
    shown = await typed(stage, "move @bob", "leave #attic")
    assert "bob is in no voice channel now." in shown
    assert "alice is in no voice channel now." in shown
    await heard(lambda: state(BOB) is None and state(ALICE) is None)


async def test_what_discord_would_not_let_somebody_do_is_refused(stage: Stage) -> None:
    shown = await typed(
        stage, "mute", "leave #porch", "move @bob #porch", "join #porch", "leave #attic", "bob: move @alice #attic",
        "mute @alice",
    )  # fmt: skip
    assert shown.count("Not in voice.") == 2
    assert "Not in #porch." in shown
    assert "Not in #attic." in shown
    assert "move_members" in shown
    assert "mute_members" in shown
    assert stage.talking(ALICE) == "in #porch"


async def test_a_scene_can_be_played_in_voice(stage: Stage) -> None:
    assert await stage.perform(BOB, read(stage, "join #porch")) is None
    assert stage.talking(BOB) == "in #porch"
    with pytest.raises(CannotDo):
        await stage.perform(BOB, read(stage, "mute @alice"))
