"""Things for sale: what each is, who may have it, and what having or using it does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.domain.amounts import MAX_COINS
from bot.domain.leveling import MAX_FACTOR, UNIT
from bot.domain.people import folded
from bot.domain.requirements import Id, Requirements
from bot.domain.role_grants import GuildFacts
from bot.domain.roles import Reach, check_can_be_given, check_may_give
from bot.words import N_

LONGEST_NAME = 60
LONGEST_FOLDED = 64
LONGEST_DESCRIPTION = 500
LONGEST_EMOJI = 64
LONGEST_CATEGORY = 32
MOST_AT_ONCE = 1_000
"""Copies in one purchase, sale or gift."""
MOST_IN_STOCK = 1_000_000_000
MOST_EFFECTS = 5
LONGEST_WORDS = 500
"""Characters that an effect may say."""

SHORTEST_ROLE = 3_600
"""Seconds. Longer than a purchase waits for Discord, so that no role ends before it was given."""
SHORTEST_BOOST, LONGEST_BOOST = 60, 30 * 86_400  # seconds
MOST_ITEMS = 500
"""Things for sale in one server."""

_YEAR = 365 * 86_400
_EMOJI = re.compile(r"<a?:\w{2,32}:\d{15,20}>|[^\w\s<>@#&`*_~|\\:/]{1,16}")
_MARKS = re.compile(r"[*`|<>\\@\x00-\x1f\x7f]")
"""What would be markup or a mention where a name stands in a sentence."""


class ItemKind(StrEnum):
    """What sort of thing it is. Stored, so it never changes its meaning; of one item it stays what it is."""

    ROLE = "role"
    ITEM = "item"
    COLLECTIBLE = "collectible"
    CONSUMABLE = "consumable"
    BACKGROUND = "background"
    BADGE = "badge"
    BOOST = "boost"
    SPECIAL = "special"
    CUSTOM = "custom"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class GiveRole(_Frozen):
    """The member gets a role: for so many seconds, or while the copy lasts that it came with, or for good."""

    kind: Literal["give_role"] = "give_role"
    role_id: Id
    seconds: int | None = Field(default=None, ge=SHORTEST_ROLE, le=10 * _YEAR)


class TakeRole(_Frozen):
    """The member loses a role, so far as the shop gave it."""

    kind: Literal["take_role"] = "take_role"
    role_id: Id


class GiveCoins(_Frozen):
    """The member gets coins, from the mint."""

    kind: Literal["coins"] = "coins"
    amount: int = Field(ge=1, le=MAX_COINS)


class GiveItem(_Frozen):
    """The member gets copies of another thing."""

    kind: Literal["item"] = "item"
    item_id: Id
    quantity: int = Field(default=1, ge=1, le=MOST_AT_ONCE)


class BoostXp(_Frozen):
    """What the member earns of XP is multiplied for so many seconds."""

    kind: Literal["xp_boost"] = "xp_boost"
    per_mille: int = Field(gt=UNIT, le=MAX_FACTOR)
    seconds: int = Field(ge=SHORTEST_BOOST, le=LONGEST_BOOST)


class Say(_Frozen):
    """The member is told something."""

    kind: Literal["message"] = "message"
    words: str = Field(min_length=1, max_length=LONGEST_WORDS)


Effect: TypeAlias = Annotated[GiveRole | TakeRole | GiveCoins | GiveItem | BoostXp | Say, Field(discriminator="kind")]
Chain: TypeAlias = Annotated[tuple[Effect, ...], Field(max_length=MOST_EFFECTS)]


class Effects(_Frozen):
    """What a thing does, as chains that happen as a whole or not at all."""

    on_purchase: Chain = ()
    on_use: Chain = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.on_purchase) + len(self.on_use)

    @property
    def item_ids(self) -> frozenset[int]:
        """The things that it gives."""
        return frozenset(one.item_id for one in (*self.on_purchase, *self.on_use) if isinstance(one, GiveItem))


class ItemDraft(_Frozen):
    """A thing as staff describes it."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    kind: ItemKind = ItemKind.ITEM
    price: int = Field(ge=0, le=MAX_COINS)
    description: str = Field(default="", max_length=LONGEST_DESCRIPTION)
    emoji: str = Field(default="", max_length=LONGEST_EMOJI)
    category: str = Field(default="", max_length=LONGEST_CATEGORY)
    stock: int | None = Field(default=None, ge=0, le=MOST_IN_STOCK)
    """Copies left to sell; None: as many as anybody wants."""
    per_member: int | None = Field(default=None, ge=1, le=MOST_IN_STOCK)
    """Copies that one member may ever buy."""
    cooldown: int | None = Field(default=None, ge=1, le=_YEAR)
    """Seconds between two purchases of one member."""
    available_until: datetime | None = None
    resale: int | None = Field(default=None, ge=0, le=100)
    """Per cent of the price that is paid back; None: as the server's settings say."""
    giftable: bool = True
    lifetime: int | None = Field(default=None, ge=60, le=10 * _YEAR)
    """Seconds until a copy is gone; None: it stays."""
    requirements: Requirements = Requirements()
    effects: Effects = Effects()

    @field_validator("name", "category", mode="before")
    @classmethod
    def _tidy(cls, value: object) -> object:
        return " ".join(value.split()) if isinstance(value, str) else value

    @field_validator("name", "category")
    @classmethod
    def _plain(cls, value: str) -> str:
        if _MARKS.search(value):
            raise ValueError(N_("has a character that is markup"))
        return value

    @field_validator("name")
    @classmethod
    def _can_be_found(cls, value: str) -> str:
        if not folded(value):
            raise ValueError(N_("has no letter to find it by"))
        return value

    @field_validator("emoji")
    @classmethod
    def _one_emoji(cls, value: str) -> str:
        value = value.strip()
        if value and _EMOJI.fullmatch(value) is None:
            raise ValueError(N_("must be one emoji"))
        return value

    @field_validator("available_until")
    @classmethod
    def _moment(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(N_("has no time zone"))
        return value

    @model_validator(mode="after")
    def _one_effect_a_role(self) -> ItemDraft:
        for chain in (self.effects.on_purchase, self.effects.on_use):
            roles = [one.role_id for one in chain if isinstance(one, (GiveRole, TakeRole))]
            if len(set(roles)) != len(roles):
                raise ValueError(N_("does two things with one role"))
        return self

    @model_validator(mode="after")
    def _used_if_usable(self) -> ItemDraft:
        if self.effects.on_use and self.kind not in USABLE:
            raise ValueError(N_("can't be used: it is of a kind that is not used up"))
        return self

    @property
    def search_name(self) -> str:
        """The name as it is searched by, and as it is unique among what is for sale."""
        return folded(self.name)


USABLE = frozenset({ItemKind.CONSUMABLE, ItemKind.BOOST, ItemKind.SPECIAL, ItemKind.CUSTOM, ItemKind.ITEM})
"""Kinds that can be used up."""


@dataclass(frozen=True)
class Item:
    """A thing as it stands in the shop."""

    id: int
    draft: ItemDraft
    sold: int
    """Copies that were ever sold."""
    version: int
    """Counts the changes by staff."""
    archived_at: datetime | None = None
    """Since when it is not for sale any more; copies stay."""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.draft.name

    def is_offered(self, now: datetime) -> bool:
        """Whether it is for sale, stock aside."""
        until = self.draft.available_until
        return self.archived_at is None and (until is None or until > now)

    @property
    def stays_with_buyer(self) -> bool:
        """Whether buying it did something already. Then its copies can be neither sold nor given away.

        A role, or coins, and the copy that they came with would come apart: bought, sold back, and had all the same.
        """
        return any(not isinstance(one, Say) for one in self.draft.effects.on_purchase)

    @property
    def is_usable(self) -> bool:
        """Whether using a copy does anything."""
        return bool(self.draft.effects.on_use)

    def copies_end(self, now: datetime) -> datetime | None:
        """When copies got now are gone; None: never."""
        return None if self.draft.lifetime is None else now + timedelta(seconds=self.draft.lifetime)


def resale_value(item: Item, usual: int) -> int:
    """Coins that one copy brings, rounded down; `usual` is the server's per cent. 0: it can't be sold."""
    percent = usual if item.draft.resale is None else item.draft.resale
    return 0 if item.stays_with_buyer else item.draft.price * percent // 100


def roles_given(chain: Iterable[Effect]) -> tuple[GiveRole, ...]:
    """The roles that a chain gives."""
    return tuple(one for one in chain if isinstance(one, GiveRole))


def coins_given(chain: Iterable[Effect], copies: int) -> int:
    """The coins that a chain gives which happens so often."""
    return sum(one.amount for one in chain if isinstance(one, GiveCoins)) * copies


def boosts_given(chain: Iterable[Effect]) -> tuple[BoostXp, ...]:
    """The boosts that a chain gives."""
    return tuple(one for one in chain if isinstance(one, BoostXp))


def words_of(chain: Iterable[Effect]) -> tuple[str, ...]:
    """What a chain says to the member."""
    return tuple(one.words for one in chain if isinstance(one, Say))


def check_roles(draft: ItemDraft, guild: GuildFacts, actor: Reach) -> None:
    """Whether somebody may describe a thing that gives and takes these roles: only what they could do themselves.

    Raises:
        RoleGone, RoleIsEveryones, RoleIsManaged, MyPermissionNeeded, RoleAboveMine, RoleTooPowerful: the bot can't.
        RoleAboveYours: they may not.
    """
    for one in (*draft.effects.on_purchase, *draft.effects.on_use):
        if isinstance(one, (GiveRole, TakeRole)):
            role = guild.roles.get(one.role_id)
            check_can_be_given(role, guild.reach)
            if role is not None:
                check_may_give(actor, role)
