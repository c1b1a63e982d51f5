"""kill -9 in the middle of whatever people and servers begin: it is there once, or not at all and nobody was told."""

from collections.abc import Callable
from random import Random

import pytest

from tests.e2e.flows import FLOWS, Flow, Pressed
from tests.e2e.moments import Moment
from tests.e2e.stage import BotProcess, Stage

ROUNDS = 12
"""For each flow and database in `make chaos`."""

QUICK = [(kind, "sqlite") for kind in FLOWS] + [(kind, "postgres") for kind in FLOWS if issubclass(kind, Pressed)]


async def killed(flow: Flow, bot: BotProcess | None, moment: Moment) -> BotProcess:
    """Begin it in a process, kill that, and hold the promise with the next one, which is returned."""
    stage, rng = flow.stage, flow.rng
    if flow.begins_with_process and bot is not None:
        await bot.stop()
        bot = None
    if not flow.begins_with_process:
        bot = bot or await stage.start(**flow.settings)
    await flow.prepare()
    sprung = moment.lay(stage, rng)
    bot = bot or await stage.start(**flow.settings)
    await flow.act(bot)
    await sprung(bot)
    bot.kill()
    assert await bot.ended() == -9
    await flow.let_time_pass()
    bot = await stage.start(**flow.settings)
    await flow.recover(bot)
    flow.rounds += 1
    return bot


async def live_through(flow: Flow, moments: list[Moment], record_property: Callable[[str, object], None]) -> None:
    await flow.set_up()
    bot = None
    for moment in moments:
        bot = await killed(flow, bot, moment)
    assert bot is not None
    await bot.stop()
    await flow.assert_kept()
    await flow.stage.assert_sound()
    figures = f"{flow.rounds} kills, {flow.acknowledged} acknowledged, {flow.done_unsaid} done unsaid"
    record_property(type(flow).__name__, figures)
    print(type(flow).__name__, figures)  # noqa: T201 — shown with -rP


@pytest.mark.parametrize(("kind", "database_kind"), QUICK)
async def test_what_was_begun_is_there_once_after_kill_9(
    kind: type[Flow], stage: Stage, rng: Random, record_property: Callable[[str, object], None]
) -> None:
    await live_through(kind(stage, rng), list(kind.moments), record_property)


@pytest.mark.chaos
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("kind", FLOWS)
async def test_what_was_begun_is_there_once_after_many_kill_9(
    kind: type[Flow], stage: Stage, rng: Random, record_property: Callable[[str, object], None]
) -> None:
    every = [*kind.moments, *kind.further]
    moments = every + [rng.choice(every) for _ in range(ROUNDS - len(every))]
    await live_through(kind(stage, rng), moments, record_property)
