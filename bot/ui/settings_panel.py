"""What /config and /me look like, made from the models alone.

Everything a control must know is in its custom id: the section, the field, and the version that was shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ButtonStyle, SelectOption
from discord.ui import Button, ChannelSelect, Item, Label, Modal, RoleSelect, Select, TextInput, View

from bot.domain.authority import Permission, Staff
from bot.domain.general import GeneralSettings
from bot.domain.settings import Described, Section, Versioned
from bot.domain.settings_fields import MOST_CHOSEN, FieldKind, SettingField, fields_of
from bot.i18n import _, ngettext
from bot.ui import text
from bot.ui.setting_values import many, shown, to_write
from bot.ui.theme import embed

_TEXT_CHANNELS = [discord.ChannelType.text, discord.ChannelType.news]
_CATEGORIES = [discord.ChannelType.category]
_LONGEST_TEXT = 400
_LISTED = 6
"""Channels or roles of one setting that the list of all settings shows; its own page has them all."""


@dataclass(frozen=True)
class Panel:
    """A message with settings."""

    embed: discord.Embed
    view: View


def section_panel(
    found: Versioned[Any],
    default: Described,
    sections: Sequence[type[Described]],
    guild: discord.Guild | None,
    *,
    notice: str = "",
) -> Panel:
    """A section with all its values, and the menus that lead on: to its fields, and to other sections if there are."""
    section: Described = found.value
    lines = [_line(field, section, default) for field in fields_of(type(section))]
    lines += _hidden_from(section, guild)
    view = View(timeout=None)
    if len(sections) > 1:
        view.add_item(_sections(sections, section.section))
    view.add_item(_fields(type(section)))
    view.add_item(
        Button(
            label=_("Reset all of these"),
            style=ButtonStyle.danger,
            custom_id=f"config:reset-all:v1:{section.section}:{found.version}",
            disabled=section == default,
        )
    )
    return Panel(_embed(_heading(type(section)), "\n".join(lines), notice), view)


def field_panel(
    found: Versioned[Any], default: Described, field: SettingField, guild: discord.Guild | None, *, notice: str = ""
) -> Panel:
    """One field: what it does, what it is, and the control that fits."""
    section: Described = found.value
    value, usual = getattr(section, field.name), getattr(default, field.name)
    lines = [_(field.description), ""]
    lines += [_("Now: {value}").format(value=shown(field, value))]
    lines += [_("Default: {value}").format(value=shown(field, usual))]
    if field.name == Staff.ADMIN:
        lines += _hidden_from(section, guild)
    place = f"{section.section}:{field.name}:{found.version}"
    view = View(timeout=None)
    view.add_item(control(field, value, place, guild))
    is_default = value == usual
    view.add_item(Button(label=_("Reset to default"), custom_id=f"config:reset:v1:{place}", disabled=is_default))
    view.add_item(Button(label=_("Back"), custom_id=f"config:open:v1:{section.section}"))
    return Panel(_embed(f"{_heading(type(section))} · {_(field.title)}", "\n".join(lines), notice), view)


def sure_embed(model: type[Described]) -> discord.Embed:
    """The question before a whole section goes back to its defaults."""
    asked = _("Set everything under **{section}** back to its default?").format(section=_(model.title))
    return _embed(_heading(model), asked, "")


def control(field: SettingField, value: Any, place: str, guild: discord.Guild | None) -> Item[Any]:
    """The control that sets a field; `place` is section, field and version.

    A channel or role that is gone is not chosen in the menu, and so leaves the setting with the next change.
    """
    here = [one for one in many(value) if is_here(guild, field, one)]
    most = MOST_CHOSEN if field.kind.holds_many else 1
    choose = f"config:choose:v1:{place}"
    match field.kind:
        case FieldKind.SWITCH:
            style = ButtonStyle.danger if value else ButtonStyle.success
            label, to = (_("Switch off"), "off") if value else (_("Switch on"), "on")
            return Button(label=label, style=style, custom_id=f"config:switch:v1:{place}:{to}")
        case FieldKind.CHOICE:
            options = [SelectOption(label=_(name), value=key, default=key == value) for key, name in field.choices]
            return Select(custom_id=choose, options=options, placeholder=_(field.title))
        case FieldKind.CHOICES:
            options = [SelectOption(label=_(name), value=key, default=key in value) for key, name in field.choices]
            title, count = _(field.title), len(options)
            return Select(custom_id=choose, options=options, placeholder=title, min_values=0, max_values=count)
        case FieldKind.CHANNEL | FieldKind.CHANNELS:
            chosen = [discord.SelectDefaultValue(id=one, type=_CHANNEL) for one in here]
            return ChannelSelect(
                custom_id=choose,
                channel_types=_CATEGORIES if field.categories else _TEXT_CHANNELS,
                placeholder=_(field.title),
                min_values=0,
                max_values=most,
                default_values=chosen,
            )
        case FieldKind.ROLE | FieldKind.ROLES:
            chosen = [discord.SelectDefaultValue(id=one, type=_ROLE) for one in here]
            return RoleSelect(
                custom_id=choose, placeholder=_(field.title), min_values=0, max_values=most, default_values=chosen
            )
        case _:
            return Button(label=_("Change…"), style=ButtonStyle.primary, custom_id=f"config:write:v1:{place}")


def is_here(guild: discord.Guild | None, field: SettingField, chosen: int) -> bool:
    """Whether a channel or role that was chosen is one of the guild's."""
    if guild is None:
        return False
    if field.kind in {FieldKind.CHANNEL, FieldKind.CHANNELS}:
        return guild.get_channel(chosen) is not None
    return guild.get_role(chosen) is not None


def fill_form(form: Modal, field: SettingField, value: Any) -> None:
    """Put the one line to write into a form, with what is there now."""
    line = TextInput[Any](
        custom_id="value",
        default=to_write(field, value),
        placeholder=_(field.hint),
        max_length=_LONGEST_TEXT,
        required=not field.unset,
    )
    form.add_item(Label(text=_(field.title), description=_(field.description), component=line))


_CHANNEL = discord.SelectDefaultValueType.channel
_ROLE = discord.SelectDefaultValueType.role


def _line(field: SettingField, section: Described, default: Described) -> str:
    value, usual = getattr(section, field.name), getattr(default, field.name)
    mark = "" if value == usual else f" · {_('changed')}"
    return f"**{_(field.title)}**: {shown(field, value, most=_LISTED)}{mark}\n-# {_(field.description)}"


def _hidden_from(section: Described, guild: discord.Guild | None) -> list[str]:
    """A word to those who name admins that Discord keeps `/config` from, for it hides the command by permission."""
    if guild is None or not isinstance(section, GeneralSettings):
        return []
    roles = [role for one in section.admin_roles if (role := guild.get_role(one)) is not None]
    needed = Permission.MANAGE_GUILD | Permission.ADMINISTRATOR
    blind = [role.mention for role in roles if not role.permissions.value & needed]
    if not blind:
        return []
    said = _(
        "Discord shows `/config` only to those with **{permission}**. Allow it for {roles} under "
        "**Server Settings → Integrations → {name} → /config**."
    )
    name = guild.me.name if guild.me else "…"
    return ["", f"⚠️ {said.format(permission=_(Permission.MANAGE_GUILD.label), roles=' '.join(blind), name=name)}"]


def _sections(sections: Sequence[type[Described]], current: str) -> Item[Any]:
    options = [
        SelectOption(
            label=_(model.title),
            value=model.section,
            description=_settings(len(fields_of(model))),
            default=model.section == current,
        )
        for model in sections
    ]
    return Select(custom_id="config:section:v1", options=options)


def _fields(model: type[Described]) -> Item[Any]:
    options = [
        SelectOption(label=_(field.title), value=field.name, description=_(field.description))
        for field in fields_of(model)
    ]
    return Select(custom_id=f"config:field:v1:{model.section}", options=options, placeholder=_("Change a setting…"))


def _settings(count: int) -> str:
    return ngettext("{count} setting", "{count} settings", count).format(count=text.number(count))


def _heading(model: type[Described]) -> str:
    title = _(model.title)
    return _("Settings · {section}").format(section=title) if issubclass(model, Section) else title


def _embed(title: str, body: str, notice: str) -> discord.Embed:
    return embed(title=title, description=f"{notice}\n\n{body}" if notice else body)
