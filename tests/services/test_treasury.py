"""What staff does to coins, on both databases: each thing once, whoever asks at once, and nothing but what is there."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from bot.domain.amounts import MAX_COINS, Share
from bot.domain.audit import AuditSource
from bot.domain.economy import Kind, Party, Pocket
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import FeatureSettings
from bot.domain.treasury import By, Change
from bot.errors import (
    AccountFull,
    AlreadySo,
    AlreadyUndone,
    AmountBelowZero,
    AmountNotPositive,
    AmountNotUnderstood,
    BotHasNoPurse,
    CannotUndo,
    CoinsSpent,
    ContentMismatch,
    FeatureOff,
    HoldsLess,
    NoReset,
    NothingToReset,
    RecipientNotHere,
    TransactionNotFound,
    UserError,
)
from bot.services import Services
from bot.services.treasury import Changed, ChangeOrder
from tests.support.clock import ManualClock

GUILD = 77 << 22
BOSS, DEPUTY = 901, 902
WALLET, BANK = Pocket.WALLET, Pocket.BANK


def member(user_id: int) -> Party:
    return Party(user_id, is_bot=False, is_member=True)


def by(key: str, user_id: int = BOSS) -> By:
    return By(user_id, AuditSource.COMMAND, key)


async def change(
    services: Services, what: Change, user_id: int, amount: str, key: str, *, pocket: Pocket = WALLET, boss: int = BOSS
) -> Changed:
    order = ChangeOrder(what, member(user_id), pocket, amount, "because")
    return await services.treasury.change(GUILD, order, by(key, boss))


async def add(services: Services, user_id: int, amount: int, key: str) -> Changed:
    return await change(services, Change.ADD, user_id, str(amount), key)


async def held(services: Services, user_id: int) -> tuple[int, int]:
    pockets = (await services.treasury.held_by(GUILD, [user_id])).get(user_id, {})
    return pockets.get(WALLET, 0), pockets.get(BANK, 0)


async def sound(services: Services) -> bool:
    return (await services.economy.audit(GUILD)).sound


async def test_what_is_added_removed_and_set_is_there_and_told_in_the_audit_log(services: Services) -> None:
    await change(services, Change.ADD, 1, "2k", "a")
    await change(services, Change.REMOVE, 1, "25%", "b")
    done = await change(services, Change.SET, 1, "70", "c", pocket=BANK)
    assert (done.amount, done.balance, done.reason) == (70, 70, "because")
    assert await held(services, 1) == (1_500, 70)
    entries = [entry.record for entry in (await services.audit.search(GUILD)).entries]
    assert [(one.action, one.actor_id, one.target_id, one.before, one.description) for one in entries] == [
        ("economy.set", BOSS, "1", {"bank": 0}, "because"),
        ("economy.remove", BOSS, "1", {"wallet": 2_000}, "because"),
        ("economy.add", BOSS, "1", {"wallet": 0}, "because"),
    ]
    assert [(one.after or {}).get("wallet") for one in entries] == [None, 1_500, 2_000]
    lines = (await services.economy.statement(GUILD, 1)).lines
    assert [line.kind for line in lines] == [Kind.CORRECTION, Kind.FINE, Kind.GRANT]
    assert await sound(services)


async def test_the_starting_balance_counts_as_there_when_staff_comes_first(services: Services) -> None:
    await services.guild_settings.change(GUILD, EconomySettings(starting_balance=100), base=0, by=None)
    assert (await change(services, Change.REMOVE, 1, "all", "a")).amount == -100
    assert (await change(services, Change.SET, 2, "150", "b")).amount == 50
    assert await held(services, 2) == (150, 0)
    with pytest.raises(AlreadySo):
        await change(services, Change.SET, 3, "100", "c")
    assert await services.treasury.held_by(GUILD, [3]) == {}, "a refusal opens no account"
    assert await sound(services)


@pytest.mark.parametrize(
    ("what", "amount", "error"),
    [
        (Change.ADD, "0", AmountNotPositive),
        (Change.ADD, "-5", AmountNotPositive),
        (Change.ADD, "all", AmountNotUnderstood),
        (Change.REMOVE, "101", HoldsLess),
        (Change.REMOVE, "0", AmountNotPositive),
        (Change.SET, "-1", AmountBelowZero),
        (Change.SET, "100", AlreadySo),
    ],
)
async def test_what_makes_no_sense_is_refused_and_moves_nothing(
    services: Services, what: Change, amount: str, error: type[UserError]
) -> None:
    await add(services, 1, 100, "a")
    with pytest.raises(error):
        await change(services, what, 1, amount, "b")
    assert await held(services, 1) == (100, 0)


async def test_nothing_is_taken_from_who_has_nothing_and_what_there_is_is_said(services: Services) -> None:
    with pytest.raises(HoldsLess) as refused:
        await change(services, Change.REMOVE, 1, "all", "a")
    assert (refused.value.member_id, refused.value.balance) == (1, 0)


async def test_staff_is_held_to_the_limits_of_accounts_and_told_which(services: Services) -> None:
    await services.guild_settings.change(GUILD, EconomySettings(wallet_cap=500), base=0, by=None)
    await add(services, 1, 400, "a")
    for what, amount in ((Change.ADD, "101"), (Change.SET, "501")):
        with pytest.raises(AccountFull) as refused:
            await change(services, what, 1, amount, f"b{amount}")
        assert refused.value.limit == 500
    assert (await add(services, 1, 100, "c")).balance == 500
    with pytest.raises(AccountFull):
        await change(services, Change.ADD, 2, str(MAX_COINS), "d")


async def test_bots_strangers_and_servers_without_an_economy_are_refused(services: Services) -> None:
    robot, stranger = Party(5, is_bot=True, is_member=True), Party(6, is_bot=False, is_member=False)
    for party, error in ((robot, BotHasNoPurse), (stranger, RecipientNotHere)):
        with pytest.raises(error):
            await services.treasury.change(GUILD, ChangeOrder(Change.ADD, party, WALLET, "5"), by("a"))
    await services.treasury.change(GUILD, ChangeOrder(Change.ADD, member(6), WALLET, "5"), by("b"))
    done = await services.treasury.change(GUILD, ChangeOrder(Change.REMOVE, stranger, WALLET, "all"), by("c"))
    assert done.balance == 0, "who left keeps an account, and staff reaches it"
    await services.guild_settings.change(GUILD, FeatureSettings(economy=False), base=0, by=None)
    with pytest.raises(FeatureOff):
        await add(services, 1, 5, "d")
    with pytest.raises(FeatureOff):
        await services.books.report(GUILD)


async def test_the_same_key_gives_the_first_answer_also_for_a_share_and_another_content_is_an_error(
    services: Services,
) -> None:
    await add(services, 1, 100, "a")
    await add(services, 2, 100, "b")
    answers = await asyncio.gather(*(change(services, Change.REMOVE, 1, "all", "same") for _ in range(10)))
    assert {(one.amount, one.balance) for one in answers} == {(-100, 0)}
    assert sum(not one.replayed for one in answers) == 1
    again = await change(services, Change.ADD, 2, "100", "b")
    assert (again.replayed, again.balance) == (True, 100)
    for what, user_id, amount, boss in (
        (Change.ADD, 2, "101", BOSS), (Change.ADD, 1, "100", BOSS), (Change.SET, 2, "100", BOSS),
        (Change.ADD, 2, "100", DEPUTY),
    ):  # fmt: skip
        with pytest.raises(ContentMismatch):
            await change(services, what, user_id, amount, "b", boss=boss)
    assert len((await services.audit.search(GUILD)).entries) == 3
    assert await sound(services)


async def test_twenty_who_set_a_balance_at_once_leave_one_of_their_balances(services: Services) -> None:
    await asyncio.gather(*(change(services, Change.SET, 1, str(100 + n), f"k{n}", boss=BOSS + n) for n in range(20)))
    lines = (await services.economy.statement(GUILD, 1)).lines
    assert (await held(services, 1))[0] == lines[0].balance_after
    assert 100 <= (lines[0].balance_after or 0) < 120
    assert await sound(services)


# Undoing ------------------------------------------------------------------------------------------------------


async def test_a_grant_is_undone_once_the_undoing_is_undone_and_so_on(services: Services) -> None:
    first = (await add(services, 1, 100, "a")).transaction_id
    assert (await services.undoing.reversible(GUILD, first)).id == first
    undone = await services.undoing.undo(GUILD, first, by("x"))
    assert await held(services, 1) == (0, 0)
    with pytest.raises(AlreadyUndone):
        await services.undoing.reversible(GUILD, first)
    back = await services.undoing.reversible(GUILD, undone.transaction_id)
    assert (back.id, back.takes_back, back.kind) == (undone.transaction_id, True, Kind.GRANT)
    restored = await services.undoing.undo(GUILD, undone.transaction_id, by("y"))
    assert await held(services, 1) == (100, 0)
    with pytest.raises(AlreadyUndone):
        await services.undoing.reversible(GUILD, undone.transaction_id)
    assert (await services.undoing.reversible(GUILD, first)).id == restored.transaction_id
    await services.undoing.undo(GUILD, restored.transaction_id, by("z"))
    assert await held(services, 1) == (0, 0)
    records = [entry.record for entry in (await services.audit.search(GUILD)).entries]
    assert [one.action for one in records] == ["economy.undo"] * 3 + ["economy.add"]
    assert [(one.before, (one.after or {})["wallet"]) for one in records[:3]] == [
        ({"wallet": 100}, 0), ({"wallet": 0}, 100), ({"wallet": 100}, 0),
    ]  # fmt: skip
    assert await sound(services)


async def test_staff_who_undo_at_once_undo_it_once(services: Services) -> None:
    await add(services, 1, 1_000, "start")
    grant = await add(services, 1, 100, "a")
    answers = await asyncio.gather(
        *(services.undoing.undo(GUILD, grant.transaction_id, by("x", BOSS + n % 4)) for n in range(20)),
        return_exceptions=True,
    )
    assert await held(services, 1) == (1_000, 0)
    counted = Counter(type(one).__name__ for one in answers)
    assert counted == {"Undone": 5, "AlreadyUndone": 15}
    assert sum(not one.replayed for one in answers if not isinstance(one, BaseException)) == 1
    assert [entry.record.action for entry in (await services.audit.search(GUILD)).entries].count("economy.undo") == 1
    assert await sound(services)


async def test_what_was_spent_is_not_taken_back_and_who_spent_it_is_said(services: Services) -> None:
    grant = await add(services, 1, 100, "a")
    await services.economy.pay(GUILD, 1, member(2), 30, key="p")
    with pytest.raises(CoinsSpent) as refused:
        await services.undoing.undo(GUILD, grant.transaction_id, by("x"))
    assert (refused.value.member_id, refused.value.balance, refused.value.amount) == (1, 70, 100)
    assert await held(services, 1) == (70, 0)
    assert (await services.undoing.reversible(GUILD, grant.transaction_id)).id == grant.transaction_id


async def test_undoing_while_it_is_spent_does_one_of_both(services: Services) -> None:
    for turn in range(8):
        grant = await add(services, 1, 100, f"a{turn}")
        undone, paid = await asyncio.gather(
            services.undoing.undo(GUILD, grant.transaction_id, by("x")),
            services.economy.pay(GUILD, 1, member(2), 100, key=f"p{turn}"),
            return_exceptions=True,
        )
        assert isinstance(undone, CoinsSpent) != isinstance(paid, BaseException)
        assert (await held(services, 1))[0] == 0
    assert await sound(services)


async def test_payments_and_claims_are_undone_but_not_what_somebody_began_with(services: Services) -> None:
    await services.guild_settings.change(GUILD, EconomySettings(starting_balance=50), base=0, by=None)
    paid = await services.economy.pay(GUILD, 1, member(2), 20, key="p")
    await services.undoing.undo(GUILD, paid.transaction_id, by("x"))
    assert await held(services, 1) == (50, 0)
    await services.earning.daily(GUILD, 1, key="d")
    daily = (await services.economy.statement(GUILD, 1)).lines[0]
    await services.undoing.undo(GUILD, daily.transaction_id, by("y"))
    assert await held(services, 1) == (50, 0)
    begun = (await services.economy.statement(GUILD, 1)).lines[-1]
    assert begun.kind is Kind.STARTING_BALANCE
    for act in (
        services.undoing.reversible(GUILD, begun.transaction_id),
        services.undoing.undo(GUILD, begun.transaction_id, by("z")),
    ):
        with pytest.raises(CannotUndo):
            await act
    assert await sound(services)


async def test_a_transaction_of_another_server_is_not_there(services: Services) -> None:
    grant = await add(services, 1, 100, "a")
    for act in (services.undoing.reversible, lambda guild, one: services.undoing.undo(guild, one, by("x"))):
        with pytest.raises(TransactionNotFound):
            await act(GUILD + (1 << 22), grant.transaction_id)
    assert await held(services, 1) == (100, 0)


async def test_the_newest_of_staff_and_between_members_are_suggested(services: Services) -> None:
    await services.earning.daily(GUILD, 1, key="d")
    await services.economy.pay(GUILD, 1, member(2), 20, key="p")
    await change(services, Change.REMOVE, 1, "30", "f")
    found = await services.undoing.recent(GUILD, count=25)
    assert [(one.kind, one.member_id, one.amount, one.memo) for one in found] == [
        (Kind.FINE, 1, -30, "because"), (Kind.PAYMENT, 2, 20, None),
    ]  # fmt: skip


# Resetting ----------------------------------------------------------------------------------------------------


async def test_a_reset_makes_an_account_as_a_new_members_and_is_undone_within_30_days(
    services: Services, clock: ManualClock
) -> None:
    await services.guild_settings.change(GUILD, EconomySettings(starting_balance=50), base=0, by=None)
    await add(services, 1, 100, "a")
    await change(services, Change.ADD, 1, "40", "b", pocket=BANK)
    done = await services.treasury.reset(GUILD, member(1), by("r"))
    assert await held(services, 1) == (50, 0)
    again = await services.treasury.reset(GUILD, member(1), by("r"))
    assert (again.transaction_id, again.replayed) == (done.transaction_id, True)
    with pytest.raises(NothingToReset):
        await services.treasury.reset(GUILD, member(1), by("s"))
    with pytest.raises(NothingToReset):
        await services.treasury.reset(GUILD, member(2), by("t"))
    clock.advance(days=29)
    assert await services.undoing.last_reset(GUILD, 1) == done.transaction_id
    await services.undoing.undo(GUILD, done.transaction_id, by("u"))
    assert await held(services, 1) == (150, 40)
    assert await sound(services)


async def test_a_reset_is_final_after_30_days(services: Services, clock: ManualClock) -> None:
    await add(services, 1, 100, "a")
    done = await services.treasury.reset(GUILD, member(1), by("r"))
    clock.advance(seconds=timedelta(days=30).total_seconds() + 1)
    with pytest.raises(NoReset):
        await services.undoing.last_reset(GUILD, 1)
    with pytest.raises(CannotUndo):
        await services.undoing.undo(GUILD, done.transaction_id, by("u"))
    assert await held(services, 1) == (0, 0)


async def test_a_reset_that_only_moves_between_wallet_and_bank_balances(services: Services) -> None:
    await services.guild_settings.change(GUILD, EconomySettings(starting_balance=50), base=0, by=None)
    await change(services, Change.SET, 1, "10", "a")
    await change(services, Change.SET, 1, "40", "b", pocket=BANK)
    await services.treasury.reset(GUILD, member(1), by("r"))
    assert await held(services, 1) == (50, 0)
    assert await sound(services)


async def test_everybody_with_an_account_is_in_one_group_and_stays_in_it(services: Services) -> None:
    people = [(1_000 + number) << 22 for number in range(30)]
    for user in people[:-1]:
        await add(services, user, 5, f"k{user}")
    treasury = services.treasury
    assert await treasury.count_holders(GUILD) == 29
    groups = [await treasury.holders_of_group(GUILD, group, 4) for group in range(4)]
    assert sorted(user for group in groups for user in group) == people[:-1]
    assert {len(group) for group in groups} == {7, 8}
    await add(services, people[-1], 5, "late")
    await services.bank.deposit(GUILD, people[0], Share(2), key="d")
    again = [await treasury.holders_of_group(GUILD, group, 4) for group in range(4)]
    assert sorted(user for group in again for user in group) == people
    assert all(set(before) <= set(after) for before, after in zip(groups, again, strict=True))
