"""What staff sees of a topic while they write it."""

from __future__ import annotations

import discord
from discord.ui import View

from bot.cogs.tickets.panel_pages import harmless, joined
from bot.i18n import _
from bot.services.ticket_panels import TopicInSight
from bot.ui.theme import MAX_DESCRIPTION, embed


def topic(seen: TopicInSight, notice: str = "") -> discord.Embed:
    """A topic with everything that holds for its tickets."""
    title = _("Topic · {topic}").format(topic=harmless(seen.topic.label))
    return embed(title=title, description=joined(notice, "…")[:MAX_DESCRIPTION])


def controls(_seen: TopicInSight) -> View:
    """What can be changed about it."""
    return View(timeout=None)
