"""Who may have a thing that is for sale: what can be asked for, who has it, and how it is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.amounts import MAX_COINS
from bot.domain.curves import HIGHEST
from bot.words import Phrase

MOST_NEEDS = 10
"""Requirements in one list."""
MOST_COPIES = 1_000
"""Copies of another thing that can be asked for."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


Id: TypeAlias = Annotated[int, Field(gt=0, lt=2**63)]


class RoleNeeded(_Frozen):
    """Having a role."""

    kind: Literal["role"] = "role"
    role_id: Id


class BalanceNeeded(_Frozen):
    """Having so many coins in the wallet before paying."""

    kind: Literal["balance"] = "balance"
    least: int = Field(ge=1, le=MAX_COINS)


class LevelNeeded(_Frozen):
    """Having reached a level, by the XP that somebody has and the server's curve."""

    kind: Literal["level"] = "level"
    least: int = Field(ge=1, le=HIGHEST)


class ItemNeeded(_Frozen):
    """Owning so many copies of another thing."""

    kind: Literal["item"] = "item"
    item_id: Id
    quantity: int = Field(default=1, ge=1, le=MOST_COPIES)


Need: TypeAlias = Annotated[RoleNeeded | BalanceNeeded | LevelNeeded | ItemNeeded, Field(discriminator="kind")]
Needs: TypeAlias = Annotated[tuple[Need, ...], Field(max_length=MOST_NEEDS)]


class Requirements(_Frozen):
    """Who may have a thing: who has all of the first, one of the second if there are any, and none of the third."""

    all_of: Needs = ()
    any_of: Needs = ()
    none_of: Needs = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._each)

    @property
    def item_ids(self) -> frozenset[int]:
        """The things that it names."""
        return frozenset(one.item_id for one in self._each if one.kind == "item")

    @property
    def levels(self) -> frozenset[int]:
        """The levels that it names."""
        return frozenset(one.least for one in self._each if one.kind == "level")

    @property
    def _each(self) -> tuple[Need, ...]:
        return (*self.all_of, *self.any_of, *self.none_of)


@dataclass(frozen=True)
class Standing:
    """What decides whether a member meets requirements."""

    role_ids: frozenset[int]
    wallet: int
    owned: Mapping[int, int]
    """Copies, by thing; what is not there is none."""
    level: int = 0
    """Their level. Who never earned XP has 0."""


def is_met(need: Need, standing: Standing) -> bool:
    """Whether somebody has what is needed."""
    match need:
        case RoleNeeded():
            return need.role_id in standing.role_ids
        case BalanceNeeded():
            return standing.wallet >= need.least
        case LevelNeeded():
            return standing.level >= need.least
        case ItemNeeded():
            return standing.owned.get(need.item_id, 0) >= need.quantity


def missing(requirements: Requirements, standing: Standing, names: Mapping[int, str]) -> Phrase | None:
    """What keeps somebody from meeting requirements, as the end of a sentence; None: they meet them.

    `names` are those of things; one that is not there is called by its number.
    """
    lacking = [one for one in requirements.all_of if not is_met(one, standing)]
    if lacking:
        return Phrase("you still need {needs}", {"needs": _told(lacking, standing, names)})
    if requirements.any_of and not any(is_met(one, standing) for one in requirements.any_of):
        return Phrase("you need one of these: {needs}", {"needs": _told(requirements.any_of, standing, names)})
    hindering = [one for one in requirements.none_of if is_met(one, standing)]
    if hindering:
        return Phrase("it is not for those who have {needs}", {"needs": _told(hindering, standing, names)})
    return None


def _told(needs: Iterable[Need], standing: Standing, names: Mapping[int, str]) -> tuple[Phrase, ...]:
    return tuple(told(need, standing, names) for need in needs)


def told(need: Need, standing: Standing, names: Mapping[int, str]) -> Phrase:
    """What is needed, in words, to whom it concerns: whose level is too low reads it there, too; `names` as above."""
    if isinstance(need, LevelNeeded) and not is_met(need, standing):
        return Phrase("level {level} or more (you are at level {own})", {"level": need.least, "own": standing.level})
    return name_of(need, names)


def name_of(need: Need, names: Mapping[int, str]) -> Phrase:
    """What is needed, in words; `names` as for `missing`."""
    match need:
        case RoleNeeded():
            return Phrase("the role {role}", {"role": f"<@&{need.role_id}>"})
        case BalanceNeeded():
            return Phrase("{amount} or more in your wallet", {"amount": need.least})
        case LevelNeeded():
            return Phrase("level {level} or more", {"level": need.least})
        case ItemNeeded():
            name = names.get(need.item_id, f"#{need.item_id}")
            if need.quantity == 1:
                return Phrase("**{item}**", {"item": name})
            return Phrase("**{item}** ({quantity} of it)", {"quantity": need.quantity, "item": name})
