"""Which of several names is meant by what was typed: large or small, without its emoji, as short as it stays clear."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

_T = TypeVar("_T")
_DECORATION = frozenset({"So", "Sk", "Cf", "Me", "Co", "Cn"})
"""Unicode's categories of emoji, their skins, and what joins them."""
_VARIATIONS = ("\ufe0e", "\ufe0f")


def plain(name: str) -> str:
    """A name as one types it: small letters, without emoji and a last "…"; "" if there is nothing else in it."""
    letters = unicodedata.normalize("NFKC", "".join(one for one in name if one not in _VARIATIONS))
    kept = "".join(one for one in letters if unicodedata.category(one) not in _DECORATION)
    return re.sub(r"\s+", " ", kept).strip().rstrip(". ").casefold()


def meant(typed: str, things: Iterable[_T], names: Callable[[_T], Sequence[str]]) -> list[_T]:
    """Those of the things that may be meant, in their order; several have the same name, or are all too shortly named.

    `names` gives what a thing is called: first its shown name, of which the beginning is enough, or else that of one of
    its words; then others, which can't be shortened.
    """
    there = [(thing, [name for name in names(thing) if name]) for thing in things]
    wanted, short = typed.strip(), plain(typed)
    same = [thing for thing, called in there if wanted in called]
    same = same or [thing for thing, called in there if wanted.casefold() in (name.casefold() for name in called)]
    if same or not short:
        return same
    alike = [thing for thing, called in there if any(plain(name) == short for name in called)]
    shown = [(thing, f" {plain(called[0])}") for thing, called in there if called]
    return (
        alike
        or [thing for thing, name in shown if name.startswith(f" {short}")]
        or [thing for thing, name in shown if f" {short}" in name]
    )


def unclear(typed: str, candidates: Iterable[str]) -> str:
    """A sentence about a name that fits several."""
    names = [f"“{name}”" for name in dict.fromkeys(candidates)]
    return f"“{typed}” may be {', '.join(names[:-1])} or {names[-1]}; type more of it"
