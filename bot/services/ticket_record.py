"""The record of what is said in tickets: gathered in memory as it is heard, and written a few times a second.

What a message does to its ticket (first response, waiting, claimed by the first answer) is written with it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

import structlog

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.tickets import record as rows
from bot.db.repositories.tickets import tickets
from bot.db.sessions import WriteSession
from bot.domain.privacy import Erased
from bot.domain.ticket_access import is_agent
from bot.domain.ticket_flow import after_message
from bot.domain.ticket_record import (
    Happening,
    Heard,
    Missing,
    RecordedMessage,
    TicketKey,
    WantedFile,
    after,
)
from bot.domain.tickets import EventKind, Ticket, due_at
from bot.errors import TopicNotFound, Unavailable
from bot.services.ticket_file import TicketFile
from bot.services.ticket_places import TicketPlaces
from bot.services.ticket_rules import Ruled, TicketRulesService

_log = structlog.stdlib.get_logger(__name__)

AT_ONCE = 200
"""Happenings in one transaction, so that no command waits long behind it."""

GATHERED = 2_000
"""Happenings among which those of one ticket are looked for, to be written together."""

MOST_WAITING = 20_000
"""Happenings kept while the database is away; what comes beyond is read from Discord's history later."""

MOST_FILES_WAITING = 2_000
"""Files that wait to be fetched; what comes beyond is found again on record."""

_SHOWN = ("status", "assignee_id", "first_response_at")
"""What of a message's consequences people see, and the history keeps."""


@dataclass
class _Unit:
    """What one transaction knows."""

    tickets: dict[TicketKey, Ticket]
    ruled: dict[tuple[int, int], Ruled | None] = field(default_factory=dict[tuple[int, int], "Ruled | None"])


class TicketRecordService:
    """Gathers what is heard of tickets, and writes it."""

    def __init__(
        self, database: Database, clock: Clock, file: TicketFile, rules: TicketRulesService, places: TicketPlaces
    ) -> None:
        self._database = database
        self._clock = clock
        self._file = file
        self._rules = rules
        self._places = places
        self._waiting: deque[Happening] = deque()
        self._flushing = asyncio.Lock()
        self.wanted: deque[WantedFile] = deque()
        """Files that are on record and whose bytes are to be fetched."""

    # Hearing --------------------------------------------------------------------------------------------

    def hear(self, happening: Happening) -> None:
        """Something was said, edited or deleted in a ticket. Costs nothing that waits."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(happening)
            return
        place = self._places.of((happening.guild_id, happening.number))
        if place is not None:
            self._places.doubt(place)

    @property
    def waiting(self) -> int:
        """How many happenings are not written yet."""
        return len(self._waiting)

    async def flush(self) -> bool:
        """Write what waits; False if the database is away, and then it still waits."""
        async with self._flushing:
            left = len(self._waiting)
            while left > 0 and self._waiting:
                batch = self._together(left)
                try:
                    await self._write_all(batch)
                except Unavailable:
                    _log.warning("what is said in tickets waits for the database", waiting=len(self._waiting))
                    return False
                written = {id(one) for one in batch}
                self._keep(one for one in self._waiting if id(one) not in written)
                left -= len(batch)
        return True

    def _together(self, left: int) -> list[Happening]:
        """Some of the first so many that wait: of one ticket after another all that there are, in their order.

        So talk by turns turns a ticket over once, and not with each answer.
        """
        each: dict[TicketKey, list[Happening]] = {}
        for one in islice(self._waiting, min(left, GATHERED)):
            each.setdefault((one.guild_id, one.number), []).append(one)
        return list(islice(chain.from_iterable(each.values()), AT_ONCE))

    def _keep(self, kept: Iterable[Happening]) -> None:
        still = list(kept)
        self._waiting.clear()
        self._waiting.extend(still)

    async def forget(self, erased: Erased) -> None:
        """Drop what somebody wrote and is not written yet; what is being written is written when this returns."""
        async with self._flushing:
            self.drop(erased)

    def drop(self, erased: Erased) -> None:
        """Drop what somebody wrote and is not written yet. What is being written may be written all the same."""
        self._keep(one for one in self._waiting if not _is_by(one, erased))

    async def ticket(self, key: TicketKey) -> Ticket | None:
        """A ticket as it stands."""
        return await self._database.query(lambda session: tickets.find(session, *key))

    # Writing --------------------------------------------------------------------------------------------

    async def _write_all(self, batch: Sequence[Happening]) -> None:
        """Write a batch; if that can't be, each of it alone, and what can't be then is lost."""
        try:
            await self.write(batch)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 — one message must not keep all others from being written
            _log.exception("what was said in tickets could not be written, so each is tried alone", count=len(batch))
            for one in batch:
                await self._write_alone(one)

    async def _write_alone(self, one: Happening) -> None:
        try:
            await self.write([one])
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 — as above
            _log.exception("something said in a ticket is lost", guild=one.guild_id, ticket=one.number)

    async def write(self, happenings: Sequence[Happening], *, up_to: Mapping[TicketKey, int] | None = None) -> None:
        """Write what happened, in its order, with what follows for the tickets. Safe to repeat.

        What is on record already stays. `up_to` names tickets of which nothing is missing up to a message; of others
        that is known from the places.

        Raises:
            DatabaseAway, OutcomeUnknown: it may not be written.
        """
        keys = {(one.guild_id, one.number) for one in happenings} | set(up_to or ())
        if not keys:
            return
        ends = {**self._ends(happenings), **(up_to or {})}

        async def unit(session: WriteSession) -> list[Heard]:
            known = _Unit(await rows.lock_all(session, keys))
            added = await self._add(session, known, happenings)
            await self._change(session, known, happenings, {_key(one) for one in added})
            await self._follow(session, known, added, ends)
            return added

        added = await self._database.transact(unit, idempotent=True)
        self._want(added)
        for key, end in ends.items():
            place = self._places.of(key)
            if place is not None:
                self._places.recorded(place, end)

    def _ends(self, happenings: Iterable[Happening]) -> dict[TicketKey, int]:
        """The newest message of each ticket of which nothing was missed before."""
        ends: dict[TicketKey, int] = {}
        for one in happenings:
            if isinstance(one, Heard):
                place = self._places.of((one.guild_id, one.number))
                if place is not None and place.is_whole:
                    ends[place.key] = max(ends.get(place.key, 0), one.message.message_id)
        return ends

    async def _add(self, session: WriteSession, known: _Unit, happenings: Iterable[Happening]) -> list[Heard]:
        """Write messages that are new, as they are once all of this happened to them; those, in order."""
        fresh: dict[rows.MessageKey, Heard] = {}
        for one in happenings:
            ticket = known.tickets.get((one.guild_id, one.number))
            if ticket is None:
                continue
            key = _key(one)
            if isinstance(one, Heard):
                fresh.setdefault(key, await self._judged(session, known, ticket, one))
            elif key in fresh:
                fresh[key] = replace(fresh[key], message=after(fresh[key].message, one))
        added = await rows.add(session, {key: one.message for key, one in fresh.items()})
        await rows.add_files(session, {key: fresh[key].message.files for key in added})
        return [fresh[key] for key in sorted(added, key=lambda key: key[2])]

    async def _judged(self, session: WriteSession, known: _Unit, ticket: Ticket, heard: Heard) -> Heard:
        """A message, knowing whether it is staff's."""
        message = heard.message
        if message.is_bot or message.author_id == ticket.opener_id:
            return heard
        ruled = await self._ruled(session, known, ticket)
        if ruled is None:
            by_staff = heard.manages
        else:
            by_staff = is_agent(heard.role_ids, ruled.rules, ticket, manages=heard.manages)
        return replace(heard, message=replace(message, is_staff=by_staff))

    async def _ruled(self, session: WriteSession, known: _Unit, ticket: Ticket) -> Ruled | None:
        key = (ticket.guild_id, ticket.topic_id)
        if key not in known.ruled:
            try:
                known.ruled[key] = await self._rules.within(session, *key)
            except TopicNotFound:
                known.ruled[key] = None
        return known.ruled[key]

    async def _change(
        self, session: WriteSession, known: _Unit, happenings: Iterable[Happening], added: Collection[rows.MessageKey]
    ) -> None:
        """Write edits and deletions of messages that were on record before."""
        later = [one for one in happenings if not isinstance(one, Heard) and _key(one) not in added]
        found = await rows.find(session, {_key(one) for one in later})
        changed: dict[rows.MessageKey, RecordedMessage] = {}
        for one in later:
            key = _key(one)
            if key in found and (one.guild_id, one.number) in known.tickets:
                changed[key] = after(changed.get(key, found[key]), one)
        await rows.rewrite(session, {key: one for key, one in changed.items() if one != found[key]})

    async def _follow(
        self, session: WriteSession, known: _Unit, added: Iterable[Heard], ends: Mapping[TicketKey, int]
    ) -> None:
        """Write what follows for tickets: at once for many, but one by one what people are to see."""
        after_all = dict(known.tickets)
        for one in added:
            key = (one.guild_id, one.number)
            after_all[key] = replace(after_all[key], **await self._consequences(session, known, after_all[key], one))
        quiet: list[Ticket] = []
        for key, ticket in after_all.items():
            before, end = known.tickets[key], ends.get(key, 0)
            last = max(end, ticket.recorded_to or 0) or None
            changed = replace(ticket, recorded_to=last)
            if any(getattr(changed, name) != getattr(before, name) for name in _SHOWN):
                await self._show(session, before, changed)
            elif changed != before:
                quiet.append(changed)
        now = self._clock.now()
        await rows.follow(session, [(one, due_at(one, now)) for one in quiet])

    async def _consequences(
        self, session: WriteSession, known: _Unit, ticket: Ticket, heard: Heard
    ) -> Mapping[str, Any]:
        ruled = await self._ruled(session, known, ticket)
        settings = None if ruled is None else ruled.settings
        return after_message(
            ticket,
            heard.message,
            auto_close=0 if ruled is None else ruled.rules.auto_close,
            warn_before=0 if settings is None else settings.warn_before,
            first_answer_claims=settings is not None and settings.first_answer_claims,
        )

    async def _show(self, session: WriteSession, before: Ticket, ticket: Ticket) -> None:
        """Write what a message did that people are to see; the ticket is `before` in its row."""
        values = {name: value for name, value in vars(ticket).items() if value != getattr(before, name)}
        claimed = ticket.assignee_id != before.assignee_id
        events: list[tuple[EventKind, Mapping[str, Any]]] = []
        if claimed:
            events.append((EventKind.CLAIMED, {"from": before.assignee_id, "to": ticket.assignee_id}))
        if ticket.status is not before.status:
            events.append((EventKind.STATUS, {"from": before.status.value, "to": ticket.status.value}))
        await self._file.change(session, before, *events, by=None, access=claimed, **values)

    def take_wanted(self, key: TicketKey) -> list[WantedFile]:
        """The files of a ticket that wait to be fetched; whoever takes them fetches them."""
        found = [one for one in self.wanted if one.key == key]
        for one in found:
            self.wanted.remove(one)
        return found

    def _want(self, added: Iterable[Heard]) -> None:
        """Have the files of new messages fetched."""
        for one in added:
            for file, url in zip(one.message.files, one.urls, strict=False):
                if file.missing == Missing.FETCHING and len(self.wanted) < MOST_FILES_WAITING:
                    self.wanted.append(
                        WantedFile(one.guild_id, one.number, one.message.message_id, file.seq, file.size, url)
                    )


def _key(one: Happening) -> rows.MessageKey:
    message_id = one.message.message_id if isinstance(one, Heard) else one.message_id
    return one.guild_id, one.number, message_id


def _is_by(one: Happening, erased: Erased) -> bool:
    by = isinstance(one, Heard) and one.message.author_id == erased.user_id
    return by and erased.guild_id in {None, one.guild_id}
