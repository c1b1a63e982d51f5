"""What staff writes of a thing for sale: what changes, what that means for owners, and how stocks are read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.shop import Effects, GiveCoins, Item, ItemDraft, ItemKind, Say
from bot.domain.sketches import TITLES, Sketch, amended, meanings, parts_changed, rebased
from bot.domain.stock import Restock, read_restock
from bot.errors import ItemRefused, StockNotUnderstood

BEFORE = ItemDraft(name="Lamp", price=5, stock=9)


def test_every_part_of_a_thing_has_a_title() -> None:
    assert set(TITLES) == set(ItemDraft.model_fields)


def test_a_stock_that_is_sold_from_meanwhile_is_no_change_of_the_writers() -> None:
    after = amended(BEFORE, stock=2, price=7, name="Lantern")
    assert parts_changed(BEFORE, after) == ("name", "price")
    sketch = Sketch(1, 2, 3, 1, BEFORE, after, version=4)
    present = Item(3, amended(BEFORE, stock=5, price=6, description="Bright."), sold=4, version=8)
    made = rebased(sketch, present)
    assert made == replace(
        sketch, base=8, original=present.draft, draft=amended(present.draft, price=7, name="Lantern")
    )


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"name": "Lantern"}, ["They are shown so, too."]),
        ({"price": 6}, ["What is paid back for them follows the price."]),
        ({"price": 6, "resale": 0}, ["Nothing happens to copies that are owned.", "They are paid back so, too."]),
        ({"effects": Effects(on_purchase=(Say(words="Hi"),))}, ["What buying does holds for who buys from now on."]),
        ({"effects": Effects(on_use=(Say(words="Hi"),))}, ["Using a copy that is owned does what is written now."]),
        (
            {"effects": Effects(on_purchase=(GiveCoins(amount=1),))},
            [
                "What buying does holds for who buys from now on.",
                "Copies that are owned can be neither sold back nor given away any more.",
            ],
        ),
    ],
)
def test_what_a_change_means_for_owners(parts: dict[str, Any], said: list[str]) -> None:
    assert [str(phrase) for _, phrase in meanings(BEFORE, amended(BEFORE, **parts))] == said


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"emoji": "smile"}, "**Emoji** must be one emoji"),
        ({"name": ""}, "**Name** must not be empty"),
        ({"description": "x" * 501}, "**Description** takes at most 500 characters"),
        ({"effects": {"on_use": [{"kind": "coins", "amount": 0}]}}, "**Effects** must be at least 1"),
        ({"kind": ItemKind.BADGE, "effects": Effects(on_use=(Say(words="Hi"),))}, "**Lamp** can't be used"),
    ],
)
def test_what_can_not_be_is_said_in_a_sentence(parts: dict[str, Any], said: str) -> None:
    with pytest.raises(ItemRefused) as refused:
        amended(BEFORE, **parts)
    assert f"**{refused.value.title}** {refused.value.reason}".startswith(said)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("20", Restock(20)),
        ("1k", Restock(1_000)),
        (" + 10 ", Restock(10, is_change=True)),
        ("-3", Restock(-3, is_change=True)),
        ("Unbegrenzt", Restock(None)),
    ],
)
def test_a_stock_is_read_as_it_is_written(written: str, wanted: Restock) -> None:
    assert read_restock(written) == wanted


@pytest.mark.parametrize("written", ["", "many", "+", "+-5", "--5", "9" * 40])
def test_what_is_no_stock_is_refused(written: str) -> None:
    with pytest.raises(StockNotUnderstood):
        read_restock(written)
