"""What staff presses under a topic: its pages, its place, and its end."""

from __future__ import annotations

from bot.actions.host import services_of
from bot.actions.ticket_panels import by_of, may_manage_panels
from bot.cogs.tickets import panel_topic_pages as pages
from bot.cogs.tickets.panel_desk import PANEL_ID, TOPIC_ID, open_panel, show
from bot.cogs.tickets.panel_topics import Page, open_topic
from bot.domain.ticket_topics import Panel
from bot.i18n import _
from bot.services.ticket_panel_parts import TopicInSight
from bot.ui.answers import settled
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Control, Interaction


class PageButton(Control, template=rf"panel:page:v1:{TOPIC_ID}:(?P<page>home|questions|rules)"):
    """Leads to a page of a topic."""

    async def pressed(self, interaction: Interaction) -> None:
        """Show it, in place."""
        await open_topic(interaction, int(self.arguments["topic"]), page=Page(self.arguments["page"]))


class BackButton(Control, template=rf"panel:open:v1:{PANEL_ID}"):
    """Leads back to the panel."""

    async def pressed(self, interaction: Interaction) -> None:
        """Show it, in place."""
        await open_panel(interaction, int(self.arguments["panel"]))


class PlaceButton(Control, template=rf"panel:place:v1:{TOPIC_ID}:(?P<to>up|down)"):
    """Has a topic change places with its neighbour."""

    async def pressed(self, interaction: Interaction) -> None:
        """Do it, and show the panel with its order."""
        topic_id, up = int(self.arguments["topic"]), self.arguments["to"] == "up"

        async def work() -> Panel:
            guild_id, topics = await may_manage_panels(interaction), services_of(interaction).ticket_topics
            return await topics.move(guild_id, topic_id, up=up, by=by_of(interaction))

        panel = await settled(interaction, work(), ephemeral=True, in_place=True)
        place = next(number for number, one in enumerate(panel.topics, start=1) if one.id == topic_id)
        await open_topic(interaction, topic_id, _("It is number {place} now.").format(place=place), done=True)


class RemoveButton(Control, template=rf"panel:remove:v1:{TOPIC_ID}"):
    """Asks whether a topic shall be removed."""

    async def pressed(self, interaction: Interaction) -> None:
        """Ask, in place."""
        topic_id = int(self.arguments["topic"])

        async def work() -> TopicInSight:
            return await services_of(interaction).ticket_topics.get(await may_manage_panels(interaction), topic_id)

        seen = await settled(interaction, work(), ephemeral=True, in_place=True)
        view = RemoveConfirm.ask(interaction.user.id, str(topic_id), yes=_("Remove it"), no=_("Keep it"))
        await show(interaction, embed=pages.removal(seen), view=view, in_place=True)


class RemoveConfirm(Confirm, template=confirm_template("panel:remove-sure:v1", TOPIC_ID)):
    """Removes a topic, or goes back to it."""

    question = "panel:remove-sure:v1"

    async def agreed(self, interaction: Interaction) -> None:
        """Remove it, and show the panel."""
        topic_id = int(self.arguments["topic"])

        async def work() -> Panel:
            guild_id = await may_manage_panels(interaction)
            return await services_of(interaction).ticket_topics.remove(guild_id, topic_id, by_of(interaction))

        panel = await settled(interaction, work(), ephemeral=True, in_place=True)
        await open_panel(interaction, panel.id, _("✅ Removed."), done=True)

    async def declined(self, interaction: Interaction) -> None:
        """Show it again."""
        await open_topic(interaction, int(self.arguments["topic"]))


CONTROLS: tuple[type[Control], ...] = (PageButton, BackButton, PlaceButton, RemoveButton, RemoveConfirm)
"""What stands under a topic."""
