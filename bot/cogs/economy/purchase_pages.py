"""What a purchase looks like: how far it is, what was delivered, and why it was not."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import discord

from bot.cogs.economy.job_pages import harmless
from bot.domain.purchases import FailedFor, Purchase, PurchaseState
from bot.domain.shop import BoostXp, Effect, GiveCoins, GiveItem, GiveRole, Say, TakeRole, roles_given, words_of
from bot.i18n import _
from bot.ui import text
from bot.ui.factors import factor
from bot.ui.theme import embed
from bot.words import N_

_WHY = {
    FailedFor.AWAY: N_("you are not in the server any more"),
    FailedFor.SCREENING: N_("you have not accepted the server's rules yet"),
    FailedFor.ROLE_GONE: N_("the role was deleted or taken back meanwhile"),
    FailedFor.EVERYONE: N_("everybody has that role"),
    FailedFor.MANAGED: N_("the role is managed by Discord or another app"),
    FailedFor.ABOVE_ME: N_("the role stands above my own highest role"),
    FailedFor.DANGEROUS: N_("the role has a permission that I don't hand out"),
    FailedFor.NOT_ALLOWED: N_("I lack the permission Manage Roles"),
    FailedFor.REFUSED: N_("Discord refused it"),
    FailedFor.TOO_LATE: N_("Discord did not answer for too long"),
    FailedFor.NO_ROOM: N_("your wallet has no room for the coins that come with it"),
    FailedFor.LEVELING_OFF: N_("leveling was switched off meanwhile, and the XP boost would pass unused"),
    FailedFor.UNDONE: N_("those who run this server took the purchase back"),
}
"""Why a role was not given, to the buyer; the end of a sentence."""

_OWN_DOING = {
    FailedFor.AWAY, FailedFor.SCREENING, FailedFor.TOO_LATE, FailedFor.NO_ROOM, FailedFor.LEVELING_OFF,
    FailedFor.UNDONE,
}  # fmt: skip
"""What staff can't mend, or meant so."""


def begun(purchase: Purchase) -> discord.Embed:
    """A purchase whose role is being given."""
    roles = ", ".join(f"<@&{one.role_id}>" for one in roles_given(purchase.bought.chain))
    words = _("⏳ {coins} are put aside for **{item}**, and I'm giving you {roles} now…")
    return embed(
        description=words.format(coins=text.coins(purchase.price), item=harmless(purchase.bought.name), roles=roles)
    )


def purchase(shown: Purchase, names: Mapping[int, str]) -> discord.Embed:
    """How a purchase stands: what was delivered, why it was not, or that nobody knows yet."""
    match shown.state:
        case PurchaseState.DONE:
            return _delivered(shown, names)
        case PurchaseState.FAILED:
            return _undone(shown)
        case PurchaseState.PENDING:
            words = _(
                "⏳ Discord doesn't answer me just now. Your {coins} for **{item}** are put aside: within a quarter "
                "of an hour you have the role, or your coins back."
            )
            return embed(description=words.format(coins=text.coins(shown.price), item=harmless(shown.bought.name)))


def _delivered(shown: Purchase, names: Mapping[int, str]) -> discord.Embed:
    item = f"**{harmless(shown.bought.name)}**"
    if shown.quantity > 1:
        item = f"{text.number(shown.quantity)} × {item}"  # noqa: RUF001 — times is meant
    words = _("✅ You bought {item} for {coins}.") if shown.price else _("✅ {item} is yours.")
    lines = [words.format(item=item, coins=text.coins(shown.price))]
    ends = shown.bought.copies_end(shown.at)
    if ends is not None:
        lines.append(_("It lasts until {when}.").format(when=f"{text.timestamp(ends, 'f')} ({text.timestamp(ends)})"))
    lines += told(shown.bought.chain, names, copies=shown.quantity, lasts=ends is not None)
    return embed(description="\n".join(lines))


def told(chain: Collection[Effect], names: Mapping[int, str], *, copies: int = 1, lasts: bool = False) -> list[str]:
    """What a chain did, and what it says."""
    does = [f"• {effect(one, names, copies=copies, lasts=lasts)}" for one in chain if not isinstance(one, Say)]
    return [*does, *("> " + harmless(words).replace("\n", "\n> ") for words in words_of(chain))]


def _undone(shown: Purchase) -> discord.Embed:
    why = _(_WHY[shown.reason or FailedFor.REFUSED])
    words = _("↩️ You don't have **{item}**: {reason}. Your {coins} are back in your wallet.")
    text_ = words.format(item=harmless(shown.bought.name), reason=why, coins=text.coins(shown.price))
    if shown.reason not in _OWN_DOING:
        text_ += "\n" + _("Please tell those who run this server.")
    return embed(description=text_)


def effect(one: Effect, names: Mapping[int, str], *, copies: int = 1, lasts: bool = False) -> str:
    """What an effect does; `lasts` where the copy that it comes with ends some time."""
    match one:
        case GiveRole():
            return _role(one, copies, lasts=lasts)
        case TakeRole():
            return _("ends the role {role}, if it is from the shop").format(role=f"<@&{one.role_id}>")
        case GiveCoins():
            return _("gives you {coins}").format(coins=text.coins(one.amount * copies))
        case GiveItem():
            return _("gives you {count} × {item}").format(  # noqa: RUF001 — times is meant
                count=text.number(one.quantity * copies), item=f"**{harmless(names.get(one.item_id, '…'))}**"
            )
        case BoostXp():
            return _("multiplies the XP that you earn by {factor} for {duration}").format(
                factor=factor(one.per_mille), duration=text.duration(one.seconds * copies)
            )
        case Say():
            return _("tells you something")


def _role(one: GiveRole, copies: int, *, lasts: bool) -> str:
    role = f"<@&{one.role_id}>"
    if one.seconds is not None:
        length = text.duration(one.seconds * copies)
        return _("gives you the role {role} for {duration}").format(role=role, duration=length)
    if lasts:
        return _("gives you the role {role} for as long as it lasts").format(role=role)
    return _("gives you the role {role}").format(role=role)
