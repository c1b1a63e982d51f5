"""People in voice: they come and go, mute and deafen themselves, and moderators do it to them.

`read` is a pure function of a line; `carry_out` does it, and `told` says how somebody is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..actors import Actor  # noqa: TID252 — a subpackage of the sandbox, which is imported as one
from ..backend import SandboxBackend  # noqa: TID252 — as above
from ..seen import CannotDo  # noqa: TID252 — as above
from .names import Names
from .words import NotUnderstood, needed

VERBS = frozenset({"join", "leave", "move", "mute", "deafen"})
"""The words that are about voice; `join` and `leave` by themselves are about the guild."""

OFF = "off"


@dataclass(frozen=True)
class Voice:
    """What is done in voice: by somebody to themselves, or (`whom`) by a moderator to another."""

    verb: str
    channel: int | None = None
    whom: int | None = None
    on: bool = True
    """Of `mute` and `deafen`: or no longer."""


def read(word: str, rest: str, names: Names, rooms: Mapping[int, str]) -> Voice:
    """Read what follows one of these words; `rooms` are the voice channels in sight.

    Raises:
        NotUnderstood: it names nothing that there is.
    """
    if word in ("join", "leave"):
        return Voice(word, _room(rest, rooms))
    if word == "move":
        whom, where = _whom(needed(word, rest), names)
        if whom is None:
            needed(word, "")
        return Voice(word, _room(where, rooms) if where else None, whom)
    whom, rest = _whom(rest, names)
    if rest not in ("", OFF):
        needed(word, "")
    return Voice(word, None, whom, on=rest != OFF)


def _whom(text: str, names: Names) -> tuple[int | None, str]:
    first, _, rest = text.partition(" ")
    if not first or first == OFF:
        return None, first
    found = names.user(first)
    if found is None:
        there = ", ".join(f"@{name}" for name in names.users.values())
        raise NotUnderstood(f"There is nobody called “{first}”; there are {there}.")
    return found, rest.strip()


def _room(text: str, rooms: Mapping[int, str]) -> int:
    wanted = text.strip().removeprefix("#").casefold()
    found = next((number for number, name in rooms.items() if name.casefold() == wanted), None)
    if found is None:
        there = ", ".join(f"#{name}" for name in rooms.values()) or "none"
        raise NotUnderstood(f"You see no voice channel #{text.strip().removeprefix('#')}; you see {there}.")
    return found


# Doing --------------------------------------------------------------------------------------------------


async def carry_out(action: Voice, actor: Actor, backend: SandboxBackend, guild: int) -> None:
    """Do it.

    Raises:
        CannotDo: Discord's client would not let this person do it.
    """
    state = backend.get_guild(guild).voice_states.get(actor.user_id)
    match action:
        case Voice("join", int(channel)):
            own = {} if state is None else {"muted": state.self_mute, "deafened": state.self_deaf}
            await actor.join_voice(channel, **own)
        case Voice("leave", channel):
            if state is None or state.channel_id != channel:
                raise CannotDo(f"not in {channel}")
            await actor.leave_voice()
        case Voice("move", channel, int(whom)):
            await actor.server_move(whom, channel)
        case Voice("mute", _, None):
            await actor.mute(on=action.on)
        case Voice("mute", _, int(whom)):
            await actor.server_mute(whom, on=action.on)
        case Voice(_, _, None):
            await actor.deafen(on=action.on)
        case Voice(_, _, int(whom)):
            await actor.server_deafen(whom, on=action.on)


def told(backend: SandboxBackend, guild: int, user: int, names: Names) -> str | None:
    """Where somebody is in voice and how, such as *in #porch, muted*; None: they are in none."""
    state = backend.get_guild(guild).voice_states.get(user)
    if state is None or state.channel_id is None:
        return None
    how = {
        "muted by themselves": state.self_mute and not state.self_deaf, "deafened by themselves": state.self_deaf,
        "muted by the server": state.mute, "deafened by the server": state.deaf,
    }  # fmt: skip
    return ", ".join([f"in #{names.channels[state.channel_id]}", *(one for one, holds in how.items() if holds)])
