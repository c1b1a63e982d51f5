"""What having or using a thing does to its owner: copies, coins and roles, all in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.db.repositories import role_grants as grants
from bot.db.repositories.economy import items, purchases
from bot.db.sessions import Session, WriteSession
from bot.domain.economy import Kind, Pocket, check_amount, move, system, wallet
from bot.domain.grant_sources import is_from_shop, of_purchase, purchase_of
from bot.domain.inventory import MoveKind
from bot.domain.movements import ItemDetails
from bot.domain.purchases import (
    Buyer,
    Purchase,
    Stretch,
    ends_without,
    role_ends,
)
from bot.domain.role_grants import Claimed, Grant, GrantState
from bot.domain.roles import check_can_be_given
from bot.domain.shop import Effect, GiveItem, GiveRole, TakeRole, boosts_given, coins_given, roles_given
from bot.errors import CannotUndo, QuantityOutOfBounds, RoleHadAlready
from bot.ids import IdMaker
from bot.services.boosts import Boosts
from bot.services.goods import Gain, Goods
from bot.services.ledger import Ledger, Movement
from bot.services.role_grants import LEASE, RoleGrantsService
from bot.words import Phrase


@dataclass(frozen=True)
class Occasion:
    """For what a chain of effects happens: a purchase, or a use."""

    id: int
    user_id: int
    item_id: int
    name: str
    """Of the thing, as it was called when it was bought or used."""
    copies: int = 1
    """How often the chain happens."""
    copies_end: datetime | None = None
    """When the copy is gone that it came with."""

    @classmethod
    def of(cls, purchase: Purchase, now: datetime) -> Occasion:
        """A purchase that is delivered, or undone, now."""
        bought = purchase.bought
        ends = bought.copies_end(now)
        return cls(purchase.id, purchase.user_id, purchase.item_id, bought.name, purchase.quantity, ends)

    @property
    def key(self) -> str:
        """What the keys of everything that follows from it begin with."""
        return f"shop:{self.id}"

    @property
    def source(self) -> str:
        """The source of its roles."""
        return of_purchase(self.id)


class EffectsService:
    """Applies chains inside the transaction of a use case, in the order in which rows are locked everywhere."""

    def __init__(
        self,
        clock: Clock,
        ids: IdMaker,
        ledger: Ledger,
        *,
        goods: Goods,
        role_grants: RoleGrantsService,
        boosts: Boosts,
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._ledger = ledger
        self._goods = goods
        self._role_grants = role_grants
        self._boosts = boosts

    async def check(self, session: Session, guild_id: int, buyer: Buyer, chain: Iterable[Effect], copies: int) -> None:
        """Refuse, before anything is paid or used up, roles and boosts that can't be given or would bring nothing.

        Raises:
            RoleGone, RoleIsEveryones, RoleIsManaged, MyPermissionNeeded, RoleAboveMine, RoleTooPowerful: as named.
            RoleHadAlready: the member has it for good.
            FeatureOff: it boosts XP, and leveling is switched off.
            QuantityOutOfBounds: several copies of what gives a role for good, or more of a boost than lasts so long.
        """
        await self._check_roles(session, guild_id, buyer, chain, copies)
        await self._boosts.check(session, guild_id, boosts_given(chain), copies)

    async def _check_roles(
        self, session: Session, guild_id: int, buyer: Buyer, chain: Iterable[Effect], copies: int
    ) -> None:
        wanted = roles_given(chain)
        if not wanted:
            return
        theirs = await self._live(session, guild_id, buyer.user_id)
        for one in wanted:
            check_can_be_given(buyer.guild.roles.get(one.role_id), buyer.guild.reach)
            mine = [grant for grant in theirs if grant.role_id == one.role_id]
            for_good = any(is_from_shop(grant.source) and grant.until is None for grant in mine)
            # A role that nobody here gave, or that stays anyway, is neither given nor taken by buying it.
            if for_good or (one.role_id in buyer.role_ids and not any(grant.until is not None for grant in mine)):
                raise RoleHadAlready(f"<@&{one.role_id}>")
            if one.seconds is None and copies > 1:
                raise QuantityOutOfBounds(copies, 1)

    async def check_coins(
        self, session: WriteSession, guild_id: int, user_id: int, chain: Iterable[Effect], copies: int
    ) -> None:
        """Refuse coins that would not fit, before a role is given with which they come.

        Raises:
            AccountFull: the wallet can't take them.
            AmountTooLarge: nobody can count as many.
        """
        coins = coins_given(chain, copies)
        if coins:
            check_amount(coins)
            await self._ledger.check_room(session, guild_id, wallet(user_id), coins)

    async def _live(self, session: Session, guild_id: int, user_id: int) -> list[Grant]:
        now = self._clock.now()
        found = (await grants.of_members(session, guild_id, [user_id])).get(user_id, ())
        return [one for one in found if not one.is_over(now)]

    async def _from_shop(self, session: Session, guild_id: int, user_id: int) -> list[Grant]:
        return [one for one in await self._live(session, guild_id, user_id) if is_from_shop(one.source)]

    async def apply(
        self, session: WriteSession, guild_id: int, occasion: Occasion, chain: Iterable[Effect], *, roles: bool = True
    ) -> None:
        """Let a chain happen. Without `roles` those that it gives are left out, since they were wanted before.

        Raises:
            AccountFull: the wallet can't take the coins.
            AmountTooLarge: nobody can count as many.
            FeatureOff: it boosts XP, and leveling is switched off.
        """
        effects = tuple(chain)
        await self._give_items(session, guild_id, occasion, effects)
        await self._give_boosts(session, guild_id, occasion, effects)
        coins = coins_given(effects, occasion.copies)
        if coins:
            details = ItemDetails(
                item_id=occasion.item_id,
                name=occasion.name,
                quantity=occasion.copies,
                unit_price=coins // occasion.copies,
            )
            postings = move(system(Pocket.MINT), wallet(occasion.user_id), coins)
            movement = Movement(Kind.EFFECT, f"{occasion.key}:coins", occasion.user_id, postings, details)
            await self._ledger.post(session, guild_id, movement)
        if roles:
            await self.want_roles(session, guild_id, occasion, effects)
        for one in effects:
            if isinstance(one, TakeRole):
                await self._take_role(session, guild_id, occasion.user_id, one.role_id)

    async def _give_items(
        self, session: WriteSession, guild_id: int, occasion: Occasion, effects: Iterable[Effect]
    ) -> None:
        gains: list[Gain] = []
        for number, one in enumerate(effects):
            item = await items.get(session, guild_id, one.item_id) if isinstance(one, GiveItem) else None
            if item is not None and isinstance(one, GiveItem):
                gain = Gain(
                    occasion.user_id,
                    item.id,
                    one.quantity * occasion.copies,
                    key=f"{occasion.key}:item:{number}",
                    kind=MoveKind.EFFECT,
                    lot=self._ids.new(),
                    expires_at=item.copies_end(self._clock.now()),
                )
                gains.append(gain)
        await self._goods.give(session, guild_id, gains)

    async def _give_boosts(
        self, session: WriteSession, guild_id: int, occasion: Occasion, effects: Iterable[Effect]
    ) -> None:
        boosts = boosts_given(effects)
        if boosts:
            # The second of two that come at once begins where the first one ends.
            await self._ledger.lock(session, guild_id, wallet(occasion.user_id))
            await self._boosts.give(
                session, guild_id, occasion.user_id, boosts, source=occasion.key, copies=occasion.copies
            )

    async def want_roles(
        self, session: WriteSession, guild_id: int, occasion: Occasion, chain: Iterable[Effect]
    ) -> None:
        """Write down that the member should have the roles of a chain; whoever keeps roles gives them.

        Raises:
            RoleHadAlready: something else gave the member one for good, just before.
        """
        wanted = sorted(roles_given(chain), key=lambda given: given.role_id)
        if not wanted:
            return
        # What two things bring at once is had one behind the other: the second sees what the first wrote.
        await grants.touch(session, guild_id, occasion.user_id, now=self._clock.now())
        theirs = await self._from_shop(session, guild_id, occasion.user_id)
        for one in wanted:
            if any(grant.role_id == one.role_id and grant.until is None for grant in theirs):
                raise RoleHadAlready(f"<@&{one.role_id}>")
            running = [grant.until for grant in theirs if grant.role_id == one.role_id and grant.until is not None]
            until = role_ends(
                one.seconds, occasion.copies, occasion.copies_end, max(running, default=None), self._clock.now()
            )
            await self._role_grants.want(
                session,
                guild_id,
                occasion.user_id,
                one.role_id,
                source=occasion.source,
                until=until,
                reason=occasion.name,
            )

    async def end_roles(
        self, session: WriteSession, guild_id: int, occasion: Occasion, chain: Iterable[GiveRole]
    ) -> None:
        """Take back the roles of an occasion that is undone."""
        for one in sorted(chain, key=lambda given: given.role_id):
            await self._role_grants.end(session, guild_id, occasion.user_id, one.role_id, source=occasion.source)

    async def check_still_running(
        self, session: Session, guild_id: int, occasion: Occasion, chain: Iterable[Effect]
    ) -> None:
        """Refuse to take roles and boosts back whose time is over: they were had.

        Raises:
            CannotUndo: one is.
        """
        now = self._clock.now()
        for one in roles_given(chain):
            grant = await grants.find(session, guild_id, occasion.user_id, one.role_id, occasion.source)
            until = None if grant is None else grant.until
            if one.seconds is not None and (until is None or until <= now):
                raise CannotUndo(Phrase("the time of the role that came with it is over"))
        boosts = boosts_given(chain)
        if boosts and await self._boosts.running(session, guild_id, occasion.user_id, occasion.key) < len(boosts):
            raise CannotUndo(Phrase("the time of the XP boost that came with it is over"))

    async def take_boosts_back(
        self, session: WriteSession, guild_id: int, occasion: Occasion, chain: Iterable[Effect]
    ) -> None:
        """End the boosts of an occasion that is paid back; what was had after them moves up."""
        if boosts_given(chain):
            await self._ledger.lock(session, guild_id, wallet(occasion.user_id))
            await self._boosts.take_back(session, guild_id, occasion.user_id, occasion.key)

    async def take_roles_back(
        self, session: WriteSession, guild_id: int, occasion: Occasion, chain: Iterable[GiveRole]
    ) -> None:
        """End the roles of an occasion that is paid back; what was had after them moves up."""
        given, now = tuple(chain), self._clock.now()
        theirs = await self._from_shop(session, guild_id, occasion.user_id)
        for one in sorted(given, key=lambda role: role.role_id):
            running = {grant.source: grant for grant in theirs if grant.role_id == one.role_id}
            times = [
                Stretch(grant.source, grant.until, await self._is_stacked(session, guild_id, grant))
                for grant in running.values()
                if grant.until is not None
            ]
            for source, until in ends_without(times, occasion.source, now).items():
                grant = running[source]
                if grant.state is not GrantState.DECLINED:  # which another end would give anew
                    await self._role_grants.want(
                        session, guild_id, occasion.user_id, one.role_id, source=source, until=until,
                        by=grant.granted_by, reason=grant.reason,
                    )  # fmt: skip
        await self.end_roles(session, guild_id, occasion, given)

    @staticmethod
    async def _is_stacked(session: Session, guild_id: int, grant: Grant) -> bool:
        """Whether a role's time began after that of others. One without a time of its own ends with its copy."""
        number = purchase_of(grant.source)
        bought = None if number is None else await purchases.get(session, guild_id, number)
        if bought is None:
            return True  # by use
        return any(one.role_id == grant.role_id and one.seconds is not None for one in roles_given(bought.bought.chain))

    async def _take_role(self, session: WriteSession, guild_id: int, user_id: int, role_id: int) -> None:
        for grant in await self._from_shop(session, guild_id, user_id):
            if grant.role_id == role_id:
                await self._role_grants.end(session, guild_id, user_id, role_id, source=grant.source)

    async def grants_of(
        self, session: Session, guild_id: int, occasion: Occasion, chain: Iterable[Effect]
    ) -> list[Grant | None]:
        """How the roles of an occasion stand."""
        return [
            await grants.find(session, guild_id, occasion.user_id, one.role_id, occasion.source)
            for one in roles_given(chain)
        ]

    async def claim_roles(self, session: WriteSession, guild_id: int, user_id: int) -> Claimed | None:
        """Take a member's roles, so that the caller carries them out now; None: somebody else is at them."""
        now = self._clock.now()
        return await grants.claim_one(
            session, guild_id, user_id, now=now, lease_until=now + LEASE, token=self._ids.new()
        )
