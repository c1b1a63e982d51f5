"""The forms of a topic: how it looks, where its tickets go, who answers, what is said first, and what limits it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord

from bot.actions.authority import guild_of
from bot.actions.ticket_panels import PANEL_CHANNELS
from bot.cogs.tickets.panel_desk import TOPIC_ID, VERSION, topic_soon
from bot.cogs.tickets.panel_topic_fields import MOST_CHOSEN, Field, channels, channels_in, chosen, menu, roles, roles_in
from bot.cogs.tickets.panel_topic_pages import CLAIMS, MODES, PRIORITIES, STYLES
from bot.cogs.tickets.panel_topics import change_topic
from bot.domain.amounts import parse_amount
from bot.domain.durations import parse_duration
from bot.domain.ticket_panels import read_emoji
from bot.domain.ticket_settings import OPENING
from bot.domain.ticket_topics import (
    MAX_HINT,
    MAX_LABEL,
    MAX_OPENING,
    TITLES,
    Topic,
    TopicStyle,
    with_config,
)
from bot.domain.tickets import MOST_OPEN_AT_ONCE, ClaimMode, Mode, Priority
from bot.errors import EmojiNotUnderstood, TopicRefused
from bot.i18n import N_, _
from bot.services.ticket_panel_parts import TopicInSight
from bot.ui import text
from bot.ui.controls import Answers, Control, Form, Interaction
from bot.ui.fields import field
from bot.words import Phrase

_DAY = 86_400
_LONGEST = 60
_LONGEST_NAME = 60
_LONGEST_EMOJI = 64
_CATEGORY = [discord.ChannelType.category]
_CUSTOM = re.compile(r"<a?:\w+:(\d{15,20})>")


@dataclass(frozen=True)
class TopicForm:
    """One form: its title, its fields as they stand, and the topic with what was sent."""

    title: str
    fields: Callable[[TopicInSight, discord.Guild], Sequence[Field]]
    read: Callable[[Topic, Answers, discord.Guild], Topic]


# How it looks ---------------------------------------------------------------------------------------------


def _look_fields(seen: TopicInSight, _guild: discord.Guild) -> Sequence[Field]:
    one = seen.topic
    return [
        field("label", _(TITLES["label"]), one.label, MAX_LABEL, needed=True),
        field("emoji", _("Emoji"), one.emoji or "", _LONGEST_EMOJI, hint="🎫"),
        menu("style", _("Colour of the button"), STYLES, one.style),
        field(
            "description",
            _("Hint"),
            one.description or "",
            MAX_HINT,
            explained=_("In a menu it stands below the label."),
        ),
    ]


def _look(topic: Topic, answers: Answers, guild: discord.Guild) -> Topic:
    emoji = read_emoji(answers.text("emoji"))
    custom = _CUSTOM.fullmatch(emoji or "")
    if custom is not None and guild.get_emoji(int(custom[1])) is None:
        raise EmojiNotUnderstood
    label, hint = answers.text("label").strip(), answers.text("description").strip()
    style = TopicStyle(chosen(answers, "style", STYLES) or topic.style)
    return replace(topic, label=label, emoji=emoji, style=style, description=hint or None)


# Where its tickets go -------------------------------------------------------------------------------------


def _where_fields(seen: TopicInSight, guild: discord.Guild) -> Sequence[Field]:
    config = seen.topic.config
    return [
        menu("mode", _(TITLES["mode"]), MODES, config.mode, usual=True),
        channels("categories", config.categories, guild, _CATEGORY, most=MOST_CHOSEN),
        *(
            channels(name, () if (one := getattr(config, name)) is None else (one,), guild, PANEL_CHANNELS)
            for name in ("thread_channel", "log_channel", "transcript_channel")
        ),
    ]


def _where(topic: Topic, answers: Answers, guild: discord.Guild) -> Topic:
    single = {
        name: next(iter(channels_in(answers, name, guild, PANEL_CHANNELS)), None)
        for name in ("thread_channel", "log_channel", "transcript_channel")
    }
    mode = chosen(answers, "mode", MODES)
    categories = channels_in(answers, "categories", guild, _CATEGORY)
    return with_config(topic, mode=None if mode is None else Mode(mode), categories=categories, **single)


# Who answers ----------------------------------------------------------------------------------------------


def _staff_fields(seen: TopicInSight, guild: discord.Guild) -> Sequence[Field]:
    config = seen.topic.config
    return [
        *(roles(name, config, guild) for name in ("support_roles", "ping_roles", "escalation_roles")),
        menu("claim_mode", _("What others may do in a claimed ticket"), CLAIMS, config.claim_mode, usual=True),
    ]


def _staff(topic: Topic, answers: Answers, guild: discord.Guild) -> Topic:
    roles = {name: roles_in(answers, name, guild) for name in ("support_roles", "ping_roles", "escalation_roles")}
    claim = chosen(answers, "claim_mode", CLAIMS)
    return with_config(topic, claim_mode=None if claim is None else ClaimMode(claim), **roles)


# What is said first ---------------------------------------------------------------------------------------


def _word_fields(seen: TopicInSight, _guild: discord.Guild) -> Sequence[Field]:
    config, rules = seen.topic.config, seen.ruled.rules
    return [
        field(
            "opening", _(TITLES["opening"]), config.opening, MAX_OPENING, long=True,
            hint=(rules.opening or _(OPENING))[:MAX_HINT],
            explained=_("With {member}, {topic}, {number} and {server}. Empty: as in /config."),
        ),
        field(
            "name_pattern", _(TITLES["name_pattern"]), config.name_pattern, _LONGEST_NAME, hint=rules.name_pattern,
            explained=_("With {number}, {member} and {topic}. Empty: as in /config."),
        ),
        menu("priority", _(TITLES["priority"]), PRIORITIES, config.priority),
    ]  # fmt: skip


def _words(topic: Topic, answers: Answers, _guild: discord.Guild) -> Topic:
    priority = chosen(answers, "priority", PRIORITIES)
    return with_config(
        topic,
        opening=answers.text("opening").strip(),
        name_pattern=answers.text("name_pattern").strip(),
        priority=topic.config.priority if priority is None else Priority(int(priority)),
    )


# What limits it -------------------------------------------------------------------------------------------

_LENGTHS = {
    "cooldown": (0, 30 * _DAY),
    "auto_close": (3_600, 90 * _DAY),
    "account_age": (0, 365 * _DAY),
    "member_age": (0, 365 * _DAY),
}
"""The least and the most of each length, in seconds; nought is always one."""


def _limit_fields(seen: TopicInSight, _guild: discord.Guild) -> Sequence[Field]:
    config = seen.topic.config
    usual, ages = _("Empty: as in /config. 0: none."), _("Empty: no matter how long.")
    at_once = "" if config.open_at_once is None else text.number(config.open_at_once)
    fields = [field("open_at_once", _(TITLES["open_at_once"]), at_once, _LONGEST, explained=_("Empty: as in /config."))]
    for name in _LENGTHS:
        seconds: int | None = getattr(config, name)
        explained = ages if name.endswith("_age") else usual
        written = "" if seconds is None or (name.endswith("_age") and not seconds) else _written(seconds)
        fields.append(field(name, _(TITLES[name]), written, _LONGEST, hint=_("1 day"), explained=explained))
    return fields


def _written(seconds: int) -> str:
    return text.duration(seconds) if seconds else "0"


def _limits(topic: Topic, answers: Answers, _guild: discord.Guild) -> Topic:
    at_once = answers.text("open_at_once").strip()
    parts: dict[str, Any] = {"open_at_once": parse_amount(at_once) if at_once else None}
    if at_once and not 1 <= parts["open_at_once"] <= MOST_OPEN_AT_ONCE:
        raise TopicRefused(TITLES["open_at_once"], Phrase("must be from 1 to {most}", {"most": MOST_OPEN_AT_ONCE}))
    for name, (least, most) in _LENGTHS.items():
        written = answers.text(name).strip()
        if not written:
            parts[name] = 0 if name.endswith("_age") else None
        else:
            parts[name] = 0 if written == "0" else parse_duration(written, least=max(least, 1), most=most)
    return with_config(topic, **parts)


FORMS: Mapping[str, TopicForm] = {
    "look": TopicForm(N_("How it looks"), _look_fields, _look),
    "where": TopicForm(N_("Where its tickets go"), _where_fields, _where),
    "staff": TopicForm(N_("Who answers"), _staff_fields, _staff),
    "words": TopicForm(N_("What is said first"), _word_fields, _words),
    "limits": TopicForm(N_("Limits"), _limit_fields, _limits),
}
_FORM = rf"(?P<form>{'|'.join(FORMS)})"


class WriteTopicButton(Control, template=rf"panel:write:v1:{TOPIC_ID}:{_FORM}"):
    """Opens a form of a topic."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it, with what is there now."""
        seen = await topic_soon(interaction, int(self.arguments["topic"]))
        await interaction.response.send_modal(WriteTopicForm(self.arguments["form"], seen, guild_of(interaction)))


class WriteTopicForm(Form):
    """A form of a topic."""

    template = re.compile(rf"panel:topic-form:v1:{TOPIC_ID}:{VERSION}:{_FORM}")

    def __init__(self, name: str, seen: TopicInSight, guild: discord.Guild) -> None:
        place = f"{seen.topic.id}:{seen.topic.version}"
        super().__init__(title=_(FORMS[name].title), custom_id=f"panel:topic-form:v1:{place}:{name}")
        for one in FORMS[name].fields(seen, guild):
            self.add_item(one)

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Change the topic, and show it."""
        form, guild = FORMS[arguments["form"]], guild_of(interaction)
        place = int(arguments["topic"]), int(arguments["version"])
        await change_topic(interaction, place, lambda topic: form.read(topic, answers, guild))


CONTROLS: tuple[type[Control | Form], ...] = (WriteTopicButton, WriteTopicForm)
"""What opens and answers the forms of a topic."""
