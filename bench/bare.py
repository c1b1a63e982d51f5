"""The bare client: discord.py's AutoShardedBot as it comes, in a process of its own.

The same intents, cache flags and message cache as ours, one `on_message` that does nothing, a command that answers
"pong" at once, one that looks at a member, bans them and says so, one that opens a ticket, and one that shows a button,
whose presses are answered at once. None of our code takes part but the few lines that send discord.py to the sandbox.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
from typing import Any

import discord
from discord.ext import commands

from bench.support import leash, tell
from bot import endpoint


class Bare(commands.AutoShardedBot):
    """As little as a bot can be."""

    async def setup_hook(self) -> None:
        @self.tree.command(name="pong", description="Answers at once.")
        async def pong(interaction: discord.Interaction[Any]) -> None:
            await interaction.response.send_message("pong", ephemeral=True)

        @self.tree.command(name="ban", description="Bans.")
        async def ban(interaction: discord.Interaction[Any], member: str) -> None:
            guild, user = interaction.guild, interaction.user
            assert guild is not None
            assert isinstance(user, discord.Member)
            found = await guild.fetch_member(int(member))
            if user.id != guild.owner_id and user.top_role <= found.top_role:
                await interaction.response.send_message("No.", ephemeral=True)
                return
            await guild.ban(found, reason=str(user), delete_message_seconds=0)
            await interaction.response.send_message(f"Banned {found.mention}.", ephemeral=True)

        @self.tree.command(name="open", description="Makes a channel.")
        async def opening(interaction: discord.Interaction[Any]) -> None:
            guild, user = interaction.guild, interaction.user
            assert guild is not None
            assert isinstance(user, discord.Member)
            hidden, shown = (
                discord.PermissionOverwrite(view_channel=False),
                discord.PermissionOverwrite(view_channel=True),
            )
            who: dict[Any, discord.PermissionOverwrite] = {guild.default_role: hidden, user: shown, guild.me: shown}
            channel = await guild.create_text_channel("ticket", overwrites=who)
            view = discord.ui.View(timeout=None)
            view.add_item(discord.ui.Button(label="Close", custom_id="close"))
            view.stop()
            await channel.send(embed=discord.Embed(description=f"Hello {user.mention}."), view=view)
            await interaction.response.send_message(channel.mention, ephemeral=True)

        @self.tree.command(name="offer", description="Shows a button.")
        async def offer(interaction: discord.Interaction[Any]) -> None:
            view = discord.ui.View(timeout=None)
            view.add_item(discord.ui.Button(label="Enter", custom_id="enter"))
            view.stop()
            assert isinstance(interaction.channel, discord.TextChannel)
            await interaction.channel.send("A mug", view=view)
            await interaction.response.send_message("There it is.", ephemeral=True)

        await self.tree.sync()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Answer whoever presses the button."""
        if interaction.type is discord.InteractionType.component:
            await interaction.response.send_message(embed=discord.Embed(description="You're in."), ephemeral=True)

    async def on_message(self, message: discord.Message, /) -> None:
        """Nothing."""

    async def on_ready(self) -> None:
        tell({"ready": len(self.guilds)})


async def _main(arguments: argparse.Namespace) -> None:
    endpoint.use(await endpoint.discover(arguments.api_url))
    bot = Bare(
        command_prefix=commands.when_mentioned,
        help_command=None,
        intents=discord.Intents._from_value(arguments.intents),  # noqa: SLF001 — the public way takes 20 names
        allowed_mentions=discord.AllowedMentions.none(),
        chunk_guilds_at_startup=False,
        member_cache_flags=discord.MemberCacheFlags.none(),
        max_messages=arguments.messages,
    )
    end = asyncio.Event()
    leash(lambda _line: None, end.set)
    running = asyncio.create_task(bot.start(arguments.token))
    await asyncio.wait({running, asyncio.create_task(end.wait())}, return_when=asyncio.FIRST_COMPLETED)
    await bot.close()
    await running


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--api-url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--intents", type=int, required=True)
    parser.add_argument("--messages", type=int, required=True)
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(_main(parser.parse_args()))


if __name__ == "__main__":
    main()
