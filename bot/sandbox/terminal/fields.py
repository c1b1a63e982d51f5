"""The fields of a form: what to ask for, and how an answer is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .lines import NotUnderstood, entity
from .names import Names
from .picking import meant, plain, unclear

_STRING_SELECT, _TEXT, _LABEL, _FILE, _RADIO, _CHECKBOXES, _CHECKBOX = 3, 4, 18, 19, 21, 22, 23
_ENTITIES = {5: 6, 6: 8, 7: 9, 8: 7}
"""Which kind of command option each entity select is read as."""
_KINDS = {5: "@name", 6: "@role", 7: "@name or @role", 8: "#channel", _FILE: "a file's name", _CHECKBOX: "yes or no"}

EMPTY = '""'
"""What is typed for a field to be sent empty, whatever is in it."""
_EMPTIES = (EMPTY, "''", "“”")
_EMPTIED = {_TEXT: "", _CHECKBOX: False, _RADIO: None}
"""Empty, in the shape of each kind of field; a list without anything for the others."""


@dataclass(frozen=True)
class Field:
    """One field of a form, as Discord's JSON describes it, under the label that people read."""

    label: str
    json: Mapping[str, Any]

    @property
    def custom_id(self) -> str:
        """What the bot calls it."""
        return str(self.json["custom_id"])

    @property
    def needed(self) -> bool:
        """Whether it can't be sent empty."""
        return bool(self.json.get("required", self.json["type"] != _CHECKBOX))

    @property
    def preset(self) -> str:
        """What is in it from the start; "" if nothing is."""
        chosen = [str(one.get("label")) for one in self.json.get("options") or () if one.get("default")]
        return str(self.json.get("value") or ", ".join(chosen))

    @property
    def hint(self) -> str:
        """What may be answered, in a few words; empty if anything may."""
        kind = int(self.json["type"])
        if options := self.json.get("options"):
            words = ", ".join(str(one.get("label")) for one in options)
        else:
            words = _KINDS.get(kind) or str(self.json.get("placeholder") or "")
        if self.preset:
            kept = f"now {self.preset}; Enter keeps it" + ("" if self.needed else f", {EMPTY} empties it")
            return f"{words}; {kept}".removeprefix("; ")
        return words if self.needed or options else f"{words}, may stay empty".removeprefix(", ")


def fields_of(modal: Mapping[str, Any]) -> list[Field]:
    """The fields of a shown form, from top to bottom."""
    found = []
    for item in modal.get("components") or ():
        if item.get("type") == _LABEL:
            found.append(Field(str(item.get("label")), item["component"]))
        found += [Field(str(one.get("label") or one["custom_id"]), one) for one in item.get("components") or ()]
    return found


def field_called(name: str, fields: Sequence[Field]) -> Field | None:
    """The field of that name, as one types it; None if there is none, or several may be meant."""
    found = meant(name, fields, lambda one: (one.label, one.custom_id))
    return found[0] if len(found) == 1 else None


def answered(text: str, asked: Field, fields: Sequence[Field]) -> tuple[Field, str]:
    """Which field a line is for, and what is to be in it: the one that was asked for, unless it names another.

    Only a whole name counts, for a text may well have a colon in it.
    """
    name, colon, value = text.partition(":")
    named = field_called(name, fields) if colon and plain(name) in {plain(one.label) for one in fields} else None
    return (asked, text) if named is None else (named, value.strip())


def read_answer(field: Field, text: str, names: Names) -> Any:
    """An answer in the shape the form sends; None, from an empty line, leaves the field as it is. `""` empties it.

    Raises:
        NotUnderstood: it is not an answer to this field.
    """
    kind = int(field.json["type"])
    emptied = text.strip() in _EMPTIES
    if emptied or not text.strip():
        if field.needed and (emptied or not field.preset):
            raise NotUnderstood(f"“{field.label}” must be filled in.")
        return _EMPTIED.get(kind, []) if emptied else None
    if kind == _CHECKBOX:
        return text.strip().lower() in ("yes", "y", "true", "on", "x")
    if kind == _RADIO:
        return chosen(field.json, (text,), names, field.label)[0]
    if kind == _FILE:
        return [(text.strip(), b"A small file, made by the demo.\n")]
    if kind in _ENTITIES or kind in (_STRING_SELECT, _CHECKBOXES):
        return chosen(field.json, tuple(one.strip() for one in text.split(",")), names, field.label)
    return names.typed(text)


def chosen(control: Mapping[str, Any], typed: tuple[str, ...], names: Names, label: str) -> list[Any]:
    """Choices in a select menu as they are sent, from labels, values, names, or the numbers of options.

    Raises:
        NotUnderstood: the menu offers no such thing, or several.
    """
    kind = int(control["type"])
    if kind in _ENTITIES:
        return [entity(_ENTITIES[kind], one, names, label) for one in typed]
    there = list(control.get("options") or ())
    return [_option(one, there, label)["value"] for one in typed]


def _option(typed: str, there: Sequence[Mapping[str, Any]], label: str) -> Mapping[str, Any]:
    whole = [one for one in there if typed.casefold() in (str(one["label"]).casefold(), str(one["value"]).casefold())]
    if not whole and typed.isdecimal() and 0 < int(typed) <= len(there):
        return there[int(typed) - 1]
    found = whole or meant(typed, there, lambda one: (str(one["label"]),))
    if len({str(one["label"]) for one in found}) > 1:
        raise NotUnderstood(f"{unclear(typed, [str(one['label']) for one in found])}.")
    if not found:
        offered = ", ".join(str(one["label"]) for one in there)
        raise NotUnderstood(f"“{label}” offers {offered}; “{typed}” is none of them.")
    return found[0]
