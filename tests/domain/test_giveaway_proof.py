"""The file that proves a draw: what the bot writes it reads again, and it says what doesn't fit."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.giveaway_draw import Entrants
from bot.domain.giveaway_proof import (
    MOST_BYTES,
    Check,
    GiveawayProof,
    Misfit,
    Outcome,
    ProofUnreadable,
    misfits,
    read_proof,
)
from tests.support.giveaway_proofs import proof_of
from tests.support.process import ROOT

WON, LEFT, REROLLED = Outcome.WON, Outcome.LEFT, Outcome.REROLLED

# The file -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entrants", [0, 1, 30, 5_000])
def test_what_is_written_is_read_again_and_fits(entrants: int) -> None:
    proof = proof_of(entrants, asked=3)
    assert read_proof(proof.to_json()) == read_proof(proof.to_json().encode()) == proof
    assert misfits(proof) == ()


def test_the_file_is_written_in_pieces_and_in_ascii() -> None:
    proof = replace(proof_of(10_000), prize='A "Schlüssel" 🎁\n\ud83d')
    pieces = list(proof.chunks())
    assert max(map(len, pieces)) < 100_000
    assert "".join(pieces).isascii()
    assert read_proof("".join(pieces)).prize == proof.prize


def test_ids_are_strings_for_programs_that_know_no_long_numbers() -> None:
    told = json.loads(proof_of(5).to_json())
    assert isinstance(told["guild_id"], str)
    assert all(isinstance(one, str) for one in told["places"])
    assert all(isinstance(one["user_id"], str) for one in told["checks"])
    assert [[type(user_id), type(weight)] for user_id, weight in told["entries"]] == [[str, int]] * 5


def test_times_are_written_in_utc_wherever_they_come_from() -> None:
    there = datetime(2026, 3, 2, 13, tzinfo=timezone(timedelta(hours=1)))
    proof = replace(proof_of(2), ended_at=there, drawn_at=datetime(2026, 3, 2, 12, 0, 0, 500, tzinfo=UTC))
    told = json.loads(proof.to_json())
    assert (told["ended_at"], told["drawn_at"]) == ("2026-03-02T12:00:00Z", "2026-03-02T12:00:00.000500Z")
    assert read_proof(proof.to_json()) == proof


def test_the_example_in_the_documentation_is_right_and_written_as_the_bot_does() -> None:
    text = (ROOT / "docs/giveaway-proof.json").read_text()
    proof = read_proof(text)
    assert misfits(proof) == ()
    assert proof.to_json() == text


def test_keys_that_a_later_bot_adds_change_nothing() -> None:
    proof = proof_of(4)
    told = json.loads(proof.to_json())
    told["weights_because"] = {"1": ["level 5", 0.5, None]}
    told["checks"][0]["name"] = "Mira"
    assert read_proof(json.dumps(told)) == proof


def test_a_proof_keeps_the_seed_out_of_logs() -> None:
    proof = proof_of(2)
    assert proof.seed.hex() not in repr(proof)
    assert repr(proof.seed) not in repr(proof)


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda it: it.update(what="folkmoot"), '"what" isn\'t'),
        (lambda it: it.update(version=2), '"version" isn\'t 1'),
        (lambda it: it.update(version=True), "version isn't a whole number"),
        (lambda it: it.update(version=1.0), "version isn't a whole number"),
        (lambda it: it.pop("seed"), "seed isn't 64 hexadecimal digits"),
        (lambda it: it.update(seed=it["seed"].upper().replace("0", "A")), "seed isn't 64 hexadecimal digits"),
        (lambda it: it.update(commitment=it["commitment"] + "\n"), "commitment isn't 64"),
        (lambda it: it.update(list_hash=None), "list_hash isn't 64"),
        (lambda it: it.update(guild_id=5), "guild_id isn't an id"),
        (lambda it: it.update(guild_id="05"), "guild_id isn't an id"),
        (lambda it: it.update(guild_id="٣"), "guild_id isn't an id"),
        (lambda it: it.update(number=0), "number isn't a whole number"),
        (lambda it: it.update(winners_asked="2"), "winners_asked isn't a whole number"),
        (lambda it: it.update(prize=[]), "prize isn't a text"),
        (lambda it: it.update(prize="x" * 4_001), "prize isn't a text"),
        (lambda it: it.update(ended_at="yesterday"), "ended_at isn't a time"),
        (lambda it: it.update(drawn_at="2026-02-30T12:00:00Z"), "drawn_at isn't a time"),
        (lambda it: it.update(drawn_at="2026-03-02T12:00:00+01:00"), "drawn_at isn't a time"),
        (lambda it: it.update(checks={}), "checks isn't a list"),
        (lambda it: it.update(checks=[7]), r"checks\[0\] isn't an object"),
        (lambda it: it["checks"][1].update(outcome="bought"), r"checks\[1\]\.outcome isn't one of won, left"),
        (lambda it: it["checks"][1].update(outcome=["won"]), r"checks\[1\]\.outcome isn't one of"),
        (lambda it: it["checks"][1].pop("reason"), r"checks\[1\]\.reason isn't a text"),
        (lambda it: it["checks"][1].update(place=-1), r"checks\[1\]\.place isn't a whole number"),
        (lambda it: it["checks"][1].update(user_id=1), r"checks\[1\]\.user_id isn't an id"),
        (lambda it: it["places"].append(str(2**64)), r"places\[5\] isn't an id"),
        (lambda it: it["entries"].append(["1"]), r"entries\[5\] isn't an id and a weight"),
        (lambda it: it["entries"].append([1, 1]), r"entries\[5\] isn't an id and a weight"),
        (lambda it: it["entries"].append(["9", True]), r"entries\[5\] isn't an id and a weight"),
        (lambda it: it["entries"].append(["9", 1.0]), r"entries\[5\] isn't an id and a weight"),
        (lambda it: it["entries"].append(["-9", 1]), r"entries\[5\] isn't an id"),
        (lambda it: it["entries"].append(["9", 10**15]), "entries: no id or weight"),
        (lambda it: it["entries"].append(["1", 1]), "entries: ids are above 0, ascending and unique"),
        (lambda it: it["entries"][0].__setitem__(1, 0), r"entries\[0\] isn't an id and a weight"),
    ],
)
def test_a_value_that_can_not_be_is_named(change: Change, why: str) -> None:
    told = json.loads(proof_of(5, asked=2).to_json())
    change(told)
    with pytest.raises(ProofUnreadable, match=why):
        read_proof(json.dumps(told))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "isn't JSON"),
        (b"\xff\xfe\xfa", "isn't text"),
        (b"\x80abcdef", "isn't text in UTF-8"),
        ("[]", "the proof isn't an object"),
        ("null", "the proof isn't an object"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": NaN}', "NaN is no number"),
        (f'{{"a": {"9" * 100_000}}}', "a number has 100000 digits"),
        ('{"seed": 1, "seed": 2}', 'the key "seed" is there twice'),
        (" " * (MOST_BYTES + 1), "more than 64 MiB"),
    ],
)
def test_what_is_no_proof_at_all_is_refused_in_words(text: str | bytes, why: str) -> None:
    with pytest.raises(ProofUnreadable, match=why):
        read_proof(text)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_whatever_a_value_is_it_is_read_or_refused(value: object) -> None:
    for key in json.loads(proof_of(3).to_json()):
        told = json.loads(proof_of(3).to_json())
        told[key] = value
        try:
            read_proof(json.dumps(told))
        except ProofUnreadable as error:
            assert str(error)


# What doesn't fit -----------------------------------------------------------------------------------------


def exchanged(proof: GiveawayProof, one: int, other: int) -> GiveawayProof:
    places = list(proof.places)
    places[one], places[other] = places[other], places[one]
    return replace(proof, places=array("Q", places))


def with_weight(proof: GiveawayProof, at: int, change: int) -> GiveawayProof:
    entries = list(proof.entrants)
    entries[at] = (entries[at][0], entries[at][1] + change)
    return replace(proof, entrants=Entrants.of(entries))


def without(proof: GiveawayProof, user_id: int) -> GiveawayProof:
    return replace(proof, entrants=Entrants.of(entry for entry in proof.entrants if entry[0] != user_id))


def with_check(proof: GiveawayProof, at: int, **changes: Any) -> GiveawayProof:
    checks = list(proof.checks)
    checks[at] = replace(checks[at], **changes)
    return replace(proof, checks=tuple(checks))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda it: replace(it, seed=bytes(32)), Misfit.COMMITMENT),
        (lambda it: replace(it, seed=bytes(32)), Misfit.ORDER),
        (lambda it: replace(it, commitment="0" * 64), Misfit.COMMITMENT),
        (lambda it: replace(it, commitment="0" * 64), Misfit.LIST),
        (lambda it: replace(it, list_hash="0" * 64), Misfit.LIST),
        (lambda it: replace(it, guild_id=it.guild_id + 1), Misfit.LIST),
        (lambda it: replace(it, number=it.number + 1), Misfit.LIST),
        (lambda it: with_weight(it, 0, 1), Misfit.LIST),
        (lambda it: with_weight(it, 29, 1), Misfit.LIST),
        (lambda it: without(it, it.places[-1]), Misfit.LIST),
        (lambda it: without(it, it.winners[0]), Misfit.ORDER),
        (lambda it: exchanged(it, 0, 1), Misfit.ORDER),
        (lambda it: exchanged(it, 18, 19), Misfit.ORDER),
        (lambda it: replace(it, places=it.places[:1]), Misfit.ORDER),
        (lambda it: with_check(it, 0, user_id=it.places[7]), Misfit.CHECKS),
        (lambda it: with_check(it, 0, place=2), Misfit.CHECKS),
        (lambda it: replace(it, checks=it.checks[1:]), Misfit.CHECKS),
        (lambda it: replace(it, checks=it.checks[:-1]), Misfit.WINNERS),
        (lambda it: with_check(it, 1, outcome=LEFT), Misfit.WINNERS),
        (lambda it: replace(it, winners_asked=2), Misfit.WINNERS),
        (lambda it: replace(it, winners_asked=4), Misfit.WINNERS),
    ],
)
def test_one_change_is_found(change: Callable[[GiveawayProof], GiveawayProof], found: Misfit) -> None:
    proof = proof_of(30, asked=3, outcomes=(WON, WON, LEFT, WON))
    assert misfits(proof) == ()
    assert found in misfits(change(proof))


def test_a_prize_that_was_drawn_again_goes_to_the_next_in_the_order() -> None:
    proof = proof_of(9, asked=2, outcomes=(WON, REROLLED, LEFT, Outcome.UNCLAIMED, WON))
    assert misfits(proof) == ()
    assert proof.winners == (proof.places[0], proof.places[4])


def test_fewer_than_were_asked_for_win_only_when_everybody_was_looked_at() -> None:
    everybody = proof_of(3, asked=5, outcomes=(WON, LEFT, WON))
    assert misfits(everybody) == ()
    assert misfits(replace(everybody, checks=everybody.checks[:2])) == (Misfit.WINNERS,)
    assert misfits(proof_of(2, asked=1, outcomes=(REROLLED, LEFT))) == ()


def test_a_place_beyond_those_that_were_stored_is_held_to_the_order_too() -> None:
    proof = proof_of(40, asked=1, outcomes=(*(LEFT,) * 30, WON), stored=20)
    assert len(proof.places) == 20
    assert misfits(proof) == ()
    assert misfits(with_check(proof, 30, user_id=proof.places[0])) == (Misfit.CHECKS,)
    beyond = replace(proof, checks=(*proof.checks[:-1], Check(31, proof.checks[-1].user_id, LEFT)))
    assert misfits(beyond) == (Misfit.WINNERS,)


def test_places_that_nobody_has_entered_for_do_not_fit() -> None:
    proof = proof_of(3, asked=1)
    assert misfits(replace(proof, places=array("Q", [*proof.places, 5]))) == (Misfit.ORDER,)
