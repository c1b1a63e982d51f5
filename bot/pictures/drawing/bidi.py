"""The order in which a line is seen: the implicit part of the Unicode Bidirectional Algorithm (UAX #9).

The explicit characters (embeddings, overrides, isolates) are taken out of a text before, since in a name they only
serve to turn the rest of the line around.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

BRACKETS = dict(zip("([{（［｛「『【", ")]}）］｝」』】", strict=True))
"""Brackets that come in pairs, as each opening one and the one that closes it."""

_STRONG = {"L", "R", "AL"}
_NEUTRAL = {"B", "S", "WS", "ON"}


def base_level(classes: Sequence[str]) -> int:
    """0 for a line that runs to the right, 1 for one that runs to the left: as its first strong character does."""
    first = next((kind for kind in classes if kind in _STRONG), "L")
    return 0 if first == "L" else 1


def levels(classes: Sequence[str], base: int, characters: Sequence[str] = ()) -> list[int]:
    """The embedding level of each character of a line, from its bidirectional class; pairs of brackets agree."""
    around = "R" if base else "L"
    kinds = _weak(list(classes), around)
    for opening, closing in _pairs(characters):
        _settle_pair(kinds, opening, closing, around)
    kinds = _neutrals(kinds, around)
    found = [_implicit(kind, base) for kind in kinds]
    for place in range(len(classes) - 1, -1, -1):  # L1: what trails belongs to the line
        if classes[place] not in {"WS", "B", "S"}:
            break
        found[place] = base
    return found


def visual_order(found: Sequence[int]) -> list[int]:
    """The places of a line from left to right (L2)."""
    order = list(range(len(found)))
    for level in range(max(found, default=0), 0, -1):
        turned: list[int] = []
        for high, group in groupby(order, _at_least(found, level)):
            run = list(group)
            turned += reversed(run) if high else run
        order = turned
    return order


def _at_least(found: Sequence[int], level: int) -> Callable[[int], bool]:
    return lambda place: found[place] >= level


def _implicit(kind: str, base: int) -> int:
    if base % 2:
        return base if kind == "R" else base + 1
    return base if kind == "L" else base + (1 if kind == "R" else 2)


def _weak(kinds: list[str], around: str) -> list[str]:
    strong = before = around
    for place, kind in enumerate(kinds):  # W1 to W3
        now = before if kind == "NSM" else kind
        if now in _STRONG:
            strong = now
        elif now == "EN" and strong == "AL":
            now = "AN"
        before = kinds[place] = now
    kinds = ["R" if kind == "AL" else kind for kind in kinds]
    for place in range(1, len(kinds) - 1):  # W4
        left, kind, right = kinds[place - 1 : place + 2]
        if left == right and ((kind == "CS" and left in {"EN", "AN"}) or (kind == "ES" and left == "EN")):
            kinds[place] = left
    return _latin_numbers(_terminators(kinds), around)


def _terminators(kinds: list[str]) -> list[str]:
    place = 0
    for kind, group in groupby(list(kinds)):  # W5 and W6
        end = place + len(list(group))
        if kind == "ET":
            beside = "EN" in {*kinds[max(place - 1, 0) : place], *kinds[end : end + 1]}
            kinds[place:end] = ["EN" if beside else "ON"] * (end - place)
        place = end
    return ["ON" if kind in {"ES", "CS"} else kind for kind in kinds]


def _latin_numbers(kinds: list[str], around: str) -> list[str]:
    strong = around
    for place, kind in enumerate(kinds):  # W7
        if kind in {"L", "R"}:
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[place] = "L"
    return kinds


def _pairs(characters: Sequence[str]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    waiting: list[tuple[str, int]] = []
    for place, character in enumerate(characters):
        if character in BRACKETS:
            waiting.append((BRACKETS[character], place))
        elif any(character == closing for closing, _ in waiting):
            while waiting:
                closing, opening = waiting.pop()
                if closing == character:
                    found.append((opening, place))
                    break
    return sorted(found)


def _settle_pair(kinds: list[str], opening: int, closing: int, around: str) -> None:
    """N0: a pair goes with the line if anything inside does, else with what stands before it."""
    inside = {_side(kind) for kind in kinds[opening + 1 : closing]} & {"L", "R"}
    if not inside:
        return
    before = next((side for kind in reversed(kinds[:opening]) if (side := _side(kind)) in {"L", "R"}), around)
    kinds[opening] = kinds[closing] = around if around in inside else before


def _neutrals(kinds: list[str], around: str) -> list[str]:
    done: list[str] = []
    place = 0
    for neutral, group in groupby(kinds, lambda kind: kind in _NEUTRAL):  # N1 and N2
        run = list(group)
        place += len(run)
        if neutral:
            left = _side(done[-1]) if done else around
            right = _side(kinds[place]) if place < len(kinds) else around
            run = [left if left == right else around] * len(run)
        done += run
    return done


def _side(kind: str) -> str:
    return "R" if kind in {"EN", "AN"} else kind
