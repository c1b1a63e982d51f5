"""The composition root's part for moderation: its services share one way to write cases."""

from __future__ import annotations

from pathlib import Path

from bot.clock import Clock
from bot.db.blob_store import BlobStore
from bot.db.engine import Database
from bot.ids import IdMaker
from bot.services.case_edits import CaseEditsService
from bot.services.case_file import CaseFile
from bot.services.case_log import CaseLog
from bot.services.case_search import CaseSearchService
from bot.services.cases import CasesService
from bot.services.guild_settings import GuildSettingsService
from bot.services.moderation_services import ModerationServices
from bot.services.outbox import OutboxService
from bot.services.proof import ProofService
from bot.services.rejoins import RejoinsService
from bot.services.sanctions import SanctionsService
from bot.services.staff_notices import StaffNoticesService, Tell


def moderation_services(
    database: Database,
    clock: Clock,
    ids: IdMaker,
    *,
    outbox: OutboxService,
    settings: GuildSettingsService,
    notices: StaffNoticesService,
    tell: Tell,
    data_dir: Path | None,
) -> ModerationServices:
    """The services of moderation on a database; without `data_dir` no proof can be kept."""
    file = CaseFile(clock, CaseLog(outbox, settings, tell))
    sanctions = SanctionsService(database, clock, ids, file, notices)
    cases = CasesService(database, clock, file, sanctions, settings)
    return ModerationServices(
        case_file=file,
        cases=cases,
        case_edits=CaseEditsService(database, file, sanctions, cases, settings),
        case_search=CaseSearchService(database, clock, settings),
        proof=ProofService(database, clock, file, settings, None if data_dir is None else BlobStore(data_dir)),
        rejoins=RejoinsService(database, clock, settings, notices),
        sanctions=sanctions,
    )
