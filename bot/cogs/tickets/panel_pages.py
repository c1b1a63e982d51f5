"""What staff sees of panels while they write them."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.domain.outbox import Payload
from bot.domain.ticket_topics import Panel, PanelTrouble, Topic
from bot.i18n import _, ngettext
from bot.ui import text
from bot.ui.theme import MAX_DESCRIPTION, embed


def harmless(words: str) -> str:
    """What somebody wrote, without markup."""
    return discord.utils.escape_markdown(discord.utils.escape_mentions(words))


def joined(*parts: str) -> str:
    """The parts that say something, as paragraphs."""
    return "\n\n".join(part for part in parts if part)


def panel(shown: Panel, notice: str = "") -> discord.Embed:
    """A panel with where it stands and its topics. Below it stands how members see it."""
    lines = [topic_line(place, one) for place, one in enumerate(shown.topics, start=1)]
    topics = "\n".join([_("**Topics**"), *(lines or [_("none yet")])])
    title = _("Panel · {panel}").format(panel=harmless(shown.name))
    body = joined(notice, where(shown), topics, _("Below is what members see."))
    return embed(title=title, description=body[:MAX_DESCRIPTION])


def topic_line(place: int, topic: Topic) -> str:
    """A topic in a list."""
    asked = len(topic.config.questions)
    parts = [f"{place}. {topic.emoji + ' ' if topic.emoji else ''}**{harmless(topic.label)}**"]
    parts += [ngettext("{count} question", "{count} questions", asked).format(count=asked)] if asked else []
    return " · ".join(parts)


def where(shown: Panel) -> str:
    """Where a panel stands, or is on its way to, and what is wrong about it."""
    said: list[str] = []
    if shown.channel_id is not None and shown.message_id is not None:
        said.append(_("Members see it here: {link}").format(link=link(shown)))
    if shown.sending_to is not None:
        said.append(_("It is on its way to {channel}.").format(channel=f"<#{shown.sending_to}>"))
    match shown.trouble:
        case PanelTrouble.GONE:
            said.append(_("⚠️ Somebody deleted its message. Send it again below."))
        case PanelTrouble.REFUSED:
            said.append(_("⚠️ Discord refused it. `/diagnose` shows what I need; an emoji may be the reason, too."))
        case None if not said:
            said.append(_("Nobody sees it yet. Choose a channel below."))
        case None:
            pass
    return "\n".join(said)


def link(shown: Panel) -> str:
    """The address of a panel's message, as Discord draws it."""
    return f"https://discord.com/channels/{shown.guild_id}/{shown.channel_id}/{shown.message_id}"


def preview(payload: Payload) -> discord.Embed:
    """The message of a panel."""
    return discord.Embed.from_dict(dict(payload.embed or {}))


def sent(shown: Panel, before: Panel | None = None) -> discord.Embed:
    """A panel that was sent."""
    if shown.trouble is not None or shown.sending_to is not None or shown.message_id is None:
        return embed(description=where(shown))
    moved = before is not None and before.is_shown
    said = _("Sent: {link} The message before it goes.") if moved else _("Sent: {link}")
    return embed(description=said.format(link=link(shown)))


def deletion(shown: Panel) -> discord.Embed:
    """The question whether a panel shall be deleted."""
    asked = _("Delete the panel **{panel}**, its message and its topics?").format(panel=harmless(shown.name))
    return embed(description=joined(asked, _("Tickets that were opened by it go on.")))


def deleted(gone: Panel) -> discord.Embed:
    """A panel that is gone."""
    return embed(description=_("Deleted the panel **{panel}**.").format(panel=harmless(gone.name)))


def listed(found: Sequence[Panel]) -> discord.Embed:
    """All panels of a server."""
    lines = [f"**{harmless(one.name)}** · {_topics(one)}\n{where(one)}" for one in found]
    lines = lines or [_("There are none yet. {command} makes the first.").format(command="`/panel create`")]
    return embed(title=_("Panels"), description=joined(*lines)[:MAX_DESCRIPTION])


def _topics(shown: Panel) -> str:
    count = len(shown.topics)
    return ngettext("{count} topic", "{count} topics", count).format(count=text.number(count))
