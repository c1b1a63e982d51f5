"""The menu that staff opens on a ticket's header: what there is to do about it beside taking and closing it.

It is shown to one person. Whatever it is used for shows it anew, as the ticket stands then.
"""

from __future__ import annotations

from collections.abc import Callable

from discord import ButtonStyle, SelectOption
from discord.ui import Button, Select, View

from bot.actions.authority import guild_of
from bot.actions.host import services_of
from bot.actions.ticket_desk import staff_at
from bot.cogs.tickets import work_pages as pages
from bot.cogs.tickets.staff_forms import (
    AddForm,
    BlockForm,
    EscalateForm,
    MoveForm,
    NoteForm,
    RenameForm,
    TagsForm,
    TransferForm,
)
from bot.cogs.tickets.work_acts import Act, done
from bot.cogs.tickets.work_controls import NUMBER
from bot.domain.ticket_words import PRIORITIES, STATUSES
from bot.domain.ticket_work import SETTABLE
from bot.domain.tickets import Mode, Priority, Ticket
from bot.errors import ControlExpired
from bot.i18n import _
from bot.services.ticket_desk import Filed
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Control, Form, Interaction, Menu

_NOTE, _TRANSFER, _ESCALATE, _TAGS, _RENAME, _MOVE, _BLOCK = "n", "t", "e", "g", "r", "m", "b"
_LOCK, _UNLOCK, _FREEZE, _THAW = "l", "u", "f", "w"


class StaffButton(Control, template=rf"ticket:staff:v1:{NUMBER}"):
    """Opens the menu."""

    async def pressed(self, interaction: Interaction) -> None:
        """Show it to staff."""
        here = await settled(interaction, staff_at(interaction, int(self.arguments["number"])), ephemeral=True)
        shown = pages.menu(here.ticket, here.ruled.topic.label)
        await reply(interaction, embed=shown, view=view_of(here.ticket), ephemeral=True)


class AddButton(Control, template=rf"ticket:add:v1:{NUMBER}"):
    """Opens the form to let somebody into a ticket."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it; a form must be the first answer, so who may is looked at when it is sent."""
        await interaction.response.send_modal(AddForm(int(self.arguments["number"])))


class StatusMenu(Menu, template=rf"ticket:status:v1:{NUMBER}"):
    """Sets how far a ticket is."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Set it."""
        status = next((one for one in SETTABLE if (one.value,) == values), None)
        if status is None:
            raise ControlExpired
        await _do(interaction, int(self.arguments["number"]), lambda work, at: work.set_status(at.asked, status))


class PriorityMenu(Menu, template=rf"ticket:priority:v1:{NUMBER}"):
    """Sets how urgent a ticket is."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Set it."""
        priority = next((one for one in Priority if (str(one.value),) == values), None)
        if priority is None:
            raise ControlExpired
        await _do(interaction, int(self.arguments["number"]), lambda work, at: work.set_priority(at.asked, priority))


class AskButton(Control, template=rf"ticket:ask:v1:(?P<what>[ntegrmb]):{NUMBER}"):
    """Opens the form of one of the menu's entries."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it; who may is looked at when it is sent."""
        number, what = int(self.arguments["number"]), self.arguments["what"]
        if what == _MOVE:
            topics = await services_of(interaction).ticket_desk.topics(guild_of(interaction).id)
            await interaction.response.send_modal(MoveForm(number, topics))
            return
        forms: dict[str, Callable[[int], Form]] = {
            _NOTE: NoteForm, _TRANSFER: TransferForm, _ESCALATE: EscalateForm, _TAGS: TagsForm, _RENAME: RenameForm,
            _BLOCK: BlockForm,
        }  # fmt: skip
        await interaction.response.send_modal(forms[what](number))


class MuteButton(Control, template=rf"ticket:mute:v1:(?P<what>[lufw]):{NUMBER}"):
    """Locks, unlocks, freezes or thaws a ticket."""

    async def pressed(self, interaction: Interaction) -> None:
        """Do it."""
        acts: dict[str, Act] = {
            _LOCK: lambda work, at: work.lock(at.asked, locked=True),
            _UNLOCK: lambda work, at: work.lock(at.asked, locked=False),
            _FREEZE: lambda work, at: work.freeze(at.asked, frozen=True),
            _THAW: lambda work, at: work.freeze(at.asked, frozen=False),
        }
        await _do(interaction, int(self.arguments["number"]), acts[self.arguments["what"]])


async def _do(interaction: Interaction, number: int, act: Act) -> None:
    """Do something, and show the menu anew."""
    await show(interaction, await done(interaction, number, act, in_place=True), _("Done."))


async def show(interaction: Interaction, filed: Filed, notice: str) -> None:
    """Show the menu in place, as the ticket stands now."""
    shown = pages.menu(filed.ticket, filed.ruled.topic.label, notice)
    await redraw(interaction, embed=shown, view=view_of(filed.ticket), done=True)


def view_of(ticket: Ticket) -> View:
    """The menu's controls."""
    view = View(timeout=None)
    view.add_item(_statuses(ticket))
    view.add_item(_priorities(ticket))
    for what, label in (
        (_NOTE, _("Note")), (_TRANSFER, _("Transfer")), (_ESCALATE, _("Escalate")), (_TAGS, _("Tags")),
        (_RENAME, _("Rename")),
    ):  # fmt: skip
        view.add_item(_button(AskButton, "ask", what, label, ticket, row=2))
    view.add_item(_button(AskButton, "ask", _MOVE, _("Move"), ticket, row=3))
    if ticket.mode is Mode.CHANNEL:
        lock = (_UNLOCK, _("Unlock")) if ticket.locked else (_LOCK, _("Lock"))
        freeze = (_THAW, _("Thaw")) if ticket.frozen else (_FREEZE, _("Freeze"))
        for what, label in (lock, freeze):
            view.add_item(_button(MuteButton, "mute", what, label, ticket, row=3))
    view.add_item(_button(AskButton, "ask", _BLOCK, _("Block"), ticket, row=3))
    return view


def _button(kind: type[Control], verb: str, what: str, label: str, ticket: Ticket, *, row: int) -> Control:
    custom_id = f"ticket:{verb}:v1:{what}:{ticket.number}"
    return kind(Button(label=label, custom_id=custom_id, style=ButtonStyle.secondary, row=row))


def _statuses(ticket: Ticket) -> Menu:
    custom_id = f"ticket:status:v1:{ticket.number}"
    labels = {one: _("Status: {status}").format(status=_(STATUSES[one])) for one in (ticket.status, *SETTABLE)}
    options = [SelectOption(label=labels[one], value=one.value, default=one is ticket.status) for one in SETTABLE]
    now = labels[ticket.status]
    return StatusMenu(Select[View](custom_id=custom_id, options=options, placeholder=now, row=0), custom_id)


def _priorities(ticket: Ticket) -> Menu:
    custom_id = f"ticket:priority:v1:{ticket.number}"
    labels = {one: _("Priority: {priority}").format(priority=_(PRIORITIES[one])) for one in Priority}
    options = [
        SelectOption(label=label, value=str(one.value), default=one is ticket.priority) for one, label in labels.items()
    ]
    now = labels[ticket.priority]
    return PriorityMenu(Select[View](custom_id=custom_id, options=options, placeholder=now, row=1), custom_id)


STAFF_CONTROLS: tuple[type[Control | Menu | Form], ...] = (
    StaffButton, AddButton, StatusMenu, PriorityMenu, AskButton, MuteButton, AddForm, NoteForm, TransferForm,
    EscalateForm, TagsForm, RenameForm, MoveForm, BlockForm,
)  # fmt: skip
