"""The files that rows refer to: a folder in DATA_DIR, and where it goes with a copy or a backup."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bot.db import files

BLOBS = "blobs"
"""The folder of files that rows refer to, in DATA_DIR and in a backup."""


class BlobsError(Exception):
    """Files can't be copied as they are; the message says why, for an operator."""


def listed(folder: Path) -> Iterator[Path]:
    """The files below a folder of blobs, relative to it, in order; none if there is no such folder."""
    if folder.is_dir():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(folder)


def must_be_empty(data_dir: Path) -> None:
    """See to it that there are no files yet.

    Raises:
        BlobsError: there are.
    """
    folder = data_dir / BLOBS
    if folder.exists() and any(folder.iterdir()):
        raise BlobsError(f"Files are copied into an empty place only. Move this away first: {folder}")


def copy(source_dir: Path, target_dir: Path) -> list[Path]:
    """Copy the blobs of one DATA_DIR into another and compare them; what is there already and the same stays.

    Nothing to do, and nothing named, if both are the same folder.

    Raises:
        BlobsError: a file of that name is there with other contents.
        OSError: the disk refuses.
    """
    source, target = source_dir / BLOBS, target_dir / BLOBS
    if source.resolve() == target.resolve():
        return []
    names = list(listed(source))
    for name in names:
        _bring(source / name, target / name)
    strangers = set(listed(target)) - set(names)
    if strangers:
        raise BlobsError(f"{target / min(strangers)} is not in the source.")
    return names


def _bring(source: Path, target: Path) -> None:
    wanted = files.digest(source)
    if not target.exists():
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            files.copy(source, part)
            part.rename(target)
            files.sync_folder(target.parent)
        finally:
            part.unlink(missing_ok=True)
    if files.digest(target) != wanted:
        raise BlobsError(f"{target} is not the same as {source}. Move it away, and start over with --again.")
