"""What moderators read after an act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import discord
from discord.ui import Button, View

from bot.actions.sanctions import Enforced
from bot.domain.case_words import FAILURES, TITLES, TOLD
from bot.domain.cases import Case, CaseKind, CaseState
from bot.domain.sanctions import SLICE
from bot.domain.warn_rules import Weighed
from bot.domain.warn_words import outlook, rule_said
from bot.i18n import _, ngettext
from bot.ui import phrases, text
from bot.ui.theme import embed


def done(enforced: Enforced, left: Sequence[Case] = (), kept: int = 0) -> discord.Embed:
    """What became of an act, and of what followed from it, and how many files were kept as proof.

    What is `left` followed from what was taken back.
    """
    lines = [_one(enforced)]
    if kept:
        said = ngettext("{count} file is kept as proof.", "{count} files are kept as proof.", kept)
        lines.append(said.format(count=text.number(kept)))
    if enforced.weighed is not None:
        lines.append("\n".join(_weighed(enforced.weighed, enforced.case)))
    lines += [_one(one) for one in enforced.followed_by]
    if left:
        holds = _("What a rule made of it holds on: {cases}. `/undo` lifts it.")
        lines.append(holds.format(cases=", ".join(f"{_(TITLES[case.kind])} {case.marker}" for case in left)))
    return embed(description="\n\n".join(lines))


def _weighed(weighed: Weighed, case: Case) -> Iterator[str]:
    """The points of whom a warning was given to, what comes next, and the rule that acts."""
    yield f"**{phrases.said(outlook(weighed))}**"
    if weighed.fired is not None and weighed.spared is not None:
        left = _("That crosses a line ({rule}). Case #{number} is no weaker than that, so I leave it at that.")
        yield left.format(rule=phrases.said(rule_said(weighed.fired)), number=weighed.spared)
    elif weighed.fired is not None:
        crossed = _("{member} crossed a line, and a rule acts: {rule}.")
        yield crossed.format(member=text.mention(case.target_id), rule=phrases.said(rule_said(weighed.fired)))


def _one(enforced: Enforced) -> str:
    case = enforced.case
    number = _("Case {case}.").format(case=case.marker)
    if case.code is not None:
        number = _("Case {case}, code {code}.").format(case=case.marker, code=case.code)
    if case.state is CaseState.FAILED:
        return f"❌ {_failed(case)} {number}"
    if enforced.delayed is not None or case.state.is_open:
        later = _("I noted it, and do it as soon as Discord lets me.")
        return f"⏳ {_ordered(case)} {number}\n{later}"
    parts = [f"{_done(case)} {number}"]
    if enforced.instead_of is not None and case.kind.slot is not None:
        parts.append(_instead_of(enforced.instead_of, case))
    if case.kind is not CaseKind.NOTE:
        parts.append(_(TOLD[case.dm]))
    if _is_long(case):
        parts.append(
            _("Discord takes 28 days at most, so I renew it in time; it also holds if they leave and come back.")
        )
    return "\n".join(parts)


def _instead_of(before: Case, case: Case) -> str:
    """What held until now, and whether it would have held for longer: somebody else may have meant it."""
    if before.expires_at is None:
        said = _("⚠️ Until now it was for good: this takes the place of case {case}.")
        said = said if case.expires_at is not None else _("This takes the place of case {case}.")
    elif case.expires_at is not None and case.expires_at < before.expires_at:
        said = _("⚠️ That is shorter: this takes the place of case {case}, which would have ended {moment}.")
    else:
        said = _("This takes the place of case {case}, which would have ended {moment}.")
    moment = "" if before.expires_at is None else text.timestamp(before.expires_at, "f")
    return said.format(case=before.marker, moment=moment)


def buttons(enforced: Enforced) -> View | None:
    """What can be changed at once of what took the place of something else."""
    return length_buttons(enforced.case) if enforced.instead_of is not None else None


def length_buttons(case: Case) -> View | None:
    """The buttons that change how long a ban or a timeout lasts, if it holds."""
    if case.state is not CaseState.ACTIVE or case.kind not in {CaseKind.BAN, CaseKind.TIMEOUT}:
        return None
    view = View(timeout=None)
    view.add_item(Button(label=_("Change the duration"), custom_id=f"sanction:length:v1:{case.number}"))
    if case.kind is CaseKind.BAN and case.expires_at is not None:
        style = discord.ButtonStyle.danger
        view.add_item(Button(label=_("Make it permanent"), style=style, custom_id=f"sanction:forever:v1:{case.number}"))
    return view


def notice(case: Case) -> str | None:
    """What a channel reads of a case; None for what is nobody else's business, or was not done."""
    if case.state not in {CaseState.ACTIVE, CaseState.ENDED}:
        return None
    who, end = text.mention(case.target_id), "" if case.expires_at is None else text.timestamp(case.expires_at, "f")
    match case.kind:
        case CaseKind.BAN:
            return _("{member} was banned.").format(member=who)
        case CaseKind.KICK | CaseKind.SOFTBAN:
            return _("{member} was removed from the server.").format(member=who)
        case CaseKind.TIMEOUT:
            return _("{member} was timed out until {end}.").format(member=who, end=end)
        case _:
            return None


def _failed(case: Case) -> str:
    why = "" if case.failure is None else _(FAILURES[case.failure])
    return _("{what} failed: {why}").format(what=_ordered(case), why=why)


def _ordered(case: Case) -> str:
    """What was asked for."""
    who = text.mention(case.target_id)
    said = {
        CaseKind.BAN: _("Ban of {member}"),
        CaseKind.UNBAN: _("Unban of {member}"),
        CaseKind.KICK: _("Kick of {member}"),
        CaseKind.SOFTBAN: _("Softban of {member}"),
        CaseKind.TIMEOUT: _("Timeout of {member}"),
        CaseKind.UNTIMEOUT: _("Lifting the timeout of {member}"),
    }
    return said.get(case.kind, "{member}").format(member=who)


def _done(case: Case) -> str:
    who = text.mention(case.target_id)
    if case.expires_at is not None and case.kind in {CaseKind.BAN, CaseKind.TIMEOUT}:
        length = text.duration(case.expires_at - case.created_at)
        end = text.timestamp(case.expires_at, "f")
        said = (
            _("Banned {member} for {length}, until {end}.")
            if case.kind is CaseKind.BAN
            else _("Timed out {member} for {length}, until {end}.")
        )
        return said.format(member=who, length=length, end=end)
    said = {
        CaseKind.BAN: _("Banned {member} for good."),
        CaseKind.UNBAN: _("Lifted the ban of {member}."),
        CaseKind.KICK: _("Kicked {member}."),
        CaseKind.SOFTBAN: _("Removed {member} and their newest messages; they may come back."),
        CaseKind.TIMEOUT: _("Timed out {member}."),
        CaseKind.UNTIMEOUT: _("Lifted the timeout of {member}."),
        CaseKind.WARN: _("Warned {member}."),
        CaseKind.UNWARN: _("Took back a warning of {member}."),
        CaseKind.NOTE: _("Noted about {member}; only staff sees it."),
    }
    return said[case.kind].format(member=who)


def _is_long(case: Case) -> bool:
    return case.kind is CaseKind.TIMEOUT and case.expires_at is not None and case.expires_at - case.created_at > SLICE
