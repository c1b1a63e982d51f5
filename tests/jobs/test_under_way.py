"""Work that a source begins and does not wait long for: ended with the process, and never left behind."""

from __future__ import annotations

import asyncio

import pytest

from bot.jobs import under_way
from bot.jobs.under_way import UnderWay


def nobody() -> None:
    """Nobody needs to be woken."""


async def cut_off(work: UnderWay) -> None:
    """Stop as a process does whose time is up."""
    finishing = asyncio.create_task(work.finish())
    await asyncio.sleep(0)
    finishing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await finishing


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> UnderWay:
    monkeypatch.setattr(under_way, "PATIENCE", 0)
    return UnderWay(5, nobody)


async def test_whoever_stops_waits_until_what_was_cut_off_has_given_everything_back(work: UnderWay) -> None:
    given_back: list[int] = []

    async def transaction(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(3):  # as a rollback takes its moments
                await asyncio.sleep(0)
            given_back.append(number)

    for number in range(3):
        await work.begin(f"work-{number}", transaction(number))
    await cut_off(work)
    assert sorted(given_back) == [0, 1, 2]
    assert work.room == 5


async def test_what_does_not_end_when_it_is_cut_off_is_not_waited_for_for_ever(
    work: UnderWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_way, "GRACE", 0.01)
    may_end = asyncio.Event()

    async def stubborn() -> None:
        while not may_end.is_set():
            try:
                await may_end.wait()
            except asyncio.CancelledError:
                continue

    await work.begin("stubborn", stubborn())
    await cut_off(work)
    assert work.room == 4
    may_end.set()
    await work.finish()
    assert work.room == 5
