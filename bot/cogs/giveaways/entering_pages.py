"""What members are shown of giveaways: how they stand, and what they won."""

from __future__ import annotations

from datetime import timedelta

import discord

from bot.domain.giveaway_rules import AccountFor, AtLevel, Checked, HoldsCoins, MemberFor, Messages
from bot.domain.giveaway_words import rule
from bot.domain.giveaways import Delivery, Giveaway, Winner
from bot.i18n import _
from bot.services.giveaway_entering import Pressed
from bot.ui import text
from bot.ui.phrases import said
from bot.ui.theme import embed


def stands(pressed: Pressed) -> discord.Embed:
    """How somebody stands with a giveaway."""
    giveaway = pressed.giveaway
    lines = [_first(pressed)]
    if pressed.entered:
        lines.append(_("It is drawn {when}.").format(when=text.timestamp(giveaway.ends_at)))
        lines.append(_chance(pressed))
    shown = embed(title=giveaway.prize[:256], description="\n".join(lines))
    if pressed.checks:
        checks = "\n".join(_checked(one) for one in pressed.checks)
        shown.add_field(name=_("Who may enter"), value=checks[:1024], inline=False)
    return shown


def _first(pressed: Pressed) -> str:
    if pressed.entered:
        return _("🎉 You're in!") if pressed.is_new else _("You're in.")
    if pressed.host:
        return _("It is your own giveaway, so you can't win it.")
    if pressed.weight == 0:
        return _("You have a role that can't enter this giveaway.")
    if any(not one.met for one in pressed.checks):
        return _("You can't enter yet: see below what is needed.")
    return _("You're not in.")


def _chance(pressed: Pressed) -> str:
    """What the chance of one winner's place is at present: others may still come, and weights are fixed at the end."""
    share = pressed.weight / max(pressed.pot.weight, pressed.weight)
    said_ = _("Your entry weighs {weight} of {all} by now, so the first place is yours with {share}.")
    return said_.format(
        weight=text.number(pressed.weight),
        all=text.number(max(pressed.pot.weight, pressed.weight)),
        share=text.percent(share),
    )


def _checked(one: Checked) -> str:
    mark = "✅" if one.met else "❌"
    has = _has(one)
    if has is None:
        return f"{mark} {said(rule(one.rule))}"
    return _("{mark} {rule} — you have {has}").format(mark=mark, rule=said(rule(one.rule)), has=has)


def _has(one: Checked) -> str | None:
    """What somebody has of what is needed, in its own unit."""
    if one.has is None:
        return None
    match one.rule:
        case MemberFor() | AccountFor():
            return text.duration(text.rounded(timedelta(seconds=one.has)))
        case HoldsCoins():
            return text.coins(one.has)
        case AtLevel() | Messages():
            return text.number(one.has)
        case _:
            return None


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
