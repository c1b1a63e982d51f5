"""Telling staff: what was done goes to the log channel, what must be mended to the alert channel.

Both are promised in the transaction that they tell of, through the outbox: whatever is acknowledged will be said. And
both name people without calling them.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import guild_settings as settings_rows
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.audit import AuditRecord
from bot.domain.general import GeneralSettings
from bot.domain.outbox import Claimed, Hindrance, Payload, Target, channel
from bot.domain.settings import Section, read_leniently
from bot.domain.settings_fields import FieldKind, SettingField, fields_of
from bot.domain.staff_notices import LONGEST_LINE, Alert, Story, deleted_alert, line, refused_alert
from bot.services.outbox import OutboxService
from bot.words import Phrase

Tell = Callable[[str, Phrase], str]
"""Puts a phrase into a language."""

_LOG = "log"
_PASSING = "ticket:"
"""What the keys of messages begin with whose channels are there for a while only."""


class StaffNoticesService:
    """Writes to the channels that a guild's general settings name; where none is chosen, nothing.

    It reads the settings as they are in the transaction, so the line about a new log channel is the first one there.
    """

    def __init__(self, database: Database, clock: Clock, outbox: OutboxService, story: Story, tell: Tell) -> None:
        self._database = database
        self._clock = clock
        self._outbox = outbox
        self._story = story
        self._tell = tell

    async def log(self, session: WriteSession, guild_id: int, record: AuditRecord) -> None:
        """Promise a line about an entry of the audit log, inside the caller's transaction.

        Lines that come quickly one after the other are one message.
        """
        general = await self._general(session, guild_id)
        there = await self._own_log(session, guild_id, record.action) or general.log_channel
        if there is not None:
            await self.tell(session, guild_id, there, record)

    async def tell(self, session: WriteSession, guild_id: int, channel_id: int, record: AuditRecord) -> None:
        """Promise the same line in a channel that the caller names."""
        general = await self._general(session, guild_id)
        said = self._tell(general.language, line(record, self._story))[:LONGEST_LINE]
        await self._outbox.gather(session, guild_id, channel(channel_id), said, topic=_LOG)

    async def _own_log(self, session: Session, guild_id: int, action: str) -> int | None:
        """The channel that a feature's own settings name for what was done in it."""
        setting = self._story.log_channels.get(action)
        if setting is None:
            return None
        return getattr(await self._section(session, guild_id, setting.section), setting.field)

    async def alert(self, session: WriteSession, guild_id: int, alert: Alert, *, broken: int | None = None) -> None:
        """Promise an alert, inside the caller's transaction: once for each cause and day of the guild.

        If the alert channel itself is the one that is `broken`, the log channel is told.
        """
        general = await self._general(session, guild_id)
        there = next((one for one in (general.alert_channel, general.log_channel) if one not in {None, broken}), None)
        if there is None or general.alert_channel is None:
            return
        day = self._clock.now().astimezone(general.zone).date()
        said = Payload(f"⚠️ {self._tell(general.language, alert.said)}"[:LONGEST_LINE])
        await self._outbox.send(session, guild_id, channel(there), said, key=f"alert:{alert.cause}:{day}")

    async def given_up(self, session: WriteSession, claimed: Claimed, hindrance: Hindrance) -> None:
        """A message was given up, in this transaction, for something that staff can mend.

        This never goes round in a circle: an alert about a channel never goes there, and is promised once a day. That
        the channel of a ticket is gone is nothing to mend, for they come and go.
        """
        if hindrance is Hindrance.GONE and claimed.key.startswith(_PASSING):
            return
        if claimed.destination.target is Target.CHANNEL:
            channel_id = claimed.destination.id
            alert = refused_alert(channel_id, hindrance)
            await self.alert(session, claimed.guild_id, alert, broken=channel_id)

    async def channel_deleted(self, guild_id: int, channel_id: int, name: str) -> None:
        """Discord says that a channel was deleted: if a setting names it, staff is told. Safe to repeat."""

        async def look(session: ReadSession) -> list[tuple[type[Section], SettingField]]:
            found: list[tuple[type[Section], SettingField]] = []
            for model, fields in of_channels.items():
                stored = await self._section(session, guild_id, model)
                found += [(model, field) for field in fields if channel_id in _chosen(stored, field)]
            return found

        of_channels = {model: fields for model in self._story.sections if (fields := _of_channels(model))}
        # Most channels are named nowhere, and many may be deleted at once: what only looks keeps no writer waiting.
        found = await self._database.query(look)
        if found:
            alert = deleted_alert(channel_id, name, found)
            await self._database.transact(
                lambda session: self.alert(session, guild_id, alert, broken=channel_id), idempotent=True
            )

    async def _general(self, session: Session, guild_id: int) -> GeneralSettings:
        found = await self._section(session, guild_id, GeneralSettings)
        return found if isinstance(found, GeneralSettings) else GeneralSettings()

    async def _section(self, session: Session, guild_id: int, model: type[Section]) -> Section:
        stored = await settings_rows.get(session, guild_id, model.section)
        return model() if stored is None else read_leniently(model, stored.document)[0]


def _of_channels(model: type[Section]) -> list[SettingField]:
    return [field for field in fields_of(model) if field.kind in {FieldKind.CHANNEL, FieldKind.CHANNELS}]


def _chosen(section: Section, field: SettingField) -> tuple[int, ...]:
    value: int | tuple[int, ...] | None = getattr(section, field.name)
    return () if value is None else (value,) if isinstance(value, int) else value
