"""/giveaway edit, extend, end, cancel and reroll."""

from __future__ import annotations

from datetime import datetime

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands
from discord.ui import Button, View

from bot.actions.giveaway_staff import may_run
from bot.actions.host import services_of, source_of
from bot.cogs.giveaways.desk import NUMBER, keeper_of, open_desk
from bot.cogs.giveaways.options import OwnGiveaway
from bot.cogs.giveaways.rerolling import draw_another, reason_of, reroll
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaways import MAX_REASON, Giveaway, Status
from bot.errors import GiveawayNotOpen, GiveawayOver, GiveawayTimesWrong
from bot.i18n import _
from bot.ui import text
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Control, Interaction
from bot.ui.inputs import When
from bot.ui.theme import embed
from bot.words import Phrase

_OPEN = (Status.DRAFT, Status.SCHEDULED, Status.RUNNING)
_NOT_STARTED_OR_RUNNING = (Status.SCHEDULED, Status.RUNNING)


class MakingCommands(commands.Cog):
    """Changing giveaways, ending them before their time, and drawing once more."""

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

        def later(found: Giveaway) -> Changes:
            if ends <= found.ends_at:
                raise GiveawayTimesWrong(Phrase("it would not end later than it does; `/giveaway edit` can do that"))
            return Changes({"ends_at": ends})

        async def work() -> Giveaway:
            found = await may_run(interaction, giveaway)
            making = services_of(interaction).giveaway_making
            return await making.edit(
                found.guild_id, giveaway, later, by=interaction.user.id, via=source_of(interaction)
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
        winner="In whose place; you are asked if you leave it out.",
        reason="Why; it is kept.",
    )
    async def reroll(
        self,
        interaction: Interaction,
        giveaway: Transform[int, OwnGiveaway(Status.ENDED)],
        winner: discord.User | None = None,
        reason: Range[str, 1, MAX_REASON] | None = None,
    ) -> None:
        """Have the next found, and say so; ask in whose place if there are several."""
        if winner is None:
            await draw_another(interaction, giveaway, reason)
        else:
            await reroll(interaction, giveaway, winner.id, reason)


async def ask_to_end(interaction: Interaction, number: int) -> None:
    """Ask whether a giveaway is to be drawn now."""
    found = await settled(interaction, may_run(interaction, number), ephemeral=True)
    if found.status is not Status.RUNNING:
        raise GiveawayNotOpen if found.status.is_open else GiveawayOver(found.marker)
    said = _("End giveaway {giveaway} (**{prize}**) now and draw its winners?")
    view = View(timeout=None)
    custom_id, style = f"giveaway:end:v1:{number}", discord.ButtonStyle.danger
    view.add_item(Button(label=_("End it now"), style=style, custom_id=custom_id))
    question = embed(description=said.format(giveaway=found.marker, prize=found.prize))
    await reply(interaction, embed=question, view=view, ephemeral=True)


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
        reason = reason_of(interaction)

        async def work() -> Giveaway:
            found = await may_run(interaction, number)
            return await services_of(interaction).giveaway_making.cancel(
                found.guild_id, number, by=interaction.user.id, reason=reason, via=source_of(interaction)
            )

        cancelled = await settled(interaction, work(), ephemeral=True, in_place=True)
        said = _("Giveaway {giveaway} is cancelled.").format(giveaway=cancelled.marker)
        await redraw(interaction, embed=embed(description=said), view=View(timeout=None), done=True)


MAKING_CONTROLS: tuple[type[Control], ...] = (EndButton, CancelButton)
