"""The fonts and the emoji that travel with the bot, read when they are first met."""

from __future__ import annotations

import io
import json
import unicodedata
import zipfile
from bisect import bisect_right
from functools import cache, lru_cache
from pathlib import Path

from PIL import Image, ImageFont

FOLDER = Path(__file__).resolve().parent.parent / "fonts"

BOLD = "NotoSans-Bold.ttf"
_SELECTOR, _KEYCAP = "\ufe0f", "\u20e3"
_LONGEST = 12
_TONES = range(0x1F3FB, 0x1F400)
# Characters of the plane of letters that are pictures by themselves (Emoji_Presentation).
_PICTURES = frozenset(
    "⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓❔❕❗➕➖➗➰➿⬛⬜⭐⭕"
)


@cache
def _coverage() -> dict[str, tuple[list[int], list[int]]]:
    read: dict[str, list[tuple[int, int]]] = json.loads((FOLDER / "coverage.json").read_text())
    return {name: ([first for first, _ in runs], [last for _, last in runs]) for name, runs in read.items()}


def covers(name: str, character: str) -> bool:
    """Whether a font has a character."""
    firsts, lasts = _coverage()[name]
    place = bisect_right(firsts, ord(character)) - 1
    return place >= 0 and ord(character) <= lasts[place]


@lru_cache(maxsize=4096)
def font_for(character: str, *, bold: bool) -> str | None:
    """The font that draws a character; None if there is none."""
    if bold and covers(BOLD, character):
        return BOLD
    return next((name for name in _coverage() if name != BOLD and covers(name, character)), None)


@lru_cache(maxsize=64)
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A font in a size, in pixels. Never shaped by Pillow: not every machine has the library for it."""
    return ImageFont.truetype(FOLDER / name, size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _emoji() -> tuple[zipfile.ZipFile, frozenset[str]]:
    archive = zipfile.ZipFile(FOLDER / "emoji.zip")
    return archive, frozenset(archive.namelist())


def emoji_at(text: str, place: int) -> tuple[str, int] | None:
    """The emoji that begins at a place, as the name of its picture, and the place after it.

    The longest that there is a picture of: a family is one, and an unknown one is seen as its parts. A tone of skin
    takes the picture without it. A character that is a letter by itself (``©``) must be followed by the selector.
    """
    chosen = text[place + 1 : place + 2] in {_SELECTOR, _KEYCAP}
    if not (chosen or text[place] > "\uffff" or text[place] in _PICTURES):
        return None
    best: tuple[str, int] | None = None
    spelled: list[str] = []
    for end in range(place, min(place + _LONGEST, len(text))):
        code = ord(text[end])
        if text[end] != _SELECTOR and not (spelled and code in _TONES):
            spelled.append(f"{code:x}")
        if is_emoji(name := "-".join(spelled)):
            best = name, end + 1
    return best


def is_emoji(name: str) -> bool:
    """Whether there is a picture of this name: characters in hexadecimal, a hyphen between them."""
    return name in _emoji()[1]


@lru_cache(maxsize=256)
def emoji(name: str, size: int) -> Image.Image:
    """The picture of an emoji, `size` pixels high."""
    picture = Image.open(io.BytesIO(_emoji()[0].read(name))).convert("RGBA")
    return picture.resize((round(picture.width * size / picture.height), size), Image.Resampling.LANCZOS)


def folded(character: str) -> str:
    """What to draw for a character that no font has: its plain form, as of ornate letters; else itself."""
    plain = unicodedata.normalize("NFKC", character)
    return plain if all(font_for(part, bold=False) for part in plain) else character
