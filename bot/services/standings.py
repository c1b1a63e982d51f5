"""How a member stands beside the rules of a thing for sale: what they have, and what they bought of it before."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.db.repositories.economy import accounts, inventory
from bot.db.repositories.economy import purchases as rows
from bot.db.repositories.economy.purchases import Earlier
from bot.db.repositories.leveling import ranks as levels
from bot.db.sessions import Session
from bot.domain.economy import wallet
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import Feature, FeatureSettings
from bot.domain.leveling_settings import CurveSettings
from bot.domain.requirements import Requirements, Standing
from bot.domain.shop import ItemDraft, boosts_given
from bot.services.guild_settings import GuildSettingsService
from bot.services.ledger import Ledger
from bot.services.shadows import Shadows
from bot.words import Phrase

_NO_LEVELING = Phrase(
    "Leveling is switched off here. Levels count all the same, by the XP that members have, but nobody earns any."
)
_NO_BOOSTS = Phrase("Leveling is switched off here. What boosts XP can be neither bought nor used up until it is on.")


def _too_high(level: int, cap: int) -> Phrase:
    return Phrase("Nobody reaches level {level}: the highest here is {highest}.", {"level": level, "highest": cap})


class Standings:
    """Looks members up inside the transactions and reads of use cases."""

    def __init__(self, clock: Clock, settings: GuildSettingsService, ledger: Ledger, shadows: Shadows) -> None:
        self._clock = clock
        self._settings = settings
        self._ledger = ledger
        self._shadows = shadows

    async def of(
        self,
        session: Session,
        guild_id: int,
        user_id: int,
        role_ids: Collection[int],
        needed: Requirements,
        *,
        also: Collection[int] = (),
    ) -> Standing:
        """What a member with these roles has of what is needed, and how many of some other things."""
        owned = await inventory.counts(session, guild_id, user_id, {*needed.item_ids, *also}, now=self._clock.now())
        level = await self._level(session, guild_id, user_id) if needed.levels else 0
        return Standing(frozenset(role_ids), await self._wallet(session, guild_id, user_id), owned, level)

    async def doubts(self, session: Session, guild_id: int, draft: ItemDraft) -> tuple[Phrase, ...]:
        """What staff should know of a thing before it is published: why nobody might have it, or what it brings."""
        needed, boosts = draft.requirements, boosts_given((*draft.effects.on_purchase, *draft.effects.on_use))
        if not needed.levels and not boosts:
            return ()
        found: list[Phrase] = []
        if not (await self._settings.within(session, guild_id, FeatureSettings)).has(Feature.LEVELING):
            found += [_NO_LEVELING] if needed.levels else []
            found += [_NO_BOOSTS] if boosts else []
        cap = (await self._settings.within(session, guild_id, CurveSettings)).cap
        found += [_too_high(level, cap) for level in sorted(needed.levels) if level > cap]
        return tuple(found)

    async def earlier(self, session: Session, guild_id: int, user_id: int, item_id: int) -> Earlier:
        """What a member bought of a thing before, also what they bought before they were erased."""
        shadow = await self._shadows.find(session, guild_id, user_id)
        me = {user_id} if shadow is None else {user_id, shadow}
        return await rows.earlier(session, guild_id, me, item_id)

    def ready_at(self, cooldown: int | None, earlier: Earlier) -> datetime | None:
        """When a member may buy a thing of that cooldown again; None: now."""
        if cooldown is None or earlier.last_at is None:
            return None
        ready_at = earlier.last_at + timedelta(seconds=cooldown)
        return ready_at if ready_at > self._clock.now() else None

    async def _level(self, session: Session, guild_id: int, user_id: int) -> int:
        # Whether or not leveling is switched on: XP is kept while it is off, as coins are.
        own = await levels.sums(session, guild_id, user_id)
        curve = (await self._settings.within(session, guild_id, CurveSettings)).curve
        return 0 if own is None else curve.table().level(own.xp)

    async def _wallet(self, session: Session, guild_id: int, user_id: int) -> int:
        held = await accounts.balance(session, guild_id, wallet(user_id))
        if held is not None:
            return held
        begun = await self._ledger.has_begun(session, guild_id, user_id)
        return 0 if begun else (await self._settings.within(session, guild_id, EconomySettings)).starting_balance
