"""Members' roles are brought into line as soon as a grant changes or ends, and compared with Discord every hour."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from bot.domain.guilds import ShardRange
from bot.domain.role_grants import Claimed
from bot.jobs.fair import FairSource
from bot.jobs.under_way import UnderWay
from bot.services.role_grants import RoleGrantsService

SURVEY_INTERVAL = timedelta(hours=1)
"""Between two comparisons of every grant with what Discord shows. The first comes right after the start."""

_SURVEYS_AT_ONCE = 4


class RoleGrantsSource(FairSource[Claimed]):
    """The ticker's view of ``role_duties.due_at``."""

    name = "role grants"

    def called(self, item: Claimed) -> str:
        """By whom it is about."""
        return f"roles-{item.guild_id}-{item.user_id}"


class RoleSurveySource:
    """What the ticker looks at once an hour, and first of all: the guilds in which anybody has a grant.

    There is no row to claim. Each process surveys the guilds of its own shards, and a survey that is done twice finds
    nothing the second time.
    """

    name = "role survey"

    def __init__(
        self,
        service: RoleGrantsService,
        survey: Callable[[int], Awaitable[None]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
    ) -> None:
        self._service = service
        self._survey = survey
        self._shards = shards
        self._due: datetime | None = None
        self._left: list[int] = []
        self._at: set[int] = set()
        """Being surveyed: a large guild may take longer than an hour."""
        self._under_way = UnderWay(_SURVEYS_AT_ONCE, wake)

    async def next_due(self) -> datetime | None:
        """When the next survey begins; now, if guilds of this one are left; None while there is no room for them."""
        if self._under_way.room <= 0:
            return None
        now = self._service.moment()
        return now if self._left else self._due or now

    async def claim(self, limit: int) -> Sequence[int]:
        """The next guilds to survey."""
        now = self._service.moment()
        if not self._left and (self._due is None or self._due <= now):
            guilds = await self._service.guilds(self._shards())
            self._left = [guild_id for guild_id in guilds if guild_id not in self._at]
            self._due = now + SURVEY_INTERVAL
        count = max(0, min(limit, self._under_way.room))
        taken, self._left = self._left[:count], self._left[count:]
        return taken

    async def settle(self, item: int) -> None:
        """Begin with one, and wait for it a little."""
        self._at.add(item)

        async def work() -> None:
            try:
                await self._survey(item)
            finally:
                self._at.discard(item)

        await self._under_way.begin(f"roles-survey-{item}", work())

    async def finish(self) -> None:
        """Wait for surveys under way; if this is cancelled, cut them off."""
        await self._under_way.finish()
