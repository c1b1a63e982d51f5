"""What cases and files of members look like."""

from __future__ import annotations

import discord

from bot.actions.sanctions import Enforced
from bot.domain.audit import clipped
from bot.domain.case_search import ActCount, CaseFilter, CaseView, History, ModStats, Sum
from bot.domain.case_words import FAILURES, STATES, TITLES, about, changed, title
from bot.domain.cases import Case, CaseChange, CaseSource, CaseState, Slot
from bot.domain.proof import Proof
from bot.i18n import _, ngettext
from bot.ui import text
from bot.ui.phrases import said
from bot.ui.plain import Plain
from bot.ui.theme import embed

_LONGEST_REASON = 180
_LONGEST_ROW = 100
"""Characters of either line of a row in a menu, by Discord."""

_MOST_LINKS_SHOWN = 20
_MIB = 1024 * 1024


def case(view: CaseView, first: str = "") -> discord.Embed:
    """A case with its timeline; `first` says what was just done."""
    lines = [*([first, ""] if first else []), *(said(line) for line in about(view.case))]
    if view.links:
        shown = ", ".join(f"#{number}" for number in view.links[:_MOST_LINKS_SHOWN])
        lines.append(_("**Linked to:** {cases}").format(cases=shown))
    if view.proofs:
        shown = ", ".join(f"{one.name} ({_size(one.size)})" for one in view.proofs)
        lines.append(_("**Proof:** {files}").format(files=shown))
    lines += ["", f"**{_('Timeline')}**"]
    if view.earlier:
        earlier = ngettext("{count} earlier change", "{count} earlier changes", view.earlier)
        lines.append(f"-# {earlier.format(count=text.number(view.earlier))}")
    lines += [_change(change) for change in view.changes]
    return embed(title=said(title(view.case)), description="\n".join(lines))


def _change(change: CaseChange) -> str:
    if change.by is not None:
        who = text.mention(change.by)
    else:
        who = _("Discord") if change.source is CaseSource.DISCORD else _("by itself")
    return f"{text.timestamp(change.at, 'f')} · {who} · {said(changed(change))}"


def proof(found: Proof) -> discord.Embed:
    """What stands above a file."""
    lines = [found.name, text.timestamp(found.at, "f")]
    if found.added_by is not None:
        lines.append(_("Kept by {who}").format(who=text.mention(found.added_by)))
    return embed(title=_("Proof of case {case}").format(case=f"#{found.number}"), description=" · ".join(lines))


def _size(count: int) -> str:
    """Bytes as people read them."""
    return f"{text.decimal(count / _MIB)} MiB" if count >= _MIB else f"{text.number(max(count // 1024, 1))} KiB"


def history(found: History) -> discord.Embed:
    """A page of a member's file, for staff."""
    total = _sum(found.sum)
    lines = [text.mention(found.wanted.target_id), *([total] if total else []), *_filter(found.wanted), ""]
    return embed(title=_("File of a member"), description="\n".join([*lines, *_page(found, own=False)]))


def own(found: History, *, name_moderator: bool) -> discord.Embed:
    """A page of one's own file."""
    total = _sum(found.sum)
    lines = [*([total, ""] if total else []), *_page(found, own=not name_moderator)]
    return embed(title=_("Your cases"), description="\n".join(lines))


def _page(found: History, *, own: bool) -> list[str]:
    if found.page.items:
        return [_row(one, own=own) for one in found.page.items]
    return [_("Nothing fits.") if found.wanted.narrows else _("There is nothing on file.")]


def _sum(total: Sum) -> str:
    counted = sorted(total.counts.items(), key=lambda one: list(TITLES).index(one[0]))
    parts = [f"{_(TITLES[kind])}: {text.number(count)}" for kind, count in counted]
    if total.points:
        points = ngettext("{count} point counts now", "{count} points count now", total.points)
        parts.append(points.format(count=text.number(total.points)))
    if total.void:
        void = ngettext("{count} void or failed", "{count} void or failed", total.void)
        parts.append(void.format(count=text.number(total.void)))
    return " · ".join(parts)


def _filter(wanted: CaseFilter) -> list[str]:
    parts: list[str] = []
    if wanted.kind is not None:
        parts.append(_(TITLES[wanted.kind]))
    if wanted.moderator_id is not None:
        parts.append(_("by {who}").format(who=text.mention(wanted.moderator_id)))
    if wanted.since is not None:
        parts.append(_("from {moment}").format(moment=text.timestamp(wanted.since, "f")))
    if wanted.until is not None:
        parts.append(_("until {moment}").format(moment=text.timestamp(wanted.until, "f")))
    return [_("Only: {filters}").format(filters=" · ".join(parts))] if parts else []


def _row(case: Case, *, own: bool) -> str:
    """A case of a page; of one's `own` without who it was."""
    kind = f"**{_(TITLES[case.kind])}**"
    kind = f"~~{kind}~~" if case.state in {CaseState.VOID, CaseState.FAILED} else kind
    parts = [f"`{case.marker}`", kind, text.timestamp(case.created_at, "f"), _(STATES[case.state])]
    if case.points:
        parts.append(ngettext("{count} point", "{count} points", case.points).format(count=text.number(case.points)))
    if not own and case.moderator_id is not None:
        parts.insert(3, text.mention(case.moderator_id))
    head = " · ".join(parts)
    if not case.reason:
        return head
    return f"{head}\n-# {clipped(' '.join(case.reason.split()), _LONGEST_REASON)}"


def option(case: Case, plain: Plain) -> discord.SelectOption:
    """A case in the menu that leads to it."""
    label = f"{case.marker} · {_(TITLES[case.kind])} · {_(STATES[case.state])}"
    parts = [text.timestamp(case.created_at, "f"), " ".join((case.reason or "").split())]
    return discord.SelectOption(
        label=clipped(label, _LONGEST_ROW),
        description=clipped(plain(" · ".join(part for part in parts if part)), _LONGEST_ROW),
        value=str(case.number),
    )


# Taken back -----------------------------------------------------------------------------------------------------


def void_question(case: Case) -> str:
    """What is asked before a case is void by which somebody is banned or timed out."""
    who = text.mention(case.target_id)
    banned, timed_out = _("{member} is banned by case {case}."), _("{member} is timed out by case {case}.")
    holds = banned if case.slot is Slot.BAN else timed_out
    then = _("If it is void, that is lifted too: what was wrong must not stand. A restored case bans nobody anew.")
    return f"{holds.format(member=who, case=case.marker)} {then}"


def voided(done: Enforced) -> str:
    """What became of it."""
    lifting = done.case
    if lifting.state is CaseState.FAILED:
        why = "" if lifting.failure is None else _(FAILURES[lifting.failure])
        return _("❌ It could not be lifted, and so it holds: {why}").format(why=why)
    if done.delayed is not None or lifting.state.is_open:
        return _("⏳ I noted it. It is lifted, and void, as soon as Discord lets me.")
    return _("✅ It is void, and lifted: case {case}.").format(case=lifting.marker)


def stats(found: ModStats) -> discord.Embed:
    """What moderators did."""
    whose = _("All moderators") if found.moderator_id is None else text.mention(found.moderator_id)
    span = ngettext("{whose}, in the last day:", "{whose}, in the last {count} days:", found.days)
    lines = [span.format(whose=whose, count=text.number(found.days))]
    lines += [_act(one) for one in sorted(found.acts, key=lambda one: list(TITLES).index(one.kind))]
    if not found.acts:
        lines.append(_("Nothing was done."))
    if found.most:
        lines += ["", f"**{_('Most')}**"]
        lines += [f"{text.mention(moderator_id)}: {text.number(count)}" for moderator_id, count in found.most]
    return embed(title=_("Moderation in numbers"), description="\n".join(lines))


def _act(count: ActCount) -> str:
    back: list[str] = []
    if count.early:
        lifted = ngettext("{count} lifted early", "{count} lifted early", count.early)
        back.append(lifted.format(count=text.number(count.early)))
    if count.void:
        back.append(ngettext("{count} void", "{count} void", count.void).format(count=text.number(count.void)))
    said = f"**{_(TITLES[count.kind])}:** {text.number(count.done)}"
    return f"{said} ({', '.join(back)})" if back else said
