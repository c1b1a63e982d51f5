"""The composition root's part for the economy: its services share one ledger."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from bot.clock import Clock
from bot.db.engine import Database
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.bank import BankService
from bot.services.belongings import BelongingsService
from bot.services.books import BooksService
from bot.services.boosts import Boosts
from bot.services.catalogue import CatalogueService
from bot.services.coin_records import CoinRecords
from bot.services.earning import EarningService
from bot.services.economy import EconomyService
from bot.services.economy_services import EconomyServices
from bot.services.effects import EffectsService
from bot.services.flow_keeping import FlowKeeping
from bot.services.goods import Goods
from bot.services.guild_settings import GuildSettingsService
from bot.services.holds import Holds
from bot.services.inventory import InventoryService
from bot.services.jobs import JobsService
from bot.services.ledger import Ledger
from bot.services.offers import OffersService
from bot.services.preferences import PreferencesService
from bot.services.purchases import PurchasesService
from bot.services.returns import Returns
from bot.services.role_grants import RoleGrantsService
from bot.services.shadows import Shadows
from bot.services.shop import ShopService
from bot.services.sketches import SketchesService
from bot.services.standings import Standings
from bot.services.treasury import TreasuryService
from bot.services.undoing import UndoingService
from bot.services.verify import Check
from bot.services.wealth import Things, WealthService
from bot.services.wealth_keeping import WealthKeeping
from bot.services.xp_rules import XpRulesService


def economy_services(
    database: Database,
    clock: Clock,
    ids: IdMaker,
    rng: Random,
    *,
    settings: GuildSettingsService,
    audit: AuditService,
    role_grants: RoleGrantsService,
    shadows: Shadows,
    preferences: PreferencesService,
    promises: Sequence[Check],
    xp_rules: XpRulesService,
) -> EconomyServices:
    """The services of the economy on a database; `promises` are what its books are checked for."""
    ledger = Ledger(clock, ids, shadows, settings)
    holds, goods = Holds(database, clock, ids, ledger), Goods(clock, ids)
    boosts = Boosts(clock, ids, settings, xp_rules)
    effects = EffectsService(clock, ids, ledger, goods=goods, role_grants=role_grants, boosts=boosts)
    standings = Standings(clock, settings, ledger, shadows)
    things, records, returns = Things(settings), CoinRecords(audit), Returns(clock, goods, effects)
    shop, offers = ShopService(database, clock, ids, settings, audit), OffersService(database, settings, standings)
    return EconomyServices(
        books=BooksService(database, clock, settings, promises),
        bank=BankService(database, ledger, settings),
        belongings=BelongingsService(database, clock, settings),
        catalogue=CatalogueService(database, settings),
        earning=EarningService(
            database, clock, rng, ledger, settings=settings, preferences=preferences, shadows=shadows
        ),
        economy=EconomyService(database, clock, ledger, settings, worth=[things.worth]),
        flow_keeping=FlowKeeping(database, clock),
        holds=holds,
        inventory=InventoryService(database, clock, ids, settings, ledger=ledger, goods=goods, effects=effects),
        jobs=JobsService(database, ids, audit, settings),
        offers=offers,
        purchases=PurchasesService(
            database,
            clock,
            ids,
            settings,
            ledger=ledger,
            holds=holds,
            goods=goods,
            effects=effects,
            standings=standings,
        ),
        shop=shop,
        sketches=SketchesService(database, clock, ids, settings, shop=shop, offers=offers),
        treasury=TreasuryService(database, ledger, settings, records),
        undoing=UndoingService(database, clock, ledger, settings, returns=returns, records=records),
        wealth=WealthService(database, clock, settings),
        wealth_keeping=WealthKeeping(database, clock, ids, settings, things),
    )
