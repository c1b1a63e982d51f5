"""Channels as locks see them: read fresh from Discord, changed rule by rule, and what I may do there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.domain.lock_plans import ChannelFacts, Form
from bot.domain.locks import ChannelLock, LockKind, Obstacle
from bot.domain.overwrites import Overwrite, Overwrites, Put, Remove, Standing, difference
from bot.domain.permissions import name_of
from bot.errors import BotPermissionNeeded

_MEMBER = 1
_UNKNOWN_OVERWRITE = 10009

_FORMS = {
    0: Form.TEXT,
    2: Form.VOICE,
    5: Form.TEXT,
    10: Form.THREAD,
    11: Form.THREAD,
    12: Form.THREAD,
    13: Form.STAGE,
    15: Form.FORUM,
    16: Form.FORUM,
}
"""What Discord's kinds of channels are to a lock; others, such as categories, can't be locked."""

AnyChannel = discord.abc.GuildChannel | discord.Thread


class LockHand:
    """Looks at channels and changes them; what Discord answers is raised as it comes."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def see(self, lock: ChannelLock, *, with_category: bool) -> ChannelFacts:
        """The channel as it is this moment: rules that are older would undo what others did since."""
        shown: Any = await self._client.http.get_channel(lock.channel_id)
        form = _FORMS.get(shown["type"], Form.TEXT)
        parent_id = None if not shown.get("parent_id") else int(shown["parent_id"])
        category: Overwrites | None = None
        if with_category and parent_id is not None and form is not Form.THREAD and lock.kind is LockKind.LOCK:
            category = await self._category(parent_id)
        thread = shown.get("thread_metadata") or {}
        return ChannelFacts(
            channel_id=lock.channel_id,
            form=form,
            overwrites=overwrites_shown(shown),
            parent_id=parent_id,
            category=category,
            rate=int(shown.get("rate_limit_per_user") or 0),
            is_locked=bool(thread.get("locked")),
            is_archived=bool(thread.get("archived")),
        )

    async def _category(self, category_id: int) -> Overwrites | None:
        try:
            return overwrites_shown(await self._client.http.get_channel(category_id))
        except (discord.Forbidden, discord.NotFound):
            return None

    async def write(self, guild: discord.Guild, facts: ChannelFacts, wanted: Overwrites, reason: str) -> None:
        """Change what differs, and nothing else. My own rule comes first when I am about to need it, else last."""
        steps = difference(facts.overwrites, wanted)
        if any(_is_mine(one, guild.me.id) and _takes(one, facts.overwrites) for one in steps):
            steps = difference(facts.overwrites, wanted, last=guild.me.id)
        for step in steps:
            await self._step(guild, facts.channel_id, step, reason)

    async def _step(self, guild: discord.Guild, channel_id: int, step: Put | Remove, reason: str) -> None:
        http = self._client.http
        if isinstance(step, Put):
            one = step.overwrite
            if not one.is_member and guild.get_role(one.target_id) is None:
                return  # deleted meanwhile, and its overwrites with it
            kind = 1 if one.is_member else 0
            await http.edit_channel_permissions(
                channel_id, one.target_id, str(one.allow), str(one.deny), kind, reason=reason
            )
            return
        try:
            await http.delete_channel_permissions(channel_id, step.target_id, reason=reason)
        except discord.NotFound as error:
            if error.code != _UNKNOWN_OVERWRITE:
                raise

    async def set_thread(self, facts: ChannelFacts, reason: str, *, locked: bool) -> None:
        """Lock or open a thread. One that is archived is woken for it, and put to sleep again."""
        if facts.is_locked == locked:
            return
        http = self._client.http
        await http.edit_channel(facts.channel_id, reason=reason, locked=locked, archived=False)
        if facts.is_archived:
            await http.edit_channel(facts.channel_id, reason=reason, archived=True)

    async def set_rate(self, facts: ChannelFacts, seconds: int, reason: str) -> None:
        """Set how many seconds lie between two messages of one member."""
        if facts.rate != seconds:
            await self._client.http.edit_channel(facts.channel_id, reason=reason, rate_limit_per_user=seconds)


def missing(channel: AnyChannel, kind: LockKind) -> Obstacle | None:
    """The permission that I lack in a channel for that, if any."""
    mine = channel.permissions_for(channel.guild.me)
    is_thread = isinstance(channel, discord.Thread)
    needed = [Obstacle.VIEW]
    if isinstance(channel, discord.VoiceChannel | discord.StageChannel):
        needed.append(Obstacle.CONNECT)
    if is_thread:
        needed.append(Obstacle.MANAGE_THREADS)
    else:
        needed.append(Obstacle.MANAGE_ROLES if kind is LockKind.LOCK else Obstacle.MANAGE_CHANNELS)
    return next((one for one in needed if not getattr(mine, one.value)), None)


def standing_of(member: discord.Member) -> Standing:
    """What a member is in their guild."""
    guild = member.guild
    role_ids = frozenset(role.id for role in member.roles)
    base = 0
    for role in member.roles:
        base |= role.permissions.value
    return Standing(member.id, guild.id, role_ids, base, is_owner=member.id == guild.owner_id)


def form_of(channel: AnyChannel) -> Form | None:
    """What kind of a channel it is; None: none that can be locked."""
    return _FORMS.get(channel.type.value)


def overwrites_of(channel: discord.abc.GuildChannel) -> Overwrites:
    """What a channel allows and denies, as far as it is known here: enough to look, too little to write."""
    return [
        Overwrite(target.id, not isinstance(target, discord.Role), *(bits.value for bits in rule.pair()))
        for target, rule in channel.overwrites.items()
    ]


def overwrites_shown(shown: Any) -> Overwrites:
    """What a channel allows and denies, as Discord has just answered."""
    rows: Sequence[Any] = shown.get("permission_overwrites") or ()
    return [Overwrite(int(one["id"]), int(one["type"]) == _MEMBER, int(one["allow"]), int(one["deny"])) for one in rows]


def _is_mine(step: Put | Remove, user_id: int) -> bool:
    return (step.target_id if isinstance(step, Remove) else step.overwrite.target_id) == user_id


def _takes(step: Put | Remove, now: Overwrites) -> bool:
    """Whether a step takes away something that is allowed."""
    if isinstance(step, Remove):
        return True
    old = next((one for one in now if one.target_id == step.overwrite.target_id), None)
    return old is not None and bool(old.allow & ~step.overwrite.allow)


def check_reach(channel: AnyChannel, kind: LockKind) -> None:
    """Go on only where I have what it takes.

    Raises:
        BotPermissionNeeded: I lack a permission there.
    """
    lacking = missing(channel, kind)
    if lacking is not None:
        raise BotPermissionNeeded(name_of(lacking.value))
