"""What stands behind a role grant, read back and said in words."""

from __future__ import annotations

import pytest

from bot.domain.grant_sources import (
    HAND,
    batch_source,
    in_words,
    is_from_shop,
    level_of,
    of_level,
    of_purchase,
    purchase_of,
)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (HAND, "staff"), (batch_source(9), "staff (to many at once)"), (of_level(5), "the reward of level 5"),
        (of_purchase(2**60), "the shop"), ("season:3", "season:3"),
    ],
)  # fmt: skip
def test_each_source_has_words_and_one_that_nobody_knows_stays_as_it_is(source: str, said: str) -> None:
    assert str(in_words(source)) == said


def test_a_level_is_told_by_its_source_and_nothing_else_is() -> None:
    assert level_of(of_level(12)) == 12
    assert level_of("shop:12") is level_of("level:") is level_of("level:x") is level_of("level:²") is None


def test_a_purchase_is_told_by_its_source_and_nothing_else_is() -> None:
    assert purchase_of(of_purchase(2**60)) == 2**60
    assert purchase_of("level:12") is purchase_of("shop:") is purchase_of("shop:²") is None
    assert is_from_shop(of_purchase(7))
    assert not is_from_shop("level:7")
