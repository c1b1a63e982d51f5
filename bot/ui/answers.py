"""Answering in time: three seconds are given, and nobody knows beforehand how long the database will take."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar, cast

import discord
import structlog

from bot.i18n import _
from bot.pictures.specs import Picture
from bot.ui import text
from bot.ui.controls import Host
from bot.ui.errors import is_too_late

_log = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")

GRACE = 1.0
"""Seconds that a result is waited for before Discord is told that it takes longer."""

_PICTURE = "picture.png"


async def settled(
    interaction: discord.Interaction[Any], work: Coroutine[Any, Any, T], *, ephemeral: bool, in_place: bool = False
) -> T:
    """The result of `work`, deferring the answer if it takes longer than `GRACE` seconds.

    May be used twice for one answer, which is then as the first one deferred it.

    With `in_place` the answer will be a change of the message whose control was pressed, not a new one.

    Most work is done sooner and so costs one request instead of two. What `work` raises is raised here. If even the
    deferring comes too late, the work is finished, and `reply` finds another way if its result matters.
    """
    task = asyncio.create_task(work, name=f"settled-{interaction.id}")
    try:
        done, _ = await asyncio.wait({task}, timeout=GRACE)
        if not done and not interaction.response.is_done():
            await _defer(interaction, ephemeral=ephemeral, thinking=not in_place)
        return await task
    finally:
        if not task.done():  # the defer itself failed: what was begun is still finished, for it may be half written
            await asyncio.wait({task})
            if not task.cancelled() and (lost := task.exception()) is not None:
                _log.error("work that nobody waited for failed", exc_info=lost)


async def _defer(interaction: discord.Interaction[Any], *, ephemeral: bool, thinking: bool) -> None:
    try:
        await interaction.response.defer(ephemeral=ephemeral, thinking=thinking)
    except discord.HTTPException as error:
        if not is_too_late(error):
            raise


async def reply(
    interaction: discord.Interaction[Any],
    *,
    embed: discord.Embed,
    content: str | None = None,
    view: discord.ui.View | None = None,
    files: Sequence[discord.File] = (),
    ephemeral: bool,
    pings: discord.AllowedMentions | None = None,
    done: bool = False,
    picture: Picture | None = None,
    below: Sequence[discord.Embed] = (),
) -> None:
    """Answer with an embed: at once, or in place of the "thinking…" of a deferred answer. Pings nobody by default.

    Further embeds stand `below` it.

    `view` holds controls only, which are found by their custom ids. `done` says that the answer tells of something
    done, which must not be asked for twice: if Discord takes no answer any more, it is told by another way. `picture`
    is shown inside the embed, and its words go with it.
    """
    if view is not None:
        view.stop()  # a stopped view is sent like any other, but discord.py keeps no record of it for ever
    embeds = await _coloured(interaction, embed, below)
    allowed = pings or discord.AllowedMentions.none()
    attached = [*files] if picture is None else [*files, _attached(embed, picture)]
    shown: dict[str, Any] = {"files": attached} if view is None else {"files": attached, "view": view}
    try:
        if interaction.response.is_done():
            await interaction.edit_original_response(
                content=content, embeds=embeds, view=view, attachments=attached, allowed_mentions=allowed
            )
        else:
            await interaction.response.send_message(
                content, embeds=embeds, ephemeral=ephemeral, allowed_mentions=allowed, **shown
            )
    except discord.HTTPException as error:
        if not (done and is_too_late(error)):
            raise
        embed.set_image(url=None)  # what it showed was attached to the answer
        await _tell_late(interaction, embed, ephemeral=ephemeral)


async def _tell_late(interaction: discord.Interaction[Any], embed: discord.Embed, *, ephemeral: bool) -> None:
    """Tell whoever asked what was done: in the channel, or as a direct message what only they may see. Never raises.

    Discord has told them that the bot did not respond, and so they would do it again.
    """
    channel, person = interaction.channel_id, interaction.user
    public = not ephemeral and channel is not None and interaction.app_permissions.send_messages
    try:
        if public:
            said = _("{member}, this took longer than Discord lets me answer. It is done all the same:")
            place: Any = interaction.client.get_partial_messageable(channel, guild_id=interaction.guild_id)
        else:
            said = _("This took longer than Discord lets me answer in {channel}. It is done all the same:")
            place = person
        said = said.format(member=text.mention(person.id), channel=f"<#{channel}>")
        pings = discord.AllowedMentions(everyone=False, roles=False, users=[person])
        await place.send(said, embed=embed, allowed_mentions=pings)
    except Exception as error:  # noqa: BLE001 — it was a second try already
        _log.warning("too late to answer, and by no other way", error=repr(error))
    else:
        _log.warning("too late to answer, told by another way", public=public)


def _attached(embed: discord.Embed, picture: Picture) -> discord.File:
    """The file of a picture, which the embed shows."""
    embed.set_image(url=f"attachment://{_PICTURE}")
    return discord.File(io.BytesIO(picture.png), _PICTURE, description=picture.alt)


async def reply_file(interaction: discord.Interaction[Any], file: discord.File) -> None:
    """Answer one person with a file."""
    if interaction.response.is_done():
        await interaction.edit_original_response(attachments=[file])
    else:
        await interaction.response.send_message(file=file, ephemeral=True)


async def redraw(
    interaction: discord.Interaction[Any],
    *,
    embed: discord.Embed,
    view: discord.ui.View,
    done: bool = False,
    below: Sequence[discord.Embed] = (),
    alone: bool = False,
) -> None:
    """Change the message whose control was pressed. `done` and `below` as in `reply`; told to the presser alone.

    With `alone` the embed takes the place of words that stood outside of any, and of a picture.
    """
    view.stop()  # as in `reply`
    shown: dict[str, Any] = {"embeds": await _coloured(interaction, embed, below), "view": view}
    if alone:
        shown |= {"content": None, "attachments": []}
    try:
        if interaction.response.is_done():
            await interaction.edit_original_response(**shown)
        else:
            await interaction.response.edit_message(**shown)
    except discord.HTTPException as error:
        if not (done and is_too_late(error)):
            raise
        await _tell_late(interaction, embed, ephemeral=True)


async def _coloured(
    interaction: discord.Interaction[Any], first: discord.Embed, below: Sequence[discord.Embed]
) -> list[discord.Embed]:
    """All embeds of an answer, in the server's colour."""
    accent = discord.Colour(await cast("Host", interaction.client).accent(interaction.guild_id))
    embeds = [first, *below]
    for one in embeds:
        one.colour = accent
    return embeds
