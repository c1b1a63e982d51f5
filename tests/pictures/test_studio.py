"""The process that draws: there while it is needed, replaced when it is gone, never in anybody's way."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.pictures.specs import Card, Chart, ChartKind
from bot.pictures.studio import Pictures

PNG = b"\x89PNG"


@pytest.fixture
async def pictures() -> AsyncGenerator[Pictures]:
    made = Pictures(patience=60)
    yield made
    await made.close()


def worker(pictures: Pictures) -> int:
    assert pictures.worker is not None
    return pictures.worker


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_nothing_runs_until_something_is_drawn_and_then_one_process_draws_it_all(pictures: Pictures) -> None:
    assert pictures.worker is None
    drawn = await asyncio.gather(*(pictures.draw(Card(f"member {number}")) for number in range(10)))
    assert all(picture is not None and picture.png.startswith(PNG) for picture in drawn)
    assert [picture.alt for picture in drawn if picture] == [f"member {number}" for number in range(10)]
    first = worker(pictures)
    await pictures.draw(Chart(ChartKind.LINE, "x", ()))
    assert worker(pictures) == first


async def test_a_hundred_pictures_at_once_leave_the_loop_free(pictures: Pictures) -> None:
    await pictures.draw(Card("first"))
    lags: list[float] = []

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0)
            lags.append(time.perf_counter() - began)
            await asyncio.sleep(0.001)

    watching = asyncio.create_task(watch())
    processor = time.process_time()
    drawn = await asyncio.gather(*(pictures.draw(Card(f"member {number}")) for number in range(100)))
    used = time.process_time() - processor
    watching.cancel()
    assert None not in drawn
    assert used < 1.0, "a hundred pictures take seconds to draw, and that is not done here"
    assert sorted(lags)[len(lags) * 99 // 100] < 0.02


async def test_a_worker_that_was_killed_is_replaced(pictures: Pictures) -> None:
    await pictures.draw(Card("before"))
    assert pictures._process is not None
    gone = pictures._process
    gone.kill()
    after = await pictures.draw(Card("after"))
    assert after is not None
    assert worker(pictures) != gone.pid


async def test_a_worker_that_hangs_costs_a_picture_and_not_the_next(pictures: Pictures) -> None:
    await pictures.draw(Card("before"))
    hung = worker(pictures)
    os.kill(hung, signal.SIGSTOP)
    pictures._patience = 0.3
    assert await pictures.draw(Card("too late")) is None
    assert not alive(hung)
    pictures._patience = 60
    assert await pictures.draw(Card("after")) is not None


async def test_a_picture_that_can_not_be_drawn_is_none_and_the_worker_stays(pictures: Pictures) -> None:
    await pictures.draw(Card("before"))
    same = worker(pictures)
    broken = Card(name=12)  # type: ignore[arg-type]  # what the types forbid
    assert await pictures.draw(broken) is None
    assert await pictures.draw(Card("after")) is not None
    assert worker(pictures) == same


async def test_what_can_not_wait_any_more_is_not_drawn() -> None:
    pictures = Pictures(patience=60, waiting=2)
    drawn = await asyncio.gather(*(pictures.draw(Card(f"{number}")) for number in range(5)))
    assert [picture is not None for picture in drawn] == [True, True, False, False, False]
    assert await pictures.draw(Card("later")) is not None
    await pictures.close()


async def test_an_idle_worker_leaves_and_the_next_picture_brings_another(pictures: Pictures) -> None:
    await pictures.draw(Card("one"))
    first = worker(pictures)
    await pictures.rest()
    assert alive(first), "it has just drawn something"
    await pictures.rest()
    assert not alive(first)
    assert pictures.worker is None
    assert await pictures.draw(Card("two")) is not None


@pytest.mark.parametrize("after", [0.0, 0.02, 0.3])
async def test_a_stop_leaves_no_process_whenever_it_comes(after: float) -> None:
    pictures = Pictures(patience=60)
    drawing = [asyncio.create_task(pictures.draw(Card(f"{number}"))) for number in range(20)]
    await asyncio.sleep(after)
    async with asyncio.timeout(5):
        await pictures.close()
        await asyncio.gather(*drawing)
    assert pictures.worker is None
    assert await pictures.draw(Card("later")) is None
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    assert not any("bot.pictures.worker" in Path(f"/proc/{pid}/cmdline").read_text() for pid in children)


async def test_the_worker_has_no_secret_in_its_environment(pictures: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "to be kept")
    monkeypatch.setenv("DATABASE_URL", "to be kept")
    await pictures.draw(Card("x"))
    assert "to be kept" not in Path(f"/proc/{worker(pictures)}/environ").read_text()


def test_the_bot_itself_never_loads_pillow() -> None:
    program = "import sys, bot.compose, bot.process, bot.cogs.economy; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
