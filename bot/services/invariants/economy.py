"""What must be true of every ledger."""

from __future__ import annotations

from bot.db.repositories import verify
from bot.db.repositories.economy import checks, holds, inventory, purchases
from bot.db.sessions import ReadSession
from bot.services.verify import MOST, Check, some


async def _unbalanced(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"transaction {one}" for one in await checks.unbalanced_transactions(session, guild_id))


async def _total(session: ReadSession, guild_id: int) -> list[str]:
    total = await verify.ledger_total(session, guild_id)
    return [f"all entries together make {total:+}"] if total else []


async def _balances(session: ReadSession, guild_id: int) -> list[str]:
    return some(
        f"the {one.pocket} of {one.holder} holds {one.balance}, its entries make {one.entries}"
        for one in await checks.discrepancies(session, guild_id)
    )


async def _strayed(session: ReadSession, guild_id: int) -> list[str]:
    found = await verify.strayed(session, guild_id, MOST + 1)
    return some(f"the {one.pocket} of {one.holder} holds {one.balance}" for one in found)


async def _alone(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"transaction {one}" for one in await verify.entries_alone(session, guild_id, MOST + 1))


async def _claims(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"member {one}" for one in await verify.impossible_claims(session, guild_id, MOST + 1))


async def _escrow(session: ReadSession, guild_id: int) -> list[str]:
    difference = await holds.escrow_difference(session, guild_id)
    return [f"escrow differs by {difference:+}"] if difference else []


async def _waiting(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"purchase {one}" for one in await purchases.without_hold(session, guild_id, MOST + 1))


async def _owned(session: ReadSession, guild_id: int) -> list[str]:
    found = await inventory.unexplained(session, guild_id, MOST + 1)
    return some(f"item {item_id} of member {user_id}" for user_id, item_id in found)


async def _sold(session: ReadSession, guild_id: int) -> list[str]:
    return some(f"item {one}" for one in await inventory.miscounted(session, guild_id, MOST + 1))


INVARIANTS: tuple[Check, ...] = (
    Check("every transaction sums to zero", _unbalanced),
    Check("the ledger sums to zero", _total),
    Check("every entry belongs to a transaction", _alone),
    Check("every balance is the sum of its entries", _balances),
    Check("no account is below zero or above the limit", _strayed),
    Check("escrow holds what is put aside", _escrow),
    Check("a purchase holds coins while it is pending", _waiting),
    Check("what members own is the sum of how it came and went", _owned),
    Check("as much was sold as bought", _sold),
    Check("every claim is ready after it was made", _claims),
)
"""The economy's promises."""
