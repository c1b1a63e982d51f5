"""What the purse looks like."""

from __future__ import annotations

import discord

from bot.domain.economy import Kind
from bot.i18n import N_, _, ngettext
from bot.pictures.specs import Chart, ChartKind, Point
from bot.services.economy import DailyPaid, History, Paid, Purse, StatementPage
from bot.ui import text
from bot.ui.theme import embed

_LEAST_OF_A_LINE = 2


def balance(purse: Purse, *, own: bool) -> discord.Embed:
    """A member's purse."""
    coins = text.coins(purse.wallet)
    if own:
        return embed(description=_("Your wallet: **{coins}**").format(coins=coins))
    return embed(
        description=_("{member}'s wallet: **{coins}**").format(member=text.mention(purse.user_id), coins=coins)
    )


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


def daily(paid: DailyPaid) -> discord.Embed:
    """A daily claim that was paid."""
    return embed(
        description="\n".join(
            (
                _("**{coins}** for today. You have **{wallet}** now.").format(
                    coins=text.coins(paid.amount), wallet=text.number(paid.wallet)
                ),
                ngettext(
                    "Streak: {count} day. The next is ready {when}.",
                    "Streak: {count} days. The next is ready {when}.",
                    paid.streak,
                ).format(count=text.number(paid.streak), when=text.timestamp(paid.ready_at)),
            )
        )
    )


def payment(paid: Paid) -> discord.Embed:
    """A payment, as everybody sees it."""
    sender, recipient = text.mention(paid.sender_id), text.mention(paid.recipient_id)
    return embed(
        description=_("{sender} gave **{coins}** to {recipient}.").format(
            sender=sender, coins=text.coins(paid.amount), recipient=recipient
        )
    )


def statement(page: StatementPage) -> discord.Embed:
    """A page of a member's statement."""
    if not page.lines:
        return embed(title=_("Your statement"), description=_("Nothing has moved yet."))
    lines = [
        f"{text.timestamp(line.at, 'd')} {text.timestamp(line.at, 't')} · **{text.signed(line.amount)}** · "
        f"{_reason(line.kind, line.amount, line.counterpart_id)} · {text.number(line.balance_after or 0)}"
        for line in page.lines
    ]
    return embed(
        title=_("Your statement"),
        description="\n".join(lines),
        footer=_("Amount, what for, and what was left."),
    )


def _reason(kind: Kind, amount: int, counterpart_id: int) -> str:
    if kind is Kind.PAYMENT:
        said = _("to {member}") if amount < 0 else _("from {member}")
        return said.format(member=text.mention(counterpart_id))
    return _(REASONS[kind])


REASONS = {
    Kind.STARTING_BALANCE: N_("to begin with"),
    Kind.DAILY: N_("daily"),
    Kind.WEEKLY: N_("weekly"),
    Kind.WORK: N_("work"),
    Kind.DEPOSIT: N_("to the bank"),
    Kind.WITHDRAWAL: N_("from the bank"),
    Kind.PURCHASE: N_("bought something"),
    Kind.SALE: N_("sold something"),
    Kind.HOLD: N_("put aside"),
    Kind.RELEASE: N_("given back"),
    Kind.GRANT: N_("added by staff"),
    Kind.FINE: N_("removed by staff"),
    Kind.CORRECTION: N_("set by staff"),
    Kind.RESET: N_("reset by staff"),
    Kind.REVERSAL: N_("taken back"),
}
"""Why coins moved, where the other side says nothing more."""
