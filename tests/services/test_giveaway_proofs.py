"""A draw is proved from what is stored, by the bot and by the program that knows nothing of it; and no other is."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from bot.db.engine import Database
from bot.domain.giveaway_proof import Misfit, read_proof
from bot.domain.giveaway_rules import Bonus, Bonuses, BonusKind
from bot.domain.giveaways import Giveaway, Passed, Prize, Step, WinnerState
from bot.errors import GiveawayNotDrawn, GiveawayNotFound, NobodyLeftToDraw
from bot.features import invariants
from bot.services import Services, giveaway_proofs
from bot.services.giveaway_proofs import Proven
from bot.services.verify import VerifyService
from tests.support.clock import ManualClock
from tests.support.giveaway_course import GUILD, Course
from tests.support.process import ROOT

PROGRAM = str(ROOT / "bot/verify_giveaway.py")

ODD, EVEN, OUT = 71, 72, 73
"""Roles: two that add to one's weight, and one that excludes."""

BONUSES = Bonuses(
    of=(
        Bonus(kind=BonusKind.ROLE, target=ODD, weight=3),
        Bonus(kind=BonusKind.ROLE, target=EVEN, weight=900),
        Bonus(kind=BonusKind.ROLE, target=OUT, weight=0),
    )
)


@pytest.fixture
def course(services: Services, clock: ManualClock) -> Course:
    return Course(services, clock)


def verified(proven: Proven, folder: Path) -> bool:
    """What the program says that anybody can run."""
    path = folder / proven.name
    path.write_bytes(proven.file)
    done = subprocess.run(
        [sys.executable, "-I", "-S", PROGRAM, str(path), "--commitment", proven.giveaway.commitment],
        capture_output=True, text=True, check=False, env={"PYTHONUTF8": "1"},
    )  # fmt: skip
    assert not done.stderr, done.stderr
    assert ("The winners are right." in done.stdout) == (done.returncode == 0)
    return done.returncode == 0


async def lived(course: Course, chance: Random) -> Giveaway:
    """A giveaway with all that may happen to one."""
    people = chance.sample(range(1, 1 << 62), chance.choice((0, 1, 2, 5, 9, 25)))
    course.roles = {one: frozenset(chance.sample((ODD, EVEN, OUT), chance.choice((0, 0, 1, 1, 2)))) for one in people}
    course.gone = {one: chance.choice((Passed.LEFT, Passed.UNKNOWN)) for one in people if chance.random() < 0.2}
    giveaway = await course.begun(
        winners=chance.randint(1, 4), bonuses=chance.choice((Bonuses(), BONUSES)),
        claim_within=chance.choice((None, 300)),
    )  # fmt: skip
    number = giveaway.number
    await course.enter(number, *people)
    out = [one for one in people if chance.random() < 0.2]
    await course.leave(number, *out)
    await course.enter(number, *out[::2])
    course.roles |= {one: frozenset() for one in people[::7]}  # who has lost a role meanwhile
    course.clock.advance(seconds=3_600)
    ended = await course.go_on(number)
    for _ in range(chance.choice((0, 1, 3))):
        held = [one for one in await course.winners(number) if one.state.holds]
        if held:
            try:
                ended = await course.reroll(number, chance.choice(held).user_id)
            except NobodyLeftToDraw:
                break
    for _ in range(chance.choice((0, 2, 30))):
        waiting = [one for one in await course.winners(number) if one.state is WinnerState.WON]
        for one in waiting[::2]:
            await course.services.giveaway_claims.claim(GUILD, number, one.user_id)
        course.clock.advance(seconds=300)
        ended = await course.go_on(number)
    return ended


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_happened_to_a_giveaway_its_proof_holds(course: Course, seed: int, tmp_path: Path) -> None:
    chance = Random(seed)
    for _ in range(5):
        ended = await lived(course, chance)
        proven = await course.services.giveaway_proofs.prove(GUILD, ended.number)
        assert proven.misfits == ()
        assert verified(proven, tmp_path)
        winners = await course.winners(ended.number)
        assert proven.proof.winners == tuple(one.user_id for one in winners if one.state.holds)
        assert read_proof(proven.file) == replace(proven.proof, places=read_proof(proven.file).places)
        assert {one.user_id for one in winners if one.passed} >= set(course.gone) & {one.user_id for one in winners}


LIST = "every giveaway was drawn from those who had entered"
DRAWN = "the winners of a giveaway follow from its seed and its list"
FULL = "no giveaway has more winners than it promised, and nobody was looked at out of turn"
COMMITMENT, ORDER, CHECKS, WINNERS = Misfit.COMMITMENT, Misfit.ORDER, Misfit.CHECKS, Misfit.WINNERS


@pytest.mark.parametrize(
    ("statement", "misfits", "promises"),
    [
        ("UPDATE giveaway_entries SET weight = 2 WHERE user_id = 1009", {Misfit.LIST, ORDER}, {DRAWN}),
        ("DELETE FROM giveaway_entries WHERE user_id = 1009", {Misfit.LIST, ORDER}, {LIST, DRAWN}),
        ("UPDATE giveaway_entries SET left_at = entered_at WHERE user_id = 1009", {Misfit.LIST, ORDER}, {LIST, DRAWN}),
        ("UPDATE giveaway_entries SET user_id = 9999 WHERE user_id = 1009", {Misfit.LIST, ORDER}, {DRAWN}),
        ("UPDATE giveaway_winners SET user_id = 9999 WHERE place = 1", {CHECKS}, {DRAWN}),
        ("UPDATE giveaway_winners SET place = 3 WHERE place = 2", {CHECKS}, {DRAWN, FULL}),
        ("DELETE FROM giveaway_winners WHERE place = 2", {WINNERS}, {DRAWN, FULL}),
        ("UPDATE giveaways SET winners = 1", {WINNERS}, {DRAWN, FULL}),
        ("UPDATE giveaways SET winners = 3", {WINNERS}, {DRAWN}),
        ("UPDATE giveaways SET seed = list_hash", {COMMITMENT, ORDER, CHECKS}, {DRAWN}),
        ("UPDATE giveaways SET commitment = list_hash", {COMMITMENT, Misfit.LIST}, {DRAWN}),
        ("UPDATE giveaways SET list_hash = commitment", {Misfit.LIST}, {DRAWN}),
        ("UPDATE giveaways SET places = '[1001, 1002, 1003]'", {ORDER}, {DRAWN}),
        ("UPDATE giveaways SET places = '[]'", {ORDER}, {DRAWN}),
    ],
)
async def test_nothing_that_decided_can_be_changed_afterwards(
    course: Course, database: Database, tmp_path: Path, *, statement: str, misfits: set[Misfit], promises: set[str]
) -> None:
    ended = await course.over(*range(1_001, 1_013), winners=2)
    assert await broken(database) == {}
    assert verified(await course.services.giveaway_proofs.prove(GUILD, ended.number), tmp_path)
    async with database.write() as session:
        await session.execute(text(statement))
    proven = await course.services.giveaway_proofs.prove(GUILD, ended.number)
    assert set(proven.misfits) >= misfits
    assert not verified(proven, tmp_path)
    found = await broken(database)
    assert set(found) == promises
    assert ended.seed not in str(found)


async def broken(database: Database) -> dict[str, str]:
    """The promises that no longer hold, and what is said of each."""
    service = VerifyService(database, {"giveaways": invariants()["giveaways"]})
    return {one.promise: one.detail for one in await service.guild(GUILD)}


@pytest.mark.parametrize(
    ("statement", "promise"),
    [
        ("DELETE FROM giveaways", "whatever is about a giveaway is about one that there is"),
        ("DELETE FROM guild_counters", "no giveaway has a number that was not given"),
        ("UPDATE ledger_transactions SET key = 'other'", "coins that were won are in the ledger"),
    ],
)
async def test_what_was_lost_around_a_giveaway_is_found(
    course: Course, database: Database, statement: str, promise: str
) -> None:
    await course.over(1, given=Prize(coins=5))
    assert await broken(database) == {}
    async with database.write() as session:
        await session.execute(text(statement))
    assert promise in await broken(database)


async def test_nothing_is_proved_before_the_draw_nor_while_another_winner_is_looked_for(course: Course) -> None:
    prove = course.services.giveaway_proofs.prove
    draft = await course.draft()
    with pytest.raises(GiveawayNotFound):
        await prove(GUILD, draft.number)
    with pytest.raises(GiveawayNotFound):
        await prove(GUILD, 99)
    giveaway = await course.begun(bonuses=BONUSES)
    await course.enter(giveaway.number, 1, 2)
    course.clock.advance(seconds=3_600)
    for step in (Step.END, Step.WEIGH, Step.DRAW, Step.PICK):
        await course.go_on(giveaway.number, until=step)
        with pytest.raises(GiveawayNotDrawn):
            await prove(GUILD, giveaway.number)
    ended = await course.go_on(giveaway.number)
    before = await prove(GUILD, giveaway.number)
    await course.vacate(giveaway.number, ended.places[0])
    with pytest.raises(GiveawayNotDrawn):
        await prove(GUILD, giveaway.number)
    await course.go_on(giveaway.number)
    after = await prove(GUILD, giveaway.number)
    assert (before.proof.winners, after.proof.winners) == (ended.places[:1], ended.places[1:2])


async def test_a_large_proof_is_packed_and_the_same(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = await course.over(*range(1, 40))
    plain = await course.services.giveaway_proofs.prove(GUILD, ended.number)
    monkeypatch.setattr(giveaway_proofs, "MOST_PLAIN", 1_000)
    packed = await course.services.giveaway_proofs.prove(GUILD, ended.number)
    assert (plain.name, packed.name) == ("proof.json", "proof.json.gz")
    assert gzip.decompress(packed.file) == plain.file
    assert json.loads(plain.file)["prize"] == "A mug"
    assert verified(packed, tmp_path)


async def test_a_crowd_that_asks_at_once_gets_one_proof_which_is_not_kept(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = await course.over(1, 2, 3)
    made: list[datetime] = []
    look = giveaway_proofs.misfits

    def counted(proof: object) -> object:
        made.append(datetime.now(UTC))
        return look(proof)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(giveaway_proofs, "misfits", counted)
    service = course.services.giveaway_proofs
    first, *others = await asyncio.gather(*(service.prove(GUILD, ended.number) for _ in range(20)))
    assert all(one is first for one in others)
    assert len(made) == 1
    assert (await service.prove(GUILD, ended.number)) == first
    assert len(made) == 2
