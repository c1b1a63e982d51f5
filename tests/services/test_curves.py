"""Another curve, on both databases: shown before it holds, with XP or levels kept, and taken back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.db.engine import Database
from bot.db.models.leveling import MemberLevel, XpBucket, XpChange, XpPeriod
from bot.db.repositories.leveling import histogram
from bot.domain.audit import AuditSource
from bot.domain.curve_changes import Keep, kept, wanted
from bot.domain.curves import Curve, Preset
from bot.domain.economy import Party
from bot.domain.features import FeatureSettings
from bot.domain.leveling import Batch, ChangeKind, Gain, Reward, Span, Stacking
from bot.domain.leveling_settings import CurveSettings, LevelSettings
from bot.domain.xp_buckets import bucket
from bot.domain.xp_changes import UNDO_HOLDS, XpOrder
from bot.errors import CurveTooMany, FeatureOff, NoXpChange, SettingsChanged
from bot.services import Services, curves
from bot.services.curves import Applied
from bot.services.rewards import By
from tests.support.clock import ManualClock

GUILD = 82 << 22
ANN, BEN, CAT, DAN = 11, 12, 13, 14
LOW, HIGH = 1_001, 1_002
STAFF = By(9, AuditSource.COMMAND)
MEE6 = Curve().table()
FLAT = wanted(Preset.FLAT, None, 1_000)
HELD = {ANN: 100, BEN: 4_675, CAT: 42_000, DAN: 50_000}


@pytest.fixture
async def town(database: Database, services: Services) -> Services:
    before = await services.guild_settings.read(GUILD, FeatureSettings)
    on = before.value.model_copy(update={"leveling": True})
    await services.guild_settings.change(GUILD, on, base=before.version, by=None)
    async with database.write() as session:
        rows = [
            {"guild_id": GUILD, "user_id": who, "xp": xp, "messages": 1, "voice_seconds": 0} for who, xp in HELD.items()
        ]
        await session.execute(insert(MemberLevel), rows)
        buckets = [{"guild_id": GUILD, "bucket": bucket(xp), "members": 1} for xp in HELD.values()]
        await session.execute(insert(XpBucket), buckets)
    return services


async def xp(database: Database) -> dict[int, int]:
    async with database.read() as session:
        query = select(MemberLevel.user_id, MemberLevel.xp).where(MemberLevel.guild_id == GUILD)
        return {row.user_id: row.xp for row in await session.execute(query)}


async def buckets(database: Database) -> Mapping[int, int]:
    async with database.read() as session:
        query = select(XpBucket.bucket, XpBucket.members).where(XpBucket.guild_id == GUILD, XpBucket.members > 0)
        return {row.bucket: row.members for row in await session.execute(query)}


async def curve(services: Services) -> CurveSettings:
    return (await services.guild_settings.read(GUILD, CurveSettings)).value


async def test_a_preview_counts_levels_roles_and_days_and_changes_nothing(
    town: Services, database: Database, clock: ManualClock
) -> None:
    await town.rewards.set(GUILD, Reward(10, LOW, Stacking.STACK), STAFF)
    await town.rewards.set(GUILD, Reward(30, HIGH, Stacking.REPLACE), STAFF)
    today = clock.now().date()
    await earned(database, {ANN: 60, BEN: 300}, today)
    await earned(database, {BEN: 300}, today - timedelta(days=2))
    await earned(database, {CAT: 9_999}, today - timedelta(days=90))
    found = await town.curves.preview(GUILD, FLAT)
    assert (found.members, found.present.value) == (4, CurveSettings())
    assert sum(one.now for one in found.groups) == sum(one.then for one in found.groups) == 4
    low, high = found.swaps
    assert (low.role_id, low.gained, low.lost, low.losing) == (LOW, 0, 1, (BEN,)), "10 levels take 10,000 there"
    assert (high.role_id, high.gained, high.gaining, high.lost) == (HIGH, 2, (DAN, CAT), 0)
    assert [one.daily for one in found.paces] == [200, 200], "two members in three days, the middle one and the busiest"
    assert found.paces[0].now[0] == 24
    assert found.paces[0].then == (50, 125, 250)
    assert await xp(database) == HELD
    assert await curve(town) == CurveSettings()


async def earned(database: Database, amounts: Mapping[int, int], day: date) -> None:
    async with database.write() as session:
        rows: list[dict[str, Any]] = [
            {"guild_id": GUILD, "span": Span.DAY, "begins": day, "user_id": who, "xp": amount, "messages": 1,
             "voice_seconds": 0}
            for who, amount in amounts.items()
        ]  # fmt: skip
        await session.execute(insert(XpPeriod), rows)


async def test_where_there_are_too_many_some_members_tell_what_all_earn(
    town: Services, database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = clock.now().date()
    await earned(database, dict.fromkeys(range(1_000, 1_400), 300), today)
    monkeypatch.setattr(curves, "SURVEYED", 1)
    found = await town.curves.preview(GUILD, FLAT)
    assert [one.daily for one in found.paces] == [300, 300]
    async with database.read() as session:
        some = await histogram.earned_in(session, GUILD, today, found.members)
        assert 400 / found.members / 2 < len(some) < 400 / found.members * 2
        assert len(await histogram.earned_in(session, GUILD, today, 1)) == 400


async def test_where_roles_are_not_taken_nobody_loses_one(town: Services) -> None:
    await town.rewards.set(GUILD, Reward(10, LOW, Stacking.STACK), STAFF)
    await town.guild_settings.change(GUILD, LevelSettings(take_roles=False), base=0, by=None)
    assert (await town.curves.preview(GUILD, FLAT)).swaps == ()


async def test_xp_is_kept_and_levels_follow(town: Services, database: Database) -> None:
    done = await town.curves.apply(GUILD, FLAT, Keep.XP, base=0, by=STAFF)
    assert (done.before, done.after, done.version, done.batch_id) == (CurveSettings(), FLAT, 1, None)
    assert await xp(database) == HELD
    assert await curve(town) == FLAT


async def test_levels_are_kept_with_places_and_taken_back_with_what_was_earned_since(
    town: Services, database: Database, clock: ManualClock
) -> None:
    done = await town.curves.apply(GUILD, FLAT, Keep.LEVELS, base=0, by=STAFF)
    after = await xp(database)
    levels = FLAT.curve.table()
    assert {who: levels.level(amount) for who, amount in after.items()} == {
        who: MEE6.level(amount) for who, amount in HELD.items()
    }
    assert await buckets(database) == {bucket(amount): 1 for amount in after.values()}
    assert done.batch_id is not None
    await town.leveling.flush(_batch(Gain(GUILD, ANN, 50, 1, 0, clock.now(), 1, clock.now().date())))
    await town.curves.undo(GUILD, done.before, done.batch_id, base=1, by=STAFF)
    assert await xp(database) == {**HELD, ANN: HELD[ANN] + 50}
    assert await curve(town) == CurveSettings()
    with pytest.raises(SettingsChanged):
        await town.curves.undo(GUILD, done.before, done.batch_id, base=1, by=By(10, AuditSource.BUTTON))


def _batch(gain: Gain) -> Any:
    return Batch(77 << 22, (gain,))


@pytest.mark.parametrize("keep", Keep)
async def test_the_same_order_again_finds_itself_done_and_can_be_taken_back_as_the_first_could(
    town: Services, database: Database, keep: Keep
) -> None:
    await town.curves.apply(GUILD, wanted(Preset.LURKR, None, 900), Keep.LEVELS, base=0, by=STAFF)
    before = await xp(database)
    first = await town.curves.apply(GUILD, FLAT, keep, base=1, by=STAFF)
    after = await xp(database)
    again = await town.curves.apply(GUILD, FLAT, keep, base=1, by=STAFF)
    assert again == first
    assert await xp(database) == after
    if again.batch_id is not None:
        await town.curves.undo(GUILD, again.before, again.batch_id, base=2, by=STAFF)
        assert await xp(database) == before


def minute(clock: ManualClock, turn: int) -> Batch:
    """Everybody writes one message."""
    gains = tuple(Gain(GUILD, who, 20, 1, 0, clock.now(), 1, clock.now().date()) for who in sorted(HELD))
    return Batch((90 + turn) << 22, gains)


async def changes(database: Database) -> dict[int, dict[int, tuple[int, int]]]:
    """What curves changed: by batch and member, before and after."""
    found: dict[int, dict[int, tuple[int, int]]] = {}
    async with database.read() as session:
        for row in await session.execute(select(XpChange).order_by(XpChange.id)):
            assert row.user_id not in found.setdefault(row.batch_id, {}), "nobody is moved twice"
            found[row.batch_id][row.user_id] = (row.before, row.after)
    return found


async def test_of_many_who_apply_at_once_while_members_earn_one_does_and_nothing_earned_is_lost(
    town: Services, database: Database, clock: ManualClock
) -> None:
    asked = [
        town.curves.apply(GUILD, curve, Keep.LEVELS, base=0, by=By(20 + number, AuditSource.BUTTON))
        for number, curve in enumerate([FLAT, wanted(Preset.LURKR, None, 50), FLAT, wanted(Preset.AMARI, None, 9)])
    ]
    flushes = [town.leveling.flush(minute(clock, turn)) for turn in range(8)]
    mixed = [one for pair in zip(flushes[:4], asked, strict=True) for one in pair]
    answers = await asyncio.gather(*mixed, *flushes[4:], return_exceptions=True)
    done = [one for one in answers if isinstance(one, Applied)]
    assert len(done) == 1
    assert sum(isinstance(one, SettingsChanged) for one in answers) == 3
    assert await curve(town) == done[0].after
    [(batch_id, moved)] = (await changes(database)).items()
    assert batch_id == done[0].batch_id
    new = done[0].after.curve.table()
    for who, (before, after) in moved.items():
        assert after == kept(before, MEE6, new)
        assert HELD[who] <= before <= HELD[who] + 160
    stayed = HELD.keys() - moved.keys()
    assert all(any(kept(one, MEE6, new) == one for one in range(HELD[who], HELD[who] + 161, 20)) for who in stayed)
    whole = {who: moved.get(who, (0, 0))[1] + HELD[who] + 160 - moved.get(who, (0, 0))[0] for who in HELD}
    assert await xp(database) == whole, "what came before moved with the rest, what came after was added"
    assert await buckets(database) == Counter(bucket(amount) for amount in whole.values())


async def test_of_many_who_take_it_back_at_once_while_members_earn_one_does(
    town: Services, database: Database, clock: ManualClock
) -> None:
    done = await town.curves.apply(GUILD, FLAT, Keep.LEVELS, base=0, by=STAFF)
    batch_id = done.batch_id
    assert batch_id is not None
    asked = [
        town.curves.undo(GUILD, done.before, batch_id, base=1, by=By(20 + number, AuditSource.BUTTON))
        for number in range(4)
    ]
    flushes = [town.leveling.flush(minute(clock, turn)) for turn in range(8)]
    answers = await asyncio.gather(*flushes[:4], *asked, *flushes[4:], return_exceptions=True)
    assert sum(isinstance(one, Applied) for one in answers) == 1
    assert sum(isinstance(one, SettingsChanged) for one in answers) == 3
    whole = {who: amount + 160 for who, amount in HELD.items()}
    assert await xp(database) == whole
    assert await buckets(database) == Counter(bucket(amount) for amount in whole.values())
    assert await curve(town) == CurveSettings()


async def test_staff_who_changes_a_member_while_levels_are_kept_loses_nothing(
    town: Services, database: Database
) -> None:
    anna = Party(ANN, is_bot=False, is_member=True)
    given = [
        town.xp_staff.change(GUILD, anna, XpOrder(ChangeKind.ADD, 7, reason=str(number)), STAFF) for number in range(6)
    ]
    answers = await asyncio.gather(
        *given[:3], town.curves.apply(GUILD, FLAT, Keep.LEVELS, base=0, by=STAFF), *given[3:]
    )
    applied = next(one for one in answers if isinstance(one, Applied))
    assert applied.batch_id is not None
    chain = [HELD[ANN]]
    async with database.read() as session:
        # In the order in which they were written: each begins where another ended.
        rows = [
            (row.before, row.after) for row in await session.execute(select(XpChange).where(XpChange.user_id == ANN))
        ]
    while rows:
        following = next(one for one in rows if one[0] == chain[-1])
        rows.remove(following)
        chain.append(following[1])
    assert (await xp(database))[ANN] == chain[-1]
    assert len(chain) == 8


async def test_a_curve_that_somebody_changed_meanwhile_is_not_overwritten(town: Services, database: Database) -> None:
    await town.curves.apply(GUILD, FLAT, Keep.XP, base=0, by=STAFF)
    with pytest.raises(SettingsChanged):
        await town.curves.apply(GUILD, wanted(Preset.LURKR, None, 50), Keep.LEVELS, base=0, by=STAFF)
    assert await xp(database) == HELD
    assert await curve(town) == FLAT


async def test_too_many_to_keep_levels_are_refused_whole(
    town: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curves, "MOST_KEPT", 3)
    with pytest.raises(CurveTooMany):
        await town.curves.apply(GUILD, FLAT, Keep.LEVELS, base=0, by=STAFF)
    assert await xp(database) == HELD
    assert await curve(town) == CurveSettings()


async def test_after_thirty_days_nothing_is_taken_back(town: Services, clock: ManualClock) -> None:
    done = await town.curves.apply(GUILD, FLAT, Keep.LEVELS, base=0, by=STAFF)
    assert done.batch_id is not None
    clock.advance(seconds=UNDO_HOLDS.total_seconds() + 1)
    with pytest.raises(NoXpChange):
        await town.curves.undo(GUILD, done.before, done.batch_id, base=1, by=STAFF)


async def test_where_leveling_is_off_nothing_is_shown_or_changed(services: Services) -> None:
    before = await services.guild_settings.read(GUILD, FeatureSettings)
    off = before.value.model_copy(update={"leveling": False})
    await services.guild_settings.change(GUILD, off, base=before.version, by=None)
    with pytest.raises(FeatureOff):
        await services.curves.preview(GUILD, FLAT)
    with pytest.raises(FeatureOff):
        await services.curves.apply(GUILD, FLAT, Keep.XP, base=0, by=STAFF)
