"""Transcripts as plain text, which Discord itself shows."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.ticket_record import Version
from bot.domain.transcripts import (
    About,
    Edition,
    Say,
    Shown,
    ShownFile,
    answered,
    embed_lines,
    facts,
    happened,
    marks,
    readable,
    size_of,
    title,
)
from bot.words import Phrase

_INDENT = "    "
"""Before every line that somebody else wrote: only heads of messages begin at the edge, so none can be forged."""


def _indented(text: str) -> Iterator[str]:
    return (f"{_INDENT}{line}\n" for line in text.splitlines() or [""])


def _one_line(text: str) -> str:
    return " ".join(text.split())


class TextTranscript:
    """Writes a transcript as text."""

    def __init__(self, about: About, say: Say) -> None:
        self._about = about
        self._say = say

    def head(self) -> Iterator[str]:
        """The ticket, and what the form asked."""
        about, say = self._about, self._say
        yield f"{_one_line(say(title(about)))}\n\n"
        for name, value in facts(about):
            yield f"{say(name)}: {_one_line(say(value) if isinstance(value, Phrase) else value)}\n"
        for question, words, files in answered(about):
            yield f"\n{_one_line(question)}\n"
            yield from _indented(words) if words else ()
            for file in files:
                yield self._file(file)
        yield "\n"

    def message(self, shown: Shown) -> Iterator[str]:
        """One message: who and when at the edge, everything else indented."""
        about, say, message = self._about, self._say, shown.message
        beside = [say(mark) for mark in marks(shown, about)]
        name = _one_line(message.author_name) + (f" ({', '.join(beside)})" if beside else "")
        yield f"[{about.time(message.sent_at)}] {name}\n"
        if shown.reply_to is not None:
            yield f"{_INDENT}↪ {_one_line(shown.reply_to)}\n"
        if message.content:
            yield from _indented(readable(message.content, about))
        for embed in message.embeds:
            for line in embed_lines(embed):
                yield from _indented("\n".join(f"│ {one}" for one in readable(line, about).splitlines()))
        for version in message.versions:
            yield from self._version(version)
        for file in shown.files:
            yield self._file(file)

    def foot(self) -> Iterator[str]:
        """What happened to the ticket."""
        about, say = self._about, self._say
        if about.events and about.edition is Edition.STAFF:
            yield f"\n{say(Phrase('History'))}\n"
            for event in about.events:
                actor = "" if event.actor_id is None else f" · {_one_line(about.name(event.actor_id))}"
                yield f"[{about.time(event.at)}] {say(happened(event))}{actor}\n"

    def _version(self, version: Version) -> Iterator[str]:
        until = Phrase("Until {moment}:", {"moment": self._about.time(version.until)})
        yield f"{_INDENT}{self._say(until)}\n"
        yield from _indented("\n".join(f"> {one}" for one in readable(version.content, self._about).splitlines()))

    def _file(self, shown: ShownFile) -> str:
        where = "" if shown.place is None or shown.place.path is None else f" · {shown.place.path}"
        why = "" if shown.why is None else f" · {self._say(shown.why)}"
        return f"{_INDENT}[{_one_line(shown.file.name)} · {size_of(shown.file.size)}{where}{why}]\n"
