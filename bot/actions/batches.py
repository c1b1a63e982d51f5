"""Doing something to many: the dry run, the start, each turn, and what is shown meanwhile.

A feature registers a `BatchKind` and calls `BatchActions.propose` in its command; all else is done here.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import discord
import structlog

from bot.actions.authority import require_standing
from bot.actions.batch_outcomes import PAUSE, outcome_of, result_file
from bot.domain.audit import AuditSource
from bot.domain.authority import Permission, Staff
from bot.domain.batches import (
    MAX_ATTEMPTS,
    MAX_NAME,
    MAX_PER_SECOND,
    Batch,
    BatchState,
    Failed,
    Job,
    Later,
    Outcome,
    Plan,
    Skipped,
    Turn,
    TurnItem,
)
from bot.domain.outbox import EDIT_INTERVAL, Button, Mentions, Payload
from bot.domain.permissions import name_of
from bot.domain.privacy import is_nobody
from bot.errors import (
    BatchGone,
    BatchOver,
    ControlExpired,
    GuildOnly,
    NotYours,
    PermissionNeeded,
    UseSlash,
)
from bot.i18n import _, language, speaking
from bot.services.batches import BatchesService, Draft
from bot.ui import progress, text
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Interaction, buttons_view
from bot.ui.live import LiveAnswers
from bot.ui.progress import Shown

_log = structlog.stdlib.get_logger(__name__)

ACT_TIMEOUT = 40.0
"""Seconds for one target, discord.py's own repetitions included; well below the lease."""

_ASK_TIMEOUT = 10.0
"""Seconds for the question whether others would work."""


@dataclass(frozen=True)
class Request:
    """What somebody wants to be done to many."""

    guild_id: int
    asked_by: int
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Undo:
    """Another batch, which undoes one: what is said on the button for it, its kind and its parameters."""

    label: str
    kind: str
    parameters: Mapping[str, Any]


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
    act: Callable[[Job], Awaitable[Outcome]]
    per_second: int = 5
    """At most; whoever is asked may be slower. Rate limits are for `act` to wait for, or to say `Later`."""
    undo: Callable[[Batch], Undo] | None = None
    """What undoes a batch of this kind that did something; None: nothing does."""
    serves: Callable[[int], Awaitable[bool]] | None = None
    """Whether what it needs serves this guild otherwise, asked when a target has to wait. A target that has to wait all
    the same is given up after `STUCK_FOR`. None: nobody can tell, and every target is waited for."""

    def __post_init__(self) -> None:
        if not 1 <= self.per_second <= MAX_PER_SECOND or len(self.name) > MAX_NAME:
            raise ValueError(f"the kind {self.name} is too fast, too slow, or its name too long")


class Painter(Protocol):
    """Who knows the colours of guilds."""

    async def accent(self, guild_id: int | None) -> int:
        """The colour of answers in a guild; never fails and never takes long."""
        ...


class BatchActions:
    """Knows the kinds, takes their turns, and shows how they get on.

    Progress is shown in the answer to **Start** as long as Discord lets this process change it, and after that, or
    after a restart, in a message of its own in the same channel.
    """

    def __init__(self, host: Painter, batches: BatchesService) -> None:
        self._host = host
        self._batches = batches
        self._kinds: dict[str, BatchKind] = {}
        self.live = LiveAnswers()

    def add(self, kind: BatchKind) -> None:
        """Know a further kind."""
        self._kinds[kind.name] = kind

    # For people -----------------------------------------------------------------------------------------

    async def propose(self, interaction: Interaction, kind_name: str, parameters: Mapping[str, Any]) -> None:
        """Answer a command with a dry run that can be started.

        Raises:
            GuildOnly: not here.
            UseSlash: it was typed, and everybody would read whom it is about.
            What the kind says to those who may not.
        """
        if not isinstance(interaction, discord.Interaction):
            raise UseSlash
        kind = self._kinds[kind_name]
        request = Request(_guild_of(interaction), interaction.user.id, parameters)

        async def work() -> tuple[Plan, Batch | None]:
            await _allow(kind, interaction, parameters)
            return await self._draft(kind, request, interaction.id)

        plan, batch = await settled(interaction, work(), ephemeral=True)
        shown = progress.nothing(plan) if batch is None else progress.draft(batch, plan)
        await reply(interaction, embed=shown.embed, view=buttons_view(shown.buttons), ephemeral=True)

    async def _draft(self, kind: BatchKind, request: Request, interaction_id: int) -> tuple[Plan, Batch | None]:
        plan = await kind.prepare(request)
        if plan.wanted == 0:
            return plan, None
        draft = Draft(
            key=f"i:{interaction_id}",
            kind=kind.name,
            parameters=request.parameters,
            language=language(),
            per_second=kind.per_second,
            asked_by=request.asked_by,
        )
        return plan, await self._batches.draft(request.guild_id, draft, plan)

    async def start(self, interaction: Interaction, batch_id: int) -> None:
        """Start a draft, and show its progress in the place of the dry run.

        Raises:
            NotYours: somebody else drafted it.
            What the kind says to those who may not, or not any more.
            BatchGone, BatchOver, BatchStale: it can't be started.
        """
        guild_id = _guild_of(interaction)
        batch = await settled(interaction, self._batches.get(guild_id, batch_id), ephemeral=True, in_place=True)
        kind = self._kinds.get(batch.kind)
        if batch.asked_by != interaction.user.id:
            raise NotYours(batch.asked_by)
        if kind is None:
            raise ControlExpired
        await settled(interaction, _allow(kind, interaction, batch.parameters), ephemeral=True, in_place=True)
        # Watched before it is started: a short batch may be over before the answer is there.
        self.live.watch(batch_id, interaction)
        try:
            work = self._batches.start(guild_id, batch_id, by=batch.asked_by, channel_id=interaction.channel_id)
            batch = await settled(interaction, work, ephemeral=True, in_place=True)
            await self._redraw(interaction, self.shown(batch))
        except BaseException:
            self.live.drop(batch_id)
            raise
        self.live.open(batch_id)

    async def discard(self, interaction: Interaction, batch_id: int) -> None:
        """Forget a dry run.

        Raises:
            NotYours: somebody else drafted it.
            BatchOver: it was started.
        """
        work = self._discard(_guild_of(interaction), batch_id, interaction.user.id)
        await settled(interaction, work, ephemeral=True, in_place=True)
        await self._redraw(interaction, progress.discarded())

    async def _discard(self, guild_id: int, batch_id: int, user_id: int) -> None:
        with contextlib.suppress(BatchGone):  # pressed twice
            batch = await self._batches.get(guild_id, batch_id)
            if batch.asked_by != user_id:
                raise NotYours(batch.asked_by)
            await self._batches.discard(guild_id, batch_id)

    async def cancel(
        self, interaction: Interaction, batch_id: int, *, source: AuditSource = AuditSource.BUTTON
    ) -> Batch:
        """Cancel a running batch, for whoever started it or manages the server."""
        guild_id = _guild_of(interaction)
        batch = await settled(interaction, self._batches.get(guild_id, batch_id), ephemeral=True, in_place=True)
        await settled(interaction, _require_party(interaction, batch), ephemeral=True, in_place=True)
        because, by = _("cancelled before its turn"), interaction.user.id
        work = self._batches.cancel(guild_id, batch_id, by=by, because=because, source=source)
        return await settled(interaction, work, ephemeral=True, in_place=True)

    async def cancel_here(self, interaction: Interaction, batch_id: int) -> None:
        """Cancel the batch whose progress the pressed button belongs to."""
        batch = await self.cancel(interaction, batch_id)
        await self._redraw(interaction, self.shown(batch))

    async def undo(self, interaction: Interaction, batch_id: int) -> None:
        """Answer with the dry run of what undoes a batch.

        Raises:
            BatchGone, BatchOver: it is forgotten, or there is nothing to undo.
            What the kind that undoes it says to those who may not.
        """
        batch = await settled(interaction, self._batches.get(_guild_of(interaction), batch_id), ephemeral=True)
        undo = self._undo_of(batch)
        if undo is None:
            raise BatchOver(batch.title)
        await self.propose(interaction, undo.kind, undo.parameters)

    def _undo_of(self, batch: Batch) -> Undo | None:
        kind = self._kinds.get(batch.kind)
        if kind is None or kind.undo is None or not batch.state.is_over or batch.counts.done == 0:
            return None
        return kind.undo(batch)

    def more(self, batch: Batch) -> tuple[Button, ...]:
        """The buttons of a batch that depend on its kind."""
        undo = self._undo_of(batch)
        return () if undo is None else (progress.undo_button(batch, undo.label),)

    def shown(self, batch: Batch) -> Shown:
        """How a batch is getting on, or how it ended."""
        return progress.progress(batch, self._batches.moment(), self.more(batch))

    async def result(self, interaction: Interaction, batch_id: int, form: str) -> discord.File:
        """The file of what became of every target, for whoever started it or manages the server."""
        guild_id = _guild_of(interaction)
        batch = await self._batches.get(guild_id, batch_id)
        await _require_party(interaction, batch)
        return await result_file(batch_id, await self._batches.results(guild_id, batch_id), form)

    async def _redraw(self, interaction: Interaction, shown: Shown) -> None:
        view = buttons_view(shown.buttons) or discord.ui.View(timeout=None)
        await redraw(interaction, embed=shown.embed, view=view)

    # Turns ----------------------------------------------------------------------------------------------

    async def take_turn(self, turn: Turn) -> None:
        """Act on the targets of a claimed turn and write what became of each; or say that the batch is over."""
        with speaking(turn.batch.language):
            if turn.batch.state is not BatchState.RUNNING:
                await self._end(turn)
                return
            kind = self._kinds.get(turn.batch.kind)
            if kind is None:
                _log.error("a batch of an unknown kind", guild=turn.batch.guild_id, kind=turn.batch.kind)
                await self._batches.abandon(turn, because=_("I can't do this any more"))
                return
            pauses = await asyncio.gather(*(self._settle_one(kind, turn, item) for item in turn.items))
            batch = await self._batches.release(turn, pause=max(pauses, default=timedelta(0)))
            if batch.state is BatchState.RUNNING:
                await self._show(batch)

    async def _settle_one(self, kind: BatchKind, turn: Turn, item: TurnItem) -> timedelta:
        """Act on one target; how long the batch should wait because of it."""
        outcome = await self._act(kind, turn.batch, item)
        alone = isinstance(outcome, Later) and not outcome.everywhere and await self._serves(kind, turn.batch.guild_id)
        try:
            await self._batches.settle(turn, item, outcome, alone=alone)
        except Exception:  # noqa: BLE001 — the next turn takes it up again; the others go on
            _log.exception("an outcome was not written", guild=turn.batch.guild_id, batch=turn.batch.id)
            return PAUSE
        stuck_for = item.stuck_for(self._batches.moment()) if alone else timedelta(0)
        return outcome.pause(stuck_for) if isinstance(outcome, Later) else timedelta(0)

    async def _serves(self, kind: BatchKind, guild_id: int) -> bool:
        if kind.serves is None:
            return False
        try:
            async with asyncio.timeout(_ASK_TIMEOUT):
                return await kind.serves(guild_id)
        except Exception as error:  # noqa: BLE001 — no answer is an answer
            _log.info("what a batch needs is away", guild=guild_id, error=repr(error))
            return False

    async def _act(self, kind: BatchKind, batch: Batch, item: TurnItem) -> Outcome:
        if item.attempts > MAX_ATTEMPTS:
            return Failed(_("I was interrupted each time I tried; it may have been done"))
        if is_nobody(item.target):
            return Skipped(_("their data was erased"))
        started_at = batch.started_at or batch.created_at
        job = Job(batch.guild_id, batch.id, item.target, item.label, batch.parameters, batch.asked_by, started_at)
        try:
            async with asyncio.timeout(ACT_TIMEOUT):
                return await kind.act(job)
        except Exception as error:  # noqa: BLE001 — one target never ends a batch
            return outcome_of(error)

    # Showing --------------------------------------------------------------------------------------------

    async def _show(self, batch: Batch) -> None:
        now = self._batches.moment()
        if self.live.is_ending(batch.id, now):
            self.live.leave(batch.id, await self._coloured(batch, progress.moved(batch)))
        shown = await self._coloured(batch, progress.progress(batch, now))
        if not self.live.put(batch.id, shown):
            await self._batches.publish(batch, _payload(shown))

    async def _end(self, turn: Turn) -> None:
        report = await self._batches.report(turn.batch.guild_id, turn.batch.id)
        batch = report.batch
        shown = await self._coloured(batch, progress.ended(batch, report.reasons, self.more(batch)))
        if await self.live.last(batch.id, shown):
            await self._batches.close(turn, None)
        elif await self._batches.publish(batch, _payload(shown), anew=False):
            whom = Mentions(users=(batch.asked_by,))
            await self._batches.close(turn, _payload(shown, content=text.mention(batch.asked_by), mentions=whom))
        else:
            await self._batches.release(turn, pause=EDIT_INTERVAL)

    async def _coloured(self, batch: Batch, shown: Shown) -> Shown:
        shown.embed.colour = discord.Colour(await self._host.accent(batch.guild_id))
        return shown


async def _allow(kind: BatchKind, interaction: Interaction, parameters: Mapping[str, Any]) -> None:
    found = kind.allow(interaction, parameters)
    if inspect.isawaitable(found):
        await found


def _payload(shown: Shown, *, content: str = "", mentions: Mentions | None = None) -> Payload:
    return Payload(content, shown.embed.to_dict(), mentions or Mentions(), shown.buttons)


def _guild_of(interaction: Interaction) -> int:
    if interaction.guild_id is None:
        raise GuildOnly
    return interaction.guild_id


def managers(interaction: Interaction, _parameters: Mapping[str, Any] | None = None) -> None:
    """Whoever manages the server may; what a channel's overwrites say of it means nothing.

    Raises:
        PermissionNeeded: they don't.
    """
    member = interaction.user
    if not isinstance(member, discord.Member) or not member.guild_permissions.manage_guild:
        raise PermissionNeeded(name_of("manage_guild"))


async def _require_party(interaction: Interaction, batch: Batch) -> None:
    if batch.asked_by != interaction.user.id:
        await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)
