"""Deleting many messages of one channel: which are meant, what stays all the same, and in which order they go.

- `count` is the most to delete, counted from the newest backwards; around a message, from the nearest.
- What is asked for narrows it down: a message goes if everything asked for fits it.
- Pinned messages stay unless they are asked for, and do not count.
- Discord deletes up to a hundred messages at once if none is older than 14 days; older ones go one by one, and at
  most `MOST_OLD` of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.domain.outbox import written_at
from bot.errors import MessageElsewhere, MessageNotUnderstood, PurgeAroundAlone

MOST = 1_000
"""Messages that one purge deletes at most."""

ASKED_ABOVE = 100
"""More messages than this are deleted only after a question."""

LOOKED_AT = 2_000
"""Messages that are looked at for those that fit."""

PAGE = 100
"""Messages that Discord shows and deletes at once."""

MOST_OLD = 50
"""Messages that are deleted one by one."""

YOUNG = timedelta(days=14) - timedelta(hours=1)
"""How old a message may be to be deleted with others. The hour is for the purge itself, and for clocks."""

LONGEST_PATTERN = 200

_ID = re.compile(r"\d{15,20}")
_ADDRESS = re.compile(
    r"https?://(?:\w+\.)?discord(?:app)?\.com/channels/(?P<guild>\d{1,20})/(?P<channel>\d{1,20})/(?P<message>\d{15,20})/?"
)
_LINK = re.compile(r"https?://[^\s<>]", re.IGNORECASE)
_INVITE = re.compile(r"(?:discord\.gg|discord(?:app)?\.com/invite)/[\w-]", re.IGNORECASE)
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Seen:
    """A message as it stood when it was looked at."""

    id: int
    author_id: int
    author: str
    by_bot: bool = False
    content: str = ""
    """With the words of a message that it forwards."""
    files: tuple[str, ...] = ()
    """The names of what is attached."""
    embeds: int = 0
    pinned: bool = False
    deletable: bool = True
    """Whether Discord lets anybody delete it; a few of its own messages stay."""

    @property
    def at(self) -> datetime:
        """When it was written."""
        return written_at(self.id)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which messages are meant. What is None or false is not asked for. `before` and `after` are ids, both outside."""

    count: int
    user_id: int | None = None
    bots: bool = False
    contains: str | None = None
    pattern: str | None = None
    """A regular expression; matched elsewhere, under a limit."""
    links: bool = False
    invites: bool = False
    files: bool = False
    embeds: bool = False
    before: int | None = None
    after: int | None = None
    around: int | None = None
    pinned: bool = False
    """Whether pinned messages go too."""

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST:
            raise ValueError(f"{self.count} messages, and not 1 to {MOST}")
        if self.around is not None and (self.before is not None or self.after is not None):
            raise PurgeAroundAlone

    def described(self) -> dict[str, str | int | bool]:
        """What is asked for, for the audit log. Whose messages stands elsewhere: it is a person, and can be erased."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "user_id"}
        ids = {name: str(values[name]) for name in ("before", "after", "around")}
        return {name: value for name, value in (values | ids).items() if values[name]}


@dataclass(frozen=True)
class Gathered:
    """What was found so far. `meant` and `kept` are newest first, or nearest first around a message."""

    meant: tuple[Seen, ...] = ()
    kept: int = 0
    """Pinned messages that fit and stay."""
    looked_at: int = 0
    oldest: int | None = None
    """The id of the oldest message that was looked at."""


@dataclass(frozen=True)
class Plan:
    """In which order messages go."""

    together: tuple[tuple[int, ...], ...]
    """Ids that go at once, at most `PAGE`, none twice."""
    alone: tuple[int, ...]
    """Ids that go one by one."""
    too_old: int
    """How many stay, since they are old and there are too many of them."""

    @property
    def total(self) -> int:
        """How many are to go."""
        return sum(len(one) for one in self.together) + len(self.alone)


class Obstacle(StrEnum):
    """Why a message was not deleted."""

    FORBIDDEN = "forbidden"
    GONE = "gone"
    """The channel."""
    AWAY = "away"
    """Discord did not answer, or asked to wait for long."""
    REFUSED = "refused"


@dataclass(frozen=True)
class Report:
    """What a purge really did. Every message that was found is counted once."""

    found: int
    deleted: int = 0
    already_gone: int = 0
    too_old: int = 0
    failed: Mapping[Obstacle, int] = field(default_factory=dict[Obstacle, int])
    stopped: int = 0
    """How many were left because somebody stopped it."""
    kept: int = 0
    """Pinned messages that were not even meant."""
    copy_kept: bool = False
    """Whether the log channel has the file of the messages."""
    noted: bool = True
    """Whether it is in the audit log."""

    @property
    def left(self) -> int:
        """How many were found and stand there still."""
        return self.found - self.deleted - self.already_gone

    def add(self, *, deleted: int = 0, already_gone: int = 0, too_old: int = 0, stopped: int = 0) -> Report:
        """With so many more."""
        return replace(
            self,
            deleted=self.deleted + deleted,
            already_gone=self.already_gone + already_gone,
            too_old=self.too_old + too_old,
            stopped=self.stopped + stopped,
        )

    def fail(self, obstacle: Obstacle, count: int) -> Report:
        """With so many more that failed."""
        return replace(self, failed={**self.failed, obstacle: self.failed.get(obstacle, 0) + count})


def message_id(written: str, guild_id: int, channel_id: int) -> int:
    """The id of a message in a channel, from its id or its link.

    Raises:
        MessageNotUnderstood: it is neither.
        MessageElsewhere: the link leads to another channel.
    """
    written = written.strip().strip("<>")
    link = _ADDRESS.fullmatch(written)
    found = link["message"] if link else written
    if not _ID.fullmatch(found) or int(found) > _LARGEST_ID:
        raise MessageNotUnderstood
    if link and (int(link["guild"]), int(link["channel"])) != (guild_id, channel_id):
        raise MessageElsewhere
    return int(found)


def fits(seen: Seen, wanted: Wanted) -> bool:
    """Whether a message is meant, as far as its pattern is not asked for."""
    return (
        seen.deletable
        and (wanted.before is None or seen.id < wanted.before)
        and (wanted.after is None or seen.id > wanted.after)
        and (wanted.user_id is None or seen.author_id == wanted.user_id)
        and (not wanted.bots or seen.by_bot)
        and (wanted.contains is None or wanted.contains.casefold() in seen.content.casefold())
        and (not wanted.links or _LINK.search(seen.content) is not None)
        and (not wanted.invites or _INVITE.search(seen.content) is not None)
        and (not wanted.files or bool(seen.files))
        and (not wanted.embeds or seen.embeds > 0)
    )


def gather(so_far: Gathered, page: Sequence[Seen], wanted: Wanted, *, matching: Collection[int] | None) -> Gathered:
    """With what is meant of a further page; `matching` are the ids that its pattern matches, None without a pattern.

    Around a message the nearest come first, whatever the order of the page.
    """
    fitting = [one for one in page if fits(one, wanted) and (matching is None or one.id in matching)]
    known = {one.id for one in so_far.meant}
    fitting = [one for one in {one.id: one for one in fitting}.values() if one.id not in known]
    if wanted.around is not None:
        fitting = nearest(fitting, page, wanted.around)
    meant, kept = list(so_far.meant), so_far.kept
    for one in fitting:
        if len(meant) == wanted.count:
            break
        if one.pinned and not wanted.pinned:
            kept += 1
        else:
            meant.append(one)
    ids = [one.id for one in page] + ([] if so_far.oldest is None else [so_far.oldest])
    return Gathered(tuple(meant), kept, so_far.looked_at + len(page), min(ids, default=None))


def nearest(fitting: Iterable[Seen], page: Sequence[Seen], centre: int) -> list[Seen]:
    """Messages by how many others stand between them and a message, of two as near the newer one first."""
    ids = sorted(one.id for one in page)
    middle = min(range(len(ids)), key=lambda place: abs(ids[place] - centre), default=0)
    places = {id_: place for place, id_ in enumerate(ids)}
    return sorted(fitting, key=lambda one: (abs(places[one.id] - middle), -one.id))


def is_enough(gathered: Gathered, page_size: int, wanted: Wanted) -> bool:
    """Whether no further page has to be looked at."""
    return (
        wanted.around is not None
        or len(gathered.meant) >= wanted.count
        or page_size < PAGE
        or gathered.looked_at >= LOOKED_AT
        or (wanted.after is not None and gathered.oldest is not None and gathered.oldest <= wanted.after)
    )


def plan(meant: Iterable[Seen], now: datetime) -> Plan:
    """In which order messages go: those that may go together first, then the newest of the others."""
    newest_first = sorted({one.id for one in meant}, reverse=True)
    young = [id_ for id_ in newest_first if now - written_at(id_) < YOUNG]
    old = newest_first[len(young) :]
    together = tuple(tuple(young[start : start + PAGE]) for start in range(0, len(young), PAGE))
    return Plan(together, tuple(old[:MOST_OLD]), max(len(old) - MOST_OLD, 0))


def transcript(meant: Iterable[Seen], title: str) -> str:
    """Messages as text that people can read, the oldest first."""
    parts = [title]
    for one in sorted(meant, key=lambda seen: seen.id):
        marks = f"{' · bot' if one.by_bot else ''}{' · pinned' if one.pinned else ''}"
        lines = [f"{one.at:%Y-%m-%d %H:%M:%S} UTC · {one.author} ({one.author_id}) · {one.id}{marks}"]
        lines += [f"    {line}" for line in one.content.splitlines()]
        lines += [f"    [file] {name}" for name in one.files]
        lines += [f"    [embeds] {one.embeds}"] if one.embeds else []
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"
