"""What could be typed next, for the Tab key. `continuations` is a pure function of the line so far."""

import re
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from ..backend import LOCALES, permission_names  # noqa: TID252 — a subpackage of the sandbox, which is imported as one
from .lines import Surroundings, commands, named, split_options, usage
from .picking import meant, plain
from .upkeep import WORDS_READ, spoken
from .voicing import OFF, VERBS
from .words import WORDS

_BOOLEAN, _USER, _CHANNEL, _ROLE, _MENTIONABLE = 5, 6, 7, 8, 9


@dataclass(frozen=True)
class Offer:
    """A word that fits at the end of the line, in place of its last `replaces` characters."""

    text: str
    replaces: int
    about: str = ""


@dataclass(frozen=True)
class InSight:
    """What a person could use where they are."""

    buttons: Sequence[str] = ()
    menus: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The menus of the newest message, by name, with their options."""
    entries: Sequence[str] = ()
    """The entries of the menus on people and messages."""
    scenes: Sequence[str] = ()
    """The scenes that can be played."""


_NOTHING = InSight()


def continuations(line: str, around: Surroundings, sight: InSight = _NOTHING) -> list[Offer]:
    """What could come next at the end of a line."""
    text = re.sub(r"^\s*@?[\w-]+(?::\s+|(?: #[\w-]+| \(dm\))?>\s*)", "", line)
    if text.startswith("/"):
        return list(_command(text[1:], around))
    word, space, rest = text.partition(" ")
    if not space:
        return [*_starting(word, _firsts(around)), *_starting(word, _people(around, ": "))]
    typed, offered = _after(word, rest, around, sight)
    return list(_starting(typed, offered))


def _after(word: str, rest: str, around: Surroundings, sight: InSight) -> tuple[str, Iterable[tuple[str, str]]]:
    """The piece that is being typed after one of the prompt's own words, and what it could become."""
    whole: dict[str, Iterable[tuple[str, str]]] = {
        "as": _people(around),
        "in": _channels(around),
        "press": [(label, "") for label in sight.buttons],
        "scene": [(name, "") for name in sight.scenes],
        "client": [(locale, "") for locale in LOCALES],
    }
    last = rest.rpartition(" ")[2]
    if word in whole:
        return rest, whole[word]
    if word in WORDS_READ:
        return _of_the_place(word, rest, around)
    if word in VERBS:
        return last, _of_voice(word, rest, around)
    if word in ("say", "dm", "select", "menu") and last[:1] in ("@", "#"):
        return last, [*_mentions(around), *_channels(around)]
    if word == "menu":
        return rest, [(name, "") for name in sight.entries]
    return _choices(rest, sight.menus) if word == "select" else (rest, ())


def _of_voice(word: str, rest: str, around: Surroundings) -> list[tuple[str, str]]:
    rooms = [(f"#{name}", "voice channel") for name in around.rooms.values()]
    if word in ("join", "leave"):
        return rooms
    if word == "move":
        return rooms if " " in rest else _mentions(around)
    return [*([] if " " in rest else _mentions(around)), (OFF, "no longer")]


def _of_the_place(word: str, rest: str, around: Surroundings) -> tuple[str, Iterable[tuple[str, str]]]:
    """The same after a word that changes the place, where everything there is can be named."""
    names = around.everything or around.names
    channels = [(f"#{name}", "") for name in names.channels.values()]
    people = [] if word == "delete" else [(f"@{name}", "") for name in names.users.values()]
    roles = [(f"@{name.removeprefix('@')}", "role") for name in names.roles.values()]
    before, _, last = rest.rpartition(" ")
    if before and last[:1] not in ("@", "#"):
        flags = [(spoken(flag), "permission") for flag in permission_names()]
        return rest.partition(" ")[2], flags if word in ("give", "take") else ()
    return last, () if word == "create" else [*people, *roles, *channels]


def _choices(rest: str, menus: Mapping[str, Sequence[str]]) -> tuple[str, list[tuple[str, str]]]:
    """The piece of a choice that is being typed, and what it could become: a menu's name, or one of its options."""
    name, colon, typed = rest.partition(":")
    inside = meant(name, menus, lambda one: (one,)) if colon else []
    offered = [(option, "") for menu in (inside or menus) for option in menus[menu]]
    if not inside:
        typed = rest
        offered += [(f"{menu}: ", "menu") for menu in menus if len(menus) > 1]
    return typed.rpartition(",")[2].lstrip(), offered


def _starting(start: str, offered: Iterable[tuple[str, str]]) -> Iterator[Offer]:
    wanted, short = start.casefold(), "" if start.endswith(" ") else plain(start)
    for text, about in offered:
        if text.casefold().startswith(wanted) or (short and plain(text).startswith(short)):
            yield Offer(text, len(start), about)


def _firsts(around: Surroundings) -> Iterator[tuple[str, str]]:
    for name, leaf in sorted(commands(around).items()):
        yield f"/{name}", str(leaf.get("description") or "")
    for word, about in WORDS.items():
        yield word, about.partition(" — ")[2]


def _people(around: Surroundings, ending: str = "") -> list[tuple[str, str]]:
    return [(f"{around.names.users[one]}{ending}", "be them") for one in around.people]


def _mentions(around: Surroundings) -> list[tuple[str, str]]:
    return [(f"@{name}", "") for name in around.names.users.values()]


def _roles(around: Surroundings) -> list[tuple[str, str]]:
    return [(f"@{name.removeprefix('@')}", "role") for name in around.names.roles.values()]


def _channels(around: Surroundings) -> list[tuple[str, str]]:
    return [(f"#{name}", "") for name in around.names.channels.values()]


def _command(text: str, around: Surroundings) -> Iterator[Offer]:
    found = named(text, around) if " " in text else None
    if found is None:
        for name, leaf in sorted(commands(around).items()):
            if name.startswith(text.casefold()):
                yield Offer(f"/{name}", len(text) + 1, f"{leaf.get('description') or ''}  {usage(name, leaf)}".strip())
        return
    _, leaf, rest = found
    declared = {str(option["name"]): option for option in leaf.get("options") or ()}
    option, typed = open_option(rest, declared)
    if option is not None:
        yield from _starting(typed, _values(option, around))
    if option is None or (typed and rest.endswith(" ")):
        start = rest.rpartition(" ")[2]
        given, _ = split_options(rest, declared)
        free = [(f"{name}:", str(one.get("description") or "")) for name, one in declared.items() if name not in given]
        yield from _starting(start, free)


def open_option(rest: str, declared: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, str]:
    """The option whose value stands at the end of a command line, and what there is of the value."""
    marks = [mark for mark in re.finditer(r"(?<!\S)([\w-]+):", rest) if mark[1] in declared]
    if not marks:
        return None, ""
    return declared[marks[-1][1]], rest[marks[-1].end() :].lstrip()


def _values(option: Mapping[str, Any], around: Surroundings) -> list[tuple[str, str]]:
    kind = int(option.get("type") or 0)
    if option.get("choices"):
        return [(str(choice["name"]), "") for choice in option["choices"]]
    if kind == _BOOLEAN:
        return [("yes", ""), ("no", "")]
    found = _mentions(around) if kind in (_USER, _MENTIONABLE) else []
    found += _roles(around) if kind in (_ROLE, _MENTIONABLE) else []
    return found + (_channels(around) if kind == _CHANNEL else [])


Suggest = Callable[[str], AsyncGenerator[Offer, None]]
"""What the bot itself suggests at the end of a line, asked as Discord's client asks it."""


class LineCompleter(Completer):
    """Offers continuations to prompt_toolkit, first what is known here, then what the bot suggests."""

    def __init__(self, offers: Callable[[str], Iterable[Offer]], suggest: Suggest | None = None) -> None:
        self._offers = offers
        self._suggest = suggest

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002 — prompt_toolkit's signature
        """What is known without asking the bot."""
        return [_completion(offer) for offer in self._offers(document.text_before_cursor)]

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Everything."""
        for completion in self.get_completions(document, complete_event):
            yield completion
        if self._suggest is not None:
            async for offer in self._suggest(document.text_before_cursor):
                yield _completion(offer)


def _completion(offer: Offer) -> Completion:
    return Completion(offer.text, start_position=-offer.replaces, display_meta=offer.about)
