"""How the value of a setting is written for people, in their language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.settings_fields import MOST_CHOSEN, FieldKind, SettingField, written, written_range
from bot.i18n import _, ngettext
from bot.ui import text


def shown(field: SettingField, value: Any, *, most: int = MOST_CHOSEN) -> str:  # noqa: PLR0911 — a table
    """A value as owners read it; of channels or roles, the first `most`, and of the others how many."""
    if value is None and field.unset:
        return _(field.unset)
    match field.kind:
        case FieldKind.SWITCH:
            return _("on") if value else _("off")
        case FieldKind.CHOICE:
            return _(dict(field.choices).get(str(value)) or str(value))
        case FieldKind.CHOICES:
            return _choices(field, value or ()) or _("nothing chosen")
        case FieldKind.CHANNEL | FieldKind.CHANNELS:
            return _listed([f"<#{one}>" for one in many(value)], most)
        case FieldKind.ROLE | FieldKind.ROLES:
            return _listed([f"<@&{one}>" for one in many(value)], most)
        case _:
            return f"`{to_write(field, value)}`" if value != "" else _("nothing chosen")


def _choices(field: SettingField, chosen: Sequence[str]) -> str:
    names = dict(field.choices)
    return ", ".join(_(names.get(one) or one) for one in chosen)


def to_write(field: SettingField, value: Any) -> str:
    """A setting that is written, in this task's language; `bot.domain.settings_fields.parse` reads it back."""
    if value is None:
        return ""
    match field.kind:
        case FieldKind.NUMBER:
            return text.number(value)
        case FieldKind.RANGE:
            return written_range(value, text.number)
        case FieldKind.DURATION:
            return text.duration(value)
        case _:
            return written(field, value)


def many(value: Any) -> tuple[int, ...]:
    """The channels or roles of a setting that holds one, several, or none."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _listed(mentions: Sequence[str], most: int) -> str:
    more = len(mentions) - most
    left = [ngettext("and {n} more", "and {n} more", more).format(n=text.number(more))] if more > 0 else []
    return " ".join([*mentions[:most], *left]) or _("nothing chosen")
