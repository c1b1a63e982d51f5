"""Purchases that need Discord: the roles are given between putting coins aside and handing them over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.holds import ClaimedHold
from bot.domain.purchases import Asked, Buyer, Purchase, PurchaseState
from bot.domain.role_grants import Claimed
from bot.services.purchases import PurchasesService, Receipt

CarryOut = Callable[[Claimed], Awaitable[object]]
"""Brings a member's roles into line and writes the outcome: `RoleKeeper.carry_out`."""


class Till:
    """The three beats of a purchase, for commands, buttons, ticker and recovery alike."""

    def __init__(self, purchases: PurchasesService, carry_out: CarryOut) -> None:
        self._purchases = purchases
        self._carry_out = carry_out

    async def buy(self, guild_id: int, buyer: Buyer, asked: Asked, *, key: str) -> Receipt:
        """Buy something, and see it through as far as Discord lets us; the same key again goes on with the first.

        A purchase that is still pending then is seen through, or undone, by the ticker.

        Raises:
            As `PurchasesService.buy`; Unavailable, when the database went away on the way: the ticker goes on.
        """
        return await self.go_on(await self.begin(guild_id, buyer, asked, key=key))

    async def begin(self, guild_id: int, buyer: Buyer, asked: Asked, *, key: str) -> Receipt:
        """The first beat alone, for those who show how far it is; raises what `PurchasesService.buy` raises.

        Whoever uses it calls `go_on` with what comes of it. If they don't live to, the ticker does.
        """
        return await self._purchases.buy(guild_id, buyer, asked, key=key)

    async def go_on(self, receipt: Receipt) -> Receipt:
        """The other beats, if there are any.

        Raises:
            Unavailable: the database went away on the way: the ticker goes on.
        """
        if receipt.purchase.state is not PurchaseState.PENDING:
            return receipt
        ended = await self._see_through(receipt.purchase, receipt.claimed)
        return Receipt(ended, receipt.words, replayed=receipt.replayed)

    async def look(self, guild_id: int, purchase_id: int) -> Purchase | None:
        """How a purchase stands; None: there is none. An open one is seen through now, unless another is at its roles.

        Raises:
            Unavailable: the database went away on the way: the ticker goes on.
        """
        purchase = await self._purchases.find(guild_id, purchase_id)
        if purchase is None or purchase.state is not PurchaseState.PENDING:
            return purchase
        return await self._see_through(purchase, await self._purchases.take_up(guild_id, purchase_id))

    async def recover(self, claimed: ClaimedHold) -> bool:
        """Look into a purchase whose hold expired, and end it if it is known what became of it."""
        purchase = await self.look(claimed.hold.guild_id, int(claimed.hold.reference))
        return purchase is not None and purchase.state is not PurchaseState.PENDING

    async def _see_through(self, purchase: Purchase, roles: Claimed | None) -> Purchase:
        if roles is not None:
            await self._carry_out(roles)
        return await self._purchases.conclude(purchase.guild_id, purchase.id)
