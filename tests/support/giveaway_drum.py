"""The law of a giveaway's draw a third time, so slowly that nobody can be mistaken: with a drum full of tickets.

It shares nothing with `bot/domain/giveaway_draw.py` and `bot/verify_giveaway.py`. HMAC is written out as RFC 2104 has
it, and everybody puts as many tickets into the drum as they have weight.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

Entries = Sequence[tuple[int, int]]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    padded = key + bytes(64 - len(key))
    inner = bytes(byte ^ 0x36 for byte in padded)
    outer = bytes(byte ^ 0x5C for byte in padded)
    return sha256(outer + sha256(inner + message))


def text_of_list(guild_id: int, number: int, seed: bytes, entries: Entries) -> str:
    text = "folkmoot-giveaway 1\n" + str(guild_id) + " " + str(number) + " " + sha256(seed).hex() + "\n"
    for user_id, weight in sorted(entries):
        text += str(user_id) + " " + str(weight) + "\n"
    return text


def drum_order(guild_id: int, number: int, seed: bytes, entries: Entries) -> list[int]:
    """Everybody in the order drawn. Needs as many list items as all weights together."""
    key = hmac_sha256(seed, sha256(text_of_list(guild_id, number, seed, entries).encode("ascii")))
    drum = [user_id for user_id, weight in sorted(entries) for _ in range(weight)]
    drawn: list[int] = []
    counter = 0
    while drum:
        value = int(hmac_sha256(key, bytes.fromhex(f"{counter:016x}")).hex(), 16)
        counter += 1
        if value // len(drum) == 2**256 // len(drum):  # in the last multiple, which isn't whole
            continue
        user_id = drum[value % len(drum)]
        drawn.append(user_id)
        drum = [ticket for ticket in drum if ticket != user_id]
    return drawn
