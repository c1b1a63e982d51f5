"""The bank's use cases, on both databases."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from bot.db.engine import Database
from bot.domain.amounts import ALL, HALF, MAX_COINS, Share
from bot.domain.economy import Kind, Party
from bot.domain.economy_settings import EconomyCommand, EconomySettings, TradeSettings
from bot.domain.leaderboard import Period, Standing
from bot.errors import (
    AmountNotPositive,
    AmountTooLarge,
    BankFull,
    BankTooLow,
    BoardNotFound,
    CommandOff,
    ContentMismatch,
    InsufficientFunds,
    PaidEnoughToday,
    RecipientFull,
    ShareTooSmall,
    WalletFull,
)
from bot.services import Services

GUILD = 79 << 22


def member(user_id: int) -> Party:
    return Party(user_id, is_bot=False, is_member=True)


async def rule(services: Services, **chosen: object) -> None:
    """Set the guild's economy anew."""
    before = await services.guild_settings.read(GUILD, EconomySettings)
    settings = EconomySettings.model_validate(chosen)
    await services.guild_settings.change(GUILD, settings, base=before.version, by=None)


async def held(services: Services, user_id: int) -> tuple[int, int]:
    purse = await services.economy.balance(GUILD, user_id)
    return purse.wallet, purse.bank


async def test_coins_go_into_the_bank_and_out_of_it(services: Services) -> None:
    await rule(services, starting_balance=100)
    put = await services.bank.deposit(GUILD, 1, Share(60), key="a")
    assert (put.amount, put.wallet, put.bank, put.replayed) == (60, 40, 60, False)
    taken = await services.bank.withdraw(GUILD, 1, HALF, key="b")
    assert (taken.amount, taken.wallet, taken.bank) == (30, 70, 30)
    assert await held(services, 1) == (70, 30)
    assert (await services.economy.audit(GUILD)).sound


async def test_a_part_is_counted_when_it_moves_and_its_key_gives_the_first_answer_for_ever(services: Services) -> None:
    await rule(services, starting_balance=100)
    first = await services.bank.deposit(GUILD, 1, HALF, key="a")
    again = await services.bank.deposit(GUILD, 1, HALF, key="a")
    assert (again.amount, again.wallet, again.bank, again.replayed) == (50, 50, 50, True)
    assert again.transaction_id == first.transaction_id
    await services.bank.deposit(GUILD, 1, ALL, key="b")
    emptied = await services.bank.deposit(GUILD, 1, ALL, key="b")
    assert (emptied.amount, emptied.replayed) == (50, True), "though there is nothing left to move"
    assert await held(services, 1) == (0, 100)


@pytest.mark.parametrize("share", [ALL, Share(50), Share(51)])
async def test_a_key_that_comes_with_another_amount_is_refused(services: Services, share: Share) -> None:
    await rule(services, starting_balance=100)
    await services.bank.deposit(GUILD, 1, HALF, key="a")
    with pytest.raises(ContentMismatch):
        await services.bank.deposit(GUILD, 1, share, key="a")
    with pytest.raises(ContentMismatch):
        await services.bank.withdraw(GUILD, 1, HALF, key="a")
    with pytest.raises(ContentMismatch):
        await services.bank.deposit(GUILD, 2, HALF, key="a")
    await services.bank.deposit(GUILD, 1, Share(10), key="b")
    with pytest.raises(ContentMismatch):
        await services.bank.deposit(GUILD, 1, Share(11), key="b")


@pytest.mark.parametrize(
    ("share", "refused"),
    [
        (Share(0), AmountNotPositive),
        (Share(-5), AmountNotPositive),
        (Share(101), InsufficientFunds),
        (Share(MAX_COINS), InsufficientFunds),
        (Share(MAX_COINS + 1), AmountTooLarge),
        (Share(2**63), AmountTooLarge),
    ],
)
async def test_nobody_puts_away_what_makes_no_sense(services: Services, share: Share, refused: type[Exception]) -> None:
    await rule(services, starting_balance=100)
    with pytest.raises(refused):
        await services.bank.deposit(GUILD, 1, share, key="a")
    assert await held(services, 1) == (100, 0)


async def test_an_empty_account_says_so(services: Services) -> None:
    with pytest.raises(ShareTooSmall):
        await services.bank.deposit(GUILD, 1, ALL, key="a")
    with pytest.raises(BankTooLow) as refused:
        await services.bank.withdraw(GUILD, 1, Share(5), key="a")
    assert (refused.value.balance, refused.value.amount) == (0, 5)


async def test_a_full_account_says_how_much_more_fits(services: Services) -> None:
    await rule(services, starting_balance=100, bank_capacity=30)
    with pytest.raises(BankFull) as refused:
        await services.bank.deposit(GUILD, 1, ALL, key="a")
    assert (refused.value.limit, refused.value.room_coins) == (30, 30)
    await services.bank.deposit(GUILD, 1, Share(30), key="a")
    await rule(services, starting_balance=100, bank_capacity=20, wallet_cap=75)
    with pytest.raises(BankFull) as lowered:
        await services.bank.deposit(GUILD, 1, Share(1), key="b")
    assert lowered.value.room_coins == 0
    with pytest.raises(WalletFull) as full:
        await services.bank.withdraw(GUILD, 1, Share(6), key="c")
    assert (full.value.limit, full.value.room_coins) == (75, 5)
    assert await held(services, 1) == (70, 30), "what lies above a lowered limit stays"
    await services.bank.withdraw(GUILD, 1, Share(5), key="d")


async def test_a_bank_that_is_switched_off_keeps_what_is_in_it(services: Services) -> None:
    await rule(services, starting_balance=100)
    await services.bank.deposit(GUILD, 1, Share(30), key="a")
    await rule(services, commands=[one for one in EconomyCommand if one is not EconomyCommand.BANK])
    for act, name in ((services.bank.deposit, "deposit"), (services.bank.withdraw, "withdraw")):
        with pytest.raises(CommandOff) as refused:
            await act(GUILD, 1, Share(1), key="b")
        assert refused.value.command == name
    shown = await services.economy.overview(GUILD, 1)
    assert (shown.has_bank, shown.purse.bank, shown.worth) == (False, 30, 100)


async def test_fifty_presses_of_one_button_move_a_part_once(services: Services) -> None:
    await rule(services, starting_balance=1_000)
    answers = await asyncio.gather(*(services.bank.deposit(GUILD, 1, HALF, key="a") for _ in range(50)))
    assert {(one.amount, one.wallet, one.bank) for one in answers} == {(500, 500, 500)}
    assert sum(not one.replayed for one in answers) == 1
    assert await held(services, 1) == (500, 500)


async def test_two_who_take_all_at_once_take_it_once(services: Services) -> None:
    await rule(services, starting_balance=1_000)

    async def act(number: int) -> int:
        try:
            return (await services.bank.deposit(GUILD, 1, ALL, key=f"k{number}")).amount
        except ShareTooSmall:
            return 0

    assert sorted(await asyncio.gather(*(act(number) for number in range(20)))) == [0] * 19 + [1_000]


async def test_four_hundred_movements_of_every_kind_at_once_leave_every_coin_where_it_belongs(
    services: Services, rng: Random
) -> None:
    await rule(services, starting_balance=1_000, wallet_cap=3_000, bank_capacity=900)
    await services.guild_settings.change(GUILD, TradeSettings(tax=10, most_a_day=5_000), base=0, by=None)
    members = list(range(1, 21))
    gate = asyncio.Semaphore(32)
    tax = 0

    async def act(number: int) -> int:
        nonlocal tax
        one, other = rng.sample(members, 2)
        share = rng.choice([ALL, HALF, Share(rng.randint(1, 400))])
        what = rng.randrange(3)
        async with gate:
            try:
                if what == 0:
                    await services.bank.deposit(GUILD, one, share, key=f"t{number}")
                elif what == 1:
                    await services.bank.withdraw(GUILD, one, share, key=f"t{number}")
                else:
                    paid = await services.economy.pay(GUILD, one, member(other), share, key=f"t{number}")
                    tax += paid.tax
            except (InsufficientFunds, ShareTooSmall, BankFull, WalletFull, RecipientFull, PaidEnoughToday):
                return 0
        return 1

    moved = sum(await asyncio.gather(*(act(number) for number in range(400))))
    assert moved > 150
    balances = [await held(services, user_id) for user_id in members]
    begun = len([user_id for user_id in members if (await services.economy.balance(GUILD, user_id)).has_moved])
    assert tax > 0
    assert sum(sum(one) for one in balances) + tax == 20_000
    assert begun == 20
    assert all(0 <= wallet <= 3_000 and 0 <= bank <= 900 for wallet, bank in balances)
    assert (await services.economy.audit(GUILD)).sound


async def test_a_deposit_is_one_line_of_a_statement_and_neither_earned_nor_spent(services: Services) -> None:
    await rule(services, starting_balance=100)
    await services.bank.deposit(GUILD, 1, Share(60), key="a")
    await services.bank.withdraw(GUILD, 1, Share(20), key="b")
    lines = (await services.economy.statement(GUILD, 1)).lines
    assert [(line.kind, line.amount, line.balance_after) for line in lines] == [
        (Kind.WITHDRAWAL, 20, 60),
        (Kind.DEPOSIT, -60, 40),
        (Kind.STARTING_BALANCE, 100, 100),
    ]
    tally = await services.economy.tally(GUILD, 1)
    assert [(one.kind, one.came, one.went) for one in tally.ever] == [(Kind.STARTING_BALANCE, 100, 0)]


async def test_the_board_of_the_bank_is_there_where_the_bank_is(database: Database, services: Services) -> None:
    await rule(services, starting_balance=100)
    await services.bank.deposit(GUILD, 1, Share(60), key="a")
    await services.bank.deposit(GUILD, 2, Share(70), key="b")
    boards = services.leaderboards
    shown = (await boards.show(GUILD, 1, board="bank")).standings
    assert shown.rows == (Standing(2, 1, 70), Standing(1, 2, 60))
    assert shown.own == Standing(1, 2, 60)
    assert (await boards.show(GUILD, 3, board="bank")).standings.own.place is None
    await rule(services, commands=[EconomyCommand.PAY])
    left = [board.name for board in await boards.boards(GUILD)]
    assert left[-3:] == ["wallet", "net_worth", "earned"]
    assert "bank" not in left
    with pytest.raises(BoardNotFound):
        await boards.show(GUILD, 1, board="bank", period=Period.ALL)
