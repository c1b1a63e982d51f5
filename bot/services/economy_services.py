"""The services of the economy, under the names by which everybody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.bank import BankService
from bot.services.belongings import BelongingsService
from bot.services.books import BooksService
from bot.services.catalogue import CatalogueService
from bot.services.earning import EarningService
from bot.services.economy import EconomyService
from bot.services.flow_keeping import FlowKeeping
from bot.services.holds import Holds
from bot.services.inventory import InventoryService
from bot.services.jobs import JobsService
from bot.services.offers import OffersService
from bot.services.purchases import PurchasesService
from bot.services.shop import ShopService
from bot.services.sketches import SketchesService
from bot.services.treasury import TreasuryService
from bot.services.undoing import UndoingService
from bot.services.wealth import WealthService
from bot.services.wealth_keeping import WealthKeeping


@dataclass(frozen=True)
class EconomyServices:
    """The services of the economy."""

    bank: BankService
    belongings: BelongingsService
    books: BooksService
    catalogue: CatalogueService
    earning: EarningService
    economy: EconomyService
    flow_keeping: FlowKeeping
    holds: Holds
    inventory: InventoryService
    jobs: JobsService
    offers: OffersService
    purchases: PurchasesService
    shop: ShopService
    sketches: SketchesService
    treasury: TreasuryService
    undoing: UndoingService
    wealth: WealthService
    wealth_keeping: WealthKeeping
