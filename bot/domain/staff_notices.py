"""What staff is told without asking: a line for whatever was set or done, and an alert for what only they can mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.domain import audit, treasury
from bot.domain.audit import AuditRecord
from bot.domain.case_search import Sum
from bot.domain.case_words import FAILURES, TITLES
from bot.domain.cases import Case, Failure
from bot.domain.locks import OBSTACLES, ChannelLock, Obstacle
from bot.domain.outbox import Hindrance
from bot.domain.probes import SettingRef
from bot.domain.roles import PROBLEMS, Problem
from bot.domain.settings import Section
from bot.domain.settings_fields import FieldKind, SettingField, fields_of, written
from bot.words import Phrase

LONGEST_LINE = 900
"""Characters of a line; at least two fit into a message."""

_MANY = 6
"""Channels or roles of one setting that a line names."""

TO_MEND = frozenset(Problem) - {Problem.AWAY, Problem.SCREENING}
"""Problems with roles that do not pass by themselves."""


@dataclass(frozen=True)
class Alert:
    """Something that keeps the bot from its work until staff mends it. The same cause is told once a day."""

    cause: str
    said: Phrase


# The log ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Story:
    """What it takes to tell of an entry: the settings there are, and what each action is called."""

    sections: Sequence[type[Section]]
    actions: Mapping[str, str]
    log_channels: Mapping[str, SettingRef] = field(default_factory=dict[str, SettingRef])
    """Actions that are told in a channel of their own, where that setting names one; others in the log channel."""


def line(record: AuditRecord, story: Story) -> Phrase:
    """An entry of the audit log as a sentence; where there is none for its action, what that is called, and of whom."""
    actor = Phrase("I myself") if record.actor_id is None else f"<@{record.actor_id}>"
    match record.action:
        case audit.CHANGED_SETTINGS:
            return _settings(record, story.sections, actor)
        case "role.give":
            given = _role(record.after)
            return _why(record, Phrase("{actor} gave {role} to {member}", {"actor": actor, **given, **_member(record)}))
        case "role.end":
            taken = _role(record.before)
            return Phrase("{actor} ended {role} for {member}", {"actor": actor, **taken, **_member(record)})
        case "messages.purge":
            return _why(record, _purged(record, actor))
        case "privacy.erase":
            return Phrase("Somebody had what I keep about them erased")
        case _:
            return _coins(record, story, actor) if record.action in treasury.ACTIONS else _other(record, story, actor)


def _other(record: AuditRecord, story: Story, actor: object) -> Phrase:
    title = story.actions.get(record.action)
    action = f"`{record.action}`" if title is None else Phrase(title)
    if record.target_type == audit.MEMBER:
        done = {"actor": actor, "action": action, **_member(record)}
        return _why(record, Phrase("{actor}: {action}, {member}", done))
    if record.target_type == audit.CHANNEL:
        named = {"actor": actor, "action": action, "channel": f"<#{record.target_id}>"}
        return _why(record, Phrase("{actor}: {action}, {channel}", named))
    return _why(record, Phrase("{actor}: {action}", {"actor": actor, "action": action}))


def _purged(record: AuditRecord, actor: object) -> Phrase:
    after = record.after or {}
    counts = {"deleted": after.get("deleted", 0), "found": after.get("found", 0)}
    known = {"actor": actor, "channel": f"<#{after.get('channel')}>", **counts}
    if after.get("cut_off"):
        return Phrase(
            "{actor} had messages in {channel} deleted, {found} at most, and that was cut off by a restart: some may "
            "still be there. `/purge` again deletes the rest.",
            known,
        )
    return Phrase("{actor} had messages in {channel} deleted: {deleted} of {found}", known)


def _coins(record: AuditRecord, story: Story, actor: object) -> Phrase:
    before, after = record.before or {}, record.after or {}
    pockets = {"wallet": Phrase("wallet"), "bank": Phrase("bank")}
    changes = tuple(
        Phrase(
            "{pocket} from {before} to {after}",
            {"pocket": pockets.get(name, name), "before": before[name], "after": after[name]},
        )
        for name in after
        if name in before
    )
    action = Phrase(story.actions.get(record.action, record.action))
    said = {"actor": actor, "action": action, **_member(record), "changes": changes}
    return _why(record, Phrase("{actor}: {action}, {member}: {changes}", said))


def _settings(record: AuditRecord, sections: Sequence[type[Section]], actor: object) -> Phrase:
    model = next((one for one in sections if one.section == record.target_id), None)
    title = f"`{record.target_id}`" if model is None else Phrase(model.title)
    before, after = record.before or {}, record.after or {}
    changes = tuple(
        Phrase(
            "**{field}** from {before} to {after}",
            {
                "field": Phrase(field.title),
                "before": value_said(field, before.get(field.name)),
                "after": value_said(field, after.get(field.name)),
            },
        )
        for field in (() if model is None else fields_of(model))
        if field.name in after or field.name in before
    )
    return Phrase("{actor} changed **{section}**: {changes}", {"actor": actor, "section": title, "changes": changes})


def value_said(field: SettingField, value: Any) -> object:  # noqa: C901, PLR0911 — a table
    """A setting's value, to be put into a phrase."""
    if value is None and field.unset:
        return Phrase(field.unset)
    match field.kind:
        case FieldKind.SWITCH:
            return Phrase("on") if value else Phrase("off")
        case FieldKind.CHOICE:
            return Phrase(dict(field.choices).get(str(value)) or str(value))
        case FieldKind.CHOICES:
            names = dict(field.choices)
            return tuple(Phrase(names.get(one, str(one))) for one in value or ()) or Phrase("nothing chosen")
        case FieldKind.CHANNEL | FieldKind.CHANNELS:
            return _mentions("<#{}>", value)
        case FieldKind.ROLE | FieldKind.ROLES:
            return _mentions("<@&{}>", value)
        case _ if value is None or value == "":
            return Phrase("nothing chosen")
        case FieldKind.NUMBER:
            return int(value)
        case FieldKind.RANGE if isinstance(value, int):
            return value
        case FieldKind.DURATION:
            return timedelta(seconds=value)
        case _:
            return f"`{written(field, value)}`"


def _mentions(form: str, value: Any) -> object:
    chosen: list[int] = [] if value is None else [value] if isinstance(value, int) else list(value)
    if not chosen:
        return Phrase("nothing chosen")
    more = len(chosen) - _MANY
    named = [form.format(one) for one in chosen[:_MANY]]
    return " ".join(named + ([f"+{more}"] if more > 0 else []))


def _role(values: Mapping[str, Any] | None) -> dict[str, object]:
    return {"role": f"<@&{(values or {}).get('role')}>"}


def _member(record: AuditRecord) -> dict[str, object]:
    return {"member": f"<@{record.target_id}>"}


def _why(record: AuditRecord, done: Phrase) -> Phrase:
    """With the reason that staff gave, on one line."""
    if not record.description:
        return done
    return Phrase("{done} ({reason})", {"done": done, "reason": " ".join(record.description.split())})


# Alerts -------------------------------------------------------------------------------------------------------


def role_alert(role_id: int, problem: Problem) -> Alert:
    """A role that can't be given or taken."""
    said = Phrase(
        "I can't give or take {role}: {problem}", {"role": f"<@&{role_id}>", "problem": Phrase(PROBLEMS[problem])}
    )
    return Alert(f"role:{role_id}:{problem}", said)


def sanction_alert(case: Case, failure: Failure) -> Alert:
    """A ban or timeout whose time is up, or that has to be written anew, and Discord doesn't let the bot."""
    said = Phrase(
        "I can't look after case #{number} ({kind} of {target_id}) any more: {why} I keep trying.",
        {
            "number": str(case.number),
            "kind": Phrase(TITLES[case.kind]),
            "target_id": case.target_id,
            "why": Phrase(FAILURES[failure]),
        },
    )
    return Alert(f"case:{case.number}", said)


def rejoin_alert(user_id: int, joined_at: datetime, total: Sum) -> Alert:
    """Somebody joined of whom there is something on file. The same join is told once."""
    counted = tuple(
        Phrase("{kind}: {count}", {"kind": Phrase(TITLES[kind]), "count": count})
        for kind, count in sorted(total.counts.items(), key=lambda one: list(TITLES).index(one[0]))
    )
    said = Phrase(
        "{target_id} (`{target}`) joined. On file: {counted}. `/history` shows it.",
        {"target_id": user_id, "target": str(user_id), "counted": counted},
    )
    return Alert(f"rejoin:{user_id}:{int(joined_at.timestamp())}", said)


def lock_alert(lock: ChannelLock, obstacle: Obstacle) -> Alert:
    """A channel that should be open again, or as slow as before, and the bot can't."""
    said = Phrase(
        "I should open {channel} again, or end its slowmode, and can't: {why} I keep trying.",
        {"channel": f"<#{lock.channel_id}>", "why": Phrase(OBSTACLES[obstacle])},
    )
    return Alert(f"lock:{lock.kind}:{lock.channel_id}", said)


def unreadable_bans_alert() -> Alert:
    """The bans of a guild can't be compared with its cases."""
    said = Phrase(
        "I can't read the bans of this server any more, so I don't see who was banned or unbanned without me. "
        "Please give me the permission **Ban Members**."
    )
    return Alert("bans", said)


def refused_alert(channel_id: int, hindrance: Hindrance) -> Alert:
    """A channel that messages for it can't reach."""
    texts = {
        Hindrance.FORBIDDEN: Phrase(
            "I may not write in {channel}, so a message for it was lost. Please let me see it and send messages.",
            {"channel": f"<#{channel_id}>"},
        ),
        Hindrance.GONE: Phrase(
            "The channel `{channel}` is gone, so a message for it was lost. Please choose another in `/config`.",
            {"channel": str(channel_id)},
        ),
    }
    return Alert(f"channel:{channel_id}:{hindrance}", texts[hindrance])


def deleted_alert(channel_id: int, name: str, settings: Sequence[tuple[type[Section], SettingField]]) -> Alert:
    """A channel that was deleted while settings name it."""
    titles = tuple(
        Phrase("**{section}** · **{field}**", {"section": Phrase(model.title), "field": Phrase(field.title)})
        for model, field in settings
    )
    said = Phrase(
        "The channel {channel} was deleted. It was chosen as {settings}. Please choose another in `/config`.",
        {"channel": f"`#{name.replace('`', '')}`", "settings": titles},
    )
    return Alert(f"deleted:{channel_id}", said)
