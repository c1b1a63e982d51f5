"""The forms of things for sale, and the buttons that open them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import discord
from discord.ui import Button, View

from bot.actions.host import services_of
from bot.cogs.economy.items import pages
from bot.cogs.economy.items.desk import change_sketch, merchant_of, open_sketch, page_of, read_soon
from bot.cogs.economy.items.entries import ENTRIES, EntryForm
from bot.cogs.economy.items.limits import LimitsForm, ResaleForm, limits_of, line
from bot.cogs.economy.items.views import PLACE, Page
from bot.domain.amounts import parse_amount
from bot.domain.shop import (
    LONGEST_CATEGORY,
    LONGEST_DESCRIPTION,
    LONGEST_EMOJI,
    LONGEST_NAME,
    ItemDraft,
)
from bot.domain.sketches import Sketch, amended
from bot.errors import ControlExpired, InvalidInput
from bot.i18n import _
from bot.ui import text
from bot.ui.answers import reply, settled
from bot.ui.controls import Answers, Control, Form, Interaction
from bot.ui.errors import describe

_LONGEST = 60
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
        self.add_item(line("name", "" if draft is None else draft.name, _("Bronze badge"), LONGEST_NAME, needed=True))
        self.add_item(
            line(
                "description",
                "" if draft is None else draft.description,
                _("What buyers read about it"),
                LONGEST_DESCRIPTION,
                style=discord.TextStyle.paragraph,
            )
        )
        self.add_item(line("price", price, _("100, 2k, or 0 for free"), _LONGEST, needed=True))
        self.add_item(line("emoji", "" if draft is None else draft.emoji, "🏅", LONGEST_EMOJI))
        self.add_item(line("category", "" if draft is None else draft.category, _("Badges"), LONGEST_CATEGORY))

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
    embed = pages.given_back(describe(error), written)
    await reply(interaction, embed=embed, view=view, ephemeral=True)


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
            return LimitsForm(sketch, await limits_of(interaction))
        case "resale":
            return ResaleForm(sketch)
        case _ if (page, name) in ENTRIES:
            return EntryForm(sketch, page, name)
        case _:
            raise ControlExpired


CONTROLS: tuple[type[Control | Form], ...] = (BasicsForm, LimitsForm, ResaleForm, EntryForm, WriteButton)
