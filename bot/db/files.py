"""Files that are whole or not there: written for the owner alone, on the disk, and known by their SHA-256."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

_CHUNK = 1024 * 1024
_FLUSHED = 4 * _CHUNK
"""Bytes after which a long copy waits for the disk, so that a commit beside it never waits for much of ours."""


def go_on() -> None:
    """What long work calls between its steps if nobody wants to stop it."""


def digest(path: Path, going: Callable[[], None] = go_on) -> tuple[int, str]:
    """The size of a file in bytes, and its SHA-256; `going` is called now and then, and may raise."""
    found, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            going()
            found.update(chunk)
            size += len(chunk)
    return size, found.hexdigest()


def copy(source: Path, target: Path, going: Callable[[], None] = go_on) -> None:
    """Copy a file to where none is; `going` is called now and then, and may raise."""
    waiting = 0
    with source.open("rb") as read, created(target) as written:
        while chunk := read.read(_CHUNK):
            going()
            _all(written, chunk)
            waiting += len(chunk)
            if waiting >= _FLUSHED:
                os.fsync(written)
                waiting = 0


def write(path: Path, text: str) -> None:
    """Write a text where no file is."""
    with created(path) as written:
        _all(written, text.encode())


def _all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


@contextmanager
def created(path: Path) -> Generator[int]:
    """A new file for the owner alone, on the disk when the block ends."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        yield descriptor
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Let the names in a folder reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
