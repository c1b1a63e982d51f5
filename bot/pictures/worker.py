"""The process that draws: reads what to draw from its standard input, writes PNGs to its standard output.

    python -m bot.pictures.worker

It ends when its input does, and so never outlives the bot, however that ended. A frame is four bytes of length and as
many bytes of content. What comes in is pickled, by the bot alone. What goes out is bytes that the bot only passes on:
an avatar that took this process over could draw what it likes, and that is all.
"""

from __future__ import annotations

import os
import pickle
import resource
import struct
import sys
from typing import BinaryIO

from bot.pictures.specs import Card, Spec

LENGTH = struct.Struct(">I")
DRAWN, FAILED = b"\x01", b"\x00"
"""The first byte of an answer: a PNG follows, or the name of what went wrong."""

_NICE = 10
"""How far the bot goes before: on a busy machine a picture waits, and no answer does."""

_MEMORY = 1 << 30
"""Bytes of address space: a picture that asks for more fails by itself, not the machine."""


def main() -> None:
    """Draw until nobody asks any more."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while (frame := _read(asked)) is not None:
        answer = _answer(frame)
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _read(source: BinaryIO) -> bytes | None:
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = source.read(length)
    return body if len(body) == length else None


def _answer(frame: bytes) -> bytes:
    try:
        return DRAWN + draw(pickle.loads(frame))  # noqa: S301 — from the process that started this one
    except Exception as error:  # noqa: BLE001 — the next picture may be a better one
        return FAILED + f"{type(error).__name__}: {error}"[:500].encode(errors="replace")


def draw(spec: Spec) -> bytes:
    """Draw one picture here and now, as a PNG."""
    from bot.pictures.drawing import cards, charts  # noqa: PLC0415 — only a process that draws loads Pillow

    return cards.draw(spec) if isinstance(spec, Card) else charts.draw(spec)


if __name__ == "__main__":
    main()
