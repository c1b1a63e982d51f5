"""What a batch looks like: its dry run, its progress, and how it ended. The words are in the language of the task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import discord

from bot.domain.batches import Batch, BatchState, ItemState, Plan
from bot.domain.outbox import Button, ButtonStyle
from bot.i18n import _, ngettext
from bot.ui import text
from bot.ui.theme import embed

BAR = 20
"""Squares of a whole bar."""

_SOON = timedelta(seconds=5)
"""An end that is nearer than this would be over by the time it is read."""

_REASONS = 5
"""Reasons that a dry run tells one by one."""


@dataclass(frozen=True)
class Shown:
    """A message about a batch."""

    embed: discord.Embed
    buttons: tuple[Button, ...] = ()


def bar(settled: int, total: int) -> str:
    """How far something is, as squares. Full only when it is finished, and begun with the first one."""
    if total <= 0:
        return "▰" * BAR
    filled = settled * BAR // total
    if settled > 0:
        filled = max(filled, 1)
    return "▰" * filled + "▱" * (BAR - filled)


def draft(batch: Batch, plan: Plan) -> Shown:
    """The dry run, with the buttons to start it or not."""
    lines = [plan.would, *_left_out(plan)]
    length = text.rounded(timedelta(seconds=-(-plan.wanted // batch.per_turn)))
    lines += [
        "",
        _("This takes about {duration}. Nothing has been done yet.").format(duration=text.duration(length)),
    ]
    return Shown(
        embed(title=batch.title, description="\n".join(lines)),
        (
            Button(_("Start"), f"batches:start:v1:{batch.id}", ButtonStyle.SUCCESS),
            Button(_("Never mind"), f"batches:discard:v1:{batch.id}"),
            Button(_("Who, as a file"), f"batches:result:v1:{batch.id}:csv"),
        ),
    )


def nothing(plan: Plan) -> Shown:
    """A dry run that nothing came out of."""
    lines = [_("There is nobody to do this for."), *_left_out(plan)]
    return Shown(embed(title=plan.title, description="\n".join(lines)))


def discarded() -> Shown:
    """A dry run that was not started."""
    return Shown(embed(description=_("All right, I changed nothing.")))


def progress(batch: Batch, now: datetime, more: Sequence[Button] = ()) -> Shown:
    """How a batch is getting on, or how it ended, then with `more` buttons."""
    if batch.state.is_over:
        return ended(batch, more=more)
    counts = batch.counts
    line = f"{bar(counts.settled, counts.total)} {text.number(counts.settled)} / {text.number(counts.total)}"
    if batch.is_cancelled:
        said = _("Cancelled. What had begun is being finished.")
        return Shown(embed(title=batch.title, description=f"{line}\n{tally(batch)}\n{said}"))
    end = batch.expected_end(now)
    lines = [line, tally(batch)]
    if end is not None:
        lines.append(_("I expect to finish {when}.").format(when=text.timestamp(max(end, now + _SOON))))
    cancel = Button(_("Cancel"), f"batches:cancel:v1:{batch.id}", ButtonStyle.DANGER)
    return Shown(embed(title=batch.title, description="\n".join(lines)), (cancel,))


def moved(batch: Batch) -> Shown:
    """An answer that can't be changed any longer: where progress is shown now."""
    return Shown(embed(title=batch.title, description=_("This goes on in a message of its own, further down.")))


def ended(batch: Batch, reasons: Sequence[tuple[ItemState, str, int]] = (), more: Sequence[Button] = ()) -> Shown:
    """How a batch ended, with the buttons to get its result and `more`."""
    lines = [_heading(batch), tally(batch)]
    lines += [f"• {_reason(state, reason)}: {text.number(count)}" for state, reason, count in reasons]
    return Shown(embed(title=batch.title, description="\n".join(lines)), (*result_buttons(batch), *more))


def result_buttons(batch: Batch) -> tuple[Button, ...]:
    """The buttons that answer with a file of what became of every target."""
    return (
        Button(_("Get the result"), f"batches:result:v1:{batch.id}:csv", ButtonStyle.PRIMARY),
        Button(_("As JSON"), f"batches:result:v1:{batch.id}:json"),
    )


def undo_button(batch: Batch, label: str) -> Button:
    """The button that drafts what undoes a batch."""
    return Button(label, f"batches:undo:v1:{batch.id}")


def report(
    batch: Batch, reasons: Sequence[tuple[ItemState, str, int]], now: datetime, more: Sequence[Button] = ()
) -> Shown:
    """Everything about a batch for those who manage the server."""
    shown = ended(batch, reasons, more) if batch.state.is_over else progress(batch, now)
    by = _("Asked for by {member} {when}.").format(
        member=text.mention(batch.asked_by), when=text.timestamp(batch.created_at)
    )
    shown.embed.description = f"{shown.embed.description}\n\n{by}"
    return Shown(shown.embed, shown.buttons)


def listed(batches: Sequence[Batch]) -> Shown:
    """Batches, one a line, newest first."""
    title = _("Batches")
    if not batches:
        return Shown(embed(title=title, description=_("Nothing has been done to many at once here yet.")))
    return Shown(embed(title=title, description="\n".join(_line(batch) for batch in batches)))


def tally(batch: Batch) -> str:
    """How many are settled in which way; what there is none of is left out."""
    counts = batch.counts
    parts = [_("{count} done").format(count=text.number(counts.done))]
    if counts.failed:
        parts.append(_("{count} failed").format(count=text.number(counts.failed)))
    if counts.skipped:
        parts.append(_("{count} skipped").format(count=text.number(counts.skipped)))
    return " · ".join(parts)


def _line(batch: Batch) -> str:
    counts, at = batch.counts, batch.started_at or batch.created_at
    how_far = f"{text.number(counts.settled)} / {text.number(counts.total)}"
    return f"{_state(batch)} **{batch.title}** · {how_far} · {text.mention(batch.asked_by)} {text.timestamp(at)}"


def _left_out(plan: Plan) -> list[str]:
    reasons = plan.left_out
    if not reasons:
        return []
    count = sum(many for _reason_, many in reasons)
    said = ngettext("{count} is skipped:", "{count} are skipped:", count).format(count=text.number(count))
    lines = [said, *(f"• {reason}: {text.number(many)}" for reason, many in reasons[:_REASONS])]
    rest = sum(many for _reason_, many in reasons[_REASONS:])
    if rest:
        lines.append("• " + _("for other reasons: {count}").format(count=text.number(rest)))
    return lines


def _heading(batch: Batch) -> str:
    end = text.timestamp(batch.finished_at) if batch.finished_at else ""
    match batch.state:
        case BatchState.CANCELLED:
            return _("Cancelled {when}.").format(when=end)
        case BatchState.FAILED:
            return _("I could not go on with this, and stopped {when}.").format(when=end)
        case _:
            return _("Finished {when}.").format(when=end)


def _reason(state: ItemState, reason: str) -> str:
    said = _("failed") if state is ItemState.FAILED else _("skipped")
    return f"{said}, {reason.removesuffix('.')}" if reason else said


def _state(batch: Batch) -> str:
    if batch.is_cancelled:
        return "🚫"
    return {BatchState.DONE: "✅", BatchState.FAILED: "⚠️"}.get(batch.state, "⏳")
