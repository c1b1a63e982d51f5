"""`make bench`, or `python -m bench [NAME ...] [--rounds N] [--full]`; the names are in `BENCHES`.

Prints a table and writes everything it measured to `bench/results/`. Ends with 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench import (
    bans,
    cards,
    claims,
    curves,
    draws,
    entries,
    events,
    flushes,
    giveaways,
    histories,
    latency,
    leaderboards,
    memory,
    purchases,
    ranks,
    reconcile,
    records,
    recovery,
    settings,
    tickets,
    transcripts,
    transfers,
)
from bench.support import Options, Row, say

RESULTS = Path(__file__).resolve().parent / "results"

BENCHES: dict[str, Callable[[Options], Awaitable[list[Row]]]] = {
    "transfers": transfers.run,
    "claims": claims.run,
    "purchases": purchases.run,
    "leaderboards": leaderboards.run,
    "ranks": ranks.run,
    "curves": curves.run,
    "events": events.run,
    "flush": flushes.run,
    "latency": latency.run,
    "bans": bans.run,
    "histories": histories.run,
    "reconcile": reconcile.run,
    "tickets": tickets.run,
    "memory": memory.run,
    "cards": cards.run,
    "records": records.run,
    "recovery": recovery.run,
    "settings": settings.run,
    "transcripts": transcripts.run,
    "draws": draws.run,
    "entries": entries.run,
    "giveaways": giveaways.run,
}


WHEN_NAMED = {"leaderboards", "ranks", "curves", "giveaways"}
"""They need gigabytes and minutes, so they only run when asked for."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure beside a bare client, in one run.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"some of {', '.join(BENCHES)}; none: all but {', '.join(WHEN_NAMED)}"
    )
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5 or more for figures to quote)")
    parser.add_argument("--full", action="store_true", help="the long form: a million messages for memory")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - BENCHES.keys():
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    return arguments


def _table(rows: list[Row]) -> str:
    lines = [("what", "ours", "beside", "compared", "target", "met")]
    for row in rows:
        sign = "≥" if row.compared_as == "ratio" else "≤"
        digits = row.digits if row.compared_as == "difference" else 2
        lead = "x" if row.compared_as != "difference" else "+" if row.compared.median >= 0 else ""
        target = "" if row.target is None else f"{sign} {row.target:g}"
        met = {True: "yes", False: "NO", None: ""}[row.met]
        beside = f"{row.beside.show(row.digits)}, {row.beside_what}"
        what = f"{row.what} [{row.unit}]"
        lines.append((what, row.ours.show(row.digits), beside, lead + row.compared.show(digits), target, met))
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    shown.insert(1, "-" * (sum(widths) + 10))
    return "\n".join(shown + [f"  {row.what}: {row.note}" for row in rows if row.note])


def _write(rows: list[Row], began: float) -> Path:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(began))}.json"
    about = {
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load": os.getloadavg(),
        "seconds": time.time() - began,
    }
    path.write_text(json.dumps({**about, "rows": [row.to_json() for row in rows]}, indent=1) + "\n")
    return path


async def _run(arguments: argparse.Namespace) -> list[Row]:
    rows: list[Row] = []
    for name in arguments.names or [one for one in BENCHES if one not in WHEN_NAMED]:
        say(f"{name} ...")
        rows += await BENCHES[name](Options(rounds=arguments.rounds, full=arguments.full))
    return rows


def main() -> None:
    arguments = _arguments()
    began = time.time()
    rows = asyncio.run(_run(arguments))
    path = _write(rows, began)
    print(_table(rows))
    print(
        f"Medians of {arguments.rounds} interleaved rounds (lowest-highest), {time.time() - began:.0f} s; all in {path}"
    )
    sys.exit(any(row.met is False for row in rows))


if __name__ == "__main__":
    main()
