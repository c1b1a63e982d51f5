"""What staff presses on the page of a topic's form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from discord import SelectOption
from discord.ui import Label, Select, View

from bot.cogs.tickets.panel_desk import PLACE, at, earlier, number_in, topic_soon, without
from bot.cogs.tickets.panel_topic_pages import KINDS
from bot.cogs.tickets.panel_topics import Page, change_topic
from bot.domain.amounts import parse_amount
from bot.domain.ticket_topics import (
    MAX_HINT,
    MAX_QUESTION,
    MOST_QUESTIONS,
    TITLES,
    Question,
    QuestionKind,
    Topic,
    question_of,
    with_config,
)
from bot.errors import ControlExpired, TopicRefused
from bot.i18n import _
from bot.ui.controls import Answers, Form, Interaction, Menu
from bot.ui.fields import field
from bot.words import Phrase

_MOST_CHOICE_TEXT = 2_500
_LONGEST_NUMBER = 20
_BOUNDED = {QuestionKind.SHORT, QuestionKind.LONG, QuestionKind.NUMBER}


class QuestionAddMenu(Menu, template=rf"panel:question-add:v1:{PLACE}"):
    """Opens the form for a further question."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Open it; whether there is room is looked at when it is sent."""
        kind = "".join(values)
        if kind not in set(QuestionKind):
            raise ControlExpired
        await topic_soon(interaction, int(self.arguments["topic"]))
        form = QuestionForm(at(self.arguments), Question.model_construct(text="", kind=QuestionKind(kind)), None)
        await interaction.response.send_modal(form)


class QuestionEditMenu(Menu, template=rf"panel:question-edit:v1:{PLACE}"):
    """Opens the form for a question that there is."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Open it, with what is there now."""
        place, seen = number_in(values), await topic_soon(interaction, int(self.arguments["topic"]))
        asked = seen.topic.config.questions
        if place >= len(asked):
            raise ControlExpired
        await interaction.response.send_modal(QuestionForm(at(self.arguments), asked[place], place))


class QuestionForm(Form):
    """One question. Its place is that at the version that was shown; without one it is a further question."""

    template = re.compile(rf"panel:ask:v1:{PLACE}:(?P<kind>[a-z]{{3,8}}):(?P<place>\d?)")

    def __init__(self, at: tuple[int, int], question: Question, place: int | None) -> None:
        where = f"{at[0]}:{at[1]}:{question.kind}:{'' if place is None else place}"
        super().__init__(title=_(KINDS[question.kind]), custom_id=f"panel:ask:v1:{where}")
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

        await change_topic(interaction, at(arguments), edit, Page.QUESTIONS)


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


class QuestionUpMenu(Menu, template=rf"panel:question-up:v1:{PLACE}"):
    """Has a question asked before the one that it followed."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Do it, and show the form."""
        place = number_in(values)
        await _change_questions(interaction, self.arguments, lambda asked: earlier(asked, place))


class QuestionDropMenu(Menu, template=rf"panel:question-drop:v1:{PLACE}"):
    """Takes a question out of the form."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Do it, and show the form."""
        place = number_in(values)
        await _change_questions(interaction, self.arguments, lambda asked: without(asked, place))


async def _change_questions(
    interaction: Interaction,
    arguments: Mapping[str, str],
    edit: Callable[[Sequence[Question]], tuple[Question, ...]],
) -> None:
    def edited(topic: Topic) -> Topic:
        return with_config(topic, questions=edit(topic.config.questions))

    await change_topic(interaction, at(arguments), edited, Page.QUESTIONS)


CONTROLS: tuple[type[Menu | Form], ...] = (
    QuestionAddMenu, QuestionEditMenu, QuestionForm, QuestionUpMenu, QuestionDropMenu,
)  # fmt: skip
"""What stands under the form of a topic."""
