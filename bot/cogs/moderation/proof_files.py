"""Files that are brought as proof, with a command or a form: looked at, read from Discord, and kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

import discord

from bot.actions.downloads import downloaded
from bot.actions.host import services_of
from bot.domain.proof import MOST_BYTES, KeptFile
from bot.errors import ProofTooBig
from bot.ui.controls import SubmittedFile

Interaction = discord.Interaction[Any]


def attached(*files: discord.Attachment | None) -> tuple[SubmittedFile, ...]:
    """What was brought with a command's options, of which any may be left out."""
    return tuple(SubmittedFile(one.filename, one.size, one.url) for one in files if one is not None)


async def read(brought: Sequence[SubmittedFile]) -> AsyncGenerator[tuple[str, bytes]]:
    """Names and contents, one after another; none is read if one is too large. Ask before whether they may.

    Raises:
        ProofTooBig: one is too large.
        DiscordAway: Discord does not hand one out.
    """
    for file in brought:
        if file.size > MOST_BYTES:
            raise ProofTooBig(file.name, MOST_BYTES // 1024**2)
    for file in brought:
        yield file.name, await downloaded(file.url)


async def kept(interaction: Interaction, brought: Sequence[SubmittedFile]) -> tuple[KeptFile, ...]:
    """Keep files for a case that is about to be written, so that one which can't be kept stops it; each once.

    Raises:
        ProofNotUnderstood: one is not kept.
        What `read` raises.
    """
    proof, found = services_of(interaction).proof, dict[str, KeptFile]()
    async for name, data in read(brought):
        one = await proof.keep(name, data)
        found.setdefault(one.digest, one)
    return tuple(found.values())
