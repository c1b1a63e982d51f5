"""What is used is counted and kept: commands, controls and forms, with how they ended, and without anybody's words."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from bot.db.models.command_logs import CommandLog
from bot.domain.uses import Use, UseKind, UseOutcome
from bot.errors import DatabaseAway
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, words

OWNERS = (4_000 << 22) + 1
WORDS = "between you and me"


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    await stage.start()
    return stage


def app_of(stage: Stage) -> Any:
    assert stage.app is not None
    return stage.app


def sample(stage: Stage, name: str, /, **labels: str) -> float | None:
    """One figure, as a scrape would find it."""
    app = app_of(stage)
    for family in text_string_to_metric_families(app.metrics.render(app.gauges.read()).decode()):
        for one in family.samples:
            if one.name == name and labels.items() <= one.labels.items():
                return one.value
    return None


async def noted(stage: Stage, number: int) -> None:
    """So many uses wait. One is noted a moment after its member has seen the answer."""
    async with asyncio.timeout(5):
        while app_of(stage).command_log.waiting < number:
            await asyncio.sleep(0.005)


async def logged(stage: Stage, number: int) -> list[Use]:
    """So many uses, written, the newest first."""
    await noted(stage, number)
    app = app_of(stage)
    await app.command_log.flush()
    return await app.services.command_logs.latest(GUILD)


async def test_a_command_is_counted_timed_and_kept(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    await on_stage.ask(on_stage.alice, "pay", member=BOB, amount=50)
    paid, daily = await logged(on_stage, 2)
    assert (daily.name, daily.kind, daily.ending.outcome) == ("daily", UseKind.COMMAND, UseOutcome.DONE)
    assert (paid.user_id, paid.channel_id, paid.guild_id) == (ALICE, GENERAL, GUILD)
    assert paid.parameters == {"member": "@someone", "amount": 50}
    assert 0 < paid.seconds < 10
    assert sample(on_stage, "folkmoot_uses_total", kind="command", name="pay", outcome="done") == 1
    assert sample(on_stage, "folkmoot_use_seconds_count", kind="command", name="pay") == 1
    assert (sample(on_stage, "folkmoot_gateway_events_total", type="INTERACTION_CREATE") or 0) >= 2
    assert (sample(on_stage, "folkmoot_rest_requests_total", route="interactions", status="2xx") or 0) >= 2
    assert (sample(on_stage, "folkmoot_database_transaction_seconds_count", outcome="committed") or 0) >= 2


async def test_buttons_and_forms_are_kept_and_free_text_never(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    purse = await on_stage.ask(on_stage.alice, "balance")
    await (await on_stage.alice.click(purse, "Statement")).finished()
    form = await (await on_stage.alice.click(purse, "Pay someone")).answered()
    await (await on_stage.alice.submit(form, {"recipient": [BOB], "amount": WORDS})).finished()
    sent, opened, statement, *_ = await logged(on_stage, 5)
    assert (sent.kind, sent.name) == (UseKind.FORM, "economy:give-form:v1")
    assert sent.parameters == {"recipient": ["@someone"], "amount": {"length": len(WORDS)}}
    assert (sent.ending.outcome, sent.ending.error) == (UseOutcome.REFUSED, "ShareNotUnderstood")
    assert (opened.kind, opened.name) == (UseKind.CONTROL, "economy:give:v1")
    assert statement.name == "economy:open-statement:v1"
    assert WORDS not in app_of(on_stage).metrics.render().decode()


async def test_a_use_names_nobody_but_whoever_used_it(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    await on_stage.ask(on_stage.alice, "pay", member=BOB, amount=50)
    await (await on_stage.alice.context_menu(GENERAL, "User info", user=BOB)).finished()
    seen, paid, _ = await logged(on_stage, 3)
    assert (seen.parameters, paid.parameters["member"]) == ({"target": "@someone"}, "@someone")
    async with app_of(on_stage).database.read() as session:
        rows = (await session.execute(select(CommandLog.__table__))).all()
    assert len(rows) == 3
    assert str(BOB) not in repr(rows)


async def test_a_refusal_is_no_incident_and_an_incident_carries_its_id(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await on_stage.ask(on_stage.alice, "pay", member=BOB, amount=50)

    async def faulty(*_args: Any, **_kwargs: Any) -> None:
        raise KeyError(WORDS)

    monkeypatch.setattr(app_of(on_stage).services.economy, "overview", faulty)
    await on_stage.ask(on_stage.alice, "balance")
    fault, refused = await logged(on_stage, 2)
    assert (refused.ending.outcome, refused.ending.error) == (UseOutcome.REFUSED, "InsufficientFunds")
    assert (fault.ending.outcome, fault.ending.error) == (UseOutcome.INCIDENT, "KeyError")
    assert fault.ending.incident_id is not None
    assert await app_of(on_stage).services.command_logs.by_incident(fault.ending.incident_id) == fault
    assert sample(on_stage, "folkmoot_uses_total", name="pay", outcome="refused") == 1
    assert sample(on_stage, "folkmoot_uses_total", name="balance", outcome="incident") == 1
    assert sample(on_stage, "folkmoot_incidents_total", exception="KeyError") == 1
    assert sample(on_stage, "folkmoot_incidents_total", exception="InsufficientFunds") is None


async def test_what_the_gate_refuses_is_counted_too(on_stage: Stage) -> None:
    purse = await on_stage.ask(on_stage.alice, "balance")
    await app_of(on_stage).gate.close(1)
    await on_stage.ask(on_stage.alice, "daily")
    await (await on_stage.alice.click(purse, "Statement")).finished()
    pressed, asked, _ = await logged(on_stage, 3)
    assert {pressed.ending.error, asked.ending.error} == {"ShuttingDown"}


async def test_a_choice_is_kept_by_its_value(on_stage: Stage) -> None:
    on_stage.sandbox.world.add_role(GUILD, "Owners", id=OWNERS, permissions=["manage_guild"])
    on_stage.sandbox.world.give_role(GUILD, ALICE, OWNERS)
    await on_stage.ask(on_stage.alice, "config", section="economy")
    [use] = await logged(on_stage, 1)
    assert use.parameters == {"section": "economy"}


async def test_an_ordered_stop_writes_what_waits_and_the_next_start_finds_it(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "balance")
    await on_stage.stop()
    app = await on_stage.start()
    [use] = await app.services.command_logs.latest(GUILD)
    assert use.name == "balance"


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_watch_that_fails_costs_no_answer(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(_use: Any) -> None:
        raise ValueError("no room")

    monkeypatch.setattr(app_of(on_stage).bot.watch, "_sinks", [faulty])
    assert words(await on_stage.ask(on_stage.alice, "balance")) == "Your wallet: **0 coins**"


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_while_the_database_is_away_uses_wait(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of(on_stage)
    record = app.services.command_logs.record

    async def away(_uses: Any) -> None:
        raise DatabaseAway

    monkeypatch.setattr(app.services.command_logs, "record", away)
    await on_stage.ask(on_stage.alice, "balance")
    await noted(on_stage, 1)
    assert not await app.command_log.flush()
    assert sample(on_stage, "folkmoot_buffered_rows", buffer="uses") == 1
    monkeypatch.setattr(app.services.command_logs, "record", record)
    assert [use.name for use in await logged(on_stage, 1)] == ["balance"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_rate_limit_of_discord_is_counted(on_stage: Stage) -> None:
    on_stage.sandbox.faults.rate_limit("/interactions/*/callback", retry_after=0.01)
    await on_stage.ask(on_stage.alice, "balance")
    assert sample(on_stage, "folkmoot_rest_rate_limited_total", route="interactions") == 1
    assert sample(on_stage, "folkmoot_rest_requests_total", route="interactions", status="4xx") == 1
