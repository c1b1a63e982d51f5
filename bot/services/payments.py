"""What one member pays to another, by the rules of their guild, inside the transaction of a use case."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import Clock
from bot.db.repositories.economy import accounts, tallies
from bot.db.sessions import WriteSession
from bot.domain.amounts import Share
from bot.domain.economy import Kind, coins_of, wallet
from bot.domain.economy_settings import TradeSettings
from bot.domain.movements import PaymentDetails
from bot.domain.payments import A_DAY, Since, check_since, check_size, payment, refuse_today, tax_on
from bot.errors import AccountFull, ContentMismatch, RecipientFull, UserError
from bot.services.guild_settings import GuildSettingsService
from bot.services.ledger import Ledger, Movement, Posted


@dataclass(frozen=True)
class PaymentOrder:
    """Who wants to pay whom how much, under which key."""

    sender_id: int
    recipient_id: int
    share: Share
    key: str
    since: Since | None
    """Since when the sender is here; None where nobody asks."""


class Payments:
    """Posts payments, or finds that they were posted."""

    def __init__(self, clock: Clock, ledger: Ledger, settings: GuildSettingsService) -> None:
        self._clock = clock
        self._ledger = ledger
        self._settings = settings

    async def post(self, session: WriteSession, guild_id: int, order: PaymentOrder) -> Posted:
        """Pay.

        A part of what the sender has, and what they paid within a day, are read once both wallets are locked: nobody
        changes them before this payment is committed.

        Raises:
            MemberTooShort, AccountTooYoung: the sender is too new.
            PaymentTooSmall, PaymentTooLarge, PaidEnoughToday, ShareTooSmall, AmountNotPositive, AmountTooLarge: so
                much can't be paid, or not now.
            InsufficientFunds, RecipientFull: it does not fit.
            ContentMismatch: the key was used for something else.
        """
        source, target = wallet(order.sender_id), wallet(order.recipient_id)
        trade = await self._settings.within(session, guild_id, TradeSettings)
        held = 0
        if order.share.is_part or trade.most_a_day is not None:
            held = (await self._ledger.lock(session, guild_id, source, target))[source]
        try:
            amount = await self._judged(session, guild_id, order, held, trade)
        except UserError:
            # What was paid under this key stays so, whatever has changed since.
            before = await self._ledger.find(session, guild_id, _movement(order, 1, 0))
            if before is None:
                raise
            return _same(before, order)
        try:
            posted = await self._ledger.post(session, guild_id, _movement(order, amount, tax_on(amount, trade.tax)))
        except AccountFull as full:
            room = full.limit - (await accounts.balance(session, guild_id, target) or 0)
            raise RecipientFull(full.limit, max(room, 0), order.recipient_id) from None
        return _same(posted, order) if posted.replayed else posted

    async def _judged(
        self, session: WriteSession, guild_id: int, order: PaymentOrder, held: int, trade: TradeSettings
    ) -> int:
        """How much is paid, if it may be."""
        now = self._clock.now()
        if order.since is not None:
            check_since(order.since, trade, now)
        amount = coins_of(order.share, held)
        check_size(amount, trade)
        if trade.most_a_day is not None:
            source, since = wallet(order.sender_id), now - A_DAY
            if await tallies.paid_since(session, guild_id, source, since) + amount > trade.most_a_day:
                paid = await tallies.payments_since(session, guild_id, source, since)
                raise refuse_today(amount, trade.most_a_day, paid)
        return amount


def _movement(order: PaymentOrder, amount: int, tax: int) -> Movement:
    postings = payment(wallet(order.sender_id), wallet(order.recipient_id), amount, tax)
    details = PaymentDetails(tax=tax, part=order.share.written)
    # What was asked is compared here: the sides also depend on the tax, and those of a part on what there was.
    return Movement(Kind.PAYMENT, order.key, order.sender_id, postings, details, amount_was_asked=False)


def _same(posted: Posted, order: PaymentOrder) -> Posted:
    gave, got = posted.postings[:2]
    asked = posted.remembered(PaymentDetails).part == order.share.written
    asked = asked and (order.share.is_part or -gave.amount == order.share.coins)
    if not asked or (gave.account, got.account) != (wallet(order.sender_id), wallet(order.recipient_id)):
        raise ContentMismatch(order.key)
    return posted
