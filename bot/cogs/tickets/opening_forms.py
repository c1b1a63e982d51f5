"""The form of a topic: its questions as fields, and what was answered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import SelectOption
from discord.ui import Button, ChannelSelect, FileUpload, Label, RoleSelect, Select, TextInput, UserSelect, View

from bot.actions.authority import guild_of
from bot.actions.downloads import downloaded
from bot.actions.host import services_of
from bot.cogs.tickets.opening_flow import REF, Asked, check, open_ticket
from bot.domain.proof import MOST_BYTES
from bot.domain.ticket_answers import MOST_FILES, answered, check_unchanged, digest_of, lengths
from bot.domain.ticket_record import Answer, RecordedFile
from bot.domain.ticket_topics import MAX_LABEL, Question, QuestionKind, Topic
from bot.domain.tickets import Origin
from bot.errors import DiscordAway, UserError
from bot.i18n import _
from bot.ui.answers import reply, settled
from bot.ui.controls import Answers, Form, Interaction
from bot.ui.errors import describe
from bot.ui.theme import embed

_WRITTEN = {QuestionKind.SHORT, QuestionKind.LONG, QuestionKind.NUMBER}
_SHOWN = 1_000
"""Characters of one answer that are given back."""


class TicketForm(Form):
    """The questions of a topic. What is opened from it, and which questions they were, stands in its custom id."""

    template = re.compile(rf"ticket:form:v1:(?P<topic>\d{{1,20}}):(?P<digest>[0-9a-f]{{8}}):{REF}")

    def __init__(self, topic: Topic, asked: Asked) -> None:
        questions = topic.config.questions
        custom_id = f"ticket:form:v1:{topic.id}:{digest_of(questions)}:{asked.ref}"
        super().__init__(title=topic.label[:MAX_LABEL], custom_id=custom_id)
        for position, question in enumerate(questions, 1):
            component = _field(f"q{position}", question)
            self.add_item(Label(text=question.text, description=question.hint or None, component=component))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Open a ticket with the answers; whatever stands against it, what was written is given back."""
        topic_id, asked = int(arguments["topic"]), Asked.read(arguments)
        try:
            if answers.attachments:  # nothing is kept of those who may open none
                await settled(interaction, check(interaction, topic_id, asked), ephemeral=True)
            work = _read(interaction, topic_id, arguments["digest"], answers)
            given, files = await settled(interaction, work, ephemeral=True)
            await open_ticket(interaction, topic_id, asked, given, files)
        except UserError as error:
            written = [said for said in answers.texts.values() if said.strip()]
            if not written:
                raise
            await _give_back(interaction, error, written, topic_id if asked.origin is Origin.PANEL else None)


def _field(custom_id: str, question: Question) -> Any:
    needed = question.required
    match question.kind:
        case QuestionKind.CHOICE:
            options = [SelectOption(label=one, value=one) for one in dict.fromkeys(question.choices)]
            return Select(custom_id=custom_id, options=options, required=needed, min_values=int(needed))
        case QuestionKind.MEMBER:
            return UserSelect(custom_id=custom_id, required=needed, min_values=int(needed))
        case QuestionKind.ROLE:
            return RoleSelect(custom_id=custom_id, required=needed, min_values=int(needed))
        case QuestionKind.CHANNEL:
            return ChannelSelect(custom_id=custom_id, required=needed, min_values=int(needed))
        case QuestionKind.FILE:
            return FileUpload[View](custom_id=custom_id, required=needed, min_values=int(needed), max_values=MOST_FILES)
        case _:
            least, most = lengths(question)
            style = discord.TextStyle.long if question.kind is QuestionKind.LONG else discord.TextStyle.short
            return TextInput[View](
                custom_id=custom_id, style=style, required=needed, min_length=least or None, max_length=most
            )


async def _read(
    interaction: Interaction, topic_id: int, digest: str, answers: Answers
) -> tuple[list[Answer], list[RecordedFile]]:
    """What was answered, and the files among it, which are kept by now.

    Raises:
        TicketFormChanged, AnswerMissing, AnswerNotNumber, AnswerNumberOutOfBounds: it can't be taken so.
        TopicNotFound: the topic is gone.
    """
    topic = (await services_of(interaction).ticket_rules.of(guild_of(interaction).id, topic_id)).topic
    check_unchanged(topic.config.questions, digest)
    found: list[Answer] = []
    files: list[RecordedFile] = []
    for position, question in enumerate(topic.config.questions, 1):
        name = f"q{position}"
        if question.kind is QuestionKind.FILE:
            brought = answers.files(name)[:MOST_FILES]
            given: Sequence[str] = [str(len(files) + place) for place in range(1, len(brought) + 1)]
        else:
            given = [answers.text(name)] if question.kind in _WRITTEN else answers.choices.get(name, ())
            brought = ()
        answer = answered(position, question, given)
        if answer is None:
            continue
        found.append(answer)
        for one in brought:
            files.append(await _kept(interaction, len(files) + 1, one.name, one.size, one.url))
    return found, files


async def _kept(interaction: Interaction, seq: int, name: str, size: int, url: str) -> RecordedFile:
    """Keep a file, for its address does not last; one that can't be kept is noted with why."""
    opening, guild_id = services_of(interaction).ticket_opening, guild_of(interaction).id
    if size > MOST_BYTES:
        return RecordedFile(seq, name[:200], size, "", None, "size")
    try:
        data: bytes | None = await downloaded(url)
    except DiscordAway:
        data = None
    return await opening.keep(guild_id, seq, name, data)


async def _give_back(interaction: Interaction, error: UserError, written: Sequence[str], topic_id: int | None) -> None:
    """Say why nothing was opened, with what was written, for Discord does not keep it."""
    shown = "\n".join(f">>> {one[:_SHOWN]}" for one in written)
    said = f"{describe(error)}\n\n{_('You had written:')}\n{shown}"
    view = None
    if topic_id is not None:
        view = View(timeout=None)
        view.add_item(Button(label=_("Write it again…"), custom_id=f"ticket:open:v1:{topic_id}"))
    await reply(interaction, embed=embed(description=said), view=view, ephemeral=True)


FORMS: tuple[type[Form], ...] = (TicketForm,)
