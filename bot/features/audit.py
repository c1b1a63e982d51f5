"""Who changed what in a server, for its staff to read."""

from __future__ import annotations

from bot.db.holding import Holding
from bot.db.models.audit import AuditLog
from bot.domain.authority import Staff
from bot.domain.privacy import Erasure
from bot.domain.probes import Probes, StaffProbe
from bot.features.declaration import Declaration
from bot.words import N_

_RECORD = N_("stays as the server's own record of who changed what")

HOLDINGS = (
    Holding(AuditLog.actor_id, N_("What you did as staff"), Erasure.KEEP, _RECORD),
    Holding(
        AuditLog.target_id,
        N_("What staff did that is about you"),
        Erasure.KEEP,
        _RECORD,
        pattern="{person}",
        told=False,
    ),
)

AUDIT = Declaration(
    name="audit",
    title="Audit log",
    summary="What staff changed, when, and what it was before.",
    extension="bot.cogs.audit",
    docs="docs/audit.md",
    holdings=HOLDINGS,
    probes=Probes(staff=(StaffProbe("audit", Staff.ADMIN),)),
    scene="bot.scenes.audit",
)
