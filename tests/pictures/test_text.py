"""Lines of text in every script, as they are drawn."""

from __future__ import annotations

import time
import unicodedata
from typing import Any

import pytest
from PIL import Image, ImageChops

from bot.pictures.drawing import arabic, bidi, fonts
from bot.pictures.drawing.text import Line, cleaned, line

WHITE = (255, 255, 255)

SCRIPTS = {
    "Latin": "Mira Sørensen Żółć Ñandú",
    "Vietnamese": "Nguyễn Thị Hằng",
    "Cyrillic": "Привет Ёжик Їжак",
    "Greek": "Καλημέρα κόσμε",
    "Arabic": "مرحبا بالعالم",
    "Persian": "فارسی گچپژ می‌خواهم",
    "Hebrew": "שלום עולם",
    "Armenian": "Հայերեն",
    "Georgian": "ქართული",
    "Thai": "สวัสดี",
    "Chinese": "测试名字繁體字龘",
    "Japanese": "漢字かなカナ",
    "Korean": "안녕하세요 뷁",
    "symbols": "★☆→✓♥½™",
}

EMOJI = {
    "a face": "😀",
    "a tone of skin": "👍🏽",
    "a family": "👨‍👩‍👧‍👦",
    "a flag": "🇩🇪",
    "a flag of tags": "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "a keycap": "1️⃣",
    "a heart with its selector": "❤️",
    "a woman at work": "👩🏾‍💻",
}

HOSTILE = {
    "combining flood": "Z" + "\u0334\u0335\u0336\u0337" * 1_000,
    "zero widths": "a\u200b\u2060\ufeff" * 1_000,
    "controls": "".join(map(chr, range(32))) * 130,
    "overrides": "\u202e\u2066abc" * 800,
    "very long": "W" * 4_000,
    "wide and long": "漢" * 4_000,
    "joiners": "👨\u200d" * 2_000,
    "brackets": "(" * 4_000,
    "turns": "aא" * 2_000,
    "lone surrogates": "\ud83d" * 4_000,
    "unassigned": "\U000e0fff\u0378" * 2_000,
    "one ligature": "\ufdfa" * 4_000,
    "nothing": "",
    "marks alone": "\u0301" * 50,
}


def drawn(made: Line, *, width: int = 1_600) -> Image.Image:
    canvas = Image.new("RGB", (width, 120))
    made.draw(canvas, (40, 80), WHITE)
    return canvas


def inked(mask: Any) -> bytes:
    """The pixels of a glyph; Pillow's type for it says nothing of the buffer that it is."""
    return bytes(mask)


def ink(made: Line) -> tuple[int, int, int, int] | None:
    return drawn(made).convert("L").getbbox()


@pytest.mark.parametrize("bold", [False, True], ids=["regular", "bold"])
@pytest.mark.parametrize("name", SCRIPTS)
def test_every_character_of_a_covered_script_is_a_glyph_of_its_own(name: str, bold: bool) -> None:
    made = line(SCRIPTS[name], 40, bold=bold)
    letters = [atom for run in made.runs for atom in run.atoms if atom.text.strip()]
    assert letters
    for atom in letters:
        assert atom.font is not None, f"no font draws {atom.text!r}"
        face = fonts.font(atom.font, 40)
        glyph, tofu = face.getmask(atom.text), face.getmask("\ue123")
        assert glyph.getbbox() is not None, f"{atom.text!r} is empty"
        assert (glyph.size, inked(glyph)) != (tofu.size, inked(tofu)), f"{atom.text!r} is tofu"


def test_coverage_says_what_the_fonts_hold() -> None:
    for name in fonts._coverage():
        face = fonts.font(name, 20)
        tofu = inked(face.getmask("\ue123"))
        covered = [chr(code) for code in range(0x21, 0xFFFF, 37) if fonts.covers(name, chr(code))]
        shown = [character for character in covered if unicodedata.category(character)[0] in "LNS"]
        assert all(inked(face.getmask(character)) != tofu for character in shown), name


@pytest.mark.parametrize("name", EMOJI)
def test_an_emoji_is_one_picture_in_colour(name: str) -> None:
    made = line(EMOJI[name], 40)
    (run,) = made.runs
    assert len(run.atoms) == 1
    red, green, blue = drawn(made).split()
    assert ImageChops.difference(red, green).getbbox() or ImageChops.difference(green, blue).getbbox()


def test_an_emoji_that_nobody_has_drawn_is_seen_as_its_parts() -> None:
    made = line("🐙\u200d🚀", 40)
    assert [run.atoms[0].emoji for run in made.runs] == ["1f419", "1f680"]


def test_a_letter_is_no_emoji_unless_it_asks_for_it() -> None:
    assert [run.atoms[0].emoji for run in line("©", 40).runs] == [None]
    assert [run.atoms[0].emoji for run in line("©️", 40).runs] == ["a9"]
    assert [run.atoms[0].emoji for run in line("1", 40).runs] == [None]


def seen(text: str) -> str:
    return "".join(run.text for run in line(text, 40).runs)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("abc", "abc"),
        ("שלום", "םולש"),
        ("שלום abc", "abc םולש"),
        ("abc שלום def", "abc םולש def"),
        ("שלום 42!", "!42 םולש"),
        ("(שלום)", "(םולש)"),
        ("שלום (abc) 42!", "!42 (abc) םולש"),
        ("a (ב) c", "a (ב) c"),
        ("12:30 שלום", "םולש 12:30"),
    ],
)
def test_what_is_written_to_the_left_is_read_from_the_right(written: str, read: str) -> None:
    assert seen(written) == read


def test_a_line_that_runs_to_the_left_is_cut_at_its_own_end() -> None:
    cut = line("שלום עולם שלום עולם", 40, width=150)
    assert cut.width <= 150
    assert "".join(run.text for run in cut.runs).startswith("…")


def test_arabic_letters_take_the_form_of_their_place() -> None:
    assert arabic.shaped("ببب") == "\ufe91\ufe92\ufe90"
    assert arabic.shaped("ب") == "\ufe8f"
    assert arabic.shaped("دب") == "\ufea9\ufe8f", "dal joins nobody after it"
    assert arabic.shaped("لا") == "\ufefb", "lam and alef are one"
    assert arabic.shaped("بلا") == "\ufe91\ufefc"
    assert arabic.shaped("ب\u200cب") == "\ufe8f\ufe8f", "a non-joiner keeps them apart"
    assert arabic.shaped("بَب") == "\ufe91\u064e\ufe90", "a point is no wall"
    assert arabic.shaped("abc") == "abc"


def test_levels_of_a_mixed_line() -> None:
    text = "אב 12 cd"
    kinds = [unicodedata.bidirectional(character) for character in text]
    assert bidi.base_level(kinds) == 1
    assert bidi.levels(kinds, 1, text) == [1, 1, 1, 2, 2, 1, 2, 2]


@pytest.mark.parametrize("text", ["漢" * 32, "W" * 32, "😀" * 32, "م" * 32, "뷁" * 32, "wide name " * 10])
def test_a_long_name_is_cut_to_its_room_and_fills_it(text: str) -> None:
    made = line(text, 52, bold=True, width=600)
    assert 500 < made.width <= 600
    bounds = ink(made)
    assert bounds is not None
    assert bounds[0] >= 36
    assert bounds[2] <= 40 + 600 + 4
    assert "…" in "".join(run.text for run in made.runs)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_drawn_in_bounded_time_and_room(name: str) -> None:
    line(HOSTILE[name], 40, bold=True, width=500)  # fonts that are met for the first time are read
    began = time.process_time()
    made = line(HOSTILE[name], 40, bold=True, width=500)
    canvas = drawn(made)
    assert time.process_time() - began < 0.5
    assert made.width <= 500
    bounds = canvas.convert("L").getbbox()
    if bounds is not None:
        assert bounds[1] > 5, "marks are not stacked to the sky"
        assert bounds[3] < 115


def test_what_cannot_be_seen_is_taken_out() -> None:
    assert cleaned("a\u200bb\u202ec\x00d\n\te ") == "abcd e"
    assert cleaned("e\u0301") == "é"
    assert len(cleaned("x" + "\u0334" * 50)) == 3


def test_what_no_font_has_is_a_neutral_box_or_its_plain_form() -> None:
    assert seen("".join(chr(0x1D4D0 + ord(letter) - ord("A")) for letter in "FAB")) == "FAB"
    boxes = line("हि", 40)
    assert all(atom.font is None and atom.emoji is None for run in boxes.runs for atom in run.atoms)
    assert ink(boxes) is not None
