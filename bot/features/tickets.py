"""Support in channels or threads of its own, with a lasting record."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.ticket_steps import ticket_keeper
from bot.domain.features import Feature
from bot.domain.ticket_settings import TicketSettings
from bot.features.declaration import Declaration, Kit
from bot.jobs.periodic import Periodic
from bot.jobs.ticker import DueSource
from bot.jobs.tickets import TicketsSource
from bot.services.ticket_blocks import BLOCKED, UNBLOCKED
from bot.services.ticket_panels import CHANGED, CREATED, DELETED, SENT
from bot.services.ticket_topics import CHANGED as TOPIC_CHANGED
from bot.words import N_

HOLDINGS = ()

RETENTION_INTERVAL = 3_600.0
"""Seconds between two looks at what may be forgotten."""


def _due(kit: Kit) -> Sequence[DueSource]:
    file = kit.services.ticket_file
    file.on_due(kit.wake)
    keeper = ticket_keeper(kit.bot, kit.services)
    return [TicketsSource(file, keeper.carry_out, kit.bot.shard_range, kit.wake)]


def _rounds(kit: Kit) -> Sequence[Periodic]:
    return [Periodic("ticket blocks", RETENTION_INTERVAL, kit.services.ticket_blocks.prune)]


TICKETS = Declaration(
    name="tickets",
    title="Tickets",
    summary="Support in channels of its own: opened once, seen by the right people, never lost.",
    extension="bot.cogs.tickets",
    docs="docs/features/tickets.md",
    switch=Feature.TICKETS,
    sections=(TicketSettings,),
    holdings=HOLDINGS,
    audited={
        CREATED: N_("Panel made"),
        CHANGED: N_("Panel changed"),
        SENT: N_("Panel sent"),
        DELETED: N_("Panel deleted"),
        TOPIC_CHANGED: N_("Topic changed"),
        BLOCKED: N_("Kept from opening tickets"),
        UNBLOCKED: N_("Allowed to open tickets again"),
    },
    due=_due,
    rounds=_rounds,
    scene="bot.scenes.tickets",
)
