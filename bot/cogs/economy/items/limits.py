"""The forms for what limits a thing for sale: stock, times, and what is paid back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import discord
from discord.ui import Label, TextInput, View

from bot.actions.host import host_of
from bot.cogs.economy.items.desk import change_sketch
from bot.cogs.economy.items.views import PLACE, Page
from bot.domain.amounts import parse_amount
from bot.domain.durations import parse_duration
from bot.domain.moments import parse_moment
from bot.domain.shop import ItemDraft
from bot.domain.sketches import TITLES, Sketch, amended
from bot.domain.stock import UNLIMITED
from bot.errors import ItemRefused
from bot.i18n import _
from bot.ui import text
from bot.ui.controls import Answers, Form, Interaction
from bot.words import Phrase

_LONGEST = 60
_NO_LIMIT = UNLIMITED | {"", "-", "\N{EN DASH}"}
_MOST_PERCENT = 100


def line(
    name: str,
    value: str,
    hint: str,
    longest: int,
    *,
    needed: bool = False,
    style: discord.TextStyle = discord.TextStyle.short,
) -> Label[View]:
    """A field for a part of a thing, under the name that the part has."""
    field = TextInput[View](
        custom_id=name, default=value or None, placeholder=hint, max_length=longest, required=needed, style=style
    )
    return Label(text=_(TITLES[name]), component=field)


# Stock and times -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Limits:
    """How the limits of a thing are written and read, by somebody in a time zone."""

    now: datetime
    zone: ZoneInfo

    def written(self, draft: ItemDraft) -> dict[str, str]:
        """What stands in the form."""
        return {
            "stock": "" if draft.stock is None else text.number(draft.stock),
            "per_member": "" if draft.per_member is None else text.number(draft.per_member),
            "cooldown": "" if draft.cooldown is None else text.duration(draft.cooldown),
            "available_until": ""
            if draft.available_until is None
            else f"{draft.available_until.astimezone(self.zone):%Y-%m-%d %H:%M}",
            "lifetime": "" if draft.lifetime is None else text.duration(draft.lifetime),
        }

    def read(self, draft: ItemDraft, answers: Answers, *, with_stock: bool) -> ItemDraft:
        """The draft with what was written; what was left as it stood stays what it is, to the second."""
        before, parts = self.written(draft), dict[str, Any]()
        for name, value in before.items():
            written = answers.text(name).strip()
            if written != value and (name != "stock" or with_stock):
                parts[name] = None if written.casefold() in _NO_LIMIT else self._value(name, written)
        return amended(draft, **parts)

    def _value(self, name: str, written: str) -> int | datetime:
        match name:
            case "cooldown" | "lifetime":
                return parse_duration(written, least=1 if name == "cooldown" else 60)
            case "available_until":
                return parse_moment(written, now=self.now, zone=self.zone)
            case _:
                return parse_amount(written)


class LimitsForm(Form):
    """How many there are, for whom, and how long."""

    template = re.compile(rf"item:limits:v1:{PLACE}")

    def __init__(self, sketch: Sketch, limits: Limits) -> None:
        super().__init__(title=_("Stock and times"), custom_id=f"item:limits:v1:{sketch.id}:{sketch.version}")
        hints = {
            "stock": _("empty: as many as anybody wants"),
            "per_member": _("empty: no limit"),
            "cooldown": _("1 day; empty: none"),
            "available_until": _("24.12. 18:00, in 3 days; empty: always"),
            "lifetime": _("30 days; empty: for ever"),
        }
        for name, value in limits.written(sketch.draft).items():
            if name != "stock" or sketch.is_new:
                self.add_item(line(name, value, hints[name], _LONGEST))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Change the sketch."""
        limits = await limits_of(interaction)
        with_stock = "stock" in answers.texts
        await change_sketch(
            interaction,
            (int(arguments["sketch"]), int(arguments["version"])),
            lambda draft: limits.read(draft, answers, with_stock=with_stock),
            Page.HOME,
        )


async def limits_of(interaction: Interaction) -> Limits:
    """How whoever asks writes limits.

    Raises:
        DatabaseAway: their time zone is not known.
    """
    host = host_of(interaction)
    return Limits(host.now(), await host.zone_of(interaction))


# Selling back ----------------------------------------------------------------------------------------------


class ResaleForm(Form):
    """What the shop pays for a copy that is sold back."""

    template = re.compile(rf"item:resale:v1:{PLACE}")

    def __init__(self, sketch: Sketch) -> None:
        super().__init__(title=_("Selling back"), custom_id=f"item:resale:v1:{sketch.id}:{sketch.version}")
        now = "" if sketch.draft.resale is None else f"{sketch.draft.resale}%"
        field = TextInput[View](
            custom_id="resale", default=now or None, max_length=8, required=False, placeholder=_("50%; 0: not at all")
        )
        words = _("Of the price. Empty: as set in /config.")
        self.add_item(Label(text=_(TITLES["resale"]), description=words, component=field))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Change the sketch."""
        place = int(arguments["sketch"]), int(arguments["version"])
        await change_sketch(interaction, place, lambda draft: amended(draft, resale=_percent(answers)), Page.HOME)


def _percent(answers: Answers) -> int | None:
    written = answers.text("resale").strip().removesuffix("%").strip()
    if not written:
        return None
    if not (written.isascii() and written.isdecimal() and int(written) <= _MOST_PERCENT):
        raise ItemRefused(TITLES["resale"], Phrase("must be a whole number of per cent, from 0 to 100"))
    return int(written)
