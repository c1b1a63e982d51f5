"""Panels and topics as options of staff's commands, by their names; suggested to staff alone."""

from __future__ import annotations

from functools import partial
from typing import Any

import discord
from discord import app_commands

from bot.actions.host import host_of, services_of
from bot.actions.ticket_panels import may_manage_panels
from bot.domain.ticket_topics import MAX_NAME, Panel
from bot.errors import PanelNotFound, TopicNotFound, Unavailable, UserError
from bot.ui.inputs import MOST_CHOICES

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]

_LONGEST = 100
_PATIENCE = 1.5
"""Seconds that suggestions may take: later ones are of no use."""

_BY_ID = "|"
"""What a suggestion's value begins with that names an id."""

_DIGITS = 20


async def _known(interaction: Interaction) -> tuple[Panel, ...]:
    """All panels, for those who may change them; none while the database is away or slow."""
    try:
        guild_id = await may_manage_panels(interaction)
        find = partial(services_of(interaction).ticket_panels.all, guild_id)
        found: tuple[Panel, ...] = await host_of(interaction).inquiries.ask(("panels", guild_id), find, _PATIENCE)
    except (Unavailable, UserError, TimeoutError):
        return ()
    return found


class OwnPanel(app_commands.Transformer):
    """A panel by its name."""

    async def transform(self, interaction: Interaction, value: str, /) -> str:  # noqa: ARG002 — discord.py's signature
        """Its name as it was written; whether there is one is looked at by `panel_called`.

        Raises:
            PanelNotFound: no panel has so long a name.
        """
        if len(value.strip()) > MAX_NAME:
            raise PanelNotFound(value[:MAX_NAME])
        return value.strip()

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """The panels whose names contain what was written."""
        wanted = value.strip().casefold()
        found = [one.name for one in await _known(interaction) if wanted in one.name.casefold()]
        return [Choice(name=name, value=name) for name in found][:MOST_CHOICES]


class OwnTopic(app_commands.Transformer):
    """A topic of the panel that was named before it, by its label or, from the list, by its id."""

    async def transform(self, interaction: Interaction, value: str, /) -> str:  # noqa: ARG002 — discord.py's signature
        """What was written; `topic_of` finds it."""
        return value.strip()[:_LONGEST]

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """The topics of the panel whose labels contain what was written; of all panels while none is named."""
        wanted, named = value.strip().casefold(), str(getattr(interaction.namespace, "panel", "") or "").casefold()
        topics = [
            topic
            for panel in await _known(interaction)
            if not named or panel.name.casefold() == named
            for topic in panel.topics
        ]
        found = [one for one in topics if wanted in one.label.casefold()]
        return [Choice(name=one.label[:_LONGEST], value=f"{_BY_ID}{one.id}") for one in found][:MOST_CHOICES]


async def panel_called(interaction: Interaction, name: str) -> Panel:
    """The panel of a name.

    Raises:
        PanelNotFound: there is none.
        What `may_manage_panels` raises.
    """
    return await services_of(interaction).ticket_panels.named(await may_manage_panels(interaction), name)


def topic_in(panel: Panel, written: str) -> int:
    """The id of a topic of a panel.

    Raises:
        TopicNotFound: it has none that is called so.
    """
    digits = written.removeprefix(_BY_ID)
    is_id = written.startswith(_BY_ID) and digits.isascii() and digits.isdecimal() and len(digits) < _DIGITS
    for one in panel.topics:
        if (is_id and one.id == int(digits)) or one.label.casefold() == written.casefold():
            return one.id
    raise TopicNotFound
