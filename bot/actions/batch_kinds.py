"""What can be done to many: the kinds of batches, as features describe them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.batches import MAX_NAME, MAX_PER_SECOND, MAX_TOGETHER, Batch, Job, Outcome, Plan, Report
from bot.ui.controls import Interaction

Act = Callable[[Job], Awaitable[Outcome]]
"""How a kind acts on one target."""


@dataclass(frozen=True)
class Request:
    """What somebody wants to be done to many."""

    guild_id: int
    asked_by: int
    parameters: Mapping[str, Any]
    given: object = None
    """What a command hands to its kind's `prepare` and is not kept, such as a file of ids."""


@dataclass(frozen=True)
class Undo:
    """Another batch, which undoes one: what is said on the button for it, its kind and its parameters."""

    label: str
    kind: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Together:
    """How a kind acts on all targets of a turn at once, with the duties of one that acts on each.

    What it says nothing of has to wait, and is tried again.
    """

    act: Callable[[Sequence[Job]], Awaitable[Mapping[int, Outcome]]]


@dataclass(frozen=True)
class BatchKind:
    """Something that can be done to many.

    `act` does it to one, within `ACT_TIMEOUT` seconds. It may be called again with the same `Job.key`, after a crash
    also when the first call succeeded, and must then find what it did and not do it twice. It checks again whatever
    may have changed since the dry run. What it raises makes this one target fail, or wait if it is a failure that
    passes.
    """

    name: str
    """Stored with every batch, so it never changes."""
    allow: Callable[[Interaction, Mapping[str, Any]], object]
    """Raises what is said to whoever may not do this, with these parameters. Asked for the dry run and the start.

    It may be a coroutine function, for what has to be looked up.
    """
    prepare: Callable[[Request], Awaitable[Plan]]
    """The dry run: whom it concerns, what would happen, and who would be left out. Changes nothing."""
    act: Act | Together
    per_second: int = 5
    """At most; whoever is asked may be slower. Rate limits are for `act` to wait for, or to say `Later`."""
    undo: Callable[[Batch], Undo] | None = None
    """What undoes a batch of this kind that did something; None: nothing does."""
    serves: Callable[[int], Awaitable[bool]] | None = None
    """Whether what it needs serves this guild otherwise, asked when a target has to wait. A target that has to wait all
    the same is given up after `STUCK_FOR`. None: nobody can tell, and every target is waited for."""
    ended: Callable[[Report], Awaitable[None]] | None = None
    """Told of the end of each batch before anybody is shown it; more than once if the process dies at that."""

    def __post_init__(self) -> None:
        most = MAX_TOGETHER if isinstance(self.act, Together) else MAX_PER_SECOND
        if not 1 <= self.per_second <= most or len(self.name) > MAX_NAME:
            raise ValueError(f"the kind {self.name} is too fast, too slow, or its name too long")
