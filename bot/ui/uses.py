"""Watches what is used: the one place that measures commands, controls and forms, and says how they ended.

The command tree and `bot.ui.controls.handle` tell it of each beginning, and of the end if all is well; of any other end
the reporter does.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.clock import Clock
from bot.domain.uses import (
    MAX_NAME,
    SOMEONE,
    Ending,
    Use,
    UseKind,
    Value,
    amount_or_length,
    id_or_length,
    number_or_length,
    without_words,
)
from bot.ui.context import UNKNOWN, control_parts, fields

_log = structlog.stdlib.get_logger(__name__)

Sink = Callable[[Use], object]
"""Told of each use when it is over. Must be quick, for the next interaction waits for it."""

_BEGAN = "bot.ui.uses"
_KEY = re.compile(r"[a-z_-]{1,32}")
"""How code names things in custom ids and in the values of its menus."""

_KINDS = {
    discord.InteractionType.application_command: UseKind.COMMAND,
    discord.InteractionType.component: UseKind.CONTROL,
    discord.InteractionType.modal_submit: UseKind.FORM,
}

_NESTED = (1, 2)
"""The types of options that are subcommands and groups of them."""

_USER_MENU = 2
"""The type of commands in the menu of a person."""

_STRING = 3
_PEOPLE_OPTIONS = (6, 9)
"""The types of options that take a user, or a user or role."""

_THING_MENUS = (6, 8)
"""The types of menus that take roles or channels, whose ids may be kept."""

_PEOPLE_MENUS = (5, 7)
"""The types of menus that take users, or users and roles."""

_WELL = Ending()


class UseWatch:
    """Makes a `Use` of each interaction that ended, once, and hands it to the sinks. Never raises."""

    def __init__(self, clock: Clock, sinks: Sequence[Sink], tick: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._sinks = sinks
        self._tick = tick

    def began(self, interaction: discord.Interaction[Any]) -> None:
        """Somebody begins to answer it."""
        interaction.extras[_BEGAN] = (self._clock.now(), self._tick())

    def ended(self, interaction: discord.Interaction[Any], ending: Ending = _WELL) -> None:
        """It is answered. Nothing happens for one that is not a use (autocompletion), or that ended before."""
        kind = _KINDS.get(interaction.type)
        began: tuple[datetime, float] | None = interaction.extras.pop(_BEGAN, None)
        if kind is None or began is None:
            return
        try:
            use = _use(interaction, kind, began[0], self._tick() - began[1], ending)
            for sink in self._sinks:
                sink(use)
        except Exception:  # noqa: BLE001 — what was done is done, whether it can be counted or not
            _log.exception("a use was not noted")


def _use(interaction: discord.Interaction[Any], kind: UseKind, at: datetime, seconds: float, ending: Ending) -> Use:
    data: Mapping[str, Any] = interaction.data or {}
    if kind is UseKind.COMMAND:
        command = interaction.command
        name = UNKNOWN if command is None else command.qualified_name
        parameters = command_parameters(command, data)
    else:
        name, parameters = control_use(str(data.get("custom_id", "")))
        parameters |= answered(data)
    return Use(
        at=at,
        kind=kind,
        name=name[:MAX_NAME],
        guild_id=interaction.guild_id or 0,
        user_id=interaction.user.id,
        channel_id=interaction.channel_id,
        parameters=parameters,
        ending=ending,
        seconds=seconds,
    )


_AMOUNT = "amount"
"""The option, in every command that has it, that takes coins or a part of them."""


def command_parameters(command: object, data: Mapping[str, Any]) -> dict[str, Value]:
    """What may be kept of a command's options; of people only that they were given, also those of a context menu."""
    options: Sequence[Mapping[str, Any]] = data.get("options", ())
    while options and options[0].get("type") in _NESTED:
        options = options[0].get("options", ())
    kept: dict[str, Value] = {}
    if "target_id" in data:
        kept["target"] = SOMEONE if data.get("type") == _USER_MENU else id_or_length(str(data["target_id"]))
    for option in options:
        name, value = str(option["name"]), option.get("value")
        if option.get("type") in _PEOPLE_OPTIONS:
            kept[name] = SOMEONE
        elif option.get("type") == _STRING and name == _AMOUNT:
            kept[name] = amount_or_length(str(value))
        elif option.get("type") == _STRING:
            kept[name] = without_words(value, _choices(command, name))
        else:  # an id, or a number or switch
            kept[name] = id_or_length(value) if isinstance(value, str) else without_words(value)
    return kept


def _choices(command: object, option: str) -> list[object]:
    if not isinstance(command, app_commands.Command):
        return []
    for parameter in command.parameters:
        if parameter.display_name == option:
            return [choice.value for choice in parameter.choices]
    return []


def control_use(custom_id: str) -> tuple[str, dict[str, Value]]:
    """The name of a control or form, and what may be kept of the arguments in its custom id: numbers and keys.

    Nothing says whose an id among them is, so none is kept.
    """
    name, arguments = control_parts(custom_id)
    if arguments is None:
        return name, {}
    return name, {"arguments": [_made_by_code(argument) for argument in arguments.split(":")]}


def answered(data: Mapping[str, Any]) -> dict[str, Value]:
    """What may be kept of what was chosen in a menu or form, or written in a form.

    Keys, ids of roles and channels, lengths of texts; of people only how many were chosen.
    """
    kept: dict[str, Value] = {}
    if "values" in data:
        kept["values"] = _chosen(data)
    for field in fields(data.get("components", ())):
        name = str(field["custom_id"])
        shown = name if _KEY.fullmatch(name) else UNKNOWN
        if "values" in field:
            kept[shown] = _chosen(field)
        elif field.get("value") is not None:
            kept[shown] = without_words(field["value"])
    return kept


def _chosen(menu: Mapping[str, Any]) -> Value:
    """Of a form's field Discord calls the kind `type`, of a menu under a message `component_type`."""
    kind = menu.get("component_type", menu.get("type"))
    values = [str(value) for value in menu["values"]]
    if kind in _PEOPLE_MENUS:
        return [SOMEONE for _ in values]
    return [id_or_length(value) if kind in _THING_MENUS else _made_by_code(value) for value in values]


def _made_by_code(text: str) -> Value:
    return text if _KEY.fullmatch(text) else number_or_length(text)
