"""Cards about somebody: who they are, a few values, and how far they have come."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence

from PIL import Image, ImageOps

from bot.pictures.drawing import shapes
from bot.pictures.drawing.text import Colour, Line, cleaned, line
from bot.pictures.specs import MAX_FIELDS, MAX_LINES, Backdrop, Card, Field, Progress

WIDTH = 960
"""In pixels; twice the size in which Discord shows it."""

_MARGIN, _AVATAR, _CORNER = 48, 176, 32
_TEXT_LEFT = _MARGIN + _AVATAR + 40
_VALUE_SIZES = (34, 28, 23)
_WHITE, _SOFT = (255, 255, 255), (200, 205, 218)
_AVATAR_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_MOST_PIXELS = 4096 * 4096

_BACKDROPS: dict[Backdrop, tuple[int, int]] = {
    Backdrop.SLATE: (0x2B2F3A, 0x171921),
    Backdrop.DUSK: (0x4A2F63, 0x1B1630),
    Backdrop.SEA: (0x12496B, 0x0B1D33),
    Backdrop.FOREST: (0x24543F, 0x0F211B),
    Backdrop.EMBER: (0x6B3226, 0x24120F),
}


def draw(card: Card) -> bytes:
    """A card as a PNG, as high as what is on it needs."""
    fields, lines = card.fields[:MAX_FIELDS], [text for text in card.lines[:MAX_LINES] if text]
    height = _MARGIN * 2 + _AVATAR
    below = height - _MARGIN + 48
    height += (128 if fields else 0) + 42 * len(lines) + (20 if lines else 0)
    start, end = (shapes.rgb(colour) for colour in _BACKDROPS[card.backdrop])
    canvas = shapes.gradient((WIDTH, height), start, end)
    accent = shapes.readable(shapes.rgb(card.accent), shapes.mixed(start, end, 0.5))
    _draw_avatar(canvas, card, accent)
    _draw_head(canvas, card, accent)
    if fields:
        _draw_fields(canvas, fields, below)
        below += 116
    for text in lines:
        line(text, 28, width=WIDTH - _MARGIN * 2).draw(canvas, (_MARGIN, below + 26), _SOFT)
        below += 42
    return shapes.png(canvas, corner=_CORNER)


def _draw_head(canvas: Image.Image, card: Card, accent: Colour) -> None:
    room = WIDTH - _TEXT_LEFT - _MARGIN
    high = 56 + (48 if card.subtitle else 0) + (74 if card.progress else 0)
    top = _MARGIN + max((_AVATAR - high) // 2, 0)
    baseline = top + 46
    line(card.name, 52, bold=True, width=room).draw(canvas, (_TEXT_LEFT, baseline), _WHITE)
    if card.subtitle:
        baseline += 50
        line(card.subtitle, 30, width=room).draw(canvas, (_TEXT_LEFT, baseline), _SOFT)
    if card.progress:
        _draw_progress(canvas, card.progress, baseline + 28, accent)


def _draw_progress(canvas: Image.Image, progress: Progress, top: int, accent: Colour) -> None:
    left, right, high = _TEXT_LEFT, WIDTH - _MARGIN, 24
    shapes.fill_rounded(canvas, (left, top, right, top + high), high // 2, _WHITE, alpha=0.14)
    share = min(max(progress.share, 0.0), 1.0)
    if share > 0:
        filled = max(round((right - left) * share), high)
        shapes.fill_rounded(canvas, (left, top, left + filled, top + high), high // 2, accent)
    half = (right - left) / 2 - 12
    line(progress.label, 24, width=half).draw(canvas, (left, top + high + 30), _SOFT)
    line(progress.goal, 24, width=half).draw_right(canvas, (right, top + high + 30), _SOFT)


def _draw_fields(canvas: Image.Image, fields: Sequence[Field], top: int) -> None:
    gap = 16
    wide = (WIDTH - _MARGIN * 2 - gap * (len(fields) - 1)) / len(fields)
    for place, shown in enumerate(fields):
        left = round(_MARGIN + place * (wide + gap))
        shapes.fill_rounded(canvas, (left, top - 12, round(left + wide), top + 92), 18, _WHITE, alpha=0.07)
        line(shown.label, 24, width=wide - 40).draw(canvas, (left + 20, top + 24), _SOFT)
        _value(shown.value, wide - 40).draw(canvas, (left + 20, top + 70), _WHITE)


def _value(text: str, room: float) -> Line:
    """A value, smaller rather than cut: a number of which the end is missing says nothing."""
    made = (line(text, size, bold=True) for size in _VALUE_SIZES)
    return next((one for one in made if one.width <= room), line(text, _VALUE_SIZES[-1], bold=True, width=room))


def _draw_avatar(canvas: Image.Image, card: Card, accent: Colour) -> None:
    ring = 6
    outer = (_MARGIN - ring, _MARGIN - ring, _MARGIN + _AVATAR + ring, _MARGIN + _AVATAR + ring)
    shapes.fill_rounded(canvas, outer, _AVATAR, accent)
    face = None if card.avatar is None else _read(card.avatar)
    if face is None:
        face = _initials(card.name, accent)
    canvas.paste(face, (_MARGIN, _MARGIN), shapes.rounded(_AVATAR, _AVATAR, _AVATAR // 2))


def _read(data: bytes) -> Image.Image | None:
    """An avatar as a square; None for what is no picture, or an absurdly large one."""
    try:
        with Image.open(io.BytesIO(data), formats=_AVATAR_FORMATS) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return None
            opened.draft("RGB", (_AVATAR, _AVATAR))
            face = ImageOps.fit(opened.convert("RGBA"), (_AVATAR, _AVATAR), Image.Resampling.LANCZOS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    ground = Image.new("RGB", face.size, (43, 47, 58))
    ground.paste(face, (0, 0), face)
    return ground


def _initials(name: str, accent: Colour) -> Image.Image:
    ground = shapes.mixed(accent, (20, 22, 30), 0.55)
    face = shapes.gradient((_AVATAR, _AVATAR), shapes.mixed(ground, (255, 255, 255), 0.08), ground)
    letters = line(initials(name), 76, bold=True, width=_AVATAR - 24)
    letters.draw_centred(face, (_AVATAR / 2, _AVATAR / 2 + 28), _WHITE)
    return face


def initials(name: str) -> str:
    """One or two letters that stand for a name; a script without capitals gives one."""
    words = [word for word in cleaned(name).split() if unicodedata.category(word[0])[0] in "LN"]
    if not words:
        return cleaned(name)[:1]
    first, last = words[0][0].upper(), words[-1][0].upper()
    return first + last if len(words) > 1 and first.isupper() and last.isupper() else first
