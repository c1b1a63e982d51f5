"""Tickets in words: what their header shows, what is said in them, and what staff reads in the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.domain.level_words import filled, plain
from bot.domain.ticket_record import Answer
from bot.domain.ticket_topics import QuestionKind
from bot.domain.tickets import Priority, Quote, Status, Ticket
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
    # Staff shall see where a link leads, and not what whoever wrote it calls it.
    lines = said.replace("\\", "\\\\").replace("[", "\\[").splitlines()
    if lines:
        yield Phrase("{quote}", {"quote": "\n".join(f"> {one}" for one in lines)})


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


def answered(answers: Sequence[Answer]) -> Iterator[tuple[str, str | Phrase]]:
    """What the member answered: each question, and the answer as people read it."""
    for one in answers:
        if not one.value:
            continue
        if one.kind == QuestionKind.FILE:
            yield one.question, Phrase("Files: {count}", {"count": len(one.value)})
            continue
        pattern = _MENTIONS.get(one.kind)
        said = "\n".join(one.value) if pattern is None else ", ".join(pattern.format(id=it) for it in one.value)
        if said.strip():
            yield one.question, said if len(said) <= LONGEST_ANSWER else f"{said[: LONGEST_ANSWER - 1]}…"
