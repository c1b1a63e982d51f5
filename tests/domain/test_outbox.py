"""The rules of the outbox."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.outbox import (
    EDIT_INTERVAL,
    GIVE_UP_AFTER,
    LONGEST_PAUSE,
    NONCE_WINDOW,
    OLD_EDIT_INTERVAL,
    Mentions,
    Payload,
    channel,
    edit_interval,
    is_given_up,
    is_shown,
    must_look,
    nonce_of,
    pause_after,
    user,
    written_at,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
EMBED = {"title": "Won", "color": 5, "fields": [{"name": "Prize", "value": "a hat", "inline": False}]}


def message_written(at: datetime) -> int:
    return int((at - datetime(2015, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)) << 22


@given(st.integers(min_value=1, max_value=2**63 - 1))
def test_a_nonce_fits_and_is_the_same_for_every_try_but_not_at_another_destination(row_id: int) -> None:
    nonce = nonce_of(row_id, channel(1))
    assert len(nonce) <= 25
    assert nonce == nonce_of(row_id, channel(1))
    assert nonce != nonce_of(row_id, user(1))


def test_pauses_double_from_a_second_up_to_five_minutes() -> None:
    assert [pause_after(attempts).total_seconds() for attempts in range(1, 11)] == [
        1, 2, 4, 8, 16, 32, 64, 128, 256, 300,
    ]  # fmt: skip
    assert pause_after(10**9) == LONGEST_PAUSE


def test_within_two_minutes_the_nonce_is_enough_and_after_that_one_has_to_look() -> None:
    assert not must_look(None, NOW)
    assert not must_look(NOW - NONCE_WINDOW, NOW)
    assert must_look(NOW - NONCE_WINDOW - timedelta(microseconds=1), NOW)


def test_a_clock_that_was_set_back_makes_one_look() -> None:
    assert must_look(NOW + timedelta(seconds=1), NOW)


def test_a_message_is_given_up_after_a_day_and_not_before() -> None:
    assert not is_given_up(NOW, NOW + GIVE_UP_AFTER - timedelta(microseconds=1))
    assert is_given_up(NOW, NOW + GIVE_UP_AFTER)


def test_old_messages_are_edited_less_often() -> None:
    fresh, old = message_written(NOW - timedelta(minutes=59)), message_written(NOW - timedelta(minutes=61))
    assert edit_interval(fresh, NOW) == EDIT_INTERVAL
    assert edit_interval(old, NOW) == OLD_EDIT_INTERVAL
    assert written_at(old) == NOW - timedelta(minutes=61)


@pytest.mark.parametrize("content", ["", "  \n", "x" * 2_001])
def test_what_discord_would_refuse_never_gets_into_the_outbox(content: str) -> None:
    with pytest.raises(ValueError, match="a message"):
        Payload(content)


def test_a_payload_is_stored_and_read_again_as_it_was() -> None:
    payload = Payload("hello", EMBED, Mentions(users=(1, 2), roles=(3,), everyone=True))
    assert Payload.from_json(json.loads(json.dumps(payload.to_json()))) == payload
    assert Payload.from_json(Payload("hi").to_json()).mentions == Mentions()


def test_a_message_is_recognised_though_discord_trims_it_and_adds_to_its_embed() -> None:
    shown: dict[str, Any] = {
        "type": "rich",
        "title": "Won",
        "color": 5,
        "fields": [{"name": "Prize", "value": "a hat"}],
    }
    assert is_shown(Payload(" hello\n", EMBED), "hello", [shown])
    assert is_shown(Payload("hello"), "hello", [])


@pytest.mark.parametrize(
    ("content", "embeds"),
    [
        ("hello!", [EMBED]),
        ("hello", []),
        ("hello", [EMBED, EMBED]),
        ("hello", [EMBED | {"title": "Lost"}]),
        ("hello", [EMBED | {"fields": []}]),
    ],
)
def test_a_message_that_says_something_else_is_another_one(content: str, embeds: list[Any]) -> None:
    assert not is_shown(Payload("hello", EMBED), content, embeds)
