"""A guild's own rules for XP and levels."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import Field, model_validator

from bot.domain.curves import HIGHEST, Cubic, Curve, Preset
from bot.domain.leveling import MAX_FACTOR, UNIT
from bot.domain.settings import ChosenId, ChosenIds, Section
from bot.words import N_

_DAY = 86_400

RoleRule: TypeAlias = Literal["highest", "largest", "smallest", "add", "multiply"]
"""How the factors of several roles become one."""

Where: TypeAlias = Literal["same", "channel", "dm", "none"]

DEFAULT_TEXT = "{member} reached level {level}!"


def _choices(**named: str) -> dict[str, Any]:
    return {"kind": "choice", "choices": named}


def _switch() -> dict[str, Any]:
    return {"kind": "switch"}


def _number(**more: Any) -> dict[str, Any]:
    return {"kind": "number", **more}


class LevelingSettings(Section):
    """What earns XP, and how much."""

    section: ClassVar[str] = "leveling"
    title: ClassVar[str] = "Leveling"

    message_least: int = Field(
        default=15, ge=0, le=1_000, title="Message: least XP",
        description="The least that a message earns.", json_schema_extra=_number(),
    )  # fmt: skip
    message_most: int = Field(
        default=25, ge=0, le=1_000, title="Message: most XP",
        description="The most that a message earns; between both it is drawn.", json_schema_extra=_number(),
    )  # fmt: skip
    cooldown: int = Field(
        default=60, ge=0, le=_DAY, title="Message: how often",
        description="How long after a message that earned the next one can.", json_schema_extra={"kind": "duration"},
    )  # fmt: skip
    least_length: int = Field(
        default=0, ge=0, le=500, title="Message: least length",
        description="Shorter messages earn nothing, unless they carry files. 0: any length.",
        json_schema_extra=_number(),
    )  # fmt: skip
    same_text: bool = Field(
        default=True, title="Message: same text",
        description="Whether a message that says the same as the one before earns nothing.",
        json_schema_extra=_switch(),
    )  # fmt: skip
    take_back: bool = Field(
        default=False, title="Message: deleted",
        description="Whether XP is taken back when a moderator deletes the message within a week.",
        json_schema_extra=_switch(),
    )  # fmt: skip
    voice: int = Field(
        default=0, ge=0, le=1_000, title="Voice: XP per minute",
        description="What a minute in voice earns. 0: nothing.", json_schema_extra=_number(),
    )  # fmt: skip
    voice_company: int = Field(
        default=1, ge=0, le=98, title="Voice: company",
        description="How many others, bots aside, have to take part for a minute to earn.", json_schema_extra=_number(),
    )  # fmt: skip
    voice_muted: bool = Field(
        default=False, title="Voice: muted",
        description="Whether somebody muted earns, by themselves or by the server.", json_schema_extra=_switch(),
    )  # fmt: skip
    voice_deafened: bool = Field(
        default=False, title="Voice: deafened",
        description="Whether somebody deafened earns, by themselves or by the server.", json_schema_extra=_switch(),
    )  # fmt: skip
    voice_day: int | None = Field(
        default=None, ge=1, le=100_000, title="Voice: most a day",
        description="The most XP that voice earns on one day of the server.",
        json_schema_extra=_number(unset="no limit"),
    )  # fmt: skip
    factor: int = Field(
        default=UNIT, ge=0, le=MAX_FACTOR, title="Factor for everything",
        description="All XP is multiplied by it, in per mille: 1000 changes nothing, 2000 doubles, 0 stops all.",
        json_schema_extra=_number(),
    )  # fmt: skip
    role_rule: RoleRule = Field(
        default="highest", title="Several roles with factors",
        description="Which factor somebody has whose roles bring several.",
        json_schema_extra=_choices(
            highest="That of the highest role", largest="The largest", smallest="The smallest",
            add="Their gains added", multiply="Multiplied",
        ),
    )  # fmt: skip
    only_channels: ChosenIds = Field(
        default=(), title="Only in these channels",
        description="Where XP is earned: channels, categories. None: everywhere.",
        json_schema_extra={"kind": "channels"},
    )  # fmt: skip
    without_channels: ChosenIds = Field(
        default=(), title="Not in these channels",
        description="Where no XP is earned: channels, categories.", json_schema_extra={"kind": "channels"},
    )  # fmt: skip
    only_roles: ChosenIds = Field(
        default=(), title="Only with these roles",
        description="Who earns XP: those with any of these roles. None: everybody.",
        json_schema_extra={"kind": "roles"},
    )  # fmt: skip
    without_roles: ChosenIds = Field(
        default=(), title="Not with these roles",
        description="Who earns no XP: those with any of these roles.", json_schema_extra={"kind": "roles"},
    )  # fmt: skip
    shows_left: bool = Field(
        default=True, title="Boards: members who left",
        description="Whether leaderboards show those who left.", json_schema_extra=_switch(),
    )  # fmt: skip

    @model_validator(mode="after")
    def _in_order(self) -> LevelingSettings:
        if self.message_least > self.message_most:
            raise ValueError(N_("does not fit: a message's least XP can't be above its most"))
        return self


class LevelSettings(Section):
    """What levels are, what they bring, and who hears of them."""

    section: ClassVar[str] = "levels"
    title: ClassVar[str] = "Levels"

    take_roles: bool = Field(
        default=True, title="Rewards: taken again",
        description="Whether the roles of a level go when XP falls below it.", json_schema_extra=_switch(),
    )  # fmt: skip
    insist: bool = Field(
        default=False, title="Rewards: given again",
        description="Whether a role that somebody took off by hand comes back with the next level.",
        json_schema_extra=_switch(),
    )  # fmt: skip
    announce: Where = Field(
        default="same", title="Announcement: where",
        description="Where it is said that somebody reached a level.",
        json_schema_extra=_choices(
            same="In the channel they wrote in", channel="In one channel", dm="In a direct message", none="Nowhere"
        ),
    )  # fmt: skip
    announce_channel: ChosenId = Field(
        default=None, title="Announcement: channel",
        description="For voice too, and where the other one can't be written to. None: it is not said there.",
        json_schema_extra={"kind": "channel"},
    )  # fmt: skip
    announce_every: int = Field(
        default=5, ge=0, le=100, title="Announcement: every so many levels",
        description="1: every level. 0: only levels that bring something. Those are said in any case.",
        json_schema_extra=_number(),
    )  # fmt: skip
    announce_from: int = Field(
        default=1, ge=1, le=HIGHEST, title="Announcement: from level",
        description="Lower levels are not said.", json_schema_extra=_number(),
    )  # fmt: skip
    announce_text: str = Field(
        default="", max_length=300, title="Announcement: words",
        description="With `{member}`, `{level}`, `{xp}`, `{server}` and `{reward}`. Empty: the usual words.",
        json_schema_extra={"kind": "text"},
    )  # fmt: skip


class CurveSettings(Section):
    """How much XP a level takes. Changed by /xp curve alone, which first shows what that does."""

    section: ClassVar[str] = "curve"
    title: ClassVar[str] = "Level curve"
    changed_by: ClassVar[str] = "/xp curve"

    preset: Preset = Field(
        default=Preset.MEE6, title="Curve", description="How much XP a level takes.",
        json_schema_extra={"kind": "choice", "choices": {preset.value: preset.value for preset in Preset}},
    )  # fmt: skip
    coefficients: tuple[Decimal, Decimal, Decimal, Decimal] | None = Field(
        default=None, title="Custom curve",
        description="The four numbers of a custom curve, from that of the cube to the constant.",
        json_schema_extra={"kind": "text", "unset": "none"},
    )  # fmt: skip
    cap: int = Field(
        default=HIGHEST, ge=1, le=HIGHEST, title="Highest level",
        description="Nobody goes above it, whatever they earn.", json_schema_extra=_number(),
    )  # fmt: skip

    @property
    def curve(self) -> Curve:
        """The curve that these numbers say."""
        cubic = None if self.coefficients is None else Cubic(*self.coefficients)
        return Curve(self.preset, cubic if self.preset is Preset.CUSTOM else None, self.cap)

    @model_validator(mode="after")
    def _sound(self) -> CurveSettings:
        if (self.preset is Preset.CUSTOM) != (self.coefficients is not None):
            raise ValueError(N_("a custom curve has four numbers, and no other has any"))
        return self
