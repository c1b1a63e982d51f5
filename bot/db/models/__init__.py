"""The tables, one module a feature. Importing this package registers all of them on ``Base.metadata``."""

from bot.db.base import Base
from bot.db.models import audit, batches, core, economy, outbox

__all__ = ["Base", "audit", "batches", "core", "economy", "outbox"]
