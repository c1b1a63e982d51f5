"""Editing who may enter a giveaway and with what chances, entry by entry: pure changes of its rules and bonuses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from enum import StrEnum

from pydantic import BaseModel

from bot.domain.features import Feature
from bot.domain.giveaway_rules import (
    AtLevel,
    Bonus,
    Bonuses,
    BonusKind,
    HasRole,
    HoldsCoins,
    Leaf,
    Messages,
    Rule,
    Rules,
)
from bot.domain.giveaways import Giveaway


class RuleList(StrEnum):
    """The three lists that staff edits, as custom ids have them."""

    ALL = "all"
    ANY = "any"
    NONE = "none"

    @property
    def field(self) -> str:
        """Where it stands among the rules."""
        return f"{self.value}_of"

    def of(self, rules: Rules) -> tuple[Rule, ...]:
        """What is in it."""
        found: tuple[Rule, ...] = getattr(rules, self.field)
        return found


def token(entry: BaseModel) -> str:
    """What tells an entry from the others of its list: 16 hexadecimal digits, the same wherever it stands."""
    return hashlib.sha256(entry.model_dump_json().encode()).hexdigest()[:16]


def with_rules(rules: Rules, group: RuleList, added: Iterable[Rule]) -> Rules:
    """The rules with more of them in a list; what is in it already is not added again."""
    whole = list(group.of(rules))
    for one in added:
        if one not in whole:
            whole.append(one)
    return rules.model_copy(update={group.field: tuple(whole)})


def without_rule(rules: Rules, group: RuleList, gone: str) -> Rules:
    """The rules without the one of a list that has this token; as they are if none has."""
    left = tuple(one for one in group.of(rules) if token(one) != gone)
    return rules.model_copy(update={group.field: left})


def with_bonuses(bonuses: Bonuses, added: Sequence[Bonus]) -> Bonuses:
    """The bonuses with more of them; one for the same thing is replaced, where it stands."""
    fresh = {(one.kind, one.target): one for one in added}
    whole = [fresh.pop((one.kind, one.target), one) for one in bonuses.of]
    return bonuses.model_copy(update={"of": (*whole, *fresh.values())})


def without_bonus(bonuses: Bonuses, gone: str) -> Bonuses:
    """The bonuses without the one that has this token; as they are if none has."""
    return bonuses.model_copy(update={"of": tuple(one for one in bonuses.of if token(one) != gone)})


def roles_named(giveaway: Giveaway) -> frozenset[int]:
    """The roles that its rules and bonuses name."""
    asked = {one.role_id for one in giveaway.rules.leaves() if isinstance(one, HasRole)}
    return frozenset(asked | giveaway.bonuses.role_ids)


_FEATURES: dict[type[Leaf], Feature] = {
    AtLevel: Feature.LEVELING, Messages: Feature.LEVELING, HoldsCoins: Feature.ECONOMY,
}  # fmt: skip


def features_needed(giveaway: Giveaway) -> frozenset[Feature]:
    """The other features without which what it asks, or gives, means nothing."""
    needed = {_FEATURES[type(one)] for one in giveaway.rules.leaves() if type(one) in _FEATURES}
    if any(one.kind is BonusKind.LEVEL for one in giveaway.bonuses.of):
        needed.add(Feature.LEVELING)
    if giveaway.given.coins:
        needed.add(Feature.ECONOMY)
    return frozenset(needed)
