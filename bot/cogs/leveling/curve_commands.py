"""/xp curve: another curve, with what it does to levels and roles shown before it holds."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands
from discord.ui import Button, View

from bot.actions.host import batches_of, services_of, source_of
from bot.actions.level_sync import SYNC, may_manage_xp
from bot.actions.pictures import drawn
from bot.cogs.leveling import curve_pages
from bot.domain.curve_changes import Keep, wanted, written_numbers
from bot.domain.curves import HIGHEST, Preset
from bot.domain.leveling_settings import CurveSettings
from bot.domain.settings import Versioned
from bot.errors import ControlExpired, CurveNamedTwice
from bot.i18n import _
from bot.services.curves import Applied, Preview
from bot.services.rewards import By
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Control
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]

PRESETS = [app_commands.Choice(name=one.value, value=one.value) for one in Preset if one is not Preset.CUSTOM]

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_CURVE = r"(?P<curve>[a-z0-9:. -]{5,88})"
"""Preset, cap, the version that was shown, and the four numbers, with colons between them."""

_READ = re.compile(r"(?P<preset>[a-z0-9-]{3,20}):(?P<cap>\d{1,4}):(?P<version>\d{1,9}):(?P<numbers>[-0-9. ]{0,51})")


class CurveCommands(commands.Cog):
    """What levels take."""

    @for_staff
    @app_commands.command(
        name="curve",
        description="See how much XP levels take, and what another curve would do before you choose it.",
        extras={
            "examples": ["/xp curve", "/xp curve preset:lurkr", "/xp curve numbers:1.5 22 75 0 cap:100"],
            "slash_only": True,
        },
    )
    @app_commands.describe(
        preset="A curve by name.",
        numbers="Your own curve: a b c d for a·n³ + b·n² + c·n + d.",
        cap="The highest level; as it is if you leave it out.",
    )
    @app_commands.choices(preset=PRESETS)
    async def curve(
        self,
        interaction: Interaction,
        preset: str | None = None,
        numbers: Range[str, 1, 60] | None = None,
        cap: Range[int, 1, HIGHEST] | None = None,
    ) -> None:
        """Show what holds, or what would."""

        async def work() -> Versioned[CurveSettings] | Preview:
            guild_id = await may_manage_xp(interaction)
            curves = services_of(interaction).curves
            present = await curves.present(guild_id)
            if preset is not None and numbers is not None:
                raise CurveNamedTwice
            if preset is None and numbers is None and cap is None:
                return present
            said = written_numbers(present.value) or None if preset is None and numbers is None else numbers
            name = present.value.preset if preset is None else Preset(preset)
            return await curves.preview(guild_id, wanted(name, said, present.value.cap if cap is None else cap))

        found = await settled(interaction, work(), ephemeral=True)
        if not isinstance(found, Preview):
            await reply(interaction, embed=curve_pages.present(found.value), ephemeral=True)
            return
        picture = None
        if found.members:
            picture = await settled(interaction, drawn(interaction, curve_pages.chart(found)), ephemeral=True)
        view = None if found.wanted == found.present.value else _choices(found)
        await reply(interaction, embed=curve_pages.preview(found), view=view, picture=picture, ephemeral=True)


class CurveButton(Control, template=rf"xp:curve:v1:(?P<keep>xp|levels):{_CURVE}"):
    """Puts a curve that was shown in the place of the one that held then."""

    async def pressed(self, interaction: Interaction) -> None:
        """Apply it."""
        (asked, base), keep = _asked(self.arguments["curve"]), Keep(self.arguments["keep"])
        by = By(interaction.user.id, source_of(interaction))

        async def work() -> Applied:
            guild_id = await may_manage_xp(interaction)
            return await services_of(interaction).curves.apply(guild_id, asked, keep, base=base, by=by)

        done = await settled(interaction, work(), ephemeral=True, in_place=True)
        await redraw(interaction, embed=curve_pages.applied(done), view=_afterwards(done), done=True, alone=True)


class CurveUndoButton(Control, template=rf"xp:uncurve:v1:(?P<batch>[0-9a-z]{{1,13}}):{_CURVE}"):
    """Takes back a change of the curve that kept levels."""

    async def pressed(self, interaction: Interaction) -> None:
        """Take it back."""
        (back, base), batch_id = _asked(self.arguments["curve"]), int(self.arguments["batch"], 36)
        by = By(interaction.user.id, source_of(interaction))

        async def work() -> Applied:
            guild_id = await may_manage_xp(interaction)
            return await services_of(interaction).curves.undo(guild_id, back, batch_id, base=base, by=by)

        done = await settled(interaction, work(), ephemeral=True, in_place=True)
        await redraw(interaction, embed=curve_pages.undone(done), view=_sync(View(timeout=None)), done=True, alone=True)


class SyncButton(Control, template=r"xp:sync:v1"):
    """Answers with the dry run of /xp sync, which asks again who may."""

    async def pressed(self, interaction: Interaction) -> None:
        """Propose it."""
        await batches_of(interaction).propose(interaction, SYNC, {})


CONTROLS: tuple[type[Control], ...] = (CurveButton, CurveUndoButton, SyncButton)


def _choices(found: Preview) -> View:
    view = View(timeout=None)
    rest = _written(found.wanted, found.present.version)
    styles = discord.ButtonStyle
    view.add_item(Button(label=_("Keep XP"), style=styles.primary, custom_id=f"xp:curve:v1:xp:{rest}"))
    if found.members:
        view.add_item(Button(label=_("Keep levels"), style=styles.secondary, custom_id=f"xp:curve:v1:levels:{rest}"))
    return view


def _afterwards(done: Applied) -> View:
    view = _sync(View(timeout=None))
    rest = _written(done.before, done.version)
    undo = f"xp:curve:v1:xp:{rest}" if done.batch_id is None else f"xp:uncurve:v1:{_short(done.batch_id)}:{rest}"
    view.add_item(Button(label=_("Undo"), style=discord.ButtonStyle.danger, custom_id=undo))
    return view


def _sync(view: View) -> View:
    view.add_item(Button(label=_("Sync roles"), style=discord.ButtonStyle.primary, custom_id="xp:sync:v1"))
    return view


def _written(settings: CurveSettings, version: int) -> str:
    return f"{settings.preset.value}:{settings.cap}:{version}:{written_numbers(settings)}"


def _asked(written: str) -> tuple[CurveSettings, int]:
    """The curve that a custom id names, which anybody may have written, and the version of the one that held then.

    Raises:
        ControlExpired: there is no such one.
        CurveUnsound, CurveNotUnderstood: no levels can be counted on it.
    """
    found = _READ.fullmatch(written)
    if found is None or found["preset"] not in list(Preset) or not 1 <= int(found["cap"]) <= HIGHEST:
        raise ControlExpired
    numbers = found["numbers"] or None
    return wanted(Preset(found["preset"]), numbers, int(found["cap"])), int(found["version"])


def _short(number: int) -> str:
    """A number with as few characters as `int` reads back."""
    said = ""
    while number:
        number, digit = divmod(number, 36)
        said = _DIGITS[digit] + said
    return said or "0"
