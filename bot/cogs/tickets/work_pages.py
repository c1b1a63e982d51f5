"""What staff reads of the tickets that it works on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import discord

from bot.domain.ticket_words import PRIORITIES, STATUSES
from bot.domain.ticket_work import Load
from bot.domain.tickets import Mode, Ticket
from bot.i18n import _, ngettext
from bot.ui import text
from bot.ui.theme import embed

_LISTED = 25


def claimed(ticket: Ticket) -> str:
    """That one has it now."""
    return _("You take care of ticket {ticket} now.").format(ticket=ticket.marker)


def unclaimed(ticket: Ticket) -> str:
    """That nobody has it."""
    return _("Nobody has ticket {ticket} any more.").format(ticket=ticket.marker)


def transferred(ticket: Ticket) -> str:
    """Who has it now."""
    return _("{member} takes care of ticket {ticket} now.").format(
        member=text.mention(ticket.assignee_id or 0), ticket=ticket.marker
    )


def off_duty(user_id: int) -> discord.Embed:
    """The question whether it is to be given to somebody who is not there."""
    said = _("{member} is off duty. Give them the ticket all the same?").format(member=text.mention(user_id))
    return embed(description=said)


def status(ticket: Ticket) -> str:
    """How far it is."""
    return _("Ticket {ticket} is {status} now.").format(ticket=ticket.marker, status=_(STATUSES[ticket.status]))


def priority(ticket: Ticket) -> str:
    """How urgent it is."""
    said = _("The priority of ticket {ticket} is {priority} now.")
    return said.format(ticket=ticket.marker, priority=_(PRIORITIES[ticket.priority]))


def tagged(ticket: Ticket) -> str:
    """How it is tagged."""
    if not ticket.tags:
        return _("Ticket {ticket} has no tags any more.").format(ticket=ticket.marker)
    return _("Ticket {ticket} is tagged: {tags}").format(ticket=ticket.marker, tags=", ".join(ticket.tags))


def escalated(ticket: Ticket) -> str:
    """That more are called."""
    said = _("Ticket {ticket} was escalated; its priority is {priority} now.")
    return said.format(ticket=ticket.marker, priority=_(PRIORITIES[ticket.priority]))


def locked(ticket: Ticket) -> str:
    """Whether its member can write."""
    member = text.mention(ticket.opener_id)
    if ticket.locked:
        return _("{member} can't write in ticket {ticket} now.").format(member=member, ticket=ticket.marker)
    return _("{member} can write in ticket {ticket} again.").format(member=member, ticket=ticket.marker)


def frozen(ticket: Ticket) -> str:
    """Whether all can write."""
    if ticket.frozen:
        return _("Only staff can write in ticket {ticket} now.").format(ticket=ticket.marker)
    return _("Everybody in ticket {ticket} can write again.").format(ticket=ticket.marker)


def renamed(ticket: Ticket, wanted: str) -> str:
    """What its channel is called, or will be."""
    if ticket.name_owed is not None:
        return _("It will be called {name} as soon as Discord lets me: a name can change twice in 10 minutes.").format(
            name=f"`{ticket.name_owed}`"
        )
    if ticket.name != wanted:
        return _("Discord refused that name, so it is still called {name}.").format(name=f"`{ticket.name}`")
    return _("It is called {name} now.").format(name=f"`{ticket.name}`")


def moved(ticket: Ticket, topic: str) -> str:
    """What it is about now."""
    said = _("Ticket {ticket} is about {topic} now.").format(
        ticket=ticket.marker, topic=discord.utils.escape_markdown(topic)
    )
    return said if ticket.assignee_id is not None else f"{said} {_('Nobody has it yet.')}"


def added(user_id: int, *, is_new: bool) -> str:
    """That somebody is in it."""
    said = _("{member} is in this ticket now.") if is_new else _("{member} is in this ticket already.")
    return said.format(member=text.mention(user_id))


def blocked(user_id: int, until: datetime | None) -> str:
    """That somebody can open no more tickets."""
    if until is None:
        return _("{member} can't open tickets any more.").format(member=text.mention(user_id))
    said = _("{member} can't open tickets until {moment}.")
    return said.format(member=text.mention(user_id), moment=text.timestamp(until, "f"))


def noted(ticket: Ticket) -> str:
    """Where the note is."""
    if ticket.noted < ticket.notes:
        return _("Noted. It will be in staff's thread in a moment.")
    if ticket.staff_thread_id is None:
        return _("Noted. I couldn't make a thread for it, so it is only on record.")
    return _("Noted, in {thread}. The member never sees it.").format(thread=f"<#{ticket.staff_thread_id}>")


# Duty -----------------------------------------------------------------------------------------------------------


def duty(load: Load, *, is_own: bool) -> str:
    """Whether somebody takes tickets, and how many they have."""
    if is_own:
        there = _("You are on duty.") if load.on_duty else _("You are off duty: nobody gives you tickets unasked.")
    else:
        said = _("{member} is on duty.") if load.on_duty else _("{member} is off duty.")
        there = said.format(member=text.mention(load.user_id))
    return f"{there} {_room(load)}"


def _room(load: Load) -> str:
    count = ngettext("{count} open ticket", "{count} open tickets", load.open).format(count=text.number(load.open))
    return _("{count}, {most} at most.").format(count=count, most=text.number(load.most))


def on_duty(loads: Sequence[Load]) -> str:
    """Everybody of staff who has tickets or set something."""
    if not loads:
        return _("Everybody who answers tickets is on duty, and nobody has any yet.")
    lines = [f"{'🟢' if one.on_duty else '⚪'} {text.mention(one.user_id)} · {_room(one)}" for one in loads[:_LISTED]]
    return "\n".join(lines)


# The menu of staff ------------------------------------------------------------------------------------------------


def menu(ticket: Ticket, topic: str, notice: str = "") -> discord.Embed:
    """How a ticket stands, above what can be done about it."""
    lines = [f"**{notice}**", ""] if notice else []
    has = _("nobody") if ticket.assignee_id is None else text.mention(ticket.assignee_id)
    lines.append(_("**Status:** {status} ({moment})").format(
        status=_(STATUSES[ticket.status]), moment=text.timestamp(ticket.status_at)
    ))  # fmt: skip
    lines.append(_("**Priority:** {priority}").format(priority=_(PRIORITIES[ticket.priority])))
    lines.append(_("**Taken by:** {member}").format(member=has))
    if ticket.tags:
        lines.append(_("**Tags:** {tags}").format(tags=discord.utils.escape_markdown(", ".join(ticket.tags))))
    if ticket.staff_thread_id is not None:
        lines.append(_("**Notes:** {thread}").format(thread=f"<#{ticket.staff_thread_id}>"))
    if ticket.mode is Mode.THREAD:
        lines.append(_("Whoever sees a thread can write in it, so locking and freezing are missing here."))
    title = _("Ticket {ticket} · {topic}").format(ticket=ticket.marker, topic=topic)
    return embed(title=title, description="\n".join(lines))
