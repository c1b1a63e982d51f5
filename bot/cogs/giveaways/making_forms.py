"""The forms that say what a giveaway is: its words, its times, what I hand out, and the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import discord
from discord import SelectOption
from discord.ui import ChannelSelect, Label, RoleSelect, Select, UserSelect, View

from bot.actions.giveaway_checks import check_changes
from bot.actions.giveaway_staff import may_run
from bot.actions.host import services_of, source_of
from bot.cogs.giveaways.desk import NUMBER, open_desk
from bot.cogs.giveaways.reading import colour_of, end_of, moment_of, number_of, one_of, zone_of
from bot.domain.amounts import parse_amount
from bot.domain.durations import parse_duration, written_duration
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
from bot.errors import ControlExpired
from bot.i18n import N_, _
from bot.ui.answers import settled
from bot.ui.controls import Answers, Form, Interaction
from bot.ui.fields import field

_SHORT = 60
CHANNELS = [
    discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
]  # fmt: skip
"""Where a giveaway can be."""


class _EditForm(Form):
    """A form about a giveaway. A subclass reads its answers in `changes`."""

    name: ClassVar[str]

    def __init__(self, title: str, giveaway: Giveaway) -> None:
        super().__init__(title=title[:45], custom_id=f"giveaway:{self.name}-form:v1:{giveaway.number}")

    @classmethod
    async def changes(cls, interaction: Interaction, giveaway: Giveaway, answers: Answers) -> Changes:  # noqa: ARG003 — for subclasses
        """What is to be changed.

        Raises:
            ControlExpired: the subclass changes nothing.
        """
        raise ControlExpired

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Change it, and show it as it is then."""
        number = int(arguments["number"])

        async def work() -> Giveaway:
            giveaway = await may_run(interaction, number)
            changes = await cls.changes(interaction, giveaway, answers)
            await check_changes(interaction, changes, giveaway)
            return await services_of(interaction).giveaway_making.edit(
                giveaway.guild_id, number, changes, by=interaction.user.id, via=source_of(interaction)
            )

        giveaway = await settled(interaction, work(), ephemeral=True, in_place=True)
        await open_desk(interaction, giveaway, in_place=True, done=True)


class TextForm(_EditForm):
    """What it is, in words."""

    name = "text"
    template = re.compile(rf"giveaway:text-form:v1:{NUMBER}")

    def __init__(self, giveaway: Giveaway) -> None:
        super().__init__(_("The prize"), giveaway)
        self.add_item(field("prize", _("Prize"), giveaway.prize, MAX_PRIZE, hint=_("A mug"), needed=True))
        self.add_item(field("text", _("Text"), giveaway.text, MAX_TEXT, long=True))
        self.add_item(field("winners", _("Winners"), str(giveaway.winners), 3, needed=True))

    @classmethod
    async def changes(cls, interaction: Interaction, giveaway: Giveaway, answers: Answers) -> Changes:  # noqa: ARG003 — as the base says
        """Prize, text and winners."""
        return Changes({
            "prize": answers.text("prize").strip(),
            "text": answers.text("text").strip(),
            "winners": number_of(answers.text("winners"), most=MOST_WINNERS),
        })  # fmt: skip


def _date(when: datetime, zone: ZoneInfo) -> str:
    """A moment as it is written in a field, and read again from it."""
    return f"{when.astimezone(zone):%Y-%m-%d %H:%M}"


class WhenForm(_EditForm):
    """When it starts and ends, and how long winners have."""

    name = "when"
    template = re.compile(rf"giveaway:when-form:v1:{NUMBER}")

    def __init__(self, giveaway: Giveaway, zone: ZoneInfo) -> None:
        super().__init__(_("When"), giveaway)
        ends = _date(giveaway.ends_at, zone) if giveaway.lasts is None else written_duration(giveaway.lasts)
        hint = _("3d, or a date such as 24.12. 18:00")
        self.add_item(field("ends", _("End"), ends, _SHORT, hint=hint, needed=True))
        starts = "" if giveaway.starts_at is None else _date(giveaway.starts_at, zone)
        self.add_item(field("starts", _("Start"), starts, _SHORT, explained=_("Empty: as soon as it is published.")))
        claim = "" if giveaway.claim_within is None else written_duration(giveaway.claim_within)
        explained = _("How long winners have. Empty: they need not claim.")
        self.add_item(field("claim", _("Time to claim"), claim, _SHORT, hint="24h", explained=explained))

    @classmethod
    async def changes(cls, interaction: Interaction, giveaway: Giveaway, answers: Answers) -> Changes:
        """The times, of which those that were not touched stay as they are."""
        values: dict[str, Any] = {}
        zone = await zone_of(interaction)
        ends, starts = answers.text("ends").strip(), answers.text("starts").strip()
        if starts != ("" if giveaway.starts_at is None else _date(giveaway.starts_at, zone)):
            values["starts_at"] = None if not starts else await moment_of(interaction, starts)
        if giveaway.lasts is not None or ends != _date(giveaway.ends_at, zone):
            values |= await end_of(interaction, ends, is_draft=giveaway.message_id is None)
        claim = answers.text("claim").strip()
        values["claim_within"] = None if not claim else parse_duration(claim, least=SHORTEST_CLAIM, most=LONGEST_CLAIM)
        return Changes(values)


class PrizeForm(_EditForm):
    """What I hand out."""

    name = "prize"
    template = re.compile(rf"giveaway:prize-form:v1:{NUMBER}")

    def __init__(self, giveaway: Giveaway) -> None:
        super().__init__(_("What I hand out"), giveaway)
        given = giveaway.given
        chosen = [] if given.role_id is None else [discord.Object(given.role_id, type=discord.Role)]
        menu = RoleSelect[View](custom_id="role", required=False, default_values=chosen)
        self.add_item(Label(text=_("A role"), component=menu))
        lasts = "" if given.role_for is None else written_duration(given.role_for)
        self.add_item(field("role_for", _("For how long"), lasts, _SHORT, hint="30d", explained=_("Empty: for good.")))
        self.add_item(field("coins", _("Coins for each winner"), str(given.coins or ""), 20))

    @classmethod
    async def changes(cls, interaction: Interaction, giveaway: Giveaway, answers: Answers) -> Changes:  # noqa: ARG003 — as the base says
        """Role and coins."""
        lasts, coins = answers.text("role_for").strip(), answers.text("coins").strip()
        given = Prize(
            one_of(answers, "role"),
            None if not lasts else parse_duration(lasts, least=SHORTEST_ROLE, most=LONGEST_ROLE),
            0 if not coins else parse_amount(coins),
        )
        return Changes({"given": given})


_SWITCHES = {"host_enters": N_("The host may enter"), "letter": N_("Winners get a direct message")}


class MoreForm(_EditForm):
    """Where it is, who hosts it, whom it calls, and its colour."""

    name = "more"
    template = re.compile(rf"giveaway:more-form:v1:{NUMBER}")

    def __init__(self, giveaway: Giveaway) -> None:
        super().__init__(_("More"), giveaway)
        chosen = [discord.Object(giveaway.host_id, type=discord.User)]
        host = UserSelect[View](custom_id="host", required=True, default_values=chosen)
        self.add_item(Label(text=_("Host"), component=host))
        if giveaway.message_id is None:
            there = [discord.Object(giveaway.channel_id, type=discord.abc.GuildChannel)]
            channel = ChannelSelect[View](
                custom_id="channel", required=True, channel_types=CHANNELS, default_values=there
            )
            self.add_item(Label(text=_("Channel"), component=channel))
            pinged = [] if giveaway.ping_role_id is None else [discord.Object(giveaway.ping_role_id, type=discord.Role)]
            ping = RoleSelect[View](custom_id="ping", required=False, default_values=pinged)
            self.add_item(Label(text=_("Called when it starts"), component=ping))
        switches = [
            SelectOption(label=_(label), value=name, default=getattr(giveaway, name))
            for name, label in _SWITCHES.items()
        ]
        menu = Select[View](
            custom_id="switches", required=False, min_values=0, max_values=len(switches), options=switches
        )
        self.add_item(Label(text=_("Also"), component=menu))
        colour = "" if giveaway.colour is None else f"#{giveaway.colour:06X}"
        self.add_item(field("colour", _("Colour"), colour, 7, hint="#3B6E57"))

    @classmethod
    async def changes(cls, interaction: Interaction, giveaway: Giveaway, answers: Answers) -> Changes:  # noqa: ARG003 — as the base says
        """All of it; where it is and whom it calls only until it has started."""
        values: dict[str, Any] = {
            "host_id": answers.user("host").id,
            "colour": colour_of(answers.text("colour")),
            **{name: name in answers.choices.get("switches", ()) for name in _SWITCHES},
        }
        if giveaway.message_id is None:
            values["ping_role_id"] = one_of(answers, "ping")
            values["channel_id"] = one_of(answers, "channel") or giveaway.channel_id
        return Changes(values)
