"""Panels: written, sent to members by the outbox, kept in step with what they are, and deleted."""

from __future__ import annotations

from dataclasses import replace

from bot.db.engine import Database
from bot.db.repositories.tickets import topics as rows
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.audit import AuditRecord, difference
from bot.domain.features import Feature
from bot.domain.outbox import Payload
from bot.domain.ticket_panels import without_message
from bot.domain.ticket_topics import (
    MOST_PANELS,
    Panel,
)
from bot.errors import (
    PanelGone,
    PanelNameTaken,
    PanelNotFound,
    TooManyPanels,
)
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.guild_settings import GuildSettingsService
from bot.services.ticket_panel_parts import By, PanelWords, Sent, about, check_base, new_topic, panel_at, words_of
from bot.services.ticket_panel_posts import TicketPanelPosts

CREATED, CHANGED, SENT, DELETED = "panel.create", "panel.change", "panel.send", "panel.delete"
"""What the audit log is told."""


class TicketPanelsService:
    """Writes the panels of each guild. Every change of one that members see is promised to its message with it."""

    def __init__(
        self,
        database: Database,
        ids: IdMaker,
        *,
        settings: GuildSettingsService,
        posts: TicketPanelPosts,
        audit: AuditService,
    ) -> None:
        self._database = database
        self._ids = ids
        self._settings = settings
        self._posts = posts
        self._audit = audit

    # Looking --------------------------------------------------------------------------------------------

    async def all(self, guild_id: int) -> tuple[Panel, ...]:
        """The panels of a guild with their topics, by name."""
        return await self._database.query(lambda session: rows.panels(session, guild_id))

    async def get(self, guild_id: int, panel_id: int) -> Panel:
        """A panel with its topics.

        Raises:
            PanelGone: the guild has none of that id.
        """
        return await self._database.query(lambda session: panel_at(session, guild_id, panel_id))

    async def named(self, guild_id: int, name: str) -> Panel:
        """The panel of a name, in whatever case it is written.

        Raises:
            PanelNotFound: the guild has none of that name.
        """

        async def unit(session: ReadSession) -> Panel:
            panel_id = await rows.panel_named(session, guild_id, name)
            if panel_id is None:
                raise PanelNotFound(name)
            return await panel_at(session, guild_id, panel_id)

        return await self._database.query(unit)

    async def preview(self, guild_id: int, panel_id: int) -> tuple[Panel, Payload]:
        """A panel, and its message as members see it.

        Raises:
            PanelGone: the guild has none of that id.
        """

        async def unit(session: ReadSession) -> tuple[Panel, Payload]:
            panel = await panel_at(session, guild_id, panel_id)
            return panel, await self._posts.payload(session, panel)

        return await self._database.query(unit)

    # Panels ---------------------------------------------------------------------------------------------

    async def create(self, guild_id: int, words: PanelWords, label: str, channel_id: int, by: By) -> Sent:
        """Write a panel with its first topic, and promise it to a channel.

        Raises:
            FeatureOff: tickets are switched off.
            PanelNameTaken, TooManyPanels: there is one of that name, or no room for another.
        """
        await self._settings.require(guild_id, Feature.TICKETS)
        panel = Panel(
            guild_id, self._ids.new(), words.name, words.title, words.text, words.style, created_by=by.user_id
        )
        topic = new_topic(panel, self._ids.new(), label, 1)

        async def unit(session: WriteSession) -> Sent:
            if await rows.find_panel(session, guild_id, panel.id) is None:  # else an earlier try
                if await rows.count_panels(session, guild_id) >= MOST_PANELS:
                    raise TooManyPanels(MOST_PANELS)
                if not await rows.add_panel(session, panel):
                    raise PanelNameTaken(panel.name)
                await rows.add_topic(session, topic)
                await self._audit.record(
                    session, guild_id, AuditRecord(CREATED, **about(panel, by), after={**vars(words), "topic": label})
                )
                return await self._sent(session, replace(panel, topics=(topic,)), channel_id)
            written = await panel_at(session, guild_id, panel.id)
            return Sent(written, self._posts.key(written))

        return await self._database.transact(unit, idempotent=True)

    async def edit(self, guild_id: int, panel_id: int, words: PanelWords, *, base: int, by: By) -> Panel:
        """Change what a panel is called and says, as it was shown at version `base`.

        Raises:
            PanelGone, PanelChanged: it is gone, or somebody else changed it since.
            PanelNameTaken: there is another of that name.
        """

        async def unit(session: WriteSession) -> Panel:
            panel = await panel_at(session, guild_id, panel_id, lock=True)
            after = replace(panel, **vars(words))
            if after == panel:
                return panel
            check_base(panel.version, base)
            taken = await rows.panel_named(session, guild_id, words.name)
            if taken not in {None, panel_id}:
                raise PanelNameTaken(words.name)
            old, new = difference(words_of(panel), vars(words))
            record = AuditRecord(CHANGED, **about(after, by), before=old, after=new)
            await self._audit.record(session, guild_id, record)
            return await self._posts.changed(session, after)

        return await self._database.transact(unit, idempotent=True)

    async def show_again(self, guild_id: int, panel_id: int) -> None:
        """Let the message of a panel appear as nobody has used it, soon: who chose from its menu may do so again.

        Raises:
            PanelGone: it is gone.
        """

        async def unit(session: WriteSession) -> None:
            await self._posts.again(session, await panel_at(session, guild_id, panel_id, lock=True))

        await self._database.transact(unit, idempotent=True)

    async def send(self, guild_id: int, panel_id: int, channel_id: int, by: By) -> Sent:
        """Promise a panel to a channel. Once it is there, the message that it had before is removed.

        Raises:
            FeatureOff: tickets are switched off.
            PanelGone, PanelEmpty: it is gone, or has nothing to press.
        """
        await self._settings.require(guild_id, Feature.TICKETS)

        async def unit(session: WriteSession) -> Sent:
            panel = await panel_at(session, guild_id, panel_id, lock=True)
            if panel.sending_to == channel_id:  # pressed twice, or an earlier try
                return Sent(panel, self._posts.key(panel))
            await self._audit.record(
                session, guild_id, AuditRecord(SENT, **about(panel, by), after={"channel": str(channel_id)})
            )
            return await self._sent(session, panel, channel_id)

        return await self._database.transact(unit, idempotent=True)

    async def _sent(self, session: WriteSession, panel: Panel, channel_id: int) -> Sent:
        sending = await self._posts.send(session, panel, channel_id)
        return Sent(sending, self._posts.key(sending))

    async def gone(self, guild_id: int, panel_id: int, message_id: int) -> None:
        """Write down that the message of a panel is there no more, unless it has another one meanwhile."""

        async def unit(session: WriteSession) -> None:
            panel = await rows.find_panel(session, guild_id, panel_id, lock=True)
            if panel is not None and panel.message_id == message_id:
                await rows.write_panel(session, without_message(panel))

        await self._database.transact(unit, idempotent=True)

    async def delete(self, guild_id: int, panel_id: int, by: By) -> Panel:
        """Delete a panel and promise that its message goes; its tickets stay. What it was.

        Raises:
            PanelGone: it is gone already.
        """
        gone: list[Panel] = []

        async def unit(session: WriteSession) -> Panel:
            panel = await rows.find_panel(session, guild_id, panel_id, lock=True)
            if panel is None:
                if gone:  # an earlier try, whose commit was cut off
                    return gone[-1]
                raise PanelGone
            gone.append(panel)
            await self._posts.remove(session, panel)
            await rows.delete_panel(session, guild_id, panel_id)
            await self._audit.record(
                session, guild_id, AuditRecord(DELETED, **about(panel, by), before=words_of(panel))
            )
            return panel

        return await self._database.transact(unit, idempotent=True)
