"""Who wins a giveaway follows from its seed and its list, whoever computes it."""

from __future__ import annotations

import hashlib
import pickle
import random
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice, permutations
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import verify_giveaway
from bot.domain import giveaway_draw
from bot.domain.giveaway_draw import MOST_WEIGHT, Draw, DrawRequest, Entrants, commitment, draw, list_lines, order
from tests.support.giveaway_drum import drum_order, hmac_sha256, sha256, text_of_list
from tests.support.process import ROOT

GUILD, NUMBER = 613425648685547541, 7
SEED = bytes(range(32))
LIST = [
    (80351110224678912, 1),
    (155149108183695360, 3),
    (213612539483914240, 1),
    (431544605209788416, 10),
    (1087423950112768010, 2),
]

lists = st.dictionaries(
    st.integers(min_value=1, max_value=2**64 - 1), st.integers(min_value=1, max_value=MOST_WEIGHT), max_size=40
).map(lambda found: sorted(found.items()))
seeds = st.binary(min_size=32, max_size=32)


def drawn(entries: list[tuple[int, int]], seed: bytes, most: int | None = None) -> Draw:
    most = len(entries) if most is None else most
    return draw(DrawRequest(GUILD, NUMBER, seed, Entrants.of(entries), most))


def verifiers_order(entries: list[tuple[int, int]], seed: bytes) -> list[int]:
    promised = verify_giveaway.commitment_of(seed)
    digest = verify_giveaway.hash_of_list(str(GUILD), NUMBER, promised, entries)
    told = [[str(user_id), weight] for user_id, weight in entries]
    return [int(one) for one in verify_giveaway.order_of(told, verify_giveaway.numbers_of(seed, digest))]


# The same for everybody -----------------------------------------------------------------------------------


def test_a_thousand_random_draws_come_out_the_same_by_three_programs() -> None:
    chance = random.Random(2026)
    for _ in range(1_000):
        size = chance.choice((0, 1, 2, 3, 5, 17, 40))
        ids = sorted(chance.sample(range(1, 2**63), size))
        entries = [(user_id, chance.randint(1, 12)) for user_id in ids]
        seed = chance.randbytes(32)
        found = drawn(entries, seed)
        assert found.commitment == sha256(seed).hex()
        assert found.list_hash == sha256(text_of_list(GUILD, NUMBER, seed, entries).encode()).hex()
        assert list(found.places) == drum_order(GUILD, NUMBER, seed, entries) == verifiers_order(entries, seed)


def test_lists_longer_than_a_step_come_out_the_same_too() -> None:
    chance = random.Random(5)
    entries = [(user_id, chance.randint(1, MOST_WEIGHT)) for user_id in range(10**17, 10**17 + 10_000)]
    found = drawn(entries, SEED)
    assert list(found.places) == verifiers_order(entries, SEED)
    text = b"".join(list_lines(GUILD, NUMBER, found.commitment, Entrants.of(entries)))
    assert text.decode() == text_of_list(GUILD, NUMBER, SEED, entries)


@given(entries=lists, seed=seeds)
def test_any_list_and_seed_come_out_the_same_for_the_bot_and_the_program_that_stands_alone(
    entries: list[tuple[int, int]], seed: bytes
) -> None:
    assert list(drawn(entries, seed).places) == verifiers_order(entries, seed)


@given(entries=lists, seed=seeds)
def test_everybody_has_one_place_and_fewer_places_are_the_beginning_of_more(
    entries: list[tuple[int, int]], seed: bytes
) -> None:
    everybody = drawn(entries, seed).places
    assert sorted(everybody) == [user_id for user_id, _ in entries]
    for most in (0, 1, len(entries) // 2, len(entries) + 100):
        assert drawn(entries, seed, most).places == everybody[:most]


def test_the_list_is_gone_through_in_steps_so_that_others_get_their_turn() -> None:
    entrants = Entrants.of((user_id, 1) for user_id in range(1, 50_001))
    pieces = list(list_lines(GUILD, NUMBER, "0" * 64, entrants))
    assert max(piece.count(b"\n") for piece in pieces) < 5_000


def test_the_values_in_the_documentation_are_what_is_computed() -> None:
    page = (ROOT / "docs/giveaway-draws.md").read_text()
    found = drawn(LIST, SEED)
    entrants = Entrants.of(LIST)
    assert SEED.hex() in page
    assert f"```text\n{b''.join(list_lines(GUILD, NUMBER, found.commitment, entrants)).decode()}```" in page
    key = hmac_sha256(SEED, bytes.fromhex(found.list_hash))
    assert f"`list_hash` | `{found.list_hash}`" in page
    assert f"`key` | `{key.hex()}`" in page
    left = dict(LIST)
    rows: list[str] = []
    for place, (user_id, value) in enumerate(zip(found.places, giveaway_draw.numbers(key), strict=False), 1):
        total = sum(left.values())
        rows.append(f"| {place} | `{value:064x}` | {total} | {value % total} | {user_id} |")
        del left[user_id]
    assert "\n".join(rows) in page


def test_the_longer_example_in_the_documentation_is_what_is_computed() -> None:
    page = (ROOT / "docs/giveaway-draws.md").read_text()
    entries = [(1000 + 7 * n, n % 10 + 1) for n in range(1_000)]
    found = draw(DrawRequest(1, 2, b"\xff" * 32, Entrants.of(entries), 1_000))
    assert list(found.places) == drum_order(1, 2, b"\xff" * 32, entries)
    assert f"`list_hash` | `{found.list_hash}`" in page
    assert f"first five places | {', '.join(map(str, found.places[:5]))} |" in page
    assert f"last two places | {', '.join(map(str, found.places[-2:]))} |" in page
    text = "".join(f"{user_id}\n" for user_id in found.places)
    assert hashlib.sha256(text.encode()).hexdigest() in page


# Numbers that are chosen here -----------------------------------------------------------------------------


def by(weights: list[int], numbers: list[int], span: int) -> list[int]:
    return list(giveaway_draw.places(array("I", weights), iter(numbers), span))


Places = Callable[[list[int], list[int], int], list[int]]


def by_verifier(weights: list[int], numbers: list[int], span: int) -> list[int]:
    entries = [[str(index), weight] for index, weight in enumerate(weights)]
    return [int(one) for one in verify_giveaway.order_of(entries, iter(numbers), span)]


@pytest.mark.parametrize("places", [by, by_verifier])
class TestNumbers:
    def test_a_number_points_at_the_first_whose_running_sum_exceeds_it(self, places: Places) -> None:
        firsts = [places([1, 3, 2], [number, 0, 0], 6)[0] for number in range(6)]
        assert firsts == [0, 1, 1, 1, 2, 2]

    def test_who_was_drawn_takes_their_weight_along(self, places: Places) -> None:
        assert places([1, 3, 2], [1, 1, 0], 6) == [1, 2, 0]

    def test_numbers_of_the_incomplete_multiple_are_passed_over(self, places: Places) -> None:
        # Of 16 numbers three hold five times: 15 is rejected. Then two hold eight times: nothing is.
        assert places([1, 1, 1], [15, 15, 14, 15, 15], 16) == [2, 1, 0]

    def test_where_the_numbers_fill_the_row_exactly_none_is_passed_over(self, places: Places) -> None:
        assert places([1] * 16, [15, *range(15)], 16)[0] == 15

    def test_every_order_is_equally_likely_over_all_numbers(self, places: Places) -> None:
        # Of 7 numbers 6 count for three people and 6 for two, so each of the 6 orders comes up equally often.
        orders = Counter(tuple(places([1, 1, 1], [first, second, 0], 7)) for first in range(6) for second in range(6))
        assert orders == dict.fromkeys(permutations(range(3)), 6)

    def test_the_last_and_the_first_entrant_can_be_drawn_first_and_last(self, places: Places) -> None:
        weights = [5] * 1_000
        assert places(weights, [4_999, *[0] * 999], 5_000)[0] == 999
        assert places(weights, [0] * 1_000, 5_000) == list(range(1_000))
        assert places(weights, [4_999 - 5 * n for n in range(1_000)], 2**256) == list(reversed(range(1_000)))


@given(
    weights=st.lists(st.integers(min_value=1, max_value=9), max_size=70),
    numbers=st.lists(st.integers(min_value=0, max_value=1023), min_size=70, max_size=70),
)
def test_small_numbers_that_are_often_rejected_draw_the_same_in_both(weights: list[int], numbers: list[int]) -> None:
    endless = [*numbers, *[0] * 70]
    assert by(weights, endless, 1024) == by_verifier(weights, endless, 1024)


# Fairness -------------------------------------------------------------------------------------------------

DRAWS = 12_000

# By degrees of freedom, what one fair draw in a million exceeds.
CHI_SQUARE = {4: 33.4, 5: 35.9}


def orders(entries: list[tuple[int, int]], draws: int = DRAWS) -> Iterator[tuple[int, ...]]:
    """The orders of many giveaways, each with a seed of its own."""
    entrants = Entrants.of(entries)
    for number in range(draws):
        seed = sha256(b"fairness %d" % number)
        yield tuple(draw(DrawRequest(GUILD, number + 1, seed, entrants, len(entries))).places)


def chi_square(found: Counter[int], expected: dict[int, float]) -> float:
    return sum((found[one] - count) ** 2 / count for one, count in expected.items())


def chances(weights: dict[int, int], place: int) -> dict[int, float]:
    """Each one's chance of a place, by going through every order."""
    found = dict.fromkeys(weights, 0.0)
    total = sum(weights.values())
    for row in permutations(weights):
        left = [total - sum(weights[one] for one in row[:at]) for at in range(len(row))]
        found[row[place]] += prod(weights[one] / rest for one, rest in zip(row, left, strict=True))
    return found


@pytest.mark.parametrize("weights", [{10: 1, 20: 1, 30: 1, 40: 1, 50: 1}, {10: 1, 20: 2, 30: 3, 40: 5, 50: 9}])
def test_each_place_goes_to_each_as_often_as_their_weight_says(weights: dict[int, int]) -> None:
    found = list(orders(sorted(weights.items())))
    for place in range(5):
        expected = {one: chance * DRAWS for one, chance in chances(weights, place).items()}
        assert chi_square(Counter(row[place] for row in found), expected) < CHI_SQUARE[4]


def test_all_orders_of_three_come_up_equally_often() -> None:
    numbered: dict[tuple[int, ...], int] = {row: at for at, row in enumerate(permutations((1, 2, 3)))}
    found = Counter(numbered[row] for row in orders([(1, 7), (2, 7), (3, 7)]))
    assert chi_square(found, dict.fromkeys(range(6), DRAWS / 6)) < CHI_SQUARE[5]


def test_the_last_of_the_list_wins_as_often_as_the_first() -> None:
    winners = Counter(row[0] for row in orders([(user_id, 1) for user_id in range(1, 7)]))
    assert chi_square(winners, dict.fromkeys(range(1, 7), DRAWS / 6)) < CHI_SQUARE[5]


def test_nobody_has_two_places_however_heavy_they_are() -> None:
    for row in orders([(1, 1), (2, MOST_WEIGHT), (3, 1)], 200):
        assert sorted(row) == [1, 2, 3]


# Lists ----------------------------------------------------------------------------------------------------


def test_one_entrant_wins_and_nobody_is_drawn_from_an_empty_list() -> None:
    assert list(drawn([(42, 1)], SEED, 3).places) == [42]
    assert list(drawn([], SEED, 3).places) == []


def test_fewer_entrants_than_places_all_get_one() -> None:
    assert sorted(drawn(LIST, SEED, 100).places) == [user_id for user_id, _ in LIST]


@pytest.mark.parametrize(
    "entries",
    [
        [(1, 0)],
        [(1, -1)],
        [(1, MOST_WEIGHT + 1)],
        [(1, 2**32)],
        [(0, 1)],
        [(-1, 1)],
        [(2**64, 1)],
        [(2, 1), (1, 1)],
        [(1, 1), (1, 2)],
        [*((user_id, 1) for user_id in range(1, 4_097)), (4_096, 1)],  # where one step ends and the next begins
        [*((user_id, 1) for user_id in range(1, 5_001)), (5_001, 0)],
    ],
)
def test_a_list_that_breaks_the_law_can_not_be_made(entries: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match=r"ids are above 0|weights are from 1|no id or weight"):
        Entrants.of(entries)


def test_arrays_that_do_not_belong_together_are_no_list() -> None:
    with pytest.raises(ValueError, match="2 ids for 1 weights"):
        Entrants(array("Q", [1, 2]), array("I", [1]))
    with pytest.raises(ValueError, match="types Q and I"):
        Entrants(array("Q", [1]), array("Q", [1]))


def test_a_seed_of_another_length_is_refused() -> None:
    for seed in (b"", bytes(31), bytes(33)):
        with pytest.raises(ValueError, match="a seed of"):
            commitment(seed)


@given(entries=lists, seed=seeds, data=st.data())
def test_whatever_changes_in_a_list_changes_its_hash(
    entries: list[tuple[int, int]], seed: bytes, data: st.DataObject
) -> None:
    entries = entries or [(1, 1)]
    at = data.draw(st.integers(min_value=0, max_value=len(entries) - 1))
    user_id, weight = entries[at]
    changed = [
        entries[:at] + entries[at + 1 :],
        [*entries[:at], (user_id, weight % MOST_WEIGHT + 1), *entries[at + 1 :]],
    ]
    before = drawn(entries, seed).list_hash
    assert all(drawn(other, seed).list_hash != before for other in changed)


def test_two_giveaways_with_one_seed_and_one_list_are_drawn_differently() -> None:
    entries = [(user_id, 1) for user_id in range(1, 100)]
    entrants = Entrants.of(entries)
    found = {
        tuple(draw(DrawRequest(guild, number, SEED, entrants, 99)).places) for guild in (1, 2) for number in (1, 2)
    }
    assert len(found) == 4


def test_a_request_and_its_draw_travel_small_and_keep_the_seed_to_themselves() -> None:
    entrants = Entrants.of((user_id, 1) for user_id in range(1, 10_001))
    request = DrawRequest(GUILD, NUMBER, SEED, entrants, 10_000)
    packed = pickle.dumps(request)
    assert len(packed) < 12 * 10_000 + 1_000
    assert draw(pickle.loads(packed)) == draw(request)  # noqa: S301 — from the line above
    assert not re.search(r"seed|x01|0102", repr(request))


def test_the_order_can_be_asked_for_without_the_rest() -> None:
    found = drawn(LIST, SEED)
    assert order(Entrants.of(LIST), SEED, bytes.fromhex(found.list_hash), 2) == found.places[:2]
    assert len(list(islice(giveaway_draw.numbers(bytes(32)), 5))) == 5
