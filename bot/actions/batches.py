"""Doing something to many: the dry run, the start, each turn, and what is shown meanwhile.

A feature registers a `BatchKind` and calls `BatchActions.propose` in its command; all else is done here.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

import discord
import structlog

from bot.actions.authority import require_standing
from bot.actions.batch_kinds import Act, BatchKind, Request, Together, Undo
from bot.actions.batch_outcomes import PAUSE, outcome_of, result_file
from bot.domain.audit import AuditSource
from bot.domain.authority import Permission, Staff
from bot.domain.batches import (
    MAX_ATTEMPTS,
    Batch,
    BatchState,
    Draft,
    Failed,
    Job,
    Later,
    Outcome,
    Plan,
    Skipped,
    Tried,
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
from bot.services.batches import BatchesService
from bot.ui import progress, text
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Interaction, buttons_view
from bot.ui.live import LiveAnswers
from bot.ui.progress import Shown

_log = structlog.stdlib.get_logger(__name__)

ACT_TIMEOUT = 40.0
"""Seconds for one target, or all of a turn at once, discord.py's own repetitions included; well below the lease."""

_ASK_TIMEOUT = 10.0
"""Seconds for the question whether others would work."""


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

    async def propose(
        self, interaction: Interaction, kind_name: str, parameters: Mapping[str, Any], *, given: object = None
    ) -> None:
        """Answer a command with a dry run that can be started; `given` is for the kind's `prepare` alone.

        Raises:
            GuildOnly: not here.
            UseSlash: it was typed, and everybody would read whom it is about.
            What the kind says to those who may not.
        """
        if not isinstance(interaction, discord.Interaction):
            raise UseSlash
        kind = self._kinds[kind_name]
        request = Request(_guild_of(interaction), interaction.user.id, parameters, given)

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

    async def undo(self, interaction: Interaction, batch_id: int, *, reason: str | None = None) -> None:
        """Answer with the dry run of what undoes a batch. A `reason` is for kinds that keep one.

        Raises:
            BatchGone, BatchOver: it is forgotten, or there is nothing to undo.
            What the kind that undoes it says to those who may not.
        """
        batch = await settled(interaction, self._batches.get(_guild_of(interaction), batch_id), ephemeral=True)
        undo = self._undo_of(batch)
        if undo is None:
            raise BatchOver(batch.title)
        because = {} if reason is None else {"reason": reason}
        await self.propose(interaction, undo.kind, {**undo.parameters, **because})

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
            pause = await self._act_on(kind, turn)
            batch = await self._batches.release(turn, pause=pause)
            if batch.state is BatchState.RUNNING:
                await self._show(batch)

    async def _act_on(self, kind: BatchKind, turn: Turn) -> timedelta:
        """Act on the targets of a turn; how long the batch should wait because of them."""
        act = kind.act
        if isinstance(act, Together):
            return await self._settle(turn, await self._try_together(kind, act, turn))
        pauses = await asyncio.gather(*(self._settle_one(kind, act, turn, item) for item in turn.items))
        return max(pauses, default=timedelta(0))

    async def _settle_one(self, kind: BatchKind, act: Act, turn: Turn, item: TurnItem) -> timedelta:
        outcome = await self._act(act, turn.batch, item)
        alone = isinstance(outcome, Later) and not outcome.everywhere and await self._serves(kind, turn.batch.guild_id)
        return await self._settle(turn, [Tried(item, outcome, alone)])

    async def _settle(self, turn: Turn, tried: Sequence[Tried]) -> timedelta:
        """Write what came of targets; how long the batch should wait because of them."""
        try:
            await self._batches.settle_all(turn, tried)
        except Exception:  # noqa: BLE001 — the next turn takes them up again; others go on
            _log.exception("an outcome was not written", guild=turn.batch.guild_id, batch=turn.batch.id)
            return PAUSE
        now = self._batches.moment()
        waits = [
            one.outcome.pause(one.item.stuck_for(now) if one.alone else timedelta(0))
            for one in tried
            if isinstance(one.outcome, Later)
        ]
        return max(waits, default=timedelta(0))

    async def _try_together(self, kind: BatchKind, together: Together, turn: Turn) -> list[Tried]:
        outcomes: dict[int, Outcome] = {}
        jobs: list[Job] = []
        for item in turn.items:
            beforehand = _known_beforehand(item)
            if beforehand is None:
                jobs.append(_job(turn.batch, item))
            else:
                outcomes[item.target] = beforehand
        try:
            async with asyncio.timeout(ACT_TIMEOUT):
                outcomes |= await together.act(jobs) if jobs else {}
        except Exception as error:  # noqa: BLE001 — what went wrong is the outcome of all of them
            outcomes |= {job.target: outcome_of(error) for job in jobs}
        unsaid = Later(_("what I need for it was away"), PAUSE)
        found = [(item, outcomes.get(item.target, unsaid)) for item in turn.items]
        doubtful = any(isinstance(outcome, Later) and not outcome.everywhere for _item, outcome in found)
        serves = doubtful and await self._serves(kind, turn.batch.guild_id)
        return [
            Tried(item, outcome, serves and isinstance(outcome, Later) and not outcome.everywhere)
            for item, outcome in found
        ]

    async def _serves(self, kind: BatchKind, guild_id: int) -> bool:
        if kind.serves is None:
            return False
        try:
            async with asyncio.timeout(_ASK_TIMEOUT):
                return await kind.serves(guild_id)
        except Exception as error:  # noqa: BLE001 — no answer is an answer
            _log.info("what a batch needs is away", guild=guild_id, error=repr(error))
            return False

    async def _act(self, act: Act, batch: Batch, item: TurnItem) -> Outcome:
        beforehand = _known_beforehand(item)
        if beforehand is not None:
            return beforehand
        try:
            async with asyncio.timeout(ACT_TIMEOUT):
                return await act(_job(batch, item))
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
        kind = self._kinds.get(batch.kind)
        if kind is not None and kind.ended is not None:
            await kind.ended(report)
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


def _known_beforehand(item: TurnItem) -> Outcome | None:
    """What becomes of a target that is not to be acted on any more."""
    if item.attempts > MAX_ATTEMPTS:
        return Failed(_("I was interrupted each time I tried; it may have been done"))
    return Skipped(_("their data was erased")) if is_nobody(item.target) else None


def _job(batch: Batch, item: TurnItem) -> Job:
    started_at = batch.started_at or batch.created_at
    return Job(batch.guild_id, batch.id, item.target, item.label, batch.parameters, batch.asked_by, started_at)


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
