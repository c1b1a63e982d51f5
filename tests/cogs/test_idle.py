"""What the whole bot costs while nobody does anything."""

from __future__ import annotations

from bot.jobs.keeping import KeepingJob
from bot.jobs.ticker import LONGEST_SLEEP
from tests.cogs.outbox_post import pass_time, promise, shown, tick
from tests.support.stage import ALICE, GUILD, Stage
from tests.support.writes import transactions

MINUTE = 60.0


async def rest(stage: Stage, seconds: float) -> None:
    """Let the ticker look as often as it would, and what members own be kept."""
    assert stage.app is not None
    for _ in range(int(seconds / LONGEST_SLEEP)):
        pass_time(stage, LONGEST_SLEEP)
        await tick(stage)
        for job in stage.app.periodic:
            if isinstance(job, KeepingJob):
                await job.round()


async def test_while_nobody_does_anything_nothing_is_written(stage: Stage) -> None:
    app = await stage.start()
    await app.services.earning.daily(GUILD, ALICE, key="a")
    await promise(stage, "hello")
    await rest(stage, 10 * MINUTE)
    assert "hello" in shown(stage)
    with transactions(app.database) as begun:
        await rest(stage, MINUTE)
    assert begun == []
