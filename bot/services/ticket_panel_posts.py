"""The messages of panels: promised to the outbox with each change, and what became of them."""

from __future__ import annotations

from dataclasses import replace

from bot.db.repositories.tickets import topics as rows
from bot.db.sessions import Session, WriteSession
from bot.domain.general import GeneralSettings
from bot.domain.outbox import REMOVAL, Claimed, Delivered, Hindrance, MessageKind, Payload, Place, Refused, channel
from bot.domain.ticket_panels import (
    KEYS,
    PLACEHOLDER,
    edit_key,
    payload_of,
    read_edit_key,
    read_send_key,
    send_key,
    without_message,
)
from bot.domain.ticket_topics import Panel, PanelTrouble
from bot.errors import PanelEmpty, PanelNameTaken
from bot.services.guild_settings import GuildSettingsService
from bot.services.outbox import OutboxService
from bot.services.staff_notices import Tell


class TicketPanelPosts:
    """Keeps messages in step with panels, inside the transactions that change these.

    A panel has one message. It is sent anew to be moved, and only when the new one is there the old one goes. A
    message that arrives late, after its panel was sent elsewhere or deleted, is removed as soon as it is known.
    """

    def __init__(self, outbox: OutboxService, settings: GuildSettingsService, tell: Tell) -> None:
        self._outbox = outbox
        self._settings = settings
        self._tell = tell
        outbox.listen(KEYS, self._hear)

    def key(self, panel: Panel) -> str:
        """The promise by which a panel was sent last, as long as it is under way."""
        return send_key(replace(panel, version=panel.shown))

    async def payload(self, session: Session, panel: Panel) -> Payload:
        """What members see of a panel."""
        general = await self._settings.within(session, panel.guild_id, GeneralSettings)
        said = self._tell(general.language, PLACEHOLDER)
        return payload_of(panel, colour=general.accent, placeholder=said)

    async def send(self, session: WriteSession, panel: Panel, channel_id: int) -> Panel:
        """Promise a locked panel to a channel; the panel as it is then.

        Raises:
            PanelEmpty: it has nothing to press.
        """
        if not panel.topics:
            raise PanelEmpty(panel.name)
        if panel.sending_to is not None:
            await self._outbox.withdraw(session, panel.guild_id, key=self.key(panel))
        sending = replace(panel, sending_to=channel_id, sends=panel.sends + 1, shown=panel.version, trouble=None)
        payload = await self.payload(session, sending)
        await self._outbox.send(session, panel.guild_id, channel(channel_id), payload, key=send_key(sending))
        await rows.write_panel(session, sending)
        return sending

    async def changed(self, session: WriteSession, panel: Panel) -> Panel:
        """Write a locked panel of which something is another now, and promise that to its message.

        Raises:
            PanelNameTaken: somebody was quicker with its name.
        """
        after = replace(panel, version=panel.version + 1)
        if after.message_id is not None and after.sending_to is None:
            after = await self._edited(session, after)
        if not await rows.write_panel(session, after):
            raise PanelNameTaken(panel.name)
        return after

    async def again(self, session: WriteSession, panel: Panel) -> None:
        """Promise that the message of a locked panel shows once more what it does, and nothing as chosen."""
        if panel.message_id is not None and panel.sending_to is None:
            await rows.write_panel(session, await self._edited(session, panel))

    async def remove(self, session: WriteSession, panel: Panel) -> None:
        """Promise that the message of a panel goes, and whichever is on its way."""
        if panel.sending_to is not None:
            await self._outbox.withdraw(session, panel.guild_id, key=self.key(panel))
        if panel.channel_id is not None and panel.message_id is not None:
            await self._removed(session, panel.guild_id, panel.id, Place(panel.channel_id, panel.message_id))

    async def _edited(self, session: WriteSession, panel: Panel) -> Panel:
        assert panel.channel_id is not None  # noqa: S101 — for the type checker; a message stands somewhere
        assert panel.message_id is not None  # noqa: S101 — the callers looked
        place, payload = Place(panel.channel_id, panel.message_id), await self.payload(session, panel)
        key = edit_key(panel.id, place.message_id)
        await self._outbox.edit(session, panel.guild_id, place, payload, key=key)
        return replace(panel, shown=panel.version)

    async def _removed(self, session: WriteSession, guild_id: int, panel_id: int, place: Place) -> None:
        await self._outbox.edit(session, guild_id, place, REMOVAL, key=edit_key(panel_id, place.message_id))

    # What became of it ----------------------------------------------------------------------------------

    async def _hear(self, session: WriteSession, claimed: Claimed, outcome: Delivered | Refused) -> None:
        if claimed.kind is MessageKind.SEND:
            await self._heard_sent(session, claimed, outcome)
        else:
            await self._heard_edited(session, claimed, outcome)

    async def _heard_sent(self, session: WriteSession, claimed: Claimed, outcome: Delivered | Refused) -> None:
        panel_id, sends, version = read_send_key(claimed.key)
        panel = await rows.find_panel(session, claimed.guild_id, panel_id, lock=True)
        is_current = panel is not None and panel.sends == sends and panel.sending_to is not None
        if panel is None or not is_current:
            if isinstance(outcome, Delivered):
                await self._removed(session, claimed.guild_id, panel_id, outcome.place)
            return
        if isinstance(outcome, Refused):
            stays = replace(panel, sending_to=None, trouble=PanelTrouble.REFUSED)
            if stays.message_id is not None:  # what changed meanwhile was not told to it
                stays = await self._edited(session, stays)
            await rows.write_panel(session, stays)
            return
        if panel.channel_id is not None and panel.message_id is not None:
            await self._removed(session, claimed.guild_id, panel_id, Place(panel.channel_id, panel.message_id))
        place = outcome.place
        there = replace(panel, channel_id=place.channel_id, message_id=place.message_id, sending_to=None, trouble=None)
        if there.version != version:
            there = await self._edited(session, there)
        await rows.write_panel(session, there)

    async def _heard_edited(self, session: WriteSession, claimed: Claimed, outcome: Delivered | Refused) -> None:
        panel = await rows.find_panel(session, claimed.guild_id, read_edit_key(claimed.key), lock=True)
        if panel is None or panel.message_id != claimed.message_id:
            return
        after = panel
        if isinstance(outcome, Delivered):
            after = replace(panel, trouble=None)
        elif outcome.message_gone or outcome.hindrance is Hindrance.GONE:
            after = without_message(panel)
        else:
            after = replace(panel, trouble=PanelTrouble.REFUSED)
        if after != panel:
            await rows.write_panel(session, after)
