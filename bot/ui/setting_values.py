"""How the value of a setting is written for people, in their language."""

from __future__ import annotations

from typing import Any

from bot.domain.settings_fields import FieldKind, SettingField, written
from bot.i18n import _


def shown(field: SettingField, value: Any) -> str:
    """A value as people read it."""
    if value is None and field.unset:
        return _(field.unset)
    match field.kind:
        case FieldKind.SWITCH:
            return _("on") if value else _("off")
        case FieldKind.CHOICE:
            return _(dict(field.choices).get(str(value), str(value)))
        case FieldKind.CHANNEL | FieldKind.CHANNELS:
            return " ".join(f"<#{one}>" for one in many(value)) or _("nothing chosen")
        case FieldKind.ROLE | FieldKind.ROLES:
            return " ".join(f"<@&{one}>" for one in many(value)) or _("nothing chosen")
        case _:
            return f"`{written(field, value)}`" if value != "" else _("nothing chosen")


def many(value: Any) -> tuple[int, ...]:
    """The channels or roles of a setting that holds one, several, or none."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)
