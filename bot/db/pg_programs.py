"""`pg_dump` and `pg_restore`, PostgreSQL's own programs. The password goes by the environment, not by the command."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, make_url, text

from bot.db import migrations
from bot.db.config import DatabaseConfig
from bot.db.files import go_on

_PACKAGED = Path("/usr/lib/postgresql")
_CONNECT_TIMEOUT = "10"
_PASSED_ON = ("PATH", "HOME", "TMPDIR")
_LAST_LINES = 3
_LOOK_EVERY = 0.2
"""Seconds between two looks at whether a program is to go on."""


class ProgramError(Exception):
    """A program is missing or failed; the message says what it said."""


class ProgramMissingError(ProgramError):
    """PostgreSQL's client programs are not on this machine."""


def find(name: str, major: int = 0) -> str:
    """Where a program is, best of the server's own version: a newer one writes what an older server can't read.

    Raises:
        ProgramMissingError: it is not on this machine.
    """
    packaged = sorted(_PACKAGED.glob(f"*/bin/{name}"), key=lambda path: path.parts[-3].zfill(4), reverse=True)
    same = [str(path) for path in packaged if path.parts[-3] == str(major)]
    found = [*same, shutil.which(name), *map(str, packaged)]
    best = next((path for path in found if path is not None), None)
    if best is None:
        raise ProgramMissingError(
            f"{name} is not on this machine. Install PostgreSQL's client programs "
            "(Debian: apt-get install postgresql-client), or let the server's administrator do it."
        )
    return best


def dump(config: DatabaseConfig, target: Path, going: Callable[[], None] = go_on) -> str:
    """Write one consistent moment of a database into a new file, and read that through; the server's version.

    `going` is called a few times a second; what it raises ends the program.

    Raises:
        ProgramError: the program is missing, or it failed.
        OSError: the file can't be written.
    """
    version, major = _server(config)
    program, reader = find("pg_dump", major), find("pg_restore", major)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        options = ["--format=custom", "--no-password", "--lock-wait-timeout=60000"]
        _run(config, [program, *options], stdout=descriptor, going=going)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    # Unpacks all of it, which finds a cut or a bad block.
    _run(config, [reader, f"--file={os.devnull}", str(target)], going=going)
    return version


def load(config: DatabaseConfig, source: Path) -> None:
    """Put what `dump` wrote into an empty database, all of it or none; it belongs to the user of the URL.

    Raises:
        ProgramError: the program is missing, or it failed.
    """
    _, major = _server(config)
    database = (make_url(config.direct_url or config.url).database or "").replace("\\", "\\\\").replace("'", "\\'")
    options = ["--no-password", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    _run(config, [find("pg_restore", major), *options, f"--dbname=dbname='{database}'", str(source)])


def tables(config: DatabaseConfig) -> int:
    """How many tables a database has, whoever made them."""
    return int(
        _ask(config, "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')")
    )


def _server(config: DatabaseConfig) -> tuple[str, int]:
    number = int(_ask(config, "SHOW server_version_num"))
    return _ask(config, "SHOW server_version"), number // 10_000


def _ask(config: DatabaseConfig, question: str) -> str:
    found: list[str] = []

    def work(connection: Connection) -> None:
        found.append(str(connection.execute(text(question)).scalar_one()))

    migrations.run_on(config, work)
    return found[0]


def _environment(config: DatabaseConfig) -> dict[str, str]:
    """What libpq reads, from the URL; besides it only what is no secret of ours."""
    url = make_url(config.direct_url or config.url)
    host, mode = url.query.get("host"), url.query.get("sslmode")
    given = {
        "PGHOST": url.host or (host if isinstance(host, str) else None),
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": mode if isinstance(mode, str) else None,
    }
    kept = {name: value for name, value in os.environ.items() if name in _PASSED_ON or name.startswith("PG")}
    fixed = {"LC_ALL": "C", "PGAPPNAME": "folkmoot backup", "PGCONNECT_TIMEOUT": _CONNECT_TIMEOUT}
    return {**kept, **fixed, **{name: value for name, value in given.items() if value is not None}}


def _run(
    config: DatabaseConfig,
    command: list[str],
    stdout: int = subprocess.DEVNULL,
    going: Callable[[], None] = go_on,
) -> None:
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603 — a program found by its name, and our own options
            command, env=_environment(config), stdin=subprocess.DEVNULL, stdout=stdout, stderr=said
        ) as program,
    ):
        try:
            _wait(program, going)
        except BaseException:
            program.kill()
            raise
        if program.returncode:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()[-_LAST_LINES:]
            raise ProgramError(
                f"{Path(command[0]).name} failed: {' '.join(lines) or f'exit code {program.returncode}'}"
            )


def _wait(program: subprocess.Popen[bytes], going: Callable[[], None]) -> None:
    while True:
        try:
            program.wait(_LOOK_EVERY)
        except subprocess.TimeoutExpired:
            going()
        else:
            return
