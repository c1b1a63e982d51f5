"""Holds that nobody ended in time: the feature that made one is asked what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import structlog

from bot.domain.guilds import ShardRange
from bot.domain.holds import ClaimedHold
from bot.errors import Unavailable, UserError
from bot.jobs.fair import FairSource
from bot.services.holds import Holds

_log = structlog.stdlib.get_logger(__name__)

Recover = Callable[[ClaimedHold], Awaitable[bool]]
"""Finds out what became of what the coins were put aside for, and ends the hold; False: that is not known yet."""


class HoldsSource(FairSource[ClaimedHold]):
    """The ticker's view of ``holds.due_at``. `recoveries` are the handlers by purpose.

    What nobody knows is asked for again: its coins stay where they are.
    """

    name = "holds"

    def __init__(
        self,
        holds: Holds,
        recoveries: Mapping[str, Recover],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
    ) -> None:
        super().__init__(holds, self.look_into, shards, wake)
        self._holds = holds
        self._recoveries = recoveries

    def called(self, item: ClaimedHold) -> str:
        """By its number."""
        return f"hold-{item.id}"

    async def look_into(self, claimed: ClaimedHold) -> None:
        """Ask what became of one."""
        recover = self._recoveries.get(claimed.hold.purpose)
        if recover is None:
            _log.error("a hold that no feature knows", hold=claimed.id, purpose=claimed.hold.purpose)
        if recover is None or not await self._is_known(recover, claimed):
            await self._holds.postpone(claimed)

    @staticmethod
    async def _is_known(recover: Recover, claimed: ClaimedHold) -> bool:
        """Whether it is known by now. What fails is asked again ever more rarely, not each time its lease is over."""
        try:
            return await recover(claimed)
        except Unavailable:
            raise  # then nothing can be written of it either
        except UserError as refused:
            _log.warning("a hold can't end yet", hold=claimed.id, purpose=claimed.hold.purpose, reason=repr(refused))
        except Exception:  # noqa: BLE001 — whatever it is, its coins stay where they are, and others go on
            _log.exception("a hold could not be looked into", hold=claimed.id, purpose=claimed.hold.purpose)
        return False
