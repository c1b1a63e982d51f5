"""Roles that members have for a reason, or for a time."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.role_grants import RoleKeeper, about_member
from bot.db.holding import Holding
from bot.db.models.role_grants import RoleDuty, RoleGrant
from bot.domain.privacy import Erasure
from bot.domain.probes import PermissionProbe, Probes
from bot.features.declaration import Declaration, Kit
from bot.jobs.outbox import PRUNING_INTERVAL
from bot.jobs.periodic import Periodic
from bot.jobs.role_grants import RoleGrantsSource, RoleSurveySource
from bot.jobs.ticker import DueSource
from bot.services.invariants.role_grants import INVARIANTS
from bot.services.role_care import DROPPED
from bot.services.role_grants import ENDED, GIVEN
from bot.words import N_

_HOLDS = N_("stays until the role ends, since it is what gives you the role and takes it back")

HOLDINGS = (
    Holding(RoleGrant.user_id, N_("Roles that I gave you"), Erasure.KEEP, _HOLDS),
    Holding(RoleGrant.granted_by, N_("Roles that you gave through me"), Erasure.BLANK, told=False),
    Holding(RoleDuty.user_id, N_("When I look after your roles next"), Erasure.KEEP, _HOLDS),
)


def _due(kit: Kit) -> Sequence[DueSource]:
    service, shards = kit.services.role_grants, kit.bot.shard_range
    service.on_due(kit.wake)
    keeper = RoleKeeper(kit.bot, service)
    return [
        RoleSurveySource(service, keeper.survey, shards, kit.wake),
        RoleGrantsSource(service, keeper.carry_out, shards, kit.wake),
    ]


def _rounds(kit: Kit) -> Sequence[Periodic]:
    return [Periodic("role grant pruning", PRUNING_INTERVAL, kit.services.role_grants.prune)]


ROLE_GRANTS = Declaration(
    name="role_grants",
    title="Roles",
    summary="Give roles for a time, and see who has which and why.",
    extension="bot.cogs.role_grants",
    docs="docs/role-grants.md",
    holdings=HOLDINGS,
    invariants=INVARIANTS,
    probes=Probes(permissions=(PermissionProbe("manage_roles", N_("I can neither give roles nor take them back.")),)),
    about_member=about_member,
    due=_due,
    rounds=_rounds,
    audited={GIVEN: N_("Role given"), ENDED: N_("Role ended"), DROPPED: N_("Grants of a deleted role ended")},
    aliases={"temprole": "role give"},
    scene="bot.scenes.role_grants",
)
