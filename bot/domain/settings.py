"""The base of what people set: a model with described fields, stored as a document that may be older than the code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_Id = Annotated[int, Field(ge=1, le=2**63 - 1)]

ChosenId: TypeAlias = _Id | None
"""A channel or role of Discord's, or none."""

ChosenIds: TypeAlias = Annotated[tuple[_Id, ...], Field(max_length=25)]
"""Channels or roles of Discord's, as many as one menu can give."""


class Described(BaseModel):
    """What somebody sets. Fields carry a title, a description, bounds, a default and a kind."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    section: ClassVar[str]
    """The name under which the document is stored; never changes."""

    title: ClassVar[str]
    """What people read."""


class Section(Described):
    """One section of a guild's settings."""

    changed_by: ClassVar[str] = ""
    """The command that alone changes it, such as one that first shows what follows; empty: /config does."""


S = TypeVar("S", bound=Described)


@dataclass(frozen=True)
class Versioned(Generic[S]):
    """What somebody set, and the version it was read at, which a change has to name."""

    value: S
    version: int


def read_leniently(model: type[S], document: Mapping[str, Any], default: S | None = None) -> tuple[S, list[str]]:
    """The section as far as the document makes sense, and the fields that fell back to their defaults.

    `default` is what fields have that the document lacks; without one, the model's own defaults.

    A value that an older or newer version stored must never stop a guild's commands.
    """
    refused: list[str] = []
    remaining = dict(document)
    basis = {} if default is None else default.model_dump()
    while True:
        try:
            return model.model_validate({**basis, **remaining}), refused
        except ValidationError as error:
            fields = {str(detail["loc"][0]) for detail in error.errors() if detail["loc"]} & remaining.keys()
            if not fields:  # the fields make sense one by one but not together
                return default or model(), [*refused, *sorted(remaining)]
            refused += sorted(fields)
            remaining = {name: value for name, value in remaining.items() if name not in fields}
