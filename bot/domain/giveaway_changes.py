"""Changes of a giveaway: what may be set, within which bounds, and how a change is told to those who entered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.amounts import MAX_COINS
from bot.domain.durations import written_duration
from bot.domain.giveaway_rules import MOST_BONUSES, MOST_RULES, Bonuses, Rules
from bot.domain.giveaways import (
    LONGEST,
    LONGEST_CLAIM,
    LONGEST_ROLE,
    MAX_PRIZE,
    MAX_TEXT,
    MOST_WINNERS,
    SHORTEST,
    SHORTEST_CLAIM,
    SHORTEST_ROLE,
    Giveaway,
    Prize,
    Status,
)
from bot.errors import GiveawayRefused, GiveawayTimesWrong
from bot.words import N_, Phrase

EDITABLE = frozenset({
    "host_id", "channel_id", "prize", "text", "winners", "starts_at", "ends_at", "lasts", "colour", "ping_role_id",
    "host_enters", "letter", "claim_within", "rules", "bonuses", "given",
})  # fmt: skip
"""Fields of a giveaway that can be changed. Where it is and when it starts, only before it runs."""

_WHITE = 0xFFFFFF

QUIET = frozenset({"letter", "lasts"})
"""Changes that nobody is told of, for they are no part of what was promised."""


@dataclass(frozen=True)
class Changes:
    """New values of some fields, by name.

    Raises:
        ValueError: a field can't be changed: a fault in the code.
    """

    values: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        wrong = set(self.values) - EDITABLE
        if wrong:
            raise ValueError(f"not to be changed: {sorted(wrong)}")

    def fields(self, before: Giveaway, after: Giveaway) -> list[str]:
        """The names of what is another then, `lasts` among them, which a date replaces."""
        return [one.name for one in fields(before) if getattr(before, one.name) != getattr(after, one.name)]

    def told(self, before: Giveaway, after: Giveaway) -> dict[str, list[Any]]:
        """What is another then, by field: the old value and the new, as plain values."""
        names = self.fields(before, after)
        return {name: [plain(getattr(before, name)), plain(getattr(after, name))] for name in names}


def changed(giveaway: Giveaway, changes: Changes, now: datetime) -> Giveaway:
    """A giveaway with some values changed.

    Raises:
        GiveawayRefused: one of them is out of bounds, or can't be changed any more.
        GiveawayTimesWrong: it would end before it starts, or has ended already.
    """
    values = dict(changes.values)
    if giveaway.status is Status.RUNNING and {"channel_id", "starts_at"} & set(values):
        raise GiveawayRefused(Phrase("it has started, so where and when it starts can't be changed any more"))
    if "ends_at" in values:
        values.setdefault("lasts", None)
    after = replace(giveaway, **values)
    if "lasts" in values and after.lasts is not None:
        begin = max(after.starts_at or now, now)
        if giveaway.status is Status.RUNNING:
            raise GiveawayRefused(Phrase("it has started, so its end is a date"))
        after = replace(after, ends_at=begin + timedelta(seconds=after.lasts))
    _check(after)
    if {"starts_at", "ends_at", "lasts"} & set(values):
        check_times(after, now)
    return after


def check_times(giveaway: Giveaway, now: datetime) -> None:
    """Refuse times that make no sense.

    Raises:
        GiveawayTimesWrong: it would end before it starts, or has ended already, or lasts too long or too short.
    """
    begin = giveaway.starts_at if giveaway.status is Status.RUNNING else max(giveaway.starts_at or now, now)
    begin = begin or now
    ends = giveaway.ends_at
    if giveaway.lasts is not None and giveaway.status is not Status.RUNNING:
        ends = begin + timedelta(seconds=giveaway.lasts)
    if ends <= now:
        raise GiveawayTimesWrong(Phrase("it would have ended already"))
    if ends - begin < SHORTEST:
        raise GiveawayTimesWrong(Phrase("it has to last at least {seconds} seconds", {"seconds": SHORTEST.seconds}))
    if ends - begin > LONGEST:
        raise GiveawayTimesWrong(Phrase("it can last at most {days} days", {"days": LONGEST.days}))


def _check(after: Giveaway) -> None:
    """What holds whatever was changed. An empty prize is one that is not written yet."""
    prize = after.given
    checks = (
        (len(after.prize) <= MAX_PRIZE, N_("the prize is too long")),
        (len(after.text) <= MAX_TEXT, N_("the text is too long")),
        (1 <= after.winners <= MOST_WINNERS, N_("there are 1 to 100 winners")),
        (after.colour is None or 0 <= after.colour <= _WHITE, N_("that is no colour")),
        (
            after.claim_within is None or SHORTEST_CLAIM <= after.claim_within <= LONGEST_CLAIM,
            N_("winners have 5 minutes to 30 days to claim"),
        ),
        (0 <= prize.coins <= MAX_COINS, N_("that is too much")),
        (
            prize.role_for is None or SHORTEST_ROLE <= prize.role_for <= LONGEST_ROLE,
            N_("a role is for at least an hour and at most five years"),
        ),
        (sum(1 for _one in after.rules.leaves()) <= MOST_RULES, N_("there are too many rules")),
        (len(after.bonuses.of) <= MOST_BONUSES, N_("there are too many bonuses")),
    )
    for fine, why in checks:
        if not fine:
            raise GiveawayRefused(Phrase(why))


def audited(before: Giveaway, after: Giveaway) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is another then, as the audit log has it: before and after, under names that it calls things by."""
    old, new = _audited(before), _audited(after)
    differ = [name for name in new if old[name] != new[name]]
    return {name: old[name] for name in differ}, {name: new[name] for name in differ}


def _audited(giveaway: Giveaway) -> dict[str, Any]:
    """Rules and chances are many; of them it is said how many there are, and the giveaway's history has them all."""
    given, claim = giveaway.given, giveaway.claim_within
    return {
        "prize": giveaway.prize,
        "text": giveaway.text,
        "winners": giveaway.winners,
        "host": str(giveaway.host_id),
        "channel": str(giveaway.channel_id),
        "starts": None if giveaway.starts_at is None else giveaway.starts_at.isoformat(),
        "ends": giveaway.ends_at.isoformat(),
        "ping_role": None if giveaway.ping_role_id is None else str(giveaway.ping_role_id),
        "colour": None if giveaway.colour is None else f"#{giveaway.colour:06X}",
        "claim_within": None if claim is None else written_duration(claim),
        "host_enters": giveaway.host_enters,
        "letter": giveaway.letter,
        "conditions": sum(1 for _one in giveaway.rules.leaves()),
        "chances": len(giveaway.bonuses.of),
        "role": None if given.role_id is None else str(given.role_id),
        "role_for": None if given.role_for is None else written_duration(given.role_for),
        "coins": given.coins,
    }


def plain(value: Any) -> Any:
    """A value as it is kept in the history."""
    match value:
        case datetime():
            return value.isoformat()
        case Rules() | Bonuses():
            return value.model_dump(mode="json")
        case Prize():
            return {"role_id": None if value.role_id is None else str(value.role_id), "role_for": value.role_for,
                    "coins": value.coins}  # fmt: skip
        case int() if value > 2**53:
            return str(value)  # an id: some readers of JSON would round it
        case _:
            return value
