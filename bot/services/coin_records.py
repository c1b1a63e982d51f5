"""The line of the audit log about coins that staff moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.db.sessions import WriteSession
from bot.domain.audit import MEMBER, AuditRecord
from bot.domain.movements import StaffDetails
from bot.domain.treasury import Things, before_and_after
from bot.services.audit import AuditService
from bot.services.ledger import Posted


class CoinRecords:
    """Writes down, inside the transaction that moved them, what was there before and after."""

    def __init__(self, audit: AuditService) -> None:
        self._audit = audit

    async def write(
        self, session: WriteSession, guild_id: int, told: AuditRecord, posted: Posted, *, about: int
    ) -> None:
        """Complete a record with what one movement did."""
        await self.write_all(session, guild_id, told, [posted], number=posted.transaction_id, about=about)

    async def write_all(
        self,
        session: WriteSession,
        guild_id: int,
        told: AuditRecord,
        posted: Sequence[Posted],
        *,
        number: int,
        about: int,
        things: Sequence[Things] = (),
    ) -> None:
        """The same of several that belong together, in their order. `things` went or came with them."""
        befores: dict[str, Any] = {}
        afters: dict[str, Any] = {}
        for one in posted:
            before, after = before_and_after(one.postings, one.balances, about)
            befores = {**before, **befores}
            afters |= after
        _add_things(befores, [one for one in things if one.quantity < 0])
        afters["transaction"] = str(number)
        _add_things(afters, [one for one in things if one.quantity > 0])
        record = replace(
            told,
            target_type=MEMBER,
            target_id=str(about),
            before=befores,
            after=afters,
            description=posted[0].remembered(StaffDetails).reason,
        )
        await self._audit.record(session, guild_id, record)


def _add_things(told: dict[str, Any], things: Sequence[Things]) -> None:
    if things:
        told["item"] = [f"{abs(one.quantity)} × {one.name}" for one in things]  # noqa: RUF001 — times is meant
