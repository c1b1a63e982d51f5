"""What channels are to those who see them."""

from __future__ import annotations

import discord


def everybody_reads(guild: discord.Guild, channel_id: int) -> bool:
    """Whether @everyone can read a channel: by their role, and by what the channel (or a thread's) allows and denies.

    A channel that follows its category carries the category's rules as its own. A private thread is read by those who
    were added to it.
    """
    channel = guild.get_channel_or_thread(channel_id)
    if channel is None or (isinstance(channel, discord.Thread) and channel.is_private()):
        return False
    return channel.permissions_for(guild.default_role).read_messages
