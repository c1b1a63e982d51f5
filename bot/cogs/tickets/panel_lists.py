"""What staff presses on the pages of a topic that are lists: its questions, and who may open it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from discord import SelectOption
from discord.ui import Label, Select, View

from bot.actions.authority import guild_of
from bot.cogs.tickets.panel_desk import TOPIC_ID, VERSION, field, number_in, topic_soon
from bot.cogs.tickets.panel_topic_forms import role_in
from bot.cogs.tickets.panel_topic_pages import KINDS
from bot.cogs.tickets.panel_topics import Page, change_topic
from bot.domain.amounts import parse_amount
from bot.domain.ticket_topics import (
    MAX_HINT,
    MAX_QUESTION,
    MOST_QUESTIONS,
    MOST_RULES,
    TITLES,
    Question,
    QuestionKind,
    RoleRule,
    Topic,
    question_of,
    with_config,
)
from bot.errors import ControlExpired, TopicRefused
from bot.i18n import _
from bot.ui.controls import Answers, Control, Form, Interaction, Menu
from bot.words import Phrase

T = TypeVar("T")

_PLACE = rf"{TOPIC_ID}:{VERSION}"
_MOST_CHOICE_TEXT = 2_500
_LONGEST_NUMBER = 20
_BOUNDED = {QuestionKind.SHORT, QuestionKind.LONG, QuestionKind.NUMBER}


def _at(arguments: Mapping[str, str]) -> tuple[int, int]:
    return int(arguments["topic"]), int(arguments["version"])


def _without(entries: Sequence[T], place: int) -> tuple[T, ...]:
    return tuple(one for number, one in enumerate(entries) if number != place)


def _earlier(entries: Sequence[T], place: int) -> tuple[T, ...]:
    """The list with an entry before the one that it followed.

    Raises:
        ControlExpired: there is no such entry.
    """
    if not 0 < place < len(entries):
        raise ControlExpired
    order = list(entries)
    order[place - 1], order[place] = order[place], order[place - 1]
    return tuple(order)


# The form -------------------------------------------------------------------------------------------------


class QuestionAddMenu(Menu, template=rf"panel:question-add:v1:{_PLACE}"):
    """Opens the form for a further question."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Open it; whether there is room is looked at when it is sent."""
        kind = "".join(values)
        if kind not in set(QuestionKind):
            raise ControlExpired
        await topic_soon(interaction, int(self.arguments["topic"]))
        form = QuestionForm(_at(self.arguments), Question.model_construct(text="", kind=QuestionKind(kind)), None)
        await interaction.response.send_modal(form)


class QuestionEditMenu(Menu, template=rf"panel:question-edit:v1:{_PLACE}"):
    """Opens the form for a question that there is."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Open it, with what is there now."""
        place, seen = number_in(values), await topic_soon(interaction, int(self.arguments["topic"]))
        asked = seen.topic.config.questions
        if place >= len(asked):
            raise ControlExpired
        await interaction.response.send_modal(QuestionForm(_at(self.arguments), asked[place], place))


class QuestionForm(Form):
    """One question. Its place is that at the version that was shown; without one it is a further question."""

    template = re.compile(rf"panel:question-form:v1:{_PLACE}:(?P<kind>[a-z]{{3,8}}):(?P<place>\d?)")

    def __init__(self, at: tuple[int, int], question: Question, place: int | None) -> None:
        where = f"{at[0]}:{at[1]}:{question.kind}:{'' if place is None else place}"
        super().__init__(title=_(KINDS[question.kind]), custom_id=f"panel:question-form:v1:{where}")
        for one in _question_fields(question):
            self.add_item(one)

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Change the form of the topic, and show it."""
        if arguments["kind"] not in set(QuestionKind):
            raise ControlExpired
        place = int(arguments["place"]) if arguments["place"] else None

        def edit(topic: Topic) -> Topic:
            asked = list(topic.config.questions)
            written = _question_in(answers, QuestionKind(arguments["kind"]))
            if place is None:
                asked.append(written)
            elif place < len(asked):
                asked[place] = written
            if len(asked) > MOST_QUESTIONS:
                raise TopicRefused(TITLES["questions"], Phrase("has room for {most}", {"most": MOST_QUESTIONS}))
            return with_config(topic, questions=tuple(asked))

        await change_topic(interaction, _at(arguments), edit, Page.QUESTIONS)


def _question_fields(question: Question) -> list[Label[View]]:
    kind = question.kind
    fields = [field("text", _("Question"), question.text, MAX_QUESTION, needed=True)]
    fields.append(field("hint", _("Hint"), question.hint, MAX_HINT, explained=_("Stands below the question.")))
    options = [
        SelectOption(label=_("Must be answered"), value="yes", default=question.required),
        SelectOption(label=_("May be left out"), value="no", default=not question.required),
    ]
    fields.append(Label(text=_("Answer"), component=Select[View](custom_id="required", options=options)))
    if kind is QuestionKind.CHOICE:
        said = _("One in a line, at least two.")
        choices = "\n".join(question.choices)
        fields.append(
            field("choices", _("Choices"), choices, _MOST_CHOICE_TEXT, explained=said, needed=True, long=True)
        )
    if kind in _BOUNDED:
        for name, label in (("least", _("Least")), ("most", _("Most"))):
            bound: int | None = getattr(question, name)
            said = _("The number itself.") if kind is QuestionKind.NUMBER else _("Characters.")
            written = "" if bound is None else str(bound)
            fields.append(field(name, label, written, _LONGEST_NUMBER, explained=said))
    return fields


def _question_in(answers: Answers, kind: QuestionKind) -> Question:
    """A question as it was written.

    Raises:
        TopicRefused: it can't be asked so.
        AmountNotUnderstood: a bound is no number.
    """
    lines = answers.text("choices").splitlines() if kind is QuestionKind.CHOICE else []
    bounds = {name: _bound(answers.text(name)) for name in ("least", "most")} if kind in _BOUNDED else {}
    return question_of(
        answers.text("text").strip(),
        kind,
        hint=answers.text("hint").strip(),
        required="no" not in answers.choices.get("required", ()),
        choices=tuple(line.strip() for line in lines if line.strip()),
        **bounds,
    )


def _bound(written: str) -> int | None:
    return parse_amount(written) if written.strip() else None


class QuestionUpMenu(Menu, template=rf"panel:question-up:v1:{_PLACE}"):
    """Has a question asked before the one that it followed."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Do it, and show the form."""
        place = number_in(values)
        await _change_questions(interaction, self.arguments, lambda asked: _earlier(asked, place))


class QuestionDropMenu(Menu, template=rf"panel:question-drop:v1:{_PLACE}"):
    """Takes a question out of the form."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Do it, and show the form."""
        place = number_in(values)
        await _change_questions(interaction, self.arguments, lambda asked: _without(asked, place))


async def _change_questions(
    interaction: Interaction,
    arguments: Mapping[str, str],
    edit: Callable[[Sequence[Question]], tuple[Question, ...]],
) -> None:
    def edited(topic: Topic) -> Topic:
        return with_config(topic, questions=edit(topic.config.questions))

    await change_topic(interaction, _at(arguments), edited, Page.QUESTIONS)


# Who may open ---------------------------------------------------------------------------------------------


class RuleAddMenu(Menu, template=rf"panel:rule-add:v1:{_PLACE}:(?P<to>allow|deny)"):
    """Adds a rule at the end; one about the same role gives way to it."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Add it, and show the rules."""
        guild, allows = guild_of(interaction), self.arguments["to"] == "allow"

        def edit(known: Sequence[RoleRule]) -> tuple[RoleRule, ...]:
            rule = RoleRule(role_id=role_in(guild, "".join(values)), allows=allows)
            others = tuple(one for one in known if one.role_id != rule.role_id)
            if len(others) >= MOST_RULES:
                raise TopicRefused(TITLES["rules"], Phrase("has room for {most}", {"most": MOST_RULES}))
            return (*others, rule)

        await _change_rules(interaction, self.arguments, edit)


class RuleUpMenu(Menu, template=rf"panel:rule-up:v1:{_PLACE}"):
    """Has a rule looked at before the one that it followed."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Do it, and show the rules."""
        place = number_in(values)
        await _change_rules(interaction, self.arguments, lambda known: _earlier(known, place))


class RuleDropMenu(Menu, template=rf"panel:rule-drop:v1:{_PLACE}"):
    """Takes a rule out."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Do it, and show the rules."""
        place = number_in(values)
        await _change_rules(interaction, self.arguments, lambda known: _without(known, place))


async def _change_rules(
    interaction: Interaction,
    arguments: Mapping[str, str],
    edit: Callable[[Sequence[RoleRule]], tuple[RoleRule, ...]],
) -> None:
    def edited(topic: Topic) -> Topic:
        return with_config(topic, rules=edit(topic.config.rules))

    await change_topic(interaction, _at(arguments), edited, Page.RULES)


CONTROLS: tuple[type[Control | Menu | Form], ...] = (
    QuestionAddMenu, QuestionEditMenu, QuestionForm, QuestionUpMenu, QuestionDropMenu, RuleAddMenu, RuleUpMenu,
    RuleDropMenu,
)  # fmt: skip
"""What stands under the lists of a topic."""
