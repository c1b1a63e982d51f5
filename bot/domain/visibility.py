"""Who sees a command, as a server decides under Server Settings → Integrations.

A server can allow or deny a command, or the whole application, to roles, people and channels. What it says of a command
comes before what it says of the application. @everyone is a rule about the role with the guild's own id; all channels
are a rule about the channel with the id below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class RuleKind(IntEnum):
    """Whom a rule is for, by Discord's numbers."""

    ROLE = 1
    USER = 2
    CHANNEL = 3


@dataclass(frozen=True)
class Rule:
    """A command is shown to a target, or hidden from it."""

    kind: RuleKind
    target_id: int
    allowed: bool


@dataclass(frozen=True)
class Overrides:
    """What a server changed: for the whole application, and for commands by name."""

    app: tuple[Rule, ...] = ()
    commands: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict[str, tuple[Rule, ...]])

    def of(self, command: str) -> tuple[Rule, ...]:
        """The rules of one command alone."""
        return self.commands.get(command, ())


class Hidden(StrEnum):
    """How a command is kept from everybody; administrators are shown it all the same."""

    FROM_EVERYONE = "from everyone"
    IN_ALL_CHANNELS = "in all channels"


@dataclass(frozen=True)
class Hiding:
    """A command that nobody is shown, how, and whether a rule of the whole application does it."""

    how: Hidden
    by_app: bool


def hiding(command: str, overrides: Overrides, guild_id: int) -> Hiding | None:
    """How a command is hidden from everybody; None if anybody is shown it anywhere.

    What is kept for some people or some channels is meant to be so, and no matter for a diagnosis.
    """
    own, app = overrides.of(command), overrides.app
    people = _people(own, app, guild_id)
    if people is not None:
        return Hiding(Hidden.FROM_EVERYONE, people)
    places = _places(own, app, guild_id - 1)
    return None if places is None else Hiding(Hidden.IN_ALL_CHANNELS, places)


def is_shown_to(role_id: int, command: str, overrides: Overrides, guild_id: int, *, has_permission: bool) -> bool:
    """Whether a role is shown a command; `has_permission` says whether it has what Discord asks for by default.

    Only a rule of the command itself stands in for the permission.
    """
    own = _verdict(overrides.of(command), role_id, guild_id)
    if own is not None:
        return own
    app = _verdict(overrides.app, role_id, guild_id)
    return has_permission and app is not False


def _verdict(rules: Sequence[Rule], role_id: int, everyone: int) -> bool | None:
    said = _of(rules, RuleKind.ROLE, role_id)
    return _of(rules, RuleKind.ROLE, everyone) if said is None else said


def _of(rules: Iterable[Rule], kind: RuleKind, target_id: int) -> bool | None:
    return next((rule.allowed for rule in rules if rule.kind is kind and rule.target_id == target_id), None)


def _people(own: Sequence[Rule], app: Sequence[Rule], everyone: int) -> bool | None:
    """Whether the application's rules (True) or the command's own (False) shut everybody out; None: neither."""
    if _lets_in(own, {RuleKind.ROLE, RuleKind.USER}, but=everyone):
        return None
    said = _of(own, RuleKind.ROLE, everyone)
    if said is not None:
        return None if said else False
    shut = _of(app, RuleKind.ROLE, everyone) is False and not _lets_in(app, {RuleKind.ROLE, RuleKind.USER}, everyone)
    return True if shut else None


def _places(own: Sequence[Rule], app: Sequence[Rule], everywhere: int) -> bool | None:
    """The same for channels."""
    if _lets_in(own, {RuleKind.CHANNEL}, but=everywhere):
        return None
    said = _of(own, RuleKind.CHANNEL, everywhere)
    if said is not None:
        return None if said else False
    shut = _of(app, RuleKind.CHANNEL, everywhere) is False and not _lets_in(app, {RuleKind.CHANNEL}, everywhere)
    return True if shut else None


def _lets_in(rules: Sequence[Rule], kinds: set[RuleKind], but: int) -> bool:
    return any(rule.allowed and rule.kind in kinds and rule.target_id != but for rule in rules)
