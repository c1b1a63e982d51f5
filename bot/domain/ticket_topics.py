"""Panels and topics: what members press to open a ticket, and what then holds for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.settings import ChosenId, ChosenIds
from bot.domain.ticket_settings import TicketSettings
from bot.domain.tickets import MOST_OPEN_AT_ONCE, ClaimMode, Mode, OnLeave, Priority

MOST_PANELS = 25
MOST_TOPICS = 25
"""Of one panel: as many as a message has buttons, or a menu choices."""
MOST_QUESTIONS = 5
MAX_NAME = 32
MAX_TITLE = 100
MAX_TEXT = 2_000
MAX_LABEL = 45
MAX_OPENING = 2_000
MAX_QUESTION = 45
MAX_HINT = 100
MOST_CHOICES = 25
MOST_RULES = 20

_DAY = 86_400

NAME_PATTERN = "ticket-{number}"


class PanelStyle(StrEnum):
    """How a panel shows its topics."""

    BUTTONS = "buttons"
    MENU = "menu"


class TopicStyle(StrEnum):
    """What a topic's button looks like."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    SUCCESS = "success"
    DANGER = "danger"


class QuestionKind(StrEnum):
    """What a question of the form takes."""

    SHORT = "short"
    LONG = "long"
    CHOICE = "choice"
    MEMBER = "member"
    ROLE = "role"
    CHANNEL = "channel"
    NUMBER = "number"
    FILE = "file"


class Question(BaseModel):
    """One question of a topic's form."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION)]
    kind: QuestionKind = QuestionKind.SHORT
    hint: Annotated[str, Field(max_length=MAX_HINT)] = ""
    required: bool = True
    choices: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(max_length=25)] = ()
    least: int | None = None
    """Of a number its least value, of text its least length."""
    most: int | None = None


class RoleRule(BaseModel):
    """Whether those with a role may open; of several rules the first that is about one of somebody's roles decides."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role_id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    allows: bool


_Seconds: TypeAlias = Annotated[int, Field(ge=0, le=365 * _DAY)]


class TopicConfig(BaseModel):
    """What a topic sets for itself; None: as `/config tickets` says."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    mode: Mode | None = None
    categories: ChosenIds = ()
    """Empty: as the setting says; so with the roles below."""
    thread_channel: ChosenId = None
    support_roles: ChosenIds = ()
    ping_roles: ChosenIds = ()
    escalation_roles: ChosenIds = ()
    log_channel: ChosenId = None
    transcript_channel: ChosenId = None
    opening: Annotated[str, Field(max_length=MAX_OPENING)] = ""
    questions: Annotated[tuple[Question, ...], Field(max_length=MOST_QUESTIONS)] = ()
    rules: Annotated[tuple[RoleRule, ...], Field(max_length=MOST_RULES)] = ()
    account_age: _Seconds = 0
    member_age: _Seconds = 0
    open_at_once: Annotated[int, Field(ge=1, le=MOST_OPEN_AT_ONCE)] | None = None
    cooldown: _Seconds | None = None
    auto_close: _Seconds | None = None
    """Seconds; 0: never."""
    claim_mode: ClaimMode | None = None
    name_pattern: Annotated[str, Field(max_length=60)] = ""
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True)
class Topic:
    """A topic of a panel. One that is removed stays for the tickets that have it."""

    guild_id: int
    id: int
    panel_id: int
    position: int
    label: str
    emoji: str | None
    style: TopicStyle
    description: str | None
    """Shown in a menu, below the label."""
    config: TopicConfig
    removed: bool = False
    version: int = 1


@dataclass(frozen=True)
class Panel:
    """A message with topics to choose from; not sent yet while `message_id` is None."""

    guild_id: int
    id: int
    name: str
    title: str
    text: str
    style: PanelStyle
    channel_id: int | None = None
    message_id: int | None = None
    created_by: int | None = None
    version: int = 1
    topics: Sequence[Topic] = ()


@dataclass(frozen=True)
class Block:
    """Somebody who may open no tickets."""

    user_id: int
    reason: str | None
    by_id: int | None
    expires_at: datetime | None


@dataclass(frozen=True)
class TopicRules:
    """What holds for the tickets of a topic: its own word, else the setting's."""

    mode: Mode
    categories: tuple[int, ...]
    thread_channel: int | None
    support_roles: tuple[int, ...]
    ping_roles: tuple[int, ...]
    escalation_roles: tuple[int, ...]
    log_channel: int | None
    transcript_channel: int | None
    opening: str
    open_at_once: int
    cooldown: int
    auto_close: int
    claim_mode: ClaimMode
    name_pattern: str
    delete_after: int
    on_leave: OnLeave


def rules_of(config: TopicConfig, settings: TicketSettings) -> TopicRules:
    """What holds for a topic in a guild with these settings."""
    return TopicRules(
        mode=config.mode or Mode(settings.mode),
        categories=config.categories or settings.categories,
        thread_channel=config.thread_channel or settings.thread_channel,
        support_roles=config.support_roles or settings.support_roles,
        ping_roles=config.ping_roles or settings.ping_roles,
        escalation_roles=config.escalation_roles or settings.escalation_roles,
        log_channel=config.log_channel or settings.log_channel,
        transcript_channel=config.transcript_channel or settings.transcript_channel,
        opening=config.opening or settings.opening,
        open_at_once=config.open_at_once or settings.open_at_once,
        cooldown=settings.cooldown if config.cooldown is None else config.cooldown,
        auto_close=(settings.auto_close or 0) if config.auto_close is None else config.auto_close,
        claim_mode=config.claim_mode or ClaimMode(settings.claim_mode),
        name_pattern=config.name_pattern or settings.name_pattern,
        delete_after=settings.delete_after,
        on_leave=OnLeave(settings.on_leave),
    )
