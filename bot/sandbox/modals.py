"""Filling in a modal: from `{custom id or label: value}` to the components of a MODAL_SUBMIT."""

from collections.abc import Mapping, Sequence
from typing import Any

from .options import CHANNEL, MENTIONABLE, ROLE, USER, Resolver
from .seen import CannotDo

_ROW, _STRING_SELECT, _TEXT_INPUT, _LABEL = 1, 3, 4, 18
_FILE_UPLOAD, _RADIO, _CHECKBOXES, _CHECKBOX = 19, 21, 22, 23
SELECT_ENTITIES = {5: USER, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}
"""Which option type the values of each entity select are resolved as."""


def fill_modal(modal: Mapping[str, Any], values: Mapping[str, Any], resolver: Resolver) -> list[dict[str, Any]]:
    """The submitted components of a shown modal.

    Raises `CannotDo` for fields that are not there, missing required ones and values the form would refuse.
    """
    left = dict(values)
    submitted = []
    for item in modal["components"]:
        if item["type"] == _LABEL:
            filled = _fill(item["component"], item.get("label"), left, resolver)
            submitted.append({"type": _LABEL, "id": item["id"], "component": filled})
        elif item["type"] == _ROW:
            inner = [_fill(child, child.get("label"), left, resolver) for child in item["components"]]
            submitted.append({"type": _ROW, "id": item["id"], "components": inner})
        else:
            submitted.append({"type": item["type"], "id": item["id"]})
    if left:
        raise CannotDo(f"the modal {modal.get('title')!r} has no field {next(iter(left))!r}")
    return submitted


def _fill(field: dict[str, Any], label: str | None, left: dict[str, Any], resolver: Resolver) -> dict[str, Any]:
    custom_id = field["custom_id"]
    name = custom_id if custom_id in left else label
    given = name in left
    value = left.pop(name) if name is not None and given else None
    required = field.get("required", field["type"] != _CHECKBOX)
    if required and not given and not _has_default(field):
        raise CannotDo(f"the field {label or custom_id!r} must be filled in")
    submitted = {"type": field["type"], "id": field["id"], "custom_id": custom_id}
    return submitted | _value(field, value if given else None, resolver, label or custom_id)


def _has_default(field: dict[str, Any]) -> bool:
    return bool(field.get("value")) or bool(_defaults(field))


def _value(field: dict[str, Any], value: Any, resolver: Resolver, name: str) -> dict[str, Any]:
    kind = field["type"]
    if kind == _TEXT_INPUT:
        return {"value": _text(field, field.get("value") or "" if value is None else value, name)}
    if kind == _CHECKBOX:
        return {"value": bool(field.get("default")) if value is None else bool(value)}
    if kind == _RADIO:
        chosen = _defaults(field) if value is None else [value]
        return {"value": _among(field, chosen, name)[0] if chosen else None}
    if kind == _FILE_UPLOAD:
        files = [] if value is None else [value] if isinstance(value, tuple) else list(value)
        return {"values": [resolver.file(one) for one in _counted(field, files, name)]}
    chosen = _defaults(field) if value is None else _as_list(value)
    if kind in (_STRING_SELECT, _CHECKBOXES):
        return {"values": _counted(field, _among(field, chosen, name), name)}
    if kind in SELECT_ENTITIES:
        return {"values": [resolver.entity(SELECT_ENTITIES[kind], one) for one in _counted(field, chosen, name)]}
    raise CannotDo(f"the sandbox cannot fill in a component of type {kind}")


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]


def _defaults(field: dict[str, Any]) -> list[Any]:
    entities = [int(one["id"]) for one in field.get("default_values") or ()]
    return entities or [option["value"] for option in field.get("options") or () if option.get("default")]


def _text(field: dict[str, Any], value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise CannotDo(f"{name!r} takes text")
    longest = field.get("max_length") or 4_000
    if len(value) > longest or (value and len(value) < (field.get("min_length") or 0)):
        raise CannotDo(f"{name!r} takes {field.get('min_length') or 0} to {longest} characters, not {len(value)}")
    return value


def _among(field: dict[str, Any], chosen: list[Any], name: str) -> list[Any]:
    offered = [option["value"] for option in field.get("options") or ()]
    for one in chosen:
        if one not in offered:
            raise CannotDo(f"{name!r} offers {offered}, not {one!r}")
    return chosen


def _counted(field: dict[str, Any], chosen: list[Any], name: str) -> list[Any]:
    least = 1 if field.get("min_values") is None else field["min_values"]
    most = field.get("max_values") or (len(field.get("options") or ()) if field["type"] == _CHECKBOXES else 1)
    if len(set(map(str, chosen))) != len(chosen):
        raise CannotDo(f"{name!r}: chosen twice")
    if chosen and not least <= len(chosen) <= most:
        raise CannotDo(f"{name!r} takes {least} to {most} values, not {len(chosen)}")
    return chosen
