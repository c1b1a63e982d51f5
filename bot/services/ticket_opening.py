"""Opening tickets: what stands against it, the row that guards it, and what came of it.

The row comes first, with the lowest slot that is free: no two of the same slot can be, whoever presses how often. Then
its channel is made by whoever holds the claim that `begin` gives, and `ready` or `failed` says what came of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.moderation import cases as counters
from bot.db.repositories.tickets import opening as rows
from bot.db.repositories.tickets import participants, tickets
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.features import Feature
from bot.domain.general import GeneralSettings
from bot.domain.guilds import ShardRange
from bot.domain.outbox import Payload, user
from bot.domain.ticket_opening import (
    FAILURES,
    LEFT_OVER,
    Applicant,
    Stands,
    Wish,
    channel_name,
    check_admitted,
    failed_alert,
    full_alert,
    left_alert,
)
from bot.domain.ticket_record import Missing, RecordedFile, file_name
from bot.domain.ticket_topics import Topic
from bot.domain.tickets import COUNTER, MOST_OPEN_AT_ONCE, Claimed, EventKind, Failure, Mode, Status, Ticket
from bot.errors import (
    NoTopics,
    TicketBlocked,
    TicketCooldown,
    TicketLimitReached,
    TicketNotFound,
    TooManyTickets,
    TopicNotFound,
)
from bot.services.guild_settings import GuildSettingsService
from bot.services.outbox import OutboxService
from bot.services.staff_notices import StaffNoticesService, Tell
from bot.services.ticket_file import TicketFile
from bot.services.ticket_files import TicketFilesService
from bot.services.ticket_leaving import TicketLeaving
from bot.services.ticket_rules import Ruled, TicketRulesService
from bot.words import Phrase

_LATELY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_TRIES = 5


@dataclass(frozen=True)
class Begun:
    """A ticket that was asked for. `claimed` is for the caller to carry out; None: somebody else is at it."""

    ticket: Ticket
    claimed: Claimed | None


class _AskedBeforeError(Exception):
    """The key was found to have begun a ticket, so nothing of this transaction may stay."""


class _SlotTakenError(Exception):
    """A ticket was moved to that slot, or reopened in it, just now: whoever does that waits for nobody's turn."""


class TicketOpeningService:
    """Opens tickets."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        file: TicketFile,
        rules: TicketRulesService,
        *,
        settings: GuildSettingsService,
        outbox: OutboxService,
        notices: StaffNoticesService,
        files: TicketFilesService,
        leaving: TicketLeaving,
        tell: Tell,
    ) -> None:
        self._database = database
        self._clock = clock
        self._file = file
        self._rules = rules
        self._settings = settings
        self._outbox = outbox
        self._notices = notices
        self._files = files
        self._leaving = leaving
        self._tell = tell

    # Before -------------------------------------------------------------------------------------------------

    async def topics(self, guild_id: int) -> Sequence[Topic]:
        """What tickets can be opened about in a guild.

        Raises:
            FeatureOff: there are no tickets here.
            NoTopics: nothing so far.
        """
        await self._settings.require(guild_id, Feature.TICKETS)
        found = await self._database.query(lambda session: rows.topics(session, guild_id))
        if not found:
            raise NoTopics
        return found

    async def check(self, guild_id: int, topic_id: int, applicant: Applicant, *, by_staff: bool = False) -> Ruled:
        """What holds for a ticket that somebody is about to ask for, if they may; before they fill in a form.

        Raises:
            FeatureOff, TopicNotFound, TicketBlocked, TicketNotForYou, TooYoungForTicket, TooNewForTicket,
            TicketLimitReached, TicketCooldown, TooManyTickets: they may not, or not now.
        """
        await self._settings.require(guild_id, Feature.TICKETS)

        async def unit(session: ReadSession) -> Ruled:
            ruled = await self._admitted(session, guild_id, topic_id, applicant, by_staff=by_staff, follows=False)
            await self._slot(session, guild_id, ruled, applicant.user_id, by_staff=by_staff)
            return ruled

        return await self._database.query(unit)

    async def keep(self, guild_id: int, seq: int, name: str, data: bytes | None) -> RecordedFile:
        """Keep a file of a form, the `seq`-th, as far as that can be done; None: it could not be read."""
        size, shown = len(data or b""), file_name(name)
        kept = Missing.AWAY if data is None else await self._files.keep(guild_id, data)
        if isinstance(kept, Missing):
            return RecordedFile(seq, shown, size, "", None, kept)
        return RecordedFile(seq, shown, size, kept.content_type, kept.digest)

    # The first beat -----------------------------------------------------------------------------------------

    async def begin(self, guild_id: int, wish: Wish) -> Begun:
        """Write a ticket down as being opened. The same key again gives the ticket as it stands by then.

        Raises:
            as `check`.
        """
        await self._settings.require(guild_id, Feature.TICKETS)

        async def unit(session: WriteSession) -> Begun:
            known = await tickets.by_key(session, guild_id, wish.key)
            if known is not None:
                return await self._again(session, known)
            # Whoever else opens a ticket in the guild waits here, so that what is counted below holds.
            number = await counters.next_number(session, guild_id, COUNTER)
            if await tickets.by_key(session, guild_id, wish.key) is not None:
                raise _AskedBeforeError
            return await self._new(session, guild_id, number, wish)

        for _try in range(_TRIES):
            try:
                return await self._database.transact(unit, idempotent=True)
            except (_AskedBeforeError, _SlotTakenError):
                continue
        raise TooManyTickets

    async def _again(self, session: WriteSession, known: Ticket) -> Begun:
        claimed = await self._file.claimed(session, known) if known.status is Status.OPENING else None
        return Begun(known, claimed)

    async def _new(self, session: WriteSession, guild_id: int, number: int, wish: Wish) -> Begun:
        who, now = wish.applicant, self._clock.now()
        ruled = await self._admitted(
            session, guild_id, wish.topic_id, who, by_staff=wish.by_staff, follows=wish.follows is not None
        )
        slot = await self._slot(session, guild_id, ruled, who.user_id, by_staff=wish.by_staff)
        topic, rules = ruled.topic, ruled.rules
        mode = rules.mode if rules.thread_channel else Mode.CHANNEL
        name = channel_name(rules.name_pattern, number=number, member=wish.member_name, topic=topic.label)
        ticket = Ticket(
            guild_id=guild_id, number=number, topic_id=topic.id, opener_id=who.user_id, opened_by=wish.opened_by,
            origin=wish.origin, status=Status.OPENING, status_at=now, mode=mode, slot=slot, key=wish.key,
            opened_at=now, subject=wish.subject, quote=wish.quote, follows=wish.follows,
            priority=topic.config.priority, name=name,
        )  # fmt: skip
        if not await tickets.add(session, ticket, due_at=now):
            raise _SlotTakenError
        await rows.add_answers(session, guild_id, number, wish.answers, wish.files)
        await self._files.bring(session, *wish.files)
        return Begun(ticket, await self._file.claimed(session, ticket))

    # What stands against it ---------------------------------------------------------------------------------

    async def _admitted(
        self, session: Session, guild_id: int, topic_id: int, who: Applicant, *, by_staff: bool, follows: bool
    ) -> Ruled:
        ruled = await self._rules.within(session, guild_id, topic_id)
        if ruled.topic.removed and not follows:
            raise TopicNotFound
        if by_staff:
            return ruled
        now = self._clock.now()
        if await rows.is_blocked(session, guild_id, who.user_id, now):
            raise TicketBlocked
        check_admitted(ruled.topic.config, who, guild_id, now)
        if await rows.opened_since(session, guild_id, now - _MINUTE) >= ruled.settings.most_a_minute:
            raise TooManyTickets
        return ruled

    async def _slot(self, session: Session, guild_id: int, ruled: Ruled, user_id: int, *, by_staff: bool) -> int:
        """The lowest slot that is free for somebody, if they may have one more and waited long enough."""
        topic, rules = ruled.topic, ruled.rules
        held = await rows.held(session, guild_id, topic.id, user_id)
        if len(held) >= min(rules.open_at_once, MOST_OPEN_AT_ONCE):
            newest = max(held, key=lambda one: one.number)
            where = newest.marker if newest.channel_id is None else f"<#{newest.channel_id}>"
            raise TicketLimitReached(where)
        if rules.cooldown and not by_staff:
            last = await rows.last_opened(session, guild_id, topic.id, user_id)
            if last is not None and last + timedelta(seconds=rules.cooldown) > self._clock.now():
                raise TicketCooldown(last + timedelta(seconds=rules.cooldown))
        taken = {one.slot for one in held}
        return next(slot for slot in range(1, MOST_OPEN_AT_ONCE + 2) if slot not in taken)

    # What came of it ----------------------------------------------------------------------------------------

    async def ready(
        self,
        claimed: Claimed,
        *,
        channel_id: int,
        parent_id: int | None,
        mode: Mode,
        name: str,
        told: Collection[int],
        is_new: bool,
        elsewhere: bool,
    ) -> Ticket | None:
        """A ticket has its channel and is open; None when the claim was lost, and then nothing is written.

        The channel was `told` about these roles and people. Unless it `is_new`, who sees it is looked at again. With
        `elsewhere` the categories of its topic were full, which staff is told once a day.
        """

        async def unit(session: WriteSession) -> Ticket | None:
            ticket = await tickets.lock_claim(session, claimed)
            if ticket is None or ticket.status is not Status.OPENING:
                return None
            values: dict[str, Any] = {"channel_id": channel_id, "parent_id": parent_id, "mode": mode, "name": name}
            details = {"channel": str(channel_id), "origin": ticket.origin.value}
            event = (EventKind.OPENED, details)
            by, status = ticket.opened_by, Status.OPEN
            if is_new and mode is Mode.CHANNEL:
                values["applied"] = claimed.ticket.access
            opened = await self._file.change(session, ticket, event, by=by, status=status, **values)
            await participants.name(session, ticket.guild_id, ticket.number, told)
            if elsewhere:
                ruled = await self._rules.within(session, ticket.guild_id, ticket.topic_id)
                await self._notices.alert(session, ticket.guild_id, full_alert(ruled.topic))
            return await self._leaving.opened(session, opened)

        return await self._database.transact(unit)

    async def failed(
        self, claimed: Claimed, failure: Failure, detail: str, *, awaited: bool, left: int | None = None
    ) -> None:
        """A ticket could not be opened; its slot is free again. Nothing is written when the claim was lost.

        Staff is told if they can mend it, and the member too unless their answer is `awaited` just now. `left` is a
        channel that was made for it and stays, for staff to delete.
        """

        async def unit(session: WriteSession) -> None:
            ticket = await tickets.lock_claim(session, claimed)
            if ticket is None or ticket.status is not Status.OPENING:
                return
            told = {"why": failure.value}
            values: dict[str, Any] = {"failure": failure, "detail": detail[:300] or None}
            after = await self._file.change(
                session, ticket, (EventKind.FAILED, told), by=None, status=Status.FAILED, **values
            )
            alert = failed_alert(after, failure, detail) if left is None else left_alert(after, left)
            if alert is not None:
                await self._notices.alert(session, after.guild_id, alert)
            if not awaited and failure is not Failure.LEFT:
                await self._say_failed(session, after, FAILURES[failure] if left is None else LEFT_OVER)

        await self._database.transact(unit)

    async def _say_failed(self, session: WriteSession, ticket: Ticket, why: str) -> None:
        language = (await self._settings.within(session, ticket.guild_id, GeneralSettings)).language
        said = Phrase("Your ticket could not be opened: {why}", {"why": Phrase(why)})
        payload = Payload(self._tell(language, said))
        key = f"ticket-failed:{ticket.number}"
        await self._outbox.send(session, ticket.guild_id, user(ticket.opener_id), payload, key=key)

    async def find(self, guild_id: int, number: int) -> Ticket:
        """A ticket as it stands.

        Raises:
            TicketNotFound: the guild has none of that number.
        """
        found = await self._database.query(lambda session: tickets.find(session, guild_id, number))
        if found is None:
            raise TicketNotFound(f"#{number}")
        return found

    async def in_channel(self, guild_id: int, channel_id: int) -> Ticket | None:
        """The ticket of a channel or thread, over or not; None: it is none."""
        return await self._database.query(lambda session: tickets.in_channel(session, guild_id, channel_id))

    async def others(self, ticket: Ticket, channel_ids: Collection[int]) -> Collection[int]:
        """Those of some channels that are other tickets': whatever they are called, they are not this one's."""
        if not channel_ids:
            return ()
        owned = await self._database.query(lambda session: participants.owned(session, ticket.guild_id, channel_ids))
        return owned - {ticket.channel_id}

    async def failed_lately(self, guild_id: int) -> Sequence[Ticket]:
        """Tickets that failed within the last day: a channel that was asked for may turn up yet."""
        since = self._clock.now() - _LATELY
        return await self._database.query(lambda session: rows.failed_since(session, guild_id, since))

    async def standing(self, shards: ShardRange) -> Sequence[Stands]:
        """Where all tickets of these shards stand that are not over."""
        return await self._database.query(lambda session: rows.standing(session, shards))
