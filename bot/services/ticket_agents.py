"""Staff of tickets: who is on duty, and how many tickets they may have at once."""

from __future__ import annotations

from dataclasses import replace

from bot.db.engine import Database
from bot.db.repositories.tickets import agents as rows
from bot.db.sessions import Session, WriteSession
from bot.domain.ticket_people import Agent
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_work import Load
from bot.errors import AgentFull
from bot.services.guild_settings import GuildSettingsService


class TicketAgentsService:
    """Keeps what is set for staff. Whoever set nothing is on duty, and may have as many tickets as the setting says."""

    def __init__(self, database: Database, settings: GuildSettingsService) -> None:
        self._database = database
        self._settings = settings

    async def load(self, guild_id: int, user_id: int) -> Load:
        """How much somebody has to do."""

        async def unit(session: Session) -> Load:
            return await self._load(session, guild_id, await rows.find(session, guild_id, user_id))

        return await self._database.query(unit)

    async def loads(self, guild_id: int) -> tuple[Load, ...]:
        """The same of everybody who has tickets or for whom something is set, those on duty with least to do first."""

        async def unit(session: Session) -> list[Load]:
            most = (await self._settings.within(session, guild_id, TicketSettings)).most_open
            counts = await rows.open_by_agent(session, guild_id)
            agents = {one.user_id: one for one in await rows.known(session, guild_id)}
            agents |= {one: Agent(one, on_duty=True) for one in counts if one not in agents}
            return [
                Load(one.user_id, one.on_duty, counts.get(one.user_id, 0), one.most_open or most)
                for one in agents.values()
            ]

        found = await self._database.query(unit)
        return tuple(sorted(found, key=lambda one: (not one.on_duty, one.open, one.user_id)))

    async def set(
        self, guild_id: int, user_id: int, *, on_duty: bool | None = None, most_open: int | None = None
    ) -> Load:
        """Say whether somebody takes tickets, or how many at once; None: as before."""

        async def unit(session: WriteSession) -> Load:
            agent = await rows.lock(session, guild_id, user_id)
            agent = replace(
                agent,
                on_duty=agent.on_duty if on_duty is None else on_duty,
                most_open=agent.most_open if most_open is None else most_open,
            )
            await rows.write(session, guild_id, agent)
            return await self._load(session, guild_id, agent)

        return await self._database.transact(unit, idempotent=True)

    async def require_room(self, session: WriteSession, guild_id: int, user_id: int) -> Agent:
        """Somebody who may have one more ticket, locked until the transaction ends.

        Raises:
            AgentFull: they may not.
        """
        agent = await rows.lock(session, guild_id, user_id)
        load = await self._load(session, guild_id, agent)
        if not load.has_room:
            raise AgentFull(user_id, load.open)
        return agent

    async def _load(self, session: Session, guild_id: int, agent: Agent) -> Load:
        count = await rows.count_open(session, guild_id, agent.user_id)
        most = agent.most_open or (await self._settings.within(session, guild_id, TicketSettings)).most_open
        return Load(agent.user_id, agent.on_duty, count, most)
