"""The buttons, the menu and the forms of /audit. Each checks again whether the person may read the log."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import discord
from discord.ui import Button, Label, Select, TextInput, View

from bot.actions.authority import require_standing
from bot.actions.host import ServiceHost, services_of
from bot.actions.people import names_of
from bot.cogs.audit import files, pages
from bot.cogs.audit.changes import Reader
from bot.domain.audit import PACKED, AuditFilter, named_in, packed, unpacked
from bot.domain.authority import Permission, Staff
from bot.domain.moments import parse_moment
from bot.domain.paging import NEWEST, Cursor
from bot.errors import ControlExpired
from bot.i18n import _
from bot.services.audit import AuditExport, AuditPage
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Answers, Control, Form, Interaction, Menu
from bot.ui.pager import JumpForm, PagerButton, check_owner, jump_template, pager_template
from bot.ui.plain import Plain

_LONGEST_TEXT = 60

READERS = Permission.VIEW_AUDIT_LOG | Permission.MANAGE_GUILD


async def log_of(interaction: Interaction) -> int:
    """The guild whose log the person may read: by a permission, or a role that its settings name.

    Raises:
        GuildOnly, DiscordAway, ActorTimedOut, StaffNeeded: there is none, or they may not.
    """
    return await require_standing(interaction, READERS, Staff.ADMIN)


def reader_of(interaction: Interaction) -> Reader:
    """What turns entries into words."""
    services = services_of(interaction)
    return Reader(services.guild_settings.sections, services.audit.actions)


@dataclass(frozen=True)
class Found:
    """A page of the log, and what it takes to tell of it where Discord draws no mentions."""

    page: AuditPage
    plain: Plain


async def found_by(interaction: Interaction, wanted: AuditFilter, cursor: Cursor = NEWEST) -> Found:
    """A page of the log, for those who may read it."""
    services, guild_id = services_of(interaction), await log_of(interaction)
    page = await services.audit.search(guild_id, wanted, cursor)
    people = {user_id for entry in page.entries for user_id in named_in(entry.record)}
    host: ServiceHost = interaction.client
    names = {} if interaction.guild is None else await names_of(interaction, interaction.guild, people)
    return Found(page, Plain(interaction.guild, names, await host.zone_of(interaction)))


async def open_log(interaction: Interaction, wanted: AuditFilter) -> None:
    """Answer a command with the newest page."""
    found = await settled(interaction, found_by(interaction, wanted), ephemeral=True)
    view = page_view(interaction, found, wanted)
    await reply(interaction, embed=pages.page(found.page, wanted, reader_of(interaction)), view=view, ephemeral=True)


async def _show(interaction: Interaction, about: str, cursor: Cursor) -> None:
    wanted = unpacked(about)
    found = await settled(interaction, found_by(interaction, wanted, cursor), ephemeral=True, in_place=True)
    view = page_view(interaction, found, wanted)
    await redraw(interaction, embed=pages.page(found.page, wanted, reader_of(interaction)), view=view)


def page_view(interaction: Interaction, found: Found, wanted: AuditFilter) -> View:
    """The buttons and the menu of a page."""
    owner_id, about, page = interaction.user.id, packed(wanted), found.page
    view = PageButton.under(owner_id, newer=page.newer, older=page.older, about=about)
    if page.entries:
        view.add_item(FileButton(Button(label=_("As a file…"), custom_id=f"audit:file:v1:{owner_id}:{about}")))
        reader = reader_of(interaction)
        options = [pages.option(entry, reader, found.plain) for entry in page.entries]
        edge = page.entries[0].id + 1 if page.newer else NEWEST.edge
        menu = Select[Any](
            custom_id=f"audit:entry:v1:{owner_id}:{edge}:{about}", options=options, placeholder=_("Details…")
        )
        view.add_item(EntryMenu(menu, menu.custom_id))
    return view


class LogForm(JumpForm):
    """Asks for a day of the log."""

    name = "audit:jump:v1"
    template = jump_template(name, PACKED)

    @classmethod
    async def jumped(cls, interaction: Interaction, arguments: Mapping[str, str], cursor: Cursor) -> None:
        """Show the page that ends with that day, in place."""
        await _show(interaction, arguments["about"], cursor)


class PageButton(PagerButton, template=pager_template("audit:page:v1", PACKED)):
    """Turns the pages of the log, and leads back to them."""

    list_name = "audit:page:v1"
    form = LogForm

    async def turned(self, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:  # noqa: ARG002 — the pager has looked
        """Show the page at a cursor, in place."""
        await _show(interaction, self.arguments["about"], cursor)


class EntryMenu(Menu, template=rf"audit:entry:v1:(?P<owner>\d{{1,20}}):(?P<edge>\d{{1,19}}):(?P<about>{PACKED})"):
    """Leads to the details of an entry."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Show them, with the way back."""
        owner_id, edge, entry_id = int(self.arguments["owner"]), int(self.arguments["edge"]), "".join(values)
        check_owner(interaction, owner_id)
        if not (entry_id.isdecimal() and len(entry_id) < 20 and edge <= NEWEST.edge):  # noqa: PLR2004 — digits of 63 bits
            raise ControlExpired

        async def work() -> Any:
            return await services_of(interaction).audit.entry(await log_of(interaction), int(entry_id))

        entry = await settled(interaction, work(), ephemeral=True, in_place=True)
        view = View(timeout=None)
        view.add_item(PageButton.to(owner_id, Cursor(edge), _("Back"), self.arguments["about"]))
        await redraw(interaction, embed=pages.details(entry, reader_of(interaction)), view=view)


class FileButton(Control, template=rf"audit:file:v1:(?P<owner>\d{{1,20}}):(?P<about>{PACKED})"):
    """Opens the form for a file of what is filtered."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it; a form must be the first answer, so whether they may is looked at when it is sent."""
        owner_id = int(self.arguments["owner"])
        check_owner(interaction, owner_id)
        await interaction.response.send_modal(FileForm(owner_id, self.arguments["about"]))


class FileForm(Form):
    """From which day to which, and what kind of file."""

    template = re.compile(rf"audit:file-form:v1:(?P<owner>\d{{1,20}}):(?P<about>{PACKED})")

    def __init__(self, owner_id: int, about: str) -> None:
        super().__init__(title=_("Audit log as a file"), custom_id=f"audit:file-form:v1:{owner_id}:{about}")
        for custom_id, label in (("from", _("First day; empty: all")), ("to", _("Last day; empty: today"))):
            line = TextInput[Any](custom_id=custom_id, max_length=_LONGEST_TEXT, required=False, placeholder="24.12.")
            self.add_item(Label(text=label, component=line))
        kinds = [
            discord.SelectOption(label=_("CSV, for tables"), value="csv", default=True),
            discord.SelectOption(label=_("JSON, for programs"), value="json"),
        ]
        self.add_item(Label(text=_("Kind"), component=Select[Any](custom_id="kind", options=kinds)))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Gather the entries, write them off the loop, and hand them out."""
        check_owner(interaction, int(arguments["owner"]))
        since, until = await _days(interaction, answers.text("from"), answers.text("to"))
        wanted = unpacked(arguments["about"])

        async def work() -> tuple[AuditExport, files.File]:
            audit = services_of(interaction).audit
            export = await audit.export(await log_of(interaction), wanted, since=since, until=until)
            form = "".join(answers.choices.get("kind", ()))
            return export, await asyncio.to_thread(files.written, export.entries, form)

        export, made = await settled(interaction, work(), ephemeral=True)
        file = discord.File(io.BytesIO(made.content), filename=made.name)
        await reply(interaction, embed=pages.file_made(export), files=[file], ephemeral=True)


async def _days(interaction: Interaction, first: str, last: str) -> tuple[datetime | None, datetime | None]:
    """From which moment to before which, in the reader's zone: of a day that is written alone, all of it.

    Raises:
        MomentNotUnderstood, MomentOutOfBounds, DatabaseAway: they can't be read.
    """
    host: ServiceHost = interaction.client
    zone, now = await host.zone_of(interaction), host.now()

    def read(written: str) -> datetime | None:
        if not written.strip():
            return None
        return parse_moment(written, now=now, zone=zone, past=True, latest=now + timedelta(days=1))

    begin, end = read(first), read(last)
    if begin is not None:  # a day without a time is read as its last minute
        begin = begin.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return begin, None if end is None else end + timedelta(minutes=1)


CONTROLS: tuple[type[Control | Menu | Form], ...] = (PageButton, LogForm, EntryMenu, FileButton, FileForm)


def dynamic_items() -> list[Any]:
    """The controls that discord.py has to know."""
    return [control for control in CONTROLS if not issubclass(control, Form)]
