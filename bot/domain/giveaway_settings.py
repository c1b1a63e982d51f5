"""A guild's defaults for giveaways; each giveaway may say otherwise."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from bot.domain.giveaways import LONGEST_CLAIM, MOST_WINNERS, SHORTEST_CLAIM
from bot.domain.settings import ChosenId, Section


def _kind(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": name, **more}


class GiveawaySettings(Section):
    """What a new giveaway begins with."""

    section: ClassVar[str] = "giveaways"
    title: ClassVar[str] = "Giveaways"

    channel: ChosenId = Field(
        default=None, title="Channel",
        description="Where giveaways are, unless another is said. None: where the command is used.",
        json_schema_extra=_kind("channel"),
    )  # fmt: skip
    ping_role: ChosenId = Field(
        default=None, title="Called when one starts",
        description="A role that is mentioned then, unless another is said.", json_schema_extra=_kind("role"),
    )  # fmt: skip
    winners: int = Field(
        default=1, ge=1, le=MOST_WINNERS, title="Winners",
        description="How many a giveaway has, unless it says so itself.", json_schema_extra=_kind("number"),
    )  # fmt: skip
    claim_within: int | None = Field(
        default=None, ge=SHORTEST_CLAIM, le=LONGEST_CLAIM, title="Time to claim",
        description="How long winners have to claim their prize before another is drawn.",
        json_schema_extra=_kind("duration", unset="need not"),
    )  # fmt: skip
    letter: bool = Field(
        default=True, title="Direct message for winners",
        description="Whether winners are told by direct message too.", json_schema_extra=_kind("switch"),
    )  # fmt: skip
    host_enters: bool = Field(
        default=False, title="Hosts may enter",
        description="Whether whoever gives something away can win it.", json_schema_extra=_kind("switch"),
    )  # fmt: skip
    log_channel: ChosenId = Field(
        default=None, title="Log",
        description="Where staff reads what happens to giveaways.", json_schema_extra=_kind("channel"),
    )  # fmt: skip
