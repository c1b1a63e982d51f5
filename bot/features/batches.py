"""One thing done to many: the mechanism that other features give their kinds to."""

from __future__ import annotations

from collections.abc import Sequence

from bot.db.holding import Holding
from bot.db.models.batches import BatchItem, BatchRow
from bot.domain.privacy import Erasure
from bot.features.declaration import Declaration, Kit
from bot.jobs.batches import PRUNING_INTERVAL, BatchSource
from bot.jobs.periodic import Periodic
from bot.jobs.ticker import DueSource
from bot.services.batches import CANCELLED, STARTED
from bot.services.invariants.batches import INVARIANTS
from bot.words import N_

_RECORD = N_("stays until a month after its end, as the server's own record of who had it done")
_COUNTED = N_("stays without your name for a month, so that its counts still add up")

HOLDINGS = (
    Holding(BatchRow.asked_by, N_("What you had done to many at once"), Erasure.KEEP, _RECORD),
    Holding(BatchRow.cancelled_by, N_("What you cancelled for many at once"), Erasure.BLANK),
    Holding(
        BatchItem.target,
        N_("What was done to you among many"),
        Erasure.UNNAME,
        _COUNTED,
        emptied=(BatchItem.label, BatchItem.detail),
    ),
)


def _due(kit: Kit) -> Sequence[DueSource]:
    service = kit.services.batches
    service.on_due(kit.wake)
    return [BatchSource(service, kit.bot.batches.take_turn, kit.bot.shard_range, kit.wake)]


def _rounds(kit: Kit) -> Sequence[Periodic]:
    return [Periodic("batch pruning", PRUNING_INTERVAL, kit.services.batches.prune)]


BATCHES = Declaration(
    name="batches",
    title="Batches",
    summary="See and stop what is done to many at once, and get what became of each.",
    extension="bot.cogs.batches",
    docs="docs/batches.md",
    holdings=HOLDINGS,
    invariants=INVARIANTS,
    due=_due,
    rounds=_rounds,
    audited={STARTED: N_("Started for many"), CANCELLED: N_("Cancelled for many")},
    scene="bot.scenes.batches",
)
