"""Members' roles are brought into line as soon as a grant changes or ends, and compared with Discord every hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from bot.domain.guilds import ShardRange
from bot.domain.role_grants import Claimed
from bot.jobs.ticker import BATCH
from bot.jobs.under_way import UnderWay
from bot.services.role_grants import RoleGrantsService

SURVEY_INTERVAL = timedelta(hours=1)
"""Between two comparisons of every grant with what Discord shows. The first comes right after the start."""

IN_A_GUILD = 5
"""Members of one guild under way at once. Discord lets a bot change few members of one server in a second: more would
only wait there, and take the places of members of other guilds."""

_SURVEYS_AT_ONCE = 4


class RoleGrantsSource:
    """The ticker's view of ``role_duties.due_at``."""

    name = "role grants"

    def __init__(
        self,
        service: RoleGrantsService,
        carry_out: Callable[[Claimed], Awaitable[object]],
        shards: Callable[[], ShardRange],
        wake: Callable[[], object],
    ) -> None:
        self._service = service
        self._carry_out = carry_out
        self._shards = shards
        self._wake = wake
        self._busy = Counter[int]()
        """Members under way, by guild."""
        self._under_way = UnderWay(BATCH, wake)

    async def next_due(self) -> datetime | None:
        """When the next member is due; None while as many as may be are under way, for these wake when done."""
        if self._under_way.room <= 0:
            return None
        return await self._service.next_due(self._shards(), without=self._full())

    async def claim(self, limit: int) -> Sequence[Claimed]:
        """Take due members, as many as are not already under way, and of no guild more than its share."""
        room = min(limit, self._under_way.room)
        if room <= 0:
            return []
        return await self._service.claim(self._shards(), room, each=IN_A_GUILD, busy=self._busy)

    async def settle(self, item: Claimed) -> None:
        """Begin with one, and wait for it a little."""
        self._busy[item.guild_id] += 1

        async def work() -> None:
            try:
                await self._carry_out(item)
            finally:
                self._leave(item.guild_id)

        await self._under_way.begin(f"roles-{item.guild_id}-{item.user_id}", work())

    def _full(self) -> list[int]:
        return [guild_id for guild_id, count in self._busy.items() if count >= IN_A_GUILD]

    def _leave(self, guild_id: int) -> None:
        was_full = self._busy[guild_id] >= IN_A_GUILD
        self._busy[guild_id] -= 1
        if not self._busy[guild_id]:
            del self._busy[guild_id]
        if was_full:  # who came due meanwhile was not asked for
            self._wake()

    async def finish(self) -> None:
        """Wait for what is under way; if this is cancelled, cut it off. Its lease ends, and then it is found again."""
        await self._under_way.finish()


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
