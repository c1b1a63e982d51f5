"""The tables, one module a feature. Importing this package registers all of them on ``Base.metadata``."""

from bot.db.base import Base
from bot.db.models import (
    audit,
    batches,
    case_file,
    command_logs,
    core,
    economy,
    flow_hours,
    giveaways,
    leveling,
    locks,
    moderation,
    outbox,
    preferences,
    role_grants,
    shop,
    tickets,
    wealth,
)

__all__ = [
    "Base", "audit", "batches", "case_file", "command_logs", "core", "economy", "flow_hours", "giveaways", "leveling",
    "locks", "moderation", "outbox", "preferences", "role_grants", "shop", "tickets", "wealth",
]  # fmt: skip
