"""What owners set for all features alike."""

from __future__ import annotations

from bot.domain.audit import CHANGED_SETTINGS
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.features.declaration import Declaration
from bot.words import N_

CONFIG = Declaration(
    name="config",
    title="Settings",
    summary="Choose what I do in this server.",
    extension="bot.cogs.config",
    docs="docs/configuration.md",
    audited={CHANGED_SETTINGS: N_("Settings changed")},
    sections=(FeatureSettings, GeneralSettings),
)
