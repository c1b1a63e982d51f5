"""What is said of tickets that are closed, or about to be: in the ticket, to staff and to the member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.domain.level_words import plain
from bot.domain.outbox import Button, ButtonStyle
from bot.domain.tickets import Because, Ticket
from bot.words import N_, Phrase

COLOUR = 0x6B7B8C

_WHY: Mapping[Because, str] = {
    Because.PERSON: N_("{closer} closed this ticket."),
    Because.AGREED: N_("This ticket is closed, as {closer} agreed."),
    Because.UNANSWERED: N_("This ticket is closed: nobody said that there is more to it."),
    Because.SILENCE: N_("This ticket is closed, because we heard nothing more."),
    Because.LEFT: N_("This ticket is closed: the member left the server."),
    Because.GONE: N_("This ticket is closed: its channel was deleted."),
    Because.EXPOSED: N_("This ticket is closed, because others could have read it."),
}


def why(ticket: Ticket) -> Phrase:
    """Who closed a ticket, or what did."""
    because = ticket.closed_because or Because.PERSON
    if because is Because.PERSON and ticket.closed_by is None:
        return Phrase("This ticket is closed.")
    closer = "" if ticket.closed_by is None else f"<@{ticket.closed_by}>"
    return Phrase(_WHY[because], {"closer": closer})


def reason(ticket: Ticket) -> Phrase | None:
    """Why, in the words of whoever closed it."""
    return None if not ticket.close_reason else Phrase("Reason: {reason}", {"reason": ticket.close_reason})


# In the ticket --------------------------------------------------------------------------------------------


def question(ticket: Ticket) -> Phrase:
    """Whether it may be closed; needs somebody who asked, and a deadline."""
    values = {"member_id": ticket.opener_id, "staff_id": ticket.asked_by, "moment": ticket.closes_at}
    return Phrase(
        "{member_id}, {staff_id} asks whether this ticket may be closed. Without an answer it is, {moment}.", values
    )


def answers(ticket: Ticket, agree: str, deny: str) -> tuple[Button, ...]:
    """The buttons under that question; their labels are given in the tongue of the server."""
    about = f"{ticket.number}:{asked_stamp(ticket)}"
    return (
        Button(agree, f"ticket:agree:v1:{about}", ButtonStyle.SUCCESS),
        Button(deny, f"ticket:deny:v1:{about}", ButtonStyle.SECONDARY),
    )


AGREE = Phrase("Close it")
DENY = Phrase("There is more")
REOPEN = Phrase("Reopen")


def asked_stamp(ticket: Ticket) -> int:
    """Which question of a ticket's is meant: an answer to an older one counts for nothing."""
    return 0 if ticket.asked_at is None else int(ticket.asked_at.timestamp() * 1_000)


def denial(ticket: Ticket, asker_id: int) -> Phrase:
    """The member wants to go on; whoever asked is called."""
    return Phrase("{staff_id}, {member_id} says that there is more to it.", _both(ticket, asker_id))


def warning(ticket: Ticket) -> Phrase:
    """It waits for the member, and not for ever."""
    values = {"member_id": ticket.opener_id, "moment": ticket.closes_at}
    return Phrase("{member_id}, we are waiting for your answer. Without one this ticket is closed {moment}.", values)


def closed(ticket: Ticket) -> Iterator[Phrase]:
    """It is closed, and how long it can be reopened."""
    yield why(ticket)
    given = reason(ticket)
    if given is not None:
        yield given
    if ticket.deletes_at is not None:
        yield Phrase("It can be reopened until it is deleted, {moment}.", {"moment": ticket.deletes_at})


def reopened(by: int) -> Phrase:
    """It goes on."""
    return Phrase("{member_id} reopened this ticket.", {"member_id": by})


def gone(ticket: Ticket) -> Phrase:
    """The member left."""
    member = {"member_id": ticket.opener_id}
    if ticket.closes_because is not Because.LEFT:
        return Phrase("{member_id} left the server.", member)
    values = {**member, "moment": ticket.closes_at}
    return Phrase("{member_id} left the server. If they don't come back, this ticket is closed {moment}.", values)


def returned(ticket: Ticket) -> Phrase:
    """The member came back."""
    return Phrase("{member_id} is back in the server.", {"member_id": ticket.opener_id})


def _both(ticket: Ticket, staff_id: int) -> dict[str, Any]:
    return {"member_id": ticket.opener_id, "staff_id": staff_id}


# Beside the copies ----------------------------------------------------------------------------------------


def post(ticket: Ticket, topic: str) -> Iterator[Phrase]:
    """Staff's copy, line by line."""
    yield Phrase("**Topic:** {topic}", {"topic": plain(topic)})
    member = {"member_id": ticket.opener_id, "member": str(ticket.opener_id)}
    yield Phrase("**Member:** {member_id} (`{member}`)", member)
    if ticket.assignee_id is not None:
        yield Phrase("**Claimed by:** {staff_id}", {"staff_id": ticket.assignee_id})
    times = {"opened": _date(ticket.opened_at), "closed": _date(ticket.closed_at or ticket.opened_at)}
    yield Phrase("**Opened:** {opened} · **Closed:** {closed}", times)
    yield why(ticket)
    given = reason(ticket)
    if given is not None:
        yield given


def _date(moment: datetime) -> str:
    return f"<t:{int(moment.timestamp())}:f>"


def letter(ticket: Ticket, server: str, topic: str) -> Iterator[Phrase]:
    """What the member is told with their copy."""
    yield Phrase(
        "Your ticket about **{topic}** in **{server}** is closed.", {"topic": plain(topic), "server": plain(server)}
    )
    given = reason(ticket)
    if given is not None:
        yield given
    again = {"command": f"`/ticket reopen number:{ticket.number}`"}
    yield Phrase("Is there more to it? Use {command} in the server.", again)
    yield Phrase("How did we do?")


def stars(ticket: Ticket) -> tuple[Button, ...]:
    """The buttons by which a member rates. Direct messages know no server, so the ids name it."""
    about = f"{ticket.guild_id}:{ticket.number}"
    return tuple(Button("★" * one, f"ticket:rate:v1:{about}:{one}") for one in range(1, 6))
