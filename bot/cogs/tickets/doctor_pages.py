"""What /ticket doctor says."""

from __future__ import annotations

from collections.abc import Iterator

import discord

from bot.actions.ticket_doctor import Examined, Symptom, Target, Trouble
from bot.domain.permissions import name_of
from bot.i18n import _, ngettext
from bot.ui.theme import embed

_SHOWN = 15
_MOST_TARGETS = 5


def report(found: Examined) -> discord.Embed:
    """What was found: the worst first, and how much of it there is no room for."""
    said = [_line(one) for one in found.symptoms[:_SHOWN]]
    room = _SHOWN - len(said)
    said += [
        _("⚠️ <#{channel}> looks like a ticket, and is none. Delete it if nobody needs it.").format(channel=one)
        for one in found.orphans[:room]
    ]
    left = len(found.symptoms) + len(found.orphans) - len(said)
    if left:
        said.append(ngettext("And {count} more.", "And {count} more.", left).format(count=left))
    said = [*_heading(found, any_trouble=bool(said)), *said]
    return embed(title=_("Tickets"), description="\n".join(said))


def _heading(found: Examined, *, any_trouble: bool) -> Iterator[str]:
    if any_trouble:
        looked = ngettext("I looked at {count} open ticket.", "I looked at {count} open tickets.", found.count)
        yield looked.format(count=found.count) + "\n"
    elif found.count:
        looked = ngettext(
            "✅ The only open ticket is seen by the right people, and by nobody else.",
            "✅ All {count} open tickets are seen by the right people, and by nobody else.",
            found.count,
        )
        yield looked.format(count=found.count)
    else:
        yield _("✅ No ticket is open.")


def _line(one: Symptom) -> str:
    values = {"ticket": f"#{one.number}", "channel": f"<#{one.channel_id}>", "who": _whom(one.targets)}
    match one.trouble:
        case Trouble.OUTSIDERS:
            said = _("❌ **{ticket}** {channel} is seen by {who}, who should not.")
        case Trouble.GONE:
            said = _("❌ **{ticket}** has no channel any more.")
        case Trouble.LACKING:
            said = _("❌ **{ticket}** {channel}: I lack {permissions} there.")
            values["permissions"] = ", ".join(_(name_of(name)) for name in one.permissions)
        case Trouble.DIFFERS:
            said = _("⚠️ **{ticket}** {channel} was changed by hand.")
        case Trouble.WAITS:
            said = _("⚠️ **{ticket}** {channel} could not be brought up to date yet.")
        case Trouble.FOREIGN:
            said = _("💡 **{ticket}** {channel} has rules of others about {who}. I leave these alone.")
    return said.format(**values)


def _whom(targets: tuple[Target, ...]) -> str:
    said = [_target(one) for one in targets[:_MOST_TARGETS]]
    more = len(targets) - len(said)
    if more:
        said.append(ngettext("{count} more", "{count} more", more).format(count=more))
    return ", ".join(said)


def _target(one: Target) -> str:
    if one.is_everybody:
        return _("everybody")
    return f"<@{one.id}>" if one.is_member else f"<@&{one.id}>"


def mending(count: int) -> discord.Embed:
    """That so many tickets are put in order now."""
    said = ngettext(
        "I am putting {count} ticket in order. Look again in a moment with `/ticket doctor`.",
        "I am putting {count} tickets in order. Look again in a moment with `/ticket doctor`.",
        count,
    )
    return embed(description=said.format(count=count))


def nothing() -> discord.Embed:
    """That there is nothing that could be put in order."""
    return embed(description=_("There is nothing that I could put in order any more."))
