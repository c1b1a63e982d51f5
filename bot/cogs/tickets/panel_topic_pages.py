"""What staff sees of a topic while they write it: all that holds for its tickets, and what of it `/config` says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import discord

from bot.cogs.tickets.panel_pages import harmless, joined
from bot.domain.audit import clipped
from bot.domain.ticket_access import MOST_THREAD_STAFF
from bot.domain.ticket_settings import OPENING
from bot.domain.ticket_topics import TITLES, PanelStyle, Question, QuestionKind, TopicConfig, TopicStyle
from bot.domain.tickets import ClaimMode, Mode, Priority
from bot.i18n import N_, _
from bot.services.ticket_panel_parts import TopicInSight
from bot.ui import text
from bot.ui.theme import MAX_DESCRIPTION, embed

KINDS = {
    QuestionKind.SHORT: N_("A short text"),
    QuestionKind.LONG: N_("A long text"),
    QuestionKind.CHOICE: N_("One of several"),
    QuestionKind.MEMBER: N_("A member"),
    QuestionKind.ROLE: N_("A role"),
    QuestionKind.CHANNEL: N_("A channel"),
    QuestionKind.NUMBER: N_("A number"),
    QuestionKind.FILE: N_("A file"),
}
MODES = {Mode.CHANNEL: N_("A channel"), Mode.THREAD: N_("A private thread")}
CLAIMS = {
    ClaimMode.NOTHING: N_("Everything"),
    ClaimMode.READ_ONLY: N_("Read only"),
    ClaimMode.HIDDEN: N_("Not see it"),
}
PRIORITIES = {
    Priority.LOW: N_("Low"),
    Priority.NORMAL: N_("Normal"),
    Priority.HIGH: N_("High"),
    Priority.URGENT: N_("Urgent"),
}
STYLES = {
    TopicStyle.PRIMARY: N_("Blue"),
    TopicStyle.SECONDARY: N_("Grey"),
    TopicStyle.SUCCESS: N_("Green"),
    TopicStyle.DANGER: N_("Red"),
}

_LONGEST = 200


def topic(seen: TopicInSight, notice: str = "") -> discord.Embed:
    """A topic with everything that holds for its tickets."""
    usual = _("What is marked with a star is as `/config` says.")
    parts = [notice, "\n".join(_warnings(seen)), *_all(seen), usual]
    return embed(title=_titled(seen), description=joined(*parts)[:MAX_DESCRIPTION])


def _titled(seen: TopicInSight) -> str:
    named = harmless(seen.panel.name), harmless(seen.topic.label)
    return _("Topic · {panel} · {topic}").format(panel=named[0], topic=named[1])


def _warnings(seen: TopicInSight) -> Iterator[str]:
    """What will not go as it is set."""
    rules = seen.ruled.rules
    if not rules.support_roles:
        yield _("⚠️ Nobody is chosen to answer: only those with Manage Server see these tickets.")
    if rules.mode is Mode.THREAD and rules.thread_channel is None:
        yield _("⚠️ Choose the channel of threads: without one I can't make any.")
    if rules.mode is Mode.THREAD and rules.claim_mode is ClaimMode.READ_ONLY:
        yield _("⚠️ In threads nobody can be kept from writing who sees them: a claimed one stays open to all of staff.")
    if rules.mode is Mode.THREAD:
        yield _("In threads there is no locking and freezing, for Discord has no permissions for one thread.")
        said = _("I put up to {count} people of support into a thread. Who has Manage Threads there sees them all.")
        yield said.format(count=MOST_THREAD_STAFF)


def _all(seen: TopicInSight) -> Iterator[str]:
    config = seen.topic.config
    yield "\n".join(_look(seen))
    yield "\n".join(_where(seen))
    yield "\n".join(_staff(seen))
    yield "\n".join(_words(seen))
    yield "\n".join([_named("questions"), *(_numbered(config.questions) or [_("none: it is opened at once")])])
    yield "\n".join([_named("rules"), *(_rules(config) or [_("everybody")])])
    yield "\n".join(_limits(seen))


def _named(name: str) -> str:
    return f"**{_(TITLES[name])}**"


def _line(name: str, value: str, *, usual: bool = False) -> str:
    return f"{_named(name)}: {value or _('none')}{' ★' if usual else ''}"


def _look(seen: TopicInSight) -> Iterator[str]:
    one = seen.topic
    said = " ".join(part for part in (one.emoji or "", harmless(one.label)) if part)
    menu = seen.panel.style is PanelStyle.MENU
    more = harmless(one.description or "") if menu else _(STYLES[one.style])
    yield _line("label", " · ".join(part for part in (said, more) if part))


def _where(seen: TopicInSight) -> Iterator[str]:
    config, rules = seen.topic.config, seen.ruled.rules
    yield _line("mode", _(MODES[rules.mode]), usual=config.mode is None)
    if rules.mode is Mode.CHANNEL:
        yield _line("categories", _channels(rules.categories), usual=not config.categories)
    threads = () if rules.thread_channel is None else (rules.thread_channel,)
    yield _line("thread_channel", _channels(threads), usual=config.thread_channel is None)
    for name in ("log_channel", "transcript_channel"):
        value: int | None = getattr(rules, name)
        yield _line(name, _channels(() if value is None else (value,)), usual=getattr(config, name) is None)


def _staff(seen: TopicInSight) -> Iterator[str]:
    config, rules = seen.topic.config, seen.ruled.rules
    for name in ("support_roles", "ping_roles", "escalation_roles"):
        yield _line(name, " ".join(f"<@&{one}>" for one in getattr(rules, name)), usual=not getattr(config, name))
    yield _line("claim_mode", _(CLAIMS[rules.claim_mode]), usual=config.claim_mode is None)


def _words(seen: TopicInSight) -> Iterator[str]:
    config, rules = seen.topic.config, seen.ruled.rules
    opening = clipped(" ".join(harmless(rules.opening or _(OPENING)).split()), _LONGEST)
    yield _line("opening", f"“{opening}”", usual=not config.opening)
    yield _line("name_pattern", f"`{rules.name_pattern}`", usual=not config.name_pattern)
    yield _line("priority", _(PRIORITIES[config.priority]))


def _limits(seen: TopicInSight) -> Iterator[str]:
    config, rules = seen.topic.config, seen.ruled.rules
    yield _line("open_at_once", text.number(rules.open_at_once), usual=config.open_at_once is None)
    yield _line("cooldown", _length(rules.cooldown), usual=config.cooldown is None)
    closing = text.duration(rules.auto_close) if rules.auto_close else _("never")
    yield _line("auto_close", closing, usual=config.auto_close is None)
    for name in ("account_age", "member_age"):
        seconds: int = getattr(config, name)
        if seconds:
            yield _line(name, _("at least {duration}").format(duration=text.duration(seconds)))


def _length(seconds: int) -> str:
    return text.duration(seconds) if seconds else _("no wait")


def _channels(ids: Sequence[int]) -> str:
    return " ".join(f"<#{one}>" for one in ids)


# The lists ------------------------------------------------------------------------------------------------


def questions(seen: TopicInSight, notice: str = "") -> discord.Embed:
    """The form of a topic."""
    lines = _numbered(seen.topic.config.questions) or [_("None yet. Without a form a ticket is opened at once.")]
    asked = _("What members are asked before a ticket is opened. Discord has room for five questions.")
    return embed(title=_titled(seen), description=joined(notice, asked, "\n".join(lines))[:MAX_DESCRIPTION])


def _numbered(asked: Sequence[Question]) -> list[str]:
    return [f"{place}. {question_said(one)}" for place, one in enumerate(asked, start=1)]


def question_said(question: Question) -> str:
    """A question with what it takes, in one line."""
    parts = [_(KINDS[question.kind])]
    parts += [] if question.required else [_("may be left out")]
    parts += [", ".join(harmless(one) for one in question.choices)] if question.choices else []
    if question.least is not None or question.most is not None:
        bounds = ["" if one is None else text.number(one) for one in (question.least, question.most)]
        parts.append(f"{bounds[0]}…{bounds[1]}")
    return f"**{harmless(question.text)}** · {clipped(' · '.join(parts), _LONGEST)}"


def rules(seen: TopicInSight, notice: str = "") -> discord.Embed:
    """Who may open a topic."""
    config = seen.topic.config
    lines = _rules(config) or [_("Everybody may, as far as age and blocks let them.")]
    said = _("Of these rules the first decides that is about one of somebody's roles.")
    if any(one.allows for one in config.rules):
        said = f"{said} {_('Who has none of these roles may not.')}"
    return embed(title=_titled(seen), description=joined(notice, said, "\n".join(lines))[:MAX_DESCRIPTION])


def _rules(config: TopicConfig) -> list[str]:
    return [
        f"{place}. {'✅' if one.allows else '⛔'} <@&{one.role_id}>" for place, one in enumerate(config.rules, start=1)
    ]


def removal(seen: TopicInSight) -> discord.Embed:
    """The question whether a topic shall be removed."""
    asked = _("Remove the topic **{topic}**?").format(topic=harmless(seen.topic.label))
    return embed(description=joined(asked, _("Tickets that were opened by it go on.")))
