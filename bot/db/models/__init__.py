"""The tables, one module a feature. Importing this package registers all of them on ``Base.metadata``."""

from bot.db.base import Base
from bot.db.models import core, economy, outbox

__all__ = ["Base", "core", "economy", "outbox"]
