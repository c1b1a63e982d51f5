"""The services of moderation, under the names by which everybody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.agreement import AgreementService
from bot.services.bulk_bans import BulkBansService
from bot.services.case_edits import CaseEditsService
from bot.services.case_file import CaseFile
from bot.services.case_search import CaseSearchService
from bot.services.cases import CasesService
from bot.services.locks import LocksService
from bot.services.outside import OutsideService
from bot.services.proof import ProofService
from bot.services.purges import PurgesService
from bot.services.rejoins import RejoinsService
from bot.services.sanctions import SanctionsService
from bot.services.warn_rules import WarnRulesService
from bot.services.warnings import WarningsService


@dataclass(frozen=True)
class ModerationServices:
    """The services of moderation."""

    agreement: AgreementService
    case_file: CaseFile
    """For services that change cases in transactions of their own."""
    cases: CasesService
    case_edits: CaseEditsService
    case_search: CaseSearchService
    proof: ProofService
    rejoins: RejoinsService
    locks: LocksService
    outside: OutsideService
    purges: PurgesService
    sanctions: SanctionsService
    bulk_bans: BulkBansService
    warnings: WarningsService
    warn_rules: WarnRulesService
