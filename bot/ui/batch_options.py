"""Batches as options of commands: what is offered while one writes, and what was chosen."""

from __future__ import annotations

from collections.abc import Iterable

from discord import app_commands

from bot.domain.batches import Batch, BatchState
from bot.errors import BatchGone
from bot.i18n import _
from bot.ui.inputs import MOST_CHOICES

_LARGEST_ID = 2**63 - 1
_LONGEST_CHOICE = 100


def parse_batch(written: str) -> int:
    """The id of a batch in a custom id or an option.

    Raises:
        BatchGone: it can't be one.
    """
    if not written.isdecimal() or len(written) > len(str(_LARGEST_ID)) or int(written) > _LARGEST_ID:
        raise BatchGone
    return int(written)


def batch_choices(batches: Iterable[Batch], typed: str) -> list[app_commands.Choice[str]]:
    """Those of these batches whose title has what is being written, by title, time and how they ended."""
    fitting = [batch for batch in batches if typed.lower() in batch.title.lower()]
    return [app_commands.Choice(name=_name(batch), value=str(batch.id)) for batch in fitting[:MOST_CHOICES]]


def _name(batch: Batch) -> str:
    state = {
        BatchState.RUNNING: _("running"),
        BatchState.DONE: _("finished"),
        BatchState.CANCELLED: _("cancelled"),
        BatchState.FAILED: _("stopped"),
    }.get(batch.state, "")
    at = f"{batch.created_at:%Y-%m-%d %H:%M} · {state}"
    return f"{batch.title[: _LONGEST_CHOICE - len(at) - 3]} · {at}"
