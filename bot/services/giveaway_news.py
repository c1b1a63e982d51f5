"""What is told of giveaways apart from their message: new winners, letters to them and to the host, and the log.

All of it is promised in the transaction in which it happens, once. What can't be delivered stops nothing: of a letter
it is noted, and winners that the channel can't be told of are told to the host.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.db.repositories.giveaways import giveaways
from bot.db.repositories.giveaways import winners as drawn
from bot.db.sessions import Session, WriteSession
from bot.domain.general import GeneralSettings
from bot.domain.giveaway_settings import GiveawaySettings
from bot.domain.giveaway_words import FAILURES, logged, nobody_left, plainly, to_winner, to_winners
from bot.domain.giveaways import Delivery, EventKind, Failure, Giveaway, GiveawayEvent, Status, Winner
from bot.domain.outbox import Button, ButtonStyle, Claimed, Delivered, Mentions, Payload, Refused, channel, user
from bot.domain.privacy import is_nobody
from bot.services.giveaway_board import GiveawayBoard
from bot.services.guild_settings import GuildSettingsService
from bot.services.outbox import OutboxService
from bot.services.staff_notices import Tell
from bot.words import Phrase

NEWS = "giveaway-news"
"""What the keys of these messages begin with."""

LOG_TOPIC = "giveaway-log"

NAMED_AT_ONCE = 40
"""Winners who are called in one message: as many mentions as fit."""

_KEY = re.compile(rf"{NEWS}:(?P<number>\d+):(?P<what>said|letter):(?P<one>\d+)(?::(?P<start>\d+))?")
_LONGEST_LINE = 1_500


class GiveawayNews:
    """Tells of giveaways, inside the transactions that change them."""

    def __init__(self, outbox: OutboxService, settings: GuildSettingsService, tell: Tell, board: GiveawayBoard) -> None:
        self._outbox = outbox
        self._settings = settings
        self._tell = tell
        self._board = board

    async def tell(self, session: WriteSession, giveaway: Giveaway, event: GiveawayEvent) -> None:
        """Tell those whom it concerns of something that happened, once."""
        await self._log(session, giveaway, event)
        match event.kind:
            case EventKind.WON:
                await self._announce(session, giveaway, event)
            case EventKind.SHORT:
                said = nobody_left(giveaway, event.details["missing"])
                await self._say(session, giveaway, said, key=f"{NEWS}:{giveaway.number}:said:{event.seq}:0")
            case EventKind.CLAIMED:
                owner = await drawn.find(session, giveaway.guild_id, giveaway.number, int(event.details["user_id"]))
                await self._unpaid(session, giveaway, event.seq, [] if owner is None else [owner])
            case EventKind.MESSAGE_GONE:
                await self._to_host(session, giveaway, _GONE, key=f"gone:{event.seq}")
            case EventKind.FAILED:
                why = Phrase(FAILURES[giveaway.failure or Failure.REFUSED])
                await self._to_host(session, giveaway, _FAILED, key="failed", why=why)
            case _:
                return

    # Winners --------------------------------------------------------------------------------------------

    async def _announce(self, session: WriteSession, giveaway: Giveaway, event: GiveawayEvent) -> None:
        won = await _named(session, giveaway, event)
        for start in range(0, len(won), NAMED_AT_ONCE):
            some = won[start : start + NAMED_AT_ONCE]
            key = f"{NEWS}:{giveaway.number}:said:{event.seq}:{start}"
            await self._say(session, giveaway, to_winners(giveaway, some), key=key, won=some)
        if giveaway.letter:
            for one in won:
                await self._letter(session, giveaway, one)
        await self._unpaid(session, giveaway, event.seq, won)

    async def _say(
        self, session: WriteSession, giveaway: Giveaway, said: Phrase, *, key: str, won: Sequence[Winner] = ()
    ) -> None:
        language = await self._language(session, giveaway)
        called = Mentions(users=tuple(one.user_id for one in won))
        buttons = self._board.after(giveaway, language) if won else ()
        payload = Payload(self._tell(language, said), mentions=called, buttons=buttons)
        await self._outbox.send(session, giveaway.guild_id, channel(giveaway.channel_id), payload, key=key)

    async def _letter(self, session: WriteSession, giveaway: Giveaway, winner: Winner) -> None:
        language, buttons = await self._language(session, giveaway), tuple[Button, ...]()
        if winner.claim_until is not None:
            label = self._tell(language, Phrase("Claim your prize"))
            custom_id = f"giveaway:take:v1:{giveaway.guild_id}:{giveaway.number}"
            buttons = (Button(label, custom_id, ButtonStyle.SUCCESS),)
        payload = Payload(self._tell(language, to_winner(giveaway, winner)), buttons=buttons)
        key = f"{NEWS}:{giveaway.number}:letter:{winner.place}"
        await self._outbox.send(session, giveaway.guild_id, user(winner.user_id), payload, key=key)

    # The host -------------------------------------------------------------------------------------------

    async def _unpaid(self, session: WriteSession, giveaway: Giveaway, seq: int, winners: Sequence[Winner]) -> None:
        """Tell the host whose coins had no room."""
        names = tuple(Phrase("{winner_id}", {"winner_id": one.user_id})
                      for one in winners if one.delivery is Delivery.REFUSED)  # fmt: skip
        for start in range(0, len(names), NAMED_AT_ONCE):
            some = names[start : start + NAMED_AT_ONCE]
            await self._to_host(
                session, giveaway, _UNPAID, key=f"full:{seq}:{start}", names=some, prize_coins=giveaway.given.coins
            )

    async def _to_host(
        self, session: WriteSession, giveaway: Giveaway, words: Phrase, *, key: str, **values: object
    ) -> None:
        """Write to the host; where they take no letters, or are nobody any more, in the log."""
        language = await self._language(session, giveaway)
        known = {"giveaway": giveaway.marker, "prize": plainly(giveaway.prize), **words.values, **values}
        said = replace(words, values=known)
        log = (await self._settings.within(session, giveaway.guild_id, GiveawaySettings)).log_channel
        payload, key = Payload(self._tell(language, said)), f"{NEWS}:{giveaway.number}:host:{key}"
        if not is_nobody(giveaway.host_id):
            await self._outbox.send(
                session, giveaway.guild_id, user(giveaway.host_id), payload, key=key, fallback_id=log
            )
        elif log is not None:
            await self._outbox.send(session, giveaway.guild_id, channel(log), payload, key=key)

    # What became of it ----------------------------------------------------------------------------------

    async def heard(self, session: WriteSession, claimed: Claimed, outcome: Delivered | Refused) -> None:
        """Note, in the outbox's own transaction, whether a letter arrived, and what nobody could read in the channel.

        Nobody who holds a giveaway waits for these rows of the outbox, so the giveaway may be locked after them.
        """
        match = _KEY.match(claimed.key)
        if match is None or (match["what"] == "said" and isinstance(outcome, Delivered)):
            return
        giveaway = await giveaways.lock(session, claimed.guild_id, int(match["number"]))
        if giveaway is None:
            return
        if match["what"] == "letter":
            winner = await drawn.at(session, giveaway.guild_id, giveaway.number, int(match["one"]))
            if winner is not None:
                await drawn.write(session, replace(winner, lettered=isinstance(outcome, Delivered)))
            return
        event = await giveaways.event(session, giveaway.guild_id, giveaway.number, int(match["one"]))
        if event is not None:
            await self._unheard(session, giveaway, event, int(match["start"] or 0))

    async def _unheard(self, session: WriteSession, giveaway: Giveaway, event: GiveawayEvent, start: int) -> None:
        """Tell the host what nobody could read in the channel."""
        key = f"unheard:{event.seq}:{start}"
        if event.kind is EventKind.SHORT:
            await self._to_host(session, giveaway, nobody_left(giveaway, event.details["missing"]), key=key)
            return
        won = (await _named(session, giveaway, event))[start : start + NAMED_AT_ONCE]
        names = tuple(Phrase("{winner_id}", {"winner_id": one.user_id}) for one in won)
        await self._to_host(session, giveaway, _UNHEARD, key=key, names=names)

    # The log --------------------------------------------------------------------------------------------

    async def _log(self, session: WriteSession, giveaway: Giveaway, event: GiveawayEvent) -> None:
        there = (await self._settings.within(session, giveaway.guild_id, GiveawaySettings)).log_channel
        said = logged(giveaway, event)
        if there is None or said is None or giveaway.status is Status.DRAFT:
            return
        line = self._tell(await self._language(session, giveaway), said)[:_LONGEST_LINE]
        await self._outbox.gather(session, giveaway.guild_id, channel(there), line, topic=LOG_TOPIC)

    async def _language(self, session: Session, giveaway: Giveaway) -> str:
        return (await self._settings.within(session, giveaway.guild_id, GeneralSettings)).language


async def _named(session: WriteSession, giveaway: Giveaway, event: GiveawayEvent) -> list[Winner]:
    """The winners of whom an event tells, in order of place."""
    people = {int(one) for one in event.details["user_ids"]}
    every = await drawn.of(session, giveaway.guild_id, giveaway.number)
    return [one for one in every if one.user_id in people]


_GONE = Phrase(
    "The message of your giveaway {giveaway} (**{prize}**) is not there any more. It goes on all the same: who is in "
    "stays in, and the winners are drawn at its end. You find it with `/giveaway info`."
)
_FAILED = Phrase("Your giveaway {giveaway} (**{prize}**) could not be started: {why}.")
_UNHEARD = Phrase(
    "Your giveaway {giveaway} (**{prize}**) was won by {names}, but I could not say so in its channel. "
    "Please tell them."
)
_UNPAID = Phrase(
    "{names} won your giveaway {giveaway} (**{prize}**), but {prize_coins} would have been more than one may have "
    "here, so I gave none."
)
