"""The fields of settings as people see them: what each is, how it is written, and why a value is refused.

A form is made from these, on Discord as later on the web, so that a setting is described in one place: its model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from bot.domain.amounts import parse_amount
from bot.domain.coin_range import CoinRange, parse_range
from bot.domain.durations import MAX_SECONDS, parse_duration, written_duration
from bot.domain.settings import Described
from bot.errors import AmountNotUnderstood, AmountTooLarge, DurationNotUnderstood, DurationOutOfBounds, SettingRefused
from bot.words import N_, Phrase

S = TypeVar("S", bound=Described)

MOST_CHOSEN = 25
"""Channels or roles that one setting can hold; what a menu of Discord can give."""

_COLOUR = re.compile(r"#?([0-9a-fA-F]{6})")
_NONE = {"", "auto"}
"""How somebody writes that they choose nothing."""


class FieldKind(StrEnum):
    """What a field holds, and so by what it is set. Said in a field's `json_schema_extra` as ``kind``."""

    NUMBER = "number"
    RANGE = "range"
    TEXT = "text"
    SWITCH = "switch"
    CHOICE = "choice"
    CHOICES = "choices"
    CHANNEL = "channel"
    CHANNELS = "channels"
    ROLE = "role"
    ROLES = "roles"
    DURATION = "duration"
    COLOUR = "colour"
    ZONE = "zone"

    @property
    def is_written(self) -> bool:
        """Whether a person types it."""
        return self in _HINTS

    @property
    def holds_many(self) -> bool:
        """Whether there may be several."""
        return self in {FieldKind.CHANNELS, FieldKind.ROLES}


_HINTS = {
    FieldKind.NUMBER: N_("Write a whole number, such as 1,000"),
    FieldKind.RANGE: N_("Write a whole number, or two such as 50–150"),
    FieldKind.TEXT: N_("Write some text"),
    FieldKind.DURATION: N_("Write a time, such as 90s, 15m or 1d 12h"),
    FieldKind.COLOUR: N_("Write a colour, such as #3B6E57"),
    FieldKind.ZONE: N_("Write a time zone, such as Europe/Berlin"),
}
_NUMBER_WANTED = Phrase("must be a whole number, such as 1,000")
_RANGE_WANTED = Phrase("must be a whole number, or two such as 50–150")
_COLOUR_WANTED = Phrase("must be a colour, such as #3B6E57")
_TIME_WANTED = Phrase("must be a time, such as 90s, 15m or 1d 12h")
_CHOICE_WANTED = Phrase("must be chosen from the list")


@dataclass(frozen=True)
class SettingField:
    """One field of a section."""

    name: str
    title: str
    description: str
    kind: FieldKind
    choices: tuple[tuple[str, str], ...] = ()
    """What can be chosen: values, and what each is called."""
    unset: str = ""
    """What holds while there is no value, for those that may have none."""
    categories: bool = False
    """Of channels: whether they are categories."""

    @property
    def hint(self) -> str:
        """What to write."""
        return _HINTS.get(self.kind, _HINTS[FieldKind.TEXT])


def fields_of(model: type[Described]) -> tuple[SettingField, ...]:
    """The fields of a section, in the order of the model."""
    found: list[SettingField] = []
    for name, info in model.model_fields.items():
        extra = cast("dict[str, Any]", info.json_schema_extra)
        choices: dict[str, str] = extra.get("choices", {})
        kind = FieldKind(extra["kind"])
        unset = extra.get("unset", "")
        named = (name, info.title or "", info.description or "", kind, tuple(choices.items()), unset)
        found.append(SettingField(*named, categories=extra.get("categories", False)))
    return tuple(found)


def parse(field: SettingField, values: Sequence[str]) -> Any:  # noqa: PLR0911 — a table
    """What somebody wrote or chose, as the model takes it. Its bounds are not looked at here.

    Raises:
        SettingRefused: it can't be read.
    """
    if field.kind.holds_many:
        return tuple(_id(field, value) for value in values)
    if field.kind is FieldKind.CHOICES:
        return tuple(values)
    text = values[0].strip() if values else ""
    if field.unset and text.casefold() in _NONE:
        return None
    match field.kind:
        case FieldKind.CHANNEL | FieldKind.ROLE:
            return _id(field, text) if text else None
        case FieldKind.SWITCH:
            return text == "on"
        case FieldKind.NUMBER:
            return _number(field, text)
        case FieldKind.RANGE:
            return _range(field, text)
        case FieldKind.COLOUR:
            return _colour(field, text)
        case FieldKind.DURATION:
            return _seconds(field, text)
        case _:
            return text


def written(field: SettingField, value: Any) -> str:
    """How a person would write a value; `parse` reads it back."""
    if value is None:
        return ""
    match field.kind:
        case FieldKind.NUMBER:
            return f"{value:,}"
        case FieldKind.RANGE:
            return written_range(value, "{:,}".format)
        case FieldKind.COLOUR:
            return f"#{value:06X}"
        case FieldKind.DURATION:
            return written_duration(value)
        case _:
            return str(value)


def written_range(value: Any, number: Callable[[int], str]) -> str:
    """A range as the model has it or as it is stored, its numbers written by `number`."""
    amounts = CoinRange.model_validate(value)
    return number(amounts.low) if amounts.is_fixed else f"{number(amounts.low)}–{number(amounts.high)}"


def with_field(section: S, field: SettingField, value: Any) -> S:
    """The section with one field changed, all of it looked at again.

    Raises:
        SettingRefused: the field can't have that value; the reason in plain words.
    """
    try:
        return type(section).model_validate({**section.model_dump(), field.name: value})
    except ValidationError as error:
        raise SettingRefused(field.title, _reason(field, cast("dict[str, Any]", error.errors()[0]))) from None


def named(section: Described, kinds: Collection[FieldKind]) -> Iterator[tuple[SettingField, int]]:
    """Every channel or role that a section's fields of these kinds name, with the field."""
    for field in fields_of(type(section)):
        if field.kind in kinds:
            value = getattr(section, field.name)
            chosen: tuple[int, ...] = value if field.kind.holds_many else () if value is None else (value,)
            for one in chosen:
                yield field, one


def without(section: S, kinds: Collection[FieldKind], gone: int) -> S:
    """The section with a channel or role taken out of its fields of these kinds."""
    for field in {field.name: field for field, one in named(section, kinds) if one == gone}.values():
        many: tuple[int, ...] = getattr(section, field.name) if field.kind.holds_many else ()
        section = with_field(section, field, tuple(one for one in many if one != gone) if many else None)
    return section


def _reason(field: SettingField, detail: dict[str, Any]) -> Phrase:  # noqa: PLR0911 — a table
    """Pydantic's complaint as the end of a sentence."""
    context: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "greater_than_equal":
            return Phrase("must be at least {least}", {"least": _bound(field, context["ge"])})
        case "less_than_equal":
            return Phrase("must be at most {most}", {"most": _bound(field, context["le"])})
        case "string_too_long":
            return Phrase("takes at most {most} characters", {"most": context["max_length"]})
        case "string_too_short":
            return Phrase("takes at least {least} characters", {"least": context["min_length"]})
        case "too_long":
            return Phrase("takes at most {most} of them", {"most": context["max_length"]})
        case "literal_error" | "enum":
            return _CHOICE_WANTED
        case "value_error":
            return Phrase(str(context["error"]))
        case _:
            return Phrase("can't have that value")


def _bound(field: SettingField, bound: int) -> int | timedelta:
    return timedelta(seconds=bound) if field.kind is FieldKind.DURATION else bound


def _number(field: SettingField, text: str) -> int:
    try:
        return parse_amount(text)
    except (AmountNotUnderstood, AmountTooLarge):
        raise SettingRefused(field.title, _NUMBER_WANTED) from None


def _range(field: SettingField, text: str) -> tuple[int, int]:
    try:
        return parse_range(text)
    except (AmountNotUnderstood, AmountTooLarge):
        raise SettingRefused(field.title, _RANGE_WANTED) from None


def _colour(field: SettingField, text: str) -> int:
    match = _COLOUR.fullmatch(text)
    if match is None:
        raise SettingRefused(field.title, _COLOUR_WANTED)
    return int(match[1], 16)


def _id(field: SettingField, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20):  # noqa: PLR2004 — digits of 63 bits
        raise SettingRefused(field.title, _CHOICE_WANTED)
    return int(text)


def _seconds(field: SettingField, text: str) -> int:
    try:
        return parse_duration(text)
    except DurationNotUnderstood:
        raise SettingRefused(field.title, _TIME_WANTED) from None
    except DurationOutOfBounds:
        raise SettingRefused(
            field.title, Phrase("must be at most {most}", {"most": timedelta(seconds=MAX_SECONDS)})
        ) from None
