"""Transcripts: what is in them, for whom, and where the files of what was said are.

What they look like is said by `transcript_html`, `transcript_text` and `transcript_json`. Each writes piece by piece,
so that nobody ever has a whole transcript in memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any, Protocol

from bot.domain.proof import safe_name
from bot.domain.ticket_record import Answer, Missing, RecordedFile, RecordedMessage
from bot.domain.ticket_topics import QuestionKind
from bot.domain.ticket_words import PRIORITIES, STATUSES
from bot.domain.tickets import EventKind, Ticket, TicketEvent
from bot.words import N_, Phrase

Say = Callable[[Phrase], str]
"""Puts a phrase into the language of a transcript."""

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What pages show; everything else is named, and lies beside."""

SMALL = 96 * 1024
"""Bytes up to which a picture is put into the page itself."""

MOST_INSIDE = 2 * 1024 * 1024
"""Bytes of all pictures that are."""

FOLDER = "files"
"""Where files are, beside the page."""


class Edition(StrEnum):
    """For whom a transcript is."""

    MEMBER = "member"
    """What the channel showed in the end: no notes, nothing that was deleted, nothing of what was said before edits."""
    STAFF = "staff"
    """All that is on record, and what happened to the ticket."""


@dataclass(frozen=True)
class Place:
    """Where a file is. `path` None: inside the page."""

    path: str | None


@dataclass(frozen=True)
class ShownFile:
    """A file, as a transcript has it; without `place` it only names it, and `why` says why."""

    file: RecordedFile
    place: Place | None
    data: bytes | None = None
    """Of one that is put into the page."""
    why: Phrase | None = None


@dataclass(frozen=True)
class Shown:
    """A message, as a transcript has it."""

    message: RecordedMessage
    files: Sequence[ShownFile] = ()
    reply_to: str | None = None
    """Whom it answers."""


@dataclass(frozen=True, kw_only=True)
class About:
    """What a transcript says beside the messages."""

    ticket: Ticket
    edition: Edition
    server: str
    topic: str
    language: str
    made_at: datetime
    zone: tzinfo
    """In which times are written."""
    answers: Sequence[Answer] = ()
    answer_files: Sequence[ShownFile] = ()
    events: Sequence[TicketEvent] = ()
    names: Mapping[int, str] = field(default_factory=dict[int, str])
    """Of people, roles and channels."""

    def time(self, moment: datetime) -> str:
        """A moment as transcripts write it: ``2026-01-31 17:05``."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def name(self, user_id: int) -> str:
        """What somebody is called."""
        return self.names.get(user_id) or ("—" if user_id <= 0 else str(user_id))


class Rendering(Protocol):
    """A way to write a transcript: its head, its messages in order, its end."""

    def head(self) -> Iterator[str]:
        """What comes before the messages."""
        ...

    def message(self, shown: Shown) -> Iterator[str]:
        """One message."""
        ...

    def foot(self) -> Iterator[str]:
        """What comes after them."""
        ...


# Words ----------------------------------------------------------------------------------------------------

HISTORY: Mapping[EventKind, str] = {
    EventKind.OPENED: N_("opened"),
    EventKind.FAILED: N_("could not be opened"),
    EventKind.STATUS: N_("status changed"),
    EventKind.CLAIMED: N_("taken"),
    EventKind.UNCLAIMED: N_("given back"),
    EventKind.TRANSFERRED: N_("handed on"),
    EventKind.ADDED: N_("somebody added"),
    EventKind.REMOVED: N_("somebody removed"),
    EventKind.PRIORITY: N_("priority changed"),
    EventKind.TAGS: N_("tags changed"),
    EventKind.ESCALATED: N_("escalated"),
    EventKind.LOCKED: N_("locked"),
    EventKind.UNLOCKED: N_("unlocked"),
    EventKind.FROZEN: N_("frozen"),
    EventKind.THAWED: N_("open for writing again"),
    EventKind.MOVED: N_("moved"),
    EventKind.RENAMED: N_("renamed"),
    EventKind.NOTE: N_("note written"),
    EventKind.ASKED: N_("asked whether it may be closed"),
    EventKind.DENIED: N_("wished to stay open"),
    EventKind.WARNED: N_("warned that it will be closed"),
    EventKind.CLOSING: N_("being closed"),
    EventKind.CLOSED: N_("closed"),
    EventKind.REOPENED: N_("opened again"),
    EventKind.DELETED: N_("channel deleted"),
    EventKind.RATED: N_("rated"),
    EventKind.LEFT: N_("member left"),
    EventKind.RETURNED: N_("member came back"),
}


def happened(event: TicketEvent) -> Phrase:
    """What happened to a ticket, and how it stands since then."""
    to = event.details.get("to")
    if event.kind is EventKind.STATUS and to in _STATUSES_NAMED:
        return Phrase("status: {status}", {"status": Phrase(_STATUSES_NAMED[str(to)])})
    if event.kind is EventKind.PRIORITY and to in _PRIORITIES_NAMED:
        return Phrase("priority: {priority}", {"priority": Phrase(_PRIORITIES_NAMED[int(str(to))])})
    return Phrase(HISTORY.get(event.kind, event.kind))


_STATUSES_NAMED = {one.value: words for one, words in STATUSES.items()}
_PRIORITIES_NAMED = {one.value: words for one, words in PRIORITIES.items()}

LOST = Phrase("its contents are lost")
NO_ROOM = Phrase("not here: there was no room for it")

_MISSING: Mapping[str, Phrase] = {
    Missing.TOO_BIG: Phrase("not kept: it was too big"),
    Missing.NO_ROOM: Phrase("not kept: the server's room for files was used up"),
    Missing.GONE: Phrase("not kept: it was deleted too soon"),
}
_NOT_KEPT = Phrase("not kept")


def why_missing(code: str | None) -> Phrase:
    """Why the contents of a file are not on record."""
    return _MISSING.get(code or "", _NOT_KEPT)


def title(about: About) -> Phrase:
    """What a transcript is called."""
    return Phrase("Ticket {ticket} · {topic}", {"ticket": about.ticket.marker, "topic": about.topic})


def facts(about: About) -> Iterator[tuple[Phrase, str | Phrase]]:
    """What is said of the ticket, as names and values."""
    ticket = about.ticket
    yield Phrase("Server"), about.server
    yield Phrase("Opened"), about.time(ticket.opened_at)
    yield Phrase("Opened for"), about.name(ticket.opener_id)
    if ticket.opened_by != ticket.opener_id:
        yield Phrase("Opened by"), about.name(ticket.opened_by)
    if ticket.follows is not None:
        yield Phrase("Carries on"), f"#{ticket.follows}"
    if ticket.subject:
        yield Phrase("Subject"), ticket.subject
    if ticket.quote is not None:
        yield Phrase("About"), f"{about.name(ticket.quote.author_id)}: {ticket.quote.text}"
    yield Phrase("Status"), Phrase(STATUSES[ticket.status])
    if ticket.closed_at is not None:
        yield Phrase("Closed"), about.time(ticket.closed_at)
    if ticket.close_reason:
        yield Phrase("Reason"), ticket.close_reason
    if about.edition is Edition.STAFF:
        yield from _for_staff(about)
    yield Phrase("Times"), str(about.zone)


def _for_staff(about: About) -> Iterator[tuple[Phrase, str | Phrase]]:
    ticket = about.ticket
    yield Phrase("Priority"), Phrase(PRIORITIES[ticket.priority])
    if ticket.tags:
        yield Phrase("Tags"), ", ".join(ticket.tags)
    if ticket.assignee_id is not None:
        yield Phrase("Taken by"), about.name(ticket.assignee_id)
    if ticket.closed_by is not None:
        yield Phrase("Closed by"), about.name(ticket.closed_by)
    if ticket.rating is not None:
        yield Phrase("Rating"), f"{ticket.rating}/5" + (f": {ticket.feedback}" if ticket.feedback else "")


def marks(shown: Shown, about: About) -> Iterator[Phrase]:
    """What is said of a message beside who wrote it and when."""
    message = shown.message
    if message.is_bot:
        yield Phrase("bot")
    elif message.is_staff:
        yield Phrase("staff")
    if message.internal:
        yield Phrase("note, for staff only")
    if message.edited_at is not None:
        yield Phrase("edited {moment}", {"moment": about.time(message.edited_at)})
    if message.deleted_at is not None:
        yield Phrase("deleted {moment}", {"moment": about.time(message.deleted_at)})


_NAMED = {QuestionKind.MEMBER: "@", QuestionKind.ROLE: "@", QuestionKind.CHANNEL: "#"}


def answered(about: About) -> Iterator[tuple[str, str, Sequence[ShownFile]]]:
    """What the form asked: each question, the answer in words, and its files."""
    for answer in about.answers:
        if answer.kind == QuestionKind.FILE:
            yield answer.question, "", [one for one in about.answer_files if str(one.file.seq) in answer.value]
            continue
        sign = _NAMED.get(QuestionKind(answer.kind)) if answer.kind in set(QuestionKind) else None
        if sign is None:
            yield answer.question, "\n".join(answer.value), ()
        else:
            called = [about.name(int(one)) if one.isdecimal() else one for one in answer.value]
            yield answer.question, ", ".join(f"{sign}{one.removeprefix(sign)}" for one in called), ()


_TOKEN = re.compile(
    r"<(?:@!?(?P<user>\d{1,20})|@&(?P<role>\d{1,20})|#(?P<channel>\d{1,20})|a?:(?P<emoji>\w{1,32}):\d{1,20}"
    r"|t:(?P<time>-?\d{1,11})(?::\w)?|/(?P<command>[^:<>]{1,100}):\d{1,20})>"
)
_USER = re.compile(r"<@!?(\d{1,20})>")


def called_in(text: str) -> Iterator[int]:
    """The ids of people whom a text mentions."""
    return (int(found) for found in _USER.findall(text))


def readable(text: str, about: About) -> str:
    """A text of Discord's as people read it: mentions as names, emoji and times as words."""
    return _TOKEN.sub(lambda found: _token(found, about), text) if "<" in text else text


def _token(found: re.Match[str], about: About) -> str:
    kind, value = found.lastgroup, found[found.lastgroup or 0]
    match kind:
        case "user" | "role":
            return f"@{about.name(int(value)).removeprefix('@')}"
        case "channel":
            return f"#{about.name(int(value)).removeprefix('#')}"
        case "time":
            try:
                return about.time(datetime.fromtimestamp(int(value), about.zone))
            except (ValueError, OverflowError, OSError):
                return found[0]
        case "emoji":
            return f":{value}:"
        case _:
            return f"/{value}"


_UNITS = ("KiB", "MiB", "GiB")


def size_of(count: int) -> str:
    """A number of bytes: ``512 B``, ``1.4 MiB``."""
    if count < 1024:  # noqa: PLR2004 — of a KiB
        return f"{count} B"
    size, unit = count / 1024, 0
    while size >= 1024 and unit < len(_UNITS) - 1:  # noqa: PLR2004 — as above
        size, unit = size / 1024, unit + 1
    return f"{size:.1f} {_UNITS[unit]}"


def embed_lines(embed: Mapping[str, Any]) -> Iterator[str]:
    """What an embed says, line by line. It is what somebody sent, so nothing is taken for granted."""
    yield from _texts(_part(embed, "author"), "name")
    yield from _texts(embed, "title", "url", "description")
    fields: object = embed.get("fields")
    for one in fields if isinstance(fields, list) else ():  # pyright: ignore[reportUnknownVariableType]
        if isinstance(one, dict):
            parts = [str(one.get(name) or "") for name in ("name", "value")]  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            yield ": ".join(part for part in parts if part)
    yield from _texts(_part(embed, "image"), "url")
    yield from _texts(_part(embed, "footer"), "text")


def _part(embed: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Any = embed.get(name)
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _texts(part: Mapping[str, Any], *names: str) -> Iterator[str]:
    return (found for found in (part.get(name) for name in names) if isinstance(found, str) and found)


# Files ----------------------------------------------------------------------------------------------------


def places(files: Iterable[RecordedFile], room: int) -> dict[str, Place]:
    """Where the contents of files are, by their digest; those are left out for which `room`, in bytes, is too little.

    Small pictures go into the page, unless it has them more than once; everything else lies beside it. When there is
    not room for all, as many as can be have it: the small before the big.
    """
    kept: dict[str, tuple[int, RecordedFile]] = {}
    repeated: set[str] = set()
    for number, file in enumerate(files, 1):
        if file.digest is not None and kept.setdefault(file.digest, (number, file)) != (number, file):
            repeated.add(file.digest)
    inside, found = MOST_INSIDE, dict[str, Place]()
    for digest, (number, file) in sorted(kept.items(), key=lambda one: (one[1][1].size, one[1][0])):
        if file.size > room:
            break
        room -= file.size
        if file.content_type in PICTURES and file.size <= min(SMALL, inside) and digest not in repeated:
            inside -= file.size
            found[digest] = Place(None)
        else:
            name = safe_name(file.name, file.content_type, nameless="file")
            found[digest] = Place(f"{FOLDER}/{number:04}-{name}")
    return found
