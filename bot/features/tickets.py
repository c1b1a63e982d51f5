"""Support in channels or threads of its own, with a lasting record."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.ticket_absences import ABSENCES_INTERVAL, TicketAbsences
from bot.actions.ticket_places import TicketPlaces
from bot.actions.ticket_record import TicketRecorder
from bot.actions.ticket_steps import ticket_keeper
from bot.db.holding import Holding
from bot.db.models.tickets import (
    SupportAgent,
    TicketBlock,
    TicketEventRow,
    TicketMessage,
    TicketPanelRow,
    TicketParticipant,
    TicketRow,
    TicketTarget,
)
from bot.db.repositories.tickets.erasing import forget_answers, forget_events, forget_messages, forget_quotes
from bot.domain.features import Feature
from bot.domain.privacy import Erasure
from bot.domain.ticket_probes import PROBES
from bot.domain.ticket_settings import TicketSettings
from bot.features.declaration import Declaration, Kit
from bot.jobs.periodic import Periodic
from bot.jobs.ticker import DueSource
from bot.jobs.ticket_record import TicketRecordJob
from bot.jobs.tickets import TicketsSource
from bot.services.invariants.tickets import INVARIANTS
from bot.services.ticket_blocks import BLOCKED, UNBLOCKED
from bot.services.ticket_panels import CHANGED, CREATED, DELETED, SENT
from bot.services.ticket_topics import CHANGED as TOPIC_CHANGED
from bot.words import N_

_LIMITS = N_("kept without saying whose it was, so that limits and numbers hold")
_BLOCKED = N_("kept, so that erasing is no way around what staff decided")
_COPIES = N_(
    "Transcripts of tickets that were sent already are messages on Discord: whoever has them can delete them, such as "
    "the server's staff."
)

HOLDINGS = (
    Holding(
        TicketRow.opener_id,
        N_("Tickets that you opened"),
        Erasure.SHADOW,
        _LIMITS,
        emptied=(TicketRow.subject, TicketRow.quote, TicketRow.feedback, TicketRow.close_reason),
        forgets=forget_answers,
    ),
    Holding(
        TicketRow.opened_by,
        N_("Tickets that were opened by you"),
        Erasure.SHADOW,
        _LIMITS,
        forgets=forget_quotes,
        told=False,
    ),
    Holding(TicketRow.assignee_id, N_("Tickets that you took on"), Erasure.BLANK, told=False),
    Holding(TicketRow.asked_by, N_("Tickets that you asked to close"), Erasure.BLANK, told=False),
    Holding(
        TicketRow.closed_by, N_("Tickets that you closed"), Erasure.BLANK, emptied=(TicketRow.close_reason,), told=False
    ),
    Holding(
        TicketMessage.author_id,
        N_("What you wrote in tickets"),
        Erasure.DELETE,
        forgets=forget_messages,
        beyond=_COPIES,
    ),
    Holding(TicketParticipant.user_id, N_("Tickets that you were added to"), Erasure.DELETE),
    Holding(TicketParticipant.added_by, N_("Members whom you added to tickets"), Erasure.BLANK, told=False),
    Holding(TicketTarget.target_id, N_("Tickets that were shown to you"), Erasure.DELETE, told=False),
    Holding(TicketEventRow.actor_id, N_("What you did in tickets"), Erasure.BLANK, forgets=forget_events, told=False),
    Holding(TicketBlock.user_id, N_("That you may open no tickets"), Erasure.KEEP, _BLOCKED),
    Holding(TicketBlock.by_id, N_("Members whom you kept from opening tickets"), Erasure.BLANK, told=False),
    Holding(TicketPanelRow.created_by, N_("Panels that you made"), Erasure.BLANK, told=False),
    Holding(SupportAgent.user_id, N_("Whether you are on duty for tickets"), Erasure.DELETE),
)

RETENTION_INTERVAL = 3_600.0
"""Seconds between two looks at what may be forgotten."""


def _due(kit: Kit) -> Sequence[DueSource]:
    file = kit.services.ticket_file
    file.on_due(kit.wake)
    keeper = ticket_keeper(kit.bot, kit.services)
    return [TicketsSource(file, keeper.carry_out, kit.bot.shard_range, kit.wake)]


def _rounds(kit: Kit) -> Sequence[Periodic]:
    services = kit.services
    places = TicketPlaces(kit.bot, services.ticket_opening, services.ticket_closing.gone, kit.bot.shard_range)
    services.privacy.on_erasing(services.ticket_record.forget)
    absences = TicketAbsences(kit.bot, services, kit.bot.shard_range)
    return [
        Periodic("places of tickets", RETENTION_INTERVAL, places.look),
        Periodic("ticket absences", ABSENCES_INTERVAL, absences.round),
        Periodic("ticket blocks", RETENTION_INTERVAL, services.ticket_blocks.prune),
        TicketRecordJob(services, TicketRecorder(kit.bot, services), kit.bot.shard_range),
    ]


TICKETS = Declaration(
    name="tickets",
    title="Tickets",
    summary="Support in channels of its own: opened once, seen by the right people, never lost.",
    extension="bot.cogs.tickets",
    docs="docs/features/tickets.md",
    switch=Feature.TICKETS,
    sections=(TicketSettings,),
    holdings=HOLDINGS,
    invariants=INVARIANTS,
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
    probes=PROBES,
    scene="bot.scenes.tickets",
)
