"""Tickets in words: what their header shows, what is said in them, and what staff reads in the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.domain.level_words import filled, plain
from bot.domain.ticket_record import Answer
from bot.domain.ticket_topics import QuestionKind
from bot.domain.tickets import EventKind, Priority, Quote, Status, Ticket, TicketEvent
from bot.words import N_, Phrase

STATUSES: Mapping[Status, str] = {
    Status.OPENING: N_("being opened"),
    Status.OPEN: N_("open"),
    Status.CLAIMED: N_("taken"),
    Status.IN_PROGRESS: N_("in progress"),
    Status.WAITING: N_("waiting for the member"),
    Status.ON_HOLD: N_("on hold"),
    Status.RESOLVED: N_("resolved"),
    Status.CLOSING: N_("being closed"),
    Status.CLOSED: N_("closed"),
    Status.FAILED: N_("not opened"),
}

PRIORITIES: Mapping[Priority, str] = {
    Priority.LOW: N_("low"),
    Priority.NORMAL: N_("normal"),
    Priority.HIGH: N_("high"),
    Priority.URGENT: N_("urgent"),
}

_COLOURS: Mapping[Priority, int] = {
    Priority.LOW: 0x6B7B8C,
    Priority.NORMAL: 0x3B6E57,
    Priority.HIGH: 0xD9822B,
    Priority.URGENT: 0xA4262C,
}
_GREY = 0x8A8F94

LONGEST_ANSWER = 500
"""Characters of an answer that the header shows: five of them, and the first words, fit into one embed."""

_LONGEST_QUOTE = 500


def colour(ticket: Ticket) -> int:
    """The colour of a ticket's header: that of its priority, or grey once it is not worked on any more."""
    return _COLOURS[ticket.priority] if ticket.status.is_live else _GREY


def title(ticket: Ticket, topic: str) -> Phrase:
    """The head of a ticket."""
    return Phrase("Ticket {ticket} · {topic}", {"ticket": ticket.marker, "topic": topic})


def opening(template: str, ticket: Ticket, *, topic: str, server: str) -> str:
    """A topic's first words, with what they name put in."""
    named = {
        "member": f"<@{ticket.opener_id}>",
        "topic": plain(topic),
        "number": str(ticket.number),
        "server": plain(server),
    }
    return filled(template, named)


def about(ticket: Ticket) -> Iterator[Phrase]:
    """What the header says below the first words, line by line."""
    if ticket.subject:
        yield Phrase("**Subject:** {subject}", {"subject": plain(ticket.subject)})
    if ticket.opened_by != ticket.opener_id:
        yield Phrase("**Opened by:** {staff_id}", {"staff_id": ticket.opened_by})
    if ticket.follows is not None:
        yield Phrase("**Carries on:** ticket {ticket}", {"ticket": f"#{ticket.follows}"})
    if ticket.quote is not None:
        yield from _quoted(ticket.guild_id, ticket.quote)
    if not ticket.status.is_live:
        return
    if ticket.escalated:
        yield Phrase("⏫ It was escalated.")
    if ticket.frozen:
        yield Phrase("🧊 Only staff can write here for now.")
    elif ticket.locked:
        yield Phrase("🔒 {member_id} can't write here for now.", {"member_id": ticket.opener_id})


def _quoted(guild_id: int, quote: Quote) -> Iterator[Phrase]:
    link = f"https://discord.com/channels/{guild_id}/{quote.channel_id}/{quote.message_id}"
    yield Phrase("**About:** {link}, by {author_id}", {"link": link, "author_id": quote.author_id})
    said = quote.text[:_LONGEST_QUOTE] + ("…" if len(quote.text) > _LONGEST_QUOTE else "")
    lines = _unlinked(said).splitlines()
    if lines:
        yield Phrase("{quote}", {"quote": "\n".join(f"> {one}" for one in lines)})


def _unlinked(said: str) -> str:
    """Words of which everybody sees where their links lead, and not what whoever wrote them calls them."""
    return said.replace("\\", "\\\\").replace("[", "\\[")


def standing(ticket: Ticket) -> Iterator[tuple[Phrase, Phrase]]:
    """How far a ticket is, as names and values to be shown side by side."""
    yield Phrase("Status"), Phrase(STATUSES[ticket.status])
    yield Phrase("Priority"), Phrase(PRIORITIES[ticket.priority])
    if ticket.assignee_id is not None:
        yield Phrase("Taken by"), Phrase("{staff_id}", {"staff_id": ticket.assignee_id})
    if ticket.tags:
        yield Phrase("Tags"), Phrase("{tags}", {"tags": ", ".join(plain(one) for one in ticket.tags)})


_MENTIONS: Mapping[str, str] = {
    QuestionKind.MEMBER: "<@{id}>",
    QuestionKind.ROLE: "<@&{id}>",
    QuestionKind.CHANNEL: "<#{id}>",
}


def answered(answers: Sequence[Answer], files: Mapping[str, str]) -> Iterator[tuple[str, str | Phrase]]:
    """What the member answered: each question, and the answer as people read it. `files` are called so."""
    for one in answers:
        if not one.value:
            continue
        if one.kind == QuestionKind.FILE:
            named = [plain(files[it]) for it in one.value if it in files]
            yield one.question, _short(", ".join(named)) or Phrase("Files: {count}", {"count": len(one.value)})
            continue
        pattern = _MENTIONS.get(one.kind)
        said = "\n".join(one.value) if pattern is None else ", ".join(pattern.format(id=it) for it in one.value)
        if said.strip():
            yield one.question, _short(_unlinked(said))


def _short(said: str) -> str:
    return said if len(said) <= LONGEST_ANSWER else f"{said[: LONGEST_ANSWER - 1]}…"


# What is said of what happens ------------------------------------------------------------------------------------


def note(event: TicketEvent) -> Phrase:
    """A note, as staff reads it in its thread."""
    return Phrase("📝 {staff_id}: {note}", {"staff_id": event.actor_id or 0, "note": str(event.details["text"])})


_SAID: Mapping[EventKind, str] = {
    EventKind.CLAIMED: N_("🙋 {staff_id} takes care of this."),
    EventKind.UNCLAIMED: N_("↩️ {staff_id} gave this ticket back; somebody else will take care of it."),
    EventKind.TRANSFERRED: N_("🔁 {to_id} takes care of this now."),
    EventKind.ESCALATED: N_("⏫ {staff_id} asked for more help with this."),
    EventKind.LOCKED: N_("🔒 {member_id} can't write here for now."),
    EventKind.UNLOCKED: N_("🔓 {member_id} can write here again."),
    EventKind.FROZEN: N_("🧊 Only staff can write here for now."),
    EventKind.THAWED: N_("💬 Everybody can write here again."),
    EventKind.MOVED: N_("📦 This ticket is about {topic} now."),
}
"""What all in a ticket are told, where they can't see it otherwise."""

_SAID_OF_STATUS: Mapping[str, str] = {
    Status.ON_HOLD: N_("⏸️ This is on hold for now; you will hear from us."),
    Status.RESOLVED: N_("✅ {staff_id} thinks that this is resolved. If it is not, just write."),
}

_LOGGED: Mapping[EventKind, str] = {
    EventKind.OPENED: N_("was opened for {member_id}"),
    EventKind.FAILED: N_("could not be opened for {member_id}"),
    EventKind.CLAIMED: N_("was taken by {staff_id}"),
    EventKind.UNCLAIMED: N_("was given back by {staff_id}"),
    EventKind.TRANSFERRED: N_("was given to {to_id} by {staff_id}"),
    EventKind.ADDED: N_("has somebody more in it, by {staff_id}"),
    EventKind.REMOVED: N_("has somebody less in it, by {staff_id}"),
    EventKind.PRIORITY: N_("has the priority {priority}, by {staff_id}"),
    EventKind.TAGS: N_("was tagged by {staff_id}: {tags}"),
    EventKind.ESCALATED: N_("was escalated by {staff_id}"),
    EventKind.LOCKED: N_("was locked by {staff_id}"),
    EventKind.UNLOCKED: N_("was unlocked by {staff_id}"),
    EventKind.FROZEN: N_("was frozen by {staff_id}"),
    EventKind.THAWED: N_("was thawed by {staff_id}"),
    EventKind.MOVED: N_("was moved to {topic} by {staff_id}"),
    EventKind.RENAMED: N_("was renamed by {staff_id}: {name}"),
    EventKind.NOTE: N_("has a new note by {staff_id}"),
    EventKind.ASKED: N_("may be closed, if its member agrees: {staff_id} asked"),
    EventKind.DENIED: N_("is not to be closed yet, its member says"),
    EventKind.WARNED: N_("will be closed soon, for its member says nothing"),
    EventKind.CLOSED: N_("was closed"),
    EventKind.REOPENED: N_("was opened again by {staff_id}"),
    EventKind.RATED: N_("was rated"),
    EventKind.LEFT: N_("has lost its member, who left the server"),
    EventKind.RETURNED: N_("has its member back in the server"),
}
"""What the log says of a ticket; what is not here is told by something else, or of no interest."""

_LOGGED_OF_STATUS: Mapping[str, str] = {
    Status.ON_HOLD: N_("was put on hold by {staff_id}"),
    Status.RESOLVED: N_("was resolved by {staff_id}"),
}


def said(ticket: Ticket, event: TicketEvent) -> Phrase | None:
    """What all in a ticket are told of something that happened to it; None: nothing."""
    words = _of(_SAID, _SAID_OF_STATUS, event)
    return None if words is None else Phrase(words, _named(ticket, event))


def logged(ticket: Ticket, event: TicketEvent) -> Phrase | None:
    """A line of the log about something that happened to a ticket; None: there is none."""
    words = _of(_LOGGED, _LOGGED_OF_STATUS, event)
    if words is None:
        return None
    where = "" if ticket.channel_id is None or ticket.gone else f" <#{ticket.channel_id}>"
    values = {"ticket": f"{ticket.marker}{where}", "what": Phrase(words, _named(ticket, event))}
    reason = event.details.get("reason")
    if not isinstance(reason, str) or not reason:
        return Phrase("🎫 {ticket} {what}.", values)
    return Phrase("🎫 {ticket} {what}: {reason}", values | {"reason": " ".join(reason.split())})


def _of(table: Mapping[EventKind, str], by_status: Mapping[str, str], event: TicketEvent) -> str | None:
    if event.kind is EventKind.STATUS:
        return by_status.get(str(event.details.get("to"))) if event.actor_id is not None else None
    return table.get(event.kind)


def _named(ticket: Ticket, event: TicketEvent) -> Mapping[str, object]:
    details = event.details
    to = details.get("to")
    return {
        "member_id": ticket.opener_id,
        "staff_id": event.actor_id if event.actor_id is not None else Phrase("me"),
        "to_id": to if isinstance(to, int) else 0,
        "priority": Phrase(PRIORITIES[ticket.priority]),
        "tags": ", ".join(plain(one) for one in ticket.tags) or Phrase("none"),
        "topic": plain(str(details.get("topic", ""))),
        "name": plain(str(details.get("to", ""))),
    }
