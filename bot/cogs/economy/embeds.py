"""What the purse looks like."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.cogs.economy.kinds import KINDS
from bot.domain.economy import HISTORY_DAYS, ClaimAction
from bot.domain.purse import KindSum, Overview, Tally
from bot.i18n import _, ngettext
from bot.pictures.specs import Chart, ChartKind, Point
from bot.services.bank import Banked
from bot.services.economy import History, Paid
from bot.ui import text
from bot.ui.theme import embed

_LEAST_OF_A_LINE = 2


def balance(shown: Overview, *, own: bool) -> discord.Embed:
    """A member's purse, and how it stands beside others."""
    purse = shown.purse
    wallet = text.coins(purse.wallet)
    if own:
        made = embed(description=_("Your wallet: **{coins}**").format(coins=wallet))
    else:
        said = _("{member}'s wallet: **{coins}**")
        made = embed(description=said.format(member=text.mention(purse.user_id), coins=wallet))
    if shown.has_bank or purse.bank:
        made.add_field(name=_("Bank"), value=text.coins(purse.bank))
    if shown.worth != purse.wallet:
        made.add_field(name=_("Net worth"), value=text.coins(shown.worth))
    if shown.place is not None:
        made.add_field(name=_("Place among wallets"), value=text.number(shown.place))
    return made


def tally(shown: Tally) -> discord.Embed:
    """What a member earned and spent."""
    if not shown.ever:
        return embed(title=_("Earned and spent"), description=_("Nothing has moved yet."))
    lately = ngettext("In the last {count} day", "In the last {count} days", HISTORY_DAYS).format(count=HISTORY_DAYS)
    parts = [_sums(_("All time"), shown.ever), _sums(lately, shown.lately)]
    days = shown.best_streaks.get(ClaimAction.DAILY)
    if days:
        said = ngettext("Best streak: {count} day", "Best streak: {count} days", days)
        parts.append(said.format(count=text.number(days)))
    weeks = shown.best_streaks.get(ClaimAction.WEEKLY)
    if weeks:
        said = ngettext("Best streak: {count} week", "Best streak: {count} weeks", weeks)
        parts.append(said.format(count=text.number(weeks)))
    return embed(
        title=_("Earned and spent"),
        description="\n\n".join(parts),
        footer=_("What went between your wallet and your bank account is neither."),
    )


def _sums(title: str, sums: Sequence[KindSum]) -> str:
    came, went = (text.coins(sum(amounts)) for amounts in ([one.came for one in sums], [one.went for one in sums]))
    lines = [_("**{title}:** earned {came}, spent {went}").format(title=title, came=came, went=went)]
    for one in sorted(sums, key=lambda one: -one.came - one.went):
        amounts = [text.signed(amount) for amount in (one.came, -one.went) if amount]
        lines.append(f"{_(KINDS[one.kind])}: {' / '.join(amounts)}")
    return "\n".join(lines)


def history(shown: History) -> discord.Embed:
    """How a wallet went, in words that hold without the chart."""
    if not shown.days:
        return embed(title=_("Your wallet"), description=_("There is nothing to show yet: no coin of yours has moved."))
    first, now, days = shown.days[0].wallet, shown.days[-1].wallet, len(shown.days) - 1
    if not days:
        said = _("You have **{coins}**. Before today nothing had moved.")
    elif now > first:
        said = ngettext(
            "You have **{coins}**, {change} more than {count} day ago.",
            "You have **{coins}**, {change} more than {count} days ago.",
            days,
        )
    elif now < first:
        said = ngettext(
            "You have **{coins}**, {change} less than {count} day ago.",
            "You have **{coins}**, {change} less than {count} days ago.",
            days,
        )
    else:
        said = ngettext(
            "You have **{coins}**, as many as {count} day ago.",
            "You have **{coins}**, as many as {count} days ago.",
            days,
        )
    change = text.number(abs(now - first))
    return embed(title=_("Your wallet"), description=said.format(coins=text.coins(now), change=change, count=days))


def history_chart(shown: History, accent: int) -> Chart | None:
    """The same as a line; None where there are not even two days to draw one between."""
    count = len(shown.days)
    if count < _LEAST_OF_A_LINE:
        return None
    title = ngettext("Your wallet, the last {count} day", "Your wallet, the last {count} days", count).format(
        count=count
    )
    points = tuple(Point(text.day(end.day), end.wallet) for end in shown.days)
    return Chart(ChartKind.LINE, title, points, accent=accent, separator=text.separator())


def payment(paid: Paid) -> discord.Embed:
    """A payment, as everybody sees it."""
    sender, recipient = text.mention(paid.sender_id), text.mention(paid.recipient_id)
    said = _("{sender} gave **{coins}** to {recipient}.").format(
        sender=sender, coins=text.coins(paid.amount), recipient=recipient
    )
    if paid.tax:
        arrived = text.coins(paid.amount - paid.tax)
        taxed = _("{coins} arrived, {tax} went to tax.").format(coins=arrived, tax=text.coins(paid.tax))
        said = f"{said}\n{taxed}"
    return embed(description=said)


def banked(done: Banked, *, into: bool) -> discord.Embed:
    """Coins that went into the bank, or came out of it."""
    moved = _("You put **{coins}** into the bank.") if into else _("You took **{coins}** out of the bank.")
    left = _("Wallet: {wallet} · Bank: {bank}").format(wallet=text.number(done.wallet), bank=text.number(done.bank))
    return embed(description=f"{moved.format(coins=text.coins(done.amount))}\n{left}")
