"""What winners get from the bot: a role, also for a time, and coins; each once, with the row that makes it theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.db.repositories.giveaways import winners as rows
from bot.db.sessions import WriteSession
from bot.domain.economy import Kind, Pocket, move, system, wallet
from bot.domain.giveaways import Delivery, Giveaway, Winner, WinnerState
from bot.domain.movements import GiveawayDetails
from bot.errors import AccountFull
from bot.services.ledger import Ledger, Movement
from bot.services.role_grants import RoleGrantsService

SOURCE = "giveaway:{number}"
"""What a role comes from that was won."""


class GiveawayPrizes:
    """Hands prizes out, inside the transactions of those who decide about them."""

    def __init__(self, clock: Clock, ledger: Ledger, grants: RoleGrantsService) -> None:
        self._clock = clock
        self._ledger = ledger
        self._grants = grants

    async def settle(self, session: WriteSession, giveaway: Giveaway, winners: Iterable[Winner]) -> list[Winner]:
        """See to those who won and were not announced yet; they are returned, in order of place.

        Their prize is theirs at once, or waits until they claim it, from now on. Wallets are locked first and in their
        order, then members' roles in theirs: of two giveaways with the same winners none waits for the other for ever.
        """
        now, settled = self._clock.now(), list[Winner]()
        new = sorted((one for one in winners if one.state.holds and not one.announced), key=lambda one: one.place)
        if giveaway.given.coins and new and giveaway.claim_within is None:
            await self._ledger.lock(session, giveaway.guild_id, *(wallet(one.user_id) for one in new))
        for one in sorted(new, key=lambda one: one.user_id):
            told = replace(one, announced=True)
            if giveaway.claim_within is None:
                told = await self.give(session, giveaway, told)
            else:
                told = replace(told, claim_until=now + timedelta(seconds=giveaway.claim_within))
                await rows.write(session, told)
            settled.append(told)
        return sorted(settled, key=lambda one: one.place)

    async def give(self, session: WriteSession, giveaway: Giveaway, winner: Winner) -> Winner:
        """Make the prize theirs; the winner as they are written then. Coins that don't fit are not cut: none come."""
        prize, given = giveaway.given, Delivery.NONE
        if prize.coins:
            given = await self._pay(session, giveaway, winner)
        if prize.role_id is not None:
            until = None if prize.role_for is None else self._clock.now() + timedelta(seconds=prize.role_for)
            await self._grants.want(
                session, giveaway.guild_id, winner.user_id, prize.role_id,
                source=SOURCE.format(number=giveaway.number), until=until, reason=giveaway.prize,
            )  # fmt: skip
            given = given if prize.coins else Delivery.GIVEN
        owned = replace(winner, state=WinnerState.CLAIMED, claim_until=None, delivery=given)
        await rows.write(session, owned)
        return owned

    async def _pay(self, session: WriteSession, giveaway: Giveaway, winner: Winner) -> Delivery:
        account = wallet(winner.user_id)
        await self._ledger.lock(session, giveaway.guild_id, account)
        try:
            await self._ledger.check_room(session, giveaway.guild_id, account, giveaway.given.coins)
        except AccountFull:
            return Delivery.REFUSED
        postings = move(system(Pocket.MINT), account, giveaway.given.coins)
        movement = Movement(
            Kind.GIVEAWAY,
            f"giveaway:{giveaway.number}:{winner.place}",
            None,
            postings,
            GiveawayDetails(number=giveaway.number),
            amount_was_asked=False,
        )
        await self._ledger.post(session, giveaway.guild_id, movement)
        return Delivery.GIVEN
