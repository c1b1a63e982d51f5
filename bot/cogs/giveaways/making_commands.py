"""/giveaway create, edit, extend, end, cancel and reroll."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands
from discord.ui import Button, View

from bot.actions.giveaway_staff import may_make, may_run
from bot.actions.host import services_of, source_of
from bot.cogs.giveaways.desk import NUMBER, keeper_of, open_desk
from bot.cogs.giveaways.options import OwnGiveaway
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaways import LONGEST_CLAIM, MAX_PRIZE, MAX_REASON, MOST_WINNERS, SHORTEST_CLAIM, Giveaway, Status
from bot.errors import GiveawayOver
from bot.i18n import _
from bot.services.giveaway_making import NewGiveaway
from bot.ui import text
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Control, Interaction
from bot.ui.inputs import HowLong, When
from bot.ui.theme import embed

_OPEN = (Status.DRAFT, Status.SCHEDULED, Status.RUNNING)
_NOT_STARTED_OR_RUNNING = (Status.SCHEDULED, Status.RUNNING)


class MakingCommands(commands.Cog):
    """Making giveaways, changing them, and ending them before their time."""

    @app_commands.command(
        name="create",
        description="Give something away: say what, until when, and to how many; you see it before others do.",
        extras={"examples": ["/giveaway create prize:A mug ends:in 3 days", "/giveaway create"]},
    )
    @app_commands.describe(
        prize="What there is to win.",
        ends="When it is drawn, such as in 3 days or 24.12. 18:00; a day from now if you leave it out.",
        winners="How many win.",
        starts="When it begins; as soon as you publish it if you leave it out.",
        channel="Where it is.",
        host="Who gives it away; you if you leave it out.",
        ping_role="A role that is called when it starts.",
        claim_within="How long winners have to claim.",
    )
    async def create(  # noqa: PLR0917 — options of a command are read by name
        self,
        interaction: Interaction,
        prize: Range[str, 1, MAX_PRIZE] = "",
        ends: Transform[datetime, When()] | None = None,
        winners: Range[int, 1, MOST_WINNERS] | None = None,
        starts: Transform[datetime, When()] | None = None,
        channel: discord.TextChannel | None = None,
        host: discord.Member | None = None,
        ping_role: discord.Role | None = None,
        claim_within: Transform[int, HowLong(least=SHORTEST_CLAIM, most=LONGEST_CLAIM)] | None = None,
    ) -> None:
        """Write a draft, and show it with its controls."""
        said = {
            "prize": prize.strip() or None, "ends_at": ends, "winners": winners, "starts_at": starts,
            "channel_id": channel and channel.id, "host_id": host and host.id,
            "ping_role_id": ping_role and ping_role.id, "claim_within": claim_within,
        }  # fmt: skip
        changes = Changes({name: value for name, value in said.items() if value is not None})
        new = NewGiveaway(f"i:{interaction.id}", interaction.user.id, interaction.channel_id or 0, changes)

        async def work() -> Giveaway:
            return await services_of(interaction).giveaway_making.begin(await may_make(interaction), new)

        giveaway = await settled(interaction, work(), ephemeral=True)
        await open_desk(interaction, giveaway, in_place=False, done=True)

    @app_commands.command(
        name="edit",
        description="Change a giveaway until it is drawn; what changes while it runs is shown under it.",
        extras={"examples": ["/giveaway edit giveaway:3"]},
    )
    @app_commands.describe(giveaway="Which one; choose from the list.")
    async def edit(self, interaction: Interaction, giveaway: Transform[int, OwnGiveaway(*_OPEN)]) -> None:
        """Show it with its controls."""
        found = await settled(interaction, may_run(interaction, giveaway), ephemeral=True)
        if not found.status.is_open:
            raise GiveawayOver(found.marker)
        await open_desk(interaction, found, in_place=False)

    @app_commands.command(
        name="extend",
        description="Let a giveaway end later.",
        extras={"examples": ["/giveaway extend giveaway:3 ends:in 2 days"]},
    )
    @app_commands.describe(giveaway="Which one; choose from the list.", ends="The new end.")
    async def extend(
        self,
        interaction: Interaction,
        giveaway: Transform[int, OwnGiveaway(*_NOT_STARTED_OR_RUNNING)],
        ends: Transform[datetime, When()],
    ) -> None:
        """Change its end."""

        async def work() -> Giveaway:
            found = await may_run(interaction, giveaway)
            return await services_of(interaction).giveaway_making.edit(
                found.guild_id, giveaway, Changes({"ends_at": ends}), by=interaction.user.id, via=source_of(interaction)
            )

        changed = await settled(interaction, work(), ephemeral=True)
        said = _("Giveaway {giveaway} ends {when}.").format(
            giveaway=changed.marker, when=text.timestamp(changed.ends_at)
        )
        await reply(interaction, embed=embed(description=said), ephemeral=True, done=True)

    @app_commands.command(
        name="end",
        description="End a giveaway now and draw its winners.",
        extras={"examples": ["/giveaway end giveaway:3"]},
    )
    @app_commands.describe(giveaway="Which one; choose from the list.")
    async def end(self, interaction: Interaction, giveaway: Transform[int, OwnGiveaway(Status.RUNNING)]) -> None:
        """Ask first."""
        await ask_to_end(interaction, giveaway)

    @app_commands.command(
        name="cancel",
        description="End a giveaway without winners.",
        extras={"examples": ["/giveaway cancel giveaway:3 reason:The mug broke"]},
    )
    @app_commands.describe(giveaway="Which one; choose from the list.", reason="Why; everybody sees it.")
    async def cancel(
        self,
        interaction: Interaction,
        giveaway: Transform[int, OwnGiveaway(*_OPEN)],
        reason: Range[str, 1, MAX_REASON] | None = None,
    ) -> None:
        """Ask first."""
        found = await settled(interaction, may_run(interaction, giveaway), ephemeral=True)
        if not found.status.is_open:
            raise GiveawayOver(found.marker)
        said = _("Cancel giveaway {giveaway} (**{prize}**)? Nobody wins it then.")
        question = embed(description=said.format(giveaway=found.marker, prize=found.prize))
        if reason is not None:
            question.add_field(name=_("Reason"), value=reason)
        label, custom_id = _("Cancel it"), f"giveaway:cancel:v1:{found.number}"
        view = View(timeout=None)
        view.add_item(Button(label=label, style=discord.ButtonStyle.danger, custom_id=custom_id))
        await reply(interaction, embed=question, view=view, ephemeral=True)

    @app_commands.command(
        name="reroll",
        description="Draw another winner: the next in the order that was drawn.",
        extras={"examples": ["/giveaway reroll giveaway:3 winner:@ann reason:No answer"]},
    )
    @app_commands.describe(
        giveaway="Which one; choose from the list.",
        winner="In whose place; may be left out where there is one winner.",
        reason="Why; it is kept.",
    )
    async def reroll(
        self,
        interaction: Interaction,
        giveaway: Transform[int, OwnGiveaway(Status.ENDED)],
        winner: discord.User | None = None,
        reason: Range[str, 1, MAX_REASON] | None = None,
    ) -> None:
        """Have the next found, and say so."""
        await reroll(interaction, giveaway, None if winner is None else winner.id, reason)


async def ask_to_end(interaction: Interaction, number: int) -> None:
    """Ask whether a giveaway is to be drawn now."""
    found = await settled(interaction, may_run(interaction, number), ephemeral=True)
    if found.status is not Status.RUNNING:
        raise GiveawayOver(found.marker)
    said = _("End giveaway {giveaway} (**{prize}**) now and draw its winners?")
    view = View(timeout=None)
    custom_id, style = f"giveaway:end:v1:{number}", discord.ButtonStyle.danger
    view.add_item(Button(label=_("End it now"), style=style, custom_id=custom_id))
    question = embed(description=said.format(giveaway=found.marker, prize=found.prize))
    await reply(interaction, embed=question, view=view, ephemeral=True)


async def reroll(interaction: Interaction, number: int, user_id: int | None, reason: str | None) -> None:
    """Have another winner found."""

    async def work() -> Giveaway:
        found = await may_run(interaction, number)
        claims = services_of(interaction).giveaway_claims
        changed = await claims.reroll(found.guild_id, number, by=interaction.user.id, user_id=user_id, reason=reason)
        await keeper_of(interaction).go_on(found.guild_id, number)
        return changed

    changed = await settled(interaction, work(), ephemeral=True)
    said = _("Another winner of giveaway {giveaway} is drawn; you read it in <#{channel}>.")
    made = embed(description=said.format(giveaway=changed.marker, channel=changed.channel_id))
    await reply(interaction, embed=made, ephemeral=True, done=True)


class EndButton(Control, template=rf"giveaway:end:v1:{NUMBER}"):
    """Yes, end it now."""

    async def pressed(self, interaction: Interaction) -> None:
        """End it; whoever is at the ticker draws it."""
        number = int(self.arguments["number"])

        async def work() -> Giveaway:
            found = await may_run(interaction, number)
            making = services_of(interaction).giveaway_making
            ended = await making.end(found.guild_id, number, by=interaction.user.id, via=source_of(interaction))
            await keeper_of(interaction).go_on(found.guild_id, number)
            return ended

        ended = await settled(interaction, work(), ephemeral=True, in_place=True)
        said = _("Giveaway {giveaway} is over; its winners are drawn.").format(giveaway=ended.marker)
        await redraw(interaction, embed=embed(description=said), view=View(timeout=None), done=True)


class CancelButton(Control, template=rf"giveaway:cancel:v1:{NUMBER}"):
    """Yes, cancel it."""

    async def pressed(self, interaction: Interaction) -> None:
        """Cancel it, for the reason that the question shows."""
        number = int(self.arguments["number"])
        asked: list[Any] = [] if interaction.message is None else list(interaction.message.embeds)
        reason = next((str(field.value) for one in asked for field in one.fields), None)

        async def work() -> Giveaway:
            found = await may_run(interaction, number)
            return await services_of(interaction).giveaway_making.cancel(
                found.guild_id, number, by=interaction.user.id, reason=reason, via=source_of(interaction)
            )

        cancelled = await settled(interaction, work(), ephemeral=True, in_place=True)
        said = _("Giveaway {giveaway} is cancelled.").format(giveaway=cancelled.marker)
        await redraw(interaction, embed=embed(description=said), view=View(timeout=None), done=True)


MAKING_CONTROLS: tuple[type[Control], ...] = (EndButton, CancelButton)
