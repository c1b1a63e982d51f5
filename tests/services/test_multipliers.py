"""Multipliers that staff sets: kept, told, and in force from the next message on."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.db.engine import Database
from bot.db.models.audit import AuditLog
from bot.domain.audit import AuditSource
from bot.domain.leveling import TargetKind
from bot.domain.multipliers import Multiplier
from bot.errors import MultiplierNotFound
from bot.services import Services
from bot.services.rewards import By
from tests.services.test_leveling import GUILD

BY = By(99, AuditSource.COMMAND)
ROLE, CHANNEL = Multiplier(TargetKind.ROLE, 5, 1_500), Multiplier(TargetKind.CHANNEL, 6, 0)


async def test_what_is_set_and_removed_counts_at_once(services: Services) -> None:
    rules, multipliers = services.xp_rules, services.multipliers
    assert (await rules.load(GUILD)).rules.multipliers.roles == {}
    assert rules.known(GUILD) is not None
    assert await multipliers.set(GUILD, ROLE, BY) is None
    assert rules.known(GUILD) is None, "what was known is forgotten"
    await multipliers.set(GUILD, CHANNEL, BY)
    loaded = (await rules.load(GUILD)).rules.multipliers
    assert (loaded.roles, loaded.places) == ({5: 1_500}, {6: 0})
    assert await multipliers.set(GUILD, Multiplier(TargetKind.ROLE, 5, 2_000), BY) == ROLE
    assert await multipliers.remove(GUILD, TargetKind.CHANNEL, 6, BY) == CHANNEL
    assert await multipliers.all(GUILD) == (Multiplier(TargetKind.ROLE, 5, 2_000),)
    assert await multipliers.all(GUILD + 1) == ()
    with pytest.raises(MultiplierNotFound):
        await multipliers.remove(GUILD, TargetKind.CHANNEL, 6, BY)


async def test_each_change_is_in_the_audit_log_and_what_changes_nothing_is_not(
    services: Services, database: Database
) -> None:
    for _ in range(2):
        await services.multipliers.set(GUILD, ROLE, BY)
    await services.multipliers.remove(GUILD, TargetKind.ROLE, 5, BY)
    async with database.read() as session:
        found = await session.execute(select(AuditLog.action, AuditLog.target_id).order_by(AuditLog.id))
        assert [tuple(row) for row in found] == [("multiplier.set", "5"), ("multiplier.remove", "5")]
