"""Commands that are typed as messages: what belongs to which option."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.errors import OptionMissing, TooManyWords

_WORD = re.compile(r'"([^"]*)"|(\S+)')
_NAMED = re.compile(r"(\w{1,32}):(.*)", re.DOTALL)

LONGEST = 2_000
"""Characters of a message that are looked at; what Discord takes of everybody."""


@dataclass(frozen=True)
class Slot:
    """An option of a command, as far as typing is concerned."""

    name: str
    required: bool
    takes_text: bool
    """Whether the last of these takes the rest of the message, spaces and all."""
    meaning: str = ""
    """What it is, as it is described."""


def call_of(content: str, prefixes: Sequence[str]) -> str | None:
    """What follows one of the prefixes; None if the message begins with none of them."""
    for prefix in prefixes:
        if prefix and content[: len(prefix)].casefold() == prefix.casefold():
            return content[len(prefix) : LONGEST].strip()
    return None


def find_command(call: str, names: Mapping[str, Sequence[Slot]], aliases: Mapping[str, str]) -> tuple[str, str] | None:
    """The command that a call begins with and the words after it; the longest name wins. Aliases stand for one word."""
    words = call.split(maxsplit=1)
    if not words:
        return None
    first, rest = words[0].casefold(), words[1] if len(words) > 1 else ""
    expanded = f"{aliases.get(first, first)} {rest}".strip()
    best = max(
        (name for name in names if f"{expanded.casefold()} ".startswith(f"{name} ")),
        key=len,
        default=None,
    )
    return None if best is None else (best, expanded[len(best) :].strip())


def fill(slots: Sequence[Slot], words: str) -> dict[str, str]:
    """Which words belong to which option: ``name:value`` to the one named, others in the order of the options.

    The last option takes the rest if it takes text. Quotation marks keep words together.

    Raises:
        OptionMissing: an option that has to be there is not.
        TooManyWords: something is left that belongs to no option.
    """
    known = {slot.name: slot for slot in slots}
    filled: dict[str, str] = {}
    place = 0
    while place < len(words):
        match = _WORD.match(words, place)
        if match is None:  # a space, or a quotation mark that nothing closes
            place += 1
            continue
        named = _NAMED.fullmatch(match[0])
        if named is not None and named[1] in known and named[1] not in filled:
            value = _WORD.match(words, match.start() + len(named[1]) + 1)
            filled[named[1]] = _unquoted(value) if value is not None else ""
            place = value.end() if value is not None else match.end()
            continue
        slot = next((one for one in slots if one.name not in filled), None)
        if slot is None:
            raise TooManyWords(match[0])
        rest_is_its = slot.takes_text and slot is slots[-1] and match[1] is None
        filled[slot.name] = words[place:].strip() if rest_is_its else _unquoted(match)
        place = len(words) if rest_is_its else match.end()
    for slot in slots:
        if slot.required and not filled.get(slot.name):
            raise OptionMissing(slot.name, slot.meaning)
    return filled


def _unquoted(match: re.Match[str]) -> str:
    return match[2] if match[1] is None else match[1]
