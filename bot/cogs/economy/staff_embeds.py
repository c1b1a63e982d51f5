"""What staff sees of the economy: what was changed, what would be undone, whether the books add up, what they tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import discord

from bot.cogs.economy.kinds import KINDS
from bot.domain.economy import AccountKey, Kind, Pocket, Posting
from bot.domain.report import TENTHS, Flow, Flows
from bot.domain.treasury import Change, Suggested, Things
from bot.i18n import N_, _, ngettext
from bot.pictures.specs import Chart, ChartKind, Point
from bot.services.books import Examined, Report, Verdict
from bot.services.treasury import Changed, Reset
from bot.services.undoing import Reversible, Undone
from bot.ui import text
from bot.ui.factors import factor
from bot.ui.phrases import written
from bot.ui.theme import embed

_MOST_FLOWS = 8
"""Kinds of faucets and of sinks that a report names; the others stand in the sum."""

_MOST_FINDINGS = 5
"""Findings of one promise that are told one by one."""


def _where(account: AccountKey) -> str:
    said = _("{member}'s bank") if account.pocket is Pocket.BANK else _("{member}'s wallet")
    return said.format(member=text.mention(account.holder))


def _number(transaction_id: int) -> str:
    return _("Transaction {number}").format(number=transaction_id)


def changed(done: Changed) -> discord.Embed:
    """A change of one account."""
    said = {
        Change.ADD: _("Added **{coins}** to {where}, which holds **{balance}** now."),
        Change.REMOVE: _("Removed **{coins}** from {where}, which holds **{balance}** now."),
        Change.SET: _("{where} holds **{balance}** now; that is a change of {difference}."),
    }[done.change].format(
        coins=text.coins(abs(done.amount)),
        where=_where(done.account),
        balance=text.number(done.balance),
        difference=text.signed(done.amount),
    )
    lines = [said] if done.reason is None else [said, _("Reason: {reason}").format(reason=_plain(done.reason))]
    return embed(description="\n".join(lines), footer=_number(done.transaction_id))


def _moves(moves: Iterable[Posting]) -> list[str]:
    return [
        f"• {_where(posting.account)}: **{text.signed(posting.amount)}**"
        for posting in moves
        if not posting.account.is_system
    ]


def kind_said(kind: Kind) -> str:
    """Why coins moved, in a word or two."""
    return _("Payment") if kind is Kind.PAYMENT else _(KINDS[kind])


def question(found: Reversible) -> discord.Embed:
    """What taking a transaction back would do."""
    what = _("Undo **{kind}** of {when}?") if not found.takes_back else _("Restore **{kind}**, undone {when}?")
    lines = [what.format(kind=kind_said(found.kind), when=text.timestamp(found.at, "f"))]
    if found.actor_id is not None:
        lines.append(_("Done by {member}").format(member=text.mention(found.actor_id)))
    if found.memo:
        lines.append(_("Reason: {reason}").format(reason=_plain(found.memo)))
    lines += ["", _("This would move:"), *_moves(found.moves), *_things(found.things), *_ending(found)]
    if found.kind in {Kind.DAILY, Kind.WEEKLY, Kind.WORK}:
        lines.append(_("The claim stays claimed: it is about the coins alone."))
    if found.kind is Kind.PURCHASE:
        lines.append(_("This can't be undone itself, and does not count as bought any more."))
    return embed(description="\n".join(lines), footer=_number(found.id))


def _things(things: Iterable[Things]) -> list[str]:
    return [f"• {_plain(one.name)}: **{text.signed(one.quantity)}**" for one in things]


def _ending(one: Reversible | Undone) -> list[str]:
    boost = _("• The XP boost {factor} ends; what was earned by it stays")
    role = _("• The role {role} ends")
    return [
        *(boost.format(factor=factor(per_mille)) for per_mille in one.boosts),
        *(role.format(role=f"<@&{role_id}>") for role_id in one.role_ids),
    ]


def undone(done: Undone) -> discord.Embed:
    """A transaction that was taken back."""
    beside = [*_things(done.things), *_ending(done)]
    said = _("Undone. This went back:") if beside else _("Undone. These coins went back:")
    lines = [said, *_moves(done.moves), *beside]
    return embed(description="\n".join(lines), footer=_number(done.transaction_id))


def reset(done: Reset) -> discord.Embed:
    """A member who began anew."""
    lines = [
        _("{member} has what a new member has:").format(member=text.mention(done.member_id)),
        *_moves(done.moves),
        _("For 30 days `/economy undo-reset` brings it back."),
    ]
    return embed(description="\n".join(lines), footer=_number(done.transaction_id))


def suggestion(found: Suggested, *, when: str, name: str) -> str:
    """A transaction in a list of suggestions, which shows no mentions and no timestamps."""
    parts = [when, f"{kind_said(found.kind)} {text.signed(found.amount)}", name, found.memo or found.about or ""]
    return " · ".join(part for part in parts if part)


# The books ----------------------------------------------------------------------------------------------------


def looking(done: int, count: int) -> discord.Embed:
    """How far an audit is."""
    said = ngettext("Looked at {done} of {count} promise…", "Looked at {done} of {count} promises…", count)
    return embed(title=_("Audit of the economy"), description=said.format(done=done, count=count))


def seal(examined: Sequence[Examined]) -> discord.Embed:
    """Whether the books add up, and where they don't."""
    verdicts = {one.verdict for one in examined}
    if Verdict.BROKEN in verdicts:
        title = _("🔴 The books do not add up")
        said = _("Please tell whoever runs me. They see the same with `folkmoot db verify`.")
    elif Verdict.UNKNOWN in verdicts:
        title = _("🟡 I could not look at everything")
        said = _("What is marked took too long. Whoever runs me can look at it with `folkmoot db verify`.")
    else:
        title, said = _("🟢 The books add up"), _("Every coin is accounted for.")
    lines = [said, ""]
    for one in examined:
        lines.append(f"{_SIGNS[one.verdict]} {_(one.promise)}")
        lines += [f"- {written('', finding)}" for finding in one.findings[:_MOST_FINDINGS]]
        if len(one.findings) > _MOST_FINDINGS:
            lines.append("- " + _("and more"))
    return embed(title=title, description="\n".join(lines))


_SIGNS = {Verdict.KEPT: "✅", Verdict.BROKEN: "❌", Verdict.UNKNOWN: "⏳"}


def report(told: Report) -> discord.Embed:
    """What an economy is like, in words that hold without the picture."""
    spread = told.spread
    if not spread.members:
        return embed(title=_("Report on the economy"), description=_("Nobody has any coins yet."))
    members = ngettext("{count} member has an account.", "{count} members have an account.", spread.members)
    lines = [
        _("Members hold **{coins}**: {wallets} in wallets, {banks} in banks.").format(
            coins=text.coins(told.supply),
            wallets=text.number(told.pockets.get(Pocket.WALLET, 0)),
            banks=text.number(told.pockets.get(Pocket.BANK, 0)),
        ),
        members.format(count=text.number(spread.members)),
        _("In the middle: **{coins}** (median)").format(coins=text.coins(spread.median)),
    ]
    if spread.gini is not None and spread.richest_share is not None:
        lines += [
            _("The richest tenth holds **{share}**.").format(share=text.percent(spread.richest_share)),
            _("Gini coefficient: **{gini}** (0: all hold the same, 1: one holds everything)").format(
                gini=text.decimal(spread.gini)
            ),
        ]
    as_of = _("How coins are spread: as of {moment}").format(moment=text.timestamp(told.spread_at, "T"))
    lines.append(f"-# {as_of}")
    for flows in told.flows:
        lines += ["", *_flows(flows)]
    return embed(title=_("Report on the economy"), description="\n".join(lines))


def _flows(flows: Flows) -> list[str]:
    days = ngettext("**The last {count} day**", "**The last {count} days**", flows.days).format(count=flows.days)
    if not flows.flows:
        return [days, _("No coins came or went.")]
    sums = _("{made} made, {gone} gone, together {net}").format(
        made=text.number(flows.made), gone=text.number(flows.gone), net=text.signed(flows.made - flows.gone)
    )
    return [
        f"{days}: {sums}",
        *_named(_("Made by: {kinds}"), flows.faucets(), lambda flow: flow.made),
        *_named(_("Gone by: {kinds}"), flows.sinks(), lambda flow: flow.gone),
    ]


def _named(said: str, flows: Sequence[Flow], coins: Callable[[Flow], int]) -> list[str]:
    if not flows:
        return []
    kinds = [f"{kind_said(flow.kind)} {text.number(coins(flow))}" for flow in flows[:_MOST_FLOWS]]
    rest = sum(coins(flow) for flow in flows[_MOST_FLOWS:])
    if rest:
        kinds.append(_("others {coins}").format(coins=text.number(rest)))
    return [said.format(kinds=" · ".join(kinds))]


def tenths(told: Report, accent: int) -> Chart | None:
    """Which part of all coins each tenth of the members holds; None where there are fewer than ten."""
    shares = told.spread.shares
    if told.spread.members < TENTHS or not shares:
        return None
    points = tuple(
        Point(_("{number}. tenth").format(number=place), round(share * 100, 1)) for place, share in enumerate(shares, 1)
    )
    title = _("Of 100 coins each tenth of the members holds so many")
    subtitle = _("From the poorest tenth to the richest")
    return Chart(ChartKind.BAR, title, points, subtitle, accent=accent, separator=text.separator())


def _plain(said: str) -> str:
    return discord.utils.escape_markdown(said)


NO_NAME = N_("somebody")
"""Who can't be named in a list of suggestions."""
