"""A pool whose further connections stay while they are needed now and then.

SQLAlchemy's closes each of them as soon as it comes back to a full pool. Where many tasks take turns, that is several
times a second, and each is then missed and opened anew: a login, a process of the server, and every statement prepared
again. A burst of payments spent half of its time on that (`make bench`).
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, Pool


class LastingPool(AsyncAdaptedQueuePool):
    """Opens up to `pool_size` and `max_overflow` connections together, and in quiet times keeps `pool_size` of them."""

    unneeded_after = 30.0
    """Seconds in which there was always one left over, before one is closed."""

    def __init__(self, creator: Any, pool_size: int = 5, max_overflow: int = 0, **more: Any) -> None:
        super().__init__(creator, pool_size + max_overflow, 0, **more)
        self._kept = pool_size
        self._begin_look()

    def recreate(self) -> Pool:  # pyright: ignore[reportIncompatibleMethodOverride] — the base names its own class
        """A new pool like this one."""
        again = super().recreate()
        if isinstance(again, LastingPool):
            again._kept = self._kept
        return again

    def _begin_look(self) -> None:
        self._looking_since = time.monotonic()
        self._least_idle = self.size()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        if not self._is_unneeded():
            super()._do_return_conn(record)
            return
        try:
            record.close()
        finally:
            self._dec_overflow()

    def _is_unneeded(self) -> bool:
        """Whether the connection that comes back was one too many all the time: then it goes, one in each look."""
        self._least_idle = min(self._least_idle, self.checkedin())
        if time.monotonic() - self._looking_since < self.unneeded_after:
            return False
        unneeded = self._least_idle > 0 and self.checkedin() + self.checkedout() > self._kept
        self._begin_look()
        return unneeded
