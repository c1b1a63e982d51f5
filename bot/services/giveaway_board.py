"""What the message of a giveaway looks like, within what Discord lets a message hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.db.repositories.giveaways import entries, giveaways, winners
from bot.db.sessions import Session
from bot.domain.general import GeneralSettings
from bot.domain.giveaway_words import FIELDS, chances, colour, conditions, edits, named, standing
from bot.domain.giveaways import Giveaway, Status
from bot.domain.outbox import Button, ButtonStyle, Payload
from bot.services.guild_settings import GuildSettingsService
from bot.services.staff_notices import Tell
from bot.words import Phrase

_LONGEST_FIELD = 1_024
_LONGEST = 3_500
"""Of the text above the fields. With title, two fields and footer it stays below the 6,000 of a whole message."""


@dataclass(frozen=True)
class Shown:
    """A message, and how many are in by it."""

    payload: Payload
    entrants: int


class GiveawayBoard:
    """Puts giveaways into the one message that each of them has."""

    def __init__(self, settings: GuildSettingsService, tell: Tell) -> None:
        self._settings = settings
        self._tell = tell

    async def of(self, session: Session, giveaway: Giveaway) -> Shown:
        """The message as it is to be now. It calls nobody: whoever sends it the first time says whom."""
        language = (await self._settings.within(session, giveaway.guild_id, GeneralSettings)).language
        entrants = await entries.count(session, giveaway.guild_id, giveaway.number)
        lines = list(self._said(language, standing(giveaway, entrants)))
        if giveaway.status is Status.ENDED:
            lines += self._said(language, named(await winners.of(session, giveaway.guild_id, giveaway.number)))
        changes = list(self._said(language, edits(await giveaways.events(session, giveaway.guild_id, giveaway.number))))
        parts = [one for one in (giveaway.text, "\n".join(lines)) if one]
        embed: dict[str, Any] = {
            "title": giveaway.prize,
            "description": _together(parts, changes),
            "color": colour(giveaway),
            "fields": [*self._fields(giveaway, language)],
            "footer": {"text": self._proof(giveaway, language)},
        }
        called = "" if giveaway.ping_role_id is None else f"<@&{giveaway.ping_role_id}>"
        return Shown(Payload(called, embed, buttons=self._buttons(giveaway, language)), entrants)

    def _said(self, language: str, phrases: Iterable[Phrase]) -> Iterator[str]:
        return (self._tell(language, one) for one in phrases)

    def _fields(self, giveaway: Giveaway, language: str) -> Iterator[dict[str, Any]]:
        for field, phrases in (("rules", conditions(giveaway)), ("bonuses", chances(giveaway))):
            said = list(self._said(language, phrases))
            if said:
                name = self._tell(language, Phrase(FIELDS[field]))
                yield {"name": name, "value": self._fitting(said, language), "inline": False}

    def _fitting(self, lines: Sequence[str], language: str) -> str:
        """As many whole lines as a field holds, and how many more there are."""
        whole = "\n".join(lines)
        for kept in range(len(lines) - 1, 0, -1):
            if len(whole) <= _LONGEST_FIELD:
                return whole
            more = self._tell(language, Phrase("… and {count} more", {"count": len(lines) - kept}))
            whole = "\n".join([*lines[:kept], more])
        return whole if len(whole) <= _LONGEST_FIELD else f"{whole[: _LONGEST_FIELD - 2].rpartition(',')[0]} …"

    def _proof(self, giveaway: Giveaway, language: str) -> str:
        values = {"giveaway": giveaway.marker, "commitment": giveaway.commitment}
        return self._tell(language, Phrase("Giveaway {giveaway} · commitment {commitment}", values))

    def _buttons(self, giveaway: Giveaway, language: str) -> tuple[Button, ...]:
        if giveaway.status in {Status.DRAFT, Status.SCHEDULED, Status.RUNNING}:
            label = self._tell(language, Phrase("Enter"))
            return (Button(label, f"giveaway:enter:v1:{giveaway.number}", ButtonStyle.SUCCESS, "🎉"),)
        return self.after(giveaway, language)

    def after(self, giveaway: Giveaway, language: str) -> tuple[Button, ...]:
        """What can be pressed once it is drawn."""
        if giveaway.status is not Status.ENDED:
            return ()
        proof = Button(self._tell(language, Phrase("Check the draw")), f"giveaway:proof:v1:{giveaway.number}")
        if giveaway.claim_within is None:
            return (proof,)
        label = self._tell(language, Phrase("Claim your prize"))
        return Button(label, f"giveaway:claim:v1:{giveaway.number}", ButtonStyle.SUCCESS), proof


def _together(parts: Sequence[str], changes: Sequence[str]) -> str:
    """All of it, without the oldest changes where there is no room for them."""
    for start in range(len(changes) + 1):
        whole = "\n\n".join([*parts, *changes[start:]])
        if len(whole) <= _LONGEST:
            return whole
    return "\n\n".join(parts)[:_LONGEST]
