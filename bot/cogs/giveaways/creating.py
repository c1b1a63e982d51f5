"""/giveaway create: a draft by options, or by the form that opens when none is given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands
from discord.ui import ChannelSelect, Label, View

from bot.actions.giveaway_checks import check_changes
from bot.actions.giveaway_staff import may_make
from bot.actions.host import services_of
from bot.cogs.giveaways.desk import open_desk
from bot.cogs.giveaways.making_forms import CHANNELS
from bot.cogs.giveaways.reading import colour_of, end_of, number_of, one_of
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaways import (
    LONGEST_CLAIM,
    LONGEST_ROLE,
    MAX_PRIZE,
    MAX_TEXT,
    MOST_WINNERS,
    SHORTEST_CLAIM,
    SHORTEST_ROLE,
    Giveaway,
    Prize,
)
from bot.i18n import _
from bot.services.giveaway_making import NewGiveaway
from bot.ui.answers import settled
from bot.ui.controls import Answers, Form, Interaction
from bot.ui.fields import field
from bot.ui.inputs import HowLong, When

_WRITING_CHANNEL = discord.TextChannel | discord.Thread
_END = "1d"


_MOST_COINS = 2**53 - 1
"""The largest number that Discord lets people choose as an option."""


class CreatingCommands(commands.Cog):
    """Beginning giveaways."""

    @app_commands.command(
        name="create",
        description="Give something away: say what, until when, and to how many; you see it before others do.",
        extras={"examples": ["/giveaway create prize:A mug ends:in 3 days", "/giveaway create"]},
    )
    @app_commands.describe(
        prize="What there is to win. Leave all out, and a form asks you.",
        ends="When it is drawn, such as in 3 days or 24.12. 18:00; a day from now if you leave it out.",
        winners="How many win.",
        text="What else there is to say.",
        starts="When it begins; as soon as you publish it if you leave it out.",
        channel="Where it is.",
        host="Who gives it away; you if you leave it out.",
        colour="The colour of its message, such as #3B6E57.",
        ping_role="A role that is called when it starts.",
        claim_within="How long winners have to claim.",
        prize_role="A role that winners get.",
        prize_role_for="For how long they get it; for good if you leave it out.",
        prize_coins="Coins that each winner gets.",
    )
    async def create(  # noqa: PLR0917 — options of a command are read by name
        self,
        interaction: Interaction,
        prize: Range[str, 1, MAX_PRIZE] | None = None,
        ends: Transform[datetime, When()] | None = None,
        winners: Range[int, 1, MOST_WINNERS] | None = None,
        text: Range[str, 1, MAX_TEXT] | None = None,
        starts: Transform[datetime, When()] | None = None,
        channel: _WRITING_CHANNEL | None = None,
        host: discord.Member | None = None,
        colour: Range[str, 6, 7] | None = None,
        ping_role: discord.Role | None = None,
        claim_within: Transform[int, HowLong(least=SHORTEST_CLAIM, most=LONGEST_CLAIM)] | None = None,
        prize_role: discord.Role | None = None,
        prize_role_for: Transform[int, HowLong(least=SHORTEST_ROLE, most=LONGEST_ROLE)] | None = None,
        prize_coins: Range[int, 1, _MOST_COINS] | None = None,
    ) -> None:
        """Write a draft, and show it with its controls; or open the form."""
        given = Prize(prize_role and prize_role.id, prize_role_for if prize_role else None, prize_coins or 0)
        said = {
            "prize": prize and prize.strip(), "ends_at": ends, "winners": winners, "text": text, "starts_at": starts,
            "channel_id": channel and channel.id, "host_id": host and host.id, "colour": colour and colour_of(colour),
            "ping_role_id": ping_role and ping_role.id, "claim_within": claim_within,
            "given": None if given.is_nothing else given,
        }  # fmt: skip
        values = {name: value for name, value in said.items() if value is not None}
        if values:
            await _begin(interaction, values)
        else:
            await may_make(interaction)
            await interaction.response.send_modal(CreateForm())


async def _begin(interaction: Interaction, values: Mapping[str, Any]) -> None:
    """Write a draft down, and show it with its controls."""
    changes = Changes(values)
    new = NewGiveaway(f"i:{interaction.id}", interaction.user.id, interaction.channel_id or 0, changes)

    async def work() -> Giveaway:
        guild_id = await may_make(interaction)
        await check_changes(interaction, changes)
        return await services_of(interaction).giveaway_making.begin(guild_id, new)

    giveaway = await settled(interaction, work(), ephemeral=True)
    await open_desk(interaction, giveaway, in_place=False, done=True)


class CreateForm(Form):
    """What has to be known of every giveaway; the rest is added at the desk."""

    template = re.compile(r"giveaway:create-form:v1")

    def __init__(self) -> None:
        super().__init__(title=_("Give something away"), custom_id="giveaway:create-form:v1")
        self.add_item(field("prize", _("Prize"), "", MAX_PRIZE, hint=_("A mug"), needed=True))
        self.add_item(field("text", _("Text"), "", MAX_TEXT, long=True))
        hint = _("3d, or a date such as 24.12. 18:00")
        self.add_item(field("ends", _("End"), _END, 60, hint=hint, needed=True))
        self.add_item(field("winners", _("Winners"), "", 3, explained=_("Empty: as `/config` says.")))
        channel = ChannelSelect[View](custom_id="channel", channel_types=CHANNELS, required=False)
        self.add_item(Label(text=_("Channel"), description=_("Empty: as `/config` says, or here."), component=channel))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:  # noqa: ARG003 — it names none
        """Write the draft."""
        values: dict[str, Any] = {"prize": answers.text("prize").strip(), "text": answers.text("text").strip()}
        values |= await end_of(interaction, answers.text("ends").strip(), is_draft=True)
        if winners := answers.text("winners").strip():
            values["winners"] = number_of(winners, most=MOST_WINNERS)
        if (channel := one_of(answers, "channel")) is not None:
            values["channel_id"] = channel
        await _begin(interaction, values)


CREATING_CONTROLS: tuple[type[Form], ...] = (CreateForm,)
