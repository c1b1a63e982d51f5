"""The services of moderation, under the names by which everybody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.case_edits import CaseEditsService
from bot.services.case_file import CaseFile
from bot.services.case_search import CaseSearchService
from bot.services.cases import CasesService
from bot.services.proof import ProofService
from bot.services.rejoins import RejoinsService
from bot.services.sanctions import SanctionsService


@dataclass(frozen=True)
class ModerationServices:
    """The services of moderation."""

    case_file: CaseFile
    """For services that change cases in transactions of their own."""
    cases: CasesService
    case_edits: CaseEditsService
    case_search: CaseSearchService
    proof: ProofService
    rejoins: RejoinsService
    sanctions: SanctionsService
