"""What members claim now and then, on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from bot.compose import make_services
from bot.db.engine import Database
from bot.domain.audit import AuditSource
from bot.domain.coin_range import CoinRange
from bot.domain.economy import ClaimAction
from bot.domain.economy_settings import EconomyCommand, EconomySettings
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.jobs import BUILT_IN, JobDraft
from bot.domain.settings import Section
from bot.errors import AccountFull, AlreadyClaimed, AlreadyWorked, CommandOff, FeatureOff, OutcomeUnknown
from bot.services import Services
from tests.support.clock import ManualClock

GUILD = 77 << 22
ALICE = 3_000 << 22


async def rules(services: Services, section: Section) -> None:
    found = await services.guild_settings.read(GUILD, type(section))
    await services.guild_settings.change(GUILD, section, base=found.version, by=None)


async def moves_to(services: Services, user_id: int, zone: str | None) -> None:
    found = await services.preferences.read(user_id)
    await services.preferences.edit(
        user_id, lambda mine: mine.model_copy(update={"time_zone": zone}), base=found.version
    )


async def held(services: Services, user_id: int = ALICE) -> int:
    return (await services.economy.balance(GUILD, user_id)).wallet


CLAIMS = ("daily", "weekly", "work")


def claim(services: Services, name: str, key: str, user_id: int = ALICE) -> Any:
    return getattr(services.earning, name)(GUILD, user_id, key=key)


@pytest.mark.parametrize("name", CLAIMS)
async def test_fifty_presses_at_once_pay_once(services: Services, name: str) -> None:
    answers = await asyncio.gather(*(claim(services, name, f"press-{n}") for n in range(50)), return_exceptions=True)
    refused = "AlreadyWorked" if name == "work" else "AlreadyClaimed"
    assert Counter(type(one).__name__ for one in answers)[refused] == 49
    [paid] = [one for one in answers if not isinstance(one, BaseException)]
    assert await held(services) == paid.amount == paid.wallet > 0
    assert (await services.economy.audit(GUILD)).sound


@pytest.mark.parametrize("name", CLAIMS)
async def test_fifty_presses_when_the_next_is_ready_pay_once_more(
    services: Services, clock: ManualClock, name: str
) -> None:
    first = await claim(services, name, "first")
    clock.set(first.ready_at)
    answers = await asyncio.gather(*(claim(services, name, f"press-{n}") for n in range(50)), return_exceptions=True)
    [paid] = [one for one in answers if not isinstance(one, BaseException)]
    assert await held(services) == first.amount + paid.amount


@pytest.mark.parametrize("name", CLAIMS)
async def test_what_is_drawn_is_drawn_once_for_a_key_also_when_the_commit_was_cut_off(
    services: Services, database: Database, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    wide = CoinRange(low=1, high=10**9)
    await rules(services, EconomySettings(daily_amount=wide, weekly_amount=wide, work_amount=wide))
    commit, cut = database._commit, [True]

    async def cut_off(*args: Any) -> None:
        await commit(*args)
        if cut and cut.pop():
            raise OutcomeUnknown

    monkeypatch.setattr(database, "_commit", cut_off)
    paid = await claim(services, name, "key")
    assert not cut
    assert paid.replayed, "found by the second try"
    again = await claim(services, name, "key")
    assert again == paid
    assert await held(services) == paid.amount == paid.wallet


@pytest.mark.parametrize("name", CLAIMS)
async def test_amounts_come_from_the_whole_range_and_from_chance(
    services: Services, clock: ManualClock, name: str
) -> None:
    few = CoinRange(low=3, high=5)
    await rules(services, EconomySettings(daily_amount=few, weekly_amount=few, work_amount=few, streak_bonus=0))
    amounts = {(await claim(services, name, f"k{user}", user)).amount for user in range(1, 40)}
    assert amounts == {3, 4, 5}


@pytest.mark.parametrize(
    ("name", "at_first", "later"),
    [
        ("daily", datetime(2026, 3, 3, tzinfo=UTC), AlreadyClaimed),
        ("weekly", datetime(2026, 3, 9, tzinfo=UTC), AlreadyClaimed),
        ("work", datetime(2026, 3, 2, 16, tzinfo=UTC), AlreadyWorked),
    ],
)
async def test_a_refusal_says_when_it_is_ready_and_then_it_is(
    services: Services, clock: ManualClock, name: str, at_first: datetime, later: type[Exception]
) -> None:
    paid = await claim(services, name, "a")  # on Monday, 2 March, at noon
    assert paid.ready_at == at_first
    clock.set(at_first - timedelta(microseconds=1))
    with pytest.raises(later) as refused:
        await claim(services, name, "b")
    assert refused.value.ready_at == at_first  # type: ignore[attr-defined] — both have it
    clock.set(at_first)
    assert (await claim(services, name, "c")).wallet == paid.amount + (await claim(services, name, "c")).amount


@pytest.mark.parametrize("name", CLAIMS)
async def test_a_wallet_that_is_full_claims_nothing_and_loses_nothing(services: Services, name: str) -> None:
    await rules(services, EconomySettings(starting_balance=100, wallet_cap=100))
    with pytest.raises(AccountFull):
        await claim(services, name, "a")
    await rules(services, EconomySettings(starting_balance=100, wallet_cap=None))
    assert (await claim(services, name, "a")).amount > 0


@pytest.mark.parametrize("name", CLAIMS)
async def test_what_owners_switch_off_pays_nothing(services: Services, name: str) -> None:
    others = tuple(one for one in EconomyCommand if one.value != name)
    await rules(services, EconomySettings(commands=others))
    with pytest.raises(CommandOff) as refused:
        await claim(services, name, "a")
    assert refused.value.command == name
    for other in set(CLAIMS) - {name}:
        await claim(services, other, f"b-{other}")
    await services.guild_settings.change(GUILD, FeatureSettings(economy=False), base=0, by=None)
    with pytest.raises(FeatureOff):
        await claim(services, name, "c")


async def test_a_streak_pays_its_bonus_and_a_milestone_on_the_day_it_is_reached(
    services: Services, clock: ManualClock
) -> None:
    await rules(services, EconomySettings(streak_milestones="3=1,000"))
    paid = []
    for day in range(5):
        one = await services.earning.daily(GUILD, ALICE, key=f"d{day}")
        paid.append((one.streak, one.amount, one.bonus, one.milestone))
        clock.advance(days=1)
    assert paid == [(1, 250, 0, 0), (2, 262, 12, 0), (3, 1_275, 25, 1_000), (4, 287, 37, 0), (5, 300, 50, 0)]
    clock.advance(days=1)  # the bot was down for a day
    assert (await services.earning.daily(GUILD, ALICE, key="later")).streak == 6
    clock.advance(days=3)
    assert (await services.earning.daily(GUILD, ALICE, key="late")).streak == 1


async def test_weeks_in_a_row_are_counted_and_bring_nothing(services: Services, clock: ManualClock) -> None:
    for week in range(1, 4):
        paid = await services.earning.weekly(GUILD, ALICE, key=f"w{week}")
        assert (paid.streak, paid.amount, paid.bonus, paid.milestone) == (week, 1_500, 0, 0)
        clock.advance(days=7)
    clock.advance(days=7)
    assert (await services.earning.weekly(GUILD, ALICE, key="w")).streak == 1


async def test_a_member_who_changes_zone_gets_no_second_daily(services: Services, clock: ManualClock) -> None:
    """Every hour a try, an hour further west each day: as often as somebody who stays, and once more at the edge."""
    await rules(services, EconomySettings(claim_zone="member"))
    paid = 0
    for hour in range(10 * 24):
        if hour % 25 == 0:
            await moves_to(services, ALICE, f"Etc/GMT+{hour // 25}" if hour else "Etc/GMT")
        try:
            await services.earning.daily(GUILD, ALICE, key=f"k{hour}")
        except AlreadyClaimed as refused:
            assert refused.ready_at > clock.now()
        else:
            paid += 1
        clock.advance(hours=1)
    assert 9 <= paid <= 11


async def test_whose_midnight_it_is_is_the_owners_choice(services: Services, clock: ManualClock) -> None:
    clock.set(datetime(2026, 3, 2, 12, tzinfo=UTC))
    await moves_to(services, ALICE, "Asia/Kathmandu")
    by_server = await services.earning.daily(GUILD, ALICE, key="a")
    assert by_server.ready_at == datetime(2026, 3, 3, tzinfo=UTC)
    await rules(services, EconomySettings(claim_zone="member"))
    clock.advance(days=3)
    mine = await services.earning.daily(GUILD, ALICE, key="b")
    assert mine.ready_at == datetime(2026, 3, 5, 18, 15, tzinfo=UTC)
    weekly = await services.earning.weekly(GUILD, ALICE, key="c")
    assert weekly.ready_at == datetime(2026, 3, 8, 18, 15, tzinfo=UTC)
    other = await services.earning.daily(GUILD, ALICE + 1, key="d")  # who chose none has the server's
    assert other.ready_at == datetime(2026, 3, 6, tzinfo=UTC)


async def test_an_owner_who_changes_the_rhythm_pays_nobody_twice(services: Services, clock: ManualClock) -> None:
    clock.set(datetime(2026, 3, 2, 23, 59, tzinfo=UTC))
    await services.earning.daily(GUILD, ALICE, key="a")
    await rules(services, EconomySettings(daily_rhythm="hours"))
    clock.advance(minutes=2)
    with pytest.raises(AlreadyClaimed) as refused:
        await services.earning.daily(GUILD, ALICE, key="b")
    assert refused.value.ready_at == datetime(2026, 3, 3, 23, 59, tzinfo=UTC)
    clock.set(refused.value.ready_at)
    second = await services.earning.daily(GUILD, ALICE, key="c")
    assert second.streak == 2
    await rules(services, EconomySettings(daily_rhythm="calendar"))
    clock.advance(minutes=2)
    with pytest.raises(AlreadyClaimed):
        await services.earning.daily(GUILD, ALICE, key="d")


async def test_a_shorter_time_between_work_holds_from_the_next_work_on(services: Services, clock: ManualClock) -> None:
    await services.earning.work(GUILD, ALICE, key="a")
    await rules(services, EconomySettings(work_every=60))
    clock.advance(hours=2)
    with pytest.raises(AlreadyWorked):
        await services.earning.work(GUILD, ALICE, key="b")
    clock.advance(hours=2)
    await services.earning.work(GUILD, ALICE, key="c")
    clock.advance(minutes=1)
    await services.earning.work(GUILD, ALICE, key="d")


async def test_a_daily_that_is_delivered_twice_gives_the_first_answer_even_if_the_amount_changed(
    services: Services, clock: ManualClock
) -> None:
    first = await services.earning.daily(GUILD, 1, key="a")
    clock.advance(minutes=1)
    await services.guild_settings.change(GUILD, EconomySettings(daily_amount=CoinRange.fixed(9)), base=0, by=None)
    again = await services.earning.daily(GUILD, 1, key="a")
    assert (again.amount, again.wallet, again.streak, again.ready_at) == (250, 250, 1, first.ready_at)
    assert again.replayed


async def test_the_same_daily_delivered_at_once_is_paid_once_and_answered_alike(services: Services) -> None:
    answers = await asyncio.gather(*(services.earning.daily(GUILD, 1, key="same") for _ in range(5)))
    assert {(answer.wallet, answer.streak) for answer in answers} == {(250, 1)}
    assert sum(not answer.replayed for answer in answers) == 1


@pytest.mark.parametrize("name", CLAIMS)
async def test_a_claim_that_is_delivered_again_when_the_next_is_ready_takes_nothing_of_the_next(
    services: Services, clock: ManualClock, name: str
) -> None:
    first = await claim(services, name, "first")
    clock.set(first.ready_at)
    again = await asyncio.gather(*(claim(services, name, "first") for _ in range(5)))
    assert [(one.replayed, one.amount, one.ready_at) for one in again] == [(True, first.amount, first.ready_at)] * 5
    assert await held(services) == first.amount
    second = await claim(services, name, "second")
    assert not second.replayed
    if name == "daily":
        assert (first.streak, second.streak) == (1, 2)
    assert (await services.economy.audit(GUILD)).sound


async def test_a_guild_that_moves_to_another_zone_gets_no_second_daily(services: Services, clock: ManualClock) -> None:
    clock.set(datetime(2026, 3, 2, 23, 0, tzinfo=UTC))
    await services.earning.daily(GUILD, 1, key="1")
    clock.advance(hours=2)  # the third of March in UTC, still the second far in the west
    await services.guild_settings.change(GUILD, GeneralSettings(time_zone="Etc/GMT+12"), base=0, by=None)
    with pytest.raises(AlreadyClaimed):
        await services.earning.daily(GUILD, 1, key="2")


async def test_a_streak_grows_by_calendar_days_and_ends_with_a_missed_one(
    services: Services, clock: ManualClock
) -> None:
    await services.guild_settings.change(GUILD, GeneralSettings(time_zone="Europe/Berlin"), base=0, by=None)
    clock.set(datetime(2026, 3, 28, 22, 59, tzinfo=UTC))  # 23:59 in Berlin
    assert (await services.earning.daily(GUILD, 1, key="1")).streak == 1
    clock.advance(minutes=2)  # the day of 23 hours has begun
    second = await services.earning.daily(GUILD, 1, key="2")
    assert (second.streak, second.ready_at) == (2, datetime(2026, 3, 29, 22, 0, tzinfo=UTC))
    clock.set(datetime(2026, 3, 29, 21, 59, tzinfo=UTC))
    with pytest.raises(AlreadyClaimed):
        await services.earning.daily(GUILD, 1, key="3")
    clock.set(datetime(2026, 3, 30, 21, 59, tzinfo=UTC))
    assert (await services.earning.daily(GUILD, 1, key="4")).streak == 3
    clock.advance(days=2)
    assert (await services.earning.daily(GUILD, 1, key="5")).streak == 4, "one day's grace"
    clock.advance(days=3)
    assert (await services.earning.daily(GUILD, 1, key="6")).streak == 1


# Jobs ---------------------------------------------------------------------------------------------------


async def test_work_tells_the_jobs_of_the_house_until_there_are_own_ones(services: Services) -> None:
    done = [await services.earning.work(GUILD, user, key=f"h{user}") for user in range(1, 60)]
    assert len({one.job for one in done}) > 10
    assert {one.job for one in done} <= set(BUILT_IN)
    assert not any(one.is_own for one in done)
    assert all(50 <= one.amount <= 150 for one in done)
    poor = JobDraft("You begged.", CoinRange.fixed(2))
    usual = JobDraft("You sang.")
    rich = JobDraft("You found *gold*.", CoinRange(low=1_000, high=1_001))
    for draft in (poor, usual, rich):
        await services.jobs.add(GUILD, draft, by=1, source=AuditSource.COMMAND)
    done = [await services.earning.work(GUILD, user, key=f"o{user}") for user in range(60, 160)]
    assert {one.job for one in done} == {poor.text, usual.text, rich.text}
    assert all(one.is_own for one in done)
    assert {one.amount for one in done if one.job == poor.text} == {2}
    assert {one.amount for one in done if one.job == rich.text} == {1_000, 1_001}
    assert all(50 <= one.amount <= 150 for one in done if one.job == usual.text)
    elsewhere = await services.earning.work(GUILD + (1 << 22), 1, key="x")
    assert not elsewhere.is_own


async def test_work_that_is_delivered_twice_tells_the_same_job_also_if_that_is_gone(services: Services) -> None:
    job = await services.jobs.add(GUILD, JobDraft("You sang."), by=1, source=AuditSource.COMMAND)
    first = await services.earning.work(GUILD, ALICE, key="a")
    await services.jobs.remove(GUILD, job.id, base=1, by=1, source=AuditSource.COMMAND)
    again = await services.earning.work(GUILD, ALICE, key="a")
    assert (again.job, again.is_own, again.amount, again.replayed) == ("You sang.", True, first.amount, True)


# Those who are erased -----------------------------------------------------------------------------------


async def test_erasing_is_no_way_to_claim_anything_twice(services: Services, clock: ManualClock) -> None:
    for name in CLAIMS:
        await claim(services, name, f"a-{name}")
    for round_ in range(2):
        await services.privacy.erase(ALICE, GUILD)
        for name in CLAIMS:
            with pytest.raises((AlreadyClaimed, AlreadyWorked)):
                await claim(services, name, f"b{round_}-{name}")
    clock.advance(days=7)
    assert (await services.earning.weekly(GUILD, ALICE, key="c")).streak == 2
    assert (await services.earning.work(GUILD, ALICE, key="d")).amount > 0


async def test_erasing_somebody_while_they_claim_brings_them_no_further_claim(
    services: Services, clock: ManualClock
) -> None:
    people = range(ALICE + 1, ALICE + 9)
    for user in people:
        await claim(services, "daily", f"a{user}", user)
    racing = [work for user in people for work in (services.privacy.erase(user, GUILD),
              *(claim(services, "daily", f"b{user}-{n}", user) for n in range(3)))]  # fmt: skip
    outcomes = Counter(type(one).__name__ for one in await asyncio.gather(*racing, return_exceptions=True))
    assert outcomes == {"int": len(people), "AlreadyClaimed": 3 * len(people)}
    clock.advance(days=1)
    assert [(await claim(services, "daily", f"c{user}", user)).streak for user in people] == [2] * len(people)


async def test_the_same_chance_brings_the_same_job(database: Database, clock: ManualClock) -> None:
    everything, done = FeatureSettings.of({"all"}), list[tuple[str, int]]()
    for guild_id in (GUILD, GUILD + 1):
        services = make_services(database, clock, Random(7), keep_guilds_for=timedelta(days=1), features=everything)
        paid = await services.earning.work(guild_id, ALICE, key="w")
        done.append((paid.job, paid.amount))
    assert done[0] == done[1]


def test_there_is_an_action_for_each_claim() -> None:
    assert {one.value for one in ClaimAction} == set(CLAIMS)
