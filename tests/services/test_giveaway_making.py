"""Changing giveaways by their services: at once, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.domain.features import FeatureSettings
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaway_editing import RuleList, with_rules
from bot.domain.giveaway_rules import AtLevel, Rules
from bot.domain.giveaways import EventKind, Giveaway, Prize, Status
from bot.errors import FeatureOff, GiveawayOver, GiveawayRefused, NotAGiveaway
from bot.services import Services
from bot.services.giveaway_making import NewGiveaway
from tests.services.test_giveaways import CHANNEL, GUILD, HOST, VIA, running
from tests.support.clock import ManualClock


def adding(level: int) -> Callable[[Giveaway], Changes]:
    return lambda one: Changes({"rules": with_rules(one.rules, RuleList.ALL, [AtLevel(level=level)])})


async def test_of_rules_that_several_add_at_once_none_is_lost(services: Services) -> None:
    giveaway = await running(services)
    making = services.giveaway_making
    edits = [making.edit(GUILD, giveaway.number, adding(one), by=HOST, via=VIA) for one in range(1, 9)]
    await asyncio.gather(*edits)
    found = await making.find(GUILD, giveaway.number)
    assert {one.level for one in found.rules.all_of if isinstance(one, AtLevel)} == set(range(1, 9))
    about = await services.giveaway_knowing.about(GUILD, giveaway.number)
    assert [one.kind for one in about.events].count(EventKind.EDITED) == 8


async def test_an_edit_that_changes_nothing_is_not_told(services: Services) -> None:
    giveaway = await running(services)
    same = Changes({"prize": giveaway.prize, "winners": giveaway.winners})
    after = await services.giveaway_making.edit(GUILD, giveaway.number, same, by=HOST, via=VIA)
    assert after == giveaway
    about = await services.giveaway_knowing.about(GUILD, giveaway.number)
    assert EventKind.EDITED not in [one.kind for one in about.events]


async def test_edits_are_refused_from_the_very_end_on(services: Services, clock: ManualClock) -> None:
    giveaway = await running(services)
    making, later = services.giveaway_making, Changes({"prize": "A cup"})
    clock.advance(seconds=3_599.999)
    await making.edit(GUILD, giveaway.number, later, by=HOST, via=VIA)
    clock.advance(seconds=0.001)
    for work in (
        making.edit(GUILD, giveaway.number, Changes({"prize": "A jug"}), by=HOST, via=VIA),
        making.cancel(GUILD, giveaway.number, by=HOST, reason=None, via=VIA),
        making.end(GUILD, giveaway.number, by=HOST, via=VIA),
    ):
        with pytest.raises(GiveawayOver):
            await work
    assert (await making.find(GUILD, giveaway.number)).prize == "A cup"


async def test_where_it_is_stays_as_it_was_promised(services: Services) -> None:
    giveaway = await running(services)
    for values in ({"channel_id": 6_000}, {"lasts": 60}):
        with pytest.raises(GiveawayRefused):
            await services.giveaway_making.edit(GUILD, giveaway.number, Changes(values), by=HOST, via=VIA)


async def test_a_feature_switched_off_later_stops_what_newly_needs_it_and_nothing_else(services: Services) -> None:
    giveaway = await running(services, given=Prize(coins=5))
    draft = await services.giveaway_making.begin(
        GUILD, NewGiveaway("i:draft", HOST, CHANNEL, Changes({"prize": "Coins", "given": Prize(coins=5)}))
    )
    read = await services.guild_settings.read(GUILD, FeatureSettings)
    await services.guild_settings.change(GUILD, FeatureSettings(giveaways=True), base=read.version, by=None)
    making = services.giveaway_making
    changed = await making.edit(GUILD, giveaway.number, Changes({"given": Prize(coins=4)}), by=HOST, via=VIA)
    assert changed.given.coins == 4
    with pytest.raises(FeatureOff):
        await making.edit(GUILD, giveaway.number, adding(3), by=HOST, via=VIA)
    with pytest.raises(FeatureOff):
        await making.publish(GUILD, draft.number, by=HOST, via=VIA)
    assert (await making.find(GUILD, draft.number)).status is Status.DRAFT


async def test_the_same_press_writes_one_draft(services: Services) -> None:
    new = NewGiveaway("i:1", HOST, CHANNEL, Changes({"prize": "A mug", "rules": Rules(all_of=(AtLevel(level=1),))}))
    first, second = [await services.giveaway_making.begin(GUILD, new) for _time in range(2)]
    assert (first, first.seed) == (second, second.seed)


async def test_a_message_that_shows_none_is_no_giveaway(services: Services) -> None:
    with pytest.raises(NotAGiveaway):
        await services.giveaway_making.by_message(GUILD, CHANNEL, 1)
