"""The sources of role grants: texts such as `shop:12`, `level:5` or `hand:staff`, and what they are called in words."""

from __future__ import annotations

from bot.words import Phrase

_BY_HAND = "hand:"
HAND = f"{_BY_HAND}staff"
"""The source of what staff gives with /role."""

_LEVEL = "level:"
_SHOP = "shop:"


def batch_source(batch_id: int) -> str:
    """The source of what staff gives to many at once: its own for each batch, so that just that can be ended again."""
    return f"{_BY_HAND}{batch_id}"


def is_by_hand(source: str) -> bool:
    """Whether staff granted it, to one or to many: what staff may end."""
    return source.startswith(_BY_HAND)


def of_level(level: int) -> str:
    """By which a role is granted for a level."""
    return f"{_LEVEL}{level}"


def level_of(source: str) -> int | None:
    """The level that a source stands for; None: it is no level's."""
    return _number(source, _LEVEL)


def of_purchase(purchase_id: int) -> str:
    """The source of the roles that came with a purchase, or with what was used."""
    return f"{_SHOP}{purchase_id}"


def is_from_shop(source: str) -> bool:
    """Whether a role was given for something bought or used."""
    return source.startswith(_SHOP)


def purchase_of(source: str) -> int | None:
    """The purchase or use that a source stands for; None: it is neither's."""
    return _number(source, _SHOP)


def in_words(source: str) -> Phrase | str:
    """Who grants a role, for people to read; a source that nobody has words for stays as it is."""
    if source == HAND:
        return Phrase("staff")
    if is_by_hand(source):
        return Phrase("staff (to many at once)")
    if is_from_shop(source):
        return Phrase("the shop")
    level = level_of(source)
    return source if level is None else Phrase("the reward of level {level}", {"level": level})


def _number(source: str, prefix: str) -> int | None:
    written = source.removeprefix(prefix)
    return int(written) if source.startswith(prefix) and written.isascii() and written.isdecimal() else None
