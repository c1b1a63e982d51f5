"""Deleting many messages of a channel: find them, keep a copy for staff, delete, and write down what came of it.

The copy goes to the log channel before the first message is deleted, so that nothing is lost that nobody can read any
more, whatever happens in between. A purge is not taken up again after a restart: who asked for it may be gone, and to
ask again does no harm.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import aiohttp
import discord
import structlog

from bot.actions.deletion import Deletion
from bot.actions.host import ServiceHost
from bot.actions.patterns import Pattern, matching
from bot.domain.audit import AuditSource
from bot.domain.purge import PAGE, Gathered, Report, Seen, Wanted, fits, gather, is_enough, plan, transcript
from bot.domain.sanctions import said_in_audit
from bot.errors import DiscordAway, PurgeGone, PurgeUnderWay, Unavailable
from bot.i18n import speaking
from bot.services.purges import Order
from bot.ui import purge as said

_log = structlog.stdlib.get_logger(__name__)

SEARCH_PATIENCE = 60.0
"""Seconds for finding messages, waiting for others' searches included."""

_COPY_PATIENCE = 20.0
_STOP_PATIENCE = 5.0
_SEARCHES = 4
"""Searches at once in the whole process: each may hold a process for its pattern."""

_MOST_HELD = 50
"""Questions whose messages are remembered; the oldest is forgotten."""

_PLAIN = 7 * 1024 * 1024
"""Bytes of a copy that is sent as it is; a longer one is packed, since Discord takes no larger files everywhere."""

_PROBLEMS = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)
"""What Discord being away, or refusing, looks like."""


@dataclass(frozen=True)
class Purge:
    """What somebody asked for, and what was found."""

    guild_id: int
    channel_id: int
    asked_by: int
    name: str
    """Of whoever asked."""
    source: AuditSource
    asked_at: datetime
    """By Discord's clock, which is the one that says how old messages are."""
    wanted: Wanted
    reason: str | None
    found: Gathered

    @property
    def order(self) -> Order:
        """As it is written down."""
        return Order(self.channel_id, self.wanted, self.asked_by, self.source, self.reason)


class Purger:
    """Runs purges, one at a time in each channel."""

    def __init__(self, host: ServiceHost, client: discord.Client, *, pause: float = 2.0) -> None:
        """`pause` is how many seconds pass before a second try."""
        self._host = host
        self._client = client
        self._pause = pause
        self._searches = asyncio.Semaphore(_SEARCHES)
        self._held: OrderedDict[int, Purge] = OrderedDict()
        self._runs: dict[int, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    # Finding --------------------------------------------------------------------------------------------

    async def find(self, guild_id: int, channel_id: int, wanted: Wanted, *, until: int) -> Gathered:
        """What is meant of the messages of a channel that were there before the id `until`.

        Raises:
            PatternNotUnderstood, PatternTooSlow: its pattern can't be matched.
            DiscordAway: Discord did not show the messages in time.
        """
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        try:
            async with asyncio.timeout(SEARCH_PATIENCE), self._searches:
                if wanted.pattern is None:
                    return await _search(channel, wanted, until, None)
                async with matching(wanted.pattern) as pattern:
                    return await _search(channel, wanted, until, pattern)
        except _PROBLEMS as error:
            _log.warning("messages could not be looked at", channel=channel_id, error=repr(error))
            raise DiscordAway from None

    # Asking first ---------------------------------------------------------------------------------------

    def hold(self, key: int, purge: Purge) -> None:
        """Remember what somebody is asked about."""
        self._held[key] = purge
        while len(self._held) > _MOST_HELD:
            self._held.popitem(last=False)

    def take(self, key: int, *, channel_id: int, asked_by: int) -> Purge:
        """What somebody was asked about in a channel, once.

        Raises:
            PurgeGone: it was answered, is no longer known, or somebody else was asked, or elsewhere.
        """
        found = self._held.get(key)
        if found is None or (found.channel_id, found.asked_by) != (channel_id, asked_by):
            raise PurgeGone
        return self._held.pop(key)

    def forget(self, key: int, *, asked_by: int) -> None:
        """Forget what somebody was asked about; what another was asked about is theirs."""
        found = self._held.get(key)
        if found is not None and found.asked_by == asked_by:
            del self._held[key]

    # Doing ----------------------------------------------------------------------------------------------

    async def carry_out(self, purge: Purge, told: Callable[[Report], None]) -> Report:
        """Do it, and tell meanwhile how far it is.

        Raises:
            PurgeUnderWay: another one is, in the same channel.
            Unavailable: it could not be written down before, so nothing is deleted.
        """
        self.require_free(purge.channel_id)
        stop = self._runs[purge.channel_id] = asyncio.Event()
        if self._closed:
            stop.set()
        try:
            return await self._carry_out(purge, stop, told)
        finally:
            del self._runs[purge.channel_id]

    def spawn(self, key: int, work: Coroutine[Any, Any, None]) -> None:
        """Run a long purge beside whatever asked for it. `close` waits for it; it must not raise."""
        task = asyncio.create_task(work, name=f"purge-{key}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def require_free(self, channel_id: int) -> None:
        """Go on only where no purge is under way.

        Raises:
            PurgeUnderWay: one is.
        """
        if channel_id in self._runs:
            raise PurgeUnderWay

    def stop(self, channel_id: int) -> bool:
        """Let nothing more begin in a channel; whether something was under way there."""
        found = self._runs.get(channel_id)
        if found is not None:
            found.set()
        return found is not None

    async def close(self) -> None:
        """Let nothing more begin anywhere, and wait for what is under way to be written down."""
        self._closed = True
        for stop in self._runs.values():
            stop.set()
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=_STOP_PATIENCE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _carry_out(self, purge: Purge, stop: asyncio.Event, told: Callable[[Report], None]) -> Report:
        entry = await self._host.services.purges.begin(purge.guild_id, purge.order, found=len(purge.found.meant))
        copy = await self._keep(purge)
        report = Report(len(purge.found.meant), kept=purge.found.kept, copy_kept=copy is not None)
        reason = said_in_audit(purge.name, None, purge.reason or "/purge")
        deletion = Deletion(self._client, purge.channel_id, reason, told, stop, self._pause)
        report = await deletion.run(plan(purge.found.meant, purge.asked_at), report)
        report = replace(report, noted=await self._note(purge, entry, report))
        if copy is not None:
            await self._tell(purge, copy, report)
        return report

    # Remembering ----------------------------------------------------------------------------------------

    async def _keep(self, purge: Purge) -> discord.Message | None:
        """Send the copy to the log channel; None where there is none, or it takes none. That stops no purge."""
        try:
            channel_id = await self._host.services.purges.log_channel(purge.guild_id)
            if channel_id is None:
                return None
            file = await copy_of(purge)
            shown = await self._shown(purge, None)
            channel = self._client.get_partial_messageable(channel_id, guild_id=purge.guild_id)
            async with asyncio.timeout(_COPY_PATIENCE):
                return await channel.send(embed=shown, file=file, allowed_mentions=discord.AllowedMentions.none())
        except (Unavailable, *_PROBLEMS) as error:
            _log.warning("no copy of a purge in the log channel", guild=purge.guild_id, error=repr(error))
            return None

    async def _tell(self, purge: Purge, copy: discord.Message, report: Report) -> None:
        """Say beside the copy what came of it."""
        try:
            shown = await self._shown(purge, report)
            async with asyncio.timeout(_COPY_PATIENCE):
                await copy.edit(embed=shown)
        except _PROBLEMS as error:
            _log.warning("the end of a purge was not told", guild=purge.guild_id, error=repr(error))

    async def _shown(self, purge: Purge, report: Report | None) -> discord.Embed:
        with speaking(await self._host.language_in(purge.guild_id)):
            shown = said.logged(purge.asked_by, purge.channel_id, purge.found, purge.reason, report)
        shown.colour = discord.Colour(await self._host.accent(purge.guild_id))
        return shown

    async def _note(self, purge: Purge, entry: int, report: Report) -> bool:
        """Write into the audit log what came of it; whether that worked. What is deleted is deleted all the same."""
        try:
            await self._host.services.purges.end(purge.guild_id, entry, purge.order, report)
        except Unavailable as error:
            _log.error("the end of a purge is not in the audit log", guild=purge.guild_id, error=repr(error))
            return False
        return True


async def copy_of(purge: Purge) -> discord.File:
    """The messages of a purge as a file."""
    title = f"#{purge.channel_id} · {len(purge.found.meant)} · {purge.name} ({purge.asked_by})"
    return await asyncio.to_thread(_file, purge.found.meant, title, f"purge-{purge.channel_id}")


def _file(meant: Sequence[Seen], title: str, name: str) -> discord.File:
    content = transcript(meant, title).encode()
    if len(content) <= _PLAIN:
        return discord.File(io.BytesIO(content), f"{name}.txt")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.txt", content)
    packed.seek(0)
    return discord.File(packed, f"{name}.zip")


async def _search(channel: discord.PartialMessageable, wanted: Wanted, until: int, pattern: Pattern | None) -> Gathered:
    """Page after page, from the newest backwards, until there is enough."""
    found = Gathered()
    edge = min(until, wanted.before or until)
    while True:
        page = await _page(channel, wanted, edge)
        page = [one for one in page if one.id < until]
        found = gather(found, page, wanted, matching=await _matching(pattern, page, wanted))
        if is_enough(found, len(page), wanted):
            return found
        edge = min(one.id for one in page)


async def _page(channel: discord.PartialMessageable, wanted: Wanted, edge: int) -> list[Seen]:
    if wanted.around is not None:
        history = channel.history(limit=PAGE, around=discord.Object(wanted.around))
    else:
        history = channel.history(limit=PAGE, before=discord.Object(edge))
    return [_seen(message) async for message in history]


async def _matching(pattern: Pattern | None, page: Sequence[Seen], wanted: Wanted) -> set[int] | None:
    if pattern is None:
        return None
    fitting = [one for one in page if fits(one, wanted)]
    return (
        {fitting[place].id for place in await pattern.matches([one.content for one in fitting])} if fitting else set()
    )


def _seen(message: discord.Message) -> Seen:
    forwarded = message.message_snapshots
    attached = [*message.attachments, *(one for snapshot in forwarded for one in snapshot.attachments)]
    return Seen(
        message.id,
        message.author.id,
        message.author.name,
        by_bot=message.author.bot or message.webhook_id is not None,
        content="\n".join(filter(None, [message.content, *(snapshot.content for snapshot in forwarded)])),
        files=tuple(one.filename for one in attached),
        embeds=len(message.embeds) + sum(len(snapshot.embeds) for snapshot in forwarded),
        pinned=message.pinned,
        deletable=message.type.is_deletable(),
    )
