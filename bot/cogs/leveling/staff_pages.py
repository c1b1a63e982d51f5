"""What staff sees of changes of XP."""

from __future__ import annotations

import discord

from bot.domain.leveling import ChangeKind
from bot.i18n import N_, _
from bot.services.xp_staff import Levelled
from bot.ui import text
from bot.ui.theme import embed

_KINDS = {
    ChangeKind.ADD: N_("XP added"),
    ChangeKind.REMOVE: N_("XP removed"),
    ChangeKind.SET: N_("XP set"),
    ChangeKind.RESET: N_("XP reset"),
}


def changed(done: Levelled) -> discord.Embed:
    """What a member has now, and what it was before."""
    return embed(description="\n".join(_lines(done)))


def question(found: Levelled) -> discord.Embed:
    """What taking a change back would do."""
    change = found.change
    lines = [
        _("Undo **{kind}** of {when}?").format(kind=_(_KINDS[change.kind]), when=text.timestamp(change.at, "f")),
        *_lines(found),
    ]
    if change.changed_by is not None:
        lines.append(_("Done by {member}").format(member=text.mention(change.changed_by)))
    lines += ["", _("What was earned since stays.")]
    return embed(description="\n".join(lines))


def undone(done: Levelled) -> discord.Embed:
    """A change that was taken back."""
    return embed(description="\n".join([_("Undone."), *_lines(done)]))


def _lines(done: Levelled) -> list[str]:
    change = done.change
    lines = [
        _("{member}: {before} → **{after} XP**").format(
            member=text.mention(change.user_id), before=text.number(change.before), after=text.number(change.after)
        ),
        _("Level {before} → **{after}**").format(before=done.level_before, after=done.level_after)
        if done.level_before != done.level_after
        else _("Level **{level}**, as before").format(level=done.level_after),
    ]
    if change.reason:
        reason = discord.utils.escape_markdown(discord.utils.escape_mentions(change.reason))
        lines.append(_("Reason: {reason}").format(reason=reason))
    return lines
