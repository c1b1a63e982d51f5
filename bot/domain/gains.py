"""What a message earns, and if nothing, why. Everything is judged from what is handed in: no clock, no randomness."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.domain.multipliers import Factor, Place, Rules, Stopped, factor_of

SAME_TEXT_FOR = 600_000
"""Milliseconds after which somebody may say the same again."""

# What Unicode calls default ignorable, white space, controls, and the blank of Braille: nobody sees any of it.
_UNSEEN = re.compile(
    "[\\s\\x00-\\x1f\\x7f-\\x9f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f"
    "\\u202a-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\U0001bca0-\\U0001bca3"
    "\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]+"
)
_MASK = 2**64 - 1


class Reason(StrEnum):
    """Why a message or a minute in voice earned nothing. What `Verdict.data` then is stands with each."""

    COOLDOWN = "cooldown"
    """Milliseconds until a message can earn again."""
    SHORT = "short"
    """How many characters a message has to have."""
    SAME_TEXT = "same_text"
    """0."""
    CHANNEL = "channel"
    """The channel, thread or category whose factor is 0, or where nothing is earned."""
    ELSEWHERE = "elsewhere"
    """0: XP is earned in certain channels only, and this is none of them."""
    ROLE = "role"
    """The role whose factor is 0, or that earns nothing."""
    NO_ROLE = "no_role"
    """0: only certain roles earn XP, and they have none of them."""
    SERVER = "server"
    """0: the factor for everything is 0."""
    COMMAND = "command"
    """0: it was meant for the bot."""
    TOO_LITTLE = "too_little"
    """0: what was drawn and multiplied is less than one XP."""
    ALONE = "alone"
    """How many others would have to take part in voice."""
    MUTED = "muted"
    """0."""
    DEAFENED = "deafened"
    """0."""
    AFK = "afk"
    """0: the channel for those who are away."""
    VOICE_DAY = "voice_day"
    """The most XP that voice earns on a day."""


_OF_RULES = {
    Stopped.PLACE: Reason.CHANNEL,
    Stopped.ELSEWHERE: Reason.ELSEWHERE,
    Stopped.ROLE: Reason.ROLE,
    Stopped.NO_ROLE: Reason.NO_ROLE,
    Stopped.SERVER: Reason.SERVER,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found about one message, or one minute in voice."""

    at: datetime
    channel_id: int
    earned: int
    """XP."""
    reason: Reason | None
    """Why nothing was earned; None: something was."""
    data: int = 0
    """What belongs to the reason."""
    voice: bool = False
    """Whether it was a minute in voice."""


class MessageFacts(NamedTuple):
    """What counts about a message that a person wrote."""

    at: int
    """When, in milliseconds since 1970, by Discord's clock."""
    user_id: int
    place: Place
    text: str
    has_files: bool
    """Files, stickers or a poll: it says something without words."""
    roles: tuple[int, ...]
    """Those of the author's roles that the rules name, the highest first."""
    is_command: bool = False


class Remembered(NamedTuple):
    """What is remembered of a member's last messages. Moments in milliseconds since 1970; 0: none."""

    earned_at: int = 0
    """When one earned last."""
    wrote_at: int = 0
    """When they wrote last."""
    fingerprint: int = 0
    """Of what they wrote then; 0: of nothing."""


NEVER = Remembered()


class Earns(NamedTuple):
    """The message earns: what is drawn, multiplied by this fraction and rounded down."""

    numerator: int
    denominator: int

    def xp(self, drawn: int) -> int:
        """The XP. One rounding, at the end."""
        return drawn * self.numerator // self.denominator


class Denied(NamedTuple):
    """The message earns nothing."""

    reason: Reason
    data: int = 0


def fingerprint(text: str) -> int:
    """64 bits that are the same for texts that read the same, in any script; 0 for one in which nothing is to be seen.

    Letters' size, widths, ligatures, white space and what nobody sees make no difference. It holds within one process.
    """
    bare = visible(text)
    return (hash(bare) & _MASK or 1) if bare else 0


def visible(text: str) -> str:
    """What is to be seen of a text, folded so that what reads the same is the same."""
    if text.isascii():
        return "".join(text.split()).lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _UNSEEN.sub("", folded)


def judge(rules: Rules, seen: MessageFacts, before: Remembered) -> Earns | Denied:
    """What becomes of a message. A cooldown is looked at last: whatever else stops it would also stop a later one."""
    if seen.is_command:
        return Denied(Reason.COMMAND)
    factor = factor_of(rules, seen.place, seen.roles, seen.user_id, seen.at)
    if not factor.numerator:
        return of_stopped(factor)
    settings = rules.settings
    if settings.least_length and not seen.has_files and len(visible(seen.text)) < settings.least_length:
        return Denied(Reason.SHORT, settings.least_length)
    if settings.same_text and _says_the_same(seen, before):
        return Denied(Reason.SAME_TEXT)
    left = before.earned_at + settings.cooldown * 1_000 - seen.at if before.earned_at else 0
    if left > 0:
        return Denied(Reason.COOLDOWN, left)
    return Earns(factor.numerator, factor.denominator)


def of_stopped(factor: Factor) -> Denied:
    """What is said of a factor of 0."""
    return Denied(_OF_RULES[factor.stopped or Stopped.SERVER], factor.stopped_by)


def _says_the_same(seen: MessageFacts, before: Remembered) -> bool:
    if not before.fingerprint or seen.has_files or seen.at - before.wrote_at > SAME_TEXT_FOR:
        return False
    return fingerprint(seen.text) == before.fingerprint


def counts(found: Earns | Denied) -> bool:
    """Whether a message is among those that are counted: it earned, or only came too early to."""
    return isinstance(found, Earns) or found.reason is Reason.COOLDOWN
