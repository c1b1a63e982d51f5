"""Transcripts on the disk: written piece by piece, and packed so that they fit into a message.

Everything here waits for the disk: call it in a thread.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import structlog

from bot.db.blob_store import BlobLost, BlobStore
from bot.domain.ticket_record import RecordedFile
from bot.domain.transcripts import LOST, NO_ROOM, Place, Rendering, Shown, ShownFile, why_missing

_log = structlog.stdlib.get_logger(__name__)

DRAFTS = "transcripts"
"""The folder of transcripts that are being made, in DATA_DIR. Each is removed as soon as it was sent."""

_LEFT_OVER = 86_400.0
"""Seconds after which a folder is one that a crash left behind."""

_CUT_TRIES = 8


@dataclass(frozen=True)
class MadeFile:
    """A file that is ready to be sent; it is there until the block ends in which it was made."""

    name: str
    path: Path
    size: int


def new_folder(data_dir: Path | None) -> Path:
    """An empty folder for one transcript; those that a crash left behind are removed."""
    if data_dir is None:
        return Path(tempfile.mkdtemp(prefix="folkmoot-transcript-"))
    drafts = data_dir / DRAFTS
    drafts.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in drafts.iterdir():
        if old.stat().st_mtime < time.time() - _LEFT_OVER:
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=drafts))


class Shelf:
    """The contents of a ticket's files: where a transcript has them, and those that go into the page."""

    def __init__(self, store: BlobStore | None, plan: Mapping[str, Place]) -> None:
        self._store = store
        self.plan = plan
        self._lost: set[str] = set()

    def read(self, digest: str) -> bytes | None:
        """The bytes of a file; None if they are lost, and then no transcript says that they are there."""
        reason = "there is no folder for files"
        if self._store is not None:
            try:
                return self._store.get(digest)
            except BlobLost as error:
                reason = str(error)
        _log.error("a file of a ticket is lost", reason=reason)
        self._lost.add(digest)
        return None

    def shown(self, file: RecordedFile) -> ShownFile:
        """A file as a transcript has it."""
        if file.digest is None:
            return ShownFile(file, None, why=why_missing(file.missing))
        if file.digest in self._lost:
            return ShownFile(file, None, why=LOST)
        place = self.plan.get(file.digest)
        if place is None:
            return ShownFile(file, None, why=NO_ROOM)
        if place.path is not None:
            return ShownFile(file, place)
        data = self.read(file.digest)
        return ShownFile(file, None, why=LOST) if data is None else ShownFile(file, place, data)


class Draft:
    """One transcript on its way to the disk, in every form."""

    def __init__(self, folder: Path, stem: str) -> None:
        """`stem` is what its files are called, but for their endings."""
        self._folder = folder
        self._stem = stem
        self._forms: Mapping[str, Rendering] = {}
        self._open = ExitStack()
        self._files: dict[str, TextIO] = {}
        self._zip = folder / f"{stem}.zip"
        self._beside = 0

    def bring(self, shelf: Shelf) -> None:
        """Begin, with the files that lie beside the page."""
        self._folder.mkdir(mode=0o700)
        with zipfile.ZipFile(self._zip, "w", zipfile.ZIP_STORED) as archive:
            for digest, place in shelf.plan.items():
                data = None if place.path is None else shelf.read(digest)
                if place.path is not None and data is not None:
                    archive.writestr(place.path, data)
                    self._beside += 1

    def begin(self, forms: Mapping[str, Rendering]) -> None:
        """Write what comes before the messages in these forms, which are by the endings of their names."""
        self._forms = forms
        for ending, form in self._forms.items():
            file = self._path(ending).open("w", encoding="utf-8", errors="replace", newline="\n")
            self._files[ending] = self._open.enter_context(file)
            file.writelines(form.head())

    def write(self, messages: Iterable[Shown]) -> None:
        """Write messages, in order."""
        for shown in messages:
            for ending, form in self._forms.items():
                self._files[ending].writelines(form.message(shown))

    def end(self) -> None:
        """Write what comes after them."""
        for ending, form in self._forms.items():
            self._files[ending].writelines(form.foot())
        self.close()

    def close(self) -> None:
        """Close what is open."""
        self._open.close()

    # Packing --------------------------------------------------------------------------------------------

    def packed(self, most_bytes: int) -> tuple[Sequence[MadeFile], int]:
        """All of it: as it is if nothing lies beside, or else in one archive; and how many bytes that has."""
        loose = [self._made(self._path(ending)) for ending in self._forms]
        if not self._beside and sum(one.size for one in loose) <= most_bytes:
            return loose, 0
        with zipfile.ZipFile(self._zip, "a", zipfile.ZIP_DEFLATED) as archive:
            for ending in self._forms:
                archive.write(self._path(ending), self._path(ending).name)
        made = self._made(self._zip)
        return ([made] if made.size <= most_bytes else []), made.size

    def bare(self, most_bytes: int) -> Sequence[MadeFile]:
        """As much as there is room for: with ever fewer forms, and at last the beginning of the text alone."""
        endings = list(self._forms)
        for count in range(len(endings) - 1, 0, -1):
            made = self._archive(endings[:count])
            if made.size <= most_bytes:
                return [made]
        text = self._path(endings[0])
        room = text.stat().st_size
        for _try in range(_CUT_TRIES):
            made = self._archive(endings[:1])
            if made.size <= most_bytes:
                return [made]
            room = int(room * min(most_bytes / made.size, 0.95) * 0.95)
            _cut(text, room)
        return []

    def _archive(self, endings: Sequence[str]) -> MadeFile:
        with zipfile.ZipFile(self._zip, "w", zipfile.ZIP_DEFLATED) as archive:
            for ending in endings:
                archive.write(self._path(ending), self._path(ending).name)
        return self._made(self._zip)

    def _path(self, ending: str) -> Path:
        return self._folder / f"{self._stem}.{ending}"

    def _made(self, path: Path) -> MadeFile:
        return MadeFile(path.name, path, path.stat().st_size)


def _cut(path: Path, size: int) -> None:
    """Let a text end after the last whole line that fits."""
    with path.open("r+b") as file:
        file.truncate(size)
        begin = max(size - 65_536, 0)
        file.seek(begin)
        file.truncate(begin + file.read().rfind(b"\n") + 1)
        file.seek(0, 2)
        file.write("…\n".encode())
