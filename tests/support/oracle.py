"""Something that is asked, and answers only when it is told to."""

from __future__ import annotations

import asyncio
from typing import Any


class Oracle:
    """Counts who asks, and knows whether it was cut off."""

    def __init__(self, answer: Any = "yes") -> None:
        self.asked = 0
        self.speak = asyncio.Event()
        self.cancelled = False
        self._answer = answer

    async def ask(self, *_args: Any, **_kwargs: Any) -> Any:
        """The answer, once it may be given."""
        self.asked += 1
        try:
            await self.speak.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return self._answer
