"""Whether an act that may have been cut off reached Discord, where doing it twice would be something else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import discord
import structlog

from bot.actions.sanction_answers import UNKNOWN_BAN, UNKNOWN_MEMBER
from bot.domain.cases import Case, CaseKind
from bot.domain.sanctions import is_marked

_log = structlog.stdlib.get_logger(__name__)

LOOK_BACK = 100
"""Entries of the audit log that are looked at: one request."""

_ENTRIES = {CaseKind.KICK: discord.AuditLogAction.kick, CaseKind.SOFTBAN: discord.AuditLogAction.unban}


class Traces:
    """Looks for what a case left on Discord. A timeout or an unban may be done twice, so these are not looked for."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def shows(self, case: Case) -> bool:
        """Whether Discord shows that the act of a case was done to its end."""
        match case.kind:
            case CaseKind.BAN:
                return await self.is_banned(case)
            case CaseKind.SOFTBAN:
                found = await self._entry(case)
                return await self._came_back_since(case) if found is None else found
            case CaseKind.KICK:
                found = await self._entry(case)
                return await self._left_since(case) if found is None else found
            case _:
                return False

    async def is_banned(self, case: Case) -> bool:
        """Whether the member is banned for this very case."""
        try:
            shown: Any = await self._client.http.get_ban(case.target_id, case.guild_id)
        except discord.NotFound as error:
            if error.code != UNKNOWN_BAN:
                raise
            return False
        return is_marked(shown.get("reason"), case.number)

    async def _entry(self, case: Case) -> bool | None:
        """Whether the audit log has an entry of mine about a case; None where I may not read it."""
        me = self._client.user
        action = _ENTRIES[case.kind]
        try:
            log: Any = await self._client.http.get_audit_logs(
                case.guild_id, limit=LOOK_BACK, user_id=None if me is None else me.id, action_type=action.value
            )
        except discord.Forbidden:
            return None
        return any(
            entry.get("target_id") == str(case.target_id) and is_marked(entry.get("reason"), case.number)
            for entry in log["audit_log_entries"]
        )

    async def _left_since(self, case: Case) -> bool:
        """Whether somebody is gone, or joined anew after the case was opened: as near as it gets without the log."""
        joined = await self._joined(case)
        return joined is None or joined > case.created_at

    async def _came_back_since(self, case: Case) -> bool:
        """Whether somebody is here who joined after the case was opened. Whoever is gone can be removed again."""
        joined = await self._joined(case)
        return joined is not None and joined > case.created_at

    async def _joined(self, case: Case) -> datetime | None:
        """When the member joined; None if they are not here."""
        try:
            shown: Any = await self._client.http.get_member(case.guild_id, case.target_id)
        except discord.NotFound as error:
            if error.code not in UNKNOWN_MEMBER:
                raise
            return None
        # A lurker's membership has no moment: they were here before.
        return discord.utils.parse_time(shown.get("joined_at")) or datetime.min.replace(tzinfo=UTC)
