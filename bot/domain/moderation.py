"""A guild's own rules for moderation, and who may do which of its acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from bot.domain.authority import Act, Permission, Staff
from bot.domain.cases import CaseKind
from bot.domain.sanctions import LONGEST_DELETION
from bot.domain.settings import ChosenId, Section
from bot.words import N_

_DAY = 86_400

MODERATOR = Staff.MODERATOR

ACTS: Mapping[CaseKind, Act] = {
    CaseKind.NOTE: Act(Permission.MODERATE_MEMBERS, MODERATOR, on_absent=True),
    CaseKind.WARN: Act(Permission.MODERATE_MEMBERS, MODERATOR, on_bots=False, on_absent=True),
    CaseKind.UNWARN: Act(Permission.MODERATE_MEMBERS, MODERATOR, on_absent=True),
    CaseKind.TIMEOUT: Act(
        Permission.MODERATE_MEMBERS, MODERATOR, mine=Permission.MODERATE_MEMBERS, on_administrators=False
    ),
    CaseKind.UNTIMEOUT: Act(Permission.MODERATE_MEMBERS, MODERATOR, mine=Permission.MODERATE_MEMBERS, on_absent=True),
    CaseKind.KICK: Act(Permission.KICK_MEMBERS, MODERATOR, mine=Permission.KICK_MEMBERS),
    CaseKind.SOFTBAN: Act(Permission.BAN_MEMBERS, MODERATOR, mine=Permission.BAN_MEMBERS, on_absent=True),
    CaseKind.BAN: Act(Permission.BAN_MEMBERS, MODERATOR, mine=Permission.BAN_MEMBERS, on_absent=True),
    CaseKind.UNBAN: Act(Permission.BAN_MEMBERS, MODERATOR, mine=Permission.BAN_MEMBERS, on_absent=True),
}
"""What each act takes, of whoever asks and of the bot."""

READERS = Permission.MODERATE_MEMBERS | Permission.KICK_MEMBERS | Permission.BAN_MEMBERS
"""Any of these reads the file of members, as moderators by role do."""


def changing(kind: CaseKind, *, on_discord: bool) -> Act:
    """What it takes to change a case of that kind afterwards; `on_discord` if something happens there.

    It is what the act itself takes, of whoever asks, and so nobody changes a case about themselves, or about somebody
    above them. Whether the member still is here does not matter.
    """
    act = ACTS[kind]
    mine = act.mine if on_discord else None
    return replace(act, mine=mine, on_bots=True, on_absent=True, on_administrators=True)


PURGED = "messages.purge"
"""What the audit log calls a purge."""

USUAL_REASONS = N_("Spam; Advertising; Insults; Harassment; Scam; Raid")
"""The usual reasons of a server that chose none of its own; said in its language."""


class ModerationSettings(Section):
    """What members are told, where staff reads it, and what holds where nothing is said."""

    section: ClassVar[str] = "moderation"
    title: ClassVar[str] = "Moderation"

    log_channel: ChosenId = Field(
        default=None,
        title="Moderation log channel",
        description="Where staff reads every case. None: the log channel under General.",
        json_schema_extra={"kind": "channel"},
    )
    dm_members: bool = Field(
        default=True,
        title="Tell members",
        description="Whether somebody is told by direct message what was done to them, and why.",
        json_schema_extra={"kind": "switch"},
    )
    name_moderator: bool = Field(
        default=False,
        title="Name the moderator",
        description="Whether that message says who it was.",
        json_schema_extra={"kind": "switch"},
    )
    dm_text: str = Field(
        default="",
        max_length=500,
        title="Message: your own words",
        description="Added to what members are told. Empty: nothing.",
        json_schema_extra={"kind": "text"},
    )
    appeal_text: str = Field(
        default="",
        max_length=500,
        title="Message: how to appeal",
        description="Added to what members are told of a ban, kick or timeout. Empty: nothing.",
        json_schema_extra={"kind": "text"},
    )
    public_notice: bool = Field(
        default=False,
        title="Public notice",
        description="Whether the channel reads, unsigned, that somebody was timed out, kicked or banned.",
        json_schema_extra={"kind": "switch"},
    )
    default_timeout: int = Field(
        default=3_600,
        ge=60,
        le=365 * _DAY,
        title="Timeout: usual length",
        description="How long /timeout lasts where nothing else is said.",
        json_schema_extra={"kind": "duration"},
    )
    points_count: int = Field(
        default=90 * _DAY,
        ge=_DAY,
        le=5 * 365 * _DAY,
        title="Warnings: how long points count",
        description="Who is warned keeps the warning in their file; its points stop to count after this time.",
        json_schema_extra={"kind": "duration"},
    )
    delete_messages: int = Field(
        default=0,
        ge=0,
        le=LONGEST_DELETION,
        title="Ban: messages deleted",
        description="How far back /ban deletes messages where nothing else is said; at most 7 days.",
        json_schema_extra={"kind": "duration"},
    )
    softban_deletes: int = Field(
        default=_DAY,
        ge=0,
        le=LONGEST_DELETION,
        title="Softban: messages deleted",
        description="How far back /softban deletes messages where nothing else is said; at most 7 days.",
        json_schema_extra={"kind": "duration"},
    )
    reasons: str = Field(
        default=USUAL_REASONS,
        max_length=900,
        title="Usual reasons",
        description="Offered wherever a reason is asked for, with semicolons between them.",
        json_schema_extra={"kind": "text"},
    )
    own_file: bool = Field(
        default=True,
        title="Members see their file",
        description="Whether members see their own cases with /mylogs. Notes stay hidden.",
        json_schema_extra={"kind": "switch"},
    )

    alert_on_return: bool = Field(
        default=True,
        title="Alert: somebody with a record",
        description="Whether the alert channel hears when somebody joins who was warned, timed out or removed before.",
        json_schema_extra={"kind": "switch"},
    )

    def presets(self, said: Callable[[str], str]) -> tuple[str, ...]:
        """The usual reasons, each once, in their order; `said` translates those that nobody chose."""
        reasons = said(self.reasons) if self.reasons == USUAL_REASONS else self.reasons
        return tuple(dict.fromkeys(" ".join(one.split()) for one in reasons.split(";") if one.strip()))
