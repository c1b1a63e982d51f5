"""The composition root's part for moderation: its services share one way to write cases."""

from __future__ import annotations

from pathlib import Path

from bot.clock import Clock
from bot.db.blob_store import BlobStore
from bot.db.engine import Database
from bot.ids import IdMaker
from bot.services.agreement import AgreementService
from bot.services.audit import AuditService
from bot.services.bulk_bans import BulkBansService
from bot.services.case_edits import CaseEditsService
from bot.services.case_file import CaseFile
from bot.services.case_log import CaseLog
from bot.services.case_search import CaseSearchService
from bot.services.cases import CasesService
from bot.services.guild_settings import GuildSettingsService
from bot.services.locks import LocksService
from bot.services.moderation_services import ModerationServices
from bot.services.outbox import OutboxService
from bot.services.outside import OutsideService
from bot.services.proof import ProofService
from bot.services.purges import PurgesService
from bot.services.rejoins import RejoinsService
from bot.services.sanctions import SanctionsService
from bot.services.staff_notices import StaffNoticesService, Tell
from bot.services.warn_rules import WarnRulesService
from bot.services.warnings import WarningsService


def moderation_services(
    database: Database,
    clock: Clock,
    ids: IdMaker,
    data_dir: Path | None,
    *,
    outbox: OutboxService,
    settings: GuildSettingsService,
    notices: StaffNoticesService,
    audit: AuditService,
    tell: Tell,
) -> ModerationServices:
    """The services of moderation on a database; without `data_dir` no proof can be kept."""
    file = CaseFile(clock, CaseLog(outbox, settings, tell))
    sanctions = SanctionsService(database, clock, ids, file, notices)
    outside = OutsideService(database, clock, file, sanctions, settings)
    cases = CasesService(database, clock, file, sanctions, settings)
    warnings = WarningsService(database, clock, file, settings, tell)
    cases.on_warned(warnings)
    return ModerationServices(
        agreement=AgreementService(database, clock, file, outside, settings=settings, notices=notices),
        bulk_bans=BulkBansService(database, clock, file, sanctions, settings),
        case_file=file,
        cases=cases,
        case_edits=CaseEditsService(database, file, sanctions, cases, settings),
        case_search=CaseSearchService(database, clock, settings),
        locks=LocksService(
            database, clock, ids, settings=settings, audit_log=audit, outbox=outbox, notices=notices, tell=tell
        ),
        outside=outside,
        purges=PurgesService(database, clock, audit, settings, notices),
        proof=ProofService(database, clock, file, settings, None if data_dir is None else BlobStore(data_dir)),
        rejoins=RejoinsService(database, clock, settings, notices),
        sanctions=sanctions,
        warnings=warnings,
        warn_rules=WarnRulesService(database, clock, audit, settings, tell),
    )
