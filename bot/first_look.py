"""Listeners that look at an event before they get a task for it.

discord.py makes a task for each listener of each event, and a task costs more than most listeners do: nearly every
message is neither a command nor news of its author. So a listener may name a look: a plain method of the same class,
called with the same arguments, that says at once whether there is anything to do. `FolkmootBot` asks it where the task
would be made.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Listener = TypeVar("Listener", bound=Callable[..., Coroutine[Any, Any, None]])

_LOOK = "__first_look__"


def after(look: Callable[..., bool]) -> Callable[[Listener], Listener]:
    """Give a listener its task for those events alone of which `look` says that they concern it.

    The look runs amid the reading of the gateway, for every event: it waits for nothing and costs next to nothing. One
    that raises is reported as its listener would be.
    """

    def mark(listener: Listener) -> Listener:
        setattr(listener, _LOOK, look)
        return listener

    return mark


def concerns(listener: Any, *event: Any) -> bool:
    """Whether a listener has anything to do about an event; one without a look always has.

    Raises:
        Exception: whatever its look raises.
    """
    look = getattr(listener, _LOOK, None)
    return look is None or look(listener.__self__, *event)


def failed(error: Exception) -> Callable[..., Coroutine[Any, Any, None]]:
    """What to run in place of a listener whose look raised: left alone, the error would end the gateway's reader."""

    async def listener(*_event: Any, **_more: Any) -> None:
        raise error

    return listener
