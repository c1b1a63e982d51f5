"""Questions that can be done without: waited for no longer than said, never cancelled for it, and asked once."""

from __future__ import annotations

import asyncio

import pytest

from bot import patience
from bot.patience import Inquiries
from tests.support.oracle import Oracle


async def test_what_takes_longer_goes_on_and_whoever_asks_again_joins_it() -> None:
    oracle, inquiries = Oracle(), Inquiries()
    with pytest.raises(TimeoutError):
        await inquiries.ask("key", oracle.ask, 0.01)
    again = asyncio.create_task(inquiries.ask("key", oracle.ask, 5))
    await asyncio.sleep(0)
    oracle.speak.set()
    assert await again == "yes"
    assert (oracle.asked, oracle.cancelled) == (1, False)
    assert await inquiries.ask("key", oracle.ask, 5) == "yes"
    assert oracle.asked == 2, "an answer is not kept"


async def test_an_error_is_told_to_who_still_waits_and_to_nobody_else() -> None:
    inquiries = Inquiries()

    async def fail() -> None:
        await asyncio.sleep(0.02)
        raise ValueError("no")

    with pytest.raises(TimeoutError):
        await inquiries.ask("late", fail, 0.001)
    with pytest.raises(ValueError, match="no"):
        await inquiries.ask("late", fail, 5)


async def test_who_waits_at_the_end_is_told_that_there_is_no_answer_and_not_cut_off_too() -> None:
    oracle, inquiries = Oracle(), Inquiries()
    waiting = asyncio.create_task(inquiries.ask("key", oracle.ask, 5))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await inquiries.close()
    with pytest.raises(TimeoutError):
        await waiting


async def test_the_end_cuts_off_what_is_open() -> None:
    oracle, inquiries = Oracle(), Inquiries()
    with pytest.raises(TimeoutError):
        await inquiries.ask("key", oracle.ask, 0.01)
    await inquiries.close()
    assert oracle.cancelled


async def test_no_more_are_open_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "MOST_OPEN", 1)
    oracle, inquiries = Oracle(), Inquiries()
    with pytest.raises(TimeoutError):
        await inquiries.ask("one", oracle.ask, 0.01)
    with pytest.raises(TimeoutError, match="too much"):
        await inquiries.ask("two", oracle.ask, 5)
    assert oracle.asked == 1
    await inquiries.close()
