"""The tables, one module a feature. Importing this package registers all of them on ``Base.metadata``."""

from bot.db.base import Base
from bot.db.models import audit, command_logs, core, economy, outbox, preferences, role_grants

__all__ = ["Base", "audit", "command_logs", "core", "economy", "outbox", "preferences", "role_grants"]
