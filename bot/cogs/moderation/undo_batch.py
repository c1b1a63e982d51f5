"""What /undo does for batches: which are offered, and the dry run of what undoes one."""

from __future__ import annotations

import contextlib
from typing import Any

import discord
from discord import app_commands

from bot.actions.authority import require_standing
from bot.actions.host import batches_of, services_of
from bot.actions.lock_batches import LOCK_ALL
from bot.actions.mass_bans import BAN, BAN_SINGLY
from bot.cogs.moderation.acting import settings_of
from bot.domain.authority import Permission, Staff
from bot.errors import GuildOnly, UndoneElsewhere, UserError
from bot.ui.answers import settled
from bot.ui.batch_options import batch_choices

Interaction = discord.Interaction[Any]

_KINDS = frozenset({BAN, BAN_SINGLY, LOCK_ALL})
"""The batches that moderation does and that can be undone."""

_LOOKED_AT = 50
"""Batches among which those that can be undone are looked for, the newest first."""


async def undoable(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """One's own batches, and those of others for who manages the server."""
    if interaction.guild_id is None:
        return []
    found = await services_of(interaction).batches.newest(interaction.guild_id, count=_LOOKED_AT)
    offered = [one for one in found if one.asked_by == interaction.user.id]
    with contextlib.suppress(UserError):
        await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)
        offered = list(found)
    return batch_choices((one for one in offered if one.kind in _KINDS and batches_of(interaction).more(one)), typed)


async def undo_batch(interaction: Interaction, batch_id: int, reason: str | None) -> None:
    """Answer with the dry run of what undoes a batch. Whether whoever asks may is for its kind to say.

    Raises:
        BatchGone: there is none of that id in this server.
        UndoneElsewhere: moderation did not do it.
        What `BatchActions.undo` raises.
    """
    await settings_of(interaction)
    if interaction.guild_id is None:
        raise GuildOnly
    work = services_of(interaction).batches.get(interaction.guild_id, batch_id)
    if (await settled(interaction, work, ephemeral=True)).kind not in _KINDS:
        raise UndoneElsewhere
    await batches_of(interaction).undo(interaction, batch_id, reason=reason)
