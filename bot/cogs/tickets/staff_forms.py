"""The forms of staff's menu. Who may send one, and whether it can still be done, is looked at when it is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from discord import SelectOption, TextStyle
from discord.ui import Label, Select, TextInput, UserSelect, View

from bot.actions.host import host_of, services_of
from bot.actions.ticket_desk import go_on, staff_at
from bot.actions.ticket_panels import by_of
from bot.cogs.tickets import work_pages as pages
from bot.cogs.tickets.care_commands import MAX_TAGS, topic_id_of
from bot.cogs.tickets.work_acts import done, move_to, note_of, say
from bot.cogs.tickets.work_controls import give
from bot.domain.durations import parse_duration
from bot.domain.ticket_topics import Topic
from bot.domain.ticket_work import MAX_CHANNEL_NAME, MAX_NOTE, channel_name
from bot.domain.tickets import MAX_REASON
from bot.errors import NoTopics, TargetIsBot, TopicNotFound
from bot.i18n import _
from bot.ui.answers import settled
from bot.ui.controls import Answers, Form, Interaction

_FIELD = "field"
_MOST_OPTIONS = 25


def _template(verb: str) -> re.Pattern[str]:
    return re.compile(rf"ticket:{verb}-form:v1:(?P<number>\d{{1,18}})")


def _of(verb: str, number: int) -> str:
    return f"ticket:{verb}-form:v1:{number}"


class AddForm(Form):
    """Whom to let into a ticket."""

    template = _template("add")

    def __init__(self, number: int) -> None:
        super().__init__(title=_("Add somebody"), custom_id=_of("add", number))
        self.add_item(Label(text=_("Who"), component=UserSelect[View](custom_id=_FIELD, required=True)))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Let them in."""
        number, chosen = int(arguments["number"]), answers.user(_FIELD)

        async def work() -> bool:
            here = await staff_at(interaction, number)
            if chosen.is_bot:
                raise TargetIsBot(chosen.id)
            guests = services_of(interaction).ticket_guests
            is_new = await guests.add(here.guild.id, number, chosen.id, by=here.member.id)
            await go_on(interaction, here.ticket)
            return is_new

        await say(interaction, pages.added(chosen.id, is_new=await settled(interaction, work(), ephemeral=True)))


class TransferForm(Form):
    """To whom to give a ticket."""

    template = _template("transfer")

    def __init__(self, number: int) -> None:
        super().__init__(title=_("Transfer"), custom_id=_of("transfer", number))
        self.add_item(Label(text=_("To whom"), component=UserSelect[View](custom_id=_FIELD, required=True)))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Give it to them, or ask whether to."""
        await give(interaction, int(arguments["number"]), answers.user(_FIELD).id)


class _TextForm(Form):
    """A form with one field to write in."""

    def __init__(self, title: str, custom_id: str, label: str, field: TextInput[View], about: str = "") -> None:
        super().__init__(title=title, custom_id=custom_id)
        self.add_item(Label(text=label, description=about or None, component=field))


class NoteForm(_TextForm):
    """What staff should know."""

    template = _template("note")

    def __init__(self, number: int) -> None:
        field = TextInput[View](custom_id=_FIELD, style=TextStyle.paragraph, max_length=MAX_NOTE)
        super().__init__(_("Note"), _of("note", number), _("Your note"), field, _("The member never sees it."))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Keep it."""
        filed = await done(interaction, int(arguments["number"]), note_of(interaction, answers.text(_FIELD)[:MAX_NOTE]))
        await say(interaction, pages.noted(filed.ticket))


class EscalateForm(_TextForm):
    """Why more help is needed."""

    template = _template("escalate")

    def __init__(self, number: int) -> None:
        field = TextInput[View](custom_id=_FIELD, style=TextStyle.paragraph, max_length=MAX_REASON, required=False)
        super().__init__(_("Escalate"), _of("escalate", number), _("Why"), field, _("Staff reads it in the log."))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Call them."""
        reason = answers.text(_FIELD).strip()[:MAX_REASON] or None
        filed = await done(interaction, int(arguments["number"]), lambda work, here: work.escalate(here.asked, reason))
        await say(interaction, pages.escalated(filed.ticket))


class TagsForm(_TextForm):
    """How a ticket is tagged."""

    template = _template("tags")

    def __init__(self, number: int) -> None:
        field = TextInput[View](custom_id=_FIELD, max_length=MAX_TAGS, required=False)
        about = _("Divided by commas, in place of those that it has.")
        super().__init__(_("Tags"), _of("tags", number), _("Tags"), field, about)

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Set them."""
        written = answers.text(_FIELD)
        filed = await done(interaction, int(arguments["number"]), lambda work, here: work.set_tags(here.asked, written))
        await say(interaction, pages.tagged(filed.ticket))


class RenameForm(_TextForm):
    """What the channel of a ticket is called."""

    template = _template("rename")

    def __init__(self, number: int) -> None:
        field = TextInput[View](custom_id=_FIELD, max_length=MAX_CHANNEL_NAME)
        super().__init__(_("Rename"), _of("rename", number), _("New name"), field)

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Rename it."""
        name = answers.text(_FIELD)
        filed = await done(interaction, int(arguments["number"]), lambda work, here: work.rename(here.asked, name))
        await say(interaction, pages.renamed(filed.ticket, channel_name(name, filed.ticket)))


class BlockForm(Form):
    """For how long, and why, whoever opened a ticket may open no more."""

    template = _template("block")

    def __init__(self, number: int) -> None:
        super().__init__(title=_("Block"), custom_id=_of("block", number))
        length = TextInput[View](custom_id="length", max_length=32, required=False, placeholder="7d")
        reason = TextInput[View](custom_id=_FIELD, style=TextStyle.paragraph, max_length=MAX_REASON, required=False)
        about = _("This ticket stays open. Left empty: for good.")
        self.add_item(Label(text=_("For how long"), description=about, component=length))
        self.add_item(Label(text=_("Why"), component=reason))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Block them, in place of an earlier block."""
        number, written = int(arguments["number"]), answers.text("length").strip()
        until = host_of(interaction).now() + timedelta(seconds=parse_duration(written, least=60)) if written else None
        reason = answers.text(_FIELD).strip()[:MAX_REASON] or None

        async def work() -> int:
            here = await staff_at(interaction, number)
            blocks, by = services_of(interaction).ticket_blocks, by_of(interaction)
            await blocks.block(here.guild.id, here.ticket.opener_id, reason=reason, until=until, by=by)
            return here.ticket.opener_id

        await say(interaction, pages.blocked(await settled(interaction, work(), ephemeral=True), until))


class MoveForm(Form):
    """What a ticket is about."""

    template = _template("move")

    def __init__(self, number: int, topics: Sequence[Topic]) -> None:
        """A form with the first topics; `/ticket move` finds all of them.

        Raises:
            NoTopics: there are none.
        """
        if not topics:
            raise NoTopics
        super().__init__(title=_("Move"), custom_id=_of("move", number))
        options = [SelectOption(label=one.label, value=str(one.id)) for one in topics[:_MOST_OPTIONS]]
        self.add_item(Label(text=_("Topic"), component=Select[View](custom_id=_FIELD, options=options)))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Move it."""
        chosen = answers.choices.get(_FIELD, ())
        if len(chosen) != 1:
            raise TopicNotFound
        filed = await done(interaction, int(arguments["number"]), move_to(interaction, topic_id_of(chosen[0])))
        await say(interaction, pages.moved(filed.ticket, filed.ruled.topic.label))
