"""Answering in time: three seconds are given, and nobody knows beforehand how long the database will take."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

import discord
import structlog

from bot.ui.controls import Host

_log = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")

GRACE = 1.0
"""Seconds that a result is waited for before Discord is told that it takes longer."""


async def settled(
    interaction: discord.Interaction[Any], work: Coroutine[Any, Any, T], *, ephemeral: bool, in_place: bool = False
) -> T:
    """The result of `work`, deferring the answer if it takes longer than `GRACE` seconds.

    May be used twice for one answer, which is then as the first one deferred it.

    With `in_place` the answer will be a change of the message whose control was pressed, not a new one.

    Most work is done sooner and so costs one request instead of two. What `work` raises is raised here.
    """
    task = asyncio.create_task(work, name=f"settled-{interaction.id}")
    try:
        done, _ = await asyncio.wait({task}, timeout=GRACE)
        if not done and not interaction.response.is_done():
            await interaction.response.defer(ephemeral=ephemeral, thinking=not in_place)
        return await task
    finally:
        if not task.done():  # the defer itself failed: what was begun is still finished, for it may be half written
            await asyncio.wait({task})
            if not task.cancelled() and (lost := task.exception()) is not None:
                _log.error("work that nobody waited for failed", exc_info=lost)


async def reply(
    interaction: discord.Interaction[Any],
    *,
    embed: discord.Embed,
    content: str | None = None,
    view: discord.ui.View | None = None,
    ephemeral: bool,
    pings: discord.AllowedMentions | None = None,
) -> None:
    """Answer with an embed: at once, or in place of the "thinking…" of a deferred answer. Pings nobody by default.

    `view` holds controls only, which are found by their custom ids.
    """
    if view is not None:
        view.stop()  # a stopped view is sent like any other, but discord.py keeps no record of it for ever
    embed.colour = await _accent(interaction)
    allowed = pings or discord.AllowedMentions.none()
    if interaction.response.is_done():
        await interaction.edit_original_response(content=content, embed=embed, view=view, allowed_mentions=allowed)
        return
    shown: dict[str, Any] = {} if view is None else {"view": view}
    await interaction.response.send_message(
        content, embed=embed, ephemeral=ephemeral, allowed_mentions=allowed, **shown
    )


async def reply_file(interaction: discord.Interaction[Any], file: discord.File) -> None:
    """Answer one person with a file."""
    if interaction.response.is_done():
        await interaction.edit_original_response(attachments=[file])
    else:
        await interaction.response.send_message(file=file, ephemeral=True)


async def redraw(interaction: discord.Interaction[Any], *, embed: discord.Embed, view: discord.ui.View) -> None:
    """Change the message whose control was pressed."""
    view.stop()  # as in `reply`
    embed.colour = await _accent(interaction)
    if interaction.response.is_done():
        await interaction.edit_original_response(embed=embed, view=view)
    else:
        await interaction.response.edit_message(embed=embed, view=view)


async def _accent(interaction: discord.Interaction[Any]) -> discord.Colour:
    return discord.Colour(await cast("Host", interaction.client).accent(interaction.guild_id))
