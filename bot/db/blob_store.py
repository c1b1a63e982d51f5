"""Keeps files below DATA_DIR by their contents: the same bytes are one file, whole or not there.

Everything here waits for the disk: call it in a thread.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Collection
from pathlib import Path

from bot.db import files
from bot.db.blobs import BLOBS, listed

_SHARD = 2
"""Characters of a digest that name its folder, so that none has too many files."""


class BlobLost(Exception):
    """A file is not there, or is not what it was; the message says which."""


class BlobStore:
    """The folder of files that rows refer to."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / BLOBS

    def put(self, data: bytes) -> str:
        """Keep these bytes; their SHA-256, in hexadecimal. They are on the disk when this returns.

        Raises:
            OSError: the disk refuses.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        if path.exists():
            os.utime(path)  # somebody is about to refer to it: it is not left over
            return digest
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f".{digest}.{os.getpid()}.{time.monotonic_ns()}.part")
        try:
            with files.created(part) as descriptor:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
            part.replace(path)
            files.sync_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a file.

        Raises:
            BlobLost: it is not there, or not what it was.
        """
        try:
            data = self._path(digest).read_bytes()
        except OSError as error:
            raise BlobLost(f"{self._path(digest)}: {error.strerror}") from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise BlobLost(f"{self._path(digest)} is not what it was")
        return data

    def old(self, seconds: float) -> list[Path]:
        """All files that nobody brought for that long, also what a crash left half written, relative to the folder."""
        before = time.time() - seconds
        return [name for name in listed(self._folder) if self._is_old(self._folder / name, before)]

    def drop(self, names: Collection[Path], seconds: float) -> int:
        """Remove files, but for those that somebody brought in that time; how many."""
        before, dropped = time.time() - seconds, 0
        for name in names:
            if self._is_old(self._folder / name, before):
                (self._folder / name).unlink(missing_ok=True)
                dropped += 1
        return dropped

    def _is_old(self, path: Path, before: float) -> bool:
        try:
            return path.stat().st_mtime < before
        except FileNotFoundError:
            return False

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:_SHARD] / digest
