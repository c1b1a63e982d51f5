"""What the closing of tickets asks of other parts, as types, and what is done where a part is not there."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import discord

from bot.actions.tickets import Handler
from bot.domain.tickets import Claimed, Delayed, Ticket
from bot.domain.transcripts import Edition
from bot.services.ticket_transcripts import TicketTranscripts


class CopyFile(Protocol):
    """A file of a transcript, on the disk."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def path(self) -> Path:
        """Where it is."""
        ...


class Copies(Protocol):
    """Makes transcripts."""

    def __call__(
        self, ticket: Ticket, /, *, whole: bool, most_bytes: int
    ) -> AbstractAsyncContextManager[Sequence[CopyFile]]:
        """The files of a transcript, until the block ends: `whole` is staff's, else the member's."""
        ...


def copies_of(client: discord.Client, transcripts: TicketTranscripts) -> Copies:
    """Transcripts, with the names of roles and channels as this client sees them."""

    def made(ticket: Ticket, /, *, whole: bool, most_bytes: int) -> AbstractAsyncContextManager[Sequence[CopyFile]]:
        guild = client.get_guild(ticket.guild_id)
        named = {} if guild is None else {one.id: one.name for one in (*guild.roles, *guild.channels, *guild.threads)}
        edition = Edition.STAFF if whole else Edition.MEMBER
        return transcripts.made(ticket.guild_id, ticket.number, edition, most_bytes=most_bytes, called=named)

    return made


async def _nothing_missed(_ticket: Ticket, _guild: discord.Guild) -> None:
    """Nothing is on record."""


async def _no_access(_claimed: Claimed, _guild: discord.Guild) -> Delayed | None:
    """Who may see a ticket stays as it is."""
    return None


@contextlib.asynccontextmanager
async def _no_copies(_ticket: Ticket, /, *, whole: bool, most_bytes: int) -> AsyncGenerator[Sequence[CopyFile]]:  # noqa: ARG001 — as `Copies` has it
    yield ()


@dataclass(frozen=True)
class ClosingParts:
    """What other parts do while a ticket closes."""

    seal: Callable[[Ticket, discord.Guild], Awaitable[None]] = _nothing_missed
    """Has all on record that was said."""
    access: Handler = _no_access
    """Lets Discord show it to those who may see it."""
    copies: Copies = _no_copies
