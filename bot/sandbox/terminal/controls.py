"""The buttons and menus that a person has in sight, and which of them is meant by a typed name."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..seen import CannotDo, SeenMessage  # noqa: TID252 — a subpackage of the sandbox, which is imported as one
from .lines import NotUnderstood
from .picking import meant, plain, unclear

_BUTTON, _SELECTS = 2, (3, 5, 6, 7, 8)
_LINK = 5
_UNNAMED = {
    3: "choose one",
    5: "choose a member",
    6: "choose a role",
    7: "choose a member or role",
    8: "choose a channel",
}
"""What is written on menus without a name of their own."""

Control = Mapping[str, Any]
Read = Callable[[Control], list[Any]]
"""Choices for one menu, in the shape in which they are sent; raises `NotUnderstood` if it has no such thing."""


@dataclass(frozen=True)
class Placed:
    """A control, and the message on which it is."""

    message: SeenMessage
    json: Control

    @property
    def name(self) -> str:
        """What people read on it."""
        return title(self.json)

    @property
    def disabled(self) -> bool:
        """Whether it can't be used just now."""
        return bool(self.json.get("disabled"))

    def names(self) -> tuple[str, str]:
        """Whatever it may be called."""
        return self.name, str(self.json.get("custom_id"))


def title(control: Control) -> str:
    """What people read on a control: its label, placeholder or emoji."""
    shown = control.get("label") or control.get("placeholder") or (control.get("emoji") or {}).get("name")
    return str(shown or _UNNAMED.get(int(control.get("type") or 0), "…"))


def options(menu: Control) -> tuple[str, ...]:
    """The labels that a menu offers; none for one of people, roles or channels."""
    return tuple(str(one.get("label")) for one in menu.get("options") or ())


class Controls:
    """What can be used in some messages, newest message first."""

    def __init__(self, newest_first: Iterable[SeenMessage]) -> None:
        self._messages = tuple(newest_first)

    def buttons(self) -> list[str]:
        """The names of what can be pressed, each once."""
        return list(dict.fromkeys(one.name for one in self._there((_BUTTON,)) if not one.disabled))

    def menus(self) -> dict[str, tuple[str, ...]]:
        """The menus of the newest message that has any, by name, with the options of each."""
        return {one.name: options(one.json) for one in _newest(self._there(_SELECTS)) if not one.disabled}

    def button(self, name: str) -> Placed:
        """The button that is meant: by its name, or by its number on the newest message that has any.

        Raises:
            CannotDo: there is none, there are several, or it can't be pressed just now.
        """
        there = list(self._there((_BUTTON,)))
        if not there:
            raise CannotDo("there is no button in sight here")
        if name.isdecimal() and (numbered := _newest(there)[max(int(name) - 1, 0) :][:1]) and int(name):
            found = numbered
        else:
            found = _one(name, there)
        if not found:
            others = ", ".join(self.buttons()) or "none that can be pressed"
            raise CannotDo(f"there is no button “{name}” in sight here; there is {others}")
        if found[0].disabled:
            raise CannotDo(f"“{found[0].name}” can't be pressed just now")
        return found[0]

    def choice(self, name: str | None, typed: Sequence[str], read: Read) -> tuple[Placed, list[Any]]:
        """The menu that is meant, and what is chosen in it. Without a name it is the one that offers what was typed.

        Raises:
            CannotDo: there is no such menu, there are several, or it can't be used just now.
            NotUnderstood: the menu has no such choice.
        """
        there = list(self._there(_SELECTS))
        if not there:
            raise CannotDo("there is no menu in sight here")
        newest = _newest(there)
        found = newest if name is None else _one(name, there)
        if not found:
            raise CannotDo(f"there is no menu “{name}” in sight here; there is {_named(there)}")
        if all(one.disabled for one in found):
            raise CannotDo("that menu can't be used just now")
        usable = [one for one in found if not one.disabled]
        if name is not None or len(usable) == 1:
            return usable[0], read(usable[0].json)
        return _fitting(usable, typed, read)

    def _there(self, kinds: Sequence[int]) -> Iterator[Placed]:
        for message in self._messages:
            for control in message.controls():
                if control.get("type") in kinds and control.get("custom_id") and control.get("style") != _LINK:
                    yield Placed(message, control)


def _newest(there: Iterable[Placed]) -> list[Placed]:
    """Those on the newest message that has any."""
    all_there = list(there)
    return [one for one in all_there if one.message.id == all_there[0].message.id]


def _one(name: str, there: Sequence[Placed]) -> list[Placed]:
    """Those of the name that is meant, first the one to take: of the newest message, or else one that can be used."""
    found = meant(name, there, Placed.names)
    if len({one.name for one in found}) > 1:
        found = _newest([one for one in found if not one.disabled] or found)
        if len({one.name for one in found}) > 1:
            raise CannotDo(unclear(name, [one.name for one in found]))
    return sorted(found, key=lambda one: one.disabled and one.message.id != there[0].message.id)


def _fitting(menus: Sequence[Placed], typed: Sequence[str], read: Read) -> tuple[Placed, list[Any]]:
    """The only menu that offers what was typed, or the only one with whole names that were."""
    fitting: list[tuple[Placed, list[Any]]] = []
    for one in menus:
        try:
            fitting.append((one, read(one.json)))
        except NotUnderstood:
            continue
    if len(fitting) > 1:
        wanted = {plain(one) for one in typed}
        fitting = [one for one in fitting if wanted <= {*map(plain, options(one[0].json))}] or fitting
    if len(fitting) != 1:
        offer = "none of the menus offers that" if not fitting else "several menus offer that"
        raise CannotDo(f"{offer}; say in which: select NAME: CHOICE, where NAME is one of {_named(menus)}")
    return fitting[0]


def _named(menus: Iterable[Placed]) -> str:
    return ", ".join(dict.fromkeys(one.name for one in menus))
