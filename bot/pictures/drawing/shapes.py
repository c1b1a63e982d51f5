"""Smooth shapes, colours and gradients: what Pillow draws with hard edges is drawn larger and made small again."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw

from bot.pictures.drawing.text import Colour

_FINER = 4

Box = tuple[int, int, int, int]


def rgb(number: int) -> Colour:
    """A colour from 0xRRGGBB."""
    return (number >> 16 & 255, number >> 8 & 255, number & 255)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """A colour between two; `share` of the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    """How bright a colour is seen (WCAG): 0 is black, 1 is white."""
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]  # noqa: PLR2004 — sRGB
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    """The contrast of two colours (WCAG): 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def readable(colour: Colour, ground: Colour, least: float = 3.0) -> Colour:
    """A colour, moved towards white or black until it stands out from its ground."""
    goal = (255, 255, 255) if luminance(ground) < 0.2 else (0, 0, 0)  # noqa: PLR2004 — where both stand out alike
    found = colour
    for step in range(1, 11):
        if contrast(found, ground) >= least:
            return found
        found = mixed(colour, goal, step / 10)
    return found


@lru_cache(maxsize=32)
def rounded(width: int, height: int, radius: int) -> Image.Image:
    """The mask of a rectangle with round corners; a circle if the radius is half its sides. Not to be changed."""
    fine = Image.new("L", (width, height), 255)
    radius = min(radius, width // 2, height // 2)
    side = radius * _FINER
    if not radius:
        return fine
    disc = Image.new("L", (side * 2, side * 2), 0)
    ImageDraw.Draw(disc).ellipse((0, 0, side * 2 - 1, side * 2 - 1), fill=255)
    disc = disc.reduce(_FINER)
    for left, right in ((0, 0), (width - radius, radius)):
        for top, bottom in ((0, 0), (height - radius, radius)):
            fine.paste(disc.crop((right, bottom, right + radius, bottom + radius)), (left, top))
    return fine


def fill_rounded(canvas: Image.Image, box: Box, radius: int, colour: Colour, *, alpha: float = 1.0) -> None:
    """Fill a rectangle with round corners."""
    left, top, right, bottom = box
    if right <= left or bottom <= top:
        return
    mask = rounded(right - left, bottom - top, radius)
    if alpha < 1:
        mask = mask.point([round(value * alpha) for value in range(256)])
    canvas.paste(colour, box, mask)


def gradient(size: tuple[int, int], start: Colour, end: Colour) -> Image.Image:
    """A picture that goes from one colour in a corner to another in the opposite one."""
    down = Image.linear_gradient("L")
    across = down.transpose(Image.Transpose.TRANSPOSE)
    share = ImageChops.add(down, across, scale=2).resize(size, Image.Resampling.BILINEAR)
    return Image.composite(Image.new("RGB", size, end), Image.new("RGB", size, start), share)


def stroke(size: tuple[int, int], points: Sequence[tuple[float, float]], width: float) -> Image.Image:
    """The mask of a smooth line through points."""
    finer = 2
    fine = Image.new("L", (size[0] * finer, size[1] * finer), 0)
    brush = ImageDraw.Draw(fine)
    path = [(x * finer, y * finer) for x, y in points]
    brush.line(path, fill=255, width=round(width * finer), joint="curve")
    reach = width * finer / 2
    for x, y in (path[0], path[-1]):
        brush.ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)
    return fine.reduce(finer)


def png(canvas: Image.Image, *, corner: int) -> bytes:
    """A finished picture with round, see-through corners, as a PNG."""
    canvas.putalpha(rounded(canvas.width, canvas.height, corner))
    written = io.BytesIO()
    canvas.save(written, "PNG", compress_level=4)
    return written.getvalue()
