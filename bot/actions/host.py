"""What features need of the client that runs them, as types: the client itself is further up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

import discord

from bot.actions.voice import VoiceRooms
from bot.actions.xp import XpGatherer
from bot.domain.about import About
from bot.domain.audit import AuditSource
from bot.domain.manual import Chapter
from bot.domain.preferences import Preferences
from bot.domain.probes import Probed
from bot.domain.profile import Fact, Glance
from bot.patience import Inquiries
from bot.pictures.studio import Pictures
from bot.services import Services
from bot.services.recorder import Recorder
from bot.ui.controls import ControlRouter, Host

if TYPE_CHECKING:  # what acts asks who may, and that asks the host
    from bot.actions.batches import BatchActions


class ServiceHost(Host, Protocol):
    """A client that carries the services."""

    services: Services
    recorder: Recorder
    router: ControlRouter
    batches: BatchActions
    features: Sequence[Probed]
    """Every feature, and what it needs of a server."""
    pictures: Pictures
    xp: XpGatherer
    """What members earn, until it is written."""
    voice: VoiceRooms
    """Who is in voice, and for how long it counts."""
    chapters: Sequence[Chapter]
    command_ids: dict[str, int]
    """Discord's ids of the top-level commands, by name; empty until they are known."""
    inquiries: Inquiries
    """What is asked of the database and can be done without: it is waited for a moment, and never cancelled."""
    about: About
    tellers: Sequence[Callable[[Services, Glance], Awaitable[Sequence[Fact]]]]
    """What the features tell of a member."""

    def known_prefix(self, guild_id: int) -> str | None:
        """The same as `prefix` if it is in memory, else None."""
        ...

    async def prefix(self, guild_id: int) -> str:
        """What a guild types before commands; empty where there is none, or it is not known in a moment."""
        ...

    async def preferences(self, user_id: int) -> Preferences:
        """What a person set for themselves; the defaults where it is not known in a moment."""
        ...


def services_of(interaction: discord.Interaction[Any]) -> Services:
    """The services of the client that received an interaction."""
    return cast("ServiceHost", interaction.client).services


def source_of(interaction: discord.Interaction[Any]) -> AuditSource:
    """By which way somebody asks, for the audit log: what is no interaction of Discord's was typed."""
    if not isinstance(interaction, discord.Interaction):
        return AuditSource.TYPED
    is_command = interaction.type is discord.InteractionType.application_command
    return AuditSource.COMMAND if is_command else AuditSource.BUTTON


def host_of(interaction: discord.Interaction[Any]) -> ServiceHost:
    """The client that received an interaction."""
    return cast("ServiceHost", interaction.client)


def batches_of(interaction: discord.Interaction[Any]) -> BatchActions:
    """What acts on many at once, in the client that received an interaction."""
    return host_of(interaction).batches


def interaction_key(interaction: discord.Interaction[Any]) -> str:
    """The idempotency key of whatever an interaction asks for."""
    return f"i:{interaction.id}"
