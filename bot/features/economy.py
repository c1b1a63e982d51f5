"""Coins: a purse for every member."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.economy import about_member
from bot.actions.purchases import Till
from bot.actions.role_grants import RoleKeeper
from bot.db.holding import Holding
from bot.db.models.economy import Account, Claim, LedgerEntry, LedgerTransaction
from bot.db.models.shop import HoldRow, InventoryItem, ItemMove, ItemSketch, PurchaseRow
from bot.db.models.wealth import MemberWealth
from bot.db.repositories.economy.ledger import forget_words
from bot.domain.authority import Staff
from bot.domain.economy import START_KEY
from bot.domain.economy_settings import EconomySettings, TradeSettings
from bot.domain.features import Feature
from bot.domain.general import GeneralSettings
from bot.domain.leaderboard import Period
from bot.domain.privacy import Erasure
from bot.domain.probes import (
    ChannelProbe,
    PermissionProbe,
    Probes,
    SettingProbe,
    SettingRef,
    StaffChannelProbe,
    StaffProbe,
)
from bot.domain.purchases import PURPOSE
from bot.domain.treasury import ADDED as COINS_ADDED
from bot.domain.treasury import BALANCE_SET, RESET, UNDONE
from bot.domain.treasury import REMOVED as COINS_REMOVED
from bot.features.declaration import Declaration, Kit
from bot.jobs.holds import HoldsSource
from bot.jobs.inventory import ExpirySource
from bot.jobs.keeping import KeepingJob
from bot.jobs.periodic import Periodic
from bot.jobs.ticker import DueSource
from bot.services.invariants.economy import INVARIANTS
from bot.services.jobs import ADDED, CHANGED, REMOVED
from bot.services.leaderboard import Board
from bot.services.shop import ARCHIVED, CREATED, EDITED, RESTOCKED, RESTORED
from bot.ui import text
from bot.words import N_

_SUMS = N_("kept without your name, so that the sums still add up; you lose these coins")
_ONCE = N_("kept as a hash that only I can compare, so that erasing is no way to claim twice")
_LIMITS = N_("kept as a hash that only I can compare, so that erasing is no way to buy more than everybody may")

HOLDINGS = (
    Holding(Account.holder, N_("Your coins"), Erasure.UNNAME, _SUMS),
    Holding(LedgerEntry.holder, N_("Movements of your coins"), Erasure.UNNAME, _SUMS, forgets=forget_words),
    Holding(LedgerTransaction.actor_id, N_("Movements that you made"), Erasure.UNNAME, _SUMS),
    Holding(LedgerTransaction.key, N_("Coins you began with"), Erasure.SHADOW, _ONCE, pattern=START_KEY, told=False),
    Holding(HoldRow.holder, N_("Coins that you put aside"), Erasure.UNNAME, _SUMS),
    Holding(InventoryItem.user_id, N_("What you own"), Erasure.DELETE),
    Holding(ItemSketch.user_id, N_("Things for the shop that you are still writing"), Erasure.DELETE),
    Holding(MemberWealth.user_id, N_("What you own and earned altogether, for leaderboards"), Erasure.DELETE),
    Holding(ItemMove.user_id, N_("How things came to you and left you"), Erasure.DELETE),
    Holding(ItemMove.other_id, N_("Things that you gave or got"), Erasure.BLANK, told=False),
    Holding(PurchaseRow.user_id, N_("What you bought"), Erasure.SHADOW, _LIMITS),
    Holding(
        Claim.user_id, N_("When you last worked, and took your coins for the day and the week"), Erasure.SHADOW, _ONCE
    ),
)

WALLET = Board(
    name="wallet",
    title=N_("Wallet"),
    source=lambda services: services.economy.richest,
    said=text.coins,
    hint=N_("Nobody has any coins yet. `/daily` gives the first."),
    once=("richest",),
)
BANK = Board(
    name="bank",
    title=N_("Bank"),
    source=lambda services: services.bank.savers,
    said=text.coins,
    hint=N_("Nobody has any coins in the bank yet. `/deposit` puts them there."),
    is_on=lambda services: services.bank.is_on,
)


NET_WORTH = Board(
    name="net_worth",
    title=N_("Net worth"),
    source=lambda services: services.wealth.wealthiest,
    said=text.coins,
    hint=N_("Nobody owns anything yet. `/daily` gives the first coins."),
)
EARNED = Board(
    name="earned",
    title=N_("Earned this week"),
    source=lambda services: services.wealth.earners,
    said=text.coins,
    periods=(Period.WEEK,),
    hint=N_("Nobody has earned anything this week. `/daily` and `/work` begin it."),
)


def _due(kit: Kit) -> Sequence[DueSource]:
    services, shards = kit.services, kit.bot.shard_range
    services.holds.on_due(kit.wake)
    till = Till(services.purchases, RoleKeeper(kit.bot, services.role_grants).carry_out)
    return [
        HoldsSource(services.holds, {PURPOSE: till.recover}, shards, kit.wake),
        ExpirySource(services.inventory, shards),
    ]


_DRAFTS_EVERY = 3_600.0
"""Seconds between two looks at what nobody goes on writing."""


def _rounds(kit: Kit) -> Sequence[Periodic]:
    services, shards = kit.services, kit.bot.shard_range
    return [
        KeepingJob("wealth", services.wealth_keeping, shards),
        KeepingJob("flows", services.flow_keeping, shards),
        Periodic("drafts", _DRAFTS_EVERY, services.sketches.forget),
    ]


ECONOMY = Declaration(
    name="economy",
    title="Economy",
    summary="Coins: earn them, give them away, and see where they went.",
    extension="bot.cogs.economy",
    docs="docs/features/economy.md",
    switch=Feature.ECONOMY,
    sections=(EconomySettings, TradeSettings),
    holdings=HOLDINGS,
    invariants=INVARIANTS,
    due=_due,
    rounds=_rounds,
    audited={
        CREATED: N_("Put up for sale"),
        EDITED: N_("Thing for sale changed"),
        ARCHIVED: N_("Taken out of the shop"),
        RESTORED: N_("Put back into the shop"),
        RESTOCKED: N_("Stock changed"),
        COINS_ADDED: N_("Coins added"),
        COINS_REMOVED: N_("Coins removed"),
        BALANCE_SET: N_("Coins set"),
        UNDONE: N_("Transaction undone"),
        RESET: N_("Coins reset"),
        ADDED: N_("Job added"),
        CHANGED: N_("Job changed"),
        REMOVED: N_("Job removed"),
    },
    probes=Probes(
        permissions=(
            PermissionProbe(
                "attach_files",
                N_("The charts of wallets and leaderboards are left out; there are the words alone."),
                vital=False,
            ),
        ),
        channels=(
            ChannelProbe(
                SettingRef(GeneralSettings, "economy_channels"),
                N_("Payments that are typed, or take long, can't be shown there."),
            ),
            ChannelProbe(
                SettingRef(EconomySettings, "log_channel"), N_("What staff does to coins can't be told there.")
            ),
        ),
        staff_channels=(
            StaffChannelProbe(
                SettingRef(EconomySettings, "log_channel"),
                N_("They read there what staff does to coins, and to whose."),
            ),
        ),
        settings=(
            SettingProbe(
                SettingRef(GeneralSettings, "time_zone"),
                N_("The day for `/daily` begins at midnight in UTC, whatever time that is for your members."),
            ),
        ),
        staff=(StaffProbe("economy", Staff.ADMIN), StaffProbe("item", Staff.ADMIN), StaffProbe("jobs", Staff.ADMIN)),
    ),
    log_channel=SettingRef(EconomySettings, "log_channel"),
    boards=(WALLET, BANK, NET_WORTH, EARNED),
    aliases={
        "bal": "balance",
        "wallet": "balance",
        "give": "pay",
        "tx": "transactions",
        "dep": "deposit",
        "with": "withdraw",
        "inv": "inventory",
    },
    about_member=about_member,
    scene="bot.scenes.economy",
)
