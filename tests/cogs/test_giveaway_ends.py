"""How giveaways end: who wins, who is told, and what goes on when something is gone by then."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.economy_settings import EconomySettings
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaway_rules import Bonus, Bonuses, BonusKind, HasRole, MemberFor, Rules
from bot.domain.giveaways import (
    Delivery,
    EventKind,
    Failure,
    Passed,
    Prize,
    Status,
    WinnerState,
)
from bot.errors import GiveawayOver, NobodyLeftToDraw, NotAWinner
from bot.sandbox import Fault
from tests.cogs.outbox_post import by_real_time
from tests.support.giveaway_stage import (
    PRIZE,
    VIA,
    begun,
    coins,
    drawn,
    enter,
    furnish,
    giveaway_of,
    history,
    letters,
    pass_time,
    services_of,
    tick,
    told,
)
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage, words

HOUR = 3_600
OTHERS = [(5_000 + number) << 22 for number in range(4)]


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    furnish(stage)
    by_real_time(stage)
    world = stage.sandbox.world
    for number, one in enumerate(OTHERS):
        world.add_user(f"guest{number}", id=one)
        world.add_member(GUILD, one)
    await stage.start()
    return stage


async def run(stage: Stage, *people: int, **values: Any) -> int:
    """A giveaway that these people are in, with its message; its number."""
    number = (await begun(stage, "A mug", **values)).number
    await tick(stage, 1)
    await enter(stage, number, *people)
    return number


async def end(stage: Stage, seconds: float = HOUR) -> None:
    pass_time(stage, seconds)
    await tick(stage, 5)


def said(stage: Stage) -> list[str]:
    """What was said below the message."""
    return [one.content for one in told(stage) if not one.embeds]


def board(stage: Stage) -> str:
    [one] = [one for one in told(stage) if one.embeds]
    return words(one)


def to_host(stage: Stage) -> list[str]:
    return [one.content for one in letters(stage, ALICE)]


async def holders(stage: Stage, number: int = 1) -> list[int]:
    return [one.user_id for one in await drawn(stage, number) if one.state.holds]


# Who wins -----------------------------------------------------------------------------------------------


async def test_the_only_one_who_entered_wins(on_stage: Stage) -> None:
    await run(on_stage, BOB)
    await end(on_stage)
    assert said(on_stage) == [f"🎉 <@{BOB}> — you won **A mug**!"]
    assert [one.content for one in letters(on_stage, BOB)] == [
        f"🎉 You won **A mug**! https://discord.com/channels/{GUILD}/{GENERAL}/{told(on_stage)[0].id}"
    ]


async def test_the_winners_stand_in_the_message_with_its_first_edit_after_the_end(on_stage: Stage) -> None:
    await run(on_stage, BOB)
    pass_time(on_stage, 10)
    await tick(on_stage, 3)
    on_stage.sandbox.requests.clear()
    await end(on_stage)
    edits = [one for one in on_stage.sandbox.requests if one.method == "PATCH" and "/messages/" in one.path]
    assert len(edits) == 1
    assert f"**Winners:** <@{BOB}>" in board(on_stage)


async def test_nobody_wins_twice_however_much_their_entry_weighs(on_stage: Stage) -> None:
    on_stage.sandbox.world.give_role(GUILD, BOB, PRIZE)
    heavy = Bonuses(of=(Bonus(kind=BonusKind.ROLE, target=PRIZE, weight=10_000),))
    await run(on_stage, BOB, CAROL, winners=2, bonuses=heavy)
    await end(on_stage)
    assert sorted(await holders(on_stage)) == [BOB, CAROL]
    assert said(on_stage)[0].count(f"<@{BOB}>") == 1


async def test_where_fewer_entered_than_could_win_all_of_them_win_and_it_is_said(on_stage: Stage) -> None:
    await run(on_stage, BOB, CAROL, winners=5)
    await end(on_stage)
    assert sorted(await holders(on_stage)) == [BOB, CAROL]
    assert said(on_stage)[1:] == ["Nobody else can win **A mug**. Prizes left without a winner: 3."]


async def test_one_that_nobody_entered_says_so(on_stage: Stage) -> None:
    await run(on_stage)
    await end(on_stage)
    assert said(on_stage) == ["Nobody entered, so **A mug** has no winner."]
    assert "**Winners:** nobody" in board(on_stage)


async def test_who_left_who_is_unknown_and_who_no_longer_qualifies_does_not_win(on_stage: Stage) -> None:
    stage, world = on_stage, on_stage.sandbox.world
    left, unknown, stripped, fine = OTHERS
    for one in OTHERS:
        world.give_role(GUILD, one, PRIZE)
    rules = Rules(any_of=(HasRole(role_id=PRIZE), MemberFor(seconds=10 * 365 * 86_400)))
    number = (await begun(stage, "A mug", winners=4)).number
    await tick(stage, 1)
    await enter(stage, number, *OTHERS)
    await services_of(stage).giveaway_making.edit(GUILD, number, Changes({"rules": rules}), by=ALICE, via=VIA)
    world.remove_member(GUILD, left)
    world.take_role(GUILD, stripped, PRIZE)
    stage.sandbox.faults.add(Fault("GET", f"/guilds/*/members/{unknown}", times=None, status=404, code=10013))
    await end(stage)
    outcome = {one.user_id: one.passed for one in await drawn(stage)}
    assert outcome == {left: Passed.LEFT, unknown: Passed.UNKNOWN, stripped: Passed.RULES, fine: None}
    assert await holders(stage) == [fine]


async def test_a_server_that_is_not_found_says_nothing_of_its_members(on_stage: Stage) -> None:
    fault = on_stage.sandbox.faults.add(Fault("GET", "/guilds/*/members/*", status=404, code=10004, times=None))
    await run(on_stage, BOB)
    await end(on_stage)
    giveaway = await giveaway_of(on_stage)
    assert (giveaway.status, giveaway.looked, await drawn(on_stage)) == (Status.DRAWING, 0, [])
    assert giveaway.failed_since is not None
    assert "The winners are being drawn." in board(on_stage)
    on_stage.sandbox.faults.remove(fault)
    await end(on_stage, 300)
    assert await holders(on_stage) == [BOB]


async def test_one_whom_discord_can_not_show_for_a_moment_is_asked_for_again(on_stage: Stage) -> None:
    on_stage.sandbox.faults.add(Fault("GET", "/guilds/*/members/*", times=2, status=403, code=50001))
    await run(on_stage, BOB, CAROL, winners=2)
    await end(on_stage)
    await end(on_stage, 120)
    assert sorted(await holders(on_stage)) == [BOB, CAROL]
    assert len(said(on_stage)) == 1


async def test_a_closed_direct_message_stops_nothing_and_is_noted_for_the_host(on_stage: Stage) -> None:
    on_stage.sandbox.world.close_dms(BOB)
    await run(on_stage, BOB, CAROL, winners=2)
    await end(on_stage)
    assert {one.user_id: one.lettered for one in await drawn(on_stage)} == {BOB: False, CAROL: True}
    assert len(said(on_stage)) == 1


async def test_whatever_a_prize_says_it_calls_nobody_and_changes_no_style(on_stage: Stage) -> None:
    number = (await begun(on_stage, "@everyone **free** <@&5> https://a.example/b_c_d")).number
    await tick(on_stage, 1)
    await enter(on_stage, number, BOB)
    await end(on_stage)
    prize = r"@" + "\u200b" + r"everyone \*\*free\*\* \<@" + "\u200b" + r"&5\> https://a.example/b_c_d"
    assert said(on_stage) == [f"🎉 <@{BOB}> — you won **{prize}**!"]


# Restarts -----------------------------------------------------------------------------------------------


async def test_entries_outlive_a_process_that_is_killed_right_after_its_answer(on_stage: Stage) -> None:
    await begun(on_stage, "A mug")
    await tick(on_stage, 1)
    [message] = told(on_stage)
    answer = await on_stage.bob.click(message, "Enter")
    await answer.answered()
    await on_stage.die()
    await on_stage.start()
    await end(on_stage)
    assert await holders(on_stage) == [BOB]


async def test_those_that_end_while_nobody_is_there_are_drawn_at_once_after_it_and_say_so(on_stage: Stage) -> None:
    first = await run(on_stage, BOB)
    second = (await begun(on_stage, "A cup")).number
    await tick(on_stage, 1)
    await enter(on_stage, second, CAROL)
    pass_time(on_stage, -4)  # both end in the same second
    await on_stage.stop()
    pass_time(on_stage, 2 * HOUR)
    await on_stage.start()
    await tick(on_stage, 5)
    assert (await holders(on_stage, first), await holders(on_stage, second)) == ([BOB], [CAROL])
    shown = [words(one) for one in told(on_stage) if one.embeds]
    assert len(shown) == 2
    assert all("I was not there at its end" in one for one in shown)


async def test_one_whose_whole_time_passed_while_nobody_was_there_runs_as_long_as_it_was_to(on_stage: Stage) -> None:
    now = on_stage.clock.now()
    times: Any = {"starts_at": now + timedelta(hours=1), "ends_at": now + timedelta(hours=3)}
    assert (await begun(on_stage, "A mug", **times)).status is Status.SCHEDULED
    await on_stage.stop()
    pass_time(on_stage, 5 * HOUR)
    await on_stage.start()
    back = on_stage.clock.now()
    await tick(on_stage, 1)
    giveaway = await giveaway_of(on_stage)
    assert (giveaway.status, giveaway.ends_at) == (Status.RUNNING, back + timedelta(hours=2))


async def test_one_that_is_ended_by_hand_is_not_ended_again_by_the_clock(on_stage: Stage) -> None:
    number = await run(on_stage, BOB)
    making = services_of(on_stage).giveaway_making
    await making.end(GUILD, number, by=ALICE, via=VIA)
    with pytest.raises(GiveawayOver):  # while it is drawn nothing is changed
        await making.edit(GUILD, number, Changes({"winners": 2}), by=ALICE, via=VIA)
    await tick(on_stage, 3)
    await end(on_stage)
    kinds = await history(on_stage)
    assert [kinds.count(one) for one in (EventKind.ENDED, EventKind.DRAWN, EventKind.WON)] == [1, 1, 1]
    assert len(said(on_stage)) == 1


# What is gone -------------------------------------------------------------------------------------------


async def test_one_whose_channel_is_gone_when_it_starts_has_failed_and_the_host_is_told(on_stage: Stage) -> None:
    channel = on_stage.sandbox.world.add_channel(GUILD, "prizes")
    soon = on_stage.clock.now() + timedelta(hours=1)
    await begun(on_stage, "A mug", channel, starts_at=soon, ends_at=soon + timedelta(hours=1))
    on_stage.sandbox.world.remove_channel(channel)
    await end(on_stage)
    giveaway = await giveaway_of(on_stage)
    assert (giveaway.status, giveaway.failure) == (Status.FAILED, Failure.GONE)
    why = "its channel is not there any more"
    assert to_host(on_stage) == [f"Your giveaway #1 (**A mug**) could not be started: {why}."]
    await end(on_stage)
    assert await history(on_stage) == [EventKind.CREATED, EventKind.SCHEDULED, EventKind.STARTED, EventKind.FAILED]


async def test_one_whose_channel_i_may_not_write_in_has_failed_and_the_host_is_told(on_stage: Stage) -> None:
    on_stage.sandbox.world.overwrite(GENERAL, GUILD, deny=["send_messages"])
    await begun(on_stage, "A mug")
    await tick(on_stage)
    giveaway = await giveaway_of(on_stage)
    assert (giveaway.status, giveaway.failure) == (Status.FAILED, Failure.FORBIDDEN)
    assert to_host(on_stage) == ["Your giveaway #1 (**A mug**) could not be started: I may not write in its channel."]


@pytest.mark.parametrize("away", [False, True])
async def test_one_whose_message_was_deleted_is_drawn_all_the_same_and_the_host_is_told_once(
    on_stage: Stage, away: bool
) -> None:
    await run(on_stage, BOB)
    [message] = told(on_stage)
    if away:
        await on_stage.stop()
    on_stage.sandbox.world.backend.delete_message(GENERAL, message.id)
    if away:
        await on_stage.start()
        await services_of(on_stage).giveaway_making.edit(GUILD, 1, Changes({"text": "New"}), by=ALICE, via=VIA)
        await tick(on_stage)
    else:
        await until(on_stage, EventKind.MESSAGE_GONE)
    await end(on_stage)
    assert said(on_stage) == [f"🎉 <@{BOB}> — you won **A mug**!"]
    [letter] = to_host(on_stage)
    assert letter.startswith("The message of your giveaway #1 (**A mug**) is not there any more.")
    assert not told(on_stage)[0].embeds


async def test_one_whose_channel_was_deleted_is_drawn_and_the_host_hears_who_won(on_stage: Stage) -> None:
    channel = on_stage.sandbox.world.add_channel(GUILD, "prizes")
    number = (await begun(on_stage, "A mug", channel)).number
    await tick(on_stage, 1)
    await enter(on_stage, number, BOB)
    on_stage.sandbox.world.remove_channel(channel)
    await until(on_stage, EventKind.MESSAGE_GONE)
    await end(on_stage)
    assert await holders(on_stage) == [BOB]
    assert len(letters(on_stage, BOB)) == 1
    gone, unheard = to_host(on_stage)
    assert "is not there any more" in gone
    assert unheard == (
        f"Your giveaway #1 (**A mug**) was won by <@{BOB}>, but I could not say so in its channel. Please tell them."
    )


async def test_of_the_message_of_one_that_is_over_nobody_is_told(on_stage: Stage) -> None:
    await run(on_stage, BOB)
    await end(on_stage)
    on_stage.sandbox.world.backend.delete_message(GENERAL, told(on_stage)[0].id)
    async with asyncio.timeout(5):
        while not (await giveaway_of(on_stage)).gone:
            await asyncio.sleep(0.01)
    await tick(on_stage)
    assert to_host(on_stage) == []


async def until(stage: Stage, kind: EventKind) -> None:
    """Wait until the gateway has said it."""
    async with asyncio.timeout(5):
        while kind not in await history(stage):
            await asyncio.sleep(0.01)


# Changed while its message is under way ------------------------------------------------------------------


async def test_what_is_changed_before_the_message_arrives_is_shown_once_it_has(on_stage: Stage) -> None:
    number = (await begun(on_stage, "A mug")).number
    assert (await giveaway_of(on_stage)).message_id is None
    making = services_of(on_stage).giveaway_making
    await making.edit(GUILD, number, Changes({"prize": "A jug"}), by=ALICE, via=VIA)
    await tick(on_stage)
    [message] = told(on_stage)
    assert message.embeds[0]["title"] == "A jug"
    assert "A mug → A jug" in words(message)


async def test_one_cancelled_before_its_message_arrives_says_so(on_stage: Stage) -> None:
    number = (await begun(on_stage, "A mug")).number
    await services_of(on_stage).giveaway_making.cancel(GUILD, number, by=ALICE, reason=None, via=VIA)
    await tick(on_stage)
    assert "**It was cancelled.**" in board(on_stage)


# Claims -------------------------------------------------------------------------------------------------


async def test_who_does_not_claim_in_time_makes_room_for_the_next_until_nobody_is_left(on_stage: Stage) -> None:
    claims = services_of(on_stage).giveaway_claims
    number = await run(on_stage, BOB, CAROL, claim_within=600, given=Prize(coins=50))
    await end(on_stage)
    [late] = await holders(on_stage)
    assert "Claim it below; the time for it ends" in said(on_stage)[0]
    pass_time(on_stage, 590)
    await tick(on_stage, 3)
    [other] = await holders(on_stage)
    assert {late, other} == {BOB, CAROL}
    with pytest.raises(NotAWinner):
        await claims.claim(GUILD, number, late)
    assert f"**Winners:** <@{other}>" in board(on_stage)
    _giveaway, mine = await claims.claim(GUILD, number, other)
    _giveaway, again = await claims.claim(GUILD, number, other)
    assert (mine.state, mine.delivery, again) == (WinnerState.CLAIMED, Delivery.GIVEN, mine)
    assert (await coins(on_stage, other), await coins(on_stage, late)) == (50, 0)
    with pytest.raises(NobodyLeftToDraw):
        await claims.reroll(GUILD, number, by=ALICE, user_id=None, reason=None, via=VIA)
    await end(on_stage, 700)
    assert await holders(on_stage) == [other]


async def test_a_claim_with_the_button_in_the_channel_and_in_the_letter(on_stage: Stage) -> None:
    await run(on_stage, BOB, CAROL, winners=2, claim_within=600)
    await end(on_stage)
    [announced] = [one for one in told(on_stage) if not one.embeds]
    mine = await (await on_stage.bob.click(announced, "Claim your prize")).finished()
    assert "**A mug** is yours" in words(mine)
    [letter] = letters(on_stage, CAROL)
    taken = await (await on_stage.sandbox.as_user(CAROL).click(letter, "Claim your prize")).finished()
    assert "**A mug** is yours" in words(taken)
    assert [one.state for one in await drawn(on_stage)] == [WinnerState.CLAIMED] * 2


async def test_rerolls_take_the_next_until_nobody_is_left_and_never_an_earlier_winner(on_stage: Stage) -> None:
    number = await run(on_stage, BOB, CAROL, OTHERS[0])
    await end(on_stage)
    claims = services_of(on_stage).giveaway_claims
    winners = await holders(on_stage)
    for _time in range(2):
        await claims.reroll(GUILD, number, by=ALICE, user_id=None, reason="No answer", via=VIA)
        await tick(on_stage, 4)
        winners += await holders(on_stage)
        assert f"**Winners:** <@{winners[-1]}>" in board(on_stage)
    assert sorted(winners) == sorted((BOB, CAROL, OTHERS[0]))
    with pytest.raises(NobodyLeftToDraw):
        await claims.reroll(GUILD, number, by=ALICE, user_id=None, reason=None, via=VIA)
    assert [one.reason for one in await drawn(on_stage)] == ["No answer", "No answer", None]
    assert len(said(on_stage)) == 3


# Prizes -------------------------------------------------------------------------------------------------


async def test_a_role_that_was_won_for_a_time_is_given_and_taken_again(on_stage: Stage) -> None:
    await run(on_stage, BOB, given=Prize(PRIZE, HOUR))
    await end(on_stage)
    world = on_stage.sandbox.world
    assert PRIZE in world.backend.get_member(GUILD, BOB).role_ids
    await end(on_stage, HOUR)
    assert PRIZE not in world.backend.get_member(GUILD, BOB).role_ids


async def test_coins_that_a_full_wallet_can_not_hold_are_not_given_and_the_host_is_told_once(on_stage: Stage) -> None:
    settings = services_of(on_stage).guild_settings
    before = await settings.read(GUILD, EconomySettings)
    tight = before.value.model_copy(update={"wallet_cap": 40})
    await settings.change(GUILD, tight, base=before.version, by=None)
    await run(on_stage, BOB, CAROL, winners=2, given=Prize(PRIZE, None, 50))
    await end(on_stage)
    assert [one.delivery for one in await drawn(on_stage)] == [Delivery.REFUSED] * 2
    assert await coins(on_stage, BOB) == 0
    [letter] = to_host(on_stage)
    assert letter.endswith("but 50 coins would have been more than one may have here, so I gave none.")
    assert PRIZE in on_stage.sandbox.world.backend.get_member(GUILD, BOB).role_ids
