"""What is pressed at the desk of a giveaway."""

from __future__ import annotations

from discord.ui import View

from bot.actions.giveaway_checks import check_whole
from bot.actions.giveaway_staff import may_change_soon, may_run
from bot.actions.host import services_of, source_of
from bot.cogs.giveaways.desk import NUMBER, open_desk, published
from bot.cogs.giveaways.making_forms import MoreForm, PrizeForm, TextForm, WhenForm
from bot.cogs.giveaways.reading import zone_of
from bot.domain.giveaways import Giveaway, Status
from bot.i18n import _
from bot.ui.answers import redraw, settled
from bot.ui.controls import Control, Form, Interaction
from bot.ui.theme import embed


class EditButton(Control, template=rf"giveaway:edit:v1:{NUMBER}:(?P<what>text|when|prize|more)"):
    """Opens a form for some of what makes a giveaway."""

    async def pressed(self, interaction: Interaction) -> None:
        """Show the form with what there is."""
        giveaway = await may_change_soon(interaction, int(self.arguments["number"]))
        what = self.arguments["what"]
        if what == "when":
            await interaction.response.send_modal(WhenForm(giveaway, await zone_of(interaction)))
            return
        forms = {"text": TextForm, "prize": PrizeForm, "more": MoreForm}
        await interaction.response.send_modal(forms[what](giveaway))


class PublishButton(Control, template=rf"giveaway:publish:v1:{NUMBER}"):
    """Opens the giveaway, or has it opened when its time comes."""

    async def pressed(self, interaction: Interaction) -> None:
        """Publish it."""
        number = int(self.arguments["number"])

        async def work() -> Giveaway:
            giveaway = await may_run(interaction, number)
            if giveaway.status is Status.DRAFT:
                await check_whole(interaction, giveaway)
            making = services_of(interaction).giveaway_making
            return await making.publish(giveaway.guild_id, number, by=interaction.user.id, via=source_of(interaction))

        giveaway = await settled(interaction, work(), ephemeral=True, in_place=True)
        await open_desk(interaction, giveaway, published(giveaway), in_place=True, done=True)


class DiscardButton(Control, template=rf"giveaway:discard:v1:{NUMBER}"):
    """Throws a draft away."""

    async def pressed(self, interaction: Interaction) -> None:
        """Throw it away; one that runs is cancelled by a command, which asks first."""
        number = int(self.arguments["number"])

        async def work() -> None:
            giveaway = await may_run(interaction, number)
            await services_of(interaction).giveaway_making.discard(giveaway.guild_id, number)

        await settled(interaction, work(), ephemeral=True, in_place=True)
        await redraw(interaction, embed=embed(description=_("Thrown away.")), view=View(timeout=None), done=True)


DESK_CONTROLS: tuple[type[Control | Form], ...] = (
    EditButton, PublishButton, DiscardButton, TextForm, WhenForm, PrizeForm, MoreForm,
)  # fmt: skip
