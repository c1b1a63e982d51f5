"""What changed, in plain words: the fields of settings by their titles, everything else by what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import discord

from bot.cogs.audit.names import NAMES
from bot.domain.audit import (
    CHANGED_SETTINGS,
    MEMBER,
    MISSING,
    PANEL,
    TITLED,
    AuditEntry,
    AuditRecord,
    AuditSource,
    Change,
    changes,
    clipped,
)
from bot.domain.outbox import written_at
from bot.domain.settings import Section
from bot.domain.settings_fields import FieldKind, SettingField, fields_of
from bot.domain.ticket_settings import TicketSettings
from bot.i18n import _
from bot.services.role_grants import ENDED
from bot.ui import text
from bot.ui.setting_values import shown

MOST_NAMED = 8
"""Roles or channels of one value that are named; of the others, how many."""

_LONG_ID = 20
"""Digits that no id has."""

_LONGEST_TITLE = 120
"""Characters of what is done to many, where it stands in place of whom it is done to."""


@dataclass(frozen=True)
class Reader:
    """Turns entries into words. `sections` are the settings there are, `actions` what each action is called."""

    sections: Sequence[type[Section]]
    actions: Mapping[str, str]

    def deed(self, entry: AuditEntry) -> str:
        """What was done, and to what or whom."""
        record = entry.record
        title = self.actions.get(record.action)
        said = _(title) if title else f"`{record.action}`"
        target = self._target(record)
        return f"{said}: {target}" if target else said

    def what(self, asked: str) -> str:
        """What a filter by an action or a section looks for."""
        section = self._section(asked)
        if section is not None:
            return f"{_(self.actions[CHANGED_SETTINGS])}: {_(section.title)}"
        return _(self.actions[asked]) if asked in self.actions else f"`{asked}`"

    def lines(self, entry: AuditEntry, longest: int, *, brief: bool = False) -> list[str]:
        """Each thing that is different, with what it was and is; each value has so many characters at most.

        In `brief` without numbers that only a command understands.
        """
        record = entry.record
        if record.action == ENDED:
            return [_ended(record)]
        section = self._section(record.target_id) if record.action == CHANGED_SETTINGS else None
        if record.target_type == PANEL:  # what a topic sets for itself is called as the setting that it stands for
            section = TicketSettings
        fields = {} if section is None else {field.name: field for field in fields_of(section)}
        order = list(fields)
        told = sorted(changes(record), key=lambda one: order.index(one.name) if one.name in fields else len(order))
        wanted = [change for change in told if not (brief and change.name == "transaction")]
        return [_line(change, fields.get(change.name), longest) for change in wanted]

    def _target(self, record: AuditRecord) -> str:
        kind, target_id = record.target_type, record.target_id
        if kind is None or target_id is None:
            return ""
        if kind in TITLED:
            return _plain(record.description or "", _LONGEST_TITLE)
        if kind == "settings":
            section = self._section(target_id)
            return f"`{target_id}`" if section is None else _(section.title)
        return _mentioned(kind, target_id)

    def _section(self, name: str | None) -> type[Section] | None:
        return next((one for one in self.sections if one.section == name), None)


def actor(entry: AuditEntry) -> str:
    """Who did it."""
    if entry.record.actor_id is not None:
        return text.mention(entry.record.actor_id)
    return _("I, by myself") if entry.record.source is AuditSource.TICKER else _("not named")


def source(entry: AuditEntry) -> str:  # noqa: PLR0911 — a table
    """By which way."""
    match entry.record.source:
        case AuditSource.COMMAND:
            return _("by command")
        case AuditSource.TYPED:
            return _("typed")
        case AuditSource.BUTTON:
            return _("on a panel")
        case AuditSource.TICKER:
            return _("when it was due")
        case AuditSource.DISCORD:
            return _("on Discord")
        case AuditSource.CLI:
            return _("on the command line")
        case AuditSource.DASHBOARD:
            return _("on the dashboard")


def reason(entry: AuditEntry, longest: int) -> str:
    """The words that whoever did it gave along, if any. What has a title has none: it stands with the deed."""
    if entry.record.target_type in TITLED:
        return ""
    return _plain(entry.record.description or "", longest)


def _ended(record: AuditRecord) -> str:
    before = record.before or {}
    role, until = _mentioned("role", str(before.get("role"))), before.get("until")
    if until is None:
        return _("{role} was given for good, and was ended").format(role=role)
    return _("{role} was given until {end}, and was ended before").format(role=role, end=_moment(str(until)))


def _line(change: Change, field: SettingField | None, longest: int) -> str:
    name = _(field.title) if field is not None else _name(change.name)
    before, after = (
        "" if value is MISSING else _value(change.name, field, value, longest)
        for value in (change.before, change.after)
    )
    if before == after or not before:
        return f"{name}: {after}"
    if not after:  # it is there no more
        return _("{name}: no longer {value}").format(name=name, value=before)
    return f"{name}: {before} → {after}"


def _name(name: str) -> str:
    known = NAMES.get(name)
    return _plain(name.replace("_", " ").capitalize(), 40) if known is None else _(known)


def _value(name: str, field: SettingField | None, value: Any, longest: int) -> str:
    if field is not None:
        try:
            return _setting(field, value, longest)
        except (TypeError, ValueError):  # stored by a version in which it was something else
            return _plain(value, longest)
    known: Callable[[str], str] | None = _KNOWN.get(name)
    if known is not None and isinstance(value, str):
        return known(value)
    if name == "until" and value is None:
        return _("for good")
    return _plain(value, longest)


def _setting(field: SettingField, value: Any, longest: int) -> str:
    if field.kind in {FieldKind.CHANNELS, FieldKind.ROLES}:
        return shown(field, tuple(value), most=MOST_NAMED)
    if field.kind is FieldKind.TEXT:
        value = clipped(str(value).replace("`", "'"), longest)
    return shown(field, value)


def _mentioned(kind: str, target_id: str) -> str:
    if not target_id.isdecimal():
        return _plain(target_id, 64)
    match kind:
        case "member" | "user":
            return text.mention(int(target_id))
        case "role":
            return f"<@&{target_id}>"
        case "channel":
            return f"<#{target_id}>"
        case _:
            return f"`{target_id}`"


def _written(value: str) -> str:
    """When a message was written: nobody knows messages by their ids."""
    return (
        text.timestamp(written_at(int(value)), "F")
        if value.isdecimal() and len(value) < _LONG_ID
        else _plain(value, 64)
    )


def _moment(value: str) -> str:
    try:
        return text.timestamp(datetime.fromisoformat(value), "f")
    except ValueError:
        return _plain(value, 64)


_KNOWN: dict[str, Callable[[str], str]] = {
    "role": lambda value: _mentioned("role", value),
    "channel": lambda value: _mentioned("channel", value),
    "member": lambda value: _mentioned(MEMBER, value),
    "until": _moment,
    "starts": _moment,
    "ends": _moment,
    "host": lambda value: _mentioned(MEMBER, value),
    "ping_role": lambda value: _mentioned("role", value),
    "before": _written,
    "after": _written,
    "around": _written,
    "available_until": _moment,
    "transaction": lambda value: f"`{value}`" if value.isdecimal() else _plain(value, 64),
}
"""Things by their names in entries that are no settings."""


def _plain(value: Any, longest: int) -> str:
    return discord.utils.escape_markdown(clipped(" ".join(_flat(value).split()), longest))


def _flat(value: Any) -> str:
    """A value that nothing says more about, as people would write it."""
    match value:
        case None:
            return _("nothing")
        case bool():
            return _("on") if value else _("off")
        case Mapping():
            return ", ".join(f"{name}: {_flat(one)}" for name, one in cast("Mapping[str, Any]", value).items())
        case list() | tuple():
            return ", ".join(map(_flat, cast("Sequence[Any]", value)))
        case _:
            return str(value)
