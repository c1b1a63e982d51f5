"""What is read of tickets: lists, one with its history, and how they went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import discord
from discord.utils import escape_markdown

from bot.domain.ticket_search import Medians, TicketStats, View, waiting_since
from bot.domain.ticket_words import PRIORITIES, STATUSES
from bot.domain.tickets import Priority, Ticket, TicketEvent
from bot.domain.transcripts import happened
from bot.i18n import N_, _, ngettext
from bot.services.ticket_knowing import Listed
from bot.ui import text
from bot.ui.phrases import said
from bot.ui.theme import embed

_TITLES = {
    View.OPEN: N_("Tickets"),
    View.MINE: N_("Your tickets"),
    View.UNCLAIMED: N_("Tickets that nobody has"),
    View.WAITING: N_("Tickets that wait for staff"),
}
_SIGNS = {Priority.LOW: "▽", Priority.NORMAL: "•", Priority.HIGH: "▲", Priority.URGENT: "🔺"}
_LAST_EVENTS = 12


def listed(found: Listed) -> discord.Embed:
    """A page of tickets."""
    title = _(_TITLES[found.wanted.view])
    if not found.page.items:
        return embed(title=title, description=_("There are none."))
    lines = [_line(one, found.topics.get(one.topic_id, "")) for one in found.page.items]
    return embed(title=title, description="\n".join(lines))


def _line(ticket: Ticket, topic: str) -> str:
    where = "" if ticket.channel_id is None or ticket.gone else f" <#{ticket.channel_id}>"
    has = "" if ticket.assignee_id is None else f" · {text.mention(ticket.assignee_id)}"
    since = waiting_since(ticket)
    moment = text.timestamp(since or ticket.status_at)
    standing = _("waits for staff: {moment}") if since is not None else _("{status}: {moment}")
    said = standing.format(status=_(STATUSES[ticket.status]), moment=moment)
    head = f"{_SIGNS[ticket.priority]} **{ticket.marker}**{where} · {escape_markdown(topic)}"
    return f"{head} · {text.mention(ticket.opener_id)}{has}\n-# {said}"


def about(ticket: Ticket, topic: str, events: Sequence[TicketEvent], *, for_staff: bool) -> discord.Embed:
    """How a ticket stands; for staff with what happened to it, the newest last."""
    lines = [
        _("**Status:** {status} ({moment})").format(
            status=_(STATUSES[ticket.status]), moment=text.timestamp(ticket.status_at)
        ),
        _("**Opened:** {moment}, for {member}").format(
            moment=text.timestamp(ticket.opened_at, "f"), member=text.mention(ticket.opener_id)
        ),
    ]
    if ticket.channel_id is not None and not ticket.gone:
        lines.append(_("**Where:** {channel}").format(channel=f"<#{ticket.channel_id}>"))
    if ticket.subject:
        lines.append(_("**Subject:** {subject}").format(subject=escape_markdown(ticket.subject)))
    if ticket.assignee_id is not None:
        lines.append(_("**Taken by:** {member}").format(member=text.mention(ticket.assignee_id)))
    if ticket.closed_at is not None:
        lines.append(_("**Closed:** {moment}").format(moment=text.timestamp(ticket.closed_at, "f")))
    if ticket.close_reason:
        lines.append(_("**Reason:** {reason}").format(reason=escape_markdown(ticket.close_reason)))
    if for_staff:
        lines += _for_staff(ticket)
    if for_staff and events:
        lines += ["", _("**What happened**"), *(_event(one) for one in events[-_LAST_EVENTS:])]
    title = _("Ticket {ticket} · {topic}").format(ticket=ticket.marker, topic=topic)
    return embed(title=title, description="\n".join(lines))


def _for_staff(ticket: Ticket) -> list[str]:
    lines = [_("**Priority:** {priority}").format(priority=_(PRIORITIES[ticket.priority]))]
    if ticket.tags:
        lines.append(_("**Tags:** {tags}").format(tags=escape_markdown(", ".join(ticket.tags))))
    if ticket.first_response_at is not None:
        waited = text.duration(text.rounded(ticket.first_response_at - ticket.opened_at))
        lines.append(_("**First answer:** after {length}").format(length=waited))
    if ticket.rating is not None:
        lines.append(_("**Rating:** {rating} of 5").format(rating=ticket.rating))
    if ticket.feedback:
        lines.append(f"> {escape_markdown(' '.join(ticket.feedback.split()))}")
    return lines


def _event(event: TicketEvent) -> str:
    actor = "" if event.actor_id is None else f" · {text.mention(event.actor_id)}"
    return f"{text.timestamp(event.at, 'f')} {said(happened(event))}{actor}"


def made(ticket: Ticket) -> discord.Embed:
    """Above the files of a transcript."""
    return embed(description=_("What was said in ticket {ticket}.").format(ticket=ticket.marker))


def no_room(ticket: Ticket) -> discord.Embed:
    """Instead of a transcript that is too big."""
    said = _("What was said in ticket {ticket} is more than Discord takes.")
    return embed(description=said.format(ticket=ticket.marker))


def stats(found: TicketStats) -> discord.Embed:
    """How tickets went."""
    title = ngettext("Tickets of the last day", "Tickets of the last {count} days", found.days)
    shown = embed(title=title.format(count=text.number(found.days)), description=_medians(found.all))
    if found.topics:
        lines = [f"**{escape_markdown(label)}** · {_medians(one)}" for label, one in found.topics]
        shown.add_field(name=_("By topic"), value=_fitting(lines), inline=False)
    if found.agents:
        lines = [f"{text.mention(agent)} · {_medians(one)}" for agent, one in found.agents]
        shown.add_field(name=_("By who took care of them"), value=_fitting(lines), inline=False)
    footer = _("In the middle: half took less, half took more.")
    if found.cut:
        footer += " " + _("Of the newest {count} tickets.").format(count=text.number(found.all.count))
    return shown.set_footer(text=footer)


def _fitting(lines: Sequence[str], most: int = 1_024) -> str:
    kept: list[str] = []
    for line in lines:
        if sum(len(one) + 1 for one in kept) + len(line) > most:
            break
        kept.append(line)
    return "\n".join(kept)


def _medians(found: Medians) -> str:
    parts = [ngettext("{count} ticket", "{count} tickets", found.count).format(count=text.number(found.count))]
    if found.responded is not None:
        parts.append(_("first answer after {length}").format(length=_length(found.responded)))
    if found.resolved is not None:
        parts.append(_("done after {length}").format(length=_length(found.resolved)))
    if found.rating is not None:
        said = ngettext("rated {rating} of 5 ({count} rating)", "rated {rating} of 5 ({count} ratings)", found.rated)
        parts.append(said.format(rating=f"{found.rating:g}", count=text.number(found.rated)))
    return " · ".join(parts)


def _length(length: timedelta) -> str:
    return text.duration(text.rounded(length))
