"""Moderation: what staff does about members, as cases."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.case_facts import about_member
from bot.actions.letters import Letters
from bot.actions.outbox import OutboxSender
from bot.actions.sanctions import SanctionKeeper
from bot.db.holding import Holding
from bot.db.models.case_file import CaseProof
from bot.db.models.moderation import CaseChangeRow, CaseRow, SanctionSlot
from bot.domain.authority import Staff
from bot.domain.features import Feature
from bot.domain.moderation import ModerationSettings
from bot.domain.privacy import Erasure
from bot.domain.probes import ChannelProbe, PermissionProbe, Probes, SettingRef, StaffChannelProbe, StaffProbe
from bot.features.declaration import Declaration, Kit
from bot.jobs.outbox import PRUNING_INTERVAL
from bot.jobs.periodic import Periodic
from bot.jobs.sanctions import SanctionsSource
from bot.jobs.ticker import DueSource
from bot.services.invariants.moderation import INVARIANTS
from bot.words import N_

_FILE = N_("kept, so that erasing is no way around what staff decided")

HOLDINGS = (
    Holding(CaseRow.target_id, N_("Cases about you"), Erasure.KEEP, _FILE),
    Holding(CaseRow.moderator_id, N_("Cases that you opened"), Erasure.BLANK, told=False),
    Holding(CaseRow.ended_by, N_("Cases that you ended"), Erasure.BLANK, told=False),
    Holding(CaseChangeRow.by_id, N_("Changes of cases that you made"), Erasure.BLANK, told=False),
    Holding(CaseProof.added_by, N_("Proof that you added to cases"), Erasure.BLANK, told=False),
    Holding(SanctionSlot.user_id, N_("What Discord holds of you on my behalf"), Erasure.KEEP, _FILE),
)


def _due(kit: Kit) -> Sequence[DueSource]:
    services, bot = kit.services, kit.bot
    services.sanctions.on_due(kit.wake)
    letters = Letters(services.outbox, OutboxSender(bot, services.outbox, services.preferences).deliver)
    keeper = SanctionKeeper(bot, services, letters)
    return [SanctionsSource(services.sanctions, keeper.carry_out, bot.shard_range, kit.wake, letters.finish)]


def _rounds(kit: Kit) -> Sequence[Periodic]:
    return [Periodic("proof that is left over", PRUNING_INTERVAL, kit.services.proof.sweep)]


MODERATION = Declaration(
    name="moderation",
    title="Moderation",
    summary="Ban, time out and warn members; every act is a case with its number.",
    extension="bot.cogs.moderation",
    docs="docs/features/moderation.md",
    switch=Feature.MODERATION,
    sections=(ModerationSettings,),
    holdings=HOLDINGS,
    invariants=INVARIANTS,
    due=_due,
    rounds=_rounds,
    probes=Probes(
        permissions=(
            PermissionProbe("ban_members", N_("I can neither ban nor unban, and no ban ends by itself.")),
            PermissionProbe("kick_members", N_("I can kick nobody.")),
            PermissionProbe("moderate_members", N_("I can neither time members out nor lift that.")),
            PermissionProbe(
                "view_audit_log",
                N_("I can't tell who banned or timed somebody out in Discord's own windows."),
                vital=False,
            ),
        ),
        channels=(ChannelProbe(SettingRef(ModerationSettings, "log_channel"), N_("Cases can't be told there.")),),
        staff_channels=(
            StaffChannelProbe(SettingRef(ModerationSettings, "log_channel"), N_("They read there about every case.")),
        ),
        staff=(StaffProbe("ban", Staff.MODERATOR),),
    ),
    about_member=about_member,
    aliases={"warnings": "history"},
    scene="bot.scenes.moderation",
)
