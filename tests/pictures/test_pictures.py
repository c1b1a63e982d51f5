"""Cards and charts, by what must be true of them rather than by their pixels."""

from __future__ import annotations

import io
import math

import pytest
from PIL import Image

from bot.i18n import speaking
from bot.pictures.alt import MAX_ALT, alt
from bot.pictures.drawing import cards, charts, shapes
from bot.pictures.specs import (
    MAX_POINTS,
    Backdrop,
    Card,
    Chart,
    ChartKind,
    Field,
    Point,
    Progress,
    Theme,
    histogram,
    nice_step,
)
from tests.pictures.test_text import HOSTILE

ACCENT = 0x3BA55D


def opened(png: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(png))
    picture.load()
    return picture


def avatar(kind: str = "PNG", size: tuple[int, int] = (64, 64)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, (250, 10, 200)).save(written, kind)
    return written.getvalue()


def near(picture: Image.Image, colour: int) -> int:
    """How many pixels are about a colour."""
    wanted = shapes.rgb(colour)
    counted = picture.convert("RGB").getcolors(maxcolors=1 << 22) or []
    return sum(count for count, found in counted if sum(abs(a - b) for a, b in zip(found, wanted, strict=True)) < 24)  # type: ignore[call-overload]  # RGB has three


FULL = Card(
    "Mira Sørensen",
    "Level 12",
    accent=ACCENT,
    fields=tuple(Field(f"label {number}", f"{number}") for number in range(9)),
    lines=("one", "two", "three", "four"),
    progress=Progress(0.5, "50", "100"),
)


def test_a_card_is_as_high_as_what_is_on_it_and_has_see_through_corners() -> None:
    small, large = opened(cards.draw(Card("Mira"))), opened(cards.draw(FULL))
    assert small.width == large.width == cards.WIDTH
    assert small.height < large.height < 640
    assert small.mode == "RGBA"
    assert small.getpixel((0, 0)) == (*small.getpixel((0, 0))[:3], 0)  # type: ignore[index]  # four of them


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_an_avatar_is_shown_in_whatever_form_discord_serves_it(kind: str) -> None:
    shown = opened(cards.draw(Card("Mira", avatar=avatar(kind))))
    assert near(shown, 0xFA0AC8) > 15_000


@pytest.mark.parametrize("data", [b"", b"not a picture", avatar()[:60], avatar("BMP"), avatar(size=(9_000, 9_000))])
def test_an_avatar_that_can_not_be_read_leaves_the_initials(data: bytes) -> None:
    assert cards.draw(Card("Mira", avatar=data)) == cards.draw(Card("Mira"))


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Mira Sørensen", "MS"), ("mira", "M"), ("漢字 名前", "漢"), ("  ", ""), ("!? a", "A"), ("😀", "😀"), ("", "")],
)
def test_initials(name: str, letters: str) -> None:
    assert cards.initials(name) == letters


def test_progress_fills_its_share_and_never_more() -> None:
    filled = [near(opened(cards.draw(Card("M", accent=ACCENT, progress=Progress(share)))), ACCENT) for share in SHARES]
    assert filled[0] == filled[1] < filled[2] < filled[3] == filled[4]


def test_a_long_number_is_written_smaller_rather_than_cut() -> None:
    short, long, longest = (cards._value(text, 164) for text in ("#12", "#1,204,377", "#" + "9" * 99))
    assert (short.size, "".join(run.text for run in short.runs)) == (34, "#12")
    assert (long.size, "".join(run.text for run in long.runs)) == (28, "#1,204,377")
    assert longest.width <= 164


SHARES = (-1.0, 0.0, 0.5, 1.0, 7.0)


@pytest.mark.parametrize("backdrop", Backdrop)
def test_words_stand_out_from_every_backdrop(backdrop: Backdrop) -> None:
    for colour in cards._BACKDROPS[backdrop]:
        assert shapes.contrast(shapes.rgb(colour), (255, 255, 255)) > 7
        assert shapes.contrast(shapes.rgb(colour), cards._SOFT) > 4.5


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("accent", [0x000000, 0xFFFFFF, 0xFFFF00, 0x1E2028, 0xFCFCFE])
def test_any_accent_can_be_seen_on_any_ground(theme: Theme, accent: int) -> None:
    ground = charts._LOOKS[theme].ground
    assert shapes.contrast(shapes.readable(shapes.rgb(accent), ground), ground) >= 3


def chart(*values: float, kind: ChartKind = ChartKind.LINE) -> Chart:
    return Chart(kind, "Title", tuple(Point(f"p{place}", value) for place, value in enumerate(values)), accent=ACCENT)


@pytest.mark.parametrize("kind", ChartKind)
@pytest.mark.parametrize(
    "values",
    [(), (0,), (5,), (0, 0), (7, 7, 7), (-5, 5), (-3,), (1e-9, 2e-9), (2**62, 0), (1, 2**62), tuple(range(MAX_POINTS))],
)
def test_any_values_make_a_chart(kind: ChartKind, values: tuple[float, ...]) -> None:
    assert opened(charts.draw(chart(*values, kind=kind))).size == (charts.WIDTH, charts.HEIGHT)


def test_a_higher_bar_has_more_colour_and_below_zero_is_below() -> None:
    low, high = (near(opened(charts.draw(chart(value, 100, kind=ChartKind.BAR))), ACCENT) for value in (10, 90))
    assert low < high


def test_values_that_are_no_numbers_or_too_many_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        chart(math.nan)
    with pytest.raises(ValueError, match="finite"):
        histogram([math.inf], title="x")
    with pytest.raises(ValueError, match="at most"):
        chart(*range(MAX_POINTS + 1))


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (0, 0, [0, 1]),
        (0, 3, [0, 1, 2, 3]),
        (0, 1_980, [0, 500, 1000, 1500, 2000]),
        (-50, 70.5, [-50, -25, 0, 25, 50, 75]),
        (900, 1_000, [900, 920, 940, 960, 980, 1000]),
        (0, 4.6e18, [0, 1e18, 2e18, 3e18, 4e18, 5e18]),
    ],
)
def test_axes_are_marked_with_round_numbers(low: float, high: float, marks: list[float]) -> None:
    assert charts.ticks(low, high, from_zero=False) == pytest.approx(marks)


@pytest.mark.parametrize(
    ("number", "step", "said"),
    [(0, 1, "0"), (12_500, 500, "12,500"), (1_500_000, 500_000, "1.5M"), (0.25, 0.25, "0.25"), (-2e9, 1e9, "-2G")],
)
def test_numbers_on_an_axis_are_short_and_have_separators(number: float, step: float, said: str) -> None:
    assert charts.written(number, ",", step) == said


def test_a_histogram_counts_everything_once() -> None:
    made = histogram([0, 1, 1, 5, 9.99, 10, 55.5], title="x", bins=6)
    assert sum(point.value for point in made.points) == 7
    assert [point.label for point in made.points] == ["0", "10", "20", "30", "40", "50"]
    assert nice_step(9.25) == 10
    assert histogram([], title="x").points == ()
    assert [point.value for point in histogram([3, 3], title="x").points] == [2]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_break_neither_card_nor_chart(name: str) -> None:
    bad = HOSTILE[name]
    cards.draw(Card(bad, bad, fields=(Field(bad, bad),) * 4, lines=(bad,) * 3, progress=Progress(0.1, bad, bad)))
    charts.draw(Chart(ChartKind.BAR, bad, (Point(bad, 1), Point(bad, 2)), bad))
    assert len(alt(Card(bad, bad, fields=(Field(bad, bad),) * 4))) <= MAX_ALT


def test_words_say_what_the_picture_shows() -> None:
    assert alt(FULL).startswith("Mira Sørensen. Level 12. label 0: 0. label 1: 1")
    assert "Progress: 50% (50 / 100)" in alt(FULL)
    assert alt(chart(3, 1_000, 2)) == (
        "Line chart: Title. 3 values, from 3 (p0) to 2 (p2). Lowest: 2 (p2). Highest: 1,000 (p1)."
    )
    assert alt(chart()) == "Line chart: Title. There is nothing to show yet."
    with speaking("de"):
        assert alt(chart(1, 2))
