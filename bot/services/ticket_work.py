"""Working on tickets: who has one, how far and how urgent it is, and who may write in it.

Whether whoever asks is staff is looked at before, for only Discord knows; whether it can be done is decided here, on
the locked row. What Discord must have then follows from the row.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.tickets import agents as agent_rows
from bot.db.sessions import WriteSession
from bot.domain.ticket_work import channel_name, claimed_by, given_back, raised, set_to, tags_of
from bot.domain.tickets import MAX_TAG, MOST_TAGS, EventKind, Mode, Priority, Status, Ticket
from bot.errors import (
    AgentOffDuty,
    NameRefused,
    NotInThreads,
    TagsRefused,
    TicketChanged,
    TicketNotTaken,
    TicketOfAnother,
    TicketOver,
    TicketTaken,
    TicketUnchanged,
    TopicNotFound,
)
from bot.services.ticket_agents import TicketAgentsService
from bot.services.ticket_file import TicketFile
from bot.services.ticket_rules import TicketRulesService


@dataclass(frozen=True)
class Asked:
    """Which ticket it is about, and who of staff asks."""

    guild_id: int
    number: int
    by: int


class TicketWorkService:
    """What staff does to tickets that are worked on. Everything raises `TicketOver` where that is over."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        file: TicketFile,
        rules: TicketRulesService,
        agents: TicketAgentsService,
    ) -> None:
        self._database = database
        self._clock = clock
        self._file = file
        self._rules = rules
        self._agents = agents

    # Whose it is ----------------------------------------------------------------------------------------

    async def claim(self, asked: Asked) -> Ticket:
        """Take a ticket. Whoever has it already has it still, and nothing is written.

        Raises:
            TicketTaken: somebody else has it.
            AgentFull: they have as many as they may.
        """

        async def act(session: WriteSession, ticket: Ticket) -> Ticket:
            if ticket.assignee_id == asked.by:
                return ticket
            if ticket.assignee_id is not None:
                raise TicketTaken(ticket.assignee_id)
            await self._agents.require_room(session, asked.guild_id, asked.by)
            return await self._given(session, ticket, EventKind.CLAIMED, claimed_by(ticket, asked.by), asked.by)

        return await self._with(asked, act)

    async def unclaim(self, asked: Asked, *, manages: bool) -> Ticket:
        """Give a ticket back that one has; whoever `manages` the server also that of another.

        Raises:
            TicketNotTaken: nobody has it.
            TicketOfAnother: somebody else has it.
        """

        async def act(session: WriteSession, ticket: Ticket) -> Ticket:
            if ticket.assignee_id is None:
                raise TicketNotTaken
            if ticket.assignee_id != asked.by and not manages:
                raise TicketOfAnother(ticket.assignee_id)
            return await self._given(session, ticket, EventKind.UNCLAIMED, given_back(ticket), asked.by)

        return await self._with(asked, act)

    async def transfer(self, asked: Asked, to: int, *, anyway: bool = False) -> Ticket:
        """Give a ticket to somebody of its staff; that they are is looked at before. `anyway`: also off duty.

        Raises:
            TicketTaken: they have it already.
            AgentFull: they have as many as they may.
            AgentOffDuty: they are off duty.
        """

        async def act(session: WriteSession, ticket: Ticket) -> Ticket:
            if ticket.assignee_id == to:
                raise TicketTaken(to)
            agent = await self._agents.require_room(session, asked.guild_id, to)
            if not agent.on_duty and not anyway and to != asked.by:
                raise AgentOffDuty(to)
            return await self._given(session, ticket, EventKind.TRANSFERRED, claimed_by(ticket, to), asked.by)

        return await self._with(asked, act)

    async def _given(
        self, session: WriteSession, ticket: Ticket, kind: EventKind, values: dict[str, Any], by: int
    ) -> Ticket:
        details = {"from": ticket.assignee_id, "to": values["assignee_id"]}
        return await self._file.change(session, ticket, (kind, details), by=by, access=True, **values)

    # How far and how urgent it is -----------------------------------------------------------------------

    async def set_status(self, asked: Asked, status: Status) -> Ticket:
        """Say how far a ticket is: one of `SETTABLE`.

        Raises:
            TicketUnchanged: it is that far already.
        """

        async def act(session: WriteSession, ticket: Ticket) -> Ticket:
            if ticket.status is status:
                raise TicketUnchanged
            ruled = await self._rules.within(session, asked.guild_id, ticket.topic_id)
            values = set_to(
                ticket,
                status,
                self._clock.now(),
                auto_close=ruled.rules.auto_close,
                warn_before=ruled.settings.warn_before,
            )
            event = EventKind.STATUS, {"from": ticket.status.value, "to": status.value}
            return await self._file.change(session, ticket, event, by=asked.by, **values)

        return await self._with(asked, act)

    async def set_priority(self, asked: Asked, priority: Priority) -> Ticket:
        """Say how urgent a ticket is.

        Raises:
            TicketUnchanged: it is that urgent already.
        """

        async def act(session: WriteSession, ticket: Ticket) -> Ticket:
            if ticket.priority is priority:
                raise TicketUnchanged
            event = EventKind.PRIORITY, {"from": int(ticket.priority), "to": int(priority)}
            return await self._file.change(session, ticket, event, by=asked.by, priority=priority)

        return await self._with(asked, act)

    async def set_tags(self, asked: Asked, written: str) -> Ticket:
        """Tag a ticket with what somebody wrote, divided by commas, in place of the tags that it has; empty: none.

        Raises:
            TagsRefused: these are too many, or one is too long.
            TicketUnchanged: it has just these.
        """
        tags = tags_of(written)
        if tags is None:
            raise TagsRefused(MOST_TAGS, MAX_TAG)

        async def act(session: WriteSession, ticket: Ticket) -> Ticket:
            if ticket.tags == tags:
                raise TicketUnchanged
            event = EventKind.TAGS, {"from": list(ticket.tags), "to": list(tags)}
            return await self._file.change(session, ticket, event, by=asked.by, tags=tags)

        return await self._with(asked, act)

    async def escalate(self, asked: Asked, reason: str | None) -> Ticket:
        """Make a ticket more urgent and call the topic's escalation roles, which see it from then on.

        Raises:
            TicketUnchanged: it was escalated already, and can't be more urgent.
        """

        async def act(session: WriteSession, ticket: Ticket) -> Ticket:
            priority = raised(ticket.priority)
            if ticket.escalated and priority is ticket.priority:
                raise TicketUnchanged
            event = EventKind.ESCALATED, {"reason": reason, "from": int(ticket.priority), "to": int(priority)}
            values: dict[str, Any] = {"escalated": True, "priority": priority}
            return await self._file.change(session, ticket, event, by=asked.by, access=not ticket.escalated, **values)

        return await self._with(asked, act)

    # Who may write in it --------------------------------------------------------------------------------

    async def lock(self, asked: Asked, *, locked: bool) -> Ticket:
        """Keep the member from writing in a ticket, or let them again.

        Raises:
            NotInThreads: it is a thread.
            TicketUnchanged: it is so already.
        """
        kind = EventKind.LOCKED if locked else EventKind.UNLOCKED
        return await self._mute(asked, kind, "locked", value=locked)

    async def freeze(self, asked: Asked, *, frozen: bool) -> Ticket:
        """Keep everybody but staff from writing in a ticket, or let them again.

        Raises:
            NotInThreads: it is a thread.
            TicketUnchanged: it is so already.
        """
        kind = EventKind.FROZEN if frozen else EventKind.THAWED
        return await self._mute(asked, kind, "frozen", value=frozen)

    async def _mute(self, asked: Asked, kind: EventKind, name: str, *, value: bool) -> Ticket:
        async def act(session: WriteSession, ticket: Ticket) -> Ticket:
            if ticket.mode is Mode.THREAD:
                raise NotInThreads
            if getattr(ticket, name) is value:
                raise TicketUnchanged
            return await self._file.change(session, ticket, (kind, {}), by=asked.by, access=True, **{name: value})

        return await self._with(asked, act)

    # What it is called, and where it is -----------------------------------------------------------------

    async def rename(self, asked: Asked, written: str) -> Ticket:
        """Give a ticket's channel another name, as soon as Discord lets it.

        Raises:
            NameRefused: nothing of it can be used.
            TicketUnchanged: it is called so.
        """

        async def act(session: WriteSession, ticket: Ticket) -> Ticket:
            name = channel_name(written, ticket)
            if not name:
                raise NameRefused
            if name == (ticket.name_owed or ticket.name):
                raise TicketUnchanged
            event = EventKind.RENAMED, {"from": ticket.name, "to": name}
            return await self._file.change(session, ticket, event, by=asked.by, name_owed=name)

        return await self._with(asked, act)

    async def move(self, asked: Asked, topic_id: int, *, seen: int | None, stays: bool) -> Ticket:
        """Make it a ticket of another topic: those who answer that see it then, and its channel goes to its category.

        `seen` is who had it when that was looked at, and `stays` whether they answer that topic too; else it is given
        back.

        Raises:
            TopicNotFound: there is no such topic any more.
            TicketUnchanged: it has that topic.
            TicketChanged: somebody else has it now.
        """

        async def act(session: WriteSession, ticket: Ticket) -> Ticket:
            ruled = await self._rules.within(session, asked.guild_id, topic_id)
            if ruled.topic.removed:
                raise TopicNotFound
            if ticket.topic_id == topic_id:
                raise TicketUnchanged
            if ticket.assignee_id != seen:
                raise TicketChanged(ticket.marker)
            slot = await agent_rows.free_slot(session, asked.guild_id, topic_id, ticket.opener_id)
            values: dict[str, Any] = {"topic_id": topic_id, "slot": slot} | ({} if stays else given_back(ticket))
            where = ruled.rules.categories
            if ticket.mode is Mode.CHANNEL and where and ticket.parent_id not in where:
                values["parent_owed_id"] = where[0]
            event = EventKind.MOVED, {"from": ticket.topic_id, "to": topic_id, "topic": ruled.topic.label}
            return await self._file.change(session, ticket, event, by=asked.by, access=True, **values)

        return await self._with(asked, act, slotted=True)

    async def placed(self, ticket: Ticket, *, parent_id: int | None) -> Ticket:
        """Its channel is in that category now, and is owed no other, unless it was moved again meanwhile."""
        owed = ticket.parent_owed_id
        return await self._noted(ticket, lambda now: {
            "parent_id": parent_id, "parent_owed_id": None if now.parent_owed_id == owed else now.parent_owed_id,
        })  # fmt: skip

    async def named(self, ticket: Ticket, *, name: str) -> Ticket:
        """Its channel is called that now, and is owed no other name, unless it was renamed again meanwhile."""
        owed = ticket.name_owed
        return await self._noted(ticket, lambda now: {
            "name": name, "name_owed": None if now.name_owed == owed else now.name_owed,
        })  # fmt: skip

    async def _noted(self, ticket: Ticket, values: Callable[[Ticket], dict[str, Any]]) -> Ticket:
        async def unit(session: WriteSession) -> Ticket:
            now = await self._file.locked(session, ticket.guild_id, ticket.number)
            return await self._file.note(session, now, **values(now))

        return await self._database.transact(unit, idempotent=True)

    # ----------------------------------------------------------------------------------------------------

    async def _with(
        self, asked: Asked, act: Callable[[WriteSession, Ticket], Awaitable[Ticket]], *, slotted: bool = False
    ) -> Ticket:
        """Do something to a ticket that is worked on; `slotted`: it takes a slot that others may want just now.

        Raises:
            TicketNotFound: this guild has no such ticket.
            TicketOver: nobody works on it any more, or not yet.
        """

        async def unit(session: WriteSession) -> Ticket:
            ticket = await self._file.locked(session, asked.guild_id, asked.number)
            if not ticket.status.is_live:
                raise TicketOver(ticket.marker)
            return await act(session, ticket)

        return await (self._file.slotted(unit) if slotted else self._database.transact(unit))
