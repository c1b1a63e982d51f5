"""What may be typed at the prompt, and what it means. Nothing here does anything: `parse` is a pure function."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from ..backend import LOCALES  # noqa: TID252 — a subpackage of the sandbox, which is imported as one
from . import upkeep, voicing
from .names import Names
from .picking import meant, unclear
from .words import WORDS, NotUnderstood, needed

_SUBCOMMAND, _GROUP, _STRING, _INTEGER, _BOOLEAN = 1, 2, 3, 4, 5
_USER, _CHANNEL, _ROLE, _MENTIONABLE, _NUMBER, _FILE = 6, 7, 8, 9, 10, 11
_YES, _NO = frozenset({"true", "yes", "on", "y", "1"}), frozenset({"false", "no", "off", "n", "0"})
_PROMPTED = re.compile(r"\s*@?([\w-]+)(?: #[\w-]+| \(dm\))?>\s*(.*)", re.DOTALL)
_QUOTES = {'"': '"', "'": "'", "“": "”"}


@dataclass(frozen=True)
class Slash:
    """A command of the bot."""

    command: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Menu:
    """An entry of the menu on a person, or (`user` None) on the newest message; "" is the only one there."""

    name: str
    user: int | None = None


@dataclass(frozen=True)
class Press:
    """A button by its label, or by its number on the newest message that has any."""

    button: str


@dataclass(frozen=True)
class Select:
    """Choices in a menu, as typed: what they are depends on the menu."""

    menu: str | None
    values: tuple[str, ...]


@dataclass(frozen=True)
class Say:
    """A message."""

    text: str


@dataclass(frozen=True)
class Go:
    """To a channel, or (None) to the direct messages; `text` is said there at once."""

    channel: int | None
    text: str = ""


@dataclass(frozen=True)
class Plain:
    """A word by itself: look, who, files, leave, join, help, quit; restart and scene, which may be followed by more."""

    word: str
    rest: str = ""


@dataclass(frozen=True)
class Client:
    """The language and the zone (None: this computer's) of a person's Discord."""

    locale: str
    zone: ZoneInfo | None = None


Action = Client | Slash | Menu | Press | Select | Say | Go | Plain | upkeep.Upkeep | voicing.Voice


@dataclass(frozen=True)
class Line:
    """What a line asks for; `become` is who is to do it from now on, if that changes."""

    action: Action | None = None
    become: int | None = None


@dataclass(frozen=True)
class Surroundings:
    """What the person at the keyboard can name."""

    names: Names
    commands: Sequence[Mapping[str, Any]] = ()
    """The commands offered to them, as Discord describes them."""
    people: Sequence[int] = ()
    """Whom one can be."""
    everything: Names | None = None
    """What there is, also where the person has no sight; None: what they can name."""
    rooms: Mapping[int, str] = field(default_factory=dict)
    """The voice channels among what they can name."""


def parse(line: str, around: Surroundings) -> Line:
    """Read a typed line.

    Raises:
        NotUnderstood: it means nothing here; the message says what would.
    """
    become, text = addressed(line, around)
    if become is not None:
        return Line(parse(text, around).action, become)
    if not text:
        return Line()
    if text.startswith("/"):
        return Line(_slash(text[1:], around))
    first, _, rest = text.partition(" ")
    word, rest = first.lower(), rest.strip()
    if word in upkeep.WORDS_READ:
        return Line(upkeep.read(word, rest, around.everything or around.names))
    if word in voicing.VERBS and (rest or word in ("mute", "deafen", "move")):
        return Line(voicing.read(word, rest, around.names, around.rooms))
    return Line(Plain(word, rest)) if word in ("restart", "scene") else _word(word, rest, around)


def addressed(line: str, around: Surroundings) -> tuple[int | None, str]:
    """Who is to do what follows, if the line begins with a name (`mira: /balance`), and what follows.

    Raises:
        NotUnderstood: there is nobody of that name.
    """
    text = line.strip()
    match = re.fullmatch(r"@?([\w-]+):(?:\s+(.*))?", text, re.DOTALL)
    return (None, text) if match is None else (_person(match[1], around), match[2] or "")


def copied(line: str, around: Surroundings) -> tuple[int | None, str]:
    """Who typed a line that still has its prompt (`mira #staff> /balance`, from a transcript), and what they typed.

    Raises:
        NotUnderstood: there is nobody of that name.
    """
    match = _PROMPTED.fullmatch(line)
    return (None, line) if match is None else (_person(match[1], around), match[2])


def _word(word: str, rest: str, around: Surroundings) -> Line:  # noqa: C901, PLR0911 — a table
    match word:
        case "as":
            return Line(become=_person(needed(word, rest), around))
        case "say":
            return Line(Say(around.names.typed(needed(word, rest))))
        case "press":
            return Line(Press(_unquoted(needed(word, rest))))
        case "select":
            return Line(_select(needed(word, rest)))
        case "menu":
            return Line(_menu(rest, around))
        case "client":
            return Line(_client(needed(word, rest)))
        case "in":
            return Line(Go(_channel(needed(word, rest), around)))
        case "dm":
            return Line(Go(None, around.names.typed(rest)))
        case "exit" | "bye":
            return Line(Plain("quit"))
        case "look" | "who" | "files" | "leave" | "join" | "help" | "quit":
            return Line(Plain(word))
    near = difflib.get_close_matches(word, [*WORDS, *(f"/{name}" for name in commands(around))], n=1, cutoff=0.7)
    hint = f"Did you mean {near[0]}?" if near else "Type help for what there is; to write a message: say …"
    raise NotUnderstood(f"I don't know “{word}”. {hint}")


def _client(rest: str) -> Client:
    language, _, zone = rest.partition(" ")
    found = meant(language, LOCALES, lambda one: (one,))
    if not found:
        raise NotUnderstood(f"Discord does not speak “{language}”; it speaks {', '.join(LOCALES)}.")
    try:
        return Client(found[0], ZoneInfo(zone.strip()) if zone else None)
    except (KeyError, ValueError):
        raise NotUnderstood(f"“{zone}” is no time zone, such as Europe/Berlin.") from None


def _unquoted(text: str) -> str:
    closing = _QUOTES.get(text[:1])
    return text[1:-1] if closing and len(text) > 1 and text.endswith(closing) else text


def _person(name: str, around: Surroundings) -> int:
    user = around.names.user(name)
    if user is None or user not in around.people:
        everyone = ", ".join(around.names.users[one] for one in around.people)
        raise NotUnderstood(f"There is no “{name.removeprefix('@')}” to be; there are {everyone}.")
    return user


def _channel(name: str, around: Surroundings) -> int:
    channel = around.names.channel(name)
    if channel is None:
        there = ", ".join(f"#{one}" for one in around.names.channels.values())
        raise NotUnderstood(f"You see no channel #{name.removeprefix('#')}; you see {there}.")
    return channel


def _select(rest: str) -> Select:
    menu, colon, values = rest.partition(":")
    if not colon or menu.startswith(("<", "@", "#")):
        menu, values = "", rest
    chosen = tuple(_unquoted(value.strip()) for value in values.split(",") if value.strip())
    return Select(_unquoted(menu.strip()) or None, chosen)


def _menu(rest: str, around: Surroundings) -> Menu:
    name, at, who = rest.rpartition("@")
    if not at:
        return Menu(_unquoted(rest))
    user = around.names.user(who)
    if user is None:
        raise NotUnderstood(f"There is nobody called @{who} here.")
    return Menu(_unquoted(name.strip()), user)


# Commands -----------------------------------------------------------------------------------------------


def commands(around: Surroundings) -> dict[str, Mapping[str, Any]]:
    """Every slash command that can be run, by its full name (`xp add`), with its options and description."""
    return {name: leaf for root in around.commands if root.get("type", 1) == 1 for name, leaf in _leaves(root, "")}


def _leaves(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    name = f"{prefix}{node['name']}"
    nested = [one for one in node.get("options") or () if one.get("type") in (_SUBCOMMAND, _GROUP)]
    if not nested:
        yield name, node
    for one in nested:
        yield from _leaves(one, f"{name} ")


def usage(name: str, leaf: Mapping[str, Any]) -> str:
    """How a command is typed: `/pay member:… amount:…`, what may be left out in brackets."""
    words = [f"/{name}"]
    for option in leaf.get("options") or ():
        word = f"{option['name']}:{_example(option)}"
        words.append(word if option.get("required") else f"[{word}]")
    return " ".join(words)


def _example(option: Mapping[str, Any]) -> str:
    examples = {_INTEGER: "50", _NUMBER: "1.5", _BOOLEAN: "yes", _USER: "@name", _CHANNEL: "#name", _ROLE: "@role"}
    return examples.get(int(option.get("type") or 0), "…")


def named(text: str, around: Surroundings) -> tuple[str, Mapping[str, Any], str] | None:
    """The command that a text (without its slash) begins with, and what follows it."""
    for name, leaf in sorted(commands(around).items(), key=lambda found: -len(found[0])):
        if match := re.match(re.escape(name).replace(r"\ ", r"\s+") + r"(?=\s|$)", text, re.IGNORECASE):
            return name, leaf, text[match.end() :]
    return None


def _slash(text: str, around: Surroundings) -> Slash:
    found = named(text, around)
    if found is None:
        raise NotUnderstood(_no_command(text, around))
    name, leaf, rest = found
    declared = {str(option["name"]): option for option in leaf.get("options") or ()}
    typed, before = split_options(rest, declared)
    typed |= _in_order(before, [one for one in declared.values() if one["name"] not in typed], usage(name, leaf))
    missing = [one for one, option in declared.items() if option.get("required") and not typed.get(one)]
    if missing:
        raise NotUnderstood(f"“{missing[0]}” is missing. Like this: {usage(name, leaf)}")
    return Slash(name, {one: option_value(declared[one], value, around.names) for one, value in typed.items() if value})


def _in_order(text: str, free: Sequence[Mapping[str, Any]], how: str) -> dict[str, str]:
    """Values without names, as in `/pay @newcomer 50`: one word for each option in order, the rest for a last text."""
    words = text.split()
    if len(words) > len(free) and free and free[-1].get("type") == _STRING:
        words = text.split(maxsplit=len(free) - 1)
    if len(words) > len(free):
        raise NotUnderstood(f"I can't place “{text}”. Like this: {how}")
    return {str(one["name"]): _unquoted(word) for one, word in zip(free, words, strict=False)}


def _no_command(text: str, around: Surroundings) -> str:
    there = commands(around)
    if not there:
        return "There are no commands for you here."
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    inside = [name for name in there if name.startswith(f"{word} ")]
    if inside:
        return f"/{word} is only the beginning: there are " + ", ".join(f"/{name}" for name in sorted(inside)) + "."
    near = difflib.get_close_matches(word.lower(), there, n=1)
    hint = f"Did you mean /{near[0]}?" if near else "There are " + ", ".join(f"/{name}" for name in sorted(there)) + "."
    return f"There is no command /{word} for you here. {hint}"


def split_options(text: str, declared: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """The values by option name, and what stands before the first; a value lasts until the next option's name."""
    if not declared:
        return {}, text.strip()
    names = "|".join(re.escape(name) for name in sorted(declared, key=len, reverse=True))
    marks = list(re.finditer(rf"(?<!\S)({names}):", text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    values = {mark[1]: _unquoted(text[mark.end() : end].strip()) for mark, end in zip(marks, ends, strict=False)}
    return values, (text[: marks[0].start()] if marks else text).strip()


def option_value(option: Mapping[str, Any], text: str, names: Names) -> Any:
    """A typed value as the option wants it.

    Raises:
        NotUnderstood: it is not such a value.
    """
    kind, label = int(option["type"]), str(option["name"])
    if kind in (_USER, _CHANNEL, _ROLE, _MENTIONABLE):
        return entity(kind, text, names, label)
    if kind == _FILE:
        return text, f"A small file called {text}, made by the demo.\n".encode()
    if kind == _BOOLEAN:
        if text.lower() not in _YES | _NO:
            raise NotUnderstood(f"“{label}” is yes or no, not “{text}”.")
        return text.lower() in _YES
    if option.get("choices"):
        return _choice(option["choices"], text, label)
    if kind == _STRING:
        return names.typed(text)
    return _number(kind, text, label)


def _choice(choices: Sequence[Mapping[str, Any]], text: str, label: str) -> Any:
    found = meant(text, choices, lambda one: (str(one["name"]), str(one["value"])))
    if len(found) > 1:
        raise NotUnderstood(f"{unclear(text, [str(one['name']) for one in found])}.")
    if not found:
        raise NotUnderstood(f"“{label}” is one of {', '.join(str(one['name']) for one in choices)}.")
    return found[0]["value"]


def _number(kind: int, text: str, label: str) -> int | float:
    plain = text.replace(",", "").replace("_", "")
    try:
        return int(plain) if kind == _INTEGER else float(plain)
    except ValueError:
        raise NotUnderstood(f"“{label}” is a {'whole ' * (kind == _INTEGER)}number, not “{text}”.") from None


def entity(kind: int, text: str, names: Names, label: str) -> int:
    """The id behind a typed name of a member, channel or role (`kind` as of a command's option).

    Raises:
        NotUnderstood: there is none of that name.
    """
    found: int | None = None
    if kind in (_USER, _MENTIONABLE):
        found = names.user(text)
    if kind in (_ROLE, _MENTIONABLE) and found is None:
        found = names.role(text)
    if kind == _CHANNEL:
        found = names.channel(text)
    if found is None:
        there = {_CHANNEL: names.channels, _ROLE: names.roles}.get(kind, names.users)
        sign = "#" if kind == _CHANNEL else "@"
        offered = ", ".join(f"{sign}{name}" for name in there.values() if name != "@everyone")
        raise NotUnderstood(f"“{label}” takes one of {offered}; “{text}” is none of them.")
    return found
