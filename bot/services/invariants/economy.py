"""What must be true of every ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.db.repositories import verify
from bot.db.repositories.economy import checks, flow_checks, holds, inventory, purchases, treasury, wealth_checks
from bot.db.sessions import ReadSession
from bot.domain.economy import Pocket
from bot.ids import hour_began
from bot.services.verify import MOST, Check, Told
from bot.words import N_, Phrase

_POCKETS = {Pocket.WALLET: Phrase("wallet"), Pocket.BANK: Phrase("bank")}


def _some(found: Iterable[Phrase]) -> Sequence[Told]:
    lines = list(found)
    return lines if len(lines) <= MOST else [*lines[:MOST], Phrase("and more")]


def _of(transaction_id: int) -> Phrase:
    return Phrase("transaction {transaction}", {"transaction": str(transaction_id)})


def _account(pocket: str, holder: int) -> dict[str, object]:
    return {"pocket": _POCKETS.get(Pocket(pocket), pocket), "member_id": holder}


async def _unbalanced(session: ReadSession, guild_id: int) -> Sequence[Told]:
    return _some(_of(one) for one in await checks.unbalanced_transactions(session, guild_id))


async def _total(session: ReadSession, guild_id: int) -> Sequence[Told]:
    total = await verify.ledger_total(session, guild_id)
    return [Phrase("all entries together make {total}", {"total": total})] if total else []


async def _balances(session: ReadSession, guild_id: int) -> Sequence[Told]:
    return _some(
        Phrase(
            "the {pocket} of {member_id} holds {balance}, its entries make {entries}",
            {**_account(one.pocket, one.holder), "balance": one.balance, "entries": one.entries},
        )
        for one in await checks.discrepancies(session, guild_id)
    )


async def _strayed(session: ReadSession, guild_id: int) -> Sequence[Told]:
    found = await verify.strayed(session, guild_id, MOST + 1)
    return _some(
        Phrase(
            "the {pocket} of {member_id} holds {balance}", {**_account(one.pocket, one.holder), "balance": one.balance}
        )
        for one in found
    )


async def _alone(session: ReadSession, guild_id: int) -> Sequence[Told]:
    return _some(_of(one) for one in await verify.entries_alone(session, guild_id, MOST + 1))


async def _claims(session: ReadSession, guild_id: int) -> Sequence[Told]:
    return _some(
        Phrase("{member_id}", {"member_id": one}) for one in await verify.impossible_claims(session, guild_id, MOST + 1)
    )


async def _unlike(session: ReadSession, guild_id: int) -> Sequence[Told]:
    return _some(_of(one) for one in await treasury.unlike(session, guild_id, MOST + 1))


async def _escrow(session: ReadSession, guild_id: int) -> Sequence[Told]:
    difference = await holds.escrow_difference(session, guild_id)
    return [Phrase("escrow differs by {difference}", {"difference": difference})] if difference else []


async def _waiting(session: ReadSession, guild_id: int) -> Sequence[Told]:
    found = await purchases.without_hold(session, guild_id, MOST + 1)
    return _some(Phrase("purchase {purchase}", {"purchase": str(one)}) for one in found)


async def _owned(session: ReadSession, guild_id: int) -> Sequence[Told]:
    found = await inventory.unexplained(session, guild_id, MOST + 1)
    return _some(
        Phrase("item {item} of {member_id}", {"item": str(item_id), "member_id": user_id}) for user_id, item_id in found
    )


async def _sold(session: ReadSession, guild_id: int) -> Sequence[Told]:
    found = await inventory.miscounted(session, guild_id, MOST + 1)
    return _some(Phrase("item {item}", {"item": str(one)}) for one in found)


async def _wealth(session: ReadSession, guild_id: int) -> Sequence[Told]:
    found = await wealth_checks.off(session, guild_id, MOST + 1)
    return _some(Phrase("{member_id}", {"member_id": one}) for one in found)


async def _flows(session: ReadSession, guild_id: int) -> Sequence[Told]:
    found = await flow_checks.off(session, guild_id, MOST + 1)
    return _some(Phrase("the hour from {hour} UTC", {"hour": f"{hour_began(one):%Y-%m-%d %H:%M}"}) for one in found)


INVARIANTS: tuple[Check, ...] = (
    Check(N_("every transaction sums to zero"), _unbalanced),
    Check(N_("the ledger sums to zero"), _total),
    Check(N_("every entry belongs to a transaction"), _alone),
    Check(N_("every balance is the sum of its entries"), _balances),
    Check(N_("no account is below zero or above the limit"), _strayed),
    Check(N_("what takes a transaction back is its opposite"), _unlike),
    Check(N_("escrow holds what is put aside"), _escrow),
    Check(N_("a purchase holds coins while it is pending"), _waiting),
    Check(N_("what members own is the sum of how it came and went"), _owned),
    Check(N_("as much was sold as bought"), _sold),
    Check(N_("every claim is ready after it was made"), _claims),
    Check(N_("what the report tells by the hour is what the ledger moved"), _flows),
    Check(N_("what leaderboards tell of members is what they own and earned"), _wealth),
)
"""The economy's promises."""
