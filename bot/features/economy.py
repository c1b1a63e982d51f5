"""Coins: a purse for every member."""

from __future__ import annotations

from bot.actions.economy import about_member
from bot.db.holding import Holding
from bot.db.models.economy import Account, Claim, LedgerEntry, LedgerTransaction
from bot.domain.economy import START_KEY
from bot.domain.economy_settings import EconomySettings, TradeSettings
from bot.domain.features import Feature
from bot.domain.general import GeneralSettings
from bot.domain.privacy import Erasure
from bot.domain.probes import ChannelProbe, PermissionProbe, Probes, SettingProbe, SettingRef, StaffChannelProbe
from bot.domain.treasury import ADDED, BALANCE_SET, REMOVED, RESET, UNDONE
from bot.features.declaration import Declaration
from bot.services.invariants.economy import INVARIANTS
from bot.services.leaderboard import Board
from bot.ui import text
from bot.words import N_

_SUMS = N_("kept without your name, so that the sums still add up; you lose these coins")
_ONCE = N_("kept as a hash that only I can compare, so that erasing is no way to claim twice")

HOLDINGS = (
    Holding(Account.holder, N_("Your coins"), Erasure.UNNAME, _SUMS),
    Holding(LedgerEntry.holder, N_("Movements of your coins"), Erasure.UNNAME, _SUMS),
    Holding(LedgerTransaction.actor_id, N_("Movements that you made"), Erasure.UNNAME, _SUMS),
    Holding(LedgerTransaction.key, N_("Coins you began with"), Erasure.SHADOW, _ONCE, pattern=START_KEY, told=False),
    Holding(Claim.user_id, N_("When you last took your coins for the day"), Erasure.SHADOW, _ONCE),
)

RICHEST = Board(
    name="richest",
    title=N_("Richest"),
    source=lambda services: services.economy.richest,
    said=text.coins,
    hint=N_("Nobody has any coins yet. `/daily` gives the first."),
)

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
    ),
    audited={
        ADDED: N_("Coins added"),
        REMOVED: N_("Coins removed"),
        BALANCE_SET: N_("Coins set"),
        UNDONE: N_("Transaction undone"),
        RESET: N_("Coins reset"),
    },
    log_channel=SettingRef(EconomySettings, "log_channel"),
    boards=(RICHEST,),
    aliases={"bal": "balance", "wallet": "balance", "give": "pay", "tx": "transactions"},
    about_member=about_member,
    scene="bot.scenes.economy",
)
