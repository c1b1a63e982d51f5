"""What people are told when something goes wrong: always something, and never the exception."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from bot.domain.audit import AuditFilter, packed
from bot.domain.general import GeneralSettings
from bot.domain.incidents import Incident, id_of
from bot.errors import DatabaseAway, RecipientIsSelf
from bot.sandbox import Exchange
from bot.settings import Settings
from bot.ui import errors
from tests.support.stage import ALICE, BOB, ELSEWHERE, GENERAL, GUILD, OTHER_GUILD, OUTSIDER, Stage, is_private, words

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    await stage.start()
    return stage


def economy_of(stage: Stage) -> Any:
    assert stage.app is not None
    return stage.app.services.economy


async def kept(stage: Stage, said: str) -> Incident:
    """The record behind the code that a member was told."""
    assert stage.app is not None
    incident = None
    async with asyncio.timeout(5):
        while incident is None:  # kept after the answer
            incident = await stage.app.services.incidents.find(id_of(said.split("`")[1]))
    return incident


async def test_a_fault_is_an_incident_for_the_member_and_a_story_for_the_operator(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def faulty(*_args: Any, **_kwargs: Any) -> None:
        raise KeyError(f"the token is {on_stage.sandbox.token}")

    monkeypatch.setattr(economy_of(on_stage), "overview", faulty)
    said = words(await on_stage.ask(on_stage.alice, "balance"))
    assert said.startswith("Something went wrong on my side.")
    assert "KeyError" not in said
    assert on_stage.sandbox.token not in said
    incident = await kept(on_stage, said)
    assert (incident.exception, incident.command, incident.guild_id) == ("KeyError", "balance", GUILD)
    assert "test_reporting" in incident.stack
    assert on_stage.sandbox.token not in incident.stack + incident.message


async def test_a_fault_in_a_button_or_a_form_is_an_incident_too(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    purse = await on_stage.ask(on_stage.alice, "balance")
    form = await (await on_stage.alice.click(purse, "Pay someone")).answered()

    async def faulty(*_args: Any, **_kwargs: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(economy_of(on_stage), "statement", faulty)
    monkeypatch.setattr(economy_of(on_stage), "pay", faulty)
    pressed = await (await on_stage.alice.click(purse, "Statement")).finished()
    sent = await (await on_stage.alice.submit(form, {"recipient": [BOB], "amount": "5"})).finished()
    for answer in (pressed, sent):
        assert words(answer).startswith("Something went wrong on my side.")
        assert is_private(answer)


async def test_what_is_kept_of_a_fault_in_a_control_names_nobody_whom_its_custom_id_names(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_stage.app is not None
    services: Any = on_stage.app.services
    owners = on_stage.sandbox.world.add_role(GUILD, "Owners", permissions=["view_audit_log"])
    on_stage.sandbox.world.give_role(GUILD, ALICE, owners)
    await services.guild_settings.change(GUILD, GeneralSettings(prefix="!"), base=0, by=BOB)
    log = await on_stage.ask(on_stage.alice, "audit", by=f"<@{BOB}>")
    [menu] = [one for one in log.controls() if str(one.get("custom_id")).startswith("audit:entry")]
    whom = packed(AuditFilter(actor_id=BOB))
    assert menu["custom_id"].endswith(whom)

    async def faulty(*_args: Any, **_kwargs: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(services.audit, "entry", faulty)
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        pressed = await on_stage.alice.select(log, menu["custom_id"], [menu["options"][0]["value"]])
        incident = await kept(on_stage, words(await pressed.finished()))
    assert incident.command == "audit:entry:v1"
    [line] = [line for line in lines if line["event"] == "incident"]
    assert line["command"] == "audit:entry:v1"
    assert whom not in repr((incident, [{**line, "exc_info": None} for line in lines]))


async def test_a_failure_after_a_public_defer_removes_the_placeholder_and_answers_in_private(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow_and_faulty(*_args: Any, **_kwargs: Any) -> None:
        await asyncio.sleep(1.1)
        raise DatabaseAway

    monkeypatch.setattr(economy_of(on_stage), "pay", slow_and_faulty)
    exchange = await on_stage.alice.slash(GENERAL, "pay", member=BOB, amount=1)
    await exchange.answered()
    assert exchange.kind == "deferred"
    [told] = await exchange.followed_up()
    assert words(told).startswith("My records can't be reached just now, so I changed nothing.")
    assert is_private(told)
    with on_stage.sandbox.view(BOB) as bob:
        assert bob.messages(GENERAL) == []


async def test_a_payment_whose_defer_comes_too_late_is_finished_all_the_same(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    economy = economy_of(on_stage)
    pay = economy.pay

    async def slow(*args: Any, **kwargs: Any) -> Any:
        on_stage.sandbox.clock.advance(4)  # the three seconds are over before the answer is deferred
        await asyncio.sleep(1.2)
        return await pay(*args, **kwargs)

    monkeypatch.setattr(economy, "pay", slow)
    await on_stage.alice.slash(GENERAL, "pay", member=BOB, amount=50)
    async with asyncio.timeout(5):
        while (await economy.balance(GUILD, BOB)).wallet != 50:
            await asyncio.sleep(0.02)


async def test_slow_work_is_deferred_and_then_answered(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    economy = economy_of(on_stage)
    overview = economy.overview

    async def slow(*args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(1.1)
        return await overview(*args, **kwargs)

    monkeypatch.setattr(economy, "overview", slow)
    exchange = await on_stage.alice.slash(GENERAL, "balance")
    answer = await exchange.finished()
    assert words(answer).startswith("Your wallet: **0 coins**")
    assert is_private(answer)


async def test_a_button_that_no_code_answers_any_more_says_so(on_stage: Stage) -> None:
    purse = await on_stage.ask(on_stage.alice, "balance")
    assert on_stage.app is not None
    on_stage.app.bot.router._controls.clear()
    for kind in list(on_stage.app.bot._connection._view_store._dynamic_items.values()):
        on_stage.app.bot.remove_dynamic_items(kind)
    answer = await (await on_stage.alice.click(purse, "Statement")).finished()
    assert words(answer) == "This control is out of date. Please use the command again."
    assert is_private(answer)


async def test_a_form_that_no_code_answers_any_more_says_so(on_stage: Stage) -> None:
    purse = await on_stage.ask(on_stage.alice, "balance")
    form = await (await on_stage.alice.click(purse, "Pay someone")).answered()
    assert on_stage.app is not None
    on_stage.app.bot.router._forms.clear()
    answer = await (await on_stage.alice.submit(form, {"recipient": [BOB], "amount": "5"})).finished()
    assert words(answer) == "This control is out of date. Please use the command again."


async def test_while_it_stops_it_takes_nothing_new_and_says_so(on_stage: Stage) -> None:
    purse = await on_stage.ask(on_stage.alice, "balance")
    assert on_stage.app is not None
    await on_stage.app.gate.close(1)
    for exchange in (
        await on_stage.alice.slash(GENERAL, "daily"),
        await on_stage.alice.click(purse, "Statement"),
    ):
        assert words(await exchange.finished()).startswith("I'm restarting just now and changed nothing.")


async def test_stopping_waits_for_what_is_being_answered(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_stage.app is not None
    earning = on_stage.app.services.earning
    daily, begun, go_on = earning.daily, asyncio.Event(), asyncio.Event()

    async def slow(*args: Any, **kwargs: Any) -> Any:
        begun.set()
        await go_on.wait()
        return await daily(*args, **kwargs)

    monkeypatch.setattr(earning, "daily", slow)
    exchange = await on_stage.alice.slash(GENERAL, "daily")
    await begun.wait()
    stopping = asyncio.create_task(on_stage.stop())
    await asyncio.sleep(0.05)
    assert not stopping.done()
    go_on.set()
    await stopping
    assert "**250 coins** for today" in words(await exchange.finished())


async def test_a_guild_that_is_not_on_the_list_is_left(stage: Stage) -> None:
    stage.settings = Settings(allowed_guild_ids=frozenset({GUILD}), default_features=frozenset({"all"}))
    app = await stage.start()
    async with asyncio.timeout(5):
        while app.bot.get_guild(OTHER_GUILD) is not None:
            await asyncio.sleep(0.01)
    assert app.bot.get_guild(GUILD) is not None
    assert words(await stage.ask(stage.alice, "balance")) == "Your wallet: **0 coins**"


async def test_a_guild_that_is_not_on_the_list_is_not_served_even_if_leaving_fails(stage: Stage) -> None:
    stage.sandbox.faults.server_error(f"/users/@me/guilds/{OTHER_GUILD}", method="DELETE", times=None)
    stage.settings = Settings(allowed_guild_ids=frozenset({GUILD}), default_features=frozenset({"all"}))
    await stage.start()
    outsider = stage.sandbox.as_member(OTHER_GUILD, OUTSIDER)
    answer = await (await outsider.slash(ELSEWHERE, "balance")).finished()
    assert words(answer) == "I don't serve this server."
    stage.sandbox.faults.clear()


async def test_another_members_page_can_not_be_turned_by_a_forged_press(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    for amount in range(1, 12):
        await on_stage.ask(on_stage.alice, "pay", member=BOB, amount=amount)
    exchange: Exchange = await on_stage.alice.slash(GENERAL, "transactions")
    page = await exchange.finished()
    pressed = await on_stage.alice.click(page, "Older")
    await pressed.finished()
    forged = dict(pressed.payload)
    forged["member"] = {**forged["member"], "user": {**forged["member"]["user"], "id": str(BOB)}}
    forged["id"] = str(int(forged["id"]) + 1)
    await on_stage.sandbox.inject("INTERACTION_CREATE", forged, guild_id=GUILD)
    async with asyncio.timeout(5):
        while not any("These buttons belong to" in str(seen.json) for seen in on_stage.sandbox.requests):
            await asyncio.sleep(0.01)


async def test_what_is_not_kept_because_the_database_is_away_is_still_answered(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def faulty(*_args: Any, **_kwargs: Any) -> None:
        raise KeyError

    monkeypatch.setattr(economy_of(on_stage), "overview", faulty)
    assert on_stage.app is not None

    async def away(_incident: Any) -> None:
        raise DatabaseAway

    monkeypatch.setattr(on_stage.app.services.incidents, "record", away)
    assert words(await on_stage.ask(on_stage.alice, "balance")).startswith("Something went wrong on my side.")


class Silence:
    """A database that has fallen silent: what is asked waits until it is over, and notes whether it was cut off."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.ended: list[str] = []

    async def ask(self, *_asked: Any) -> None:
        try:
            await self.over.wait()
        except asyncio.CancelledError:
            self.ended.append("cut off")
            raise
        self.ended.append("answered")


async def test_an_incident_is_kept_once_a_silent_database_answers_and_nothing_is_cut_off(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def faulty(*_args: Any, **_kwargs: Any) -> None:
        raise KeyError

    assert on_stage.app is not None
    incidents, silence = on_stage.app.services.incidents, Silence()
    record = incidents.record

    async def keep(incident: Incident) -> None:
        await silence.ask()
        await record(incident)

    monkeypatch.setattr(economy_of(on_stage), "overview", faulty)
    monkeypatch.setattr(incidents, "record", keep)
    monkeypatch.setattr(errors, "_RECORD_TIMEOUT", 0.01)
    with structlog.testing.capture_logs() as logs:
        said = words(await on_stage.ask(on_stage.alice, "balance"))
        async with asyncio.timeout(5):
            while not any(str(line["event"]).startswith("incident not kept so far") for line in logs):
                await asyncio.sleep(0.005)
    assert silence.ended == []
    silence.over.set()
    assert (await kept(on_stage, said)).exception == "KeyError"
    assert silence.ended == ["answered"]


async def test_a_refusal_comes_without_its_buttons_where_the_database_is_silent_and_nothing_is_cut_off(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_stage.app is not None
    silence = Silence()
    on_stage.app.bot.reporter.offer(RecipientIsSelf, silence.ask)
    monkeypatch.setattr(errors, "_REMEDY_TIMEOUT", 0.01)
    answer = await on_stage.ask(on_stage.alice, "pay", member=ALICE, amount=1)
    assert (words(answer) != "", list(answer.controls()), silence.ended) == (True, [], [])
    await on_stage.stop()
    assert silence.ended == ["cut off"], "nobody is left behind at the end"


async def test_a_statement_of_the_database_that_fails_is_an_incident_and_not_an_outage(on_stage: Stage) -> None:
    assert on_stage.app is not None
    async with on_stage.app.database.write() as session:
        await session.execute(text("ALTER TABLE accounts RENAME TO accounts_gone"))
    assert words(await on_stage.ask(on_stage.alice, "balance")).startswith("Something went wrong on my side.")
