"""What is asked of Discord's gateway, what is remembered of it, and what discord.py is taught about it."""

from __future__ import annotations

from typing import Any

import discord


def intents() -> discord.Intents:
    """What the gateway is asked for: people, their messages, who is in voice, and moderation.

    No presences, typing or reactions.
    """
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.members = True
    wanted.moderation = True
    wanted.messages = True
    wanted.message_content = True
    wanted.voice_states = True
    return wanted


def cached_members() -> discord.MemberCacheFlags:
    """Of members none are remembered but those in voice, whose roles decide about every minute."""
    flags = discord.MemberCacheFlags.none()
    flags.voice = True
    return flags


def hear_of_every_member(state: Any) -> None:
    """Dispatch ``any_member_update`` with the member: discord.py is silent about those it does not remember.

    It remembers those who are in voice, and the bot itself, of whom this tells nothing.
    """
    own = state.parsers["GUILD_MEMBER_UPDATE"]

    def heard(data: Any) -> None:
        own(data)
        guild = state._get_guild(int(data["guild_id"]))  # noqa: SLF001 — as discord.py's own parser does
        if guild is not None and int(data["user"]["id"]) != state.self_id:
            state.dispatch("any_member_update", discord.Member(data=data, guild=guild, state=state))

    state.parsers["GUILD_MEMBER_UPDATE"] = heard


def see_rooms_anew(state: Any) -> None:
    """Forget who was in voice when a guild comes back: discord.py keeps those who left while it was away."""
    own = state.parsers["GUILD_CREATE"]

    def heard(data: Any) -> None:
        guild = state._get_guild(int(data["id"]))  # noqa: SLF001 — as discord.py's own parser does
        if guild is not None:
            guild._voice_states.clear()  # noqa: SLF001 — nothing public takes somebody out
        own(data)

    state.parsers["GUILD_CREATE"] = heard
