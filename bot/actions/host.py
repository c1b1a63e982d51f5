"""What features need of the client that runs them, as types: the client itself is further up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast

import discord

from bot.domain.about import About
from bot.domain.manual import Chapter
from bot.domain.probes import Probed
from bot.services import Services
from bot.services.recorder import Recorder
from bot.ui.controls import ControlRouter, Host


class ServiceHost(Host, Protocol):
    """A client that carries the services."""

    services: Services
    recorder: Recorder
    router: ControlRouter
    features: Sequence[Probed]
    """Every feature, and what it needs of a server."""
    chapters: Sequence[Chapter]
    command_ids: dict[str, int]
    """Discord's ids of the top-level commands, by name; empty until they are known."""
    about: About


def services_of(interaction: discord.Interaction[Any]) -> Services:
    """The services of the client that received an interaction."""
    return cast("ServiceHost", interaction.client).services


def interaction_key(interaction: discord.Interaction[Any]) -> str:
    """The idempotency key of whatever an interaction asks for."""
    return f"i:{interaction.id}"
