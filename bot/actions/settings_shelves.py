"""Where settings are kept, and who may see and change them: a server's by its staff, one's own by oneself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from bot.actions.authority import require_standing
from bot.actions.host import services_of
from bot.domain.audit import AuditSource
from bot.domain.authority import Permission, Staff
from bot.domain.preferences import Preferences
from bot.domain.settings import Described, Section, Versioned
from bot.errors import ControlExpired
from bot.i18n import _
from bot.ui.controls import Interaction


class Shelf(ABC):
    """The settings of one model, as far as whoever asks may reach them."""

    model: type[Described]
    default: Described
    siblings: Sequence[type[Described]]
    """What the panel leads to from here, this one included."""

    @property
    @abstractmethod
    def meanwhile(self) -> str:
        """What to say if they were changed since they were shown."""

    @abstractmethod
    async def owner(self) -> int:
        """Whose settings these are.

        Raises:
            GuildOnly, DiscordAway, ActorTimedOut, StaffNeeded: whoever asks may not touch them.
        """

    @abstractmethod
    async def read(self) -> Versioned[Any]:
        """What is set, for those who may see it; raises what `owner` raises."""

    @abstractmethod
    async def edit(self, edit: Callable[[Any], Any], *, base: int) -> None:
        """Change what was shown at version `base`; raises what `owner` raises, and what changing raises.

        Raises:
            SettingsChanged: it was changed since.
        """


class GuildShelf(Shelf):
    """A section of the server's settings, for those with Manage Server or a role that its settings name."""

    def __init__(self, interaction: Interaction, model: type[Section]) -> None:
        self._interaction = interaction
        self._settings = services_of(interaction).guild_settings
        self.section = model
        self.model, self.default, self.siblings = model, self._settings.default(model), self._settings.on_panels

    @property
    def meanwhile(self) -> str:
        """Somebody else did it."""
        return _("Somebody else changed this meanwhile, so I changed nothing. Here is the present state.")

    async def owner(self) -> int:
        """The guild."""
        return await require_standing(self._interaction, Permission.MANAGE_GUILD, Staff.ADMIN)

    async def read(self) -> Versioned[Any]:
        """The section."""
        return await self._settings.read(await self.owner(), self.section)

    async def edit(self, edit: Callable[[Any], Any], *, base: int) -> None:
        """Change it, with an entry in the audit log."""
        by, here = self._interaction.user.id, await self.owner()
        await self._settings.edit(here, self.section, edit, base=base, by=by, source=AuditSource.BUTTON)


class OwnShelf(Shelf):
    """The preferences of whoever asks, and of nobody else: no custom id can name another."""

    model = Preferences
    default = Preferences()
    siblings = (Preferences,)

    def __init__(self, interaction: Interaction) -> None:
        self._user_id = interaction.user.id
        self._preferences = services_of(interaction).preferences

    @property
    def meanwhile(self) -> str:
        """They did it themselves, on another panel."""
        return _("You changed this elsewhere meanwhile, so I changed nothing. Here is the present state.")

    async def owner(self) -> int:
        """Whoever asks."""
        return self._user_id

    async def read(self) -> Versioned[Any]:
        """Their preferences."""
        return await self._preferences.read(self._user_id)

    async def edit(self, edit: Callable[[Any], Any], *, base: int) -> None:
        """Change them."""
        await self._preferences.edit(self._user_id, edit, base=base)


def shelf_of(interaction: Interaction, name: str) -> Shelf:
    """The shelf with the settings of a name.

    Raises:
        ControlExpired: there are none of that name any more, or a command of their own changes them.
    """
    if name == Preferences.section:
        return OwnShelf(interaction)
    model = services_of(interaction).guild_settings.section_named(name)
    if model is None or model.changed_by:
        raise ControlExpired
    return GuildShelf(interaction, model)
