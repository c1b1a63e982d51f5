"""A guild's defaults for tickets; a topic may say otherwise."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from bot.domain.settings import ChosenId, ChosenIds, Section
from bot.domain.tickets import MOST_OPEN_AT_ONCE
from bot.words import N_

_DAY = 86_400

ModeName: TypeAlias = Literal["channel", "thread"]
ClaimName: TypeAlias = Literal["nothing", "read_only", "hidden"]
LeaveName: TypeAlias = Literal["close", "keep", "wait"]

OPENING = N_("Hello {member}. Tell us what it is about; somebody will be with you soon.")
"""The first words where nobody chose others, said in the server's language."""


def _choices(**named: str) -> dict[str, Any]:
    return {"kind": "choice", "choices": named}


def _kind(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": name, **more}


class TicketSettings(Section):
    """Where tickets go, who answers them, and when they end."""

    section: ClassVar[str] = "tickets"
    title: ClassVar[str] = "Tickets"

    support_roles: ChosenIds = Field(
        default=(), title="Support",
        description="Roles that see and answer tickets, beside those with Manage Server.",
        json_schema_extra=_kind("roles"),
    )  # fmt: skip
    categories: ChosenIds = Field(
        default=(), title="Categories",
        description="Where channels of tickets are made; when one is full, the next. None: above all categories.",
        json_schema_extra=_kind("channels", categories=True),
    )  # fmt: skip
    mode: ModeName = Field(
        default="channel", title="A ticket is",
        description="A channel of its own, or a private thread of one channel.",
        json_schema_extra=_choices(channel="A channel", thread="A private thread"),
    )  # fmt: skip
    thread_channel: ChosenId = Field(
        default=None, title="Channel of threads",
        description="Under which channel threads of tickets are made, also when all categories are full.",
        json_schema_extra=_kind("channel"),
    )  # fmt: skip
    ping_roles: ChosenIds = Field(
        default=(), title="Called when a ticket is opened",
        description="Roles that are mentioned in every new ticket.", json_schema_extra=_kind("roles"),
    )  # fmt: skip
    escalation_roles: ChosenIds = Field(
        default=(), title="Called when a ticket is escalated",
        description="Roles that are mentioned then, and see the ticket from then on.", json_schema_extra=_kind("roles"),
    )  # fmt: skip
    log_channel: ChosenId = Field(
        default=None, title="Log",
        description="Where staff reads what happens to tickets.", json_schema_extra=_kind("channel"),
    )  # fmt: skip
    transcript_channel: ChosenId = Field(
        default=None, title="Transcripts",
        description="Where staff finds what was said, once a ticket is closed.", json_schema_extra=_kind("channel"),
    )  # fmt: skip
    opening: str = Field(
        default="", max_length=1_000, title="First words",
        description="Said first, with `{member}`, `{topic}`, `{number}` and `{server}`. Empty: the usual words.",
        json_schema_extra=_kind("text"),
    )  # fmt: skip
    name_pattern: str = Field(
        default="ticket-{number}", min_length=1, max_length=60, title="Name",
        description="What channels are called. `{number}`, `{member}` and `{topic}` are filled in.",
        json_schema_extra=_kind("text"),
    )  # fmt: skip
    open_at_once: int = Field(
        default=1, ge=1, le=MOST_OPEN_AT_ONCE, title="Open at once",
        description="How many tickets of one topic a member may have open.", json_schema_extra=_kind("number"),
    )  # fmt: skip
    cooldown: int = Field(
        default=60, ge=0, le=30 * _DAY, title="Between two tickets",
        description="How long a member waits before the next ticket of a topic.", json_schema_extra=_kind("duration"),
    )  # fmt: skip
    most_a_minute: int = Field(
        default=10, ge=1, le=100, title="Most in a minute",
        description="How many tickets the whole server may open in a minute.", json_schema_extra=_kind("number"),
    )  # fmt: skip
    claim_mode: ClaimName = Field(
        default="nothing", title="A claimed ticket",
        description="What the rest of staff may still do in it.",
        json_schema_extra=_choices(nothing="Everything", read_only="Read only", hidden="Not see it"),
    )  # fmt: skip
    first_answer_claims: bool = Field(
        default=False, title="First answer claims",
        description="Whether the first of staff to answer has the ticket claimed.", json_schema_extra=_kind("switch"),
    )  # fmt: skip
    most_open: int = Field(
        default=25, ge=1, le=200, title="Most for one agent",
        description="How many open tickets one of staff may have, unless something else is said of them.",
        json_schema_extra=_kind("number"),
    )  # fmt: skip
    auto_close: int | None = Field(
        default=None, ge=3_600, le=90 * _DAY, title="Close for silence",
        description="After how long a ticket is closed that waits for the member.",
        json_schema_extra=_kind("duration", unset="never"),
    )  # fmt: skip
    warn_before: int = Field(
        default=_DAY, ge=600, le=30 * _DAY, title="Warn before that",
        description="How long before it is closed the member is told.", json_schema_extra=_kind("duration"),
    )  # fmt: skip
    ask_for: int = Field(
        default=_DAY, ge=600, le=30 * _DAY, title="Time to agree",
        description="How long the member has to answer whether a ticket may be closed; then it is.",
        json_schema_extra=_kind("duration"),
    )  # fmt: skip
    delete_after: int = Field(
        default=_DAY, ge=0, le=30 * _DAY, title="Delete after closing",
        description="How long a closed ticket can be reopened before its channel is deleted.",
        json_schema_extra=_kind("duration"),
    )  # fmt: skip
    letter: bool = Field(
        default=True, title="Copy for the member",
        description="Whether members get what was said, and are asked for a rating, by direct message.",
        json_schema_extra=_kind("switch"),
    )  # fmt: skip
    on_leave: LeaveName = Field(
        default="wait", title="When the member leaves",
        description="What becomes of their tickets.",
        json_schema_extra=_choices(close="Close at once", wait="Close after a day", keep="Keep open"),
    )  # fmt: skip
    quota: int = Field(
        default=1_024, ge=0, le=1_000_000, title="Room for files",
        description="How many MiB files of tickets may take. Beyond that only their names are kept.",
        json_schema_extra=_kind("number"),
    )  # fmt: skip
