"""Coins: a purse for every member."""

from __future__ import annotations

from bot.domain.economy import EconomySettings
from bot.domain.features import Feature
from bot.features.declaration import Declaration
from bot.services.invariants.economy import INVARIANTS

ECONOMY = Declaration(
    name="economy",
    title="Economy",
    summary="Coins: earn them, give them away, and see where they went.",
    extension="bot.cogs.economy",
    docs="docs/features/economy.md",
    switch=Feature.ECONOMY,
    sections=(EconomySettings,),
    invariants=INVARIANTS,
    scene="bot.scenes.economy",
)
