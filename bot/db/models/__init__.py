"""The tables, one module a feature. Importing this package registers all of them on ``Base.metadata``."""

from bot.db.base import Base
from bot.db.models import (
    audit,
    batches,
    case_file,
    command_logs,
    core,
    economy,
<<<<<<< HEAD
    leveling,
=======
    flow_hours,
>>>>>>> main
    locks,
    moderation,
    outbox,
    preferences,
    role_grants,
    shop,
    wealth,
)

__all__ = [
<<<<<<< HEAD
    "Base", "audit", "batches", "case_file", "command_logs", "core", "economy", "leveling", "locks", "moderation",
    "outbox", "preferences", "role_grants", "shop", "wealth",
=======
    "Base", "audit", "batches", "case_file", "command_logs", "core", "economy", "flow_hours", "locks",
    "moderation", "outbox", "preferences", "role_grants", "shop", "wealth",
>>>>>>> main
]  # fmt: skip
