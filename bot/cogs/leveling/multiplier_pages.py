"""What multipliers look like for staff."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.domain.leveling import TargetKind
from bot.domain.multipliers import Multiplier
from bot.i18n import _, ngettext
from bot.ui import text
from bot.ui.factors import factor
from bot.ui.theme import MAX_DESCRIPTION, embed


def multiplier_set(new: Multiplier, before: Multiplier | None) -> discord.Embed:
    """A multiplier that was set, and the one whose place it took."""
    lines = [f"{_target(new)}: **{factor(new.per_mille)}**"]
    if before is not None and before != new:
        lines.append(_("Before: {factor}").format(factor=factor(before.per_mille)))
    if not new.per_mille:
        none = _("Whoever has this role earns no XP, whatever else they have.")
        lines.append(none if new.kind is TargetKind.ROLE else _("No XP is earned there, whatever else applies."))
    return embed(description="\n".join(lines))


def multiplier_removed(gone: Multiplier) -> discord.Embed:
    """A multiplier that was removed."""
    said = _("{target} multiplies nothing any more; it was {factor}.")
    return embed(description=said.format(target=_target(gone), factor=factor(gone.per_mille)))


def multipliers(found: Sequence[Multiplier]) -> discord.Embed:
    """All of them."""
    if not found:
        said = _("Nothing multiplies XP here yet. {command} changes that.").format(command="`/xp multiplier set`")
        return embed(description=said)
    lines: list[str] = []
    left = MAX_DESCRIPTION - 100
    for one in found:
        line = f"{_target(one)}: **{factor(one.per_mille)}**"
        left -= len(line) + 1
        if left < 0:
            more = len(found) - len(lines)
            lines.append(ngettext("and {count} more", "and {count} more", more).format(count=text.number(more)))
            break
        lines.append(line)
    return embed(title=_("Multipliers of XP"), description="\n".join(lines))


def plainly(guild: discord.Guild | None, one: Multiplier) -> str:
    """A multiplier where Discord draws no mentions."""
    if one.kind is TargetKind.ROLE:
        role = None if guild is None else guild.get_role(one.target_id)
        name = f"@{one.target_id if role is None else role.name}"
    else:
        channel = None if guild is None else guild.get_channel_or_thread(one.target_id)
        name = f"#{one.target_id if channel is None else channel.name}"
    return f"{name} {factor(one.per_mille)}"


def _target(one: Multiplier) -> str:
    return f"<@&{one.target_id}>" if one.kind is TargetKind.ROLE else f"<#{one.target_id}>"
