"""What a feature needs of a server, declared as data: one judgement (`diagnosis`) reads it for all features alike.

Permissions are named as discord.py names them, and never by its second names (`read_messages`, not `view_channel`).
Each `without` is a sentence that says what does not work without the thing, marked for translation where it is
declared.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.domain.authority import Staff
from bot.domain.manual import Chapter
from bot.domain.settings import Section

WRITING = ("read_messages", "send_messages", "embed_links")
"""What it takes to write an answer of ours into a channel."""


@dataclass(frozen=True)
class SettingRef:
    """One field of a section."""

    section: type[Section]
    field: str

    @property
    def title(self) -> str:
        """What people call it."""
        return self.section.model_fields[self.field].title or self.field


@dataclass(frozen=True)
class IntentProbe:
    """A privileged intent that must be switched on for the application."""

    intent: str
    without: str


@dataclass(frozen=True)
class PermissionProbe:
    """A permission that the bot needs in the whole server; without one that is not `vital` it does with less."""

    permission: str
    without: str
    vital: bool = True


@dataclass(frozen=True)
class ChannelProbe:
    """What the bot must be allowed in every channel that a setting names."""

    setting: SettingRef
    without: str
    permissions: tuple[str, ...] = WRITING


@dataclass(frozen=True)
class StaffChannelProbe:
    """A setting whose channels are for staff alone. `reveals` is a sentence that says what others would read there."""

    setting: SettingRef
    reveals: str


@dataclass(frozen=True)
class RoleProbe:
    """A setting whose roles the bot must be able to give."""

    setting: SettingRef


@dataclass(frozen=True)
class SettingProbe:
    """A setting that should not stay at its default."""

    setting: SettingRef
    without: str


@dataclass(frozen=True)
class StaffProbe:
    """A command that a kind of staff may use without the permission by which Discord shows it."""

    command: str
    staff: Staff


@dataclass(frozen=True, kw_only=True)
class Probes:
    """Everything that one feature needs."""

    intents: tuple[IntentProbe, ...] = ()
    permissions: tuple[PermissionProbe, ...] = ()
    channels: tuple[ChannelProbe, ...] = ()
    roles: tuple[RoleProbe, ...] = ()
    settings: tuple[SettingProbe, ...] = ()
    staff: tuple[StaffProbe, ...] = ()
    staff_channels: tuple[StaffChannelProbe, ...] = ()


@dataclass(frozen=True)
class Probed:
    """A feature as it is examined: what it is called, its settings, and what it needs."""

    chapter: Chapter
    sections: tuple[type[Section], ...]
    probes: Probes


def shortfall(needed: Collection[str], allowed: Collection[str]) -> tuple[str, ...]:
    """The permissions that are missing, in the order in which they are needed."""
    return tuple(one for one in needed if one not in allowed)
