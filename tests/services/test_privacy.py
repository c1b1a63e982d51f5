"""What is held about somebody is shown whole, handed out whole, and erased without breaking any sum or any once."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text

from bot.db.base import Base
from bot.db.engine import Database
from bot.db.models.core import Guild
from bot.db.models.economy import LedgerTransaction
from bot.db.repositories.economy import ledger
from bot.domain.audit import AuditSource
from bot.domain.economy import Party, Pocket
from bot.domain.economy_settings import EconomySettings
from bot.domain.guilds import MemberSeen, UserSeen
from bot.domain.privacy import is_nobody, shadow
from bot.domain.treasury import By, Change
from bot.errors import AlreadyClaimed, InsufficientFunds
from bot.services import Services
from bot.services.recorder import Recorder
from bot.services.treasury import ChangeOrder
from tests.support.clock import ManualClock

GUILD, OTHER = 77 << 22, 78 << 22
ALICE, BOB = 1001, 1002


def member(user_id: int) -> Party:
    return Party(user_id, is_bot=False, is_member=True)


@pytest.fixture
async def lived(services: Services, database: Database, clock: ManualClock) -> None:
    """Alice and Bob have a life in two guilds."""
    recorder = Recorder(services.guilds)
    for user_id, name in ((ALICE, "alice"), (BOB, "bob")):
        recorder.user(UserSeen(user_id, name, None, None, is_bot=False))
        for guild in (GUILD, OTHER):
            recorder.member(
                MemberSeen(guild, user_id, None, (5,), pending=False, joined_at=None, last_active_at=clock.now())
            )
    await recorder.flush()
    async with database.write() as session:
        await session.execute(insert(Guild), [{"id": GUILD, "name": "Meadow"}, {"id": OTHER, "name": "Hill"}])
    for guild in (GUILD, OTHER):
        await services.guild_settings.change(guild, EconomySettings(starting_balance=100), base=0, by=ALICE)
        await services.earning.daily(guild, ALICE, key="d")
        await services.economy.pay(guild, ALICE, member(BOB), 30, key="p")


async def mentions(database: Database, user_id: int) -> dict[str, int]:
    """In which columns of the whole database somebody's id is still to be found, in numbers and in texts."""
    found: dict[str, int] = {}
    async with database.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in (await session.execute(select(table))).mappings():
                for name, value in row.items():
                    if str(user_id) in str(value):
                        place = f"{table.name}.{name}"
                        found[place] = found.get(place, 0) + 1
    return found


@pytest.mark.usefixtures("lived")
async def test_the_copy_has_every_row_that_names_the_person(services: Services, database: Database) -> None:
    copy = await services.privacy.copy(ALICE, None)
    told = {name for name, found in copy.tables.items() if found}
    named = {place for place in await mentions(database, ALICE) if place != "ledger_transactions.key"}
    assert named <= told
    assert len(copy.tables["ledger_entries.holder"]) == 6
    assert len((await services.privacy.copy(ALICE, GUILD)).tables["ledger_entries.holder"]) == 3
    assert copy.cut == ()


@pytest.mark.usefixtures("lived")
async def test_erasing_in_one_guild_leaves_the_other_and_everybody_else(services: Services, database: Database) -> None:
    before = await mentions(database, BOB)
    others = {one.what: one.count for one in await services.privacy.overview(ALICE, OTHER)}
    assert await services.privacy.erase(ALICE, GUILD) > 0
    left = await services.privacy.overview(ALICE, GUILD)
    assert {one.what for one in left} == {"What you did as staff"}
    assert {one.what: one.count for one in await services.privacy.overview(ALICE, OTHER)} == others
    assert await mentions(database, BOB) == before
    assert (await services.economy.audit(GUILD)).sound
    assert await services.privacy.erase(ALICE, GUILD) == 0


@pytest.mark.usefixtures("lived")
async def test_erasing_everywhere_leaves_only_what_staff_did(services: Services, database: Database) -> None:
    for guild in await services.privacy.guilds_of(ALICE):
        await services.privacy.erase(ALICE, guild)
    await services.privacy.erase_elsewhere(ALICE)
    assert set(await mentions(database, ALICE)) == {"audit_logs.actor_id"}


@pytest.mark.usefixtures("lived")
async def test_who_was_erased_is_nobody_in_the_statements_of_others(services: Services) -> None:
    await services.privacy.erase(ALICE, GUILD)
    [received] = [line for line in (await services.economy.statement(GUILD, BOB)).lines if line.amount == 30]
    assert is_nobody(received.counterpart_id)


@pytest.mark.usefixtures("lived")
async def test_erasing_is_no_way_to_get_anything_twice(services: Services, clock: ManualClock) -> None:
    for _ in range(2):  # nor is erasing again
        await services.privacy.erase(ALICE, GUILD)
        assert (await services.economy.balance(GUILD, ALICE)).wallet == 0
        with pytest.raises(AlreadyClaimed):
            await services.earning.daily(GUILD, ALICE, key="d2")
        with pytest.raises(InsufficientFunds):
            await services.economy.pay(GUILD, ALICE, member(BOB), 1, key="p2")
    clock.advance(days=1)
    paid = await services.earning.daily(GUILD, ALICE, key="d3")
    assert paid.wallet == paid.amount
    assert paid.streak == 2
    assert (await services.economy.audit(GUILD)).sound


@pytest.mark.usefixtures("lived")
async def test_a_payment_to_somebody_who_is_being_erased_is_made_or_refused_and_the_sums_hold(
    services: Services,
) -> None:
    async def pay(number: int) -> None:
        sender, recipient = (ALICE, BOB) if number % 2 else (BOB, ALICE)
        try:
            await services.economy.pay(GUILD, sender, member(recipient), 1, key=f"r{number}")
        except InsufficientFunds:
            assert sender == ALICE

    await asyncio.gather(*(pay(number) for number in range(30)), services.privacy.erase(ALICE, GUILD))
    assert (await services.economy.audit(GUILD)).sound


async def test_a_claim_that_was_made_before_is_kept_as_before_where_nobody_was_ever_erased(
    services: Services, clock: ManualClock
) -> None:
    await services.earning.daily(GUILD, ALICE, key="a")
    clock.advance(days=1)
    assert (await services.earning.daily(GUILD, ALICE, key="b")).streak == 2


async def test_the_key_is_made_once_also_by_two_at_once(services: Services, database: Database) -> None:
    await asyncio.gather(*(services.privacy.erase(user, GUILD) for user in range(1, 9)))
    async with database.read() as session:
        keys = (await session.execute(text("SELECT value FROM app_state WHERE name = 'privacy_key'"))).scalars().all()
    assert len(keys) == 1
    assert len(bytes.fromhex(keys[0])) == 32


def test_a_shadow_is_negative_differs_by_person_and_guild_and_needs_the_key() -> None:
    key = bytes(32)
    made = {shadow(key, guild, user) for guild in (GUILD, OTHER) for user in range(1, 500)}
    assert len(made) == 998
    assert all(-(2**63) <= one < 0 for one in made)
    assert shadow(key, GUILD, 1) != shadow(b"other", GUILD, 1)


@pytest.mark.usefixtures("lived")
async def test_what_staff_wrote_about_somebody_goes_from_the_books_and_the_amounts_stay(
    services: Services, database: Database
) -> None:
    kinds = ((Change.ADD, "50"), (Change.REMOVE, "20"), (Change.SET, "7"))
    for guild, user in ((GUILD, ALICE), (GUILD, BOB), (OTHER, ALICE)):
        for number, (change, amount) in enumerate(kinds):
            order = ChangeOrder(change, member(user), Pocket.WALLET, amount, f"because of {user}")
            key = f"{user}:{number}"
            await services.treasury.change(guild, order, By(901, AuditSource.COMMAND, key), logged=False)
    await services.privacy.erase(ALICE, GUILD)

    async def written() -> Counter[tuple[int, str]]:
        columns = (LedgerTransaction.guild_id, LedgerTransaction.memo, LedgerTransaction.details)
        async with database.read() as session:
            rows = (await session.execute(select(*columns))).all()
        said = [(guild, word) for guild, memo, details in rows for word in (memo, details.get("reason")) if word]
        return Counter(said)

    mine, theirs = f"because of {ALICE}", f"because of {BOB}"
    assert await written() == {(GUILD, theirs): 6, (OTHER, mine): 6}
    assert (await services.economy.audit(GUILD)).sound


async def test_what_is_written_down_of_erasing_does_not_say_whom(services: Services, clock: ManualClock) -> None:
    await services.earning.daily(GUILD, ALICE, key="d")
    clock.advance(seconds=1)
    await services.privacy.erase(ALICE, GUILD)
    [entry] = (await services.audit.search(GUILD)).entries
    assert entry.record.action == "privacy.erase"
    assert str(ALICE) not in repr(entry)
    assert entry.at - clock.now() == timedelta(0)


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_whom_else_a_movement_is_about_is_looked_up_and_not_searched_for(database: Database) -> None:
    async with database.read() as session:
        for statement in ledger._forgetting:
            written = str(statement.compile(dialect=session.dialect))
            sql = re.sub(r"\?|:\w+|__\[\w+\]", "1", written)
            plan = await session.execute(text(f"EXPLAIN QUERY PLAN {sql}"))
            assert "(guild_id=? AND transaction_id=?" in str(plan.all())
