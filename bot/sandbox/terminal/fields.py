"""The fields of a form: what to ask for, and how an answer is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .lines import NotUnderstood, entity
from .names import Names
from .picking import meant, unclear

_STRING_SELECT, _TEXT, _LABEL, _FILE, _RADIO, _CHECKBOXES, _CHECKBOX = 3, 4, 18, 19, 21, 22, 23
_ENTITIES = {5: 6, 6: 8, 7: 9, 8: 7}
"""Which kind of command option each entity select is read as."""
_KINDS = {5: "@name", 6: "@role", 7: "@name or @role", 8: "#channel", _FILE: "a file's name", _CHECKBOX: "yes or no"}


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
    def required(self) -> bool:
        """Whether it has to be filled in by hand."""
        preset = self.json.get("value") or any(one.get("default") for one in self.json.get("options") or ())
        return bool(self.json.get("required", self.json["type"] != _CHECKBOX)) and not preset

    @property
    def hint(self) -> str:
        """What may be answered, in a few words; empty if anything may."""
        kind = int(self.json["type"])
        if options := self.json.get("options"):
            return ", ".join(str(one.get("label")) for one in options)
        words = _KINDS.get(kind) or str(self.json.get("value") or self.json.get("placeholder") or "")
        return words if self.required else f"{words}, may stay empty".removeprefix(", ")


def fields_of(modal: Mapping[str, Any]) -> list[Field]:
    """The fields of a shown form, from top to bottom."""
    found = []
    for item in modal.get("components") or ():
        if item.get("type") == _LABEL:
            found.append(Field(str(item.get("label")), item["component"]))
        found += [Field(str(one.get("label") or one["custom_id"]), one) for one in item.get("components") or ()]
    return found


def read_answer(field: Field, text: str, names: Names) -> Any:
    """An answer in the shape the form sends; None leaves the field as it is.

    Raises:
        NotUnderstood: it is not an answer to this field.
    """
    kind = int(field.json["type"])
    if not text.strip():
        if field.required:
            raise NotUnderstood(f"“{field.label}” must be filled in.")
        return None
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
