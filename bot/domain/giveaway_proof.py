"""The proof of a giveaway: a JSON file with all that it takes to draw it again, as docs/giveaway-draws.md describes.

`verify_giveaway.py` checks one without a line of this; `misfits` is what the bot itself says of one.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any

from bot.domain.giveaway_draw import Entrants, commitment, list_hash, order

WHAT = "folkmoot giveaway proof"
VERSION = 1
"""Of the file. Keys may be added to a version; readers pass over those that they don't know."""

MOST_BYTES = 64 << 20
"""That are read. A million entries take at most 35 MiB."""

LONGEST_TEXT = 4_000

_PER_CHUNK = 2_048
_ID = re.compile(r"[1-9][0-9]{0,19}")
_MOST_ID = (1 << 64) - 1
_MOST_NUMBER = (1 << 63) - 1
_HEX = re.compile(r"[0-9a-f]{64}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_LONGEST_INTEGER = 20


class ProofUnreadable(ValueError):
    """A text is no proof of this version; the message says where and why, in English."""


class Outcome(StrEnum):
    """What became of a candidate. All but `WON` pass the place on to the next."""

    WON = "won"
    """Holds a prize."""
    LEFT = "left"
    """Is no member any more."""
    UNKNOWN = "unknown"
    """Has no account any more."""
    NOT_ELIGIBLE = "not_eligible"
    """Doesn't meet the rules any more; the reason says which."""
    UNCLAIMED = "unclaimed"
    """Had won, and didn't claim the prize in time."""
    REROLLED = "rerolled"
    """Had won, and staff drew again."""


@dataclass(frozen=True)
class Check:
    """A candidate that was looked at."""

    place: int
    """From 1."""
    user_id: int
    outcome: Outcome
    reason: str = ""
    """A code for programs, such as the rule that isn't met."""


@dataclass(frozen=True)
class GiveawayProof:
    """All of a draw, as it went. It holds the seed: nobody may see it before the draw."""

    guild_id: int
    number: int
    prize: str
    winners_asked: int
    commitment: str
    """As it was published when the giveaway began."""
    seed: bytes = field(repr=False)
    list_hash: str
    ended_at: datetime
    drawn_at: datetime
    checks: tuple[Check, ...]
    """In the order of their places, from the first, without a gap."""
    places: array[int] = field(repr=False)
    """The user ids at the first places, as they were stored."""
    entrants: Entrants = field(repr=False)

    @property
    def winners(self) -> tuple[int, ...]:
        """Who holds a prize, in the order drawn."""
        return tuple(check.user_id for check in self.checks if check.outcome is Outcome.WON)

    def chunks(self) -> Iterator[str]:
        """The file, in ASCII, a few thousand entries at a time."""
        told: dict[str, object] = {
            "what": WHAT, "version": VERSION,
            "guild_id": str(self.guild_id), "number": self.number,
            "prize": self.prize, "winners_asked": self.winners_asked,
            "commitment": self.commitment, "seed": self.seed.hex(), "list_hash": self.list_hash,
            "ended_at": _written(self.ended_at), "drawn_at": _written(self.drawn_at),
        }  # fmt: skip
        yield "{\n" + "".join(f"{json.dumps(key)}: {json.dumps(value)},\n" for key, value in told.items())
        yield from _rows("checks", (json.dumps(_told(check)) for check in self.checks), ",\n")
        yield from _rows("places", (f'"{user_id}"' for user_id in self.places), ",\n")
        yield from _rows("entries", (f'["{user_id}", {weight}]' for user_id, weight in self.entrants), "\n}\n")

    def to_json(self) -> str:
        """The file in one piece."""
        return "".join(self.chunks())


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _told(check: Check) -> dict[str, object]:
    return {
        "place": check.place, "user_id": str(check.user_id), "outcome": check.outcome.value, "reason": check.reason,
    }  # fmt: skip


def _rows(key: str, rows: Iterator[str], end: str) -> Iterator[str]:
    """A list, a row on a line."""
    between = f'"{key}": [\n'
    while some := list(islice(rows, _PER_CHUNK)):
        yield between + ",\n".join(some)
        between = ",\n"
    yield ("\n]" if between == ",\n" else f'"{key}": []') + end


class Misfit(StrEnum):
    """What of a proof doesn't follow from its seed and its list."""

    COMMITMENT = "commitment"
    """The seed isn't the one that was promised."""
    LIST = "list"
    """The list isn't the one that was hashed, or is another giveaway's."""
    ORDER = "order"
    """The stored places are others, or too few."""
    CHECKS = "checks"
    """Somebody was looked at out of turn, or left out."""
    WINNERS = "winners"
    """Prizes went to more than were asked for, or to fewer while there was somebody left."""


def misfits(proof: GiveawayProof) -> tuple[Misfit, ...]:
    """Draw again, and say what doesn't fit; nothing if the winners are right. Takes as long as a draw."""
    digest = list_hash(proof.guild_id, proof.number, proof.commitment, proof.entrants)
    drawn = order(proof.entrants, proof.seed, digest, max(len(proof.places), len(proof.checks)))
    needed = min(proof.winners_asked, len(proof.entrants))
    looked_at = [(check.place, check.user_id) for check in proof.checks]
    fits = {
        Misfit.COMMITMENT: commitment(proof.seed) == proof.commitment,
        Misfit.LIST: digest.hex() == proof.list_hash,
        Misfit.ORDER: drawn[: len(proof.places)] == proof.places and len(proof.places) >= needed,
        Misfit.CHECKS: looked_at == list(enumerate(drawn[: len(proof.checks)], 1)),
        Misfit.WINNERS: _as_many_as_asked(proof),
    }
    return tuple(misfit for misfit, fit in fits.items() if not fit)


def _as_many_as_asked(proof: GiveawayProof) -> bool:
    """Whether nobody was looked at once all prizes were held, and nobody was left out while one was not."""
    won = 0
    for check in proof.checks:
        if won >= proof.winners_asked:
            return False
        won += check.outcome is Outcome.WON
    return won == proof.winners_asked or len(proof.checks) == len(proof.entrants)


# Reading --------------------------------------------------------------------------------------------------


def read_proof(text: str | bytes) -> GiveawayProof:
    """Read a proof, whoever wrote it. That it can be read says nothing about whether it is right: `misfits` does.

    Raises:
        ProofUnreadable: it isn't one, is of another version, or one of its values can't be what it should be.
    """
    if len(text) > MOST_BYTES:
        raise ProofUnreadable(f"it has more than {MOST_BYTES >> 20} MiB")
    found = _object(_parsed(text), "the proof")
    if found.get("what") != WHAT:
        raise ProofUnreadable(f'"what" isn\'t "{WHAT}"')
    if _integer(found, "version", _MOST_NUMBER) != VERSION:
        raise ProofUnreadable(f"\"version\" isn't {VERSION}, and others aren't known here")
    return GiveawayProof(
        guild_id=_id(found, "guild_id"),
        number=_integer(found, "number", _MOST_NUMBER),
        prize=_text(found, "prize"),
        winners_asked=_integer(found, "winners_asked", _MOST_NUMBER),
        commitment=_digits(found, "commitment"),
        seed=bytes.fromhex(_digits(found, "seed")),
        list_hash=_digits(found, "list_hash"),
        ended_at=_moment(found, "ended_at"),
        drawn_at=_moment(found, "drawn_at"),
        checks=tuple(_check(one, f"checks[{at}]") for at, one in enumerate(_list(found, "checks"))),
        places=array("Q", (_as_id(one, f"places[{at}]") for at, one in enumerate(_list(found, "places")))),
        entrants=_entrants(_list(found, "entries")),
    )


def _parsed(text: str | bytes) -> object:
    try:
        return json.loads(
            text, parse_int=_parsed_integer, parse_constant=_no_number, object_pairs_hook=_each_key_once
        )  # fmt: skip
    except ProofUnreadable:
        raise
    except UnicodeDecodeError:
        raise ProofUnreadable("it isn't text in UTF-8") from None
    except RecursionError:
        raise ProofUnreadable("it is nested too deeply") from None
    except ValueError as error:
        raise ProofUnreadable(f"it isn't JSON: {error}") from None


def _parsed_integer(digits: str) -> int:
    """Reading a number of a million digits would take minutes."""
    if len(digits) > _LONGEST_INTEGER:
        raise ProofUnreadable(f"a number has {len(digits)} digits")
    return int(digits)


def _no_number(word: str) -> object:
    raise ProofUnreadable(f"{word} is no number")


def _each_key_once(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Of two values under one key, one reader takes the first and the next one the second."""
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ProofUnreadable(f"the key {json.dumps(key[:50])} is there twice")
        found[key] = value
    return found


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ProofUnreadable(f"{where} isn't an object")
    return value  # pyright: ignore[reportUnknownVariableType]


def _list(found: dict[str, Any], key: str) -> list[Any]:
    value = found.get(key)
    if not isinstance(value, list):
        raise ProofUnreadable(f"{key} isn't a list")
    return value  # pyright: ignore[reportUnknownVariableType]


def _text(found: dict[str, Any], key: str, where: str = "") -> str:
    value = found.get(key)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ProofUnreadable(f"{where}{key} isn't a text of at most {LONGEST_TEXT} characters")
    return value


def _digits(found: dict[str, Any], key: str) -> str:
    value = found.get(key)
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise ProofUnreadable(f"{key} isn't 64 hexadecimal digits in small letters")
    return value


def _integer(found: dict[str, Any], key: str, most: int, where: str = "") -> int:
    value = found.get(key)
    if type(value) is not int or not 1 <= value <= most:
        raise ProofUnreadable(f"{where}{key} isn't a whole number from 1 to {most}")
    return value


def _id(found: dict[str, Any], key: str) -> int:
    return _as_id(found.get(key), key)


def _as_id(value: object, where: str) -> int:
    if not isinstance(value, str) or not _ID.fullmatch(value) or int(value) > _MOST_ID:
        raise ProofUnreadable(f"{where} isn't an id, written as a string")
    return int(value)


def _moment(found: dict[str, Any], key: str) -> datetime:
    value = found.get(key)
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            if moment.utcoffset() == timedelta(0):
                return moment
    raise ProofUnreadable(f"{key} isn't a time such as 2026-03-02T12:00:00Z")


def _check(value: object, where: str) -> Check:
    found = _object(value, where)
    outcome = found.get("outcome")
    if not isinstance(outcome, str) or outcome not in set(Outcome):
        raise ProofUnreadable(f"{where}.outcome isn't one of {', '.join(Outcome)}")
    return Check(
        place=_integer(found, "place", _MOST_NUMBER, f"{where}."),
        user_id=_as_id(found.get("user_id"), f"{where}.user_id"),
        outcome=Outcome(outcome),
        reason=_text(found, "reason", f"{where}."),
    )


def _entrants(rows: list[Any]) -> Entrants:
    def entries() -> Iterator[tuple[int, int]]:
        for at, row in enumerate(rows):
            match row:
                case [str(user_id), int(weight)] if type(weight) is int and weight > 0 and _ID.fullmatch(user_id):
                    yield int(user_id), weight
                case _:
                    raise ProofUnreadable(f"entries[{at}] isn't an id and a weight")

    try:
        return Entrants.of(entries())
    except ProofUnreadable:
        raise
    except ValueError as error:
        raise ProofUnreadable(f"entries: {error}") from None
