"""What staff presses and writes about XP: to undo a change, and to confirm a reset by writing it out."""

from __future__ import annotations

import re
from collections.abc import Mapping

import discord
from discord.ui import Button, View

from bot.actions.authority import guild_of
from bot.actions.host import batches_of, services_of, source_of
from bot.actions.level_sync import may_manage_xp
from bot.actions.people import on_discord
from bot.actions.xp_batches import CHANGE_MANY, RESET_MANY, UNDO_MANY, reset_of_many
from bot.actions.xp_groups import RESET_GROUPS, UNDO_GROUPS
from bot.cogs.leveling import staff_pages as pages
from bot.domain.batches import BatchState
from bot.domain.economy import Party
from bot.domain.leveling import ChangeKind
from bot.domain.xp_changes import XpOrder
from bot.errors import BatchOver, NoXpChange, RoleGone, TargetIsBot
from bot.i18n import _
from bot.services.rewards import By
from bot.services.xp_staff import Levelled
from bot.ui.answers import redraw, reply, settled
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Answers, Control, Form, Interaction
from bot.ui.written import confirmed, word_field

_ID = r"(?P<change>\d{1,19})"

_LOOKED_AT = 50
"""How many batches back something that was not undone yet is looked for."""


def by_of(interaction: Interaction) -> By:
    """Who asks for a change."""
    return By(interaction.user.id, source_of(interaction))


# Undoing ------------------------------------------------------------------------------------------------------


async def ask_to_undo(interaction: Interaction, member_id: int) -> None:
    """Show what taking a member's newest change back would do, and ask whether to."""

    async def work() -> Levelled:
        return await services_of(interaction).xp_staff.last(await may_manage_xp(interaction), member_id)

    found = await settled(interaction, work(), ephemeral=True)
    view = XpUndoConfirm.ask(interaction.user.id, str(found.change.id), yes=_("Yes, undo it"), no=_("Leave it"))
    await reply(interaction, embed=pages.question(found), view=view, ephemeral=True)


async def undo_many(interaction: Interaction) -> None:
    """Show the dry run of what undoes the newest change of many that was not undone yet.

    Raises:
        NoXpChange: there was none in the last 30 days.
    """

    async def work() -> int:
        guild_id, batches = await may_manage_xp(interaction), services_of(interaction).batches
        undone: set[int] = set()
        for kind in (UNDO_MANY, UNDO_GROUPS):
            undoing = await batches.newest(guild_id, kind=kind, count=_LOOKED_AT)
            undone |= {int(batch.parameters["batch"]) for batch in undoing if batch.state is BatchState.DONE}
        kinds = (CHANGE_MANY, RESET_MANY, RESET_GROUPS)
        found = [await batches.newest(guild_id, kind=kind, count=_LOOKED_AT) for kind in kinds]
        newest = max((batch.id for some in found for batch in some if batch.id not in undone), default=None)
        if newest is None:
            raise NoXpChange
        return newest

    batch_id = await settled(interaction, work(), ephemeral=True)
    try:
        await batches_of(interaction).undo(interaction, batch_id)
    except BatchOver:
        raise NoXpChange from None


async def _undo(interaction: Interaction, change_id: int) -> Levelled:
    guild_id = await may_manage_xp(interaction)
    return await services_of(interaction).xp_staff.undo(guild_id, change_id, by_of(interaction))


class XpUndoConfirm(Confirm, template=confirm_template("xp:undo-sure:v1", _ID)):
    """Takes a change back, or leaves it."""

    question = "xp:undo-sure:v1"

    async def agreed(self, interaction: Interaction) -> None:
        """Take it back. Two who agree at once do it once."""
        work = _undo(interaction, int(self.arguments["change"]))
        done = await settled(interaction, work, ephemeral=True, in_place=True)
        await redraw(interaction, embed=pages.undone(done), view=View(timeout=None))


class XpUndoButton(Control, template=rf"xp:undo:v1:{_ID}"):
    """Takes back what was just done."""

    async def pressed(self, interaction: Interaction) -> None:
        """Take it back, in place of what said that it was done."""
        work = _undo(interaction, int(self.arguments["change"]))
        done = await settled(interaction, work, ephemeral=True, in_place=True)
        await redraw(interaction, embed=pages.undone(done), view=View(timeout=None))


def undo_view(change_id: int) -> View:
    """The button under what staff did."""
    view = View(timeout=None)
    view.add_item(XpUndoButton(Button(label=_("Undo"), custom_id=f"xp:undo:v1:{change_id}")))
    return view


# Resetting ----------------------------------------------------------------------------------------------------


class XpResetForm(Form):
    """Whether a member is really to begin at no XP."""

    template = re.compile(r"xp:reset-form:v1:(?P<member>\d{1,20})")

    def __init__(self, member_id: int, name: str) -> None:
        super().__init__(title=_("Reset a member's XP"), custom_id=f"xp:reset-form:v1:{member_id}")
        described = _("{name} begins again at no XP. It can be undone for 30 days.").format(name=name[:32])
        self.add_item(word_field(_("reset"), described))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Reset them."""

        async def work() -> Levelled:
            guild_id = await may_manage_xp(interaction)
            confirmed(answers, _("reset"))
            member, order = await _somebody(interaction, int(arguments["member"])), XpOrder(ChangeKind.RESET)
            return await services_of(interaction).xp_staff.change(guild_id, member, order, by_of(interaction))

        done = await settled(interaction, work(), ephemeral=True)
        await reply(interaction, embed=pages.changed(done), view=undo_view(done.change.id), ephemeral=True, done=True)


async def _somebody(interaction: Interaction, user_id: int) -> Party:
    """Whom a form names: anybody may have written its id, and the member may be gone since it was opened.

    Raises:
        What `on_discord` raises.
    """
    guild = guild_of(interaction)
    found = guild.get_member(user_id) or await on_discord(interaction.client, guild, user_id)
    return Party(user_id, is_bot=found.bot, is_member=isinstance(found, discord.Member))


class XpResetManyForm(Form):
    """Whether everybody with a role (0: in the server) is really to begin at no XP: its name must be written."""

    template = re.compile(r"xp:reset-many-form:v1:(?P<role>\d{1,20})")

    def __init__(self, role_id: int, name: str) -> None:
        title = _("Reset the XP of a role") if role_id else _("Reset everybody's XP")
        super().__init__(title=title, custom_id=f"xp:reset-many-form:v1:{role_id}")
        self.add_item(word_field(name, _("The name of it. You see whom it is about before it begins.")))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Show the dry run."""
        await settled(interaction, may_manage_xp(interaction), ephemeral=True)
        guild, role_id = guild_of(interaction), int(arguments["role"])
        role = guild.get_role(role_id) if role_id else None
        if role_id and role is None:
            raise RoleGone
        confirmed(answers, guild.name if role is None else role.name)
        asked = reset_of_many(services_of(interaction), guild.id, role_id or None)
        kind, parameters = await settled(interaction, asked, ephemeral=True)
        await batches_of(interaction).propose(interaction, kind, parameters)


async def open_reset(interaction: Interaction, who: discord.Member | discord.User | discord.Role | None) -> None:
    """Ask to confirm the reset of a member, of those with a role, or of everybody."""
    await may_manage_xp(interaction)
    if who is None:
        form: Form = XpResetManyForm(0, guild_of(interaction).name)
    elif isinstance(who, discord.Role):
        form = XpResetManyForm(who.id, who.name)
    elif who.bot:
        raise TargetIsBot(who.id)
    else:
        form = XpResetForm(who.id, who.display_name)
    await interaction.response.send_modal(form)


XP_CONTROLS: tuple[type[Control | Form], ...] = (XpUndoConfirm, XpUndoButton, XpResetForm, XpResetManyForm)
