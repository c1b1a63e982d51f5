"""What bots send along, kept in a folder, so that a person at a terminal can open it."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

KEPT = 50
"""How many files stay; older ones make room."""

_LONGEST = 80
_UNSAFE = re.compile(r"[^\w.-]+")
_NUMBERED = re.compile(r"(\d+)-")


class Files:
    """Writes each attachment once, when it is first shown. `read` gives the bytes behind an address, if there are any.

    A file is at most as large as Discord lets bots send, and mostly a few kilobytes: it is written at once.
    """

    def __init__(self, folder: Path, read: Callable[[str], bytes | None], *, kept: int = KEPT) -> None:
        self.folder = folder
        self._read = read
        self._kept = kept
        self._paths: dict[str, Path] = {}

    def path(self, attachment: Mapping[str, Any]) -> str | None:
        """Where an attachment is to be found, as one types it; None where it can't be kept, or made room for others."""
        address = str(attachment.get("url"))
        if address not in self._paths:
            data = self._read(address)
            if data is None:
                return None
            try:
                self._paths[address] = self._write(str(attachment.get("filename") or "file"), data)
            except OSError:
                return None
        path = self._paths[address]
        return short(path) if path.exists() else None

    def listed(self) -> list[Path]:
        """Every file that is there, oldest first."""
        if not self.folder.is_dir():
            return []
        found = [(int(match[1]), path) for path in self.folder.iterdir() if (match := _NUMBERED.match(path.name))]
        return [path for _, path in sorted(found)]

    def _write(self, name: str, data: bytes) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        there = self.listed()
        number = int(there[-1].name.partition("-")[0]) + 1 if there else 1
        # The name comes from outside: nothing in it may lead out of the folder or steer a terminal.
        safe = _UNSAFE.sub("_", name)[-_LONGEST:]
        path = self.folder / f"{number:03}-{safe}"
        path.write_bytes(data)
        for old in [*there, path][: -self._kept]:
            old.unlink(missing_ok=True)
        return path


def short(path: Path) -> str:
    """A path from where one is, if it is below; else the whole."""
    whole = path.resolve()
    return str(whole.relative_to(Path.cwd())) if whole.is_relative_to(Path.cwd()) else str(whole)
