"""/warnrules: what follows from the points of warnings, for admins to write."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands
from discord.ui import Button, View

from bot.actions.authority import require_standing
from bot.actions.host import services_of, source_of
from bot.cogs.moderation import rule_pages
from bot.cogs.moderation.acting import settings_of
from bot.cogs.moderation.options import HOW_LONG
from bot.domain.authority import Permission, Staff
from bot.domain.cases import CaseKind
from bot.domain.warn_rules import MOST_DAYS, MOST_POINTS, WarnRule
from bot.domain.warn_words import rule_said
from bot.errors import KickHasNoLength, Unavailable, UserError, WarnRuleNotFound
from bot.i18n import _
from bot.services.warn_rules import By, Touched
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Control
from bot.ui.inputs import MOST_CHOICES
from bot.ui.phrases import said
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]
Line = tuple[int, int]

_LINE = re.compile(r"(?P<points>\d{1,4})/(?P<days>\d{1,5})")
_LONGEST_CHOICE = 100

MEASURES = [
    app_commands.Choice(name="timeout", value=CaseKind.TIMEOUT.value),
    app_commands.Choice(name="kick", value=CaseKind.KICK.value),
    app_commands.Choice(name="ban", value=CaseKind.BAN.value),
]


async def admin_of(interaction: Interaction) -> int:
    """The guild whose rules whoever asks may change: with Manage Server, or as an admin.

    Raises:
        What `require_standing` raises.
    """
    return await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)


class OwnRule(app_commands.Transformer):
    """A rule by its line: points and days, as ``3/30``; those that there are, are offered."""

    async def transform(self, interaction: Interaction, value: str, /) -> Line:  # noqa: ARG002 — discord.py's signature
        """Which line.

        Raises:
            WarnRuleNotFound: it is none.
        """
        match = _LINE.fullmatch("".join(value.split()))
        if match is None:
            raise WarnRuleNotFound(value[:_LONGEST_CHOICE])
        return int(match["points"]), int(match["days"])

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[app_commands.Choice[str]]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """The rules, for those who may change them."""
        try:
            found = await services_of(interaction).warn_rules.all(await admin_of(interaction))
        except (Unavailable, UserError):
            return []
        named = [(said(rule_said(rule)), f"{rule.points}/{rule.days}") for rule in found]
        wanted = value.strip().casefold()
        return [
            app_commands.Choice(name=name[:_LONGEST_CHOICE], value=line)
            for name, line in named
            if wanted in name.casefold() or wanted in line
        ][:MOST_CHOICES]


async def _put_usual(interaction: Interaction) -> tuple[discord.Embed, View]:
    guild_id, rules = await admin_of(interaction), services_of(interaction).warn_rules
    found = await rules.put_usual(guild_id, By(interaction.user.id, source_of(interaction)))
    touched = [await rules.touched(guild_id, rule) for rule in found]
    return rule_pages.usual(found, touched), View(timeout=None)


class UsualButton(Control, template=r"moderation:usual-rules:v1"):
    """Sets the usual rules."""

    @classmethod
    def alone(cls) -> View:
        """A view of nothing else."""
        view = View(timeout=None)
        style = discord.ButtonStyle.primary
        view.add_item(cls(Button(label=_("Set the usual rules"), style=style, custom_id="moderation:usual-rules:v1")))
        return view

    async def pressed(self, interaction: Interaction) -> None:
        """Set them, in place of the offer."""
        page, view = await settled(interaction, _put_usual(interaction), ephemeral=True, in_place=True)
        await redraw(interaction, embed=page, view=view, done=True)


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class RulesCog(
    commands.GroupCog, group_name="warnrules", group_description="What follows from the points of warnings."
):
    """The rules of a server. Changing them touches nobody."""

    @for_staff
    @app_commands.command(
        name="list",
        description="See what follows from warnings.",
        extras={"examples": ["/warnrules list"]},
    )
    async def list_(self, interaction: Interaction) -> None:
        """Show them."""

        async def work() -> Any:
            return await services_of(interaction).warn_rules.all(await admin_of(interaction))

        rules = await settled(interaction, work(), ephemeral=True)
        view = None if rules else UsualButton.alone()
        await reply(interaction, embed=rule_pages.listed(rules), view=view, ephemeral=True)

    @for_staff
    @app_commands.command(
        name="add",
        description="Have something follow from so many points within so many days.",
        extras={"examples": ["/warnrules add points:3 days:30 then:timeout lasts:1h"]},
    )
    @app_commands.describe(
        points="How many points, from 1 to 100; a warning brings as many as it is grave.",
        days="Within how many days.",
        then="What follows.",
        lasts="For how long; if left out, a timeout has its usual length, and a ban is for good.",
    )
    @app_commands.choices(then=MEASURES)
    async def add(
        self,
        interaction: Interaction,
        *,
        points: Range[int, 1, MOST_POINTS],
        days: Range[int, 1, MOST_DAYS],
        then: str,
        lasts: Transform[int, HOW_LONG] | None = None,
    ) -> None:
        """Set a rule, in place of the one with the same line."""

        async def work() -> tuple[WarnRule, WarnRule | None, Touched]:
            guild_id, rules = await admin_of(interaction), services_of(interaction).warn_rules
            rule = await _rule(interaction, points, days, CaseKind(then), lasts)
            before = await rules.put(guild_id, rule, By(interaction.user.id, source_of(interaction)))
            return rule, before, await rules.touched(guild_id, rule)

        page = rule_pages.changed(*await settled(interaction, work(), ephemeral=True))
        await reply(interaction, embed=page, ephemeral=True, done=True)

    @for_staff
    @app_commands.command(
        name="remove",
        description="Remove a rule; what followed from it stays.",
        extras={"examples": ["/warnrules remove rule:3/30"]},
    )
    @app_commands.describe(rule="Which one: points and days, such as 3/30; choose from the list.")
    async def remove(self, interaction: Interaction, rule: Transform[Line, OwnRule]) -> None:
        """Remove it."""

        async def work() -> tuple[WarnRule, Touched]:
            guild_id, rules = await admin_of(interaction), services_of(interaction).warn_rules
            gone = await rules.remove(guild_id, rule, By(interaction.user.id, source_of(interaction)))
            return gone, await rules.touched(guild_id, gone)

        page = rule_pages.removed(*await settled(interaction, work(), ephemeral=True))
        await reply(interaction, embed=page, ephemeral=True, done=True)

    @for_staff
    @app_commands.command(
        name="usual",
        description="Set the usual rules: timeouts at 3, 5 and 8 points in 30 days; yours stay.",
        extras={"examples": ["/warnrules usual"]},
    )
    async def usual(self, interaction: Interaction) -> None:
        """Set them."""
        page, _view = await settled(interaction, _put_usual(interaction), ephemeral=True)
        await reply(interaction, embed=page, ephemeral=True, done=True)


async def _rule(interaction: Interaction, points: int, days: int, kind: CaseKind, lasts: int | None) -> WarnRule:
    """What was asked for, with the usual length where none is said.

    Raises:
        KickHasNoLength: a kick was to last.
    """
    if kind is CaseKind.KICK and lasts is not None:
        raise KickHasNoLength
    if kind is CaseKind.TIMEOUT and lasts is None:
        lasts = (await settings_of(interaction)).default_timeout
    return WarnRule(points, days, kind, None if lasts is None else timedelta(seconds=lasts))
