"""Lists of giveaways, how one stands, and who is in, as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import discord
from discord.ui import Button, View

from bot.domain.audit import clipped
from bot.domain.giveaway_words import FAILURES, FIELDS, PASSED, STATUSES, chances, conditions, logged, standing
from bot.domain.giveaways import Delivery, Giveaway, Status, Winner, WinnerState
from bot.i18n import N_, _
from bot.services.giveaway_knowing import About, Entrants, Shown
from bot.ui import text
from bot.ui.phrases import said
from bot.ui.theme import embed

_MOST_EVENTS = 10
_MOST_DRAWN = 20
_LONGEST_FIELD = 1_024

_STATES = {
    WinnerState.WON: N_("has to claim it"),
    WinnerState.CLAIMED: N_("won"),
    WinnerState.EXPIRED: N_("did not claim it in time"),
    WinnerState.REROLLED: N_("another was drawn instead"),
}
_DELIVERIES = {
    Delivery.GIVEN: N_("handed out"),
    Delivery.REFUSED: N_("no room for the coins"),
    Delivery.WAITING: N_("not handed out yet"),
}
_TITLES = {
    Shown.OPEN: N_("Giveaways"),
    Shown.OVER: N_("Giveaways that are over"),
    Shown.DRAFTS: N_("Your drafts"),
}


def listed(found: Sequence[Giveaway], which: Shown) -> discord.Embed:
    """A page of giveaways."""
    lines = "\n".join(_line(one) for one in found) or _("There are none.")
    return embed(title=_(_TITLES[which]), description=lines)


def _line(one: Giveaway) -> str:
    status = _(STATUSES[one.status])
    starts = one.starts_at if one.status is Status.SCHEDULED else None
    when = starts or one.ended_at or one.ends_at
    line = _("**{giveaway}** {prize} · {status} · {when}")
    return line.format(giveaway=one.marker, prize=one.prize[:80], status=status, when=text.timestamp(when))


def about(found: About, *, staff: bool) -> discord.Embed:
    """How a giveaway stands; `staff` reads too what became of letters and prizes."""
    giveaway = found.giveaway
    lines = [
        _("**Status:** {status}").format(status=_(STATUSES[giveaway.status])),
        _("**Channel:** <#{channel}>").format(channel=giveaway.channel_id),
    ]
    if giveaway.starts_at is not None and giveaway.status in {Status.DRAFT, Status.SCHEDULED}:
        lines.append(_("**Starts:** {when}").format(when=text.timestamp(giveaway.starts_at)))
    lines += [said(one) for one in standing(giveaway, found.entrants)]
    if giveaway.failure is not None:
        lines.append(_("**Why:** {why}").format(why=_(FAILURES[giveaway.failure])))
    if giveaway.message_id is not None and not giveaway.gone:
        lines.append(f"https://discord.com/channels/{giveaway.guild_id}/{giveaway.channel_id}/{giveaway.message_id}")
    title = f"{giveaway.marker} {giveaway.prize}"[:256]
    shown = embed(title=title, description="\n".join(lines))
    for name, phrases in (("rules", conditions(giveaway)), ("bonuses", chances(giveaway))):
        if words := "\n".join(said(one) for one in phrases):
            shown.add_field(name=_(FIELDS[name]), value=clipped(words, _LONGEST_FIELD), inline=False)
    if found.winners:
        drawn = _whole([_drawn(one, staff=staff) for one in found.winners[:_MOST_DRAWN]])
        shown.add_field(name=_("Drawn, in order"), value="\n".join(drawn), inline=False)
    history = [
        f"{text.timestamp(event.at)} {said(phrase)}"
        for event in found.events[-_MOST_EVENTS:]
        if (phrase := logged(giveaway, event)) is not None
    ]
    if history:
        latest = _whole(history[::-1])[::-1]
        shown.add_field(name=_("History"), value="\n".join(latest), inline=False)
    if giveaway.status in {Status.RUNNING, Status.SCHEDULED, Status.ENDED}:
        shown.add_field(name=_("Commitment"), value=f"`{giveaway.commitment}`", inline=False)
    return shown


def _whole(lines: Sequence[str]) -> Sequence[str]:
    """As many of the first lines as a field holds, none cut in its middle."""
    ends = accumulate(len(line) + 1 for line in lines)  # each with a line feed, of which the last is not needed
    return [line for line, end in zip(lines, ends, strict=True) if end <= _LONGEST_FIELD + 1]


def _drawn(one: Winner, *, staff: bool) -> str:
    if one.state is WinnerState.PASSED and one.passed is not None:
        what = _(PASSED[one.passed])
    else:
        what = _(_STATES[one.state])
    parts = [what]
    if staff and one.delivery in _DELIVERIES and one.state.holds:
        parts.append(_(_DELIVERIES[one.delivery]))
    if staff and one.lettered is False:
        parts.append(_("takes no direct messages"))
    return f"{one.place}. {text.mention(one.user_id)}: {', '.join(parts)}"


def entrants(page: Entrants) -> discord.Embed:
    """A page of those who are in."""
    lines = "\n".join(
        _("{member} · weight {weight} · {when}").format(
            member=text.mention(one.user_id), weight=text.number(one.weight), when=text.timestamp(one.entered_at)
        )
        for one in page.entries
    )
    title = _("Entrants of giveaway {giveaway}: {count}")
    shown = title.format(giveaway=page.giveaway.marker, count=text.number(page.total))
    return embed(title=shown, description=lines or _("Nobody yet."))


def further(page: Entrants) -> View:
    """The buttons of a page."""
    view = View(timeout=None)
    number = page.giveaway.number
    if page.after is not None or (page.entries and page.total > len(page.entries)):
        view.add_item(Button(label=_("From the beginning"), custom_id=f"giveaway:entrants:v1:{number}:0"))
    if page.after is not None:
        view.add_item(Button(label=_("Next"), custom_id=f"giveaway:entrants:v1:{number}:{page.after}"))
    return view


def attached(number: int, *, fits: bool) -> discord.Embed:
    """That the file is with it, or is too large for that."""
    if not fits:
        return embed(description=_("They are too many for a file that Discord takes. Their pages show all of them."))
    return embed(description=_("Everybody who has entered giveaway {giveaway}.").format(giveaway=f"#{number}"))
