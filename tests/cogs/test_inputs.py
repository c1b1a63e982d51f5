"""Options that say while they are written what was understood."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.general import GeneralSettings
from tests.cogs.trial import with_trial
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, OUTSIDER, Stage, is_private, words


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    stage.arrange = with_trial
    stage.clock.set(datetime(2026, 11, 21, 15, 0, tzinfo=UTC))
    app = await stage.start()
    await app.services.guild_settings.change(GUILD, GeneralSettings(time_zone="Europe/Berlin"), base=0, by=None)
    stage.clock.set(datetime(2026, 11, 21, 15, 0, tzinfo=UTC))
    return stage


async def offered(stage: Stage, command: str, option: str, typed: str) -> list[tuple[str, str]]:
    exchange = await (await stage.alice.autocomplete(GENERAL, command, option, typed)).answered()
    assert all(1 <= len(one["name"]) <= 100 and 1 <= len(one["value"]) <= 100 for one in exchange.choices)
    assert len(exchange.choices) <= 25
    return [(one["name"], one["value"]) for one in exchange.choices]


async def test_a_length_is_repeated_in_words_with_its_end(on_stage: Stage) -> None:
    assert await offered(on_stage, "how-long", "length", "2,5 stunden") == [
        ("2 hours 30 minutes — ends 21 Nov 2026 18:30", "2h 30m")
    ]
    assert words(await on_stage.ask(on_stage.alice, "how-long", length="2h 30m")) == "9000 seconds"


async def test_usual_lengths_are_offered_within_the_bounds(on_stage: Stage) -> None:
    values = [value for _, value in await offered(on_stage, "how-long", "length", "")]
    assert values == ["10m", "1h", "6h", "1d", "3d", "1w"]
    assert [value for _, value in await offered(on_stage, "how-long", "length", "9")] == ["9m", "9h"]
    assert [value for _, value in await offered(on_stage, "how-long", "length", "5")] == ["5m", "5h", "5d"]


async def test_a_length_that_can_not_be_is_refused_before_and_after_it_was_sent(on_stage: Stage) -> None:
    [(said, value)] = await offered(on_stage, "how-long", "length", "8 weeks")
    assert said == "I read that as 8 weeks. It must be from 1 minute to 1 week."
    refused = await on_stage.ask(on_stage.alice, "how-long", length=value)
    assert words(refused) == said
    assert is_private(refused)
    assert words(await on_stage.ask(on_stage.alice, "how-long", length="soon")).startswith("I need a length of time")


async def test_a_moment_is_repeated_in_the_servers_zone_and_arrives_exactly(on_stage: Stage) -> None:
    [(said, value)] = await offered(on_stage, "when", "moment", "tomorrow 18:00")
    assert said == "22 Nov 2026 18:00 — in 1 day 2 hours"
    on_stage.clock.advance(hours=12)  # chosen in the morning, it is still the same evening
    assert words(await on_stage.ask(on_stage.alice, "when", moment=value)) == "2026-11-22T17:00:00+00:00"
    assert words(await on_stage.ask(on_stage.alice, "when", moment="morgen 6 uhr")) == "2026-11-23T05:00:00+00:00"


async def test_usual_moments_are_offered_and_each_can_be_sent(on_stage: Stage) -> None:
    for said, value in await offered(on_stage, "when", "moment", ""):
        assert " — in " in said
        assert "+00:00" in words(await on_stage.ask(on_stage.alice, "when", moment=value))


async def test_a_moment_of_the_wrong_time_is_refused(on_stage: Stage) -> None:
    assert await offered(on_stage, "when", "moment", "yesterday") == [("That moment can't be used here.", "yesterday")]
    assert "It must lie between" in words(await on_stage.ask(on_stage.alice, "when", moment="yesterday"))
    [(said, _)] = await offered(on_stage, "since", "moment", "yesterday 16:00")
    assert said == "20 Nov 2026 16:00 — 1 day ago"
    assert await offered(on_stage, "since", "moment", "") == []


async def test_somebody_who_left_is_still_found_by_name(on_stage: Stage) -> None:
    for actor in (on_stage.alice, on_stage.bob, on_stage.carol):
        await on_stage.ask(actor, "balance")
    app = on_stage.app
    assert app is not None
    await on_stage.bob.leave()
    await on_stage.ask(on_stage.alice, "balance")
    await app.recorder.flush()
    assert await offered(on_stage, "who", "somebody", "B") == [("bob — left", f"<@{BOB}>")]
    assert [value for _, value in await offered(on_stage, "who", "somebody", "")] == [
        f"<@{one}>" for one in (ALICE, CAROL, BOB)
    ]
    for written in (f"<@{BOB}>", "Bob", "@bob"):
        assert words(await on_stage.ask(on_stage.alice, "who", somebody=written)) == f"<@{BOB}>"
    assert words(await on_stage.ask(on_stage.alice, "who", somebody="outsider")).startswith("I know nobody here")
    assert await offered(on_stage, "who", "somebody", f"<@{OUTSIDER}>") == []
