"""Cut the fonts in bot/pictures/fonts from those that Debian packages: only when what they cover is to change.

    apt-get download fonts-noto-core fonts-noto-cjk fonts-droid-fallback fonts-noto-color-emoji
    for package in *.deb; do dpkg -x "$package" unpacked; done
    python -m pip install fonttools        # into an environment of its own; Pillow is needed too
    python scripts/make_fonts.py unpacked

What is kept and why: docs/adr/0016-pictures.md. The licences travel in the same folder.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from PIL import Image

TARGET = Path(__file__).resolve().parent.parent / "bot" / "pictures" / "fonts"
NOTO = "usr/share/fonts/truetype/noto"

ARABIC = [(0x600, 0x6FF), (0x750, 0x77F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC)]
HEBREW = [(0x591, 0x5F4), (0xFB1D, 0xFB4F)]
SYMBOLS = [(0x2190, 0x21FF), (0x2300, 0x23FF), (0x2460, 0x27BF), (0x2900, 0x297F), (0x2B00, 0x2BFF)]
MATHS = [(0x2190, 0x21FF), (0x2200, 0x22FF)]
HANGUL_AND_KANA = [(0x3000, 0x30FF), (0x3105, 0x312F), (0x3131, 0x318E), (0xAC00, 0xD7A3), (0xFF01, 0xFF9F)]
HAN = [(0x4E00, 0x9FFF)]

FONTS: list[tuple[str, str, list[tuple[int, int]]]] = [
    (f"{NOTO}/NotoSans-Regular.ttf", "NotoSans-Regular.ttf", [(0x20, 0xFFFF)]),
    (f"{NOTO}/NotoSans-Bold.ttf", "NotoSans-Bold.ttf", [(0x20, 0x52F), (0x1E00, 0x20CF)]),
    (f"{NOTO}/NotoSansArabic-Regular.ttf", "NotoSansArabic-Regular.ttf", ARABIC),
    (f"{NOTO}/NotoSansHebrew-Regular.ttf", "NotoSansHebrew-Regular.ttf", HEBREW),
    (f"{NOTO}/NotoSansArmenian-Regular.ttf", "NotoSansArmenian-Regular.ttf", [(0x531, 0x58F)]),
    (f"{NOTO}/NotoSansGeorgian-Regular.ttf", "NotoSansGeorgian-Regular.ttf", [(0x10A0, 0x10FF), (0x1C90, 0x1CBF)]),
    (f"{NOTO}/NotoSansThai-Regular.ttf", "NotoSansThai-Regular.ttf", [(0xE01, 0xE5B)]),
    (f"{NOTO}/NotoSansSymbols-Regular.ttf", "NotoSansSymbols-Regular.ttf", SYMBOLS),
    (f"{NOTO}/NotoSansSymbols2-Regular.ttf", "NotoSansSymbols2-Regular.ttf", SYMBOLS),
    (f"{NOTO}/NotoSansMath-Regular.ttf", "NotoSansMath-Regular.ttf", MATHS),
    ("usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "NotoSansCJKjp-Regular.otf", HANGUL_AND_KANA),
    ("usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", "DroidSansFallback.ttf", HAN),
]
EMOJI = f"{NOTO}/NotoColorEmoji.ttf"
EMOJI_SIZE = (48, 45)
VARIATION = 0xFE0F
DIGITS = range(0x80)
TONES = range(0x1F3FB, 0x1F400)


def characters(ranges: Iterable[tuple[int, int]]) -> set[int]:
    """Every character of the ranges, ends included."""
    return {character for first, last in ranges for character in range(first, last + 1)}


def cut(source: Path, target: Path, ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Write the part of a font that draws `ranges`, without what only a shaper reads; what it covers."""
    subset = import_module("fontTools.subset")
    options = subset.Options(
        layout_features=[], hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 4, 5, 6, 13, 14], font_number=0
    )
    options.drop_tables += ["vhea", "vmtx", "BASE", "VORG", "GSUB", "GPOS", "GDEF", "MATH", "STAT", "meta"]
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters(ranges))
    cutter.subset(font)
    subset.save_font(font, str(target), options)
    return runs(sorted(font.getBestCmap()))


def runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Sorted numbers as ranges, ends included."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def sequences(font: Any) -> dict[tuple[int, ...], str]:
    """Every emoji of a font, as the characters that spell it, and the name of its glyph."""
    named = font.getBestCmap()
    spelled = {glyph: character for character, glyph in named.items()}
    found: dict[tuple[int, ...], str] = {(character,): glyph for character, glyph in named.items()}
    for table in font["GSUB"].table.LookupList.Lookup[0].SubTable:
        inner = getattr(table, "ExtSubTable", table)
        for first, ligatures in inner.ligatures.items():
            for ligature in ligatures:
                spelling = tuple(spelled[part] for part in (first, *ligature.Component))
                found[spelling] = ligature.LigGlyph
    return found


def emoji(source: Path, target: Path) -> None:
    """Write each emoji as a small picture, named by its characters. A tone of skin alone is left out."""
    font = import_module("fontTools.ttLib").TTFont(source)
    bitmaps = font["CBDT"].strikeData[0]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for spelling, glyph in sorted(sequences(font).items()):
            toned = len(spelling) > 1 and any(character in TONES for character in spelling)
            digit = len(spelling) == 1 and spelling[0] in DIGITS
            if glyph not in bitmaps or toned or digit or VARIATION in spelling:
                continue
            picture = Image.open(io.BytesIO(bitmaps[glyph].imageData)).convert("RGBA")
            small = picture.resize(EMOJI_SIZE, Image.Resampling.LANCZOS)
            written = io.BytesIO()
            small.save(written, "WEBP", quality=62, alpha_quality=60, method=6)
            name = "-".join(f"{character:x}" for character in spelling)
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), written.getvalue())


def main() -> None:
    """Cut every font."""
    source = Path(sys.argv[1])
    TARGET.mkdir(exist_ok=True)
    covered: dict[str, list[tuple[int, int]]] = {}
    for name, target, ranges in FONTS:
        covered[target] = cut(source / name, TARGET / target, ranges)
        print(f"{target}: {(TARGET / target).stat().st_size:,} bytes")
    (TARGET / "coverage.json").write_text(json.dumps(covered, separators=(",", ":")) + "\n")
    emoji(source / EMOJI, TARGET / "emoji.zip")
    print(f"emoji.zip: {(TARGET / 'emoji.zip').stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
