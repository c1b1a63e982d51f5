"""The forms of things for sale, and the buttons that open them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import discord
from discord.ui import Button, Label, TextInput, View

from bot.actions.host import host_of, services_of
from bot.cogs.economy import item_pages
from bot.cogs.economy.item_desk import change_sketch, merchant_of, open_sketch, page_of, read_soon
from bot.cogs.economy.item_entries import ENTRIES, EntryForm
from bot.cogs.economy.item_views import PLACE, Page
from bot.domain.amounts import parse_amount
from bot.domain.durations import parse_duration
from bot.domain.moments import parse_moment
from bot.domain.shop import (
    LONGEST_CATEGORY,
    LONGEST_DESCRIPTION,
    LONGEST_EMOJI,
    LONGEST_NAME,
    ItemDraft,
)
from bot.domain.sketches import TITLES, Sketch, amended
from bot.errors import ControlExpired, InvalidInput, ItemRefused
from bot.i18n import _
from bot.ui import text
from bot.ui.answers import reply, settled
from bot.ui.controls import Answers, Control, Form, Interaction
from bot.ui.errors import describe
from bot.words import Phrase

_LONGEST = 60
_UNLIMITED = {"", "unlimited", "unbegrenzt", "∞", "-", "–"}
_MOST_PERCENT = 100
_EMPTY = ItemDraft(name="x", price=0)


# The basics, and with them new things ----------------------------------------------------------------------


class BasicsForm(Form):
    """What a thing is called and costs: of a new one, or of a sketch."""

    template = re.compile(rf"item:basics:v1:{PLACE}")

    def __init__(self, sketch: Sketch | None = None) -> None:
        place = "0:0" if sketch is None else f"{sketch.id}:{sketch.version}"
        super().__init__(title=_("A thing for sale"), custom_id=f"item:basics:v1:{place}")
        draft = None if sketch is None else sketch.draft
        price = "" if draft is None else text.number(draft.price)
        self.add_item(_line("name", "" if draft is None else draft.name, _("Bronze badge"), LONGEST_NAME, needed=True))
        self.add_item(
            _line(
                "description",
                "" if draft is None else draft.description,
                _("What buyers read about it"),
                LONGEST_DESCRIPTION,
                style=discord.TextStyle.paragraph,
            )
        )
        self.add_item(_line("price", price, _("100, 2k, or 0 for free"), _LONGEST, needed=True))
        self.add_item(_line("emoji", "" if draft is None else draft.emoji, "🏅", LONGEST_EMOJI))
        self.add_item(_line("category", "" if draft is None else draft.category, _("Badges"), LONGEST_CATEGORY))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Begin a new thing, or change the sketch."""
        sketch_id, version = int(arguments["sketch"]), int(arguments["version"])
        if sketch_id:
            edit: Callable[[ItemDraft], ItemDraft] = lambda draft: _with_basics(draft, answers)  # noqa: E731 — typed
            await change_sketch(interaction, (sketch_id, version), edit, Page.HOME)
            return
        sketches, user_id = services_of(interaction).sketches, interaction.user.id

        async def work() -> Sketch:
            return await sketches.begin(await merchant_of(interaction), user_id, _with_basics(_EMPTY, answers))

        try:
            sketch = await settled(interaction, work(), ephemeral=True)
        except InvalidInput as error:
            await _give_back(interaction, error, answers)
            return
        await open_sketch(interaction, sketch.id, in_place=interaction.message is not None)


def _with_basics(draft: ItemDraft, answers: Answers) -> ItemDraft:
    written = {name: answers.text(name) for name in ("name", "description", "emoji", "category")}
    return amended(draft, **written, price=parse_amount(answers.text("price")))


async def _give_back(interaction: Interaction, error: InvalidInput, answers: Answers) -> None:
    """Say why nothing was begun, with what was written, for Discord does not keep it."""
    written = {name: answers.text(name) for name in ("name", "description", "price", "emoji", "category")}
    view = View(timeout=None)
    view.add_item(Button(label=_("Write it again…"), custom_id=f"item:write:v1:0:0:{Page.HOME}:basics"))
    embed = item_pages.given_back(describe(error), written)
    await reply(interaction, embed=embed, view=view, ephemeral=True)


def _line(
    name: str,
    value: str,
    hint: str,
    longest: int,
    *,
    needed: bool = False,
    style: discord.TextStyle = discord.TextStyle.short,
) -> Label[View]:
    field = TextInput[View](
        custom_id=name, default=value or None, placeholder=hint, max_length=longest, required=needed, style=style
    )
    return Label(text=_(TITLES[name]), component=field)


# Stock and times -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Limits:
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
                parts[name] = None if written.casefold() in _UNLIMITED else self._value(name, written)
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

    def __init__(self, sketch: Sketch, limits: _Limits) -> None:
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
                self.add_item(_line(name, value, hints[name], _LONGEST))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Change the sketch."""
        limits = await _limits(interaction)
        with_stock = "stock" in answers.texts
        await change_sketch(
            interaction,
            (int(arguments["sketch"]), int(arguments["version"])),
            lambda draft: limits.read(draft, answers, with_stock=with_stock),
            Page.HOME,
        )


async def _limits(interaction: Interaction) -> _Limits:
    host = host_of(interaction)
    return _Limits(host.now(), await host.zone_of(interaction))


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


# Opening them ----------------------------------------------------------------------------------------------


class WriteButton(Control, template=rf"item:write:v1:{PLACE}:(?P<page>[a-z]{{3,4}}):(?P<form>[a-z]{{3,8}})"):
    """Opens a form."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it, with what is there now."""
        sketch_id, name, page = int(self.arguments["sketch"]), self.arguments["form"], page_of(self.arguments["page"])
        if not sketch_id:
            await merchant_of(interaction)
            await interaction.response.send_modal(BasicsForm())
            return
        sketch = await read_soon(interaction, sketch_id)
        await interaction.response.send_modal(await form_named(interaction, name, sketch, page))


async def form_named(interaction: Interaction, name: str, sketch: Sketch, page: Page) -> Form:
    """A form for a sketch.

    Raises:
        ControlExpired: there is none of that name.
    """
    match name:
        case "basics":
            return BasicsForm(sketch)
        case "limits":
            return LimitsForm(sketch, await _limits(interaction))
        case "resale":
            return ResaleForm(sketch)
        case _ if (page, name) in ENTRIES:
            return EntryForm(sketch, page, name)
        case _:
            raise ControlExpired


CONTROLS: tuple[type[Control | Form], ...] = (BasicsForm, LimitsForm, ResaleForm, EntryForm, WriteButton)
