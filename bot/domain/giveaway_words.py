"""Giveaways in words: what their message shows, what is announced, and what staff reads in the log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.domain.giveaway_rules import (
    AccountFor,
    AllOf,
    AnyOf,
    AtLevel,
    Bonus,
    Bonuses,
    BonusKind,
    Boosting,
    HasRole,
    HoldsCoins,
    MemberFor,
    Messages,
    NoneOf,
    NoWinSince,
    Rule,
    Rules,
)
from bot.domain.giveaways import EventKind, Failure, Giveaway, GiveawayEvent, Passed, Status, Winner
from bot.words import N_, Phrase

STATUSES: Mapping[Status, str] = {
    Status.DRAFT: N_("draft"),
    Status.SCHEDULED: N_("scheduled"),
    Status.RUNNING: N_("running"),
    Status.DRAWING: N_("being drawn"),
    Status.ENDED: N_("drawn"),
    Status.CANCELLED: N_("cancelled"),
    Status.FAILED: N_("not started"),
}

PASSED: Mapping[Passed, str] = {
    Passed.LEFT: N_("left the server"),
    Passed.UNKNOWN: N_("is no Discord user any more"),
    Passed.BOT: N_("is a bot"),
    Passed.RULES: N_("no longer has what is needed"),
    Passed.EXCLUDED: N_("has a role that is excluded"),
    Passed.HOST: N_("is the host"),
}

FAILURES: Mapping[Failure, str] = {
    Failure.GONE: N_("its channel is not there any more"),
    Failure.FORBIDDEN: N_("I may not write in its channel"),
    Failure.REFUSED: N_("Discord did not take its message"),
}

FIELDS: Mapping[str, str] = {
    "host_id": N_("Host"),
    "channel_id": N_("Channel"),
    "prize": N_("Prize"),
    "text": N_("Text"),
    "winners": N_("Winners"),
    "starts_at": N_("Start"),
    "ends_at": N_("End"),
    "colour": N_("Colour"),
    "ping_role_id": N_("Called when it starts"),
    "host_enters": N_("The host may enter"),
    "claim_within": N_("Time to claim"),
    "rules": N_("Who may enter"),
    "bonuses": N_("Chances"),
    "given": N_("What I hand out"),
}
"""Fields that people are told of when they change."""

_ADDRESS = re.compile(r"(https?://\S+)")
_MARKUP = re.compile(r"[\\*_`~|<>\[\]]")

_COLOUR = 0x3B6E57
_GREY = 0x8A8F94
_MOST_NAMED = 20
"""Winners who are named in the message itself."""


def plainly(prize: str) -> str:
    """A prize as it stands amid other words: on one line, and whatever it says it calls nobody and changes no style."""
    parts = _ADDRESS.split(" ".join(prize.split()))  # every other one is an address, which goes on leading somewhere
    parts[::2] = (_MARKUP.sub(r"\\\g<0>", one).replace("@", "@\u200b") for one in parts[::2])
    return "".join(parts)


def moment(when: datetime, style: str) -> str:
    """A time as Discord draws it, in a style that phrases have none for: ``R`` is "in 3 days"."""
    return f"<t:{int(when.timestamp())}:{style}>"


def colour(giveaway: Giveaway) -> int:
    """The colour of a giveaway's message: its own while it is open, grey once it is over."""
    if giveaway.status in {Status.CANCELLED, Status.FAILED, Status.ENDED}:
        return _GREY
    return _COLOUR if giveaway.colour is None else giveaway.colour


def rule(one: Rule) -> Phrase:  # noqa: C901, PLR0911 — one case a kind
    """A rule, as a line of who may enter."""
    match one:
        case HasRole():
            return Phrase("the role {role}", {"role": f"<@&{one.role_id}>"})
        case MemberFor():
            return Phrase("in the server for {length}", {"length": timedelta(seconds=one.seconds)})
        case AccountFor():
            return Phrase("an account of at least {length}", {"length": timedelta(seconds=one.seconds)})
        case AtLevel():
            return Phrase("level {level}", {"level": one.level})
        case Messages():
            return Phrase("messages since the day it started: {count}", {"count": one.least})
        case HoldsCoins():
            return Phrase("{least_coins} in wallet and bank", {"least_coins": one.least})
        case Boosting():
            return Phrase("boosting the server")
        case NoWinSince():
            return Phrase("no giveaway won here for {length}", {"length": timedelta(days=one.days)})
        case AllOf():
            return Phrase("all of: {rules}", {"rules": tuple(rule(each) for each in one.of)})
        case AnyOf():
            return Phrase("one of: {rules}", {"rules": tuple(rule(each) for each in one.of)})
        case NoneOf():
            return Phrase("none of: {rules}", {"rules": tuple(rule(each) for each in one.of)})


def bonus(one: Bonus) -> Phrase:
    """A bonus, as a line of chances."""
    role = f"<@&{one.target}>"
    if one.kind is BonusKind.ROLE and one.weight == 0:
        return Phrase("{role} can't enter", {"role": role})
    match one.kind:
        case BonusKind.ROLE:
            return Phrase("{role}: +{weight}", {"role": role, "weight": one.weight})
        case BonusKind.LEVEL:
            return Phrase("from level {level}: +{weight}", {"level": one.target, "weight": one.weight})
        case BonusKind.BOOST:
            return Phrase("boosting the server: +{weight}", {"weight": one.weight})


def conditions(giveaway: Giveaway) -> Iterator[Phrase]:
    """Who may enter, line by line; nothing where everybody may."""
    for one in giveaway.rules.all_of:
        yield Phrase("• {rule}", {"rule": rule(one)})
    if giveaway.rules.any_of:
        yield Phrase("• {rule}", {"rule": rule(AnyOf(of=giveaway.rules.any_of))})
    if giveaway.rules.none_of:
        yield Phrase("• {rule}", {"rule": rule(NoneOf(of=giveaway.rules.none_of))})


def chances(giveaway: Giveaway) -> Iterator[Phrase]:
    """By what an entry weighs more, line by line."""
    for one in giveaway.bonuses.of:
        yield Phrase("• {bonus}", {"bonus": bonus(one)})
    if giveaway.bonuses.highest and len(giveaway.bonuses.of) > 1:
        yield Phrase("Only the highest of them counts.")


def standing(giveaway: Giveaway, entrants: int) -> Iterator[Phrase]:
    """How a giveaway stands, line by line, below its text."""
    host = {"host_id": giveaway.host_id}
    match giveaway.status:
        case Status.DRAFT | Status.SCHEDULED | Status.RUNNING:
            yield Phrase("**Ends:** {when} ({date})", {"when": giveaway.ends_at, "date": moment(giveaway.ends_at, "f")})
            yield Phrase("**Winners:** {count}", {"count": giveaway.winners})
        case Status.DRAWING:
            yield Phrase("**Ended:** {when}. The winners are being drawn.", {"when": giveaway.ended_at})
        case Status.ENDED:
            yield Phrase("**Ended:** {when}", {"when": giveaway.ended_at})
        case Status.CANCELLED:
            yield Phrase("**It was cancelled.**")
            if giveaway.reason:
                yield Phrase("**Reason:** {reason}", {"reason": giveaway.reason})
        case Status.FAILED:
            yield Phrase("**It could not be started.**")
    if giveaway.is_late and giveaway.status in {Status.DRAWING, Status.ENDED}:
        yield Phrase(
            "I was not there at its end ({date}), so it was drawn later.", {"date": moment(giveaway.ends_at, "f")}
        )
    yield Phrase("**Host:** {host_id}", host)
    yield Phrase("**Entrants:** {count}", {"count": entrants})


def named(winners: Sequence[Winner]) -> Iterator[Phrase]:
    """The winners in the message, those of the first places."""
    holding = [one for one in winners if one.state.holds and one.announced]
    if not holding:
        yield Phrase("**Winners:** nobody")
        return
    names = tuple(Phrase("{winner_id}", {"winner_id": one.user_id}) for one in holding[:_MOST_NAMED])
    yield Phrase("**Winners:** {names}", {"names": names})
    if len(holding) > _MOST_NAMED:
        yield Phrase("… and {count} more", {"count": len(holding) - _MOST_NAMED})


def to_winners(giveaway: Giveaway, winners: Sequence[Winner]) -> Phrase:
    """What the channel reads once some won."""
    values: dict[str, object] = {
        "names": tuple(Phrase("{winner_id}", {"winner_id": one.user_id}) for one in winners),
        "prize": plainly(giveaway.prize),
    }
    until = next((one.claim_until for one in winners if one.claim_until is not None), None)
    if until is None:
        return Phrase("🎉 {names} — you won **{prize}**!", values)
    values["when"] = moment(until, "R")
    return Phrase("🎉 {names} — you won **{prize}**! Claim it below; the time for it ends {when}.", values)


def to_winner(giveaway: Giveaway, winner: Winner) -> Phrase:
    """What a winner reads in a letter, with where it was."""
    place = None if giveaway.gone else giveaway.message_id
    link = f"https://discord.com/channels/{giveaway.guild_id}/{giveaway.channel_id}/{place or ''}".rstrip("/")
    values: dict[str, object] = {"prize": plainly(giveaway.prize), "link": link}
    if winner.claim_until is None:
        return Phrase("🎉 You won **{prize}**! {link}", values)
    values["when"] = moment(winner.claim_until, "R")
    return Phrase("🎉 You won **{prize}**! Claim it; the time for it ends {when}. {link}", values)


def nobody_left(giveaway: Giveaway, missing: int) -> Phrase:
    """What is said where winners are missing, and nobody is left who could win."""
    values: dict[str, object] = {"prize": plainly(giveaway.prize), "missing": missing}
    if not giveaway.entrants:
        return Phrase("Nobody entered, so **{prize}** has no winner.", values)
    return Phrase("Nobody else can win **{prize}**. Prizes left without a winner: {missing}.", values)


def edits(events: Sequence[GiveawayEvent]) -> Iterator[Phrase]:
    """What is another than it was, newest last: with the old value, or where that is long, that it changed.

    Of each field there is one line, with what it was before all changes: however many there are, none hides another.
    """
    changes: dict[str, tuple[Any, Any, datetime]] = {}
    for event in events:
        if event.kind is EventKind.EDITED:
            for name, (old, new) in event.details.items():
                first, *_later = changes.pop(name, (old,))
                changes[name] = (first, new, event.at)
    for name, (old, new, at) in changes.items():
        if name in FIELDS and old != new:
            yield _edited(name, old, new, at)


def _edited(name: str, old: Any, new: Any, at: datetime) -> Phrase:
    field, when = Phrase(FIELDS[name]), moment(at, "R")
    if name in {"given", "text"}:
        return Phrase("{field} was changed {when}.", {"field": field, "when": when})
    if name in {"rules", "bonuses"}:
        values = {"field": field, "when": when, "old": _before(name, old)}
        return Phrase("{field} was changed {when}. Before: {old}", values)
    values = {"field": field, "when": when, "old": _value(name, old), "new": _value(name, new)}
    return Phrase("{field} was changed {when}: {old} → {new}", values)


def _before(name: str, old: Mapping[str, Any]) -> object:
    """Rules or bonuses as they were, in one line. What stands now is above."""
    if name == "bonuses":
        weights = Bonuses.model_validate(old)
        return tuple(bonus(one) for one in weights.of) or Phrase("none")
    rules = Rules.model_validate(old)
    said = [rule(one) for one in rules.all_of]
    said += [rule(AnyOf(of=rules.any_of))] if rules.any_of else []
    said += [rule(NoneOf(of=rules.none_of))] if rules.none_of else []
    return tuple(said) or Phrase("none")


def _value(name: str, value: Any) -> object:  # noqa: PLR0911 — one case a kind
    if value is None:
        return Phrase("none")
    match name:
        case "ends_at" | "starts_at":
            return moment(datetime.fromisoformat(value), "f")
        case "host_id":
            return f"<@{value}>"
        case "channel_id":
            return f"<#{value}>"
        case "ping_role_id":
            return f"<@&{value}>"
        case "claim_within":
            return timedelta(seconds=int(value))
        case "host_enters":
            return Phrase("yes") if value else Phrase("no")
        case "colour":
            return f"#{int(value):06X}"
        case "prize":
            return plainly(value)
        case _:
            return value


_LOGGED: Mapping[EventKind, str] = {
    EventKind.SCHEDULED: N_("was scheduled by {staff_id}"),
    EventKind.STARTED: N_("has started"),
    EventKind.EDITED: N_("was changed by {staff_id}"),
    EventKind.ENDED: N_("is over and will be drawn"),
    EventKind.WON: N_("was won by {winners}"),
    EventKind.SHORT: N_("has fewer winners than it should: nobody is left"),
    EventKind.REROLLED: N_("gets another winner: {staff_id} asked"),
    EventKind.EXPIRED: N_("gets another winner: a prize was not claimed"),
    EventKind.CANCELLED: N_("was cancelled by {staff_id}"),
    EventKind.FAILED: N_("could not be started"),
    EventKind.MESSAGE_GONE: N_("has lost its message; it goes on all the same"),
}
"""What the log says of a giveaway; what is not here is of no interest."""


def logged(giveaway: Giveaway, event: GiveawayEvent) -> Phrase | None:
    """A line of the log about something that happened to a giveaway; None: there is none."""
    words = _LOGGED.get(event.kind)
    if words is None:
        return None
    winners = tuple(f"<@{one}>" for one in event.details.get("user_ids", ())[:_MOST_NAMED])
    what = Phrase(words, {"staff_id": event.actor_id or Phrase("me"), "winners": winners})
    where = f"{giveaway.marker} <#{giveaway.channel_id}>"
    return Phrase("🎉 {giveaway} {what}: {prize}", {"giveaway": where, "what": what, "prize": plainly(giveaway.prize)})
