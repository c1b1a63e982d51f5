"""What a movement of each kind remembers beside its sides, stored with it as JSON.

A field that is added has a default, so that movements written before it can be read; one that is stored never
changes its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from bot.domain.economy import Kind


class Details(BaseModel):
    """Nothing beside the sides; the base of those who have something."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ClaimDetails(Details):
    """A claim for a day or a week."""

    streak: int
    ready_at: datetime
    bonus: int = 0
    """Coins of it that the streak brought."""
    milestone: int = 0
    """Coins of it for reaching a number of days."""


class WorkDetails(Details):
    """What somebody worked as."""

    ready_at: datetime
    job: str
    """A text of the house as the code has it, or the server's own as it was then."""
    is_own: bool = False
    """Whether it was the server's own."""


class PaymentDetails(Details):
    """A payment between members."""

    tax: int = 0
    """Coins of it that went to the tax account."""
    part: str = ""
    """Which part of what there was the payer asked for, as `Share.written`; empty: so many coins."""


class BankDetails(Details):
    """Coins between a wallet and a bank account."""

    part: str = ""
    """Which part of what there was the member asked for, as `Share.written`; empty: so many coins."""


class ItemDetails(Details):
    """Things that were bought, sold or brought coins; the name is what it was then."""

    item_id: int
    name: str
    quantity: int
    unit_price: int


class LevelDetails(Details):
    """Coins for reaching a level."""

    level: int


class GiveawayDetails(Details):
    """Coins that were won."""

    number: int


class HoldDetails(Details):
    """Coins that were put aside, or given back."""

    hold_id: int
    purpose: str
    about: str | None = None
    """What it is for, such as the name of a thing."""


class StaffDetails(Details):
    """What staff did, and why."""

    reason: str | None = None


D = TypeVar("D", bound=Details)

DETAILS: Mapping[Kind, type[Details]] = {
    Kind.STARTING_BALANCE: Details,
    Kind.DAILY: ClaimDetails,
    Kind.WEEKLY: ClaimDetails,
    Kind.WORK: WorkDetails,
    Kind.PAYMENT: PaymentDetails,
    Kind.DEPOSIT: BankDetails,
    Kind.WITHDRAWAL: BankDetails,
    Kind.PURCHASE: ItemDetails,
    Kind.SALE: ItemDetails,
    Kind.EFFECT: ItemDetails,
    Kind.LEVEL: LevelDetails,
    Kind.GIVEAWAY: GiveawayDetails,
    Kind.HOLD: HoldDetails,
    Kind.RELEASE: HoldDetails,
    Kind.GRANT: StaffDetails,
    Kind.FINE: StaffDetails,
    Kind.CORRECTION: StaffDetails,
    Kind.RESET: StaffDetails,
    Kind.REVERSAL: StaffDetails,
}
"""What each kind remembers."""


def read_details(kind: Kind, stored: Mapping[str, Any]) -> Details:
    """The details of a movement as they were stored."""
    return DETAILS[kind].model_validate(stored)


def check_details(kind: Kind, details: Details) -> None:
    """Hold a movement to what its kind remembers; a violation is a fault in the code, so it is no `UserError`.

    Raises:
        TypeError: details of another kind.
    """
    if type(details) is not DETAILS[kind]:
        raise TypeError(f"{kind} remembers {DETAILS[kind].__name__}, not {type(details).__name__}")
