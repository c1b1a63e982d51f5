"""Backups: how old the last one is, whether the next one can be made, and whether there is room for it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import SystemRandom

from sqlalchemy.exc import SQLAlchemyError

from bot.clock import SystemClock
from bot.db import blobs, unfinished
from bot.db.archive import Archive
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.doctor.findings import Finding, fail, ok, warn
from bot.domain.backups import LATE, BackupState
from bot.errors import Unavailable
from bot.ids import IdMaker
from bot.services.backups import BackupsService
from bot.settings import Settings

_BY_HAND = timedelta(days=7)
"""How old the last backup may be where an operator makes them."""

_SPARE = 1.2
"""A database grows meanwhile."""


@dataclass(frozen=True)
class BackupFacts:
    """What can be known of an installation's backups."""

    state: BackupState
    found_at: datetime | None
    """When the newest one began that lies in DATA_DIR/backups, whoever made it."""
    obstacle: str | None
    size: int
    """Bytes that the next one is likely to take."""
    free: int
    """Bytes where it will be."""

    @property
    def last_at(self) -> datetime | None:
        """When the last one began."""
        return max((one for one in (self.state.last_at, self.found_at) if one is not None), default=None)


async def examine(settings: Settings) -> AsyncGenerator[Finding]:
    """Look at the backups; of a database that can't be asked, at those that lie on the disk."""
    config = settings.database_config()
    known = await _known(config)
    state, note = known if known is not None else (BackupState(), None)
    if note is not None:
        step = "folkmoot db copy --again, or name another database in DATABASE_URL."
        yield fail("copy", f"the database holds an unfinished copy {note}, and no bot starts on it.", step)
    facts = await asyncio.to_thread(_facts, settings, state)
    if facts.obstacle is None or not settings.backup.every:  # else the database's part says what is missing
        yield age(facts, settings.backup.every, SystemClock().now())
    yield room(facts)


def age(facts: BackupFacts, every: timedelta, now: datetime) -> Finding:
    """Whether the last backup is young enough."""
    step = "folkmoot db backup, and look in the log for why the bot made none."
    last = facts.last_at
    if last is None:
        if every and facts.state.error is None:
            return ok("backup", "there is none yet; the running bot makes them.")
        because = f": {facts.state.error}" if facts.state.error else "."
        return warn("backup", f"there is none yet{because}", "folkmoot db backup")
    limit = LATE * every or _BY_HAND
    said = f"the last one is of {last:%Y-%m-%d %H:%M} UTC"
    if now - last > limit:
        because = f" The last try failed: {facts.state.error}" if facts.state.error else ""
        return warn("backup", f"{said}: the last backup is older than {_span(limit)}.{because}", step)
    if facts.state.error is not None:
        return warn("backup", f"{said}, and the last try failed: {facts.state.error}", step)
    return ok("backup", f"{said}.")


def room(facts: BackupFacts) -> Finding:
    """Whether the next backup has room."""
    said = f"the next backup takes about {_amount(facts.size)}, and {_amount(facts.free)} are free"
    if facts.free < _SPARE * facts.size:
        return warn("room", f"{said}.", "delete what is not needed, or let DATA_DIR/backups be on a larger disk.")
    return ok("room", f"{said}.")


async def _known(config: DatabaseConfig) -> tuple[BackupState, str | None] | None:
    if config.is_sqlite and not config.sqlite_path.exists():
        return None
    clock, rng = SystemClock(), SystemRandom()
    database = Database(replace(config, read_only=True), clock, rng)
    try:
        state = await BackupsService(database, clock, IdMaker(clock, rng), every=timedelta()).state()
        async with database.read() as session:
            return state, await session.run_sync(unfinished.note)
    except (Unavailable, SQLAlchemyError, OSError):
        return None  # said by those who look at the database
    finally:
        await database.close()


def _facts(settings: Settings, state: BackupState) -> BackupFacts:
    config = settings.database_config()
    archive = Archive(config, settings.data_dir, settings.backup.retention)
    newest = archive.newest()
    size = max(state.last_bytes, 0 if newest is None else newest.size)
    if config.is_sqlite and config.sqlite_path.is_file():
        folder = settings.data_dir / blobs.BLOBS
        files = sum((folder / name).stat().st_size for name in blobs.listed(folder))
        size = config.sqlite_path.stat().st_size + files
    return BackupFacts(
        state=state,
        found_at=None if newest is None else newest.began_at,
        obstacle=archive.obstacle(),
        size=size,
        free=shutil.disk_usage(_nearest(archive.folder)).free,
    )


def _nearest(path: Path) -> Path:
    return next(one for one in (path.absolute(), *path.absolute().parents) if one.is_dir())


def _span(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    return f"{hours // 24} days" if hours % 24 == 0 and hours > 24 else f"{hours} hours"  # noqa: PLR2004 — hours of a day


def _amount(size: int) -> str:
    return f"{size / 1_000_000_000:.1f} GB" if size >= 1_000_000_000 else f"{size / 1_000_000:.1f} MB"  # noqa: PLR2004 — a GB
