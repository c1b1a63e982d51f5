"""When a ticket is gone on with of which something has to wait: no step holds up another that is due before."""

from __future__ import annotations

from datetime import datetime

from bot.domain.tickets import Step, Ticket, due_at, next_step


def again_at(ticket: Ticket, step: Step | None, *, now: datetime, until: datetime) -> datetime | None:
    """When to look at a ticket again, as it stands now, whose `step` has to wait `until` then; None: never.

    At once, if something else is to be done first since it was changed meanwhile; sooner, if a deadline of it is. A
    `step` None: nobody knows what it was.
    """
    if step is not None and next_step(ticket, now) is not step:
        return due_at(ticket, now)
    if not ticket.status.is_live:
        return until
    deadlines = (one for one in (ticket.warns_at, ticket.closes_at) if one is not None and one > now)
    return min((until, *deadlines))
