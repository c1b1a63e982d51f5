"""What is said of cases: one message per case in the log channel, and letters to members, all through the outbox.

The message is promised in the transaction in which it is known what became of the case, and edited whenever the case
changes after that. No log channel, or one that is gone, never stops anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from bot.db.repositories import guilds
from bot.db.repositories.moderation import cases as rows
from bot.db.sessions import Session, WriteSession
from bot.domain.case_words import MANY, about, colour, correction, letter, other_end, title
from bot.domain.cases import Case, CaseKind, CaseState, DmState, LogPlace
from bot.domain.general import GeneralSettings
from bot.domain.moderation import ModerationSettings
from bot.domain.outbox import CLOSED, Claimed, Delivered, MessageKind, Payload, Place, Refused, channel, user
from bot.services.guild_settings import GuildSettingsService
from bot.services.outbox import OutboxService
from bot.services.staff_notices import Tell
from bot.words import Phrase

TOPIC = "case"
"""What the keys of all messages about cases begin with."""

_KEY = re.compile(rf"{TOPIC}:(?P<number>\d+):(?P<what>dm|log|edit)\b")
_LONGEST = 4_000


def letter_key(number: int) -> str:
    """The key of what a member is told of a case."""
    return f"{TOPIC}:{number}:dm"


class CaseLog:
    """Promises messages about cases, inside the transactions of use cases."""

    def __init__(self, outbox: OutboxService, settings: GuildSettingsService, tell: Tell) -> None:
        self._outbox = outbox
        self._settings = settings
        self._tell = tell
        outbox.listen(TOPIC, self.heard)

    # For staff ------------------------------------------------------------------------------------------

    async def tell(self, session: WriteSession, case: Case) -> None:
        """Promise that the log, if there is one, shows the case as it stands. One that is still to be done waits.

        One of many that were done together is not told by itself: one message is about all of them.
        """
        if case.state.is_open:
            return
        payload = await self._shown(session, case)
        if case.log is not None:
            await self._edit(session, case, case.log, payload)
            return
        there = None if case.batch_id is not None else await self._channel(session, case.guild_id)
        if there is None:
            return
        key = f"{TOPIC}:{case.number}:log"
        if await self._outbox.send(session, case.guild_id, channel(there), payload, key=key):
            return
        if not await self._outbox.rewrite(session, case.guild_id, payload, key=key):
            await rows.owe_log(session, case.guild_id, case.number)

    async def tell_of_many(
        self, session: WriteSession, guild_id: int, batch_id: int, head: Phrase, lines: Iterable[Phrase]
    ) -> None:
        """Promise the one message about all that was done together, once for each batch."""
        there = await self._channel(session, guild_id)
        if there is None:
            return
        general = await self._settings.within(session, guild_id, GeneralSettings)
        said = {"title": self._tell(general.language, head), "description": self._lines(general.language, lines)}
        key = f"{TOPIC}s:{batch_id}:log"
        await self._outbox.send(session, guild_id, channel(there), Payload(embed={**said, "color": MANY}), key=key)

    async def _edit(self, session: WriteSession, case: Case, place: LogPlace, payload: Payload) -> None:
        key = f"{TOPIC}:{case.number}:edit:{place.message_id}"
        there = Place(place.channel_id, place.message_id)
        await self._outbox.edit(session, case.guild_id, there, payload, key=key)

    async def _channel(self, session: Session, guild_id: int) -> int | None:
        settings = await self._settings.within(session, guild_id, ModerationSettings)
        if settings.log_channel is not None:
            return settings.log_channel
        return (await self._settings.within(session, guild_id, GeneralSettings)).log_channel

    async def _shown(self, session: Session, case: Case) -> Payload:
        general = await self._settings.within(session, case.guild_id, GeneralSettings)
        embed: dict[str, Any] = {
            "title": self._tell(general.language, title(case)),
            "description": self._lines(general.language, about(case)),
            "color": colour(case),
        }
        return Payload(embed=embed)

    def _lines(self, language: str, lines: Iterable[Phrase | str]) -> str:
        told = [one if isinstance(one, str) else self._tell(language, one) for one in lines]
        return "\n".join(told)[:_LONGEST]

    # For members ----------------------------------------------------------------------------------------

    async def wants_letter(self, session: Session, guild_id: int, kind: CaseKind, *, silent: bool) -> bool:
        """Whether the member is to be told of such a case."""
        if silent or kind is CaseKind.NOTE:
            return False
        return (await self._settings.within(session, guild_id, ModerationSettings)).dm_members

    async def write_to_member(self, session: WriteSession, case: Case) -> None:
        """Promise the letter about a case."""
        settings = await self._settings.within(session, case.guild_id, ModerationSettings)
        general = await self._settings.within(session, case.guild_id, GeneralSettings)
        said = self._lines(general.language, letter(case, await self._server(session, case.guild_id), settings))
        await self._post(session, case, said, key=letter_key(case.number))

    async def write_of_end(self, session: WriteSession, case: Case) -> None:
        """Promise a letter about another end than the member was told of, if they were told of any."""
        if case.dm is not DmState.SENT:
            return
        general = await self._settings.within(session, case.guild_id, GeneralSettings)
        said = self._tell(general.language, other_end(case, await self._server(session, case.guild_id)))
        await self._post(session, case, said, key=f"{TOPIC}:{case.number}:end:{case.version}")

    async def withhold_letter(self, session: WriteSession, case: Case) -> DmState:
        """What a member would be told will not be done: owe it no longer, if nobody can have read it yet."""
        withheld = case.dm is DmState.PENDING and await self._outbox.withdraw(
            session, case.guild_id, key=letter_key(case.number)
        )
        return DmState.NONE if withheld else case.dm

    async def take_back_letter(self, session: WriteSession, case: Case) -> DmState:
        """A member may have been told of what then could not be done: withdraw it, or promise a correction."""
        if case.dm not in {DmState.PENDING, DmState.SENT}:
            return case.dm
        if await self.withhold_letter(session, case) is DmState.NONE:
            return DmState.NONE
        general = await self._settings.within(session, case.guild_id, GeneralSettings)
        said = self._tell(general.language, correction(case, await self._server(session, case.guild_id)))
        await self._post(session, case, said, key=f"{TOPIC}:{case.number}:correction")
        return case.dm

    async def _post(self, session: WriteSession, case: Case, said: str, *, key: str) -> None:
        embed = {"description": said, "color": colour(case)}
        await self._outbox.send(session, case.guild_id, user(case.target_id), Payload(embed=embed), key=key)

    async def _server(self, session: Session, guild_id: int) -> str:
        name = await guilds.name_of(session, guild_id)
        return name or "Discord"

    # What became of them --------------------------------------------------------------------------------

    async def heard(self, session: WriteSession, claimed: Claimed, outcome: Delivered | Refused) -> None:
        """Note, in the outbox's own transaction, where a message stands or that it could not be said."""
        match = _KEY.match(claimed.key)
        if match is None:
            return
        number, what = int(match["number"]), match["what"]
        if what == "dm":
            dm = _told(outcome)
            await rows.note_dm(session, claimed.guild_id, number, dm)
            if dm is not DmState.SENT:  # the log says that they will be told, and that is not so
                await self._again(session, claimed.guild_id, number)
        elif what == "log" and isinstance(outcome, Delivered):
            place = LogPlace(outcome.place.channel_id, outcome.place.message_id)
            if await rows.note_log(session, claimed.guild_id, number, place):
                await self._again(session, claimed.guild_id, number)
        elif what == "edit" and isinstance(outcome, Refused) and claimed.kind is MessageKind.EDIT:
            await self._repost(session, claimed, number)

    async def _again(self, session: WriteSession, guild_id: int, number: int) -> None:
        case = await rows.find(session, guild_id, number)
        if case is not None:
            await self.tell(session, case)

    async def _repost(self, session: WriteSession, claimed: Claimed, number: int) -> None:
        """The message can't be edited, perhaps since somebody deleted it: say it anew."""
        await rows.note_log(session, claimed.guild_id, number, None)
        case = await rows.find(session, claimed.guild_id, number)
        there = await self._channel(session, claimed.guild_id)
        if case is not None and there is not None and case.state is not CaseState.PLANNED:
            key = f"{TOPIC}:{number}:log:{claimed.message_id}"
            shown = await self._shown(session, case)
            await self._outbox.send(session, claimed.guild_id, channel(there), shown, key=key)


def _told(outcome: Delivered | Refused) -> DmState:
    if isinstance(outcome, Delivered):
        return DmState.SENT
    return DmState.CLOSED if outcome.reason == CLOSED else DmState.FAILED
