"""A line of text in any script: cleaned, shaped, put in the order in which it is read, measured, cut, drawn."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from PIL import Image, ImageDraw

from bot.pictures.drawing import arabic, bidi, fonts

MAX_READ = 400
"""Characters of a text that are looked at; nothing that is drawn has room for as many."""

_MARKS_EACH = 2
_ELLIPSIS = "…"
_MIRRORED = {
    **bidi.BRACKETS,
    **{right: left for left, right in bidi.BRACKETS.items()},
    **dict(zip("<>«»‹›", "><»«›‹", strict=True)),
}
_JOINERS = {"\u200c", "\u200d"}
_TAGS = range(0xE0020, 0xE0080)

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Atom:
    """What is never parted: a character with its marks, or an emoji."""

    text: str
    font: str | None
    """The file of its font; None: an emoji, or what nothing can draw."""
    emoji: str | None
    kind: str
    """Its bidirectional class."""


@dataclass(frozen=True)
class Run:
    """Neighbours that are drawn in one go, from the left."""

    atoms: tuple[Atom, ...]
    turned: bool
    """Whether it runs to the left; its atoms stand in the order in which they are seen all the same."""

    @property
    def text(self) -> str:
        """What is drawn, mirrored where the line runs to the left."""
        return "".join(_MIRRORED.get(atom.text, atom.text) if self.turned else atom.text for atom in self.atoms)


@dataclass(frozen=True)
class Line:
    """A line that is ready to be drawn. Sizes are in pixels."""

    runs: tuple[Run, ...]
    size: int
    bold: bool
    width: int

    def draw(self, canvas: Image.Image, at: tuple[float, float], fill: Colour) -> None:
        """Draw it with its left end and its baseline at a place."""
        pen, baseline = at
        for run in self.runs:
            _draw(run, canvas, (pen, baseline), fill=fill, line=self)
            pen += _width(run, self.size, bold=self.bold)

    def draw_centred(self, canvas: Image.Image, at: tuple[float, float], fill: Colour) -> None:
        """Draw it with its middle and its baseline at a place."""
        self.draw(canvas, (at[0] - self.width / 2, at[1]), fill)

    def draw_right(self, canvas: Image.Image, at: tuple[float, float], fill: Colour) -> None:
        """Draw it with its right end and its baseline at a place."""
        self.draw(canvas, (at[0] - self.width, at[1]), fill)


def line(text: str, size: int, *, bold: bool = False, width: float | None = None) -> Line:
    """A text as one line of `size` pixels, cut with an ellipsis where it is wider than `width`. Bounded in time."""
    atoms = _atoms(arabic.shaped(cleaned(text)), bold=bold)
    made = _arranged(atoms, size, bold=bold)
    if width is None or made.width <= width:
        return made
    low, high = 0, len(atoms)
    dots = _atoms(_ELLIPSIS, bold=bold)
    while low < high:  # the most that fit
        middle = (low + high + 1) // 2
        fits = _arranged([*_trimmed(atoms[:middle]), *dots], size, bold=bold).width <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return _arranged([*_trimmed(atoms[:low]), *dots], size, bold=bold)


def cleaned(text: str) -> str:
    """A text without what can't be seen or only does harm, on one line.

    Control characters, zero widths and what turns the order of writing around are taken out; spaces become one;
    a character keeps two of its marks. What only a joiner tells (an emoji's parts, two letters apart) stays.
    """
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text[:MAX_READ]):
        kind = unicodedata.category(character)
        if kind in {"Mn", "Me"}:
            marks += 1
            if not kept or marks > _MARKS_EACH:
                continue
        else:
            marks = 0
        if kind in {"Zs", "Zl", "Zp"} or character in "\t\n\r\v\f":
            kept.append(" ")
        elif kind not in {"Cc", "Cf", "Cs"} or character in _JOINERS or ord(character) in _TAGS:
            kept.append(character)
    return " ".join("".join(kept).split())


def _atoms(text: str, *, bold: bool) -> list[Atom]:
    found: list[Atom] = []
    place = 0
    while place < len(text):
        emoji = fonts.emoji_at(text, place)
        if emoji is not None:
            found.append(Atom(text[place : emoji[1]], None, emoji[0], "ON"))
            place = emoji[1]
            continue
        _add(found, text[place], bold=bold)
        place += 1
    return found


def _add(found: list[Atom], character: str, *, bold: bool) -> None:
    category = unicodedata.category(character)
    if category in {"Cf", "Mn", "Me"}:
        _add_mark(found, character, drawn=category != "Cf")
        return
    name = fonts.font_for(character, bold=bold)
    spelled = f"{ord(character):x}"
    if name is None and fonts.is_emoji(spelled):
        found.append(Atom(character, None, spelled, "ON"))
    elif name is None and (plain := fonts.folded(character)) != character:
        found += [Atom(part, fonts.font_for(part, bold=bold), None, unicodedata.bidirectional(part)) for part in plain]
    else:
        found.append(Atom(character, name, None, unicodedata.bidirectional(character) or "L"))


def _add_mark(found: list[Atom], character: str, *, drawn: bool) -> None:
    """Put a mark onto the character before it, if that one's font has it. Else it is left out, as is a lone joiner.

    Hebrew and Arabic are left without their points: without a shaper those would stand beside their letters.
    """
    base = found[-1] if found and found[-1].kind not in {"R", "AL"} else None
    if drawn and base is not None and base.font is not None and fonts.covers(base.font, character):
        found[-1] = Atom(base.text + character, base.font, None, base.kind)


def _trimmed(atoms: Sequence[Atom]) -> Sequence[Atom]:
    end = len(atoms)
    while end and atoms[end - 1].text == " ":
        end -= 1
    return atoms[:end]


def _arranged(atoms: Sequence[Atom], size: int, *, bold: bool) -> Line:
    kinds = [atom.kind for atom in atoms]
    levels = bidi.levels(kinds, bidi.base_level(kinds), [atom.text for atom in atoms])
    seen = [(atoms[place], levels[place] % 2 == 1) for place in bidi.visual_order(levels)]
    runs = tuple(
        Run(tuple(atom for atom, _ in group), turned)
        for (_, _, turned), group in groupby(seen, lambda one: (one[0].font, one[0].emoji, one[1]))
    )
    return Line(runs, size, bold, round(sum(_width(run, size, bold=bold) for run in runs)))


def _width(run: Run, size: int, *, bold: bool) -> float:
    first = run.atoms[0]
    if first.font is not None:
        length = fonts.font(first.font, size).getlength(run.text)
        return length + _stroke(first.font, size, bold=bold) * 2
    if first.emoji is not None:
        return sum(fonts.emoji(first.emoji, _emoji_size(size)).width + size * 0.06 for _ in run.atoms)
    return size * 0.72 * len(run.atoms)


def _emoji_size(size: int) -> int:
    return round(size * 1.08)


def _stroke(name: str, size: int, *, bold: bool) -> float:
    """How far letters of a font without a bold cut are widened instead."""
    return size * 0.018 if bold and name != fonts.BOLD else 0.0


def _draw(run: Run, canvas: Image.Image, at: tuple[float, float], *, fill: Colour, line: Line) -> None:
    brush = ImageDraw.Draw(canvas)
    pen, baseline = at
    first, size = run.atoms[0], line.size
    if first.font is not None:
        stroke = _stroke(first.font, size, bold=line.bold)
        face = fonts.font(first.font, size)
        brush.text((pen + stroke, baseline), run.text, fill=fill, font=face, anchor="ls", stroke_width=stroke)
    elif first.emoji is not None:
        picture = fonts.emoji(first.emoji, _emoji_size(size))
        for place in range(len(run.atoms)):
            left = pen + size * 0.03 + place * (picture.width + size * 0.06)
            canvas.paste(picture, (round(left), round(baseline - size * 0.9)), picture)
    else:
        for place in range(len(run.atoms)):
            _box(brush, pen + place * size * 0.72, baseline, size, fill)


def _box(brush: ImageDraw.ImageDraw, left: float, baseline: float, size: int, fill: Colour) -> None:
    """A neutral box for what no font of ours can draw."""
    edges = (left + size * 0.1, baseline - size * 0.68, left + size * 0.62, baseline)
    brush.rounded_rectangle(edges, radius=size * 0.1, outline=fill, width=max(round(size * 0.05), 1))
