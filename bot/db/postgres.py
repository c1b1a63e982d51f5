"""asyncpg, PostgreSQL's driver, loaded by whoever connects: a bot on SQLite does without it and its 3 MiB."""

from __future__ import annotations

import sys
from typing import Any


async def connect(url: str, **options: Any) -> Any:
    """Open a connection of the driver's own, beside SQLAlchemy's pool; `options` are those of `asyncpg.connect`.

    Raises:
        OSError, TimeoutError, asyncpg.PostgresError: it can't be reached, or refuses.
    """
    import asyncpg  # noqa: PLC0415 — see the module's own words  # pyright: ignore[reportMissingTypeStubs]

    plain = url.replace("postgresql+asyncpg", "postgresql", 1)
    open_connection: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] — untyped
    return await open_connection(plain, **options)


def is_lost(error: BaseException | None) -> bool:
    """Whether this is the driver's error for a server that is not there; never so before the driver was loaded."""
    if "asyncpg" not in sys.modules:
        return False
    import asyncpg  # noqa: PLC0415 — see the module's own words  # pyright: ignore[reportMissingTypeStubs]

    lost = (asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.InterfaceError)
    return isinstance(error, lost)
