"""Files that are handed out as they are while they are small, and packed when they are not."""

from __future__ import annotations

import gzip
import io

MOST_PLAIN = 4 << 20
"""Bytes above which a file is packed, so that Discord takes more."""

_MAGIC = b"\x1f\x8b"


class Packing:
    """A text that is written piece by piece; of a large one only the packed bytes are ever there whole."""

    def __init__(self, most_plain: int = MOST_PLAIN) -> None:
        self._most_plain = most_plain
        self._whole = io.BytesIO()
        self._packed: gzip.GzipFile | None = None

    def add(self, piece: str) -> None:
        """Write a piece. Packing keeps a processor busy: call it in a thread where there are many."""
        self._to.write(piece.encode())
        if self._packed is None and self._whole.tell() > self._most_plain:
            plain, self._whole = self._whole.getvalue(), io.BytesIO()
            self._packed = gzip.GzipFile(filename="", fileobj=self._whole, mode="wb", compresslevel=6, mtime=0)
            self._packed.write(plain)

    def end(self) -> bytes:
        """The whole file; nothing is added to it any more."""
        if self._packed is not None:
            self._packed.close()
        return self._whole.getvalue()

    @property
    def _to(self) -> io.BytesIO | gzip.GzipFile:
        return self._whole if self._packed is None else self._packed


def named(name: str, content: bytes) -> str:
    """What a file is called that may be packed."""
    return f"{name}.gz" if content.startswith(_MAGIC) else name
