"""/panel block, unblock and blocks: who may open no tickets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands

from bot.actions.host import host_of, services_of
from bot.actions.people import Somebody
from bot.actions.ticket_panels import by_of, may_manage_panels
from bot.cogs.tickets.panel_pages import harmless, joined
from bot.domain.ticket_topics import Block
from bot.domain.tickets import MAX_REASON
from bot.i18n import _, ngettext
from bot.services.ticket_blocks import Blocks
from bot.ui import text
from bot.ui.answers import reply, settled
from bot.ui.inputs import HowLong
from bot.ui.staff import for_staff
from bot.ui.theme import embed

Interaction = discord.Interaction[Any]


class BlockCommands(commands.Cog):
    """Staff's side of who may open no tickets."""

    @for_staff
    @app_commands.command(
        name="block",
        description="Keep somebody from opening tickets; those they have open go on.",
        extras={"examples": ["/panel block member:@bob length:1 week reason:Joke tickets"]},
    )
    @app_commands.describe(
        member="Who.", length="For how long; for good if you leave it out.", reason="Why; staff alone reads it."
    )
    async def block(
        self,
        interaction: Interaction,
        member: Transform[int, Somebody],
        length: Transform[int, HowLong(least=60)] | None = None,
        reason: Range[str, 1, MAX_REASON] | None = None,
    ) -> None:
        """Block them, in place of an earlier block."""
        until = None if length is None else host_of(interaction).now() + timedelta(seconds=length)

        async def work() -> Block | None:
            guild_id = await may_manage_panels(interaction)
            return await services_of(interaction).ticket_blocks.block(
                guild_id, member, reason=reason, until=until, by=by_of(interaction)
            )

        before = await settled(interaction, work(), ephemeral=True)
        said = (
            _("{member} can't open tickets any more: {what}.")
            if before is None
            else _("{member} can't open tickets, and now it is: {what}.")
        )
        now = said.format(member=text.mention(member), what=_what(Block(member, reason, None, until)))
        await reply(interaction, embed=embed(description=now), ephemeral=True, done=True)

    @for_staff
    @app_commands.command(
        name="unblock",
        description="Let somebody open tickets again.",
        extras={"examples": ["/panel unblock member:@bob"]},
    )
    @app_commands.describe(member="Who.")
    async def unblock(self, interaction: Interaction, member: Transform[int, Somebody]) -> None:
        """Take the block back."""

        async def work() -> Block:
            guild_id = await may_manage_panels(interaction)
            return await services_of(interaction).ticket_blocks.unblock(guild_id, member, by_of(interaction))

        gone = await settled(interaction, work(), ephemeral=True)
        said = _("{member} may open tickets again.").format(member=text.mention(gone.user_id))
        before = _("It was: {what}.").format(what=_what(gone))
        await reply(interaction, embed=embed(description=f"{said}\n{before}"), ephemeral=True, done=True)

    @for_staff
    @app_commands.command(
        name="blocks",
        description="See who may open no tickets, and why.",
        extras={"examples": ["/panel blocks"]},
    )
    async def blocks(self, interaction: Interaction) -> None:
        """Show the newest."""

        async def work() -> Blocks:
            return await services_of(interaction).ticket_blocks.listed(await may_manage_panels(interaction))

        await reply(interaction, embed=_listed(await settled(interaction, work(), ephemeral=True)), ephemeral=True)


def _what(block: Block) -> str:
    """How long a block holds, and why."""
    end = None if block.expires_at is None else text.timestamp(block.expires_at, "f")
    parts = [_("for good") if end is None else _("until {end}").format(end=end)]
    parts += [f"“{harmless(block.reason)}”"] if block.reason else []
    return ", ".join(parts)


def _listed(found: Blocks) -> discord.Embed:
    lines = [
        _("{member}: {what}, by {staff}").format(
            member=text.mention(one.user_id),
            what=_what(one),
            staff=_("somebody") if one.by_id is None else text.mention(one.by_id),
        )
        for one in found.newest
    ]
    left = found.total - len(lines)
    more = ngettext("and {n} more", "and {n} more", left).format(n=text.number(left)) if left > 0 else ""
    body = joined("\n".join(lines), more) or _("Nobody is blocked. {command} blocks somebody.").format(
        command="`/panel block`"
    )
    return embed(title=_("Blocked"), description=body)
