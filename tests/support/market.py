"""A shop to buy in: members with coins, things for sale, and a Discord that keeps roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.actions.purchases import Till
from bot.db.engine import Database
from bot.db.repositories import role_grants as grant_rows
from bot.db.repositories.economy import purchases as purchase_rows
from bot.db.repositories.economy import treasury
from bot.domain.economy import Kind, Pocket, move, system, wallet
from bot.domain.features import FeatureSettings
from bot.domain.guilds import ShardRange
from bot.domain.movements import StaffDetails
from bot.domain.multipliers import Boost
from bot.domain.purchases import Asked, Buyer, keys_of
from bot.domain.role_grants import Claimed, Delayed, GuildFacts, MemberFacts, plan
from bot.domain.roles import Reach, RoleFacts
from bot.domain.shop import Effects, GiveRole, Item, ItemDraft, ItemKind
from bot.features import invariants
from bot.services import Services
from bot.services.ledger import Movement
from bot.services.purchases import Receipt
from bot.services.shop import By
from bot.services.verify import VerifyService

ALL = ShardRange(1, frozenset({0}))
_MANY = 1_000_000
GUILD = 77 << 22
STAFF = By(9)
VIP, BOSS, TALL = 100, 101, 102
FACTS = GuildFacts(
    {
        VIP: RoleFacts(VIP, 1),
        BOSS: RoleFacts(BOSS, 2, permissions=frozenset({"ban_members"})),
        TALL: RoleFacts(TALL, 99),
    },
    Reach(9, may_manage=True),
)
VIP_EFFECTS = Effects(on_purchase=(GiveRole(role_id=VIP),))


class Market:
    """One guild's shop."""

    def __init__(self, database: Database, services: Services, guild: int = GUILD) -> None:
        self.database = database
        self.services = services
        self.guild = guild
        self.shards = ShardRange(_MANY, frozenset({(guild >> 22) % _MANY}))
        """This guild's alone, whatever others are in the database."""
        self.roles: dict[int, set[int]] = {}
        self.facts = FACTS
        """What Discord shows of the guild."""
        self.here = True
        """Whether members are in the guild."""
        self.away = False
        """Whether Discord does not answer."""
        self.till = Till(services.purchases, self.carry_out)

    async def pay_in(self, user_id: int, coins: int) -> None:
        """Coins from nowhere; each call anew."""
        async with self.database.write() as session:
            key = f"in:{self.services.shop.new_id()}"
            postings = move(system(Pocket.MINT), wallet(user_id), coins)
            movement = Movement(Kind.GRANT, key, None, postings, StaffDetails())
            await self.services.holds._ledger.post(session, self.guild, movement)

    async def wallet(self, user_id: int) -> int:
        return (await self.services.economy.balance(self.guild, user_id)).wallet

    async def put_up(self, name: str = "Bronze badge", price: int = 100, **more: Any) -> Item:
        draft = ItemDraft(name=name, price=price, **more)
        return await self.services.shop.create(self.guild, draft, STAFF)

    async def put_up_role(self, name: str = "VIP", price: int = 100, **more: Any) -> Item:
        return await self.put_up(name, price, kind=ItemKind.ROLE, **{"effects": VIP_EFFECTS, **more})

    def buyer(self, user_id: int) -> Buyer:
        return Buyer(user_id, frozenset(self.roles.get(user_id, ())), FACTS)

    async def buy(self, user_id: int, item: Item, quantity: int = 1, *, key: str, price: int | None = None) -> Receipt:
        asked = Asked(item.id, quantity, item.draft.price if price is None else price)
        return await self.till.buy(self.guild, self.buyer(user_id), asked, key=key)

    async def owned(self, user_id: int) -> dict[int, int]:
        found: dict[int, int] = {}
        for one in await self.services.inventory.list_(self.guild, user_id):
            found[one.item.id] = found.get(one.item.id, 0) + one.lot.quantity
        return found

    async def paid_by(self, key: str) -> int:
        """The movement by which the shop was paid for the purchase under a key."""
        async with self.database.read() as session:
            bought = await purchase_rows.by_key(session, self.guild, key)
            assert bought is not None
            number = await treasury.with_key(session, self.guild, keys_of(bought.id, bought.hold_id)[1])
        assert number is not None
        return number

    async def boosts(self, user_id: int) -> tuple[Boost, ...]:
        """What boosts a member's XP now."""
        loaded = await self.services.xp_rules.load(self.guild)
        return loaded.rules.multipliers.boosts.get(user_id, ())

    async def switch_leveling_off(self) -> None:
        read = await self.services.guild_settings.read(self.guild, FeatureSettings)
        off = read.value.model_copy(update={"leveling": False})
        await self.services.guild_settings.change(self.guild, off, base=read.version, by=None)

    async def item(self, item: Item) -> Item:
        return await self.services.shop.item(self.guild, item.id)

    # Discord, as far as roles go --------------------------------------------------------------------------

    async def carry_out(self, claimed: Claimed) -> None:
        """What `RoleKeeper` does, with a Discord that is a dictionary."""
        grants = self.services.role_grants
        assert not self.database.in_transaction
        try:
            member, facts = await self.see(claimed.user_id)
            made = plan(claimed.grants, member, facts, claimed.claimed_at)
            if member is not None and made.acts:
                if not await grants.confirm(claimed, made.add):
                    return
                await self.put_roles(claimed.user_id, made.roles_for(member.role_ids))
        except TimeoutError:
            await grants.postpone(claimed, Delayed("no answer"))
            return
        await grants.settle(claimed, made, member)

    async def see(self, user_id: int) -> tuple[MemberFacts | None, GuildFacts]:
        """What Discord shows of a member, if they are there, and of the guild.

        Raises:
            TimeoutError: it does not answer.
        """
        if self.away:
            raise TimeoutError
        has = frozenset(self.roles.get(user_id, ()))
        return MemberFacts(has, None) if self.here else None, self.facts

    async def put_roles(self, user_id: int, role_ids: Iterable[int]) -> None:
        """Give a member these roles, and no others.

        Raises:
            TimeoutError: nobody knows whether it did.
        """
        self.roles[user_id] = set(role_ids)

    async def keep_roles(self) -> None:
        """What the ticker does about roles that are due."""
        for claimed in await self.services.role_grants.claim(self.shards, 50):
            await self.carry_out(claimed)

    async def recover(self) -> list[bool]:
        """What the ticker does about holds that are due."""
        found: list[bool] = []
        for claimed in await self.services.holds.claim(self.shards, 50):
            done = await self.till.recover(claimed)
            if not done:
                await self.services.holds.postpone(claimed)
            found.append(done)
        return found

    async def wrongs(self) -> list[str]:
        """What `verify` finds wrong in this guild; nothing in a sound one."""
        found = await VerifyService(self.database, invariants()).guild(self.guild)
        return [f"{one.promise}: {one.detail}" for one in found if one.grave]

    async def grant_sources(self, user_id: int) -> list[str]:
        async with self.database.read() as session:
            theirs = (await grant_rows.of_members(session, self.guild, [user_id])).get(user_id, ())
        return [one.source for one in theirs]
