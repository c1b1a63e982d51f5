"""The backups that the bot makes by itself, in DATA_DIR/backups, and the old ones of these that it deletes.

A backup belongs to the bot if its folder has the name that the bot gives and its manifest says so. Nothing else is ever
touched. Everything here is synchronous and slow: from a coroutine call it in a thread.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.db import backup, pg_programs
from bot.db.backup import Backup, BackupError, Manifest
from bot.db.config import DatabaseConfig
from bot.domain.backups import Retention, kept

_SUFFIX = "-automatic"
_OURS = re.compile(rf"\d{{8}}-\d{{6}}{_SUFFIX}")
_LEFT_BEHIND = re.compile(rf"\.\d{{8}}-\d{{6}}{_SUFFIX}\.(?:\d+\.part|gone)")
"""Half a backup of a process that died, or half a deletion."""


@dataclass(frozen=True)
class Archive:
    """Where an installation's backups are."""

    config: DatabaseConfig
    data_dir: Path
    retention: Retention

    @property
    def folder(self) -> Path:
        """Where the backups of this installation go if nobody says otherwise."""
        return self.data_dir / "backups"

    def obstacle(self) -> str | None:
        """What stands in the way of any backup, and what to install; None: nothing."""
        if self.config.is_sqlite:
            return None
        try:
            for program in ("pg_dump", "pg_restore"):
                pg_programs.find(program)
        except pg_programs.ProgramMissingError as error:
            return str(error)
        return None

    def make(self, now: datetime, going: Callable[[], None]) -> int:
        """Make one, whole or not at all; its bytes. `going` is called now and then, and may raise.

        Raises:
            BackupError: it was not made.
        """
        folder = backup.default_folder(self.data_dir, now, _SUFFIX)
        made = backup.make(self.config, self.data_dir, folder, now=now, automatic=True, going=going)
        return made.manifest.size

    def clear(self) -> None:
        """Remove what a dead process left half done. Only for who holds the turn, since nobody else makes any."""
        if self.folder.is_dir():
            for path in self.folder.iterdir():
                if _LEFT_BEHIND.fullmatch(path.name) and _is_folder(path):
                    shutil.rmtree(path)

    def prune(self, now: datetime) -> list[Path]:
        """Delete the bot's own whole backups that are not to be kept; which these were."""
        found = list(self.whole())
        if not found:
            return []
        newest = max(found, key=lambda one: one.manifest.began_at)
        ours = {one.manifest.began_at: one.folder for one in found if _is_ours(one)}
        keep = kept(ours, now, self.retention)
        doomed = sorted(folder for at, folder in ours.items() if at not in keep and folder != newest.folder)
        for folder in doomed:
            # First away under that name, so that what stands under it is whole at any moment.
            shutil.rmtree(folder.rename(folder.with_name(f".{folder.name}.gone")))
        return doomed

    def whole(self) -> Iterator[Backup]:
        """The backups that are there with all their files, whoever made them; their contents are not read."""
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.iterdir()):
            if path.name.startswith(".") or not _is_folder(path):
                continue
            try:
                manifest = backup.read_manifest(path)
            except BackupError:
                continue
            if all(_size(path / name) == entry.size for name, entry in manifest.files.items()):
                yield Backup(path, manifest)

    def newest(self) -> Manifest | None:
        """What the newest whole backup says of itself; None if there is none."""
        return max((one.manifest for one in self.whole()), key=lambda manifest: manifest.began_at, default=None)


def _is_ours(one: Backup) -> bool:
    return one.manifest.automatic and _OURS.fullmatch(one.folder.name) is not None


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None
