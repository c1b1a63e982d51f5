"""The composition root's part for giveaways: its services share one way to write them."""

from __future__ import annotations

from collections.abc import Callable

from bot.clock import Clock
from bot.db.engine import Database
from bot.domain.giveaway_draw import SEED_BYTES
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.giveaway_board import GiveawayBoard
from bot.services.giveaway_claims import GiveawayClaims
from bot.services.giveaway_counts import GiveawayCounts
from bot.services.giveaway_drawing import GiveawayDrawing
from bot.services.giveaway_entering import GiveawayEntering
from bot.services.giveaway_file import GiveawayFile
from bot.services.giveaway_knowing import GiveawayKnowing
from bot.services.giveaway_making import GiveawayMaking
from bot.services.giveaway_message import TOPIC, GiveawayMessage
from bot.services.giveaway_news import NEWS, GiveawayNews
from bot.services.giveaway_prizes import GiveawayPrizes
from bot.services.giveaway_proofs import GiveawayProofs
from bot.services.giveaway_records import GiveawayRecords
from bot.services.giveaway_retention import GiveawayRetention
from bot.services.giveaway_roles import GiveawayRoles
from bot.services.giveaway_services import GiveawayServices
from bot.services.guild_settings import GuildSettingsService
from bot.services.ledger import Ledger
from bot.services.outbox import OutboxService
from bot.services.role_grants import RoleGrantsService
from bot.services.shadows import Shadows
from bot.services.staff_notices import Tell


def giveaway_services(
    database: Database,
    clock: Clock,
    ids: IdMaker,
    randbytes: Callable[[int], bytes],
    *,
    outbox: OutboxService,
    settings: GuildSettingsService,
    audit: AuditService,
    role_grants: RoleGrantsService,
    shadows: Shadows,
    tell: Tell,
) -> GiveawayServices:
    """The services of giveaways on a database. Seeds come from `randbytes`, which nobody may be able to foretell."""
    file = GiveawayFile(database, clock, ids)
    records = GiveawayRecords(clock, settings)
    prizes = GiveawayPrizes(clock, Ledger(clock, ids, shadows, settings), role_grants)
    drawing = GiveawayDrawing(database, clock, file, records, prizes)
    claims = GiveawayClaims(database, clock, file, prizes, audit)
    board = GiveawayBoard(settings, tell)
    message, news = GiveawayMessage(database, file, outbox, board), GiveawayNews(outbox, settings, tell, board)
    counts, roles = GiveawayCounts(database, clock, message), GiveawayRoles(database, records)
    entering = GiveawayEntering(database, clock, settings, records)
    entering.on_changed(counts.changed)
    file.on_shown(message.show)
    file.on_told(roles.note)
    file.on_told(news.tell)
    outbox.listen(TOPIC, message.heard)
    outbox.listen(NEWS, news.heard)
    return GiveawayServices(
        giveaway_claims=claims,
        giveaway_counts=counts,
        giveaway_drawing=drawing,
        giveaway_entering=entering,
        giveaway_file=file,
        giveaway_knowing=GiveawayKnowing(database),
        giveaway_making=GiveawayMaking(
            database, clock, file,
            settings=settings, drawing=drawing, audit=audit, seed=lambda: randbytes(SEED_BYTES),
        ),
        giveaway_message=message,
        giveaway_proofs=GiveawayProofs(database),
        giveaway_retention=GiveawayRetention(database, clock),
        giveaway_roles=roles,
    )  # fmt: skip
