"""Changes to the place by nobody in particular: channels and roles that come and go, and who may do what.

`read` is a pure function of a line; `carry_out` does it to the world, which tells the bot as Discord would.
"""

import re
from dataclasses import dataclass

from ..backend import SandboxBackend, permission_names  # noqa: TID252 — a subpackage of the sandbox, imported as one
from ..seen import CannotDo  # noqa: TID252 — as above
from ..world import World  # noqa: TID252 — as above
from .names import Names
from .picking import meant, unclear
from .words import NotUnderstood, needed

WORDS_READ = frozenset({"create", "delete", "give", "take", "permissions"})
_SPOKEN = {
    "manage_guild": "manage server",
    "moderate_members": "time out members",
    "read_messages": "view channel",
    "external_emojis": "use external emojis",
    "external_stickers": "use external stickers",
}
"""What Discord's own pages call some permissions, where discord.py has another name."""


@dataclass(frozen=True)
class Create:
    """A new channel or role."""

    name: str
    role: bool


@dataclass(frozen=True)
class Delete:
    """A channel or role that goes."""

    id: int
    role: bool


@dataclass(frozen=True)
class Hand:
    """A role or a permission (by its flag's name) that is given or taken, a permission perhaps in one channel only."""

    whom: int
    what: int | str
    given: bool
    channel: int | None = None


@dataclass(frozen=True)
class Ask:
    """What somebody or some role may do; `whom` None is the bot."""

    whom: int | None = None
    channel: int | None = None


Upkeep = Create | Delete | Hand | Ask


def spoken(flag: str) -> str:
    """A permission as one types it."""
    return _SPOKEN.get(flag) or flag.replace("_", " ")


def read(word: str, rest: str, names: Names) -> Upkeep:
    """Read what follows one of these words.

    Raises:
        NotUnderstood: it names nothing that there is.
    """
    if word == "create":
        sign, name = rest[:1], rest[1:].strip()
        if sign not in ("#", "@") or not name:
            needed(word, "")
        return Create(name if sign == "@" else re.sub(r"\s+", "-", name.lower()), role=sign == "@")
    if word == "delete":
        return _delete(needed(word, rest), names)
    rest, channel = _place(rest, names)
    if word == "permissions":
        return Ask(_holder(rest, names)[0] if rest else None, channel)
    whom, what = _holder(needed(word, rest), names)
    return Hand(whom, _what(needed(word, what), names), word == "give", channel)


def _delete(rest: str, names: Names) -> Delete:
    channel = None if rest.startswith("@") else names.channel(rest)
    role = None if rest.startswith("#") else names.role(rest)
    if channel is None and role is None:
        raise NotUnderstood(f"There is no “{rest}” to delete; there are {_listed(names)}.")
    return Delete(role or 0, role=True) if channel is None else Delete(channel, role=False)


def _listed(names: Names) -> str:
    channels = [f"#{name}" for name in names.channels.values()]
    return ", ".join([*channels, *(f"@{name.removeprefix('@')}" for name in names.roles.values())])


def _place(rest: str, names: Names) -> tuple[str, int | None]:
    before, found, name = rest.rpartition("in #")
    if not found or (before and not before.endswith(" ")):
        return rest, None
    channel = names.channel(name)
    if channel is None:
        there = ", ".join(f"#{one}" for one in names.channels.values())
        raise NotUnderstood(f"There is no channel #{name}; there are {there}.")
    return before.strip(), channel


def _holder(rest: str, names: Names) -> tuple[int, str]:
    """The member or role that a text begins with, by the longest name that fits, and what follows it."""
    words = rest.split(" ")
    for count in range(len(words), 0, -1):
        name = " ".join(words[:count])
        found = names.user(name) if names.user(name) is not None else names.role(name)
        if found is not None:
            return found, " ".join(words[count:]).strip()
    everybody = {**names.roles, **names.users}
    short = meant(words[0].removeprefix("@"), everybody, lambda one: (everybody[one].removeprefix("@"),))
    if len({everybody[one] for one in short}) == 1:
        return short[-1], " ".join(words[1:]).strip()
    if short:
        raise NotUnderstood(f"{unclear(words[0], [everybody[one] for one in short])}.")
    there = ", ".join(dict.fromkeys(f"@{name.removeprefix('@')}" for name in everybody.values()))
    raise NotUnderstood(f"There is nobody called “{words[0]}”; there are {there}.")


def _what(text: str, names: Names) -> int | str:
    role = names.role(text)
    if role is not None:
        return role
    if text.startswith("@"):
        there = ", ".join(f"@{name.removeprefix('@')}" for name in names.roles.values())
        raise NotUnderstood(f"There is no role {text}; there are {there}.")
    found = meant(text, permission_names(), lambda flag: (spoken(flag), flag, flag.replace("_", " ")))
    if len(found) == 1:
        return found[0]
    if found:
        raise NotUnderstood(f"{unclear(text, map(spoken, found))}.")
    raise NotUnderstood(f"“{text}” is no permission, such as manage roles; a role begins with @.")


# Doing --------------------------------------------------------------------------------------------------


def carry_out(action: Upkeep, world: World, guild: int, names: Names) -> str:
    """Do it, and say what is now; one or two sentences.

    Raises:
        CannotDo: Discord has no such thing.
    """
    keeper = _Keeper(world, guild, names)
    match action:
        case Create():
            return keeper.create(action)
        case Delete():
            return keeper.delete(action)
        case Hand(_, int()):
            return keeper.hand_role(action)
        case Hand():
            return keeper.hand_permission(action)
        case Ask():
            return keeper.rights(action)


class _Keeper:
    def __init__(self, world: World, guild: int, names: Names) -> None:
        self._world = world
        self._backend: SandboxBackend = world.backend
        self._guild_id = guild
        self._guild = self._backend.get_guild(guild)
        self._names = names

    def create(self, action: Create) -> str:
        if action.role:
            self._world.add_role(self._guild_id, action.name)
            return f"There is a role @{action.name} now; give @name @{action.name} gives it to somebody."
        self._world.add_channel(self._guild_id, action.name)
        return f"There is a channel #{action.name} now."

    def delete(self, action: Delete) -> str:
        if not action.role:
            self._world.remove_channel(action.id)
            return f"#{self._names.channels[action.id]} is deleted, with all its messages."
        if action.id == self._guild_id or self._guild.roles[action.id].managed:
            raise CannotDo(f"{self._called(action.id)} can't be deleted on Discord either")
        self._world.remove_role(self._guild_id, action.id)
        return f"{self._called(action.id)} is deleted, and nobody has it any more."

    def hand_role(self, action: Hand) -> str:
        role = int(action.what)
        if action.whom not in self._guild.members:
            raise CannotDo(f"{self._called(action.whom)} is no member")
        if role == self._guild_id or self._guild.roles[role].managed:
            raise CannotDo(f"{self._called(role)} is nobody's to give or take")
        change = self._world.give_role if action.given else self._world.take_role
        change(self._guild_id, action.whom, role)
        return f"{self._called(action.whom)} {'has' if action.given else 'no longer has'} {self._called(role)}."

    def hand_permission(self, action: Hand) -> str:
        flag = str(action.what)
        if action.channel is not None:
            allow, deny = ((flag,), ()) if action.given else ((), (flag,))
            self._overwrite(action.channel, action.whom, allow, deny)
        else:
            role = self._carrier(action.whom)
            bits = self._guild.roles[role].permissions
            bit = permission_names()[flag]
            self._world.edit_role(self._guild_id, role, permissions=bits | bit if action.given else bits & ~bit)
        verb = "may" if action.given else "may not"
        told = f"{self._called(action.whom)} {verb} {spoken(flag)}{self._where(action.channel)} now."
        if action.whom in self._guild.roles:
            return told
        if bool(self._bits(action.whom, action.channel) & permission_names()[flag]) == action.given:
            return told
        return f"{told} But another role, or @everyone, still says otherwise, and that counts."

    def rights(self, action: Ask) -> str:
        whom = self._world.bot_id if action.whom is None else action.whom
        bits = self._bits(whom, action.channel)
        allowed = sorted(spoken(flag) for flag, bit in permission_names().items() if bits & bit)
        return f"{self._called(whom)} may{self._where(action.channel)}: {', '.join(allowed) or 'nothing'}."

    def _carrier(self, whom: int) -> int:
        """The role by which somebody's permissions change."""
        if whom in self._guild.roles:
            return whom
        if whom == self._world.bot_id:
            return self._world.bot_role(self._guild_id)
        raise CannotDo("what people may do comes by their roles: give a role the permission, or the person a role")

    def _overwrite(self, channel: int, whom: int, allow: tuple[str, ...], deny: tuple[str, ...]) -> None:
        """Change one permission of an overwrite, and leave its others."""
        there = {one.target_id: one for one in self._backend.get_channel(channel).overwrites}.get(whom)
        bits = permission_names()
        changed = sum(bits[flag] for flag in (*allow, *deny))
        before = (0, 0) if there is None else (there.allow & ~changed, there.deny & ~changed)
        self._world.overwrite(
            channel,
            whom,
            allow=before[0] | sum(bits[flag] for flag in allow),
            deny=before[1] | sum(bits[flag] for flag in deny),
        )

    def _bits(self, whom: int, channel: int | None) -> int:
        if whom in self._guild.roles:
            return self._guild.roles[whom].permissions
        return self._backend.compute_permissions(self._guild_id, whom, channel)

    def _called(self, number: int) -> str:
        name = self._names.users.get(number)
        return f"@{self._names.roles[number].removeprefix('@')}" if name is None else name

    def _where(self, channel: int | None) -> str:
        return "" if channel is None else f" in #{self._names.channels[channel]}"
