"""The message of a giveaway, kept in step with it: promised when it starts, edited with each change, never waited for.

One that can't be sent at all leaves a giveaway that nobody can enter, so that one has failed. One that is lost later
changes nothing: those who are in stay in, and are drawn from.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from bot.db.engine import Database
from bot.db.repositories.giveaways import giveaways
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.giveaways import MAX_DETAIL, EventKind, Failure, Giveaway, Status
from bot.domain.outbox import (
    Claimed,
    Delivered,
    Hindrance,
    Mentions,
    MessageKind,
    Payload,
    Place,
    Refused,
    channel,
)
from bot.services.giveaway_board import GiveawayBoard
from bot.services.giveaway_file import GiveawayFile
from bot.services.outbox import OutboxService

TOPIC = "giveaway"
"""What the keys of giveaways' own messages begin with."""

_KEY = re.compile(rf"{TOPIC}:(?P<number>\d+):(?P<what>message|edit)\b")
_FAILURES = {Hindrance.GONE: Failure.GONE, Hindrance.FORBIDDEN: Failure.FORBIDDEN, None: Failure.REFUSED}
_GOES_ON = frozenset({Status.RUNNING, Status.DRAWING})


class GiveawayMessage:
    """Keeps messages in step with giveaways, inside the transactions that change them."""

    def __init__(self, database: Database, file: GiveawayFile, outbox: OutboxService, board: GiveawayBoard) -> None:
        self._database = database
        self._file = file
        self._outbox = outbox
        self._board = board

    async def show(self, session: WriteSession, giveaway: Giveaway) -> None:
        """Promise that the message shows a giveaway as it stands; the first one calls the role that it names.

        While the first one is under way nothing is promised: when it has arrived, it is seen whether it is out of date.
        That one is being drawn is shown only where that takes longer, for edits of old messages are ten seconds apart:
        the winners would have to wait for it.
        """
        if giveaway.gone or giveaway.status in {Status.DRAFT, Status.SCHEDULED}:
            return
        if giveaway.status is Status.DRAWING and giveaway.failed_since is None:
            return
        if giveaway.message_id is not None:
            await self._edit(session, giveaway)
        elif giveaway.status is Status.RUNNING:
            shown = await self._board.of(session, giveaway)
            roles = () if giveaway.ping_role_id is None else (giveaway.ping_role_id,)
            there, key = channel(giveaway.channel_id), f"{TOPIC}:{giveaway.number}:message"
            payload = replace(shown.payload, mentions=Mentions(roles=roles))
            await self._outbox.send(session, giveaway.guild_id, there, payload, key=key)

    async def preview(self, giveaway: Giveaway) -> Payload:
        """What the message would say."""
        return (await self._database.query(lambda session: self._board.of(session, giveaway))).payload

    async def count(self, session: WriteSession, giveaway: Giveaway) -> Giveaway:
        """Promise that the message of a locked giveaway shows how many are in now."""
        if giveaway.message_id is None or giveaway.gone:
            return giveaway
        return await self._edit(session, giveaway)

    async def _edit(self, session: WriteSession, giveaway: Giveaway) -> Giveaway:
        assert giveaway.message_id is not None  # noqa: S101 — for the type checker; all callers looked
        shown = await self._board.of(session, giveaway)
        place = Place(giveaway.channel_id, giveaway.message_id)
        key = f"{TOPIC}:{giveaway.number}:edit:{giveaway.message_id}"
        await self._outbox.edit(session, giveaway.guild_id, place, shown.payload, key=key)
        return await self._file.note(session, giveaway, shown=shown.entrants)

    # What becomes of it ---------------------------------------------------------------------------------

    async def heard(self, session: WriteSession, claimed: Claimed, outcome: Delivered | Refused) -> None:
        """Note, in the outbox's own transaction, what became of a message: where it stands, or that it can't be.

        The outbox holds its row by then. Whoever changes a giveaway locks that first and the row of its edit after it,
        so for an edit that arrived, of which there is nothing to note, the giveaway is not locked.
        """
        match, is_new = _KEY.match(claimed.key), claimed.kind is MessageKind.SEND
        if match is None or (isinstance(outcome, Delivered) and not is_new):
            return
        giveaway = await giveaways.lock(session, claimed.guild_id, int(match["number"]))
        if giveaway is None:
            return
        if isinstance(outcome, Delivered):
            await self._arrived(session, giveaway, claimed, outcome.place)
        elif is_new:
            await self._unsent(session, giveaway, outcome)
        elif _is_gone(outcome) and claimed.message_id == giveaway.message_id:
            await self._lost(session, giveaway, outcome.reason)

    async def _arrived(self, session: WriteSession, giveaway: Giveaway, claimed: Claimed, place: Place) -> None:
        giveaway = await self._file.note(session, giveaway, message_id=place.message_id, gone=False)
        now = await self._board.of(session, giveaway)
        if _seen(now.payload) != _seen(claimed.payload):
            await self._edit(session, giveaway)

    async def _unsent(self, session: WriteSession, giveaway: Giveaway, refused: Refused) -> None:
        """It never stood anywhere. While it runs nobody is in, for there was nothing to press."""
        if giveaway.status is not Status.RUNNING:
            await self._lost(session, giveaway, refused.reason)
            return
        failure = _FAILURES[refused.hindrance]
        await self._file.change(
            session, giveaway, (EventKind.FAILED, {"why": failure.value}), by=None, quiet=True,
            status=Status.FAILED, failure=failure, detail=refused.reason[:MAX_DETAIL], gone=True,
        )  # fmt: skip

    async def _lost(self, session: WriteSession, giveaway: Giveaway, why: str) -> None:
        """The message is there no more. Of one that is over nobody needs to be told."""
        if giveaway.gone:
            return
        if giveaway.status in _GOES_ON:
            event = (EventKind.MESSAGE_GONE, {"why": why})
            await self._file.change(session, giveaway, event, by=None, quiet=True, gone=True)
        else:
            await self._file.note(session, giveaway, gone=True)

    # For those who watch --------------------------------------------------------------------------------

    async def deleted(self, guild_id: int, channel_id: int, message_ids: Collection[int] | None) -> None:
        """Note that messages of a channel are there no more; all of them, where there are no `message_ids`."""

        async def unit(session: ReadSession) -> list[int]:
            return await giveaways.numbers_of(session, guild_id, channel_id, message_ids)

        for number in await self._database.query(unit):
            await self._gone(guild_id, number)

    async def _gone(self, guild_id: int, number: int) -> None:
        async def unit(session: WriteSession) -> None:
            giveaway = await giveaways.lock(session, guild_id, number)
            if giveaway is not None and giveaway.message_id is not None:
                await self._lost(session, giveaway, "it was deleted")

        await self._database.transact(unit, idempotent=True)


def _is_gone(refused: Refused) -> bool:
    """Whether an edit was refused since there is nothing to edit, which no other try will change."""
    return refused.message_gone or refused.hindrance is Hindrance.GONE


def _seen(payload: Payload) -> dict[str, Any]:
    """What people see of a message, whomever it called."""
    return replace(payload, mentions=Mentions()).to_json()
