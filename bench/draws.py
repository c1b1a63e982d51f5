"""How long it takes to draw a giveaway from 100,000 and 1,000,000 entrants, how much memory, and who waits for it.

`python -m bench.draws ENTRANTS` is the process that draws one and says what it took.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import sys
import tempfile
import time
from array import array
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.support import ROOT, BenchError, Options, Row, Sample, difference, say
from bot.domain.giveaway_draw import MOST_WEIGHT, Draw, DrawRequest, Entrants, draw
from bot.domain.giveaway_proof import Check, GiveawayProof, Outcome

PLACES = 110
"""Ten winners, and a hundred more that are stored."""

SECONDS = {100_000: 0.5, 1_000_000: 3.0}
LAG, VERIFYING = 50.0, 60.0
"""At most: milliseconds by which the loop wakes late, and seconds for the program that stands alone."""

GUILD, SEED = 613425648685547541, bytes(range(32))


async def run(options: Options) -> list[Row]:
    """Each draw is in a process of its own, in a thread beside an event loop that only sleeps, as in the bot."""
    rows: list[Row] = []
    for entrants, target in SECONDS.items():
        took = [await _asked(entrants) for _ in range(options.rounds)]
        for one in took:
            say(f"  draws, {entrants:,}: {one}")
        measured = {what: Sample.of([one[what] for one in took]) for what in took[0]}
        nothing = Sample.of([0.0] * len(took))
        note = f"weights of 1 to {MOST_WEIGHT:,}, {PLACES} places, checking and hashing the list included"
        for what, unit, found, beside, beside_what, bound in (
            ("a draw", "s", "seconds", nothing, "nothing", target),
            ("memory for a draw", "MiB", "peak", nothing, "its list", None),
            ("loop lag, a draw", "ms", "late", measured["idle"], "an idle loop", LAG),
            ("verify_giveaway.py", "s", "verifying", nothing, "nothing", VERIFYING),
        ):
            title = f"{what} of {entrants:,}"
            rows.append(
                difference(title, unit, measured[found], beside, beside_what, target=bound, digits=2, note=note)
            )
    return rows


async def _asked(entrants: int) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.draws", str(entrants), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise BenchError("nothing was drawn")
    return json.loads(said)


# The process that draws -------------------------------------------------------------------------------------


async def _drawn(entrants: int) -> dict[str, float]:
    chance = random.Random(entrants)
    ids = array("Q", range(10**17, 10**17 + 7 * entrants, 7))
    weights = array("I", (chance.randint(1, MOST_WEIGHT) for _ in ids))
    idle = await _latest(asyncio.create_task(asyncio.sleep(1)))
    gc.collect()
    gc.freeze()  # as `folkmoot run` does
    Path("/proc/self/clear_refs").write_text("5")  # what is held now is the peak from here on
    held, began = _peak(), time.perf_counter()
    drawing = asyncio.create_task(asyncio.to_thread(_draw, ids, weights))
    late = await _latest(drawing)
    seconds, peak = time.perf_counter() - began, _peak() - held
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-") as folder:
        proof = Path(folder) / "proof.json"
        _write(proof, *drawing.result())
        began = time.perf_counter()
        await _verify(proof)
        verifying = time.perf_counter() - began
    return {"seconds": seconds, "peak": peak, "late": late, "idle": idle, "verifying": verifying}


def _draw(ids: array[int], weights: array[int]) -> tuple[Entrants, Draw]:
    entrants = Entrants(ids, weights)
    return entrants, draw(DrawRequest(GUILD, 1, SEED, entrants, PLACES))


async def _latest(task: asyncio.Task[Any]) -> float:
    """The most milliseconds by which a sleep of one was late while the task ran."""
    latest = 0.0
    while not task.done():
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        latest = max(latest, time.perf_counter() - began - 0.001)
    await task
    return latest * 1_000


def _peak() -> float:
    """The most MiB that this process has occupied."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _write(path: Path, entrants: Entrants, drawn: Draw) -> None:
    now = datetime.now(UTC)
    proof = GiveawayProof(
        guild_id=GUILD, number=1, prize="A key", winners_asked=PLACES - 100, commitment=drawn.commitment, seed=SEED,
        list_hash=drawn.list_hash, ended_at=now, drawn_at=now, places=drawn.places, entrants=entrants,
        checks=tuple(Check(place, one, Outcome.WON) for place, one in enumerate(drawn.places[: PLACES - 100], 1)),
    )  # fmt: skip
    with path.open("w") as file:
        file.writelines(proof.chunks())


async def _verify(proof: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", str(ROOT / "bot/verify_giveaway.py"), str(proof), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if not said.endswith(b"\nThe winners are right.\n"):
        raise BenchError(f"the proof is not right: {said[-500:]!r}")


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_drawn(int(sys.argv[1])))))
