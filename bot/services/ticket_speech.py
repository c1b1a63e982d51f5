"""What is said in tickets by the bot itself: promised in the transaction that causes it, in the server's language."""

from __future__ import annotations

from collections.abc import Iterable

from bot.db.sessions import Session, WriteSession
from bot.domain.general import GeneralSettings
from bot.domain.outbox import Button, Mentions, Payload, channel
from bot.domain.tickets import Ticket
from bot.services.guild_settings import GuildSettingsService
from bot.services.outbox import OutboxService
from bot.services.staff_notices import Tell
from bot.words import Phrase

_LONGEST = 2_000


class TicketSpeech:
    """Writes into the channels of tickets."""

    def __init__(self, outbox: OutboxService, settings: GuildSettingsService, tell: Tell) -> None:
        self._outbox = outbox
        self._settings = settings
        self._tell = tell

    async def words(self, session: Session, guild_id: int, *phrases: Phrase) -> list[str]:
        """Phrases in the language of a guild."""
        language = (await self._settings.within(session, guild_id, GeneralSettings)).language
        return [self._tell(language, one) for one in phrases]

    async def say(
        self,
        session: WriteSession,
        ticket: Ticket,
        lines: Iterable[Phrase],
        *,
        about: str,
        calls: tuple[int, ...] = (),
        buttons: tuple[Button, ...] = (),
    ) -> None:
        """Promise a message in a ticket, inside the caller's transaction, once for each `about`.

        Nobody is notified but those whom it `calls`. Where the channel is gone, nothing is said.
        """
        if ticket.channel_id is None or ticket.gone:
            return
        said = "\n".join(await self.words(session, ticket.guild_id, *lines))
        payload = Payload(said[:_LONGEST], mentions=Mentions(users=calls), buttons=buttons)
        key = f"ticket:{ticket.number}:{about}"
        await self._outbox.send(session, ticket.guild_id, channel(ticket.channel_id), payload, key=key)
