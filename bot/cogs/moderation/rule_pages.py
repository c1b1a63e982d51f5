"""What /warnrules looks like."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.domain.warn_rules import USUAL, WarnRule
from bot.domain.warn_words import rule_said
from bot.i18n import _, ngettext
from bot.services.warn_rules import Touched
from bot.ui import text
from bot.ui.phrases import said
from bot.ui.theme import embed


def listed(rules: Sequence[WarnRule]) -> discord.Embed:
    """All rules; without any, the usual ones as an offer."""
    title = _("Rules for warnings")
    if not rules:
        offer = _("There are none, so nothing follows from warnings. One press sets the usual ones:")
        return embed(title=title, description="\n".join([offer, *_lines(USUAL)]))
    how = _("A rule acts when a warning crosses its line, once, and of several lines the highest.")
    return embed(title=title, description="\n".join([*_lines(rules), "", how]))


def changed(rule: WarnRule, before: WarnRule | None, touched: Touched) -> discord.Embed:
    """A rule that was set."""
    if before is None or before == rule:
        head = _("Set: **{rule}**.").format(rule=said(rule_said(rule)))
    else:
        head = _("Set: **{rule}**. Before: {before}.").format(
            rule=said(rule_said(rule)), before=said(rule_said(before))
        )
    return embed(description=f"{head}\n\n{_touched(touched)}")


def removed(rule: WarnRule, touched: Touched) -> discord.Embed:
    """A rule that is gone."""
    head = _("Removed: **{rule}**.").format(rule=said(rule_said(rule)))
    return embed(description=f"{head}\n\n{_touched(touched)}")


def usual(rules: Sequence[WarnRule], touched: Sequence[Touched]) -> discord.Embed:
    """All rules once the usual ones are among them."""
    lines = [f"• {said(rule_said(rule))} · {_count(one)}" for rule, one in zip(rules, touched, strict=True)]
    return embed(title=_("Rules for warnings"), description="\n".join([*lines, "", _nothing_happens()]))


def _lines(rules: Sequence[WarnRule]) -> list[str]:
    return [f"• {said(rule_said(rule))}" for rule in rules]


def _touched(touched: Touched) -> str:
    """Whom it would touch, and that it touches nobody."""
    if not touched.total:
        return _count(touched)
    named = [f"{text.mention(user_id)} ({text.number(points)})" for user_id, points in touched.members]
    more = touched.total - len(named)
    if more:
        named.append(ngettext("{count} more", "{count} more", more).format(count=text.number(more)))
    return f"{_count(touched)}: {', '.join(named)}.\n{_nothing_happens()}"


def _count(touched: Touched) -> str:
    if not touched.total:
        return _("Nobody has reached this line.")
    said = ngettext("{count} member has reached this line", "{count} members have reached this line", touched.total)
    return said.format(count=text.number(touched.total))


def _nothing_happens() -> str:
    return _("Nothing happens to anybody by this: a rule acts only when the next warning crosses its line.")
