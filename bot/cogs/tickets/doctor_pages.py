"""What /ticket doctor says."""

from __future__ import annotations

from collections.abc import Iterator

import discord

from bot.actions.ticket_doctor import Examined
from bot.actions.ticket_doctor_topics import SiteSymptom, SiteTrouble
from bot.actions.ticket_symptoms import Symptom, Target, Trouble
from bot.cogs.tickets.panel_pages import harmless
from bot.domain.permissions import name_of
from bot.domain.ticket_access import MOST_THREAD_STAFF
from bot.i18n import _, ngettext
from bot.ui.text import number
from bot.ui.theme import embed

_SHOWN = 15
_MOST_TARGETS = 5


def report(found: Examined) -> discord.Embed:
    """What was found: the worst first, and how much of it there is no room for."""
    lines = [
        *(_site(one) for one in found.sites),
        *(_line(one) for one in found.symptoms),
        *(
            _("⚠️ <#{channel}> looks like a ticket, and is none. Delete it if nobody needs it.").format(channel=one)
            for one in found.orphans
        ),
    ]
    said = [*_heading(found, any_trouble=bool(lines)), *lines[:_SHOWN]]
    left = len(lines) - _SHOWN
    if left > 0:
        said.append(ngettext("And {count} more.", "And {count} more.", left).format(count=left))
    return embed(title=_("Tickets"), description="\n".join(said))


def _heading(found: Examined, *, any_trouble: bool) -> Iterator[str]:
    if any_trouble and found.count:
        looked = ngettext("I looked at {count} open ticket.", "I looked at {count} open tickets.", found.count)
        yield looked.format(count=found.count) + "\n"
    elif found.count:
        looked = ngettext(
            "✅ The only open ticket is seen by the right people, and by nobody else.",
            "✅ All {count} open tickets are seen by the right people, and by nobody else.",
            found.count,
        )
        yield looked.format(count=found.count)
    elif not any_trouble:
        yield _("✅ No ticket is open.")


def _line(one: Symptom) -> str:
    values = {"ticket": f"#{one.number}", "channel": f"<#{one.channel_id}>", "who": _whom(one.targets)}
    values["parent"] = f"<#{one.parent_id}>"
    match one.trouble:
        case Trouble.OUTSIDERS:
            said = _("❌ **{ticket}** {channel} is seen by {who}, who should not.")
        case Trouble.GONE:
            said = _("❌ **{ticket}** has no channel any more.")
        case Trouble.BLIND:
            said = _("❌ **{ticket}** {channel}: {who} can't be let in, for they can't see {parent}.")
        case Trouble.LACKING:
            said = _("❌ **{ticket}** {channel}: I lack {permissions} there.")
            values["permissions"] = ", ".join(_(name_of(name)) for name in one.permissions)
        case Trouble.DIFFERS:
            said = _("⚠️ **{ticket}** {channel} was changed by hand.")
        case Trouble.WAITS:
            said = _("⚠️ **{ticket}** {channel} could not be brought up to date yet.")
        case Trouble.FOREIGN if one.parent_id is not None:
            said = _("💡 **{ticket}** {channel}: {who} came in by hand. I leave that alone.")
        case Trouble.FOREIGN:
            said = _("💡 **{ticket}** {channel} has rules of others about {who}. I leave these alone.")
    return said.format(**values)


def _site(one: SiteSymptom) -> str:
    values: dict[str, object] = {
        "topics": ", ".join(harmless(label) for label in one.topics),
        "channel": f"<#{one.channel_id}>",
        "permissions": ", ".join(_(name_of(name)) for name in one.permissions),
        "who": _whom(one.roles),
        "count": number(one.count),
        "most": MOST_THREAD_STAFF,
    }
    match one.trouble:
        case SiteTrouble.GONE:
            said = _("❌ **{topics}**: a channel or category of these tickets was deleted. Please choose another.")
        case SiteTrouble.LACKING:
            said = _("❌ **{topics}**: I lack {permissions} in {channel}.")
        case SiteTrouble.CROWDED:
            said = _(
                "⚠️ **{topics}**: {count} people answer, and I put {most} of them into each thread. "
                "Give {who} Manage Threads in {channel}, and all of them see it."
            )
        case SiteTrouble.LARGE:
            said = _(
                "⚠️ **{topics}**: in a server this large I put no support into threads. "
                "Give {who} Manage Threads in {channel}, and they see them."
            )
        case SiteTrouble.SEEN:
            said = _("💡 **{topics}**: {who} sees all threads in {channel}, by Manage Threads.")
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
