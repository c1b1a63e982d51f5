"""XP and levels for talking."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.levels import about_member
from bot.db.holding import Holding
from bot.db.models.leveling import (
    LevelReward,
    LevelWish,
    MemberLevel,
    XpBoost,
    XpChange,
    XpMessage,
    XpMultiplier,
    XpPeriod,
    XpVoiceDay,
)
from bot.db.repositories.leveling.ranks import forget_bucket
from bot.domain.authority import Staff
from bot.domain.features import Feature
from bot.domain.leaderboard import Period
from bot.domain.leveling_settings import CurveSettings, LevelingSettings, LevelSettings
from bot.domain.privacy import Erasure
from bot.domain.probes import WRITING, ChannelProbe, PermissionProbe, Probes, SettingRef, StaffProbe
from bot.domain.xp_changes import ADDED as XP_ADDED
from bot.domain.xp_changes import CHANGED as XP_SET
from bot.domain.xp_changes import REMOVED as XP_REMOVED
from bot.domain.xp_changes import RESET as XP_RESET
from bot.domain.xp_changes import UNDONE as XP_UNDONE
from bot.features.declaration import Declaration, Kit
from bot.jobs.periodic import Periodic
from bot.jobs.voice import VoiceJob
from bot.jobs.xp import XpJob
from bot.services.invariants.leveling import INVARIANTS
from bot.services.leaderboard import Board
from bot.services.multipliers import REMOVED as FACTOR_REMOVED
from bot.services.multipliers import SET as FACTOR_SET
from bot.services.rewards import REMOVED, SET
from bot.ui import xp as words
from bot.words import N_

_PERIODS = (Period.ALL, Period.MONTH, Period.WEEK, Period.TODAY)

HOLDINGS = (
    Holding(
        MemberLevel.user_id,
        N_("Your XP, messages and minutes in voice, counted"),
        Erasure.DELETE,
        forgets=forget_bucket,
    ),
    Holding(XpPeriod.user_id, N_("What you earned by day, week and month"), Erasure.DELETE),
    Holding(XpVoiceDay.user_id, N_("What voice earned you in the last days"), Erasure.DELETE),
    Holding(XpBoost.user_id, N_("Your boosts"), Erasure.DELETE),
    Holding(LevelWish.user_id, N_("What you chose about levels"), Erasure.DELETE),
    Holding(XpChange.user_id, N_("What staff changed of your XP"), Erasure.DELETE),
    Holding(XpChange.changed_by, N_("XP of others that you changed"), Erasure.BLANK, told=False),
    Holding(XpMessage.user_id, N_("Which of your messages of the last days earned XP"), Erasure.DELETE),
    Holding(LevelReward.set_by, N_("Rewards that you set"), Erasure.BLANK, told=False),
    Holding(XpMultiplier.set_by, N_("Multipliers that you set"), Erasure.BLANK, told=False),
)

XP = Board(
    name="xp",
    title=N_("XP"),
    source=lambda services: services.ranks.xp,
    said=words.xp,
    periods=_PERIODS,
    hint=N_("Nobody has any XP yet. Talk, and you will be the first."),
    leads=True,
    is_deep=True,
)
MESSAGES = Board(
    name="messages",
    title=N_("Messages"),
    source=lambda services: services.ranks.messages,
    said=words.messages,
    periods=_PERIODS,
    hint=N_("Nobody has written anything yet."),
    leads=True,
)
VOICE = Board(
    name="voice",
    title=N_("Time in voice"),
    source=lambda services: services.ranks.voice,
    said=words.voice,
    periods=_PERIODS,
    hint=N_("Nobody has been in voice together yet."),
    leads=True,
)
RETENTION_INTERVAL = 3_600.0
"""Seconds between two looks at what may be forgotten."""


def _rounds(kit: Kit) -> Sequence[Periodic]:
    services = kit.services
    writing = XpJob(kit.bot.xp, services.leveling, kit.bot.now, kit.bot.reporter)
    voice = VoiceJob(kit.bot.voice, kit.bot.guilds_in_sight)
    services.privacy.on_erasing(voice.forget)
    services.privacy.on_erasing(writing.forget)
    return [voice, writing, Periodic("xp retention", RETENTION_INTERVAL, services.leveling.prune)]


LEVELING = Declaration(
    name="leveling",
    title="Leveling",
    summary="XP and levels for talking, with roles as rewards.",
    extension="bot.cogs.leveling",
    docs="docs/features/leveling.md",
    switch=Feature.LEVELING,
    sections=(LevelingSettings, LevelSettings, CurveSettings),
    holdings=HOLDINGS,
    invariants=INVARIANTS,
    boards=(XP, MESSAGES, VOICE),
    about_member=about_member,
    rounds=_rounds,
    audited={
        SET: N_("Reward set"),
        REMOVED: N_("Reward removed"),
        XP_ADDED: N_("XP added"),
        XP_REMOVED: N_("XP removed"),
        XP_SET: N_("XP set"),
        XP_RESET: N_("XP reset"),
        XP_UNDONE: N_("Change of XP undone"),
        FACTOR_SET: N_("Multiplier set"),
        FACTOR_REMOVED: N_("Multiplier removed"),
    },
    probes=Probes(
        permissions=(
            PermissionProbe("manage_roles", N_("I can't give the roles that levels bring.")),
            PermissionProbe(
                "attach_files", N_("The cards of ranks are left out; there are the words alone."), vital=False
            ),
            PermissionProbe("send_messages", N_("Levels that members reach are announced nowhere."), vital=False),
            PermissionProbe(
                "send_messages_in_threads", N_("Levels that members reach in threads are not announced."), vital=False
            ),
        ),
        channels=(
            ChannelProbe(
                SettingRef(LevelSettings, "announce_channel"),
                N_("Levels that members reach can't be announced there."),
                WRITING[:2],
            ),
        ),
        staff=(StaffProbe("xp", Staff.ADMIN),),
    ),
    scene="bot.scenes.leveling",
)
