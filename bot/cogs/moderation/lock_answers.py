"""What locks and slowmodes look like."""

from __future__ import annotations

import discord

from bot.actions.locks import Carried
from bot.domain.locks import OBSTACLES, ChannelLock, LockState, Obstacle
from bot.i18n import _
from bot.ui import text
from bot.ui.theme import embed


def locked(done: Carried) -> discord.Embed:
    """A channel that somebody wanted locked."""
    lock = done.lock
    if lock.state is not LockState.STANDING:
        return _not_done(done, _("I could not lock {channel}: {why}"))
    if lock.expires_at is None:
        said = _("Locked {channel} until somebody uses `/unlock`.").format(channel=_channel(lock))
    else:
        said = _("Locked {channel} until {end}.").format(channel=_channel(lock), end=_end(lock))
    if done.open_to:
        roles = ", ".join(f"<@&{one}>" for one in done.open_to)
        said += "\n" + _(
            "A rule of the channel's own still lets {roles} write. Name a role with `role:`, or choose roles for all "
            "locks in `/config`."
        ).format(roles=roles)
    return embed(description=said)


def unlocked(done: Carried) -> discord.Embed:
    """A lock that somebody ended."""
    lock = done.lock
    if lock.state not in {LockState.ENDED, LockState.FAILED} or lock.obstacle is Obstacle.GONE:
        return _not_done(done, _("I can't open {channel} yet: {why} I keep trying."))
    said = _("{channel} is open again.").format(channel=_channel(lock))
    if done.kept:
        said += "\n" + _("What somebody else changed there meanwhile stays as they left it.")
    return embed(description=said)


def slowed(done: Carried) -> discord.Embed:
    """A slowmode that somebody wanted."""
    lock, seconds = done.lock, done.lock.wish.seconds or 0
    if lock.obstacle is not None or done.delayed is not None:
        return _not_done(done, _("I could not change how slow {channel} is: {why}"))
    if seconds:
        length = text.duration(seconds)
        said = _("Whoever writes in {channel} now waits {length} until the next message.")
        said = said.format(channel=_channel(lock), length=length)
    else:
        said = _("{channel} has no slowmode now.").format(channel=_channel(lock))
    if lock.expires_at is not None:
        before = (lock.record and lock.record.rate) or 0
        after = (
            _("That ends {end}; then it is {before} again.") if before else _("That ends {end}; then there is none.")
        )
        said += "\n" + after.format(end=_end(lock), before=text.duration(before))
    return embed(description=said)


def prolonged(lock: ChannelLock) -> discord.Embed:
    """A lock that ends at another time than before."""
    if lock.expires_at is None:
        return embed(description=_("{channel} is locked until somebody uses `/unlock`.").format(channel=_channel(lock)))
    return embed(description=_("{channel} is locked until {end}.").format(channel=_channel(lock), end=_end(lock)))


def already(refused: str, lasts: int | None) -> discord.Embed:
    """A channel that is locked, and the question whether that shall end at another time."""
    if lasts is None:
        asked = _("Shall it stay locked until somebody uses `/unlock`?")
    else:
        asked = _("Shall it end {length} from now instead?").format(length=text.duration(lasts))
    return embed(description=f"{refused}\n{asked}")


def _not_done(done: Carried, template: str) -> discord.Embed:
    if done.delayed is not None or done.lock.obstacle is None:
        said = _("I noted it, and do it in {channel} as soon as Discord lets me.")
        return embed(description=said.format(channel=_channel(done.lock)))
    why = _(OBSTACLES[done.lock.obstacle])
    return embed(description=template.format(channel=_channel(done.lock), why=why))


def _channel(lock: ChannelLock) -> str:
    return f"<#{lock.channel_id}>"


def _end(lock: ChannelLock) -> str:
    return (
        "" if lock.expires_at is None else f"{text.timestamp(lock.expires_at, 'f')} ({text.timestamp(lock.expires_at)})"
    )
