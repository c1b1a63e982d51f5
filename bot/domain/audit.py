"""The audit log: who changed what in a guild, from what to what, and by which way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from bot.domain.short_numbers import restored, shortened

LONGEST_TEXT = 500
"""Characters of any text in an entry; what is longer is cut, and ends in an ellipsis."""

MOST_ITEMS = 50
"""Parts of any list or document in an entry."""

LONGEST_ACTION = 20
"""Characters of an action, so that a filter by it fits into a custom id."""


class AuditSource(StrEnum):
    """The way by which somebody or something changed it."""

    COMMAND = "command"
    BUTTON = "button"
    TYPED = "typed"
    TICKER = "ticker"
    DISCORD = "discord"
    CLI = "cli"
    DASHBOARD = "dashboard"


@dataclass(frozen=True)
class AuditRecord:
    """Something that was changed, to be written down. `actor_id` is None where nobody did it, such as a deadline."""

    action: str
    """What happened, as ``noun.verb``: ``settings.change``. Stored, so it never changes its meaning."""
    actor_id: int | None
    source: AuditSource
    target_type: str | None = None
    target_id: str | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    description: str | None = None


@dataclass(frozen=True)
class AuditEntry:
    """A record as it stands in the log."""

    id: int
    at: datetime
    record: AuditRecord


@dataclass(frozen=True)
class AuditFilter:
    """Which entries to look for; what is None is not asked."""

    actor_id: int | None = None
    action: str | None = None
    target_type: str | None = None
    target_id: str | None = None
    section: str | None = None
    """Changes of the settings of this section alone."""


CHANGED_SETTINGS = "settings.change"
"""The action of a change of settings; its target is the section."""

MEMBER = "member"
"""The kind of target that is a person."""

CHANNEL = "channel"
"""The kind of target that is a channel or a thread."""

BATCH = "batch"
"""The kind of target that is done to many at once; its description says in words what that is."""

JOB = "job"
"""The kind of target that /work may tell of; its description is its words."""

ITEM = "item"
"""The kind of target that is for sale; its description is what it was called."""

WARN_RULE = "warn_rule"
"""The kind of target that acts on warnings; its description is its line."""

REWARD = "level_reward"
"""The kind of target that a level brings; its description is the level."""

PANEL = "ticket_panel"
"""The kind of target by which members open tickets; its description is its name, and that of the topic."""

GIVEAWAY = "giveaway"
"""The kind of target that members enter; its description is its number and prize."""

TITLED = frozenset({BATCH, JOB, ITEM, WARN_RULE, REWARD, PANEL, GIVEAWAY})
"""Targets that are shown by their description, for nobody knows their ids."""

PACKED = r"[0-9A-Za-z]{0,11}-[0-9A-Za-z]{0,11}-[a-z_.]{0,20}"
"""What `packed` makes: 44 characters at most, none of them a colon."""


def packed(wanted: AuditFilter) -> str:
    """A filter by actor, member, and action or section, as short as a custom id needs it; `unpacked` reads it back."""
    member = int(wanted.target_id) if wanted.target_id is not None and wanted.target_type == MEMBER else None
    return f"{shortened(wanted.actor_id)}-{shortened(member)}-{wanted.section or wanted.action or ''}"


def unpacked(text: str) -> AuditFilter:
    """The filter in a text that matches `PACKED`, which somebody may have forged: then nothing is found by it."""
    actor, member, what = text.split("-")
    return filter_of(restored(actor), restored(member), what or None)


def filter_of(actor_id: int | None, member_id: int | None, what: str | None) -> AuditFilter:
    """The filter for what people ask: who did it, to which member, and what; an action has a dot, a section none."""
    is_action = what is not None and "." in what
    return AuditFilter(
        actor_id=actor_id,
        action=what if is_action else None,
        target_type=None if member_id is None else MEMBER,
        target_id=None if member_id is None else str(member_id),
        section=None if is_action else what,
    )


def named_in(record: AuditRecord) -> set[int]:
    """The people whom a record names: who did it, and to whom."""
    target = record.target_id if record.target_type == MEMBER else None
    whom = {int(target)} if target is not None and target.isdecimal() else set[int]()
    return whom if record.actor_id is None else whom | {record.actor_id}


def bounded(record: AuditRecord) -> AuditRecord:
    """The record with nothing in it that is longer than an entry takes."""
    return replace(
        record,
        before=None if record.before is None else _bounded(record.before),
        after=None if record.after is None else _bounded(record.after),
        description=None if record.description is None else clipped(record.description, LONGEST_TEXT),
    )


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return clipped(value, LONGEST_TEXT)
    if isinstance(value, Mapping):
        parts = cast("Mapping[str, Any]", value)
        return {name: _bounded(parts[name]) for name in list(parts)[:MOST_ITEMS]}
    if isinstance(value, Sequence):
        return [_bounded(one) for one in list(cast("Sequence[Any]", value))[:MOST_ITEMS]]
    return value


def clipped(text: str, most: int) -> str:
    """A text of at most so many characters; one that was cut ends in an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


@dataclass(frozen=True)
class Change:
    """One thing that is different: what it was and what it is. `MISSING`: it was not there, or is no longer."""

    name: str
    before: Any
    after: Any


class Missing:
    """What is not there at all, unlike a value that is null."""


MISSING = Missing()


def changes(record: AuditRecord) -> list[Change]:
    """What a record tells of, thing by thing. The order is the database's."""
    before, after = record.before or {}, record.after or {}
    return [Change(name, before.get(name, MISSING), after.get(name, MISSING)) for name in {**before, **after}]


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parts of two documents in which they differ."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    old = {name: before[name] for name in names if name in before}
    return old, {name: after[name] for name in names if name in after}
