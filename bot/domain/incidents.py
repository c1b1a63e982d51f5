"""Incidents: what went wrong that was nobody's answer, under a short code that a member can pass on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that can be taken for a digit."""

_LONGEST = 13


@dataclass(frozen=True)
class Incident:
    """An exception that no `UserError` stands for, and what was being done."""

    id: int
    exception: str
    message: str
    stack: str
    command: str | None
    guild_id: int | None
    user_id: int | None
    context: Mapping[str, str]


def code_of(incident_id: int) -> str:
    """The id as people see it: base 32, in two groups."""
    digits = ""
    while incident_id:
        incident_id, digit = divmod(incident_id, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return f"{digits[:-6]}-{digits[-6:]}"


def id_of(code: str) -> int:
    """The id behind a code, however it was typed.

    Raises:
        ValueError: not a code.
    """
    plain = code.upper().replace("-", "").replace(" ", "").replace("O", "0").replace("I", "1").replace("L", "1")
    if not 0 < len(plain) <= _LONGEST or any(character not in _ALPHABET for character in plain):
        raise ValueError(f"not an incident code: {code!r}")
    value = 0
    for character in plain:
        value = value * len(_ALPHABET) + _ALPHABET.index(character)
    return value
