"""A giveaway from its draft to its winners, by the services alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.audit import AuditSource
from bot.domain.features import FeatureSettings
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaway_draw import DrawRequest, draw
from bot.domain.giveaway_rules import AtLevel, HasRole, NoWinSince, Person, Rules
from bot.domain.giveaways import (
    Claimed,
    Delivery,
    Giveaway,
    Passed,
    Prize,
    Status,
    Step,
    WinnerState,
    next_step,
)
from bot.domain.guilds import ShardRange
from bot.errors import FeatureOff, GiveawayOver
from bot.services import Services
from bot.services.giveaway_claims import REROLLED
from bot.services.giveaway_drawing import Candidate, most_stored
from bot.services.giveaway_making import NewGiveaway
from tests.support.clock import ManualClock

GUILD, CHANNEL, HOST, ROLE = 1_000 << 22, 5_000, 3_000, 900
ALL = ShardRange(1, frozenset({0}))
VIA = AuditSource.COMMAND


def person(user_id: int, clock: ManualClock, *roles: int) -> Person:
    old = clock.now() - timedelta(days=400)
    return Person(user_id, frozenset(roles), old, old, boosts=False)


async def running(services: Services, **values: object) -> Giveaway:
    changes = Changes({"prize": "A mug", "lasts": 3_600, **values})
    draft = await services.giveaway_making.begin(GUILD, NewGiveaway(f"i:{len(values)}", HOST, CHANNEL, changes))
    return await services.giveaway_making.publish(GUILD, draft.number, by=HOST, via=VIA)


async def carry_out(services: Services, clock: ManualClock, gone: frozenset[int] = frozenset()) -> Giveaway:
    """Do what the keeper does, with members from nowhere."""
    [claimed] = await services.giveaway_file.claim_due(ALL, 5)
    drawing = services.giveaway_drawing
    while (step := next_step(claimed.giveaway, clock.now())) is not None:
        giveaway = claimed.giveaway
        match step:
            case Step.END:
                await drawing.end(claimed)
            case Step.WEIGH:
                await drawing.weigh(claimed)
            case Step.DRAW:
                entrants = await drawing.entrants(giveaway)
                seed, most = bytes.fromhex(giveaway.seed), most_stored(giveaway)
                done = draw(DrawRequest(GUILD, giveaway.number, seed, entrants, most))
                await drawing.drawn(claimed, done, len(entrants))
            case Step.PICK:
                await drawing.looked(claimed, candidates(claimed, clock, gone))
            case _:
                raise AssertionError(step)
        after = await services.giveaway_file.again(claimed)
        assert after is not None
        assert after != claimed
        claimed = after
    await services.giveaway_file.release(claimed)
    return claimed.giveaway


def candidates(claimed: Claimed, clock: ManualClock, gone: frozenset[int]) -> list[Candidate]:
    giveaway = claimed.giveaway
    these = giveaway.places[giveaway.looked : giveaway.looked + giveaway.vacant]
    return [
        Candidate(place, one, None, Passed.LEFT) if one in gone else Candidate(place, one, person(one, clock, ROLE))
        for place, one in enumerate(these, start=giveaway.looked + 1)
    ]


async def test_who_enters_is_in_and_who_leaves_is_out(services: Services, clock: ManualClock) -> None:
    giveaway = await running(services)
    first = await services.giveaway_entering.enter(GUILD, giveaway.number, person(1, clock))
    again = await services.giveaway_entering.enter(GUILD, giveaway.number, person(1, clock))
    assert (first.entered, first.is_new, again.entered, again.is_new) == (True, True, True, False)
    assert (again.pot.entrants, again.pot.weight, again.weight) == (1, 1, 1)
    out = await services.giveaway_entering.leave(GUILD, giveaway.number, person(1, clock))
    assert (out.entered, out.pot.entrants) == (False, 0)


async def test_who_lacks_what_is_needed_is_told_and_is_not_in(services: Services, clock: ManualClock) -> None:
    rules = Rules(all_of=(HasRole(role_id=ROLE), AtLevel(level=3)))
    giveaway = await running(services, rules=rules)
    pressed = await services.giveaway_entering.enter(GUILD, giveaway.number, person(1, clock, ROLE))
    assert not pressed.entered
    assert [(one.met, one.has) for one in pressed.checks] == [(True, None), (False, 0)]


async def test_winners_are_drawn_from_those_who_are_in_and_still_there(services: Services, clock: ManualClock) -> None:
    giveaway = await running(services, winners=3)
    for one in range(1, 11):
        await services.giveaway_entering.enter(GUILD, giveaway.number, person(one, clock))
    clock.advance(seconds=3_600)
    with pytest.raises(GiveawayOver):
        await services.giveaway_entering.enter(GUILD, giveaway.number, person(11, clock))
    ended = await carry_out(services, clock, gone=frozenset({1, 2, 3, 4, 5}))
    assert (ended.status, ended.entrants, ended.vacant) == (Status.ENDED, 10, 0)
    _giveaway, drawn = await services.giveaway_claims.winners(GUILD, giveaway.number)
    won = [one.user_id for one in drawn if one.state is WinnerState.CLAIMED]
    assert won == [one for one in ended.places if one > 5][:3]
    assert all(one.passed is Passed.LEFT for one in drawn if one.user_id <= 5)


async def test_fewer_entrants_than_winners_all_win(services: Services, clock: ManualClock) -> None:
    giveaway = await running(services, winners=5)
    await services.giveaway_entering.enter(GUILD, giveaway.number, person(1, clock))
    clock.advance(seconds=3_600)
    ended = await carry_out(services, clock)
    assert ended.status is Status.ENDED
    _giveaway, drawn = await services.giveaway_claims.winners(GUILD, giveaway.number)
    assert [one.user_id for one in drawn] == [1]


async def test_a_giveaway_that_nobody_entered_ends_without_winners(services: Services, clock: ManualClock) -> None:
    await running(services)
    clock.advance(seconds=3_600)
    assert (await carry_out(services, clock)).status is Status.ENDED


async def test_one_that_runs_is_drawn_and_pays_also_where_all_is_switched_off_by_then(
    services: Services, clock: ManualClock
) -> None:
    giveaway = await running(services, given=Prize(coins=5))
    for one in (1, 2):
        await services.giveaway_entering.enter(GUILD, giveaway.number, person(one, clock))
    read = await services.guild_settings.read(GUILD, FeatureSettings)
    await services.guild_settings.change(GUILD, FeatureSettings(), base=read.version, by=None)
    with pytest.raises(FeatureOff):
        await services.giveaway_entering.enter(GUILD, giveaway.number, person(3, clock))
    await services.giveaway_entering.leave(GUILD, giveaway.number, person(2, clock))
    clock.advance(seconds=3_600)
    await carry_out(services, clock)
    _giveaway, drawn = await services.giveaway_claims.winners(GUILD, giveaway.number)
    assert [(one.user_id, one.delivery) for one in drawn] == [(1, Delivery.GIVEN)]


async def test_who_won_lately_neither_enters_nor_wins_where_that_is_a_rule(
    services: Services, clock: ManualClock
) -> None:
    lately = Rules(all_of=(NoWinSince(days=30),))
    first, second = await running(services), await running(services, rules=lately, lasts=7_200)
    enter = services.giveaway_entering.enter
    await enter(GUILD, first.number, person(1, clock))
    assert (await enter(GUILD, second.number, person(1, clock))).entered
    clock.advance(seconds=3_600)
    await carry_out(services, clock)
    third = await running(services, rules=lately, text="Another", winners=1)
    assert not (await enter(GUILD, third.number, person(1, clock))).entered
    await services.giveaway_making.cancel(GUILD, third.number, by=HOST, reason=None, via=VIA)
    clock.advance(seconds=3_600)
    await carry_out(services, clock)
    _giveaway, drawn = await services.giveaway_claims.winners(GUILD, second.number)
    assert [(one.user_id, one.passed) for one in drawn] == [(1, Passed.RULES)]


async def test_a_reroll_takes_the_next_who_was_drawn(services: Services, clock: ManualClock) -> None:
    giveaway = await running(services)
    for one in range(1, 4):
        await services.giveaway_entering.enter(GUILD, giveaway.number, person(one, clock))
    clock.advance(seconds=3_600)
    ended = await carry_out(services, clock)
    for place in (1, 2):
        gone = ended.places[place - 1]
        await services.giveaway_claims.reroll(
            GUILD, giveaway.number, by=HOST, user_id=gone, reason="no answer", via=VIA
        )
        await carry_out(services, clock)
    _giveaway, drawn = await services.giveaway_claims.winners(GUILD, giveaway.number)
    states = [WinnerState.REROLLED, WinnerState.REROLLED, WinnerState.CLAIMED]
    assert [(one.user_id, one.state) for one in drawn] == list(zip(ended.places, states, strict=True))
    noted = [one.record for one in (await services.audit.search(GUILD)).entries if one.record.action == REROLLED]
    assert [one.actor_id for one in noted] == [HOST, HOST], "that the winner is another stands in the audit log"
    assert noted[-1].after == {"prize": "A mug", "place": 1, "reason": "no answer"}
