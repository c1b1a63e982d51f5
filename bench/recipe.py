"""The statements of a payment, overheard from our own code once, so that a bare driver can be given the same ones.

One payment with unmistakable values is made through `services.economy.pay` while SQLAlchemy reports every statement it
hands to the driver, with its bound values. Each value is then recognised by what it was in that payment, and so the
statements become a recipe for any other payment. If the code's statements change, the recipe changes with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import event

from bot.db.engine import Database
from bot.domain.amounts import MAX_COINS
from bot.domain.economy import Party
from bot.services import Services

GUILD = 900_100_000_000_000_001
_AMOUNT = 31_337
_KEY = "i:overheard"
_AS_TEXT = "%Y-%m-%d %H:%M:%S.%f"

_ids = count(10**15)


@dataclass
class Payment:
    """A payment on its way through a recipe."""

    sender: int
    recipient: int
    amount: int
    key: str
    now: Any
    id: int = field(default_factory=lambda: next(_ids))
    balances: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def sides(self) -> list[tuple[int, int]]:
        """(holder, change), the sender's first: the order of the entries."""
        return [(self.sender, -self.amount), (self.recipient, self.amount)]

    @property
    def locked(self) -> list[tuple[int, int]]:
        """The sides in the order in which their rows are locked."""
        return sorted(self.sides)


Slot = Callable[[Payment], Any]


@dataclass(frozen=True)
class Step:
    """One statement: its text, and what goes into its places, in one set or in several."""

    sql: str
    sets: tuple[tuple[Slot, ...], ...]
    many: bool
    updates: int | None = None
    """Which of the two accounts it changes, and so whose new balance it returns."""

    def values(self, payment: Payment) -> list[tuple[Any, ...]]:
        """The values of a payment, set by set."""
        return [tuple(slot(payment) for slot in places) for places in self.sets]

    @property
    def kind(self) -> str:
        """A word or three, for the report."""
        words = self.sql.split()
        verb = words[0].upper()
        if verb == "SELECT":
            return f"SELECT {words[words.index('FROM') + 1]}"
        return f"{verb} {words[2] if verb == 'INSERT' else words[1]}"


@dataclass(frozen=True)
class Recipe:
    """The statements between BEGIN and COMMIT."""

    steps: tuple[Step, ...]
    as_text: bool
    """Whether times are bound as text (SQLite)."""

    def payment(self, sender: int, recipient: int, amount: int, key: str) -> Payment:
        """A payment to be cooked."""
        now = datetime.now(UTC)
        return Payment(sender, recipient, amount, key, now.strftime(_AS_TEXT) if self.as_text else now)

    def __str__(self) -> str:
        return ", ".join(step.kind + (f" x{len(step.sets)}" if step.many else "") for step in self.steps)


async def overhear(database: Database, services: Services, sender: int, recipient: int) -> Recipe:
    """Make one payment between accounts that exist, `sender` being the lower id, and write down what was said."""
    heard: list[tuple[str, Sequence[Any], bool]] = []

    def listen(_connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, many: bool) -> None:
        if not sql.startswith("BEGIN"):
            heard.append((sql, list(values) if many else [values], many))

    engine = database.writer.sync_engine
    event.listen(engine, "before_cursor_execute", listen)
    party = Party(recipient, is_bot=False, is_member=True)
    paid = await services.economy.pay(GUILD, sender, party, _AMOUNT, key=_KEY)
    event.remove(engine, "before_cursor_execute", listen)
    balances = {sender: paid.sender_wallet, recipient: paid.recipient_wallet}
    known = Payment(sender, recipient, _AMOUNT, _KEY, None, paid.transaction_id, balances)
    updates = count()
    steps: list[Step] = []
    for sql, sets, many in heard:
        account = next(updates) if sql.lstrip().upper().startswith("UPDATE ACCOUNTS") else None
        steps.append(Step(sql, _places(known, sets, account), many, account))
    return Recipe(tuple(steps), database.is_sqlite)


def _places(known: Payment, sets: Sequence[Any], account: int | None) -> tuple[tuple[Slot, ...], ...]:
    found: list[tuple[Slot, ...]] = []
    for number, values in enumerate(sets):
        if account is not None:
            found.append(tuple(_in_update(known, account, value) for value in values))
        elif len(sets) > 1:
            found.append(tuple(_in_entry(known, number, value) for value in values))
        else:
            found.append(tuple(_in_general(known, value) for value in values))
    return tuple(found)


def _in_update(known: Payment, account: int, value: Any) -> Slot:
    holder, change = known.locked[account]
    if value == holder:
        return lambda payment: payment.locked[account][0]
    if value == change:
        return lambda payment: payment.locked[account][1]
    if value == MAX_COINS - max(change, 0):
        return lambda payment: MAX_COINS - max(payment.locked[account][1], 0)
    return _in_general(known, value)


def _in_entry(known: Payment, side: int, value: Any) -> Slot:
    holder, change = known.sides[side]
    if value == holder:
        return lambda payment: payment.sides[side][0]
    if value == change:
        return lambda payment: payment.sides[side][1]
    if value == known.balances[holder]:
        return lambda payment: payment.balances[payment.sides[side][0]]
    return _in_general(known, value)


def _in_general(known: Payment, value: Any) -> Slot:
    if value == known.id:
        return lambda payment: payment.id
    if value == known.key:
        return lambda payment: payment.key
    if value == known.sender:
        return lambda payment: payment.sender
    if isinstance(value, datetime) or (isinstance(value, str) and value[:3] == "202" and value[10:11] == " "):
        return lambda payment: payment.now
    return lambda _payment: value
