"""Which features a guild uses. A command of one that is off says so."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from bot.domain.settings import Section


class Feature(StrEnum):
    """What a guild can switch on and off; the value is the field of `FeatureSettings`."""

    ECONOMY = "economy"
    MODERATION = "moderation"
    LEVELING = "leveling"
    TICKETS = "tickets"

    @property
    def label(self) -> str:
        """What people call it."""
        return FeatureSettings.model_fields[self.value].title or self.value


class FeatureSettings(Section):
    """A guild's switches."""

    section: ClassVar[str] = "features"
    title: ClassVar[str] = "Features"

    economy: bool = Field(
        default=False,
        title="Economy",
        description="Coins for members: /balance, /daily, /pay and /transactions.",
        json_schema_extra={"kind": "switch"},
    )
    moderation: bool = Field(
        default=False,
        title="Moderation",
        description="Cases, bans and timeouts: /ban, /timeout, /warn and more, for staff.",
        json_schema_extra={"kind": "switch"},
    )

    leveling: bool = Field(
        default=False,
        title="Leveling",
        description="XP and levels for talking: /rank, /level and /xp, with roles as rewards.",
        json_schema_extra={"kind": "switch"},
    )
    tickets: bool = Field(
        default=False,
        title="Tickets",
        description=(
            "Support in channels of its own: /panel, /ticket. While off nobody opens new ones; open ones go on."
        ),
        json_schema_extra={"kind": "switch"},
    )

    @classmethod
    def of(cls, features: Collection[str]) -> FeatureSettings:
        """These features on and all others off; ``all`` means all."""
        return cls(**{feature.value: feature.value in features or "all" in features for feature in Feature})

    def has(self, feature: Feature) -> bool:
        """Whether a feature is on."""
        return bool(getattr(self, feature.value))
