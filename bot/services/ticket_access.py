"""Access to tickets as the database sees it: what it is computed from, what Discord was told of it, when that is due.

What Discord is told about (`named`) is written down before that, so that after a crash at any moment what is ours in a
channel can be told from what others did there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.tickets import opening, tickets, topics
from bot.db.repositories.tickets import participants as rows
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.general import GeneralSettings
from bot.domain.ticket_access import is_agent
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import Topic, TopicRules, rules_of
from bot.domain.tickets import Claimed, Ticket
from bot.services.guild_settings import GuildSettingsService
from bot.services.ticket_file import TicketFile
from bot.services.ticket_rules import TicketRulesService

_FIELDS = ("support_roles", "escalation_roles", "claim_mode")
"""What access follows from, of the settings and of a topic."""


@dataclass(frozen=True)
class AccessFacts:
    """All that access to a ticket is computed from, as it is stored at one moment."""

    ticket: Ticket
    rules: TopicRules
    participants: tuple[int, ...]
    """Who was added, the first one first."""
    named: frozenset[int] = frozenset()
    """Whom the channel or thread was told about, or was about to be."""
    admins: frozenset[int] = frozenset()
    """Roles that manage the server as far as I go, without Discord's permission for it."""


class TicketAccessService:
    """Reads what access is computed from, and writes what Discord has of it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        file: TicketFile,
        rules: TicketRulesService,
        settings: GuildSettingsService,
    ) -> None:
        self._database = database
        self._clock = clock
        self._file = file
        self._rules = rules
        self._settings = settings
        settings.on_changed(TicketSettings, self._settings_changed)
        settings.on_changed(GeneralSettings, self._admins_changed)

    # For those who act ----------------------------------------------------------------------------------

    async def facts(self, guild_id: int, number: int) -> AccessFacts:
        """What access to a ticket is computed from.

        Raises:
            TicketNotFound, TopicNotFound: the guild has none of that number, or it has lost its topic.
        """

        async def unit(session: WriteSession) -> AccessFacts:  # locked, so that it is all of one moment
            return await self.facts_within(session, await self._file.locked(session, guild_id, number))

        return await self._database.transact(unit)

    async def facts_within(self, session: Session, ticket: Ticket) -> AccessFacts:
        """The same of a ticket that the caller's transaction has read."""
        ruled = await self._rules.stored(session, ticket.guild_id, ticket.topic_id)
        added = await rows.added(session, ticket.guild_id, ticket.number)
        named = await rows.named(session, ticket.guild_id, ticket.number)
        return AccessFacts(
            ticket,
            ruled.rules,
            tuple(one.user_id for one in added),
            named,
            await self._admins(session, ticket.guild_id),
        )

    async def _admins(self, session: Session, guild_id: int) -> frozenset[int]:
        return frozenset((await self._settings.stored(session, guild_id, GeneralSettings)).admin_roles)

    async def naming(self, claimed: Claimed, targets: Collection[int]) -> bool:
        """Write down whom a claimed ticket's channel is about to be told about; False when the claim is lost."""

        async def unit(session: WriteSession) -> bool:
            ticket = await tickets.lock_claim(session, claimed)
            if ticket is not None:
                await rows.name(session, ticket.guild_id, ticket.number, targets)
            return ticket is not None

        return await self._database.transact(unit, idempotent=True)

    async def applied(self, claimed: Claimed, access: int, targets: Collection[int]) -> bool:
        """Write down that Discord has a claimed ticket's access of that count; False when the claim is lost."""

        async def unit(session: WriteSession) -> bool:
            ticket = await tickets.lock_claim(session, claimed)
            if ticket is None:
                return False
            await self.applied_within(session, ticket, access, targets)
            return True

        return await self._database.transact(unit, idempotent=True)

    async def applied_within(
        self, session: WriteSession, ticket: Ticket, access: int, targets: Collection[int]
    ) -> Ticket:
        """The same of a ticket that the caller's transaction has locked; the ticket as it is then."""
        await rows.name_only(session, ticket.guild_id, ticket.number, targets)
        return await self._file.note(session, ticket, applied=max(ticket.applied, access))

    # When it is due again -------------------------------------------------------------------------------

    async def rules_changed(self, session: WriteSession, guild_id: int, topic_id: int | None = None) -> None:
        """Let access to the tickets of a topic, or of all (None), be brought in line after the caller's transaction."""
        await rows.touch(session, guild_id, rows.of_topic(topic_id), now=self._clock.now())
        self._file.wake()

    async def topic_changed(self, session: WriteSession, before: Topic, after: Topic) -> None:
        """Let access to a topic's tickets follow a change of it, inside the transaction that makes it."""
        if any(getattr(before.config, name) != getattr(after.config, name) for name in _FIELDS):
            await self.rules_changed(session, after.guild_id, after.id)

    async def _settings_changed(
        self, session: WriteSession, guild_id: int, before: TicketSettings, after: TicketSettings
    ) -> None:
        if any(getattr(before, name) != getattr(after, name) for name in _FIELDS):
            await self.rules_changed(session, guild_id)

    async def _admins_changed(
        self, session: WriteSession, guild_id: int, before: GeneralSettings, after: GeneralSettings
    ) -> None:
        if before.admin_roles != after.admin_roles:
            await self.rules_changed(session, guild_id)

    async def look_again(self, guild_id: int, numbers: Collection[int]) -> Sequence[int]:
        """Let access to live tickets be brought in line, though nothing about them changed; their numbers."""

        async def unit(session: WriteSession) -> Sequence[int]:
            self._file.wake()
            return await rows.touch(session, guild_id, rows.of_numbers(numbers), now=self._clock.now())

        return await self._database.transact(unit, idempotent=True)

    async def came_back(self, guild_id: int, user_id: int) -> Sequence[int]:
        """Somebody joined the guild: what they had in its live tickets they have again. The numbers of these."""
        return await self._touch_if_any(guild_id, rows.of_person(guild_id, user_id))

    async def went(self, guild_id: int, user_id: int) -> Sequence[int]:
        """Somebody left the guild: what they had claimed others of staff see and answer again."""
        return await self._touch_if_any(guild_id, rows.of_assignee(user_id))

    async def _touch_if_any(self, guild_id: int, which: rows.Which) -> Sequence[int]:
        """Most who come and go have no ticket, and keep no writer waiting."""
        if not await self._database.query(lambda session: rows.numbers(session, guild_id, which)):
            return []

        async def unit(session: WriteSession) -> Sequence[int]:
            self._file.wake()
            return await rows.touch(session, guild_id, which, now=self._clock.now())

        return await self._database.transact(unit, idempotent=True)

    async def lost_by(self, guild_id: int, user_id: int, role_ids: Collection[int], *, manages: bool) -> Sequence[int]:
        """The live tickets that somebody with these roles was let into as staff, and is no staff of any more.

        They are looked at again. Costs one indexed query where they were let into none.
        """
        told = await self._database.query(lambda session: rows.told_about(session, guild_id, user_id))
        if not told:
            return []

        async def unit(session: WriteSession) -> Sequence[int]:
            lost: list[int] = []
            for ticket in told:
                facts = await self.facts_within(session, ticket)
                is_admin = not facts.admins.isdisjoint(role_ids)
                invited = user_id == ticket.opener_id or user_id in facts.participants
                if not invited and not is_agent(role_ids, facts.rules, ticket, manages=manages or is_admin):
                    lost.append(ticket.number)
            if lost:
                self._file.wake()
                await rows.touch(session, guild_id, rows.of_numbers(lost), now=self._clock.now())
            return lost

        return await self._database.transact(unit, idempotent=True)

    # Looking at all of a guild --------------------------------------------------------------------------

    async def orphans(self, guild_id: int, marked: Mapping[int, int]) -> list[int]:
        """Those of some channels, with the numbers they are marked with, that are no ticket's and won't be one's."""

        async def unit(session: ReadSession) -> list[int]:
            owned = await rows.owned(session, guild_id, marked)
            opening = await rows.opening(session, guild_id)
            return sorted(one for one, number in marked.items() if one not in owned and number not in opening)

        return await self._database.query(unit)

    async def topics(self, guild_id: int) -> list[tuple[str, TopicRules]]:
        """What each topic is called that tickets can be opened about, and what holds for it."""

        async def unit(session: ReadSession) -> list[tuple[str, TopicRules]]:
            settings = await self._settings.stored(session, guild_id, TicketSettings)
            return [(one.label, rules_of(one.config, settings)) for one in await opening.topics(session, guild_id)]

        return await self._database.query(unit)

    async def everywhere(self, guild_id: int) -> list[AccessFacts]:
        """What access to every live ticket of a guild is computed from, by number, in a handful of queries."""

        async def unit(session: ReadSession) -> list[AccessFacts]:
            settings = await self._settings.stored(session, guild_id, TicketSettings)
            added = await rows.added_everywhere(session, guild_id)
            named = await rows.named_everywhere(session, guild_id)
            admins = await self._admins(session, guild_id)
            ruled: dict[int, TopicRules | None] = {}
            found: list[AccessFacts] = []
            for ticket in await tickets.not_over(session, guild_id):
                if ticket.topic_id not in ruled:
                    topic = await topics.find_topic(session, guild_id, ticket.topic_id)
                    ruled[ticket.topic_id] = None if topic is None else rules_of(topic.config, settings)
                rules = ruled[ticket.topic_id]
                if rules is not None and ticket.status.is_live and not ticket.gone:
                    number = ticket.number
                    mine = frozenset(named.get(number, ()))
                    found.append(AccessFacts(ticket, rules, tuple(added.get(number, ())), mine, admins))
            return found

        return await self._database.query(unit)
