"""What a leaderboard looks like."""

from __future__ import annotations

import discord

from bot.domain.leaderboard import DEEPEST, AsOf, Period, Standing
from bot.i18n import _
from bot.services.leaderboard import ShownBoard
from bot.ui import text
from bot.ui.theme import embed

_MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}


def board(shown: ShownBoard) -> discord.Embed:
    """A page of a board, and below it where its asker stands."""
    said, standings = shown.board.said, shown.standings
    lines = [_line(row, said(row.value)) for row in standings.rows]
    if not lines:
        lines = [_(shown.board.hint) if shown.board.hint else _("Nobody stands here yet.")]
    title = _(shown.board.title)
    if len(shown.board.periods) > 1:
        title = f"{title} · {period_name(shown.period)}"
    lines += ["", _own(standings.own, said(standings.own.value))]
    if standings.as_of is not None:
        lines.append(_as_of(standings.as_of))
    return embed(title=title, description="\n".join(lines))


def _as_of(as_of: AsOf) -> str:
    if not as_of.complete:
        return "-# " + _("I am still counting, so not everybody is here yet.")
    return "-# " + _("As of {moment}").format(moment=text.timestamp(as_of.at, "T"))


def _line(row: Standing, value: str) -> str:
    place = row.place or 0
    return f"{_MEDALS.get(place, f'`{text.number(place)}.`')} {_who(row)} · **{value}**"


def _who(row: Standing) -> str:
    if row.nameless:
        return _("somebody")
    if row.gone is None:
        return text.mention(row.user_id)
    # A mention of somebody who left may read as a bare number.
    name = discord.utils.escape_markdown(row.gone) or text.mention(row.user_id)
    return _("{name} (left)").format(name=name)


def _own(own: Standing, value: str) -> str:
    who = text.mention(own.user_id)
    if own.nameless:
        return _("{member}: nameless here, so your place is for you alone. `/rank` tells it.").format(member=who)
    if own.place is not None:
        return _("{member}: place {place} with {value}").format(member=who, place=text.number(own.place), value=value)
    if own.value > 0 and not own.counts:
        return _("{member}: no place yet with {value}, because nothing has moved").format(member=who, value=value)
    if own.value > 0:
        return _("{member}: below place {place} with {value}").format(
            member=who, place=text.number(DEEPEST), value=value
        )
    return _("{member}: no place yet, with {value}").format(member=who, value=value)


def period_name(period: Period) -> str:
    """What a period is called."""
    match period:
        case Period.ALL:
            return _("all time")
        case Period.MONTH:
            return _("this month")
        case Period.WEEK:
            return _("this week")
        case Period.TODAY:
            return _("today")
