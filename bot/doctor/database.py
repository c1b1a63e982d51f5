"""The database: whether it answers, what it is, where it stands, and who holds it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta

from asyncpg import PostgresError

from bot import startup
from bot.db import migrations, pg_programs
from bot.db.config import DatabaseConfig
from bot.db.inspection import PostgresFacts, look_at_postgres, look_at_sqlite, sqlite_version
from bot.doctor.findings import Finding, fail, ok, warn

_SQLITE_LEAST, _SQLITE_SOUND = (3, 35), (3, 51, 3)
_POSTGRES_LEAST = 13
_MOST = timedelta(seconds=2)


async def examine(config: DatabaseConfig) -> AsyncGenerator[Finding]:
    """Look at the database of either kind."""
    if config.is_sqlite:
        for one in await asyncio.to_thread(lambda: list(_sqlite(config))):
            yield one
        return
    facts = None
    try:
        facts = await look_at_postgres(config.url, config.connect_timeout)
    except (OSError, TimeoutError, PostgresError, ValueError) as error:
        yield _unreachable("database", config.safe_url, error, "DATABASE_URL")
    if facts is not None:
        for one in _postgres(facts):
            yield one
    if config.direct_url is not None:
        yield await _direct(config, facts)


def _sqlite(config: DatabaseConfig) -> Iterator[Finding]:
    path = config.sqlite_path
    yield _library()
    if not path.exists():
        yield ok("database", f"{path} is not there yet; the first start makes it.")
        return
    try:
        facts = look_at_sqlite(config)
    except OSError as error:
        step = "restore a backup, or name the right file in DATABASE_URL."
        yield fail("database", f"{path} can't be used: {error}.", step)
        return
    yield ok("database", f"{path} answers.")
    yield _revision(facts.revision, may_migrate=True)
    try:
        running = startup.is_running(config)
    except OSError as error:
        yield warn("lock", f"{path}.lock can't be read ({error.strerror}).", "ask as the bot's user.")
    else:
        yield ok("lock", "a bot runs on it." if running else "no bot runs on it.")


def _library() -> Finding:
    version = sqlite_version()
    name = f"SQLite {'.'.join(map(str, version))}"
    if version < _SQLITE_LEAST:
        return fail("version", f"{name} is too old.", "use a Python with SQLite 3.35 or newer, as Debian 12 has.")
    if version < _SQLITE_SOUND:
        return warn(
            "version",
            f"{name}: before 3.51.3 two connections that write and checkpoint at once may damage a file. It does not "
            "bite here: one connection writes, and only the bot's; all others can only read.",
            "nothing today; take 3.51.3 when your system has it, and write to the file with nothing else.",
        )
    return ok("version", f"{name}.")


def _postgres(facts: PostgresFacts) -> Iterator[Finding]:
    yield ok("database", "it answers.")
    name = f"PostgreSQL {facts.version}"
    if facts.major < _POSTGRES_LEAST:
        yield fail("version", f"{name} is too old.", f"use {_POSTGRES_LEAST} or newer.")
    else:
        yield ok("version", f"{name}.")
    if facts.encoding != "UTF8":
        step = "create the database anew with ENCODING 'UTF8'."
        yield fail("encoding", f"{facts.encoding} can't hold every name that members have.", step)
    if facts.unsafe:
        names = ", ".join(facts.unsafe)
        yield warn(
            "durability", f"{names}: off. A crash of the server may lose what members were told.", "switch it on."
        )
    yield _revision(facts.revision, may_migrate=facts.may_migrate)
    yield _programs(facts.major)
    if abs(facts.ahead) > _MOST:
        side = "ahead of" if facts.ahead > timedelta() else "behind"
        said = f"the database server is {abs(facts.ahead).total_seconds():.0f} s {side} this machine."
        yield warn("clocks", f"{said} The bot follows the server's.", "set both clocks, with NTP (timedatectl).")
    else:
        yield ok("clocks", "the database server's clock agrees with this machine's.")
    yield from _locks(facts)


def _locks(facts: PostgresFacts) -> Iterator[Finding]:
    held = [f"{one.what} (pid {one.pid}, {one.host})" for one in facts.locks if one.pid is not None]
    said = f"held by a running bot: {', '.join(held)}." if held else "no bot runs on it."
    if any(one.what == "a migration" for one in facts.locks):
        yield warn("locks", said, "wait for the migration; if it never ends, look for its pid in pg_stat_activity.")
    else:
        yield ok("locks", said)


def _programs(major: int) -> Finding:
    for program in ("pg_dump", "pg_restore"):
        try:
            pg_programs.find(program, major)
        except pg_programs.ProgramMissingError:
            step = f"install PostgreSQL's client programs of version {major} (Debian: postgresql-client-{major})."
            lost = "so there are no backups, neither by the clock nor before a migration."
            return warn("programs", f"{program} is not on this machine, {lost}", step)
    return ok("programs", "pg_dump and pg_restore are there.")


def _revision(revision: str | None, *, may_migrate: bool) -> Finding:
    head = migrations.head()
    if revision == head:
        return ok("migrations", f"revision {head}, the newest.")
    if not may_migrate and (revision is None or migrations.knows(revision)):
        where = "no tables yet" if revision is None else f"at revision {revision}, the newest is {head}"
        step = "run folkmoot db upgrade with the owner's DATABASE_URL."
        return fail("migrations", f"{where}, and this role may not change tables.", step)
    if revision is None:
        return ok("migrations", "no tables yet; the next start makes them.")
    if migrations.knows(revision):
        said = f"at revision {revision}, the newest is {head}. The next start backs up and migrates."
        return warn("migrations", said, "folkmoot db upgrade, or start the bot.")
    step = "install the newer version, or restore a backup from before it."
    return fail("migrations", f"revision {revision} is from a newer Folkmoot.", step)


async def _direct(config: DatabaseConfig, facts: PostgresFacts | None) -> Finding:
    direct = config.direct_url or config.url
    try:
        found = await look_at_postgres(direct, config.connect_timeout)
    except (OSError, TimeoutError, PostgresError, ValueError) as error:
        return _unreachable("direct", "DATABASE_DIRECT_URL", error, "DATABASE_DIRECT_URL")
    if facts is not None and facts.identity != found.identity:
        step = "let both lead to the same database of the same server."
        return fail("direct", "DATABASE_DIRECT_URL leads to another database than DATABASE_URL.", step)
    return ok("direct", "DATABASE_DIRECT_URL leads to the same database.")


def _unreachable(subject: str, where: str, error: Exception, setting: str) -> Finding:
    if isinstance(error, PostgresError):
        return fail(subject, f"{where} refuses: {error}.", f"correct user, password and name in {setting}.")
    said = str(error) or "no answer in time"
    return fail(
        subject, f"{where} can't be reached: {said}.", f"start PostgreSQL, or correct host and port in {setting}."
    )
