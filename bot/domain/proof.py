"""Proof: what is kept of a file, and what it is by its contents, whatever it is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 10
"""Of one case; as many as one message of Discord's takes."""

MOST_IN_FORM = 5
"""That a form takes."""

LONGEST_NAME = 100
LONGEST_TYPE = 40

_TEXT = "text/plain"
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "video/webm": "webm",
    "video/mp4": "mp4",
    "video/x-msvideo": "avi",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "audio/wav": "wav",
    _TEXT: "txt",
}
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


def content_type(data: bytes) -> str | None:
    """What bytes are, by themselves; None for what is not kept, such as programs, archives and nothing at all."""
    for beginning, found in _BEGINNINGS:
        if data.startswith(beginning):
            return found
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    if data[4:8] == b"ftyp":
        return "video/mp4"
    return _TEXT if data and _is_text(data) else None


def _is_text(data: bytes) -> bool:
    """Whether it is plain text that shows nothing but characters; web pages are text too, and are kept as such."""
    if not _CONTROLS.isdisjoint(data):
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def safe_name(name: str, kind: str, *, nameless: str = "proof") -> str:
    """A name for a file of that content: what it was called, without anything that leads elsewhere, and its ending.

    `nameless` is what one is called of whose name nothing is left.
    """
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    kept = "".join(one if one.isalnum() or one in "-_ ()" else "_" for one in stem).strip(" _")
    ending = _ENDINGS.get(kind, "bin")
    return f"{kept[: LONGEST_NAME - len(ending) - 1] or nameless}.{ending}"


@dataclass(frozen=True)
class KeptFile:
    """A file whose bytes are kept, before a case has it."""

    digest: str
    name: str
    content_type: str
    size: int


@dataclass(frozen=True)
class Proof:
    """A file of a case."""

    number: int
    seq: int
    digest: str
    name: str
    content_type: str
    size: int
    added_by: int | None
    at: datetime
