"""What answers to questions about levels look like."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import discord

from bot.domain.gains import Reason, Verdict
from bot.domain.level_paths import Path
from bot.i18n import _, ngettext
from bot.ui import text, xp
from bot.ui.theme import embed


def path(found: Path, *, by_level: bool) -> discord.Embed:
    """A level and the XP that it takes, or the other way round, and how far that is."""
    asked, total = found.asked, xp.xp(found.asked.total)
    if by_level:
        said = _("Level **{level}** takes **{xp}** in all.").format(level=text.number(asked.level), xp=total)
    elif asked.missing is None:
        said = _("**{xp}** is level **{level}**, the highest there is here.").format(
            level=text.number(asked.level), xp=total
        )
    else:
        said = _("**{xp}** is level **{level}**, {missing} below the next.").format(
            level=text.number(asked.level), xp=total, missing=xp.xp(asked.missing)
        )
    mine = _("You are at level **{level}** with {xp} XP.").format(
        level=text.number(found.mine.level), xp=text.number(found.mine.total)
    )
    return embed(title=_("Calculated"), description="\n".join([said, mine, *_way(found)]))


def _way(found: Path) -> list[str]:
    if not found.missing:
        return [_("You have that already.")]
    missing = xp.xp(found.missing)
    if found.messages is None:
        return [_("You need {xp} more.").format(xp=missing)]
    said = ngettext(
        "You need {xp} more: about {count} message that earns, where nothing multiplies it.",
        "You need {xp} more: about {count} messages that earn, where nothing multiplies them.",
        found.messages,
    )
    return [said.format(xp=missing, count=text.number(found.messages))]


def why(user_id: int, verdicts: Sequence[Verdict]) -> discord.Embed:
    """What somebody's last messages and minutes in voice earned, the newest first."""
    lines = [_line(one) for one in verdicts] or [
        _("I have seen nothing of {member} since I started. What I saw before is counted, but I don't remember why.")
        .format(member=text.mention(user_id))
    ]  # fmt: skip
    return embed(title=_("What the last messages earned"), description="\n".join(lines))


def _line(one: Verdict) -> str:
    what = "🎙️" if one.voice else "💬"
    place = f"{what} {text.timestamp(one.at, 'R')} <#{one.channel_id}>"
    said = f"**+{xp.xp(one.earned)}**" if one.reason is None else _reason(one.reason, one.data)
    return f"{place} · {said}"


def _reason(reason: Reason, data: int) -> str:  # noqa: C901, PLR0911, PLR0912 — a table
    match reason:
        case Reason.COOLDOWN:
            left = timedelta(seconds=-(-data // 1_000))
            return _("too soon: the next one could earn {duration} later").format(duration=text.duration(left))
        case Reason.SHORT:
            said = ngettext("too short: it takes {count} character", "too short: it takes {count} characters", data)
            return said.format(count=text.number(data))
        case Reason.SAME_TEXT:
            return _("it said the same as the one before")
        case Reason.CHANNEL:
            return _("nothing is earned in {channel}").format(channel=f"<#{data}>")
        case Reason.ELSEWHERE:
            return _("XP is earned in other channels only")
        case Reason.ROLE:
            return _("nothing is earned with {role}").format(role=f"<@&{data}>")
        case Reason.NO_ROLE:
            return _("XP is earned with certain roles only")
        case Reason.SERVER:
            return _("nothing is earned in this server now: everything is multiplied by 0")
        case Reason.COMMAND:
            return _("it was a command")
        case Reason.TOO_LITTLE:
            return _("what it earns is less than 1 XP here")
        case Reason.ALONE:
            said = ngettext(
                "too few in voice: it takes {count} other", "too few in voice: it takes {count} others", data
            )
            return said.format(count=text.number(data))
        case Reason.MUTED:
            return _("muted")
        case Reason.DEAFENED:
            return _("deafened")
        case Reason.AFK:
            return _("in the channel for those who are away")
        case Reason.VOICE_DAY:
            return _("voice had earned the most of a day: {xp}").format(xp=xp.xp(data))
