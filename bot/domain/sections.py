"""All sections of a guild's settings, in the order in which owners see them."""

from __future__ import annotations

from bot.domain.economy import EconomySettings
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.settings import Section

SECTIONS: tuple[type[Section], ...] = (FeatureSettings, GeneralSettings, EconomySettings)


def section_named(name: str) -> type[Section] | None:
    """The section that is stored under a name."""
    return next((model for model in SECTIONS if model.section == name), None)
