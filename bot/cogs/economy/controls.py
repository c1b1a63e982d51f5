"""The buttons and the form of the purse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import discord
from discord.ui import Button, Label, TextInput, UserSelect, View

from bot.actions.audience import address_readers, is_quiet
from bot.actions.host import host_of, interaction_key, services_of
from bot.actions.pictures import drawn
from bot.cogs.economy import embeds
from bot.domain.amounts import parse_amount
from bot.domain.economy import Party
from bot.domain.features import Feature
from bot.domain.paging import Cursor
from bot.errors import GuildOnly
from bot.i18n import _
from bot.services.economy import Paid, StatementPage
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Answers, Control, Form, Interaction
from bot.ui.pager import JumpForm, PagerButton, jump_template, pager_template


class StatementForm(JumpForm):
    """Asks for a day of a statement."""

    name = "economy:statement-form:v1"
    template = jump_template(name)

    @classmethod
    async def jump(cls, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:
        """Show the page that ends with that day, in place."""
        await StatementButton.turn(interaction, owner_id, cursor)


class StatementButton(PagerButton, template=pager_template("economy:statement:v1")):
    """Turns the pages of a statement."""

    list_name = "economy:statement:v1"
    form = StatementForm

    @classmethod
    async def turn(cls, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:
        """Show the page at a cursor, in place."""
        work = services_of(interaction).economy.statement(guild_of(interaction), owner_id, cursor)
        page = await settled(interaction, work, ephemeral=True, in_place=True)
        await redraw(interaction, embed=embeds.statement(page), view=statement_view(page))


class OpenStatementButton(Control, template=r"economy:open-statement:v1"):
    """Shows the presser their own statement."""

    @classmethod
    def make(cls) -> OpenStatementButton:
        """The button."""
        return cls(Button(label=_("Statement"), custom_id="economy:open-statement:v1"))

    async def pressed(self, interaction: Interaction) -> None:
        """Show the newest page."""
        work = services_of(interaction).economy.statement(guild_of(interaction), interaction.user.id)
        page = await settled(interaction, work, ephemeral=True)
        await reply(interaction, embed=embeds.statement(page), view=statement_view(page), ephemeral=True)


class HistoryButton(Control, template=r"economy:history:v1"):
    """Shows the presser how their own wallet went."""

    @classmethod
    def make(cls) -> HistoryButton:
        """The button."""
        return cls(Button(label=_("History"), custom_id="economy:history:v1"))

    async def pressed(self, interaction: Interaction) -> None:
        """Show a chart, or the words alone where there can be none."""
        guild_id = guild_of(interaction)
        work = services_of(interaction).economy.history(guild_id, interaction.user.id)
        history = await settled(interaction, work, ephemeral=True)
        chart = embeds.history_chart(history, await host_of(interaction).accent(guild_id))
        picture = None if chart is None else await settled(interaction, drawn(interaction, chart), ephemeral=True)
        await reply(interaction, embed=embeds.history(history), picture=picture, ephemeral=True)


class GiveButton(Control, template=r"economy:give:v1"):
    """Opens the form to pay somebody."""

    @classmethod
    def make(cls) -> GiveButton:
        """The button."""
        return cls(Button(label=_("Pay someone"), style=discord.ButtonStyle.primary, custom_id="economy:give:v1"))

    async def pressed(self, interaction: Interaction) -> None:
        """Open the form; a form must be the first answer, so nothing is read before."""
        guild_of(interaction)
        await interaction.response.send_modal(GiveForm())


class GiveForm(Form):
    """Whom to pay, and how much."""

    template = re.compile(r"economy:give-form:v1")

    def __init__(self) -> None:
        super().__init__(title=_("Pay someone"), custom_id="economy:give-form:v1")
        self.add_item(Label(text=_("To whom"), component=UserSelect(custom_id="recipient", required=True)))
        self.add_item(
            Label(text=_("How many coins"), component=TextInput(custom_id="amount", max_length=32, placeholder="50"))
        )

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:  # noqa: ARG003 — the form has none
        """Pay."""
        chosen = answers.user("recipient")
        recipient = Party(chosen.id, is_bot=chosen.is_bot, is_member=chosen.is_member)
        await pay(interaction, recipient, parse_amount(answers.text("amount")))


async def pay(interaction: Interaction, recipient: Party, amount: int) -> None:
    """Pay somebody and say so where everybody sees it, for the command and the form alike. Pings the receiver only.

    Where the owners want it quiet, only the payer sees it.
    """
    economy = services_of(interaction).economy
    guild_id = guild_of(interaction)
    # Should this alone take long, the answer becomes public: the setting is for quiet, not for secrets.
    quiet = await settled(interaction, is_quiet(interaction, Feature.ECONOMY), ephemeral=False)
    work = economy.pay(guild_id, interaction.user.id, recipient, amount, key=interaction_key(interaction))
    paid: Paid = await settled(interaction, work, ephemeral=quiet)
    await address_readers(interaction, quiet=quiet)
    pings = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(paid.recipient_id)])
    # A mention inside an embed never notifies, so the receiver is named beside it.
    named = f"<@{paid.recipient_id}>"
    await reply(interaction, content=named, embed=embeds.payment(paid), ephemeral=quiet, pings=pings, done=True)


def guild_of(interaction: Interaction) -> int:
    """The guild of an interaction.

    Raises:
        GuildOnly: it came from a direct message.
    """
    if interaction.guild_id is None:
        raise GuildOnly
    return interaction.guild_id


def statement_view(page: StatementPage) -> View:
    """The buttons under a page of a statement."""
    return StatementButton.under(page.user_id, newer=page.newer, older=page.older)


def purse_view() -> View:
    """The buttons under one's own purse."""
    view = View(timeout=None)
    view.add_item(GiveButton.make())
    view.add_item(OpenStatementButton.make())
    view.add_item(HistoryButton.make())
    return view


CONTROLS: tuple[type[Control | Form], ...] = (
    StatementButton, StatementForm, OpenStatementButton, HistoryButton, GiveButton, GiveForm,
)  # fmt: skip


def dynamic_items() -> list[Any]:
    """The controls that discord.py has to know."""
    return [control for control in CONTROLS if issubclass(control, Control)]
