"""The registry: every feature with all its parts, in the order in which they are loaded and shown.

Only what composes a process reads it (the bot, the command line, the demo). Everything below is handed what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.db.holding import Holding
from bot.domain.settings import Section
from bot.features.config import CONFIG
from bot.features.declaration import Declaration, Kit
from bot.features.diagnose import DIAGNOSE
from bot.features.economy import ECONOMY
from bot.features.guilds import GUILDS
from bot.features.help import HELP
from bot.features.privacy import PRIVACY
from bot.features.role_grants import ROLE_GRANTS
from bot.services.verify import Check

__all__ = ["FEATURES", "Declaration", "Kit", "aliases", "holdings", "invariants", "sections"]

FEATURES: tuple[Declaration, ...] = (GUILDS, HELP, CONFIG, DIAGNOSE, PRIVACY, ROLE_GRANTS, ECONOMY)


def sections() -> tuple[type[Section], ...]:
    """All sections of a guild's settings, in the order in which owners see them."""
    return tuple(section for feature in FEATURES for section in feature.sections)


def holdings() -> tuple[Holding, ...]:
    """Every column that names a person."""
    return tuple(holding for feature in FEATURES for holding in feature.holdings)


def aliases() -> Mapping[str, str]:
    """What can be typed for short, and what it stands for."""
    return {short: command for feature in FEATURES for short, command in feature.aliases.items()}


def invariants() -> Mapping[str, Sequence[Check]]:
    """Every promise about the data, by feature."""
    return {feature.name: feature.invariants for feature in FEATURES}
