"""Moderation: what staff does about members, as cases."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.case_facts import about_member
from bot.actions.letters import Letters
from bot.actions.locks import LockKeeper
from bot.actions.outbox import OutboxSender
from bot.actions.sanctions import SanctionKeeper
from bot.actions.watch import Watch
from bot.db.holding import Holding
from bot.db.models.case_file import CaseProof
from bot.db.models.locks import ChannelLockRow
from bot.db.models.moderation import CaseChangeRow, CaseRow, SanctionSlot
from bot.domain.authority import Staff
from bot.domain.features import Feature
from bot.domain.lock_words import CHANGED, LOCKED, SLOWED, SPED, UNLOCKED
from bot.domain.locks import LockSettings
from bot.domain.moderation import PURGED, ModerationSettings
from bot.domain.privacy import Erasure
from bot.domain.probes import ChannelProbe, PermissionProbe, Probes, SettingRef, StaffChannelProbe, StaffProbe
from bot.features.declaration import Declaration, Kit
from bot.jobs.agreement import AgreementJob
from bot.jobs.locks import LocksSource
from bot.jobs.outbox import PRUNING_INTERVAL
from bot.jobs.periodic import Periodic
from bot.jobs.sanctions import SanctionsSource
from bot.jobs.ticker import DueSource
from bot.services.invariants.moderation import INVARIANTS
from bot.services.purges import LOOK_EVERY
from bot.services.warn_rules import REMOVED, SET
from bot.words import N_

_FILE = N_("kept, so that erasing is no way around what staff decided")

HOLDINGS = (
    Holding(CaseRow.target_id, N_("Cases about you"), Erasure.KEEP, _FILE),
    Holding(CaseRow.moderator_id, N_("Cases that you opened"), Erasure.BLANK, told=False),
    Holding(CaseRow.ended_by, N_("Cases that you ended"), Erasure.BLANK, told=False),
    Holding(CaseChangeRow.by_id, N_("Changes of cases that you made"), Erasure.BLANK, told=False),
    Holding(CaseProof.added_by, N_("Proof that you added to cases"), Erasure.BLANK, told=False),
    Holding(SanctionSlot.user_id, N_("What Discord holds of you on my behalf"), Erasure.KEEP, _FILE),
    Holding(ChannelLockRow.by_id, N_("Channels that you locked or slowed"), Erasure.BLANK, told=False),
    Holding(ChannelLockRow.ended_by, N_("Channels that you opened again"), Erasure.BLANK, told=False),
)


_LEFT_OPEN = N_("A lock leaves that open to members: I can take away only what I may do myself.")
_LOCK_PERMISSIONS = (
    PermissionProbe("manage_roles", N_("I can't lock channels: that changes what roles may do there."), vital=False),
    PermissionProbe("manage_channels", N_("I can't set a slowmode."), vital=False),
    PermissionProbe("manage_threads", N_("I can't lock threads."), vital=False),
    *(
        PermissionProbe(name, _LEFT_OPEN, vital=False)
        for name in (
            "send_messages", "send_messages_in_threads", "create_public_threads", "create_private_threads",
            "add_reactions", "connect", "speak",
        )
    ),
)  # fmt: skip


def _due(kit: Kit) -> Sequence[DueSource]:
    services, bot = kit.services, kit.bot
    services.sanctions.on_due(kit.wake)
    letters = Letters(services.outbox, OutboxSender(bot, services.outbox, services.preferences).deliver)
    keeper = SanctionKeeper(bot, services, letters)
    services.locks.on_due(kit.wake)
    locks = LockKeeper(bot, services.locks)
    return [
        SanctionsSource(services.sanctions, keeper.carry_out, bot.shard_range, kit.wake, letters.finish),
        LocksSource(services.locks, locks.carry_out, bot.shard_range, kit.wake),
    ]


def _rounds(kit: Kit) -> Sequence[Periodic]:
    services, bot = kit.services, kit.bot

    def known() -> list[int]:
        return [guild.id for guild in bot.guilds if bot.gate.serves(guild.id)] if bot.settled.is_set() else []

    return [
        AgreementJob(services.agreement, Watch(bot, services).agree, known),
        Periodic("purges that were cut off", LOOK_EVERY, lambda: services.purges.tell_cut_off(known())),
        Periodic("proof that is left over", PRUNING_INTERVAL, services.proof.sweep),
    ]


MODERATION = Declaration(
    name="moderation",
    title="Moderation",
    summary="Ban, time out and warn members; every act is a case with its number.",
    extension="bot.cogs.moderation",
    docs="docs/features/moderation.md",
    switch=Feature.MODERATION,
    sections=(ModerationSettings, LockSettings),
    holdings=HOLDINGS,
    invariants=INVARIANTS,
    due=_due,
    rounds=_rounds,
    audited={
        SET: N_("Rule for warnings set"),
        REMOVED: N_("Rule for warnings removed"),
        LOCKED: N_("Channel locked"),
        CHANGED: N_("Lock changed"),
        UNLOCKED: N_("Channel unlocked"),
        SLOWED: N_("Slowmode set"),
        SPED: N_("Slowmode ended"),
        PURGED: N_("Messages deleted"),
    },
    probes=Probes(
        permissions=(
            *_LOCK_PERMISSIONS,
            PermissionProbe("ban_members", N_("I can neither ban nor unban, and no ban ends by itself.")),
            PermissionProbe("kick_members", N_("I can kick nobody.")),
            PermissionProbe("moderate_members", N_("I can neither time members out nor lift that.")),
            PermissionProbe("manage_messages", N_("I can delete no messages with /purge."), vital=False),
            PermissionProbe("read_message_history", N_("I find no messages to delete with /purge."), vital=False),
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
        staff=(
            StaffProbe("ban", Staff.MODERATOR),
            StaffProbe("lock", Staff.MODERATOR),
            StaffProbe("purge", Staff.MODERATOR),
        ),
    ),
    about_member=about_member,
    aliases={"warnings": "history"},
    scene="bot.scenes.moderation",
)
