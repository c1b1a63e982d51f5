"""Letters of the Arabic script in the form that their place in a word gives them.

A font without a shaper has these forms as characters of their own (the presentation forms), and Unicode says which
letter each belongs to. So the tables are read from the standard library's copy of Unicode, once.
"""

from __future__ import annotations

import unicodedata
from functools import cache

_FORMS = ("isolated", "final", "initial", "medial")
_RANGES = (range(0xFB50, 0xFDD0), range(0xFE70, 0xFEFD))
_TATWEEL = "\u0640"
_JOINER, _NON_JOINER = "\u200d", "\u200c"
_LAM_WITH_ALEF = {"\u0644" + alef for alef in "\u0622\u0623\u0625\u0627"}


def is_arabic(character: str) -> bool:
    """Whether a letter may join its neighbours."""
    return "\u0600" <= character <= "\u077f"


def shaped(text: str) -> str:
    """A text, in the order it is written, whose Arabic letters have taken their forms. Joiners are used up."""
    if not any(is_arabic(character) for character in text):
        return text
    letters = _ligated(text)
    written: list[str] = []
    for place, letter in enumerate(letters):
        if letter in {_JOINER, _NON_JOINER}:
            continue
        before = _joins_onward(_neighbour(letters, place, -1))
        after = _joins_back(_neighbour(letters, place, +1))
        written.append(_form(letter, before=before, after=after))
    return "".join(written)


@cache
def _tables() -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """The forms of each letter, and the letters that stand for lam with an alef."""
    forms: dict[str, dict[str, str]] = {}
    ligatures: dict[str, str] = {}
    for codes in _RANGES:
        for code in codes:
            kind, *parts = unicodedata.decomposition(chr(code)).split() or [""]
            spelled = "".join(chr(int(part, 16)) for part in parts)
            if kind.strip("<>") not in _FORMS:
                continue
            if len(spelled) == 1 or spelled in _LAM_WITH_ALEF:
                letter = spelled if len(spelled) == 1 else ligatures.setdefault(spelled, chr(code))
                forms.setdefault(letter, {}).setdefault(kind.strip("<>"), chr(code))
    return forms, ligatures


def _ligated(text: str) -> list[str]:
    ligatures = _tables()[1]
    letters: list[str] = []
    for character in text:
        if letters and (joined := ligatures.get(letters[-1] + character)):
            letters[-1] = joined
        else:
            letters.append(character)
    return letters


def _neighbour(letters: list[str], place: int, step: int) -> str:
    place += step
    while 0 <= place < len(letters):
        if unicodedata.category(letters[place]) not in {"Mn", "Me"}:
            return letters[place]
        place += step
    return ""


def _joins_onward(letter: str) -> bool:
    return letter in {_TATWEEL, _JOINER} or "initial" in _tables()[0].get(letter, {})


def _joins_back(letter: str) -> bool:
    return letter in {_TATWEEL, _JOINER} or "final" in _tables()[0].get(letter, {})


def _form(letter: str, *, before: bool, after: bool) -> str:
    forms = _tables()[0].get(letter)
    if forms is None:
        return letter
    wanted = {(True, True): "medial", (True, False): "final", (False, True): "initial", (False, False): "isolated"}
    kind = wanted[before and "final" in forms, after and "initial" in forms]
    return forms.get(kind) or forms.get("final" if before else "isolated") or letter
