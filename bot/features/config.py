"""What owners set for all features alike."""

from __future__ import annotations

from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.features.declaration import Declaration

CONFIG = Declaration(
    name="config",
    title="Settings",
    summary="Choose what I do in this server.",
    extension="bot.cogs.config",
    docs="docs/configuration.md",
    sections=(FeatureSettings, GeneralSettings),
)
