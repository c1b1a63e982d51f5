"""Answers after Discord's three seconds, or its fifteen minutes: what was done is told all the same, and only that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.db.models.core import ErrorLog
from bot.domain.economy_settings import EconomySettings
from bot.sandbox import Exchange, SeenMessage
from bot.ui.answers import GRACE
from tests.cogs.outbox_post import letters
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, words

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

JUST_TOO_LATE = 4.0
A_QUARTER = 15 * 60 + 1.0
FORBIDDEN = 403

Delay = Callable[[str, float], None]


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    app = await stage.start()
    await app.services.guild_settings.change(GUILD, EconomySettings(starting_balance=100), base=0, by=None)
    return stage


@pytest.fixture
def delayed(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Delay:
    """Let one use case take so many seconds of Discord's time; if they are many, after the answer was deferred."""

    def delay(name: str, seconds: float) -> None:
        assert on_stage.app is not None
        services: Any = on_stage.app.services
        owner = services.earning if name == "daily" else services.economy
        act = getattr(owner, name)

        async def slow(*args: Any, **kwargs: Any) -> Any:
            if seconds > JUST_TOO_LATE:
                await asyncio.sleep(GRACE + 0.1)
            on_stage.sandbox.clock.advance(seconds)
            return await act(*args, **kwargs)

        monkeypatch.setattr(owner, name, slow)

    return delay


def channel(stage: Stage) -> list[SeenMessage]:
    with stage.sandbox.view(BOB) as view:
        return [message for message in view.messages(GENERAL) if not message.loading]


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(8):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("seconds", [JUST_TOO_LATE, A_QUARTER])
async def test_a_payment_is_told_in_the_channel_and_pings_the_payer_alone(
    on_stage: Stage, delayed: Delay, seconds: float
) -> None:
    delayed("pay", seconds)
    await on_stage.alice.slash(GENERAL, "pay", member=BOB, amount=50)
    await until(lambda: channel(on_stage))
    [told] = channel(on_stage)
    assert words(told).startswith(f"<@{ALICE}>, this took longer than Discord lets me answer.")
    assert f"<@{ALICE}> gave **50 coins** to <@{BOB}>." in words(told)
    sent = next(one.json for one in on_stage.sandbox.requests if one.path == f"/channels/{GENERAL}/messages")
    assert sent["allowed_mentions"] == {"parse": [], "users": [ALICE]}
    assert letters(on_stage, ALICE) == []


async def test_a_channel_where_the_bot_may_not_write_sends_the_news_to_the_payer(
    on_stage: Stage, delayed: Delay
) -> None:
    world = on_stage.sandbox.world
    world.set_bot_permissions(GUILD, ["view_channel"])
    world.overwrite(GENERAL, GUILD, deny=["send_messages"])
    delayed("pay", JUST_TOO_LATE)
    await on_stage.alice.slash(GENERAL, "pay", member=BOB, amount=50)
    await until(lambda: letters(on_stage, ALICE))
    assert channel(on_stage) == []


async def test_what_one_person_alone_may_see_comes_as_a_direct_message(on_stage: Stage, delayed: Delay) -> None:
    delayed("daily", JUST_TOO_LATE)
    await on_stage.alice.slash(GENERAL, "daily")
    await until(lambda: letters(on_stage, ALICE))
    [told] = letters(on_stage, ALICE)
    assert words(told).startswith(f"This took longer than Discord lets me answer in <#{GENERAL}>.")
    assert "**250 coins** for today" in words(told)
    assert channel(on_stage) == []


async def test_somebody_who_takes_no_messages_is_left_in_peace(on_stage: Stage, delayed: Delay) -> None:
    on_stage.sandbox.world.close_dms(ALICE)
    delayed("daily", JUST_TOO_LATE)
    await on_stage.alice.slash(GENERAL, "daily")
    await until(lambda: [one for one in on_stage.sandbox.requests if one.status == FORBIDDEN])
    await answered(on_stage)
    assert await incidents(on_stage) == 0


@pytest.mark.parametrize(("command", "use_case"), [("balance", "balance"), ("pay", "pay")])
async def test_what_changed_nothing_is_not_told_late(
    on_stage: Stage, delayed: Delay, command: str, use_case: str
) -> None:
    delayed(use_case, JUST_TOO_LATE)
    asked: dict[str, object] = {"member": BOB, "amount": 5_000} if command == "pay" else {}
    exchange: Exchange = await on_stage.alice.slash(GENERAL, command, **asked)
    callback = f"/interactions/{exchange.id}/{exchange.token}/callback"
    await until(lambda: [one for one in on_stage.sandbox.requests if one.path == callback])
    await answered(on_stage)
    assert channel(on_stage) == letters(on_stage, ALICE) == []
    assert await incidents(on_stage) == 0


async def answered(stage: Stage) -> None:
    """Wait until nothing is being answered any more."""
    assert stage.app is not None
    assert await stage.app.gate.close(5) == 0


async def incidents(stage: Stage) -> int:
    assert stage.app is not None
    async with stage.app.database.read() as session:
        return (await session.execute(select(func.count()).select_from(ErrorLog))).scalar_one()
