"""Which words of a message belong to which option."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.typed import Slot, call_of, fill, find_command
from bot.errors import InvalidInput, OptionMissing, TooManyWords

PAY = (Slot("member", required=True, takes_text=False), Slot("amount", required=True, takes_text=False))
BAN = (
    Slot("member", required=True, takes_text=False),
    Slot("duration", required=False, takes_text=False),
    Slot("reason", required=False, takes_text=True),
)
NAMES = {"pay": PAY, "ban": BAN, "role give": PAY, "role": ()}


@pytest.mark.parametrize(
    ("content", "call"),
    [("!pay x", "pay x"), ("! pay", "pay"), ("<@1> help", "help"), ("hello !pay", None), ("", None), ("!", "")],
)
def test_a_call_begins_with_a_prefix(content: str, call: str | None) -> None:
    assert call_of(content, ["<@1>", "!"]) == call


def test_no_prefix_is_no_prefix() -> None:
    assert call_of("pay x", ["<@1>", ""]) is None


def test_the_longest_command_is_found_and_aliases_stand_for_a_word() -> None:
    assert find_command("Role GIVE @a 5", NAMES, {}) == ("role give", "@a 5")
    assert find_command("role x", NAMES, {}) == ("role", "x")
    assert find_command("rg @a 5", NAMES, {"rg": "role give"}) == ("role give", "@a 5")
    assert find_command("payday", NAMES, {}) is None
    assert find_command("", NAMES, {}) is None


def test_words_belong_to_options_in_order_by_name_or_by_quotation_marks() -> None:
    assert fill(PAY, "<@5> 50") == {"member": "<@5>", "amount": "50"}
    assert fill(PAY, "amount:50 <@5>") == {"member": "<@5>", "amount": "50"}
    assert fill(PAY, 'member:"Bob the Great" amount:50') == {"member": "Bob the Great", "amount": "50"}
    assert fill(BAN, "<@5> 2d was  rude, twice") == {"member": "<@5>", "duration": "2d", "reason": "was  rude, twice"}
    assert fill(BAN, '<@5> reason:"no: really"') == {"member": "<@5>", "reason": "no: really"}
    assert fill(BAN, "<@5>") == {"member": "<@5>"}


def test_what_is_missing_or_too_much_is_named() -> None:
    with pytest.raises(OptionMissing) as missing:
        fill(PAY, "<@5>")
    assert missing.value.option == "amount"
    with pytest.raises(TooManyWords) as many:
        fill(PAY, "<@5> 50 coins")
    assert many.value.word == "coins"


@given(st.text(max_size=200))
def test_nothing_that_is_typed_breaks_it(words: str) -> None:
    for slots in NAMES.values():
        try:
            filled = fill(slots, words)
        except InvalidInput:
            continue
        assert filled.keys() <= {slot.name for slot in slots}
