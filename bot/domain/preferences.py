"""What a person sets for themselves, wherever they meet the bot."""

from __future__ import annotations

from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from bot.domain.general import known_zone
from bot.domain.settings import Described
from bot.words import N_

_THE_SERVERS = N_("the server's")


class Preferences(Described):
    """A person's own wishes. They hold in all servers and in direct messages."""

    section: ClassVar[str] = "me"
    title: ClassVar[str] = "Your preferences"

    language: Literal["auto", "en", "de"] = Field(
        default="auto",
        title="Language",
        description="What I speak to you alone; what everybody reads is in the server's language.",
        json_schema_extra={"kind": "choice", "choices": {"auto": "As in Discord", "en": "English", "de": "Deutsch"}},
    )
    time_zone: str | None = Field(
        default=None,
        max_length=64,
        title="Time zone",
        description="In which you write times, and by which your day begins for /daily if the server lets each choose.",
        json_schema_extra={"kind": "zone", "unset": _THE_SERVERS},
    )
    accent: int | None = Field(
        default=None,
        ge=0,
        le=0xFFFFFF,
        title="Card colour",
        description="The colour on cards about you, such as that of /userinfo.",
        json_schema_extra={"kind": "colour", "unset": _THE_SERVERS},
    )
    background: Literal["slate", "dusk", "sea", "forest", "ember"] = Field(
        default="slate",
        title="Card background",
        description="What is behind you on these cards.",
        json_schema_extra={
            "kind": "choice",
            "choices": {"slate": "Slate", "dusk": "Dusk", "sea": "Sea", "forest": "Forest", "ember": "Ember"},
        },
    )
    messages: bool = Field(
        default=True,
        title="Direct messages",
        description="Whether I may write to you. Off: as if you had closed your messages to me.",
        json_schema_extra={"kind": "switch"},
    )
    statistics: bool = Field(
        default=True,
        title="Statistics",
        description="Whether you are named on leaderboards and in the log of commands. Off: I count without your name.",
        json_schema_extra={"kind": "switch"},
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        return None if name is None else known_zone(name)

    @property
    def own_language(self) -> str | None:
        """The language they chose; None: as in Discord."""
        return None if self.language == "auto" else self.language

    @property
    def zone(self) -> ZoneInfo | None:
        """The time zone they chose, ready to convert with; None: the server's."""
        return None if self.time_zone is None else ZoneInfo(self.time_zone)
