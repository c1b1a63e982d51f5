"""What a guild sets for all features alike."""

from __future__ import annotations

from typing import ClassVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator

from bot.domain.settings import Section


class GeneralSettings(Section):
    """A guild's own rules that every feature reads."""

    section: ClassVar[str] = "general"
    title: ClassVar[str] = "General"

    time_zone: str = Field(
        default="UTC",
        max_length=64,
        title="Time zone",
        description="Where a day begins for /daily and for dates that staff write.",
        json_schema_extra={"kind": "text"},
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("expected a zone of the IANA database, such as Europe/Berlin")
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone, ready to convert with."""
        return ZoneInfo(self.time_zone)
