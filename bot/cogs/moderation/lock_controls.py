"""The question beside a channel that is locked already: whether that shall end at another time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
from discord.ui import View

from bot.actions.authority import guild_of, require_standing_at
from bot.actions.host import services_of, source_of
from bot.cogs.moderation import lock_answers
from bot.cogs.moderation.acting import settings_of
from bot.domain.authority import Permission, Staff
from bot.domain.locks import LONGEST, ChannelLock
from bot.errors import LockChanged
from bot.i18n import _
from bot.ui.answers import redraw, settled
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Interaction

_ABOUT = r"(?P<channel>\d{1,20}):(?P<version>\d{1,12}):(?P<seconds>\d{1,9})"


class EndConfirm(Confirm, template=confirm_template("locks:end:v1", _ABOUT)):
    """Lets a lock end at another time, or leaves it."""

    question = "locks:end:v1"

    @classmethod
    def about(cls, asker_id: int, lock: ChannelLock, seconds: int | None) -> View:
        """Both buttons, for a length from the press on; None: until somebody ends it."""
        what = f"{lock.channel_id}:{lock.version}:{seconds or 0}"
        return cls.ask(asker_id, what, yes=_("Change it"), no=_("Leave it"), danger=False)

    async def agreed(self, interaction: Interaction) -> None:
        """Change it, if it is still as it was shown."""
        lock = await settled(interaction, self._changed(interaction), ephemeral=True, in_place=True)
        await redraw(interaction, embed=lock_answers.prolonged(lock), view=View(timeout=None))

    async def _changed(self, interaction: Interaction) -> ChannelLock:
        channel_id = int(self.arguments["channel"])
        guild = guild_of(interaction)
        await settings_of(interaction)
        channel: Any = guild.get_channel_or_thread(channel_id)
        if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            raise LockChanged(f"<#{channel_id}>")
        await require_standing_at(interaction, channel, Permission.MANAGE_CHANNELS, Staff.MODERATOR)
        seconds = min(int(self.arguments["seconds"]), int(LONGEST.total_seconds()))
        return await services_of(interaction).locks.change(
            guild.id,
            channel_id,
            version=int(self.arguments["version"]),
            lasts=timedelta(seconds=seconds) if seconds else None,
            by=interaction.user.id,
            source=source_of(interaction),
        )


CONTROLS = (EndConfirm,)
