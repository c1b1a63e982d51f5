"""Backups: a folder with the database, the files that belong to it, and a manifest that says what each must be.

Everything here is synchronous and slow: from a coroutine call it in a thread.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ValidationError

from bot import __version__
from bot.db import files, migrations, pg_programs, sqlite_copy
from bot.db.blobs import BLOBS, listed
from bot.db.config import DatabaseConfig
from bot.db.files import go_on
from bot.db.pg_programs import ProgramError

MANIFEST = "manifest.json"
BACKUPS = "backups"
"""The folder in DATA_DIR where backups go if nobody says otherwise."""

_SQLITE, _POSTGRES = "folkmoot.db", "folkmoot.dump"


class BackupError(Exception):
    """A backup can't be made or used; the message says why and what to do, for an operator."""


class FileEntry(BaseModel):
    """What a file of a backup must be."""

    size: int
    sha256: str


class Manifest(BaseModel):
    """What a backup holds. It guards against damage, not against somebody who can write both files and manifest."""

    format: Literal[1] = 1
    folkmoot: str
    database: Literal["sqlite", "postgresql"]
    server: str
    revision: str | None
    began_at: AwareDatetime
    automatic: bool = False
    """Made by the bot itself, which may delete it when it is old."""
    files: dict[str, FileEntry]

    @property
    def size(self) -> int:
        """Bytes in all files together."""
        return sum(entry.size for entry in self.files.values())


@dataclass(frozen=True)
class Backup:
    """A backup that was made or restored, and checked."""

    folder: Path
    manifest: Manifest


def default_folder(data_dir: Path, now: datetime, suffix: str = "") -> Path:
    """Where a backup of this moment goes if nobody says otherwise."""
    return data_dir / BACKUPS / f"{now:%Y%m%d-%H%M%S}{suffix}"


def make(
    config: DatabaseConfig,
    data_dir: Path,
    folder: Path,
    *,
    now: datetime,
    automatic: bool = False,
    going: Callable[[], None] = go_on,
) -> Backup:
    """Write a checked backup into `folder`, whole or not at all, while a bot may be writing.

    It holds every transaction that had committed when this was called. Only the owner may read it. `going` is called
    many times a second; what it raises ends the work, and nothing is left. An `automatic` one says so in its manifest.

    Raises:
        BackupError: `folder` holds something, or the database or the disk refused.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} is there already; name another place.")
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    with _as_sentences(f"The backup could not be written to {folder}"):
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.mkdir(mode=0o700)
        try:
            manifest = _fill(config, data_dir, part, now, going).model_copy(update={"automatic": automatic})
            files.write(part / MANIFEST, manifest.model_dump_json(indent=2) + "\n")
            files.sync_folder(part)
            part.rename(folder)
            files.sync_folder(folder.parent)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    return Backup(folder, manifest)


def _fill(config: DatabaseConfig, data_dir: Path, part: Path, now: datetime, going: Callable[[], None]) -> Manifest:
    if config.is_sqlite:
        name = _SQLITE
        revision = sqlite_copy.copy(config.sqlite_path, part / name, going)
        kind, server = "sqlite", sqlite_copy.VERSION
    else:
        name = _POSTGRES
        revision = migrations.inspect(config).current
        kind, server = "postgresql", pg_programs.dump(config, part / name, going)
        if migrations.inspect(config).current != revision:
            raise BackupError("The database was migrated meanwhile. Nothing was kept; try again.")
    # After the database: a file is written before the row that names it, so no row of the copy misses its file.
    written = {name: part / name, **_copy_blobs(data_dir / BLOBS, part / BLOBS, going)}
    return Manifest(
        folkmoot=__version__,
        database=kind,
        server=server,
        revision=revision,
        began_at=now,
        files={relative: _entry(path, going) for relative, path in written.items()},
    )


def _copy_blobs(source: Path, target: Path, going: Callable[[], None]) -> dict[str, Path]:
    copied: dict[str, Path] = {}
    for relative in listed(source):
        place = target / relative
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.copy(source / relative, place, going)
        copied[f"{BLOBS}/{relative.as_posix()}"] = place
    return copied


def read_manifest(folder: Path) -> Manifest:
    """What a backup says of itself.

    Raises:
        BackupError: it is none, or of a kind that this version does not know.
    """
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else "the manifest can't be read"
        raise BackupError(f"{folder} is not a backup of Folkmoot: {reason}.") from error
    for name in manifest.files:
        parts = PurePosixPath(name).parts
        own = name in (_SQLITE, _POSTGRES) or (parts[:1] == (BLOBS,) and ".." not in parts and len(parts) > 1)
        if not own:
            raise BackupError(f"{folder} names a file that no backup has: {name!r}. It was not restored.")
    return manifest


def restore(config: DatabaseConfig, data_dir: Path, folder: Path) -> Backup:
    """Put a backup where nothing is, all of it or none, and check it there.

    Nobody else may use that place meanwhile (`startup.alone`).

    Raises:
        BackupError: it is damaged, of another database or a newer version, or the place is not empty.
    """
    manifest = read_manifest(folder)
    name = _SQLITE if config.is_sqlite else _POSTGRES
    if name not in manifest.files:
        raise BackupError(f"{folder} is a backup of {manifest.database}, and DATABASE_URL names another database.")
    if manifest.revision is not None and not migrations.knows(manifest.revision):
        raise BackupError(
            f"{folder} was made by Folkmoot {manifest.folkmoot}, which is newer than this one: it is at revision "
            f"{manifest.revision}. Install that version."
        )
    for relative, entry in manifest.files.items():
        _check(folder / relative, entry)
    _check_empty(config, data_dir)
    with _as_sentences("The backup could not be restored"):
        blobs = _place_blobs(folder, data_dir, manifest)
        try:
            if config.is_sqlite:
                _place_file(folder / name, config.sqlite_path, manifest.files[name])
            else:
                pg_programs.load(config, folder / name)
        except BaseException:
            shutil.rmtree(blobs, ignore_errors=True)
            raise
    return Backup(folder, manifest)


def _check_empty(config: DatabaseConfig, data_dir: Path) -> None:
    if config.is_sqlite:
        path = config.sqlite_path
        there = [one for one in (path, *(Path(f"{path}{end}") for end in ("-wal", "-shm", "-journal"))) if one.exists()]
        if there:
            names = ", ".join(str(one) for one in there)
            raise BackupError(f"A backup is restored into an empty place only. Move these away first: {names}")
    elif pg_programs.tables(config):
        raise BackupError(
            f"A backup is restored into an empty database only, and {config.safe_url} has tables. "
            "Create another database, and name it in DATABASE_URL."
        )
    blobs = data_dir / BLOBS
    if blobs.exists() and any(blobs.iterdir()):
        raise BackupError(f"A backup is restored into an empty place only. Move this away first: {blobs}")


def _place_file(source: Path, target: Path, entry: FileEntry) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        files.copy(source, part)
        _check(part, entry)
        sqlite_copy.check(part)
        part.rename(target)
        files.sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


def _place_blobs(folder: Path, data_dir: Path, manifest: Manifest) -> Path:
    """Copy the files beside the database; the folder that was made, to be removed if the rest fails."""
    target = data_dir / BLOBS
    for relative, entry in manifest.files.items():
        if relative.startswith(f"{BLOBS}/"):
            place = data_dir / relative
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            files.copy(folder / relative, place)
            _check(place, entry)
    return target


def _check(path: Path, entry: FileEntry) -> None:
    if not path.is_file():
        raise BackupError(f"{path} is missing from the backup. It was not restored.")
    if _entry(path) != entry:
        raise BackupError(f"{path} is not what the manifest says (sha256): it is damaged. It was not restored.")


def _entry(path: Path, going: Callable[[], None] = go_on) -> FileEntry:
    size, digest = files.digest(path, going)
    return FileEntry(size=size, sha256=digest)


@contextmanager
def _as_sentences(what: str) -> Generator[None]:
    try:
        yield
    except (OSError, ProgramError, sqlite_copy.UnsoundError) as error:
        raise BackupError(f"{what}: {getattr(error, 'strerror', None) or error}") from error
