"""What Discord would refuse, found before Discord does."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.actions.voice import VoiceRooms
from bot.actions.xp import XpGatherer
from bot.app import FolkmootBot, Shards
from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.domain.about import About
from bot.features import FEATURES, aliases
from bot.ids import IdMaker
from bot.invite import needed_permissions
from bot.log import SecretsHidden
from bot.monitor.metrics import Metrics
from bot.pictures.studio import Pictures
from bot.services.recorder import Recorder
from bot.ui.controls import Control, Form, Menu
from bot.ui.errors import ErrorReporter
from bot.ui.gate import Gate
from bot.ui.staff import is_for_staff
from bot.ui.uses import UseWatch
from tests.support.clock import ManualClock

ANYWHERE = {"help", "about", "privacy", "me"}
"""Commands that also work in a direct message."""

CHAT = discord.AppCommandType.chat_input
MENUS = (discord.AppCommandType.user, discord.AppCommandType.message)

LONGEST_NUMBER = str(2**64 - 1)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncGenerator[FolkmootBot]:
    clock, rng = ManualClock(), Random(1)
    database = Database(DatabaseConfig(url=f"sqlite+aiosqlite:///{tmp_path / 'none.db'}"), clock, rng)
    services = make_services(database, clock, rng, keep_guilds_for=timedelta(days=1))
    watch = UseWatch(clock, [])
    xp = XpGatherer(rng.randint, IdMaker(clock, rng).new)
    made = FolkmootBot(
        services=services,
        recorder=Recorder(services.guilds),
        reporter=ErrorReporter(services.incidents, IdMaker(clock, rng), SecretsHidden([]), watch),
        watch=watch,
        meter=Metrics(),
        gate=Gate(frozenset()),
        shards=Shards(),
        features=[feature.probed for feature in FEATURES],
        pictures=Pictures(),
        xp=xp,
        voice=VoiceRooms(xp, services.xp_rules, services.leveling, now=clock.now, seconds=lambda: 0.0),
        aliases=aliases(),
        about=About("0", clock.now()),
    )
    async with made:
        await made.add_chapters()
        yield made
    await database.close()


def leaves(bot: FolkmootBot) -> Iterator[app_commands.Command[Any, ..., Any]]:
    for command in bot.tree.walk_commands():
        if isinstance(command, app_commands.Command):
            yield command


async def test_there_are_fewer_commands_than_discord_takes_and_leave_room(bot: FolkmootBot) -> None:
    top = bot.tree.get_commands(type=CHAT)
    assert 0 < len(top) <= 65
    assert len({command.name for command in top}) == len(top)


async def test_every_command_says_what_it_does_and_where_it_works(bot: FolkmootBot) -> None:
    for command in leaves(bot):
        assert 1 <= len(command.description) <= 100, command.name
        assert command.description not in {"…", "..."}, command.name
        assert command.guild_only or command.parent is not None or command.name in ANYWHERE, command.name
        for option in command.parameters:
            assert option.description not in {"…", "..."}, f"{command.name} {option.name}"


async def test_every_command_has_examples_that_fit_its_options(bot: FolkmootBot) -> None:
    for command in leaves(bot):
        examples = command.extras.get("examples", [])
        assert examples, f"/{command.qualified_name} has no example"
        options = {one.display_name: one for one in command.parameters}
        for example in examples:
            words = example.removeprefix(f"/{command.qualified_name}")
            assert example.startswith(f"/{command.qualified_name}"), example
            named = set(re.findall(r"(?:^| )(\w+):", words))
            assert named <= options.keys(), example
            assert {one.display_name for one in command.parameters if one.required} <= named, example


async def test_members_and_staff_never_share_a_top_level_command(bot: FolkmootBot) -> None:
    """Discord shows or hides it as a whole, so one half would see what is not theirs, or lack what is."""
    for top in bot.tree.get_commands(type=CHAT):
        leaves_ = list(top.walk_commands()) if isinstance(top, app_commands.Group) else [top]
        marks = {is_for_staff(leaf) for leaf in leaves_ if isinstance(leaf, app_commands.Command)}
        assert marks == {top.default_permissions is not None}, top.name


async def test_every_command_fits_into_discords_limits(bot: FolkmootBot) -> None:
    for command in bot.tree.get_commands(type=CHAT):
        payload = command.to_dict(bot.tree)
        assert re.fullmatch(r"[-_\w]{1,32}", payload["name"]), payload["name"]
        assert len(payload.get("options", [])) <= 25
        assert _characters(payload) <= 8_000, payload["name"]


@pytest.mark.parametrize("kind", MENUS)
async def test_menus_of_people_and_messages_stay_within_what_discord_takes(
    bot: FolkmootBot, kind: discord.AppCommandType
) -> None:
    menus = bot.tree.get_commands(type=kind)
    assert len(menus) <= 15
    for menu in menus:
        payload = menu.to_dict(bot.tree)
        assert re.fullmatch(r"[-_\w ]{1,32}", payload["name"]), payload["name"]
        assert isinstance(menu, app_commands.ContextMenu)
        assert menu.guild_only, menu.name


def _characters(node: dict[str, Any]) -> int:
    own = len(node["name"]) + len(node.get("description", ""))
    choices = sum(len(choice["name"]) + len(str(choice["value"])) for choice in node.get("choices", []))
    return own + choices + sum(_characters(option) for option in node.get("options", []))


async def test_custom_ids_are_versioned_unique_and_short_enough(bot: FolkmootBot) -> None:
    patterns = [template.pattern for template in bot.router.templates]
    assert len(set(patterns)) == len(patterns) > 0
    for pattern in patterns:
        assert re.match(r"[a-z]+:[a-z-]+:v\d+", pattern), pattern
        longest = re.sub(r"\(\?P<\w+>\[\w+\]\)", "x", pattern)  # one of some letters
        longest = re.sub(r"\(\?P<\w+>.*?\)", LONGEST_NUMBER, longest)
        assert len(longest) <= 100, pattern
    for one in bot.router.templates:
        for other in bot.router.templates:
            sample = re.sub(r"\(\?P<\w+>\[(\w).*?\)", r"\1", re.sub(r"\(\?P<\w+>\\d.*?\)", "1", one.pattern))
            assert one is other or not other.fullmatch(sample), (one.pattern, other.pattern)


async def test_every_control_and_form_of_the_code_is_known_to_the_router(bot: FolkmootBot) -> None:
    known = {template.pattern for template in bot.router.templates}
    wanted = {kind.template.pattern for kind in [*_below(Form)] if hasattr(kind, "template")}
    wanted |= {kind.__discord_ui_compiled_template__.pattern for kind in [*_below(Control), *_below(Menu)]}
    wanted -= {Control.__discord_ui_compiled_template__.pattern}  # bases, which match nothing
    assert wanted == known


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("bot."):
            yield child
            yield from _below(child)


async def test_the_invitation_asks_for_no_more_than_the_features_need() -> None:
    needed = needed_permissions()
    assert not needed.administrator
    assert needed == discord.Permissions(
        attach_files=True, manage_roles=True, ban_members=True, kick_members=True, moderate_members=True,
        view_audit_log=True, manage_channels=True, manage_threads=True, send_messages=True, manage_messages=True,
        read_message_history=True, send_messages_in_threads=True, create_public_threads=True,
        create_private_threads=True, add_reactions=True, connect=True, speak=True, view_channel=True, embed_links=True,
    )  # fmt: skip


async def test_intents_and_caches_are_as_lean_as_they_were_meant(bot: FolkmootBot) -> None:
    assert bot.intents.members
    assert bot.intents.message_content
    assert bot.intents.moderation
    assert bot.intents.voice_states
    assert not bot.intents.presences
    assert bot.allowed_mentions is not None
    assert bot.allowed_mentions.to_dict() == {"parse": []}
    state: Any = bot._connection
    assert [name for name, is_on in state.member_cache_flags if is_on] == ["voice"]
    assert state._chunk_guilds is False


async def test_every_alias_is_one_new_word_for_a_command_that_is_there(bot: FolkmootBot) -> None:
    names = {command.qualified_name for command in leaves(bot)}
    short = [alias for feature in FEATURES for alias in feature.aliases]
    assert len(set(short)) == len(short)
    for alias, command in aliases().items():
        assert re.fullmatch(r"[a-z]+", alias)
        assert command in names, alias
        assert alias not in names, alias
