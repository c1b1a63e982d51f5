"""The full table of moderation: who may do what to whom, for every command that is about somebody, on a real stage.

The rows are written by hand, as staff would expect them, and not made from the rules that they hold. The commands come
from the command tree: one without a row fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.actions.people import Somebody
from bot.app import FolkmootBot
from bot.domain.general import GeneralSettings
from bot.sandbox import Actor, World
from tests.support.stage import GENERAL, GUILD, OTHER_GUILD, Stage, is_private, words

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
"""Who may is decided before anything is written, so one database will do."""

ACTORS = ("owner", "admin", "moderator", "helper", "member")
"""The owner, an administrator, who has Discord's permissions, who has a role that the settings name, and nobody."""

TARGETS = ("owner", "admin", "above", "equal", "below", "plain", "bot", "self", "me", "absent", "left")
"""Seen from the moderators: staff above, beside and below them; `me` is the bot itself; `absent` never was here."""

REFUSALS: Mapping[str, str] = {
    "P": "you need the permission",
    "S": "can't do this to yourself",
    "M": "won't do this to myself",
    "O": "nobody can do this to the owner",
    "A": "refuses to do this to administrators",
    "B": "is a bot, and this is for people",
    "R": "Your highest role must stand above",
    "N": "works only with members who are",
    "0": "so there is nothing to lift",
}
"""What each letter of a row stands for. `+` is that it was done. `0` is that they might, and there is nothing to do."""


@dataclass(frozen=True)
class Rows:
    """What a command answers, one letter for each of `TARGETS`. Members who are no staff are always refused."""

    owner: str
    admin: str
    staff: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def of(self, actor: str) -> str:
        """The row of one of `ACTORS`."""
        if actor == "member":
            return "P" * len(TARGETS)
        return {"owner": self.owner, "admin": self.admin}.get(actor, self.staff)


_REMOVAL = ("S++++++SM++", "OR+++++SM++", "ORRR+++SM++")
_HERE = ("S++++++SMNN", "OR+++++SMNN", "ORRR+++SMNN")
_TIMEOUT = ("SA+++++SMNN", "OA+++++SMNN", "OARR+++SMNN")
_UNTIMEOUT = ("S0+++++SM00", "OR+++++SM00", "ORRR+++SM00")

TABLE: Mapping[str, Rows] = {
    "ban": Rows(*_REMOVAL),
    "softban": Rows(*_REMOVAL),
    "unban": Rows("S000000SM++", "OR00000SM++", "ORRR000SM++"),
    "kick": Rows(*_HERE),
    "timeout": Rows(*_TIMEOUT),
    "mute": Rows(*_TIMEOUT),
    "untimeout": Rows(*_UNTIMEOUT),
    "unmute": Rows(*_UNTIMEOUT),
    "warn": Rows("S+++++BSM++", "OR++++BSM++", "ORRR++BSM++", {"reason": "Spam"}),
    "note": Rows(*_REMOVAL, {"text": "Second account?"}),
}

MENUS: Mapping[str, Rows] = {"Moderate member": TABLE["kick"]}
"""Menus of people open one form for every act; it is sent here with that of this row."""

HARMLESS = {"history", "modstats", "purge"}
"""What names somebody only to look for what is theirs: ranks don't matter there."""

LOW, HELPER, POWERS, LEVEL, TOP, CHIEF = ((6_000 << 22) + number for number in range(6))
_HELD = {
    "admin": (CHIEF,),
    "moderator": (LEVEL, POWERS),
    "helper": (LEVEL, HELPER),
    "above": (TOP,),
    "equal": (LEVEL,),
    "below": (LOW,),
}
"""Their roles, from the highest on. Those that grant stand low: a rank is no power, and a power no rank."""


def person(name: str, actor: str = "") -> int:
    """The id of an actor; or of a target, of which each actor has their own."""
    number = ACTORS.index(name) if not actor else 10 + 20 * ACTORS.index(actor) + TARGETS.index(name)
    return (6_100 + number) << 22


def target_of(stage: Stage, name: str, actor: str) -> int:
    match name:
        case "self":
            return person(actor)
        case "me":
            return stage.sandbox.world.bot_id
        case "owner":
            return person("owner")
        case _:
            return person(name, actor)


def furnish(world: World) -> None:
    permissions = ["ban_members", "kick_members", "moderate_members"]
    world.set_bot_permissions(GUILD, [*permissions, "view_audit_log", "view_channel", "send_messages", "embed_links"])
    granted = {POWERS: permissions, CHIEF: ["administrator"]}
    for place, role in enumerate((LOW, HELPER, POWERS, LEVEL, TOP, CHIEF), 1):
        world.add_role(GUILD, f"role {place}", id=role, position=place, permissions=granted.get(role, []))
    world.edit_role(GUILD, world.bot_role(GUILD), position=50)
    for name in ACTORS:
        _add(world, name, person(name))
    world.backend.get_guild(GUILD).owner_id = person("owner")
    for actor in ACTORS:
        for name in set(TARGETS) - {"owner", "self", "me"}:
            _add(world, name, person(name, actor), label=f"{name}-{actor}")


def _add(world: World, name: str, user: int, *, label: str | None = None) -> None:
    world.add_user(label or name, id=user, bot=name == "bot")
    world.add_member(OTHER_GUILD if name == "absent" else GUILD, user)
    for role in _HELD.get(name, ()):
        world.give_role(GUILD, user, role)
    if name == "left":
        world.remove_member(GUILD, user)


def prepare(world: World, command: str) -> None:
    """Let there be something to lift: bans of those who are not here, timeouts of those who are."""
    for actor in ACTORS:
        if command == "unban":
            world.backend.apply_ban(GUILD, person("absent", actor), None)
            world.backend.apply_ban(GUILD, person("left", actor), None)
        if command in {"untimeout", "unmute"}:
            for name in ("above", "equal", "below", "plain", "bot"):
                world.edit_member(GUILD, person(name, actor), timed_out_until="2099-01-01T00:00:00+00:00")
    if command in {"untimeout", "unmute"}:  # Discord times no administrator out, but may make one of who is
        world.edit_member(GUILD, person("admin", "admin"), timed_out_until="2099-01-01T00:00:00+00:00")


async def furnished(stage: Stage, command: str) -> None:
    furnish(stage.sandbox.world)
    prepare(stage.sandbox.world, command)
    app = await stage.start()
    await app.services.guild_settings.change(GUILD, GeneralSettings(moderator_roles=(HELPER,)), base=0, by=None)
    for stored in stage.sandbox.world.backend.commands[None].values():
        stored["default_member_permissions"] = None  # the owner of a server may show every command to everybody


def letter(said: str) -> str:
    """Which letter of a row an answer is."""
    found = [sign for sign, part in REFUSALS.items() if part in said]
    assert len(found) <= 1, said
    return found[0] if found else "+" if "Case #" in said and "❌" not in said else f"?{said}"


async def asked(stage: Stage, who: Actor, command: str, target: int, rows: Rows) -> str:
    exchange = await who.slash(GENERAL, command, member=f"<@{target}>", **rows.options)
    answer = await exchange.finished()
    assert is_private(answer)
    return letter(words(answer))


@pytest.mark.parametrize("command", TABLE)
async def test_a_command_reaches_whom_it_may_and_refuses_all_others_with_the_reason(stage: Stage, command: str) -> None:
    await furnished(stage, command)
    rows = TABLE[command]
    wrong: list[str] = []
    for actor in ACTORS:
        who = stage.sandbox.as_member(GUILD, person(actor))
        for name, expected in zip(TARGETS, rows.of(actor), strict=True):
            found = await asked(stage, who, command, target_of(stage, name, actor), rows)
            if found != expected:
                wrong.append(f"/{command} by {actor} to {name}: {expected} expected, {found}")
    assert wrong == []


@pytest.mark.parametrize("menu", MENUS)
async def test_the_form_of_a_menu_reaches_whom_its_act_reaches(stage: Stage, menu: str) -> None:
    await furnished(stage, "kick")
    wrong: list[str] = []
    for actor in ACTORS:
        who = stage.sandbox.as_member(GUILD, person(actor))
        for name, expected in zip(TARGETS, MENUS[menu].of(actor), strict=True):
            found = await sent(who, menu, target_of(stage, name, actor))
            if found != expected:
                wrong.append(f"{menu} by {actor} to {name}: {expected} expected, {found}")
    assert wrong == []


async def sent(who: Actor, menu: str, target: int) -> str:
    form = await who.context_menu(GENERAL, menu, user=target)
    await form.answered()
    if form.modal is None:
        return letter(words(await form.finished()))
    return letter(words(await (await who.submit(form, {"act": "kick"})).finished()))


def about_somebody(bot: FolkmootBot) -> Iterator[str]:
    """Every command of moderation that names somebody to act on."""
    for command in bot.tree.walk_commands():
        if not isinstance(command, app_commands.Command) or ".cogs.moderation" not in command.callback.__module__:
            continue
        if command.qualified_name in HARMLESS:
            continue
        declared: Any = command._params
        if any(_names_somebody(one) for one in declared.values()):
            yield command.qualified_name


def _names_somebody(parameter: Any) -> bool:
    return isinstance(parameter._annotation, Somebody) or parameter.type is discord.AppCommandOptionType.user


async def test_every_command_of_moderation_that_names_somebody_has_its_row(stage: Stage) -> None:
    app = await stage.start()
    assert set(about_somebody(app.bot)) - HARMLESS == TABLE.keys()
    of_people = app.bot.tree.get_commands(type=discord.AppCommandType.user)
    assert {menu.name for menu in of_people if ".cogs.moderation" in menu.callback.__module__} == MENUS.keys()
