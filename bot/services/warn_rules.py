"""A server's rules for warnings: written and removed by its admins. A change touches nobody by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.moderation import warnings as rows
from bot.db.sessions import ReadSession, WriteSession
from bot.domain.audit import WARN_RULE, AuditRecord, AuditSource
from bot.domain.features import Feature
from bot.domain.general import GeneralSettings
from bot.domain.warn_rules import MOST_RULES, USUAL, WarnRule
from bot.domain.warn_words import line_said, measure_said
from bot.errors import TooManyWarnRules, WarnRuleNotFound
from bot.services.audit import AuditService
from bot.services.guild_settings import GuildSettingsService
from bot.services.staff_notices import Tell

SET, REMOVED = "warnrule.set", "warnrule.remove"
"""What the audit log calls it."""

SHOWN = 15
"""Members whom a change names."""


@dataclass(frozen=True)
class By:
    """Who changes the rules, and by which way."""

    user_id: int
    source: AuditSource


@dataclass(frozen=True)
class Touched:
    """Whom a rule would touch: those who have reached its line."""

    members: tuple[tuple[int, int], ...]
    """Up to `SHOWN`, each with their points, most first."""
    total: int


class WarnRulesService:
    """Keeps the rules of each guild; without any, warnings have points and nothing follows from them."""

    def __init__(
        self, database: Database, clock: Clock, audit: AuditService, settings: GuildSettingsService, tell: Tell
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._settings = settings
        self._tell = tell

    async def all(self, guild_id: int) -> Sequence[WarnRule]:
        """The rules, the lowest line first.

        Raises:
            FeatureOff: moderation is switched off.
        """
        await self._settings.require(guild_id, Feature.MODERATION)
        return await self._database.query(lambda session: rows.rules(session, guild_id))

    async def touched(self, guild_id: int, rule: WarnRule) -> Touched:
        """Who has reached the line of a rule by now."""
        now = self._clock.now()

        async def unit(session: ReadSession) -> Touched:
            members, total = await rows.touched(session, guild_id, rule, now, limit=SHOWN)
            return Touched(tuple(members), total)

        return await self._database.query(unit)

    async def put(self, guild_id: int, rule: WarnRule, by: By) -> WarnRule | None:
        """Write a rule, with an entry in the audit log; the one with the same line that it takes the place of.

        Raises:
            FeatureOff: moderation is switched off.
            TooManyWarnRules: there are `MOST_RULES`.
        """
        await self._settings.require(guild_id, Feature.MODERATION)

        async def unit(session: WriteSession) -> WarnRule | None:
            known = await rows.rules(session, guild_id, lock=True)
            before = next((one for one in known if one.line == rule.line), None)
            if before is None and len(known) >= MOST_RULES:
                raise TooManyWarnRules(MOST_RULES)
            await self._put(session, guild_id, before, rule, by)
            return before

        return await self._database.transact(unit, idempotent=True)

    async def _put(self, session: WriteSession, guild_id: int, before: WarnRule | None, rule: WarnRule, by: By) -> None:
        if before != rule:
            await rows.put_rule(session, guild_id, rule)
            told = await self._told(session, guild_id, before, rule)
            await self._audit.record(session, guild_id, AuditRecord(SET, by.user_id, by.source, **told))

    async def put_usual(self, guild_id: int, by: By) -> Sequence[WarnRule]:
        """Write the usual rules, but for lines that have a rule already; all rules there are then.

        Raises:
            FeatureOff: moderation is switched off.
            TooManyWarnRules: they don't fit in.
        """
        await self._settings.require(guild_id, Feature.MODERATION)

        async def unit(session: WriteSession) -> Sequence[WarnRule]:
            known = await rows.rules(session, guild_id, lock=True)
            lines = {one.line for one in known}
            new = [rule for rule in USUAL if rule.line not in lines]
            if len(known) + len(new) > MOST_RULES:
                raise TooManyWarnRules(MOST_RULES)
            for rule in new:
                await self._put(session, guild_id, None, rule, by)
            return await rows.rules(session, guild_id)

        return await self._database.transact(unit, idempotent=True)

    async def remove(self, guild_id: int, line: tuple[int, int], by: By) -> WarnRule:
        """Remove the rule of a line (points and days), with an entry in the audit log; what it was.

        Raises:
            FeatureOff: moderation is switched off.
            WarnRuleNotFound: there is none.
        """
        await self._settings.require(guild_id, Feature.MODERATION)
        removed: list[WarnRule] = []

        async def unit(session: WriteSession) -> WarnRule:
            known = await rows.rules(session, guild_id, lock=True)
            rule = next((one for one in known if one.line == line), None)
            if rule is None:
                if removed:  # an earlier try, whose commit was cut off
                    return removed[-1]
                raise WarnRuleNotFound(f"{line[0]}/{line[1]}")
            removed.append(rule)
            await rows.drop_rule(session, guild_id, rule)
            told = await self._told(session, guild_id, rule, None)
            await self._audit.record(session, guild_id, AuditRecord(REMOVED, by.user_id, by.source, **told))
            return rule

        return await self._database.transact(unit, idempotent=True)

    async def _told(
        self, session: WriteSession, guild_id: int, before: WarnRule | None, after: WarnRule | None
    ) -> dict[str, Any]:
        """What the audit log tells of a rule: its line, as its title, and what follows from it."""
        rule = after or before
        if rule is None:
            raise ValueError("no rule to tell of")
        language = (await self._settings.within(session, guild_id, GeneralSettings)).language

        def told(one: WarnRule | None) -> dict[str, str] | None:
            return None if one is None else {"measure": self._tell(language, measure_said(one))}

        return {
            "target_type": WARN_RULE,
            "target_id": f"{rule.points}/{rule.days}",
            "before": told(before),
            "after": told(after),
            "description": self._tell(language, line_said(rule)),
        }
