"""Discord's markdown, lightly, as words: bold, code, links, mentions, times, custom emoji; wrapped to a width."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from prompt_toolkit.utils import get_cwidth

from .names import Names
from .times import when

WIDEST = 100

_BOLD, _FAINT, _ITALIC, _UNDERLINE, _STRUCK, _CYAN, _BLUE = "1", "2", "3", "4", "9", "36", "94"
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Paint:
    """Whether there are colours, and how wide a line may be."""

    colour: bool = False
    width: int = WIDEST

    @classmethod
    def on(cls, stream: TextIO, environment: Mapping[str, str] = os.environ) -> "Paint":
        """What suits a stream: colours on a terminal, unless NO_COLOR or TERM=dumb says otherwise."""
        if not stream.isatty():
            return cls()
        try:
            columns = os.get_terminal_size(stream.fileno()).columns
        except OSError:
            columns = 0
        colour = not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
        return cls(colour, min(columns or WIDEST, WIDEST))

    def with_codes(self, text: str, codes: Iterable[str]) -> str:
        """Paint each word by itself, so that a line may break between any two."""
        sequence = ";".join(codes)
        if not self.colour or not sequence:
            return text
        return re.sub(r"\S+", lambda word: f"\x1b[{sequence}m{word.group()}\x1b[0m", text)

    def bold(self, text: str) -> str:
        """Names and titles."""
        return self.with_codes(text, [_BOLD])

    def faint(self, text: str) -> str:
        """What is said beside."""
        return self.with_codes(text, [_FAINT])

    def struck(self, text: str) -> str:
        """What can't be used."""
        return self.with_codes(text, [_FAINT, _STRUCK])

    def tinted(self, text: str, rgb: int | None) -> str:
        """In an embed's or button's own colour; None: the terminal's."""
        if rgb is None:
            return text
        return self.with_codes(text, [f"38;2;{rgb >> 16 & 255};{rgb >> 8 & 255};{rgb & 255}"])


def visible(text: str) -> int:
    """How many columns a painted text takes."""
    return get_cwidth(_ESCAPE.sub("", text))


def clean(text: str) -> str:
    """A text from outside without what would steer the terminal."""
    return _CONTROL.sub("", text.replace("\t", "    "))


def wrap(text: str, width: int) -> list[str]:
    """Break painted lines between words; a word that is longer than a line is cut, and loses its paint."""
    lines: list[str] = []
    for whole in text.split("\n"):
        line = whole[: len(whole) - len(whole.lstrip(" "))]
        words = [part for word in whole.split() for part in _cut(word, max(width - len(line), 8))]
        for number, word in enumerate(words):
            if number and line.strip() and visible(line) + 1 + visible(word) > width:
                lines.append(line)
                line = word
            else:
                line += f" {word}" if number else word
        lines.append(line)
    return lines


def _cut(word: str, width: int) -> Iterable[str]:
    if visible(word) <= width:
        yield word
        return
    part = ""
    for character in _ESCAPE.sub("", word):
        if visible(part + character) > width:
            yield part
            part = ""
        part += character
    yield part


# Markdown -----------------------------------------------------------------------------------------------

_INLINE = re.compile(
    r"\\(?P<escaped>[^\w\s])"
    r"|`(?P<code>[^`\n]+)`"
    r"|<@!?(?P<user>\d+)>|<@&(?P<role>\d+)>|<#(?P<channel>\d+)>"
    r"|<t:(?P<time>-?\d{1,15})(?::(?P<style>[tTdDfFR]))?>"
    r"|<a?:(?P<emoji>\w+):\d+>"
    r"|</(?P<command>[^:>\n]+):\d+>"
    r"|\[(?P<label>[^\]\n]+)\]\((?P<url>[^)\s]+)\)"
    r"|\*\*(?P<bold>.+?)\*\*|__(?P<underlined>.+?)__|~~(?P<crossed>.+?)~~|\|\|(?P<spoiler>.+?)\|\|"
    r"|\*(?P<italic>[^*\s](?:[^*\n]*[^*\s])?)\*|(?<!\w)_(?P<slanted>[^_\s](?:[^_\n]*[^_\s])?)_(?!\w)",
    re.DOTALL,
)
_NESTING = {
    "bold": (_BOLD,),
    "underlined": (_UNDERLINE,),
    "crossed": (_STRUCK,),
    "spoiler": (_FAINT,),
    "italic": (_ITALIC,),
    "slanted": (_ITALIC,),
}
_FENCE = re.compile(r"```(?:\w*\n)?(.*?)\n?```", re.DOTALL)
_HEADING = re.compile(r"#{1,3} +(.*)")
_SUBTEXT = re.compile(r"-# +(.*)")
_BULLET = re.compile(r"( *)[-*] +(.*)")
_QUOTE = re.compile(r"> ?(.*)")


@dataclass(frozen=True)
class Markup:
    """Turns what a bot or a person wrote into painted text. Times are words as seen at `now`, in its zone."""

    names: Names
    now: datetime
    paint: Paint
    locale: str = "en"

    def text(self, raw: str) -> str:
        """A whole text, line by line."""
        parts = _FENCE.split(clean(raw))
        for number, part in enumerate(parts):
            if number % 2:
                parts[number] = "\n".join(self.paint.with_codes(f"  {line}", [_CYAN]) for line in part.split("\n"))
            else:
                parts[number] = "\n".join(self._line(line) for line in part.split("\n"))
        return "".join(parts)

    def plain(self, raw: str) -> str:
        """One line without paint, for labels and titles of windows."""
        return Markup(self.names, self.now, Paint(), self.locale).inline(clean(raw).replace("\n", " "))

    def _line(self, line: str) -> str:
        if match := _HEADING.fullmatch(line):
            return self.inline(match[1], (_BOLD,))
        if match := _SUBTEXT.fullmatch(line):
            return self.inline(match[1], (_FAINT,))
        if match := _BULLET.fullmatch(line):
            return f"{match[1]}• {self.inline(match[2])}"
        if match := _QUOTE.fullmatch(line):
            return f"│ {self.inline(match[1])}"
        return self.inline(line)

    def inline(self, text: str, codes: tuple[str, ...] = ()) -> str:
        """A piece of a line, under the codes of what it stands in."""
        done = ""
        position = 0
        for match in _INLINE.finditer(text):
            done += self.paint.with_codes(text[position : match.start()], codes) + self._token(match, codes)
            position = match.end()
        return done + self.paint.with_codes(text[position:], codes)

    def _token(self, match: re.Match[str], codes: tuple[str, ...]) -> str:
        kind = match.lastgroup or ""
        found = match.groupdict()
        if kind in _NESTING:
            return self.inline(found[kind], codes + _NESTING[kind])
        if kind == "code":
            # Without colour the marks stay, for a code is often something to be copied.
            return self.paint.with_codes(found["code"], [*codes, _CYAN]) if self.paint.colour else f"`{found['code']}`"
        if kind in ("user", "role", "channel"):
            return self.paint.with_codes(self._mention(kind, int(found[kind])), [*codes, _BLUE])
        if found["time"]:
            return self.paint.with_codes(when(int(found["time"]), found["style"] or "f", self.now, self.locale), codes)
        plain = {
            "escaped": found["escaped"],
            "emoji": f":{found['emoji']}:",
            "command": f"/{found['command']}",
            "url": f"{found['label']} ({found['url']})",
        }
        return self.paint.with_codes(plain.get(kind) or match.group(), codes)

    def _mention(self, kind: str, number: int) -> str:
        if kind == "channel":
            return f"#{self.names.channels.get(number, 'unknown')}"
        names = self.names.users if kind == "user" else self.names.roles
        return f"@{names.get(number, number)}"
