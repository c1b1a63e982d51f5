"""Recompute the winners of a giveaway from its proof, and explain each step.

    python verify_giveaway.py proof.json
    python verify_giveaway.py proof.json --commitment HEX    compare with the promise on the giveaway's message
    python verify_giveaway.py proof.json --all               show the whole order, not just the beginning

Ends with 0 and "The winners are right.", or with 1 and what doesn't fit. It needs Python 3.9 or newer and nothing else:
no further package, no network, and not the bot. A file may be compressed (proof.json.gz). A million entrants take some
seconds and 300 MB; with --all one or two minutes and 500 MB.

It is written to be read. The draw itself is the four functions under "The law"; the rest reads the file and talks.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import hmac
import io
import json
import os
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

# The law, version 1 ---------------------------------------------------------------------------------------

Entry = Sequence[Any]
"""A user id and a weight."""


def commitment_of(seed: bytes) -> str:
    """Say what is published of a seed when the giveaway begins: it gives nothing away, and fits no other seed."""
    return hashlib.sha256(seed).hexdigest()


def hash_of_list(guild_id: str, number: int, commitment: str, entries: Iterable[Entry]) -> bytes:
    """Hash the list of entrants, a line each, under two lines that say which giveaway's it is."""
    digest = hashlib.sha256()
    digest.update(b"folkmoot-giveaway 1\n")
    digest.update(f"{guild_id} {number} {commitment}\n".encode("ascii"))
    for user_id, weight in entries:
        digest.update(f"{user_id} {weight}\n".encode("ascii"))
    return digest.digest()


def numbers_of(seed: bytes, list_hash: bytes) -> Iterator[int]:
    """Yield the numbers that seed and list give together: another seed or another list gives others."""
    key = hmac.new(seed, list_hash, hashlib.sha256).digest()
    counter = 0
    while True:
        block = hmac.new(key, counter.to_bytes(8, "big"), hashlib.sha256).digest()
        yield int.from_bytes(block, "big")
        counter += 1


def order_of(entries: Sequence[Entry], numbers: Iterator[int], span: int = 2**256) -> Iterator[str]:
    """Draw one user id after the other, until nobody is left.

    Everybody who is still in stands in a row, each as wide as their weight. A number points somewhere into the row, and
    whoever stands there is drawn and leaves; the others move up. The row is kept in pieces of 1,000 people, so that
    finding the place doesn't begin with the first of a million each time.
    """
    pieces = [list(entries[start : start + 1_000]) for start in range(0, len(entries), 1_000)]
    widths = [sum(weight for _, weight in piece) for piece in pieces]
    width = sum(widths)
    while width > 0:
        # Numbers from 0 to span - 1 fill the row several times over. The last time it isn't filled to its end, which
        # would favour those in front, so a number from there counts for nothing and the next one is taken.
        number = next(numbers)
        while number >= span - span % width:
            number = next(numbers)
        step = number % width
        at = 0
        while step >= widths[at]:
            step -= widths[at]
            at += 1
        here = 0
        while step >= pieces[at][here][1]:
            step -= pieces[at][here][1]
            here += 1
        user_id, weight = pieces[at].pop(here)
        widths[at] -= weight
        width -= weight
        yield user_id


# The file -------------------------------------------------------------------------------------------------

WHAT = "folkmoot giveaway proof"
VERSION = 1
MOST_BYTES = 64 * 1024 * 1024
MOST_WEIGHT = 1_000_000

Proof = dict[str, Any]
"""A file that has the SHAPE below. Ids stay strings."""


class NotAProof(Exception):
    """The file can't be read as a proof; the text says why."""


def read_file(path: str) -> bytes:
    """Read a file, compressed or not, but never more than MOST_BYTES of it."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 — a plain path from the command line
            content = file.read(MOST_BYTES + 1)
        if content[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(content)) as unpacked:
                content = unpacked.read(MOST_BYTES + 1)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise NotAProof(f"it can't be read: {error}") from None
    if len(content) > MOST_BYTES:
        raise NotAProof(f"it has more than {MOST_BYTES // 1024 // 1024} MiB")
    return content


ID, WHOLE, WEIGHT = "an id, written as a string", "a whole number above 0", f"a weight from 1 to {MOST_WEIGHT}"
HEX, TEXT = "64 hexadecimal digits in small letters", "a text"
SHAPE: Any = {
    "guild_id": ID, "number": WHOLE, "prize": TEXT, "winners_asked": WHOLE,
    "commitment": HEX, "seed": HEX, "list_hash": HEX, "ended_at": TEXT, "drawn_at": TEXT,
    "checks": [{"place": WHOLE, "user_id": ID, "outcome": TEXT, "reason": TEXT}],
    "places": [ID],
    "entries": [(ID, WEIGHT)],
}  # fmt: skip
"""What a proof looks like. Whatever else there is may stay: later bots may have more to tell."""


def insist(told: Any, shape: Any, where: str) -> None:
    """Refuse what isn't of that shape."""
    if isinstance(shape, str):
        if not is_a(told, shape):
            raise NotAProof(f"{where} isn't {shape}")
    elif isinstance(shape, dict):
        lacking = [key for key in shape if not isinstance(told, dict) or key not in told]
        if lacking:
            raise NotAProof(f"{where} lacks {', '.join(lacking)}")
        for key, inner in shape.items():
            insist(told[key], inner, f"{where}, {key}")
    elif not isinstance(told, list) or (isinstance(shape, tuple) and len(told) != len(shape)):
        raise NotAProof(f"{where} isn't a list" + (f" of {len(shape)}" if isinstance(shape, tuple) else ""))
    else:
        for at, one in enumerate(told):
            insist(one, shape[at] if isinstance(shape, tuple) else shape[0], f"{where}[{at}]")


def is_a(told: Any, kind: str) -> bool:
    """Whether a value is of that kind."""
    if kind in {WHOLE, WEIGHT}:
        return type(told) is int and 1 <= told <= (MOST_WEIGHT if kind == WEIGHT else 2**63 - 1)
    if not isinstance(told, str):
        return False
    if kind == ID:
        return re.fullmatch("[1-9][0-9]{0,19}", told) is not None and int(told) < 2**64
    return kind != HEX or re.fullmatch("[0-9a-f]{64}", told) is not None


def read_proof(content: bytes) -> Proof:
    """Take a proof from the content of its file, and insist that each value is what it should be."""
    try:
        told = json.loads(content.decode("utf-8"), parse_int=_number, object_pairs_hook=_each_once)
    except UnicodeDecodeError:
        raise NotAProof("it isn't text in UTF-8") from None
    except RecursionError:
        raise NotAProof("it is nested too deeply") from None
    except ValueError as error:
        raise NotAProof(f"it isn't JSON: {error}") from None
    if not isinstance(told, dict) or told.get("what") != WHAT or type(told.get("version")) is not int:
        raise NotAProof(f'it doesn\'t say that it is a "{WHAT}", and of which version')
    if told["version"] != VERSION:
        raise NotAProof(f"it is of version {told['version']}, and this program knows version {VERSION}")
    insist(told, SHAPE, "the proof")
    before = 0
    for user_id, _ in told["entries"]:
        if int(user_id) <= before:
            raise NotAProof(f"in its list of entries {user_id} comes after {before}, but ids are to rise, each once")
        before = int(user_id)
    return told


def _number(digits: str) -> int:
    if len(digits) > 20:  # noqa: PLR2004 — as many as an id has; to read a million digits takes minutes
        raise NotAProof(f"a number has {len(digits)} digits")
    return int(digits)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise NotAProof("a key is there twice")
    return dict(pairs)


# The steps ------------------------------------------------------------------------------------------------

SHOWN = 20
"""Places and candidates that are shown without --all."""

WORDS = {
    "won": "holds a prize",
    "left": "passed over: not a member any more",
    "unknown": "passed over: the account is gone",
    "not_eligible": "passed over: doesn't meet the rules any more",
    "unclaimed": "passed over: had won, and didn't claim the prize in time",
    "rerolled": "passed over: had won, and staff drew again",
}


class Finding(NamedTuple):
    """What a step found: words that explain it, and what doesn't fit, if anything."""

    title: str
    words: list[str]
    misfits: list[str]


def examine(proof: Proof, commitment: str | None = None, *, everybody: bool = False) -> Iterator[Finding]:
    """Go through the steps, one finding each. The winners are right if none has a misfit."""
    yield the_promise(proof, commitment)
    yield the_list(proof)
    # The order comes from the list as it stands here, whatever hash the file gives for it.
    list_hash = hash_of_list(proof["guild_id"], proof["number"], proof["commitment"], proof["entries"])
    order = order_of(proof["entries"], numbers_of(bytes.fromhex(proof["seed"]), list_hash))
    most_shown = len(proof["entries"]) if everybody else SHOWN
    drawn = list(islice(order, max(len(proof["places"]), len(proof["checks"]), most_shown)))
    yield the_order(proof, drawn, most_shown)
    yield the_candidates(proof, drawn, most_shown)
    yield the_winners(proof)


def the_promise(proof: Proof, commitment: str | None) -> Finding:
    """Hold the seed to what was published of it."""
    words = [
        "When the giveaway began, this was published on its message:",
        f"    {proof['commitment']}",
        "It is to be the SHA-256 of the seed, which was kept secret until the draw:",
        f"    {proof['seed']}",
        "If it is, the seed was there before anybody entered, and was not exchanged afterwards.",
    ]
    misfits: list[str] = []
    found = commitment_of(bytes.fromhex(proof["seed"]))
    if found != proof["commitment"]:
        misfits.append(f"The SHA-256 of the seed is {found}, not what the proof says was promised.")
    if commitment is None:
        words.append("Compare it with the message, or give the one you see there with --commitment.")
    elif commitment.strip("` \n").lower() != proof["commitment"]:
        misfits.append(f"You gave the promise {shown(commitment)}, and the proof has {proof['commitment']}.")
    else:
        words.append("It is the one that you gave with --commitment.")
    return Finding("The promise", words, misfits)


def the_list(proof: Proof) -> Finding:
    """Hold the list to its hash."""
    found = hash_of_list(proof["guild_id"], proof["number"], proof["commitment"], proof["entries"]).hex()
    total = sum(weight for _, weight in proof["entries"])
    words = [
        f"{count(len(proof['entries']), 'entrant')} with a weight of {total:,} in all, in the order of their ids.",
        "Who is on the list, and with which weight, was fixed before anything was drawn. Its SHA-256 is:",
        f"    {found}",
    ]
    differs = f"The proof says that the list's SHA-256 is {proof['list_hash']}: somebody or some weight differs."
    return Finding("The list", words, [] if found == proof["list_hash"] else [differs])


def the_order(proof: Proof, drawn: list[str], most_shown: int) -> Finding:
    """Hold the stored places to those that were drawn here."""
    weights = dict(proof["entries"])
    rows = [f"{place}. {user_id} (weight {weights[user_id]:,})" for place, user_id in enumerate(drawn, 1)]
    words = [
        "Seed and list together give numbers, and each number draws one of those still in.",
        "A weight of 2 is drawn twice as easily as a weight of 1. Nobody is drawn twice. The places:",
        *shortened(rows[:most_shown], len(proof["entries"])),
    ]
    misfits = differences(list(enumerate(proof["places"], 1)), drawn)
    needed = min(proof["winners_asked"], len(proof["entries"]))
    if len(proof["places"]) < needed:
        misfits.append(f"The proof has {count(len(proof['places']), 'place')}; it takes {needed} at least.")
    return Finding("The order", words, misfits)


def the_candidates(proof: Proof, drawn: list[str], most_shown: int) -> Finding:
    """Hold those whom the bot looked at to the order."""
    rows: list[str] = []
    for check in proof["checks"][:most_shown]:
        outcome = WORDS.get(check["outcome"], f"passed over: {shown(check['outcome'])}")
        reason = f" ({shown(check['reason'])})" if check["reason"] else ""
        rows.append(f"{check['place']}. {check['user_id']}: {outcome}{reason}")
    words = [
        "The bot looked at the entrants in this order, to see who can still win, until all prizes were held.",
        "Why somebody was passed over can't be computed: whoever it was can say whether it is true.",
        *shortened(rows, len(proof["checks"])),
    ]
    misfits = differences([(check["place"], check["user_id"]) for check in proof["checks"]], drawn)
    return Finding("Who was looked at", words, misfits)


def differences(told: list[tuple[int, str]], drawn: list[str]) -> list[str]:
    """Say where places and people that a proof tells of first aren't those that were drawn."""
    for place, (told_place, told_id) in enumerate(told, 1):
        if place > len(drawn):
            return [f"The proof tells of {len(told)} places, but only {len(drawn)} have entered."]
        if told_place != place:
            return [f"Place {place} should come next, and the proof goes on with place {told_place}."]
        if told_id != drawn[place - 1]:
            return [f"Place {place} was drawn by {drawn[place - 1]}, and the proof gives it to {told_id}."]
    return []


def the_winners(proof: Proof) -> Finding:
    """Hold the number of winners to the number that was asked for."""
    won: list[str] = []
    misfits: list[str] = []
    for check in proof["checks"]:
        if len(won) >= proof["winners_asked"]:
            misfits.append(f"All prizes were held, and still place {check['place']} was looked at.")
            break
        if check["outcome"] == "won":
            won.append(check["user_id"])
    left_out = len(proof["entries"]) - len(proof["checks"])
    if len(won) < proof["winners_asked"] and left_out > 0:
        misfits.append(f"There could be {proof['winners_asked'] - len(won)} more, and {left_out} were never looked at.")
    words = [f"{count(proof['winners_asked'], 'winner')} asked for, {len(won)} found.", *shortened(won, len(won))]
    return Finding("The winners", words, misfits)


# Talking --------------------------------------------------------------------------------------------------


def count(number: int, word: str) -> str:
    """Put a number before a word."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def shortened(rows: list[str], total: int) -> list[str]:
    """Indent the rows, and say how many of them aren't shown."""
    more = [f"… and {total - len(rows):,} more; --all shows everybody"] if total > len(rows) else []
    return [f"    {row}" for row in rows + more]


def shown(text: str) -> str:
    """Show a text of a stranger's without anything that a terminal would obey."""
    return "".join(one if one.isprintable() else "?" for one in text[:200])


def say(text: str) -> None:
    """Say a line."""
    print(text)  # noqa: T201 — this program's way to speak


def run(path: str, commitment: str | None, *, everybody: bool) -> int:
    """Read, recompute, explain; 0 if the winners are right."""
    try:
        proof = read_proof(read_file(path))
    except NotAProof as error:
        say(f"This is no proof that can be checked: {shown(str(error))}.")
        return 1
    say(f"Giveaway {proof['number']} of server {proof['guild_id']}: {shown(proof['prize'])}")
    say(f"It ended at {shown(proof['ended_at'])} and was drawn at {shown(proof['drawn_at'])}.")
    misfits: list[str] = []
    for number, finding in enumerate(examine(proof, commitment, everybody=everybody), 1):
        say(f"\n{number}. {finding.title}")
        for words in finding.words:
            say(f"   {words}")
        say("   This does NOT fit." if finding.misfits else "   This fits.")
        misfits += finding.misfits
    if misfits:
        say("\n  - ".join(["\nThe winners are not right by this proof. What doesn't fit:", *misfits]))
        return 1
    say("\nThe winners are right.")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Recompute the winners of a giveaway from its proof.")
    parser.add_argument("proof", help="the file, proof.json or proof.json.gz")
    parser.add_argument("--commitment", metavar="HEX", help="what the giveaway's message promised, to compare with")
    parser.add_argument("--all", action="store_true", help="show everybody, in the order drawn")
    asked = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a letter of the prize's shows a question mark
    try:
        status = run(asked.proof, asked.commitment, everybody=asked.all)
        sys.stdout.flush()
    except MemoryError:
        say("This machine hasn't enough memory for that file.")
    except BrokenPipeError:  # whoever reads this has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    else:
        return status
    return 1


if __name__ == "__main__":
    sys.exit(main())
