"""A language in which whatever was forgotten stands out: every letter of every text that is looked up is a wide one.

They are those of Unicode's fullwidth forms, as many and as plain to read as the usual ones. Placeholders stay, so
values arrive as they are, and no text gets longer. What is still in narrow letters then is either data or was never
marked: `narrow` finds it.
"""

from __future__ import annotations

import gettext
import re
import string
from collections.abc import Collection

from bot.i18n import SOURCE, Tongue

_WIDE = {ord(letter): ord(letter) + 0xFEE0 for letter in string.ascii_letters}
_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")
_DATA = re.compile(
    r"<[@#][!&]?\d+>"  # people, roles and channels
    r"|</[a-z_ ]+:\d+>"  # commands
    r"|<t:-?\d+(?::[tTdDfFR])?>"
    r"|<a?:\w+:\d+>"
    r"|https?://\S+"
    r"|\b[0-9a-f]{64}\b"  # a hash
    r"|#[0-9A-F]{6}\b"  # a colour
    r"|```.*?```|`[^`\n]*`",  # what is code is nobody's language
    re.DOTALL,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z_'.-]*")


def wide(text: str) -> str:
    """A text as the language has it."""
    parts = _PLACEHOLDER.split(text)
    return "".join(part if part.startswith("{") else part.translate(_WIDE) for part in parts)


class _Wide(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return wide(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return wide(msgid1 if n == 1 else msgid2)


PSEUDO = Tongue(SOURCE, _Wide())
"""Numbers are written as in English."""


def narrow(shown: str, data: Collection[str] = ()) -> list[str]:
    """The words of a text that were not looked up, apart from names and other `data`."""
    left = _DATA.sub(" ", shown)
    for one in sorted(data, key=len, reverse=True):
        left = re.sub(rf"(?<![A-Za-z]){re.escape(one)}(?![A-Za-z])", " ", left)
    return _WORD.findall(left)
