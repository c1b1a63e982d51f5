"""A guild's own rules for its economy: what a coin is called, what is paid, and what may be moved by whom."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field, field_validator

from bot.domain.amounts import MAX_COINS
from bot.domain.coin_range import MOST_PAID, CoinRange
from bot.domain.economy import Pocket
from bot.domain.milestones import Milestone, read_milestones
from bot.domain.settings import ChosenId, Section
from bot.errors import AmountNotUnderstood, AmountTooLarge
from bot.words import N_

Coins: TypeAlias = Annotated[int, Field(ge=1, le=MAX_COINS)] | None
"""A limit in coins, or none."""

_DAY = 86_400
_EMOJI = re.compile(r"<a?:\w{2,32}:\d{15,20}>|[^\w\s<>@#&`*_~|\\:/]{1,16}")


class EconomyCommand(StrEnum):
    """Commands of the economy that owners switch one by one."""

    PAY = "pay"
    DAILY = "daily"
    WEEKLY = "weekly"
    WORK = "work"
    BANK = "bank"
    SHOP = "shop"


Rhythm: TypeAlias = Literal["calendar", "hours"]
"""Whether a claim is ready when a day or week of the calendar begins, or when so many hours have passed."""

WhoseZone: TypeAlias = Literal["server", "member"]


def _choices(**named: str) -> dict[str, Any]:
    return {"kind": "choice", "choices": named}


class EconomySettings(Section):
    """What a coin is, what is paid for what, and how much anybody may hold."""

    section: ClassVar[str] = "economy"
    title: ClassVar[str] = "Economy"

    currency_name: str = Field(
        default="",
        max_length=32,
        title="Currency: one",
        description="What one of them is called. Empty: coin.",
        json_schema_extra={"kind": "text"},
    )
    currency_plural: str = Field(
        default="",
        max_length=32,
        title="Currency: many",
        description="What several are called. Empty: coins, or as one is called.",
        json_schema_extra={"kind": "text"},
    )
    currency_emoji: str = Field(
        default="",
        max_length=64,
        title="Currency: emoji",
        description="Stands before amounts: an emoji, or a server's own as <:name:id>. Empty: none.",
        json_schema_extra={"kind": "text"},
    )
    starting_balance: int = Field(
        default=0,
        ge=0,
        le=MAX_COINS,
        title="Starting balance",
        description="Coins a member has before the first movement.",
        json_schema_extra={"kind": "number"},
    )
    wallet_cap: Coins = Field(
        default=None,
        title="Most in a wallet",
        description="What would go above is refused, never cut.",
        json_schema_extra={"kind": "number", "unset": "no limit"},
    )
    bank_capacity: Coins = Field(
        default=None,
        title="Most in a bank account",
        description="What would go above is refused, never cut.",
        json_schema_extra={"kind": "number", "unset": "no limit"},
    )
    daily_amount: CoinRange = Field(
        default=CoinRange.fixed(250),
        title="Daily amount",
        description="Coins that /daily pays: one number, or a range to draw from.",
        json_schema_extra={"kind": "range"},
    )
    daily_rhythm: Rhythm = Field(
        default="calendar",
        title="Daily: when it is ready",
        description="Once per calendar day, or a whole day after the last.",
        json_schema_extra=_choices(calendar="Once per calendar day", hours="24 hours after the last"),
    )
    weekly_amount: CoinRange = Field(
        default=CoinRange.fixed(1_500),
        title="Weekly amount",
        description="Coins that /weekly pays: one number, or a range to draw from.",
        json_schema_extra={"kind": "range"},
    )
    weekly_rhythm: Rhythm = Field(
        default="calendar",
        title="Weekly: when it is ready",
        description="Once per calendar week from Monday, or seven whole days after the last.",
        json_schema_extra=_choices(calendar="Once per calendar week", hours="7 days after the last"),
    )
    work_amount: CoinRange = Field(
        default=CoinRange(low=50, high=150),
        title="Work amount",
        description="Coins that /work pays for jobs that name no pay of their own.",
        json_schema_extra={"kind": "range"},
    )
    work_every: int = Field(
        default=4 * 3_600,
        ge=60,
        le=7 * _DAY,
        title="Work: how often",
        description="How long after work somebody can work again.",
        json_schema_extra={"kind": "duration"},
    )
    claim_zone: WhoseZone = Field(
        default="server",
        title="Days and weeks begin",
        description="By whose clock /daily and /weekly are ready.",
        json_schema_extra=_choices(server="at the server's midnight", member="at each member's own midnight"),
    )
    streak_bonus: int = Field(
        default=5,
        ge=0,
        le=100,
        title="Streak: bonus",
        description="Per cent more for each day in a row after the first.",
        json_schema_extra={"kind": "number"},
    )
    streak_most: int = Field(
        default=50,
        ge=0,
        le=1_000,
        title="Streak: most",
        description="Per cent that the bonus for days in a row never goes above.",
        json_schema_extra={"kind": "number"},
    )
    streak_grace: int = Field(
        default=1,
        ge=0,
        le=30,
        title="Streak: grace",
        description="Days that may be missed in between without ending a streak.",
        json_schema_extra={"kind": "number"},
    )
    streak_milestones: str = Field(
        default="",
        max_length=200,
        title="Streak: milestones",
        description="Coins on top when a streak reaches so many days, such as 7=500, 30=5,000.",
        json_schema_extra={"kind": "text"},
    )
    commands: tuple[EconomyCommand, ...] = Field(
        default=tuple(EconomyCommand),
        max_length=len(EconomyCommand),
        title="Commands that are on",
        description="What members may use. /balance and /transactions always work.",
        json_schema_extra={
            "kind": "choices",
            "choices": {
                "pay": "/pay",
                "daily": "/daily",
                "weekly": "/weekly",
                "work": "/work",
                "bank": "/deposit, /withdraw",
                "shop": "/shop, /buy, /inventory, /use, /equip, /sell, /gift",
            },
        },
    )
    log_channel: ChosenId = Field(
        default=None,
        title="Economy log channel",
        description="Where staff reads what staff did to coins. None: the log channel under General.",
        json_schema_extra={"kind": "channel"},
    )
    shows_left: bool = Field(
        default=False,
        title="Leaderboards show who left",
        description="Members who left keep their coins; whether the boards show them, marked.",
        json_schema_extra={"kind": "switch"},
    )

    @field_validator("currency_name", "currency_plural")
    @classmethod
    def _plain(cls, name: str) -> str:
        if re.search(r"[<>@#`*_~|\\\n:/]", name):
            raise ValueError(N_("must be plain words, without signs that Discord reads"))
        return " ".join(name.split())

    @field_validator("currency_emoji")
    @classmethod
    def _emoji(cls, emoji: str) -> str:
        emoji = emoji.strip()
        if emoji and not _EMOJI.fullmatch(emoji):
            raise ValueError(N_("must be one emoji, or a server's own written as <:name:id>"))
        return emoji

    @field_validator("streak_milestones")
    @classmethod
    def _readable(cls, table: str) -> str:
        try:
            read_milestones(table)
        except (AmountNotUnderstood, AmountTooLarge):
            raise ValueError(N_("must be days and coins, such as 7=500, 30=5,000")) from None
        return table.strip()

    @field_validator("commands")
    @classmethod
    def _each_once(cls, commands: tuple[EconomyCommand, ...]) -> tuple[EconomyCommand, ...]:
        return tuple(one for one in EconomyCommand if one in commands)

    def most_in(self, pocket: Pocket) -> int:
        """The most coins that an account of a member may hold when something comes into it."""
        match pocket:
            case Pocket.WALLET:
                return MAX_COINS if self.wallet_cap is None else self.wallet_cap
            case Pocket.BANK:
                return MAX_COINS if self.bank_capacity is None else self.bank_capacity
            case _:
                return MAX_COINS

    @property
    def milestones(self) -> tuple[Milestone, ...]:
        """Coins on top of a streak's bonus, by days."""
        return read_milestones(self.streak_milestones)


class TradeSettings(Section):
    """Who may pay whom how much, and what is paid back for things."""

    section: ClassVar[str] = "trade"
    title: ClassVar[str] = "Payments and shop"

    tax: int = Field(
        default=0,
        ge=0,
        le=90,
        title="Tax on payments",
        description="Per cent of each /pay that goes to the tax account, out of what is given.",
        json_schema_extra={"kind": "number"},
    )
    least_payment: int = Field(
        default=1,
        ge=1,
        le=MOST_PAID,
        title="Least payment",
        description="The fewest coins that /pay takes.",
        json_schema_extra={"kind": "number"},
    )
    most_a_day: Coins = Field(
        default=None,
        title="Most paid in a day",
        description="Coins that a member may give away with /pay within 24 hours.",
        json_schema_extra={"kind": "number", "unset": "no limit"},
    )
    member_for: int = Field(
        default=7 * _DAY,
        ge=0,
        le=365 * _DAY,
        title="Senders: member for",
        description="How long somebody must have been in the server before they can /pay.",
        json_schema_extra={"kind": "duration"},
    )
    account_for: int = Field(
        default=0,
        ge=0,
        le=365 * _DAY,
        title="Senders: account for",
        description="How old somebody's Discord account must be before they can /pay.",
        json_schema_extra={"kind": "duration"},
    )
    resale: int = Field(
        default=50,
        ge=0,
        le=100,
        title="Resale",
        description="Per cent of the price that is paid back for things that are sold to the shop.",
        json_schema_extra={"kind": "number"},
    )
