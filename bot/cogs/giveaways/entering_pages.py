"""What members are shown of giveaways: how they stand, and what they won."""

from __future__ import annotations

from datetime import timedelta
from math import gcd

import discord

from bot.domain.giveaway_rules import (
    AccountFor,
    AllOf,
    AnyOf,
    AtLevel,
    Checked,
    HoldsCoins,
    MemberFor,
    Messages,
    NoneOf,
    NoWinSince,
)
from bot.domain.giveaway_words import rule
from bot.domain.giveaways import Delivery, Giveaway, Winner
from bot.i18n import _, ngettext
from bot.services.giveaway_entering import Pressed
from bot.ui import text
from bot.ui.phrases import said
from bot.ui.theme import embed

_LONGEST_FIELD = 1_024
_ALL = 1_000
"""Tenths of a percent."""

_WHOLE = 100
"""Up to this many a chance is said as it is; of more, about how many there are to one."""


def stands(pressed: Pressed) -> discord.Embed:
    """How somebody stands with a giveaway."""
    giveaway = pressed.giveaway
    lines = [_first(pressed)]
    if pressed.entered and pressed.fits:
        lines += _chances(pressed)
    if pressed.entered:
        lines.append(_("It is drawn {when}.").format(when=text.timestamp(giveaway.ends_at)))
    shown = embed(title=giveaway.prize[:256], description="\n".join(lines))
    if pressed.checks:
        shown.add_field(name=_("Who may enter"), value=_fitting(pressed.checks), inline=False)
    return shown


def _first(pressed: Pressed) -> str:
    if pressed.entered:
        return _in(pressed)
    if pressed.host:
        return _("It is your own giveaway, so you can't win it.")
    if pressed.weight == 0:
        return _("You have a role that can't enter this giveaway.")
    if not pressed.fits:
        return _("You can't enter yet: see below what is needed.")
    return _("You're not in.")


def _in(pressed: Pressed) -> str:
    if pressed.is_new:
        return _("🎉 You're in!")
    if pressed.fits:
        return _("You're in.")
    if pressed.host:
        return _("You're in, but it is your own giveaway by now, so you can't win it.")
    if pressed.weight == 0:
        return _("You're in, but you can't win while you have a role that is excluded.")
    return _("You're in, but you can't win while something is missing: see below.")


def _chances(pressed: Pressed) -> list[str]:
    """What the chance is at present: others may still come, and what entries weigh is fixed at the end."""
    mine, everything = pressed.weight, max(pressed.pot.weight, pressed.weight)
    if mine == everything:
        return [_("Nobody else is in so far.")]
    lines: list[str] = []
    if pressed.pot.entrants != everything:
        said_ = ngettext(
            "Your entry counts once; all entries together count {all} times.",
            "Your entry counts {count} times; all entries together count {all} times.",
            mine,
        )
        lines.append(said_.format(count=text.number(mine), all=text.number(everything)))
    winners = pressed.giveaway.winners
    said_ = ngettext(
        "Your chance at present: {chance} ({percent}).",
        "Your chance at present of the first of {count} places: {chance} ({percent}).",
        winners,
    )
    lines.append(
        said_.format(count=text.number(winners), chance=_chance(mine, everything), percent=_percent(mine, everything))
    )
    return lines


def _chance(mine: int, everything: int) -> str:
    """``1 in 250``, ``2 in 3``, ``about 1 in 333``: in whole numbers."""
    shared = gcd(mine, everything)
    part, whole = mine // shared, everything // shared
    if part == 1 or whole <= _WHOLE or 2 * part > whole:
        return _("{part} in {whole}").format(part=text.number(part), whole=text.number(whole))
    about = (2 * whole + part) // (2 * part)  # rounded half up
    return _("about 1 in {whole}").format(whole=text.number(about))


def _percent(mine: int, everything: int) -> str:
    """With one decimal, rounded half up; of very little, that it is less."""
    tenths = (2 * _ALL * mine + everything) // (2 * everything)
    if tenths == 0:
        return _("less than {percent}").format(percent=text.percent(0.001))
    if tenths == _ALL:
        return _("more than {percent}").format(percent=text.percent(0.999))
    return text.percent(tenths / _ALL)


def _fitting(checks: tuple[Checked, ...]) -> str:
    """As many whole lines as a field holds."""
    lines = [_checked(one) for one in checks]
    for kept in range(len(lines), 0, -1):
        more = len(lines) - kept
        rest = [_("… and {count} more").format(count=text.number(more))] if more else []
        shown = "\n".join([*lines[:kept], *rest])
        if len(shown) <= _LONGEST_FIELD:
            return shown
    return lines[0][:_LONGEST_FIELD]


def _checked(one: Checked) -> str:
    mark, indent = "✅" if one.met else "❌", "\u2003" * one.depth
    match one.rule:
        case AllOf():
            return indent + _("{mark} All of these:").format(mark=mark)
        case AnyOf():
            return indent + _("{mark} One of these:").format(mark=mark)
        case NoneOf():
            return indent + _("{mark} None of these:").format(mark=mark)
        case _:
            has = _has(one)
    if has is None:
        return f"{indent}{mark} {said(rule(one.rule))}"
    return indent + _("{mark} {rule} — {has}").format(mark=mark, rule=said(rule(one.rule)), has=has)


def _has(one: Checked) -> str | None:  # noqa: PLR0911 — one case a kind
    """What somebody has of what is needed, in its own unit."""
    if one.has is None:
        return None
    match one.rule:
        case MemberFor():
            length = text.duration(text.rounded(timedelta(seconds=one.has)))
            return _("you have been here for {length}").format(length=length)
        case AccountFor():
            length = text.duration(text.rounded(timedelta(seconds=one.has)))
            return _("yours is {length} old").format(length=length)
        case HoldsCoins():
            return _("you have {amount}").format(amount=text.coins(one.has))
        case AtLevel():
            return _("you are at level {level}").format(level=text.number(one.has))
        case Messages():
            return _("you wrote {count}").format(count=text.number(one.has))
        case NoWinSince():
            return _last_won(one.has)
        case _:
            return None


def _last_won(days: int) -> str:
    if days == 0:
        return _("you won within the last day")
    return ngettext("you won {count} day ago", "you won {count} days ago", days).format(count=text.number(days))


def claimed(giveaway: Giveaway, winner: Winner) -> discord.Embed:
    """What became of a claim."""
    lines = [_("🎉 **{prize}** is yours.").format(prize=giveaway.prize)]
    match winner.delivery:
        case Delivery.GIVEN:
            lines.append(_("What I hand out is on its way to you."))
        case Delivery.REFUSED:
            lines.append(
                _("Your wallet has no room for the coins. Tell {host}.").format(host=text.mention(giveaway.host_id))
            )
        case _:
            lines.append(_("{host} will be in touch.").format(host=text.mention(giveaway.host_id)))
    return embed(description="\n".join(lines))
