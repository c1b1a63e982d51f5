"""Transcripts as JSON, for programs. Ids are strings, for many programs know no numbers that long."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.domain.transcripts import About, Edition, Shown, ShownFile

FORMAT = 1
"""Of the document; another number where its fields mean something else."""


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _id(value: int | None) -> str | None:
    return None if value is None else str(value)


class JsonTranscript:
    """Writes a transcript as one JSON document, a message on a line."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._first = True

    def head(self) -> Iterator[str]:
        """The ticket and its form, up to where the list of messages begins."""
        about, ticket = self._about, self._about.ticket
        told: dict[str, Any] = {
            "format": FORMAT,
            "edition": about.edition,
            "made_at": _moment(about.made_at),
            "server": {"id": _id(ticket.guild_id), "name": about.server},
            "ticket": self._ticket(),
            "answers": [
                {"question": one.question, "kind": one.kind, "value": list(one.value)} for one in about.answers
            ],
            "answer_files": [_file(one) for one in about.answer_files],
        }
        if about.edition is Edition.STAFF:
            told["events"] = [
                {
                    "kind": one.kind, "by": _id(one.actor_id), "at": _moment(one.at),
                    "details": json.loads(json.dumps(dict(one.details), default=str)),
                }
                for one in about.events
            ]  # fmt: skip
        yield f'{_written(told)[:-1]},"messages":['

    def message(self, shown: Shown) -> Iterator[str]:
        """One message."""
        message = shown.message
        told: dict[str, Any] = {
            "id": _id(message.message_id),
            "author": {"id": _id(message.author_id), "name": message.author_name},
            "is_staff": message.is_staff,
            "is_bot": message.is_bot,
            "internal": message.internal,
            "sent_at": _moment(message.sent_at),
            "edited_at": _moment(message.edited_at),
            "deleted_at": _moment(message.deleted_at),
            "reply_to": _id(message.reply_to),
            "content": message.content,
            "versions": [{"content": one.content, "until": _moment(one.until)} for one in message.versions],
            "embeds": [dict(one) for one in message.embeds],
            "files": [_file(one) for one in shown.files],
        }
        yield f"{'' if self._first else ','}\n{_written(told)}"
        self._first = False

    def foot(self) -> Iterator[str]:
        """The end of the document."""
        yield "\n]}\n"

    def _ticket(self) -> Mapping[str, Any]:
        ticket, staff = self._about.ticket, self._about.edition is Edition.STAFF
        told: dict[str, Any] = {
            "number": ticket.number,
            "topic": self._about.topic,
            "status": ticket.status,
            "subject": ticket.subject,
            "opener": _id(ticket.opener_id),
            "opened_by": _id(ticket.opened_by),
            "opened_at": _moment(ticket.opened_at),
            "closed_at": _moment(ticket.closed_at),
            "close_reason": ticket.close_reason,
            "follows": ticket.follows,
        }
        if staff:
            told |= {
                "priority": ticket.priority.name.lower(),
                "tags": list(ticket.tags),
                "assignee": _id(ticket.assignee_id),
                "closed_by": _id(ticket.closed_by),
                "closed_because": ticket.closed_because,
                "first_response_at": _moment(ticket.first_response_at),
                "resolved_at": _moment(ticket.resolved_at),
                "rating": ticket.rating,
                "feedback": ticket.feedback,
            }
        return told


def _file(shown: ShownFile) -> Mapping[str, Any]:
    file = shown.file
    return {
        "name": file.name,
        "size": file.size,
        "content_type": file.content_type,
        "sha256": file.digest,
        "path": None if shown.place is None else shown.place.path,
        "missing": file.missing,
    }
