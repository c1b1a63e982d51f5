"""What a picture shows, in words, in the language of the task that asks."""

from __future__ import annotations

from bot.i18n import _, ngettext
from bot.pictures.specs import MAX_FIELDS, MAX_LINES, Card, Chart, ChartKind, Spec

MAX_ALT = 1024
"""As long as Discord lets a description be."""


def alt(spec: Spec) -> str:
    """The words for a picture, at most `MAX_ALT` characters."""
    words = _of_card(spec) if isinstance(spec, Card) else _of_chart(spec)
    return words if len(words) <= MAX_ALT else words[: MAX_ALT - 1] + "…"


def _of_card(card: Card) -> str:
    parts = [card.name[:200], card.subtitle[:200]]
    parts += [f"{shown.label}: {shown.value}" for shown in card.fields[:MAX_FIELDS]]
    if card.progress is not None:
        share = round(min(max(card.progress.share, 0.0), 1.0) * 100)
        ends = " / ".join(end for end in (card.progress.label, card.progress.goal) if end)
        parts.append(_("Progress: {share}% ({ends})").format(share=share, ends=ends) if ends else f"{share}%")
    return ". ".join(part for part in (*parts, *card.lines[:MAX_LINES]) if part)


def _of_chart(chart: Chart) -> str:
    opening = {
        ChartKind.LINE: _("Line chart: {title}."),
        ChartKind.BAR: _("Bar chart: {title}."),
        ChartKind.HISTOGRAM: _("Histogram: {title}."),
    }[chart.kind].format(title=chart.title[:200])
    if not chart.points:
        return opening + " " + _("There is nothing to show yet.")
    low, high = (pick(chart.points, key=lambda point: point.value) for pick in (min, max))
    first, last = chart.points[0], chart.points[-1]
    count = ngettext("{count} value", "{count} values", len(chart.points)).format(count=len(chart.points))
    told = _(
        "{count}, from {first} ({first_label}) to {last} ({last_label}). "
        "Lowest: {low} ({low_label}). Highest: {high} ({high_label})."
    ).format(
        count=count,
        first=_number(chart, first.value), first_label=first.label[:60],
        last=_number(chart, last.value), last_label=last.label[:60],
        low=_number(chart, low.value), low_label=low.label[:60],
        high=_number(chart, high.value), high_label=high.label[:60],
    )  # fmt: skip
    return f"{opening} {told}"


def _number(chart: Chart, value: float) -> str:
    shown = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    return shown.replace(",", chart.separator)
