"""The message of a giveaway, kept in step with it: promised when it starts, edited with each change, never waited for.

What is told apart from it goes out the same way: a line in the channel for new winners and for changes, a letter for
each winner, and a word to the host where the channel is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bot.db.engine import Database
from bot.db.repositories.giveaways import entries, giveaways
from bot.db.repositories.giveaways import winners as drawn
from bot.db.sessions import Session, WriteSession
from bot.domain.general import GeneralSettings
from bot.domain.giveaway_settings import GiveawaySettings
from bot.domain.giveaway_words import chances, colour, conditions, edits, logged, moment, named, standing
from bot.domain.giveaways import EventKind, Giveaway, GiveawayEvent, Status, Winner
from bot.domain.outbox import (
    Button,
    ButtonStyle,
    Claimed,
    Delivered,
    Hindrance,
    Mentions,
    MessageKind,
    Payload,
    Place,
    Refused,
    channel,
    user,
)
from bot.services.giveaway_file import GiveawayFile
from bot.services.guild_settings import GuildSettingsService
from bot.services.outbox import OutboxService
from bot.services.staff_notices import Tell
from bot.words import Phrase

TOPIC = "giveaway"
"""What the keys of all messages about giveaways begin with."""

LOG_TOPIC = "giveaway-log"

NAMED_AT_ONCE = 40
"""Winners who are called in one message: as many mentions as fit."""

_KEY = re.compile(rf"{TOPIC}:(?P<number>\d+):(?P<what>message|edit|letter)\b(?::(?P<place>\d+))?")
_LONGEST = 3_800


class GiveawayMessage:
    """Keeps messages in step with giveaways, inside the transactions that change them."""

    def __init__(
        self,
        database: Database,
        file: GiveawayFile,
        outbox: OutboxService,
        settings: GuildSettingsService,
        tell: Tell,
    ) -> None:
        self._database = database
        self._file = file
        self._outbox = outbox
        self._settings = settings
        self._tell = tell

    # The message itself ---------------------------------------------------------------------------------

    async def show(self, session: WriteSession, giveaway: Giveaway) -> None:
        """Promise that the message shows a giveaway as it stands; the first one calls the role that it names.

        While the first one is under way nothing is promised: when it has arrived, it is seen whether it is out of date.
        """
        if giveaway.gone or giveaway.status in {Status.DRAFT, Status.SCHEDULED}:
            return
        if giveaway.message_id is not None:
            await self._edit(session, giveaway)
        elif giveaway.status is Status.RUNNING:
            payload, _entrants = await self._payload(session, giveaway)
            roles = () if giveaway.ping_role_id is None else (giveaway.ping_role_id,)
            there, key = channel(giveaway.channel_id), f"{TOPIC}:{giveaway.number}:message"
            payload = replace(payload, mentions=Mentions(roles=roles))
            await self._outbox.send(session, giveaway.guild_id, there, payload, key=key)

    async def preview(self, giveaway: Giveaway) -> Payload:
        """What the message would say."""
        shown, _entrants = await self._database.query(lambda session: self._payload(session, giveaway))
        return shown

    async def count(self, session: WriteSession, giveaway: Giveaway) -> Giveaway:
        """Promise that the message of a locked giveaway shows how many are in now."""
        if giveaway.message_id is None or giveaway.gone:
            return giveaway
        return await self._edit(session, giveaway)

    async def _edit(self, session: WriteSession, giveaway: Giveaway) -> Giveaway:
        assert giveaway.message_id is not None  # noqa: S101 — for the type checker; all callers looked
        payload, entrants = await self._payload(session, giveaway)
        place = Place(giveaway.channel_id, giveaway.message_id)
        key = f"{TOPIC}:{giveaway.number}:edit:{giveaway.message_id}"
        await self._outbox.edit(session, giveaway.guild_id, place, payload, key=key)
        return await self._file.note(session, giveaway, shown=entrants)

    async def heard(self, session: WriteSession, claimed: Claimed, outcome: Delivered | Refused) -> None:
        """Note, in the outbox's own transaction, what became of a message: where it stands, or that it can't be."""
        match = _KEY.match(claimed.key)
        if match is None:
            return
        giveaway = await giveaways.lock(session, claimed.guild_id, int(match["number"]))
        if giveaway is None:
            return
        if match["what"] == "letter":
            await self._lettered(session, giveaway, int(match["place"] or 0), isinstance(outcome, Delivered))
        elif isinstance(outcome, Delivered):
            if claimed.kind is MessageKind.SEND:
                await self._arrived(session, giveaway, claimed, outcome.place)
        elif claimed.kind is MessageKind.SEND or (
            outcome.hindrance in {None, Hindrance.GONE} and claimed.message_id == giveaway.message_id
        ):
            await self._lost(session, giveaway, outcome)

    async def _arrived(self, session: WriteSession, giveaway: Giveaway, claimed: Claimed, place: Place) -> None:
        giveaway = await self._file.note(session, giveaway, message_id=place.message_id)
        now, _entrants = await self._payload(session, giveaway)
        if _seen(now) != _seen(claimed.payload):
            await self._edit(session, giveaway)

    async def _lost(self, session: WriteSession, giveaway: Giveaway, outcome: Refused) -> None:
        """The message can't be: the host is told, and the giveaway goes on."""
        if giveaway.gone:
            return
        event = (EventKind.MESSAGE_GONE, {"why": outcome.reason})
        giveaway = await self._file.change(session, giveaway, event, by=None, quiet=True, gone=True)
        said = Phrase(
            "The message of your giveaway {giveaway} (**{prize}**) can't be shown any more. It goes on all the same, "
            "and its winners are drawn. You find it with `/giveaway info`.",
            {"giveaway": giveaway.marker, "prize": giveaway.prize},
        )
        await self._letter(session, giveaway, giveaway.host_id, said, key=f"{TOPIC}:{giveaway.number}:host:gone")

    # What happens ---------------------------------------------------------------------------------------

    async def tell(self, session: WriteSession, giveaway: Giveaway, event: GiveawayEvent) -> None:
        """Tell those whom it concerns of something that happened, once."""
        await self._log(session, giveaway, event)
        match event.kind:
            case EventKind.WON:
                await self._announce(session, giveaway, event)
            case EventKind.SHORT if not giveaway.gone:
                said = Phrase("Nobody is left who could win **{prize}**.", {"prize": giveaway.prize})
                await self._say(session, giveaway, said, key=f"{TOPIC}:{giveaway.number}:said:{event.seq}")
            case _:
                return

    async def _announce(self, session: WriteSession, giveaway: Giveaway, event: GiveawayEvent) -> None:
        people = [int(one) for one in event.details["user_ids"]]
        every = await drawn.of(session, giveaway.guild_id, giveaway.number)
        won = [one for one in every if one.user_id in people]
        for start in range(0, len(won), NAMED_AT_ONCE):
            some = won[start : start + NAMED_AT_ONCE]
            key = f"{TOPIC}:{giveaway.number}:said:{event.seq}:{start}"
            await self._say(session, giveaway, _congratulation(giveaway, some), key=key, won=some)
        if giveaway.letter:
            for one in won:
                key = f"{TOPIC}:{giveaway.number}:letter:{one.place}"
                await self._letter(session, giveaway, one.user_id, _letter_of(giveaway, one), key=key, winner=one)

    async def _say(
        self, session: WriteSession, giveaway: Giveaway, said: Phrase, *, key: str, won: Iterable[Winner] = ()
    ) -> None:
        language = await self._language(session, giveaway)
        called = tuple(one.user_id for one in won)
        buttons = self._after(giveaway, language) if called else ()
        payload = Payload(self._tell(language, said), mentions=Mentions(users=called), buttons=buttons)
        await self._outbox.send(session, giveaway.guild_id, channel(giveaway.channel_id), payload, key=key)

    async def _letter(
        self,
        session: WriteSession,
        giveaway: Giveaway,
        user_id: int,
        said: Phrase,
        *,
        key: str,
        winner: Winner | None = None,
    ) -> None:
        language = await self._language(session, giveaway)
        buttons: tuple[Button, ...] = ()
        if winner is not None and winner.claim_until is not None:
            label = self._tell(language, Phrase("Claim your prize"))
            custom_id = f"giveaway:take:v1:{giveaway.guild_id}:{giveaway.number}"
            buttons = (Button(label, custom_id, ButtonStyle.SUCCESS),)
        payload = Payload(self._tell(language, said), buttons=buttons)
        await self._outbox.send(session, giveaway.guild_id, user(user_id), payload, key=key)

    async def _lettered(self, session: WriteSession, giveaway: Giveaway, place: int, reached: bool) -> None:
        for one in await drawn.of(session, giveaway.guild_id, giveaway.number):
            if one.place == place:
                await drawn.write(session, replace(one, lettered=reached))

    async def _log(self, session: WriteSession, giveaway: Giveaway, event: GiveawayEvent) -> None:
        there = (await self._settings.within(session, giveaway.guild_id, GiveawaySettings)).log_channel
        said = logged(giveaway, event)
        if there is None or said is None or giveaway.status is Status.DRAFT:
            return
        language = await self._language(session, giveaway)
        line = self._tell(language, said)[:1_500]
        await self._outbox.gather(session, giveaway.guild_id, channel(there), line, topic=LOG_TOPIC)

    # What it says ---------------------------------------------------------------------------------------

    async def _language(self, session: Session, giveaway: Giveaway) -> str:
        return (await self._settings.within(session, giveaway.guild_id, GeneralSettings)).language

    async def _payload(self, session: Session, giveaway: Giveaway) -> tuple[Payload, int]:
        """The message as it is to be, and how many are in by it."""
        language = await self._language(session, giveaway)
        entrants = await entries.count(session, giveaway.guild_id, giveaway.number)
        lines = [self._tell(language, one) for one in standing(giveaway, entrants)]
        if giveaway.status is Status.ENDED:
            won = await drawn.of(session, giveaway.guild_id, giveaway.number)
            lines = [*lines, *(self._tell(language, one) for one in named(won))]
        changes = edits(await giveaways.events(session, giveaway.guild_id, giveaway.number))
        parts = [giveaway.text, "\n".join(lines), *(self._tell(language, one) for one in changes)]
        fields = [
            _field(self._tell(language, title), "\n".join(self._tell(language, one) for one in said))
            for title, said in (
                (Phrase("Who may enter"), [*conditions(giveaway)]),
                (Phrase("Chances"), [*chances(giveaway)]),
            )
            if said
        ]
        embed: dict[str, Any] = {
            "title": giveaway.prize[:256],
            "description": "\n\n".join(part for part in parts if part)[:_LONGEST],
            "color": colour(giveaway),
            "fields": fields,
            "footer": {"text": self._proof(giveaway, language)},
        }
        called = "" if giveaway.ping_role_id is None else f"<@&{giveaway.ping_role_id}>"
        return Payload(called, embed, buttons=self._buttons(giveaway, language)), entrants

    def _proof(self, giveaway: Giveaway, language: str) -> str:
        values = {"giveaway": giveaway.marker, "commitment": giveaway.commitment}
        return self._tell(language, Phrase("Giveaway {giveaway} · commitment {commitment}", values))

    def _buttons(self, giveaway: Giveaway, language: str) -> tuple[Button, ...]:
        if giveaway.status in {Status.DRAFT, Status.SCHEDULED, Status.RUNNING}:
            label = self._tell(language, Phrase("Enter"))
            return (Button(label, f"giveaway:enter:v1:{giveaway.number}", ButtonStyle.SUCCESS, "🎉"),)
        return self._after(giveaway, language)

    def _after(self, giveaway: Giveaway, language: str) -> tuple[Button, ...]:
        if giveaway.status is not Status.ENDED:
            return ()
        proof = Button(self._tell(language, Phrase("Check the draw")), f"giveaway:proof:v1:{giveaway.number}")
        if giveaway.claim_within is None:
            return (proof,)
        label = self._tell(language, Phrase("Claim your prize"))
        return Button(label, f"giveaway:claim:v1:{giveaway.number}", ButtonStyle.SUCCESS), proof


def _congratulation(giveaway: Giveaway, winners: Iterable[Winner]) -> Phrase:
    some = list(winners)
    values: dict[str, object] = {
        "names": tuple(Phrase("{winner_id}", {"winner_id": one.user_id}) for one in some),
        "prize": giveaway.prize,
    }
    until = next((one.claim_until for one in some if one.claim_until is not None), None)
    if until is None:
        return Phrase("🎉 {names} — you won **{prize}**!", values)
    values["when"] = moment(until, "R")
    return Phrase("🎉 {names} — you won **{prize}**! Claim it below; the time for it ends {when}.", values)


def _letter_of(giveaway: Giveaway, winner: Winner) -> Phrase:
    place = giveaway.message_id or ""
    link = f"https://discord.com/channels/{giveaway.guild_id}/{giveaway.channel_id}/{place}".rstrip("/")
    values: dict[str, object] = {"prize": giveaway.prize, "link": link}
    if winner.claim_until is None:
        return Phrase("🎉 You won **{prize}**! {link}", values)
    values["when"] = moment(winner.claim_until, "R")
    return Phrase("🎉 You won **{prize}**! Claim it; the time for it ends {when}. {link}", values)


def _field(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "value": value[:1024], "inline": False}


def _seen(payload: Payload) -> dict[str, Any]:
    """What people see of a message, whomever it called."""
    return replace(payload, mentions=Mentions()).to_json()
