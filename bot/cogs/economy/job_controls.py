"""The buttons, the menu and the form of /jobs. Each checks again whether the person may change the list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import discord
from discord.ui import Button, Label, Select, TextInput, View

from bot.actions.authority import require_standing
from bot.actions.host import host_of, services_of, source_of
from bot.cogs.economy import job_pages
from bot.domain.authority import Permission, Staff
from bot.domain.jobs import LONGEST_JOB, Job, read_job
from bot.domain.paging import NEWEST, Cursor
from bot.errors import ControlExpired, DatabaseAway
from bot.i18n import _
from bot.services.jobs import JobPage
from bot.ui.answers import redraw, reply, settled
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Answers, Control, Form, Interaction, Menu
from bot.ui.pager import PagerButton, pager_template

PATIENCE = 1.5
"""Seconds in which a job must be found before its form is opened: a form must be the first answer."""

_JOB = r"(?P<job>\d{1,20})"
_LONGEST_PAY = 40
_BIGGEST = 2**63 - 1


async def employer_of(interaction: Interaction) -> int:
    """The guild whose jobs the person may change.

    Raises:
        GuildOnly, DiscordAway, ActorTimedOut, StaffNeeded: there is none, or they may not.
    """
    return await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)


async def _page(interaction: Interaction, cursor: Cursor) -> JobPage:
    return await services_of(interaction).jobs.page(await employer_of(interaction), cursor)


async def job_of(interaction: Interaction, job_id: int) -> Job:
    """A job on the list that the person may change; raises what `employer_of` raises.

    Raises:
        JobGone: it is not on the list.
    """
    return await services_of(interaction).jobs.get(await employer_of(interaction), job_id)


async def open_list(interaction: Interaction) -> None:
    """Answer a command with the newest page."""
    page = await settled(interaction, _page(interaction, NEWEST), ephemeral=True)
    await reply(interaction, embed=job_pages.listed(page), view=list_view(interaction, page), ephemeral=True)


async def open_form(interaction: Interaction, job_id: int) -> None:
    """Open the form with a job in it.

    Raises:
        DatabaseAway: it could not be read in time.
        JobGone: it is not on the list.
    """
    guild_id = await employer_of(interaction)
    find = partial(services_of(interaction).jobs.get, guild_id, job_id)
    try:
        job = await host_of(interaction).inquiries.ask(("job", guild_id, job_id), find, PATIENCE)
    except TimeoutError:
        raise DatabaseAway from None
    await interaction.response.send_modal(JobForm(job))


async def ask_whether(interaction: Interaction, job_id: int, *, in_place: bool) -> None:
    """Ask whether a job shall go."""
    job = await settled(interaction, job_of(interaction, job_id), ephemeral=True, in_place=in_place)
    about = f"{job.id}:{job.version}"
    view = RemoveConfirm.ask(interaction.user.id, about, yes=_("Remove it"), no=_("Keep it"))
    if in_place:
        await redraw(interaction, embed=job_pages.question(job), view=view)
    else:
        await reply(interaction, embed=job_pages.question(job), view=view, ephemeral=True)


def list_view(interaction: Interaction, page: JobPage) -> View:
    """The buttons and the menu of a page."""
    view = JobPager.under(interaction.user.id, newer=page.newer, older=page.older)
    if not (page.newer or page.older):
        view.clear_items()
    view.add_item(AddButton.make())
    if page.jobs:
        options = [job_pages.option(job) for job in page.jobs]
        menu = Select[Any](custom_id="jobs:choose:v1", options=options, placeholder=_("Change or remove…"))
        view.add_item(JobMenu(menu, menu.custom_id))
    return view


def job_view(interaction: Interaction, job: Job) -> View:
    """The buttons of one job."""
    view = View(timeout=None)
    view.add_item(EditButton(Button(label=_("Change…"), custom_id=f"jobs:edit:v1:{job.id}")))
    danger = discord.ButtonStyle.danger
    view.add_item(RemoveButton(Button(label=_("Remove…"), style=danger, custom_id=f"jobs:remove:v1:{job.id}")))
    view.add_item(_back(interaction))
    return view


def _back(interaction: Interaction) -> PagerButton:
    return JobPager.to(interaction.user.id, NEWEST, _("To the list"))


class JobPager(PagerButton, template=pager_template("jobs:page:v1")):
    """Turns the pages of the list, and leads back to it."""

    list_name = "jobs:page:v1"

    @classmethod
    async def turn(cls, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:  # noqa: ARG003 — the pager has looked
        """Show the page at a cursor, in place."""
        page = await settled(interaction, _page(interaction, cursor), ephemeral=True, in_place=True)
        await redraw(interaction, embed=job_pages.listed(page), view=list_view(interaction, page))


class JobMenu(Menu, template=r"jobs:choose:v1"):
    """Leads from the list to a job."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Show it, in place."""
        job = await settled(interaction, job_of(interaction, job_id("".join(values))), ephemeral=True, in_place=True)
        await redraw(interaction, embed=job_pages.shown(job), view=job_view(interaction, job))


class AddButton(Control, template=r"jobs:add:v1"):
    """Opens the empty form."""

    @classmethod
    def make(cls) -> AddButton:
        """The button."""
        return cls(Button(label=_("Add a job"), style=discord.ButtonStyle.primary, custom_id="jobs:add:v1"))

    async def pressed(self, interaction: Interaction) -> None:
        """Open it; whether they may is looked at again when it is sent."""
        await employer_of(interaction)
        await interaction.response.send_modal(JobForm())


class EditButton(Control, template=rf"jobs:edit:v1:{_JOB}"):
    """Opens the form with a job in it."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it."""
        await open_form(interaction, job_id(self.arguments["job"]))


class RemoveButton(Control, template=rf"jobs:remove:v1:{_JOB}"):
    """Asks whether a job shall go."""

    async def pressed(self, interaction: Interaction) -> None:
        """Ask, in place."""
        await ask_whether(interaction, job_id(self.arguments["job"]), in_place=True)


class RemoveConfirm(Confirm, template=confirm_template("jobs:remove-sure:v1", rf"{_JOB}:(?P<version>\d{{1,12}})")):
    """Takes a job off the list, or leaves it."""

    question = "jobs:remove-sure:v1"

    async def agreed(self, interaction: Interaction) -> None:
        """Remove what was shown."""
        jobs, by, source = services_of(interaction).jobs, interaction.user.id, source_of(interaction)
        which, version = job_id(self.arguments["job"]), int(self.arguments["version"])

        async def work() -> Job:
            return await jobs.remove(await employer_of(interaction), which, base=version, by=by, source=source)

        job = await settled(interaction, work(), ephemeral=True, in_place=True)
        view = View(timeout=None)
        view.add_item(_back(interaction))
        await redraw(interaction, embed=job_pages.removed(job), view=view)


class JobForm(Form):
    """What somebody did, and what that pays: of a new job, or of one at the version that was shown."""

    template = re.compile(rf"jobs:form:v1:{_JOB}:(?P<version>\d{{1,12}})")

    def __init__(self, job: Job | None = None) -> None:
        place = "0:0" if job is None else f"{job.id}:{job.version}"
        super().__init__(title=_("A job"), custom_id=f"jobs:form:v1:{place}")
        words = TextInput[Any](
            custom_id="text",
            style=discord.TextStyle.paragraph,
            max_length=LONGEST_JOB,
            placeholder=_("You swept the village common."),
            default=None if job is None else job.text,
        )
        own = None if job is None else job.pay
        paid = "" if own is None else str(own.low) if own.is_fixed else f"{own.low}-{own.high}"
        pay = TextInput[Any](
            custom_id="pay", max_length=_LONGEST_PAY, required=False, placeholder="50-150", default=paid or None
        )
        self.add_item(Label(text=_("What somebody did"), component=words))
        self.add_item(Label(text=_("Pay; empty: as set in /config"), component=pay))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Write it down, and show it: in place where the form was opened from a message."""
        jobs, by, source = services_of(interaction).jobs, interaction.user.id, source_of(interaction)
        which, version = job_id(arguments["job"]), int(arguments["version"])
        draft = read_job(answers.text("text"), answers.text("pay"))

        async def work() -> Job:
            here = await employer_of(interaction)
            if not which:
                return await jobs.add(here, draft, by=by, source=source)
            return await jobs.change(here, which, draft, base=version, by=by, source=source)

        in_place = interaction.message is not None
        job = await settled(interaction, work(), ephemeral=True, in_place=in_place)
        made, view = job_pages.shown(job, _("✅ Saved.")), job_view(interaction, job)
        if in_place:
            await redraw(interaction, embed=made, view=view)
        else:
            await reply(interaction, embed=made, view=view, ephemeral=True, done=True)


def job_id(written: str) -> int:
    """The id of a job in a custom id or a menu.

    Raises:
        ControlExpired: it can be none.
    """
    if not (written.isdecimal() and written.isascii() and int(written) <= _BIGGEST):
        raise ControlExpired
    return int(written)


CONTROLS: tuple[type[Control | Menu | Form], ...] = (
    JobPager, JobMenu, AddButton, EditButton, RemoveButton, RemoveConfirm, JobForm,
)  # fmt: skip


def dynamic_items() -> list[Any]:
    """The controls that discord.py has to know."""
    return [control for control in CONTROLS if not issubclass(control, Form)]
