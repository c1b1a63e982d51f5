"""Fields of the forms of a topic to choose from, and what was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import SelectOption
from discord.ui import ChannelSelect, Label, RoleSelect, Select, View

from bot.domain.ticket_topics import TITLES, TopicConfig
from bot.errors import ControlExpired, RoleGone, RoleIsEveryones
from bot.i18n import _
from bot.ui.controls import Answers

Field = Label[View]

MOST_CHOSEN = 25
_USUAL = "-"
"""The option of a menu that leaves something to /config."""


def channels(
    name: str, ids: Sequence[int], guild: discord.Guild, types: list[discord.ChannelType], *, most: int = 1
) -> Field:
    """A menu of channels, with those that are chosen and still there."""
    here = [discord.Object(one, type=discord.abc.GuildChannel) for one in ids if guild.get_channel(one) is not None]
    menu = ChannelSelect[View](
        custom_id=name, channel_types=types, default_values=here, min_values=0, max_values=most, required=False
    )
    return Label(text=_(TITLES[name]), description=_("Empty: as in /config."), component=menu)


def channels_in(answers: Answers, name: str, guild: discord.Guild, types: list[discord.ChannelType]) -> tuple[int, ...]:
    """The channels that were chosen.

    Raises:
        ControlExpired: one is none of this guild's, or of another kind; no menu offers it.
    """
    found = [guild.get_channel(int(one)) if one.isdecimal() else None for one in answers.choices.get(name, ())]
    if any(one is None or one.type not in types for one in found):
        raise ControlExpired
    return tuple(one.id for one in found if one is not None)


def roles(name: str, config: TopicConfig, guild: discord.Guild) -> Field:
    """A menu of roles, with those that are chosen and still there."""
    ids: Sequence[int] = getattr(config, name)
    here = [discord.Object(one, type=discord.Role) for one in ids if guild.get_role(one) is not None]
    menu = RoleSelect[View](custom_id=name, default_values=here, min_values=0, max_values=MOST_CHOSEN, required=False)
    return Label(text=_(TITLES[name]), description=_("Empty: as in /config."), component=menu)


def roles_in(answers: Answers, name: str, guild: discord.Guild) -> tuple[int, ...]:
    """The roles that were chosen.

    Raises:
        RoleGone, RoleIsEveryones: one can't be.
    """
    return tuple(role_in(guild, one) for one in answers.choices.get(name, ()))


def role_in(guild: discord.Guild, chosen: str) -> int:
    """A role of this guild that was chosen.

    Raises:
        RoleGone, RoleIsEveryones: there is no such, or everybody has it.
    """
    role = guild.get_role(int(chosen)) if chosen.isdecimal() else None
    if role is None:
        raise RoleGone
    if role.is_default():
        raise RoleIsEveryones
    return role.id


def menu(name: str, label: str, labels: Mapping[Any, str], now: object, *, usual: bool = False) -> Field:
    """A menu of few things; with `usual` also that /config decides."""
    options = [SelectOption(label=_("As in /config"), value=_USUAL, default=now is None)] if usual else []
    options += [SelectOption(label=_(said), value=str(value), default=value == now) for value, said in labels.items()]
    return Label(text=label, component=Select[View](custom_id=name, options=options))


def chosen(answers: Answers, name: str, labels: Mapping[Any, str]) -> str | None:
    """What was chosen; None: nothing, or that /config decides.

    Raises:
        ControlExpired: the menu does not offer it.
    """
    chosen = "".join(answers.choices.get(name, ()))
    if chosen in {"", _USUAL}:
        return None
    if chosen not in {str(value) for value in labels}:
        raise ControlExpired
    return chosen
