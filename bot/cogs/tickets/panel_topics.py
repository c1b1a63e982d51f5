"""A topic that is being written: what holds for it, and the controls that change it."""

from __future__ import annotations

from bot.actions.host import services_of
from bot.actions.ticket_panels import may_manage_panels
from bot.cogs.tickets import panel_topic_pages as pages
from bot.cogs.tickets.panel_desk import show
from bot.services.ticket_panels import TopicInSight
from bot.ui.answers import settled
from bot.ui.controls import Interaction


async def open_topic(
    interaction: Interaction, topic_id: int, notice: str = "", *, in_place: bool = True, done: bool = False
) -> None:
    """Show a topic to whoever may change it.

    Raises:
        TopicNotFound: it is not there.
        What `may_manage_panels` raises.
    """

    async def work() -> TopicInSight:
        return await services_of(interaction).ticket_panels.topic(await may_manage_panels(interaction), topic_id)

    seen = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    await show(interaction, embed=pages.topic(seen, notice), view=pages.controls(seen), in_place=in_place, done=done)
