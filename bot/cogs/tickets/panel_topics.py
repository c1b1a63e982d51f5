"""A topic that is being written: showing its pages, and changing it as it was shown."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from bot.actions.host import services_of
from bot.actions.ticket_panels import by_of, may_manage_panels
from bot.cogs.tickets import panel_topic_pages as pages
from bot.cogs.tickets import panel_topic_views as views
from bot.cogs.tickets.panel_desk import noted, show
from bot.domain.ticket_topics import Topic
from bot.services.ticket_panel_parts import TopicInSight
from bot.ui.answers import settled
from bot.ui.controls import Interaction


class Page(StrEnum):
    """A page of a topic, as custom ids have it."""

    HOME = "home"
    QUESTIONS = "questions"
    RULES = "rules"


async def open_topic(
    interaction: Interaction,
    topic_id: int,
    notice: str = "",
    *,
    page: Page = Page.HOME,
    in_place: bool = True,
    done: bool = False,
) -> None:
    """Show a page of a topic to whoever may change it.

    Raises:
        TopicNotFound: it is not there.
        What `may_manage_panels` raises.
    """

    async def work() -> TopicInSight:
        return await services_of(interaction).ticket_topics.get(await may_manage_panels(interaction), topic_id)

    seen = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    match page:
        case Page.HOME:
            made, view = pages.topic(seen, notice), views.topic(seen)
        case Page.QUESTIONS:
            made, view = pages.questions(seen, notice), views.questions(seen)
        case Page.RULES:
            names = {} if interaction.guild is None else {one.id: one.name for one in interaction.guild.roles}
            made, view = pages.rules(seen, notice), views.rules(seen, names)
    await show(interaction, embed=made, view=view, in_place=in_place, done=done)


async def change_topic(
    interaction: Interaction, place: tuple[int, int], edit: Callable[[Topic], Topic], page: Page = Page.HOME
) -> None:
    """Change a topic that was shown at a version, and show it again; what can't be is said above it.

    Raises:
        TopicNotFound: it is not there any more.
        What `may_manage_panels` raises.
    """
    topic_id, version = place
    topics = services_of(interaction).ticket_topics

    async def work() -> None:
        guild_id = await may_manage_panels(interaction)
        await topics.change(guild_id, topic_id, edit, base=version, by=by_of(interaction))

    said = await noted(interaction, work)
    await open_topic(interaction, topic_id, said, page=page, done=True)
