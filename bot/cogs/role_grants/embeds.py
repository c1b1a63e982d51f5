"""What role grants look like."""

from __future__ import annotations

import discord

from bot.domain.role_grants import Grant, GrantList, GrantState, Plan
from bot.i18n import _, ngettext
from bot.services.role_grants import Ordered
from bot.ui import text
from bot.ui.roles import granted_by, problem
from bot.ui.theme import embed


def given(grant: Grant, made: Plan | None) -> discord.Embed:
    """A role that staff gave; without a plan it is not yet known what came of it."""
    who, role = text.mention(grant.user_id), _role(grant.role_id)
    now = grant if made is None else next((one for one in made.after if _is_same(one, grant)), grant)
    if now.state is GrantState.HELD and grant.until is None:
        said = _("{member} has {role} now.").format(member=who, role=role)
    elif now.state is GrantState.HELD:
        said = _("{member} has {role} now, until {end}.").format(member=who, role=role, end=_end(grant))
    elif now.problem is not None:
        said = _("{member} does not get {role} yet: {problem}").format(
            member=who, role=role, problem=problem(now.problem)
        )
    else:
        said = _("I noted it, and {member} gets {role} as soon as Discord lets me.").format(member=who, role=role)
    if now.state is GrantState.HELD and not now.applied:
        said += "\n" + _("They had it before, so I won't take it away.")
    return embed(description=said)


def ended(ordered: Ordered, made: Plan | None) -> discord.Embed:
    """A grant that staff ended."""
    grant = ordered.grant
    who, role = text.mention(grant.user_id), _role(grant.role_id)
    now = grant if made is None else next((one for one in made.after if _is_same(one, grant)), grant)
    if ordered.others:
        said = _("Ended, but {role} is also given to {member} by {sources}, so it stays.").format(
            member=who, role=role, sources=granted_by(ordered.others)
        )
    elif made is not None and grant.role_id in made.remove:
        said = _("{member} no longer has {role}.").format(member=who, role=role)
    elif now.problem is not None:
        said = _("Ended, but I can't take {role} from {member}: {problem}").format(
            member=who, role=role, problem=problem(now.problem)
        )
    elif now.state is GrantState.ENDED:
        said = _("Ended. {role} was not mine to take from {member}, so I changed nothing else.").format(
            member=who, role=role
        )
    else:
        said = _("I noted it, and take {role} from {member} as soon as Discord lets me.").format(member=who, role=role)
    return embed(description=said)


def listed(found: GrantList, user_id: int | None) -> discord.Embed:
    """The grants of a server or a member."""
    title = _("Roles I give") if user_id is None else None
    if not found.grants:
        none = _("I give nobody a role here.") if user_id is None else _("I give {member} no role.")
        return embed(title=title, description=none.format(member=text.mention(user_id or 0)))
    lines = [_line(one) for one in found.grants]
    more = found.total - len(found.grants)
    footer = ngettext("{count} more is not shown.", "{count} more are not shown.", more) if more else None
    return embed(title=title, description="\n".join(lines), footer=footer and footer.format(count=text.number(more)))


def _line(grant: Grant) -> str:
    given = _("given by {source}").format(source=granted_by([grant.source]))
    parts = [f"{_role(grant.role_id)} · {text.mention(grant.user_id)} · {given}"]
    if grant.granted_by is not None:
        parts.append(_("by {member}").format(member=text.mention(grant.granted_by)))
    parts.append(_("for good") if grant.until is None else _("until {end}").format(end=_end(grant)))
    standing = _standing(grant)
    if standing:
        parts.append(f"**{standing}**")
    if grant.reason:
        parts.append(discord.utils.escape_markdown(grant.reason))
    return " · ".join(parts)


def _standing(grant: Grant) -> str:
    """What is not as it should be; nothing if all is well."""
    match grant.state:
        case GrantState.DECLINED:
            return _("taken off by hand")
        case GrantState.ENDING if grant.problem is None:
            return _("being taken away")
        case GrantState.WANTED if grant.problem is None:
            return _("being given")
        case _:
            return "" if grant.problem is None else problem(grant.problem)


def _is_same(one: Grant, other: Grant) -> bool:
    return (one.role_id, one.source) == (other.role_id, other.source)


def _role(role_id: int) -> str:
    return f"<@&{role_id}>"


def _end(grant: Grant) -> str:
    return "" if grant.until is None else f"{text.timestamp(grant.until, 'f')} ({text.timestamp(grant.until)})"
