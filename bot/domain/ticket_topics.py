"""Panels and topics: what members press to open a ticket, and what then holds for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.domain.settings import ChosenId, ChosenIds
from bot.domain.ticket_settings import TicketSettings
from bot.domain.tickets import MOST_OPEN_AT_ONCE, ClaimMode, Mode, OnLeave, Priority
from bot.errors import TopicRefused
from bot.words import N_, Phrase

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
MAX_CHOICE = 100
MOST_RULES = 20

_DAY = 86_400
_LEAST_CHOICES = 2

NAME_PATTERN = "ticket-{number}"


class PanelTrouble(StrEnum):
    """What is wrong with a panel's message."""

    GONE = "gone"
    """Somebody deleted it."""
    REFUSED = "refused"
    """Discord did not take it, or not its newest state."""


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


LONGEST_ANSWERS = {QuestionKind.SHORT: 300, QuestionKind.LONG: 4_000}
"""Characters that Discord's fields are made to take."""


class Question(BaseModel):
    """One question of a topic's form."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION)]
    kind: QuestionKind = QuestionKind.SHORT
    hint: Annotated[str, Field(max_length=MAX_HINT)] = ""
    required: bool = True
    choices: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=MAX_CHOICE)], ...], Field(max_length=MOST_CHOICES)
    ] = ()
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
    """Counts changes of it and its topics."""
    shown: int = 0
    """The newest version that was promised to its message."""
    sending_to: int | None = None
    """The channel it is on its way to; its message so far stays until it is there."""
    sends: int = 0
    """How often it was sent, so that a late message of an earlier time is known for what it is."""
    trouble: PanelTrouble | None = None
    topics: Sequence[Topic] = ()

    @property
    def is_shown(self) -> bool:
        """Whether members see it."""
        return self.message_id is not None


@dataclass(frozen=True)
class BrokenPanel:
    """A panel that members do not see as it is."""

    name: str
    trouble: PanelTrouble


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
    """Empty: the usual words."""
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


def may_open(rules: Sequence[RoleRule], role_ids: Collection[int]) -> bool:
    """Whether somebody with these roles may open: the first rule decides that is about one of them.

    Whom no rule is about may, unless some role is allowed: then only those are who have it.
    """
    for rule in rules:
        if rule.role_id in role_ids:
            return rule.allows
    return not any(rule.allows for rule in rules)


# Checking -------------------------------------------------------------------------------------------------

_MOST_NUMBER = 10**15


def with_config(topic: Topic, **parts: Any) -> Topic:
    """The topic with other settings.

    Raises:
        TopicRefused: they make no sense.
    """
    try:
        config = TopicConfig.model_validate({**dict(topic.config), **parts})
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise TopicRefused(TITLES.get(name, name), Phrase("can't be so")) from None
    return replace(topic, config=config)


TITLES: Mapping[str, str] = {
    "label": N_("Label"),
    "mode": N_("A ticket is"),
    "categories": N_("Categories"),
    "thread_channel": N_("Channel of threads"),
    "support_roles": N_("Support"),
    "ping_roles": N_("Called when a ticket is opened"),
    "escalation_roles": N_("Called when a ticket is escalated"),
    "log_channel": N_("Log"),
    "transcript_channel": N_("Transcripts"),
    "opening": N_("First words"),
    "questions": N_("Questions"),
    "rules": N_("Who may open"),
    "account_age": N_("Age of the account"),
    "member_age": N_("Time in the server"),
    "open_at_once": N_("Open at once"),
    "cooldown": N_("Between two tickets"),
    "auto_close": N_("Close for silence"),
    "claim_mode": N_("A claimed ticket"),
    "name_pattern": N_("Name"),
    "priority": N_("Priority"),
}
"""What people call the parts of a topic."""


def check_topic(topic: Topic) -> Topic:
    """The topic, if Discord can show it and a member can answer its form.

    Raises:
        TopicRefused: something is empty, or can't be answered.
    """
    if not topic.label.strip():
        raise TopicRefused(TITLES["label"], Phrase("can't be empty"))
    for question in topic.config.questions:
        check_question(question)
    return topic


def question_of(text: str, kind: QuestionKind, **parts: Any) -> Question:
    """A question as somebody wrote it.

    Raises:
        TopicRefused: it is empty, longer than Discord takes, or can't be answered.
    """
    if not text:
        raise TopicRefused(TITLES["questions"], Phrase("can't be empty"))
    try:
        question = Question(text=text, kind=kind, **parts)
    except ValidationError:
        most = {"most": MOST_CHOICES, "longest": MAX_CHOICE}
        said = Phrase("can have {most} choices of {longest} characters", most)
        raise TopicRefused(text[:MAX_QUESTION], said) from None
    return check_question(question)


def check_question(question: Question) -> Question:
    """The question, if it can be answered.

    Raises:
        TopicRefused: it has too few choices, some twice, or bounds that nothing lies between.
    """
    problem = _problem(question)
    if problem is not None:
        raise TopicRefused(question.text or TITLES["questions"], problem)
    return question


def _problem(question: Question) -> Phrase | None:
    if question.kind is QuestionKind.CHOICE:
        return _problem_of_choices(question.choices)
    return _problem_of_bounds(question.kind, question.least, question.most)


def _problem_of_choices(choices: Sequence[str]) -> Phrase | None:
    if len(choices) < _LEAST_CHOICES:
        return Phrase("needs at least {least} choices", {"least": _LEAST_CHOICES})
    if len({one.casefold() for one in choices}) < len(choices):
        return Phrase("has a choice twice")
    return None


def _problem_of_bounds(kind: QuestionKind, least: int | None, most: int | None) -> Phrase | None:
    if least is not None and most is not None and least > most:
        return Phrase("has bounds that nothing lies between")
    if kind in LONGEST_ANSWERS:
        longest = LONGEST_ANSWERS[kind]
        if not (0 <= (least or 0) <= longest and 1 <= (longest if most is None else most) <= longest):
            return Phrase("takes from 1 to {most} characters", {"most": longest})
    if any(abs(bound) > _MOST_NUMBER for bound in (least, most) if bound is not None):
        return Phrase("has bounds beyond what anybody writes")
    return None
