"""/me as everybody uses it, and what is answered otherwise because of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.general import GeneralSettings
from bot.domain.outbox import user
from bot.domain.preferences import Preferences
from bot.errors import DatabaseAway
from bot.sandbox import Actor, SeenMessage
from tests.cogs.outbox_post import promise, tick
from tests.cogs.trial import with_trial
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage, is_private, words


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    stage.arrange = with_trial
    await stage.start()
    return stage


def app_of(stage: Stage) -> Any:
    assert stage.app is not None
    return stage.app


async def preferences(stage: Stage, user_id: int = ALICE) -> Preferences:
    return (await app_of(stage).services.preferences.read(user_id)).value


async def choose(who: Actor, message: SeenMessage, start: str, *values: str) -> SeenMessage:
    [custom_id] = {one["custom_id"] for one in message.controls() if str(one.get("custom_id")).startswith(start)}
    return await (await who.select(message, custom_id, list(values))).finished()


async def press(who: Actor, message: SeenMessage, label: str) -> SeenMessage:
    return await (await who.click(message, label)).finished()


async def opened(stage: Stage, who: Actor, field: str) -> SeenMessage:
    """The panel of one field."""
    return await choose(who, await stage.ask(who, "me"), "config:field", field)


async def write(who: Actor, message: SeenMessage, value: str, button: str = "Change…") -> SeenMessage:
    form = await (await who.click(message, button)).answered()
    return await (await who.submit(form, {"value": value})).finished()


async def test_a_german_who_chooses_english_is_answered_in_english_after_a_restart(on_stage: Stage) -> None:
    german = on_stage.sandbox.as_member(GUILD, ALICE, locale="de")
    assert "Dein Geldbeutel" in words(await on_stage.ask(german, "balance"))
    panel = await on_stage.ask(german, "me")
    assert is_private(panel)
    done = await choose(german, await choose(german, panel, "config:field", "language"), "config:choose", "en")
    assert "✅ Saved." in words(done)  # the answer to the choice speaks English already
    assert "Now: English\nDefault: As in Discord" in words(done)
    await on_stage.stop()
    await on_stage.start()
    assert "Your wallet" in words(await on_stage.ask(german, "balance"))
    assert "Your wallet" in words(await on_stage.ask(on_stage.bob, "balance"))
    done = await press(german, done, "Reset to default")
    assert await preferences(on_stage) == Preferences()
    assert "Dein Geldbeutel" in words(await on_stage.ask(german, "balance"))


async def test_an_english_client_is_answered_in_german_on_request_and_others_are_not(on_stage: Stage) -> None:
    await choose(on_stage.alice, await opened(on_stage, on_stage.alice, "language"), "config:choose", "de")
    assert "Dein Geldbeutel" in words(await on_stage.ask(on_stage.alice, "balance"))
    assert "Your wallet" in words(await on_stage.ask(on_stage.bob, "balance"))


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("failure", [DatabaseAway(), RuntimeError("broken")])
async def test_while_preferences_cannot_be_read_people_are_answered_in_their_discords_language(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    async def away(_user_id: int) -> Any:
        raise failure

    monkeypatch.setattr(app_of(on_stage).services.preferences, "read", away)
    german = on_stage.sandbox.as_member(GUILD, ALICE, locale="de")
    assert "Dein Geldbeutel" in words(await on_stage.ask(german, "balance"))


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_slow_preferences_keep_nobody_waiting(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(_user_id: int) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(app_of(on_stage).services.preferences, "read", slow)
    assert "Your wallet" in words(await on_stage.ask(on_stage.alice, "balance"))


async def test_whoever_set_a_time_zone_writes_times_in_it(on_stage: Stage) -> None:
    on_stage.clock.set(datetime(2026, 11, 21, 15, 0, tzinfo=UTC))
    settings = app_of(on_stage).services.guild_settings
    await settings.change(GUILD, GeneralSettings(time_zone="Europe/Berlin"), base=0, by=None)
    panel = await opened(on_stage, on_stage.alice, "time_zone")
    assert "Now: the server's" in words(panel)
    refused = await write(on_stage.alice, panel, "Mars/Base")
    assert "must be a zone of the IANA database" in words(refused)
    assert "Now: `Asia/Tokyo`" in words(await write(on_stage.alice, refused, "Asia/Tokyo"))
    shown = await on_stage.ask(on_stage.alice, "when", moment="tomorrow 18:00")
    assert words(shown) == "2026-11-23T09:00:00+00:00"  # in Tokyo, tomorrow is the 23rd by now
    assert words(await on_stage.ask(on_stage.bob, "when", moment="tomorrow 18:00")) == "2026-11-22T17:00:00+00:00"
    back = await write(on_stage.alice, await opened(on_stage, on_stage.alice, "time_zone"), "auto")
    assert "Now: the server's" in words(back)
    assert await preferences(on_stage) == Preferences()


async def test_it_works_in_direct_messages_and_holds_in_servers(on_stage: Stage) -> None:
    alone = on_stage.sandbox.as_user(ALICE)
    channel = on_stage.sandbox.world.backend.get_dm_channel(ALICE).id
    panel = await (await alone.slash(channel, "me")).finished()
    done = await write(alone, await choose(alone, panel, "config:field", "accent"), "#FF8800")
    assert "Now: `#FF8800`" in words(done)
    assert "`#FF8800` · changed" in words(await on_stage.ask(on_stage.alice, "me"))


async def test_typed_the_panel_comes_as_a_direct_message(on_stage: Stage) -> None:
    me = app_of(on_stage).bot.user.id
    channel = on_stage.sandbox.world.backend.get_dm_channel(ALICE).id
    await on_stage.alice.say(GENERAL, f"<@{me}> me")
    view = on_stage.sandbox.view(ALICE)
    async with asyncio.timeout(5):
        while not (sent := view.messages(channel)):
            await asyncio.sleep(0.01)
    alone = on_stage.sandbox.as_user(ALICE)
    done = await choose(alone, await choose(alone, sent[-1], "config:field", "background"), "config:choose", "sea")
    assert "Now: Sea" in words(done)
    assert (await preferences(on_stage)).background == "sea"


async def test_whoever_presses_anothers_panel_changes_only_their_own(on_stage: Stage) -> None:
    panel = await opened(on_stage, on_stage.alice, "statistics")
    services = app_of(on_stage).services
    await services.preferences.edit(BOB, lambda _: Preferences(language="de"), base=0)
    done = await press(on_stage.alice, panel, "Switch off")
    assert "Now: off" in words(done)
    assert await preferences(on_stage, BOB) == Preferences(language="de")
    assert await preferences(on_stage) == Preferences(statistics=False)


async def test_all_go_back_at_once_and_an_old_panel_changes_nothing(on_stage: Stage) -> None:
    first = await opened(on_stage, on_stage.alice, "messages")
    await press(on_stage.alice, await opened(on_stage, on_stage.alice, "statistics"), "Switch off")
    stale = await press(on_stage.alice, first, "Switch off")
    assert "You changed this elsewhere meanwhile" in words(stale)
    assert await preferences(on_stage) == Preferences(statistics=False)
    asked = await press(on_stage.alice, await on_stage.ask(on_stage.alice, "me"), "Reset all of these")
    await on_stage.stop()
    await on_stage.start()
    assert "✅ Saved." in words(await press(on_stage.alice, asked, "Yes, reset them"))
    assert await preferences(on_stage) == Preferences()


async def test_who_does_not_want_to_be_named_is_not_in_the_command_log(on_stage: Stage) -> None:
    await press(on_stage.alice, await opened(on_stage, on_stage.alice, "statistics"), "Switch off")
    app = app_of(on_stage)
    await on_stage.ask(on_stage.alice, "daily")
    await on_stage.ask(on_stage.bob, "daily")
    async with asyncio.timeout(5):
        while app.command_log.waiting < 2:
            await asyncio.sleep(0.005)
    await app.command_log.flush()
    uses = await app.services.command_logs.latest(GUILD)
    assert {use.user_id for use in uses} == {0, BOB}
    counts = await app.services.command_logs.counts(GUILD, app.clock.now().date())
    assert {one.command: one.count for one in counts}["daily"] == 2


async def test_erasing_everything_in_a_direct_message_forgets_what_was_set(on_stage: Stage) -> None:
    await choose(on_stage.alice, await opened(on_stage, on_stage.alice, "language"), "config:choose", "de")
    alone = on_stage.sandbox.as_user(ALICE)
    channel = on_stage.sandbox.world.backend.get_dm_channel(ALICE).id
    held = await (await alone.slash(channel, "privacy")).finished()
    asked = await press(alone, held, "Alles löschen…")
    await press(alone, asked, "Ja, löschen")
    assert await preferences(on_stage) == Preferences()
    assert "Your wallet" in words(await on_stage.ask(on_stage.alice, "balance"))


async def test_who_wants_no_direct_messages_gets_none(on_stage: Stage) -> None:
    await press(on_stage.alice, await opened(on_stage, on_stage.alice, "messages"), "Switch off")
    await promise(on_stage, "to Alice", at=user(ALICE), fallback_id=GENERAL)
    await promise(on_stage, "to Bob", at=user(BOB), fallback_id=GENERAL)
    for _ in range(2):  # the second time for what was sent elsewhere instead
        await tick(on_stage)
    there = [one.content for one in on_stage.sandbox.view(CAROL).messages(GENERAL)]
    assert [one for one in there if one.startswith("to ")] == ["to Alice"]
    private = on_stage.sandbox.world.backend.get_dm_channel(BOB).id
    assert [one.content for one in on_stage.sandbox.view(BOB).messages(private)] == ["to Bob"]
