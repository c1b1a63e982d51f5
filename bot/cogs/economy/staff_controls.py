"""What staff presses and writes: to undo a transaction, and to confirm a reset by writing it out."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import partial

import discord
from discord.ui import Button, View

from bot.actions.authority import guild_of, require_standing
from bot.actions.coin_batches import newest_reset, reset_of_everybody
from bot.actions.host import batches_of, host_of, interaction_key, services_of, source_of
from bot.actions.pictures import drawn
from bot.cogs.economy import staff_embeds as embeds
from bot.domain.authority import Permission, Staff
from bot.domain.economy import Party, check_holder
from bot.domain.treasury import By
from bot.errors import BatchOver, DatabaseAway, NoReset, Unavailable
from bot.i18n import _
from bot.services.books import Examined, Report, Verdict
from bot.services.treasury import Reset
from bot.services.undoing import Reversible, Undone
from bot.services.verify import Check
from bot.ui.answers import redraw, reply, settled
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Answers, Control, Form, Interaction
from bot.ui.written import confirmed, word_field

_ID = r"(?P<transaction>\d{1,19})"
_PATIENCE = 60.0
"""Seconds that each promise is looked at. What takes longer goes on, and nobody waits for it."""

_EDIT_INTERVAL = 2.0


async def require_treasurer(interaction: Interaction) -> int:
    """The guild whose coins whoever asks may change: with Manage Server, or as an admin.

    Raises:
        What `require_standing` raises.
    """
    return await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)


def by_of(interaction: Interaction) -> By:
    """Who asks for a change."""
    return By(interaction.user.id, source_of(interaction), interaction_key(interaction))


# Undoing ------------------------------------------------------------------------------------------------------


async def ask_to_undo(interaction: Interaction, transaction_id: int) -> None:
    """Show what taking a transaction back would do, and ask whether to."""

    async def work() -> Reversible:
        guild_id = await require_treasurer(interaction)
        return await services_of(interaction).undoing.reversible(guild_id, transaction_id)

    found = await settled(interaction, work(), ephemeral=True)
    await _question(interaction, found)


async def ask_to_undo_reset(interaction: Interaction, member_id: int) -> None:
    """The same for the newest reset of a member."""
    undoing = services_of(interaction).undoing

    async def work() -> Reversible:
        guild_id = await require_treasurer(interaction)
        return await undoing.reversible(guild_id, await undoing.last_reset(guild_id, member_id))

    await _question(interaction, await settled(interaction, work(), ephemeral=True))


async def _question(interaction: Interaction, found: Reversible) -> None:
    view = UndoConfirm.ask(interaction.user.id, str(found.id), yes=_("Yes, undo it"), no=_("Leave it"))
    await reply(interaction, embed=embeds.question(found), view=view, ephemeral=True)


class UndoConfirm(Confirm, template=confirm_template("economy:undo-sure:v1", _ID)):
    """Takes a transaction back, or leaves it."""

    question = "economy:undo-sure:v1"

    async def agreed(self, interaction: Interaction) -> None:
        """Take it back. The key is the transaction, so two who agree at once do it once."""

        async def work() -> Undone:
            guild_id = await require_treasurer(interaction)
            undoing = services_of(interaction).undoing
            return await undoing.undo(guild_id, int(self.arguments["transaction"]), by_of(interaction))

        done = await settled(interaction, work(), ephemeral=True, in_place=True)
        view = View(timeout=None) if done.is_final else undo_view(done.transaction_id)
        await redraw(interaction, embed=embeds.undone(done), view=view)


class UndoButton(Control, template=rf"economy:undo:v1:{_ID}"):
    """Asks whether to take back what was just done."""

    async def pressed(self, interaction: Interaction) -> None:
        """Ask."""
        await ask_to_undo(interaction, int(self.arguments["transaction"]))


def undo_view(transaction_id: int) -> View:
    """The button under what staff did."""
    view = View(timeout=None)
    view.add_item(UndoButton(Button(label=_("Undo"), custom_id=f"economy:undo:v1:{transaction_id}")))
    return view


# Resetting ----------------------------------------------------------------------------------------------------


class ResetForm(Form):
    """Whether a member is really to begin anew."""

    template = re.compile(r"economy:reset-form:v1:(?P<member>\d{1,20})")

    def __init__(self, member_id: int, name: str) -> None:
        super().__init__(title=_("Reset a member"), custom_id=f"economy:reset-form:v1:{member_id}")
        described = _("Wallet and bank of {name} become those of a new member.").format(name=name[:32])
        self.add_item(word_field(_("reset"), described))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Reset them."""
        member = Party(int(arguments["member"]), is_bot=False, is_member=True)

        async def work() -> Reset:
            guild_id = await require_treasurer(interaction)
            confirmed(answers, _("reset"))
            return await services_of(interaction).treasury.reset(guild_id, member, by_of(interaction))

        done = await settled(interaction, work(), ephemeral=True)
        await reply(
            interaction, embed=embeds.reset(done), view=undo_view(done.transaction_id), ephemeral=True, done=True
        )


class ResetAllForm(Form):
    """Whether everybody is really to begin anew: the server's name must be written."""

    template = re.compile(r"economy:reset-all-form:v1")

    def __init__(self, server: str) -> None:
        super().__init__(title=_("Reset everybody"), custom_id="economy:reset-all-form:v1")
        self.add_item(word_field(server, _("The name of this server. You see whom it is about before it begins.")))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:  # noqa: ARG003 — the form has none
        """Show the dry run."""
        guild_id = await settled(interaction, require_treasurer(interaction), ephemeral=True)
        confirmed(answers, guild_of(interaction).name)
        asked = reset_of_everybody(services_of(interaction), guild_id)
        kind, parameters = await settled(interaction, asked, ephemeral=True)
        await batches_of(interaction).propose(interaction, kind, parameters)


async def open_reset(interaction: Interaction, member: discord.Member | discord.User) -> None:
    """Ask to confirm the reset of a member."""
    await require_treasurer(interaction)
    check_holder(member.id, is_bot=member.bot)
    await interaction.response.send_modal(ResetForm(member.id, member.display_name))


async def open_reset_all(interaction: Interaction) -> None:
    """Ask to confirm the reset of everybody."""
    await require_treasurer(interaction)
    await interaction.response.send_modal(ResetAllForm(guild_of(interaction).name))


async def undo_reset_all(interaction: Interaction) -> None:
    """Show the dry run of what undoes the newest reset of everybody.

    Raises:
        NoReset: there was none in the last 30 days.
    """

    async def work() -> int:
        guild_id = await require_treasurer(interaction)
        newest = await newest_reset(services_of(interaction), guild_id)
        if newest is None:
            raise NoReset
        return newest

    batch_id = await settled(interaction, work(), ephemeral=True)
    try:
        await batches_of(interaction).undo(interaction, batch_id)
    except BatchOver:
        raise NoReset from None


# The books ----------------------------------------------------------------------------------------------------


async def show_audit(interaction: Interaction) -> None:
    """Look whether the books add up, promise by promise, and show how far that is if it takes long."""
    guild_id = await settled(interaction, require_treasurer(interaction), ephemeral=True)
    promises = services_of(interaction).books.promises
    examined: list[Examined] = []
    shown_at = 0.0
    for done, check in enumerate(promises):
        if interaction.response.is_done() and time.monotonic() - shown_at >= _EDIT_INTERVAL:
            await reply(interaction, embed=embeds.looking(done, len(promises)), ephemeral=True)
            shown_at = time.monotonic()
        examined.append(await settled(interaction, _examine(interaction, guild_id, check), ephemeral=True))
    await reply(interaction, embed=embeds.seal(examined), ephemeral=True)


async def _examine(interaction: Interaction, guild_id: int, check: Check) -> Examined:
    look = partial(services_of(interaction).books.examine, guild_id, check)
    try:
        return await host_of(interaction).inquiries.ask(("audit", guild_id, check.promise), look, _PATIENCE)
    except (TimeoutError, Unavailable):
        return Examined(check.promise, Verdict.UNKNOWN)


async def show_report(interaction: Interaction) -> None:
    """What the economy is like, with a picture of how it is spread."""

    async def work() -> tuple[int, Report]:
        guild_id = await require_treasurer(interaction)
        ask = partial(services_of(interaction).books.report, guild_id)
        try:
            return guild_id, await host_of(interaction).inquiries.ask(("report", guild_id), ask, _PATIENCE)
        except TimeoutError:
            raise DatabaseAway from None

    guild_id, told = await settled(interaction, work(), ephemeral=True)
    chart = embeds.tenths(told, await host_of(interaction).accent(guild_id))
    picture = None if chart is None else await settled(interaction, drawn(interaction, chart), ephemeral=True)
    await reply(interaction, embed=embeds.report(told), picture=picture, ephemeral=True)


STAFF_CONTROLS: tuple[type[Control | Form], ...] = (UndoConfirm, UndoButton, ResetForm, ResetAllForm)
