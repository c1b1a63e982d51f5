"""The registry: every feature with all its parts, in the order in which they are loaded and shown.

Only what composes a process reads it (the bot, the command line, the demo). Everything below is handed what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.actions.profile import AboutMember
from bot.db.holding import Holding
from bot.domain.features import Feature
from bot.domain.probes import SettingRef
from bot.domain.settings import Section
from bot.features.audit import AUDIT
from bot.features.batches import BATCHES
from bot.features.config import CONFIG
from bot.features.declaration import Declaration, Kit
from bot.features.diagnose import DIAGNOSE
from bot.features.economy import ECONOMY
from bot.features.giveaways import GIVEAWAYS
from bot.features.guilds import GUILDS
from bot.features.help import HELP
from bot.features.leaderboard import LEADERBOARD
from bot.features.leveling import LEVELING
from bot.features.me import ME
from bot.features.moderation import MODERATION
from bot.features.privacy import PRIVACY
from bot.features.role_grants import ROLE_GRANTS
from bot.features.tickets import TICKETS
from bot.services.leaderboard import Board
from bot.services.verify import Check

__all__ = [
    "FEATURES", "Declaration", "Kit", "aliases", "audited", "boards", "holdings", "invariants", "log_channels",
    "sections", "tellers",
]  # fmt: skip

FEATURES: tuple[Declaration, ...] = (
    GUILDS, HELP, CONFIG, DIAGNOSE, AUDIT, ME, PRIVACY, BATCHES, ROLE_GRANTS, LEADERBOARD, ECONOMY,
    MODERATION, LEVELING, TICKETS, GIVEAWAYS,
)  # fmt: skip


def sections() -> tuple[type[Section], ...]:
    """All sections of a guild's settings, in the order in which owners see them."""
    return tuple(section for feature in FEATURES for section in feature.sections)


def holdings() -> tuple[Holding, ...]:
    """Every column that names a person."""
    return tuple(holding for feature in FEATURES for holding in feature.holdings)


def aliases() -> Mapping[str, str]:
    """What can be typed for short, and what it stands for."""
    return {short: command for feature in FEATURES for short, command in feature.aliases.items()}


def boards() -> tuple[tuple[Feature | None, Board], ...]:
    """Every leaderboard, and by what its feature is switched; those first that lead."""
    found = ((feature.switch, board) for feature in FEATURES for board in feature.boards)
    return tuple(sorted(found, key=lambda one: not one[1].leads))


def audited() -> Mapping[str, str]:
    """Everything that is written into the audit log, and what people call it."""
    return {action: title for feature in FEATURES for action, title in feature.audited.items()}


def log_channels() -> Mapping[str, SettingRef]:
    """What is told in a channel of its feature's own, if that is chosen: by action, the setting that names it."""
    return {
        action: feature.log_channel
        for feature in FEATURES
        if feature.log_channel is not None
        for action in feature.audited
    }


def tellers() -> tuple[AboutMember, ...]:
    """What features tell of a member."""
    return tuple(feature.about_member for feature in FEATURES if feature.about_member is not None)


def invariants() -> Mapping[str, Sequence[Check]]:
    """Every promise about the data, by feature."""
    return {feature.name: feature.invariants for feature in FEATURES}
