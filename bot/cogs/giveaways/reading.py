"""What people write and choose in forms about giveaways, read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast
from zoneinfo import ZoneInfo

from bot.actions.giveaway_checks import check_named
from bot.domain.amounts import MAX_COINS, parse_amount
from bot.domain.durations import parse_duration
from bot.domain.giveaway_rules import (
    HIGHEST_LEVEL,
    LONGEST_AGE,
    LONGEST_MEMORY,
    MOST_MESSAGES,
    AccountFor,
    AtLevel,
    HasRole,
    HoldsCoins,
    MemberFor,
    Messages,
    NoWinSince,
    Rule,
)
from bot.domain.giveaway_words import plainly
from bot.domain.moments import parse_moment
from bot.errors import ControlExpired, DurationNotUnderstood, GiveawayRefused
from bot.ui.controls import Answers, Host, Interaction
from bot.words import Phrase

_ID = 20
_DIGITS = 15
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")


def number_of(written: str, *, least: int = 1, most: int) -> int:
    """A whole number as it is written.

    Raises:
        GiveawayRefused: it is none, or out of bounds.
    """
    bare = written.strip()
    number = int(bare) if bare.isascii() and bare.isdecimal() and len(bare) <= _DIGITS else -1
    if not least <= number <= most:
        values = {"written": plainly(bare[:20]), "least": least, "most": most}
        raise GiveawayRefused(Phrase("**{written}** is no number from {least} to {most}", values))
    return number


def one_of(answers: Answers, name: str) -> int | None:
    """The one that was chosen in a menu, by id; None: nothing was."""
    chosen = [one for one in answers.choices.get(name, ()) if one.isascii() and one.isdecimal() and len(one) <= _ID]
    return int(chosen[0]) if chosen else None


def colour_of(written: str) -> int | None:
    """A colour as it is written; None for none.

    Raises:
        GiveawayRefused: it is no colour.
    """
    bare = written.strip()
    if not bare:
        return None
    found = _HEX.fullmatch(bare)
    if found is None:
        raise GiveawayRefused(Phrase("a colour is written like #3B6E57"))
    return int(found[1], 16)


async def zone_of(interaction: Interaction) -> ZoneInfo:
    """The zone in which whoever asks reads and writes times.

    Raises:
        DatabaseAway: it is not known.
    """
    return await cast("Host", interaction.client).zone_of(interaction)


async def moment_of(interaction: Interaction, written: str) -> Any:
    """A moment as it is written, in the zone of whoever writes it.

    Raises:
        MomentNotUnderstood, MomentOutOfBounds, DatabaseAway: as for every moment.
    """
    host = cast("Host", interaction.client)
    zone = await zone_of(interaction)
    return parse_moment(written, now=host.now().astimezone(zone), zone=zone)


async def end_of(interaction: Interaction, written: str, *, is_draft: bool) -> dict[str, Any]:
    """An end as it is written: how long it lasts, or a date.

    Raises:
        MomentNotUnderstood, MomentOutOfBounds, DatabaseAway: as for every moment.
    """
    read: Callable[[str], int] = parse_duration
    if is_draft:
        try:
            return {"lasts": read(written)}
        except DurationNotUnderstood:
            pass
    return {"ends_at": await moment_of(interaction, written)}


def chosen_roles(interaction: Interaction, answers: Answers) -> list[int]:
    """The roles that were chosen, of this guild.

    Raises:
        RoleGone, RoleIsEveryones: one is none, or everybody's.
    """
    chosen = [int(one) for one in answers.choices.get("roles", ()) if one.isascii() and one.isdecimal()]
    check_named(interaction, chosen)
    return chosen


def rules_of(interaction: Interaction, kind: str, answers: Answers) -> list[Rule]:  # noqa: PLR0911 — one case a kind
    """What was asked for: one rule, or one for each role.

    Raises:
        ControlExpired: there is no such kind.
        RoleGone, RoleIsEveryones, DurationNotUnderstood, DurationOutOfBounds, AmountNotUnderstood, GiveawayRefused:
            what was written, or chosen, can't be.
    """
    written = answers.text("least")
    match kind:
        case "role":
            return [HasRole(role_id=one) for one in chosen_roles(interaction, answers)]
        case "member_for":
            return [MemberFor(seconds=parse_duration(written, least=60, most=LONGEST_AGE))]
        case "account_for":
            return [AccountFor(seconds=parse_duration(written, least=60, most=LONGEST_AGE))]
        case "level":
            return [AtLevel(level=number_of(written, most=HIGHEST_LEVEL))]
        case "messages":
            return [Messages(least=number_of(written, most=MOST_MESSAGES))]
        case "coins":
            return [HoldsCoins(least=min(parse_amount(written), MAX_COINS))]
        case "no_win":
            return [NoWinSince(days=number_of(written, most=LONGEST_MEMORY))]
        case _:
            raise ControlExpired
