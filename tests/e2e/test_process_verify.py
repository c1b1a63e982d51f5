"""An operator has the whole database looked through while members pay each other."""

import io
import itertools

from sqlalchemy import text

from bot.cli.progress import Progress
from tests.e2e.stage import GUILD, MEMBERS, Stage, is_paid


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_a_database_is_verified_beside_the_bot_and_what_is_wrong_is_said(stage: Stage) -> None:
    await stage.endow(1_000)
    bot = await stage.start()
    for sender, recipient in itertools.pairwise(MEMBERS[:6]):
        exchange = await stage.pay(sender, recipient, 10)
        await exchange.finished()
        assert is_paid(exchange)

    code, process = await stage.run("db", "verify")
    assert code == 0, process.stdout + process.stderr
    assert process.stdout.splitlines()[-1].startswith("Everything adds up. Servers: 1. Wrong: 0.")
    assert '"event": "servers verified"' in process.stderr

    async with stage.database() as database, database.write() as session:
        await session.execute(text(f"UPDATE accounts SET balance = 5 WHERE holder = {MEMBERS[0]}"))  # noqa: S608 — ours
    code, process = await stage.run("db", "verify")
    assert code == 1
    wrong, verdict = (line for line in process.stdout.splitlines() if not line.startswith("note:"))
    assert wrong == (
        f"wrong: server {GUILD}, economy: not true that every balance is the sum of its entries: "
        f"the wallet of {MEMBERS[0]} holds 5, its entries make 990"
    )
    assert verdict.startswith("Something is wrong. Servers: 1. Wrong: 1.")
    await bot.stop()


def test_a_terminal_shows_a_bar_and_takes_it_away() -> None:
    terminal = Terminal()
    times = iter([0.0, 0.01, 0.5, 0.51])
    progress = Progress("servers verified", terminal, lambda: next(times))
    for done in range(4):
        progress(done, 3)
    progress.clear()
    drawn = terminal.getvalue().split("\r")[1:]
    assert drawn == [
        f"[{'.' * 30}] 0/3 servers verified",
        f"[{'#' * 20}{'.' * 10}] 2/3 servers verified",
        f"[{'#' * 30}] 3/3 servers verified",
        "\x1b[K",
    ]
