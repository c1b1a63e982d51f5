"""What a guild sets for all features alike."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator

from bot.domain.features import Feature
from bot.domain.settings import ChosenId, ChosenIds, Section
from bot.words import N_

ACCENT = 0x3B6E57
"""The green of a village common."""


_PREFIX = re.compile(r"[a-z]{0,3}[!?.,;:+*~$%^&=|-]{1,2}", re.IGNORECASE)


def known_zone(name: str) -> str:
    """The name of a time zone, if it is one.

    Raises:
        ValueError: it is none.
    """
    if name not in available_timezones():
        raise ValueError(N_("must be a zone of the IANA database, such as Europe/Berlin"))
    return name


class GeneralSettings(Section):
    """A guild's own rules that every feature reads, and who and where its staff is."""

    section: ClassVar[str] = "general"
    title: ClassVar[str] = "General"

    time_zone: str = Field(
        default="UTC",
        max_length=64,
        title="Time zone",
        description="Where a day begins for /daily, and in which times are written by those who set none with /me.",
        json_schema_extra={"kind": "zone"},
    )
    accent: int = Field(
        default=ACCENT,
        ge=0,
        le=0xFFFFFF,
        title="Accent colour",
        description="The colour beside my answers.",
        json_schema_extra={"kind": "colour"},
    )
    language: Literal["en", "de"] = Field(
        default="en",
        title="Language",
        description="What I answer everybody in; to one person I speak the language of their Discord.",
        json_schema_extra={"kind": "choice", "choices": {"en": "English", "de": "Deutsch"}},
    )
    prefix: str = Field(
        default="",
        max_length=5,
        title="Prefix",
        description="Before commands that are typed, such as ! or ?. Empty: none; mentioning me always works.",
        json_schema_extra={"kind": "text"},
    )
    log_channel: ChosenId = Field(
        default=None,
        title="Log channel",
        description="Where staff reads what was set and done, and by whom.",
        json_schema_extra={"kind": "channel"},
    )
    alert_channel: ChosenId = Field(
        default=None,
        title="Alert channel",
        description="Where staff is told what I need them to mend, each thing once a day.",
        json_schema_extra={"kind": "channel"},
    )
    moderator_roles: ChosenIds = Field(
        default=(),
        title="Moderator roles",
        description="Who may ban, kick, time out and warn without the permission for it.",
        json_schema_extra={"kind": "roles"},
    )
    admin_roles: ChosenIds = Field(
        default=(),
        title="Admin roles",
        description="Who may use /config without Manage Server, and do whatever other staff may.",
        json_schema_extra={"kind": "roles"},
    )
    support_roles: ChosenIds = Field(
        default=(),
        title="Support roles",
        description="Who helps members. No feature asks for them yet.",
        json_schema_extra={"kind": "roles"},
    )
    giveaway_host_roles: ChosenIds = Field(
        default=(),
        title="Giveaway host roles",
        description="Who may make giveaways, besides those with Manage Server, and run those of others.",
        json_schema_extra={"kind": "roles"},
    )

    economy_channels: ChosenIds = Field(
        default=(),
        title="Public channels: Economy",
        description="Where payments are for all to see; elsewhere only for the payer. None chosen: everywhere.",
        json_schema_extra={"kind": "channels"},
    )

    moderation_channels: ChosenIds = Field(
        default=(),
        title="Public channels: Moderation",
        description="Where a notice of a ban, kick or timeout may stand, if that is on. None chosen: everywhere.",
        json_schema_extra={"kind": "channels"},
    )

    leveling_channels: ChosenIds = Field(
        default=(),
        title="Public channels: Leveling",
        description="Where ranks are for all to see; elsewhere only for whoever asks. None chosen: everywhere.",
        json_schema_extra={"kind": "channels"},
    )
    tickets_channels: ChosenIds = Field(
        default=(),
        title="Public channels: Tickets",
        description="Where typed commands about tickets are answered for all to see. None chosen: everywhere.",
        json_schema_extra={"kind": "channels"},
    )
    giveaways_channels: ChosenIds = Field(
        default=(),
        title="Public channels: Giveaways",
        description="Where draws are verified for all to see; elsewhere for one alone. None chosen: everywhere.",
        json_schema_extra={"kind": "channels"},
    )

    @field_validator("prefix")
    @classmethod
    def _typable(cls, prefix: str) -> str:
        if prefix and not _PREFIX.fullmatch(prefix):
            raise ValueError(N_("must be a sign such as ! or ?, perhaps with letters before it, such as f!"))
        return prefix

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        return known_zone(name)

    def is_public(self, feature: Feature, places: Collection[int]) -> bool:
        """Whether a feature answers everybody in a channel, which is given with those that it is a part of.

        Every feature that can be switched has a field ``…_channels`` here; while it is empty, everywhere is public.
        """
        chosen: ChosenIds = getattr(self, f"{feature.value}_channels")
        return not chosen or not set(chosen).isdisjoint(places)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone, ready to convert with."""
        return ZoneInfo(self.time_zone)
