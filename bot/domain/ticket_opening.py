"""Opening tickets: who may, what a ticket's channel is called, and which of several channels is the ticket's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.outbox import written_at
from bot.domain.staff_notices import Alert
from bot.domain.ticket_record import Answer, RecordedFile
from bot.domain.ticket_topics import MAX_LABEL, RoleRule, Topic, TopicConfig
from bot.domain.tickets import MAX_SUBJECT, Failure, Origin, Quote, Status, Ticket
from bot.errors import TicketNotForYou, TooNewForTicket, TooYoungForTicket
from bot.words import N_, Phrase

GIVE_UP_AFTER = timedelta(minutes=15)
"""How long it is tried to open a ticket. Whoever asked for it has gone on by then, and is told that it didn't work."""

TWINS_WITHIN = timedelta(minutes=15)
"""How far apart two channels may have been made that one ticket asked for: a copy made later is somebody else's."""

MAX_QUOTE = 1_000
_MAX_CHANNEL_NAME = 100
_MAX_ALERTED = 200
_KEPT = {"Mn", "Mc", "So"}
"""Kinds of characters that names may have besides letters and digits: accents and pictures."""

_MARKED = re.compile(r"folkmoot-ticket-(\d{1,18})(?!\d)")


# Who may --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Applicant:
    """Whoever a ticket is for, as Discord tells of them."""

    user_id: int
    role_ids: Collection[int]
    """@everyone's, which is the guild's id, included or not."""
    created_at: datetime
    joined_at: datetime | None


def passes(rules: Sequence[RoleRule], guild_id: int, role_ids: Collection[int]) -> bool:
    """Whether rules let somebody in: the first that is about one of their roles decides.

    Who is meant by none is let in, unless a rule names whom it lets in: then it is for those alone.
    """
    held = {*role_ids, guild_id}
    for rule in rules:
        if rule.role_id in held:
            return rule.allows
    return not any(rule.allows for rule in rules)


def check_admitted(config: TopicConfig, applicant: Applicant, guild_id: int, now: datetime) -> None:
    """Go on only with somebody whom a topic is for.

    Raises:
        TicketNotForYou: by their roles it is not.
        TooYoungForTicket, TooNewForTicket: not yet.
    """
    if not passes(config.rules, guild_id, applicant.role_ids):
        raise TicketNotForYou
    possible_at = applicant.created_at + timedelta(seconds=config.account_age)
    if possible_at > now:
        raise TooYoungForTicket(possible_at)
    if config.member_age and applicant.joined_at is not None:
        possible_at = applicant.joined_at + timedelta(seconds=config.member_age)
        if possible_at > now:
            raise TooNewForTicket(possible_at)


@dataclass(frozen=True)
class Wish:
    """A ticket that somebody wants to be opened. The same `key` in the same guild is the same ticket."""

    topic_id: int
    applicant: Applicant
    member_name: str
    """For the name of its channel."""
    opened_by: int
    origin: Origin
    key: str
    answers: Sequence[Answer] = ()
    files: Sequence[RecordedFile] = ()
    quote: Quote | None = None
    follows: int | None = None

    @property
    def by_staff(self) -> bool:
        """Whether staff wants it for somebody else, who then need not be admitted."""
        return self.opened_by != self.applicant.user_id

    @property
    def subject(self) -> str | None:
        """What it is about, in a line: the first thing that was written in the form, else what it quotes."""
        written = [one.value[0] for one in self.answers if one.kind in {"short", "long"} and one.value]
        said = next(iter(written), "" if self.quote is None else self.quote.text)
        return " ".join(said.split())[:MAX_SUBJECT] or None


# What it is called -------------------------------------------------------------------------------------------------


def channel_name(pattern: str, *, number: int, member: str, topic: str) -> str:
    """What a ticket's channel is called by a pattern, in the form that Discord gives to names of channels."""
    parts = {"{number}": _written(number), "{member}": member, "{topic}": topic}
    found = _slug(re.sub(r"\{(?:number|member|topic)\}", lambda found: parts[found[0]], pattern))
    return found[:_MAX_CHANNEL_NAME].strip("-") or f"ticket-{_written(number)}"


def _written(number: int) -> str:
    return f"{number:04}"


def _slug(said: str) -> str:
    """Letters, digits and pictures of any script, in small, with hyphens between."""
    small = unicodedata.normalize("NFKC", said).lower()
    kept = "".join(one if one.isalnum() or unicodedata.category(one) in _KEPT else "-" for one in small)
    return re.sub(r"-{2,}", "-", kept).strip("-")


def channel_names(ticket: Ticket) -> tuple[str, ...]:
    """What its channel may be called, best first: a server can ban words in names, and numbers that stand for such."""
    return ticket.name, _spaced(ticket), "ticket"


def thread_names(ticket: Ticket) -> tuple[str, ...]:
    """What its thread may be called, best first. It is found again by its name alone, so its number is in each."""
    written = _written(ticket.number)
    if written in ticket.name:
        return ticket.name, _spaced(ticket)
    room = _MAX_CHANNEL_NAME - len(written) - 1
    return f"{ticket.name[:room].rstrip('-')}-{written}", _spaced(ticket)


def _spaced(ticket: Ticket) -> str:
    return "ticket-" + "-".join(str(ticket.number))


def about(ticket: Ticket, label: str) -> str:
    """What stands in the topic of its channel, with the marker by which it is found again."""
    return f"{label[:MAX_LABEL]} · <@{ticket.opener_id}> · {ticket.channel_marker}"


# Which channel it is -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A channel or a private thread of the bot's, as far as it matters to whose it is."""

    id: int
    name: str
    topic: str | None
    """None: of a thread."""
    people: Collection[int] = ()
    """Of a channel those whom its overwrites name."""

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread."""
        return self.topic is None


@dataclass(frozen=True)
class Stands:
    """Where a ticket that is not over stands on Discord, or will once it is opened."""

    guild_id: int
    number: int
    channel_id: int | None
    parent_id: int | None
    is_thread: bool
    name: str


def marked(topic: str | None) -> int | None:
    """The number of the ticket in whose name a channel's topic speaks; None: of none."""
    found = _MARKED.search(topic or "")
    return None if found is None else int(found[1])


def is_of(place: Place, ticket: Ticket) -> bool:
    """Whether a channel was made for a ticket, perhaps besides another.

    A server that was forgotten and came back counts from 1 again, so the number alone is not enough.
    """
    if place.is_thread:
        return place.name in thread_names(ticket)
    return marked(place.topic) == ticket.number and ticket.opener_id in place.people


def made_for(ticket: Ticket, places: Iterable[Place]) -> list[Place]:
    """The channels that were made for a ticket, the oldest first: that is the ticket's, the others are its twins."""
    return sorted((one for one in places if is_of(one, ticket)), key=lambda one: one.id)


def twins_of(ticket: Ticket, channel_id: int, places: Iterable[Place]) -> list[int]:
    """Channels that a request made besides a ticket's, for it was repeated. One made much later is a person's copy."""
    made_at = written_at(channel_id)
    others = [one.id for one in made_for(ticket, places) if one.id != channel_id]
    return [one for one in others if abs(written_at(one) - made_at) <= TWINS_WITHIN]


def is_left_over(ticket: Ticket, place: Place) -> bool:
    """Whether a channel was made for a ticket that there is not, for nobody heard of it before that was given up."""
    if ticket.status is not Status.FAILED or not is_of(place, ticket):
        return False
    return ticket.opened_at - TWINS_WITHIN <= written_at(place.id) <= ticket.status_at + TWINS_WITHIN


def is_late(ticket: Ticket, now: datetime) -> bool:
    """Whether it is too late to open a ticket that has no channel yet."""
    return now - ticket.opened_at > GIVE_UP_AFTER


# When it does not work ---------------------------------------------------------------------------------------------

FAILURES: Mapping[Failure, str] = {
    Failure.PERMISSION: N_("I lack a permission for it. Staff has been told."),
    Failure.FULL: N_("this server has no room for it. Staff has been told."),
    Failure.EXPOSED: N_("others would have seen it, so I deleted it. Staff has been told."),
    Failure.LEFT: N_("the member left the server."),
    Failure.REFUSED: N_("Discord refused it. Staff has been told."),
    Failure.LATE: N_("it took too long."),
}
"""Why a ticket could not be opened, for whoever asked for it."""

LEFT_OVER = N_("something is wrong with this server's channels. Staff has been told.")
"""The same where a channel was made that I can't delete."""

_FOR_STAFF: Mapping[Failure, str] = {
    Failure.PERMISSION: N_(
        "Please give me Manage Channels, Manage Roles and what I need in the categories of tickets."
    ),
    Failure.FULL: N_("Please make room: choose another category in `/config`, or a channel for threads."),
    Failure.EXPOSED: N_("Everybody would have seen it. Please look at what @everyone may do in this server."),
    Failure.REFUSED: N_("Discord refused it: `{detail}`"),
}


def failed_alert(ticket: Ticket, failure: Failure, detail: str) -> Alert | None:
    """What staff is told of tickets that can't be opened; None: nothing that they could mend."""
    if failure not in _FOR_STAFF:
        return None
    why = Phrase(_FOR_STAFF[failure], {"detail": detail.replace("`", "'")[:_MAX_ALERTED]})
    said = Phrase(
        "I can't open tickets ({member} asked for one): {why}", {"member": f"<@{ticket.opener_id}>", "why": why}
    )
    return Alert(f"ticket:{ticket.topic_id}:{failure}", said)


def left_alert(ticket: Ticket, channel_id: int) -> Alert:
    """What staff is told of a channel that was made for a ticket that there is not, and that I can't delete."""
    said = Phrase(
        "I can't open the ticket of {member}, and can't delete the channel that I made for it: {channel}. Please "
        "delete it, look who sees channels there, and give me Manage Channels.",
        {"member": f"<@{ticket.opener_id}>", "channel": f"<#{channel_id}>"},
    )
    return Alert(f"ticket:left:{channel_id}", said)


def full_alert(topic: Topic) -> Alert:
    """What staff is told when the categories of a topic are full, though there was room elsewhere."""
    said = Phrase(
        "The categories for tickets about **{topic}** are full, so I open them elsewhere. "
        "Please choose another category in `/config`.",
        {"topic": topic.label},
    )
    return Alert(f"ticket:{topic.id}:categories", said)
