"""What a diagnosis can find in a server: what is wrong as a `Trouble`, and the one `Step` that mends it.

What they are in words is the ui's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from bot.domain.features import Feature
from bot.domain.outbox import GivenUp
from bot.domain.probes import Probed, SettingRef
from bot.domain.roles import Problem
from bot.domain.settings_fields import FieldKind
from bot.domain.ticket_topics import BrokenPanel
from bot.domain.visibility import Hidden

SERVER = ""
"""In place of a feature's name: a finding that is about the server as a whole."""


class Severity(IntEnum):
    """How bad it is, worst first."""

    FAULT = 0
    """Something will not work."""
    WARNING = 1
    """Something works in part, or may be meant to be so."""
    ADVICE = 2
    """Everything works, and could be better; or could not be looked at."""
    OFF = 3
    """Switched off. Not a fault."""


class Thing(StrEnum):
    """What settings name by its id."""

    CHANNEL = "channel"
    ROLE = "role"

    @property
    def kinds(self) -> frozenset[FieldKind]:
        """The kinds of fields that hold it."""
        if self is Thing.CHANNEL:
            return frozenset({FieldKind.CHANNEL, FieldKind.CHANNELS})
        return frozenset({FieldKind.ROLE, FieldKind.ROLES})


class Unseen(StrEnum):
    """What Discord did not show."""

    INTENTS = "intents"
    INTEGRATIONS = "integrations"


# What is wrong ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class IntentOff:
    """Discord will refuse the bot when it connects the next time."""

    intent: str
    without: str


@dataclass(frozen=True)
class PermissionMissing:
    """The bot may not do something, in one channel or (None) in the whole server."""

    permissions: tuple[str, ...]
    channel_id: int | None
    without: str


@dataclass(frozen=True)
class ThingGone:
    """Settings name a channel or role that was deleted."""

    what: Thing
    id: int
    settings: tuple[SettingRef, ...]


@dataclass(frozen=True)
class RoleOutOfReach:
    """A role that is to be given or taken can't be. `members` have it owed to them; 0 where it is only chosen."""

    role_id: int
    problem: Problem
    members: int


@dataclass(frozen=True)
class RoleWaits:
    """Nothing is in the way of a role any more that could not be given before."""

    role_id: int
    members: int
    detail: str | None
    """Discord's own words, if it was Discord that refused."""


@dataclass(frozen=True)
class SettingUnset:
    """A setting that matters is as nobody chose it."""

    setting: SettingRef
    without: str


@dataclass(frozen=True)
class CommandsHidden:
    """Nobody but administrators is shown these commands."""

    commands: tuple[str, ...]
    how: Hidden


@dataclass(frozen=True)
class StaffBlind:
    """Staff that may use a command, and is not shown it."""

    command: str
    role_ids: tuple[int, ...]


@dataclass(frozen=True)
class ChannelOpen:
    """Everybody can read a channel that is for staff; what they read there, a sentence for each setting."""

    channel_id: int
    reveals: tuple[str, ...]


@dataclass(frozen=True)
class MessagesGivenUp:
    """Messages that never arrived, and why."""

    lost: GivenUp


@dataclass(frozen=True)
class PanelBroken:
    """A panel by which members can't open tickets, or that does not show its newest state."""

    panel: BrokenPanel


@dataclass(frozen=True)
class NotSeen:
    """Something could not be looked at."""

    what: Unseen


@dataclass(frozen=True)
class SwitchedOff:
    """A feature is off."""

    feature: Feature


Trouble = (
    IntentOff | PermissionMissing | ThingGone | RoleOutOfReach | RoleWaits | SettingUnset | CommandsHidden
    | StaffBlind | ChannelOpen | MessagesGivenUp | PanelBroken | NotSeen | SwitchedOff
)  # fmt: skip


# What mends it ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SwitchIntentOn:
    """The operator switches an intent on in the Developer Portal."""

    intent: str


@dataclass(frozen=True)
class Allow:
    """Allow the bot's role something, in one channel or in the whole server."""

    permissions: tuple[str, ...]
    channel_id: int | None


@dataclass(frozen=True)
class HideChannel:
    """Keep a channel for staff, and for the bot."""

    channel_id: int


@dataclass(frozen=True)
class MoveMeAbove:
    """Move the bot's role above another."""

    role_id: int


@dataclass(frozen=True)
class Choose:
    """Choose something (else) for a setting."""

    setting: SettingRef


@dataclass(frozen=True)
class EndGrants:
    """End the grants of a role that can never be given."""

    role_id: int


@dataclass(frozen=True)
class RemoveReward:
    """Remove the reward of a level whose role can never be given."""

    role_id: int


@dataclass(frozen=True)
class ShowCommands:
    """Allow a command, or (None) the whole application, to everyone or in all channels."""

    command: str | None
    how: Hidden


@dataclass(frozen=True)
class ShowToStaff:
    """Allow a command to roles."""

    command: str
    role_ids: tuple[int, ...]


@dataclass(frozen=True)
class AskForMessages:
    """Somebody has to take direct messages."""

    user_id: int


@dataclass(frozen=True)
class LetGo:
    """There is nothing left to do."""

    last_at: datetime


@dataclass(frozen=True)
class SendPanel:
    """Send a panel again."""

    name: str


@dataclass(frozen=True)
class LookYourself:
    """What the bot could not see, an owner can."""

    what: Unseen


@dataclass(frozen=True)
class Forget:
    """Take a deleted channel or role out of all settings."""

    what: Thing
    id: int


@dataclass(frozen=True)
class DropRole:
    """End all grants of a deleted role."""

    role_id: int


@dataclass(frozen=True)
class TryRole:
    """Look at a role's members now and not within the hour."""

    role_id: int


@dataclass(frozen=True)
class SendAgain:
    """Send what was given up to a channel."""

    channel_id: int


@dataclass(frozen=True)
class SwitchOn:
    """Switch a feature on."""

    feature: Feature


Own = Forget | DropRole | TryRole | SendAgain | SwitchOn
"""Steps that the bot can take itself."""


def written(step: Own) -> str:
    """A step of mine as it stands in a custom id; at most 41 characters."""
    match step:
        case Forget(what, thing_id):
            return f"forget-{what.value}:{thing_id}"
        case DropRole(role_id):
            return f"drop:{role_id}"
        case TryRole(role_id):
            return f"try:{role_id}"
        case SendAgain(channel_id):
            return f"send:{channel_id}"
        case SwitchOn(feature):
            return f"on:{feature.value}"


def read(verb: str, about: str) -> Own | None:
    """The step that `written` wrote; None: there is no such step, or it is about nothing."""
    if verb == "on":
        return SwitchOn(Feature(about)) if about in set(Feature) else None
    if not (about.isascii() and about.isdecimal()):
        return None
    makers: dict[str, Callable[[int], Own]] = {
        "forget-channel": lambda one: Forget(Thing.CHANNEL, one),
        "forget-role": lambda one: Forget(Thing.ROLE, one),
        "drop": DropRole,
        "try": TryRole,
        "send": SendAgain,
    }
    return makers[verb](int(about)) if verb in makers else None


Step = (
    SwitchIntentOn | Allow | HideChannel | MoveMeAbove | Choose | EndGrants | RemoveReward | ShowCommands
    | ShowToStaff | AskForMessages | LetGo | SendPanel | LookYourself | Own
)  # fmt: skip


# Findings ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, with the one step that mends it."""

    severity: Severity
    feature: str
    """Whose it is; `SERVER`: no single feature's."""
    trouble: Trouble
    step: Step


@dataclass(frozen=True)
class Diagnosis:
    """All findings about a server, worst first."""

    features: tuple[Probed, ...]
    findings: tuple[Finding, ...]

    def about(self, name: str) -> Diagnosis:
        """The part that concerns one feature; what is about the whole server concerns it too."""
        features = tuple(one for one in self.features if one.chapter.name == name)
        return Diagnosis(features, tuple(one for one in self.findings if one.feature in {name, SERVER}))

    def verdict(self, name: str) -> Severity | None:
        """The worst of a feature's own findings; None: there is none."""
        return min((one.severity for one in self.findings if one.feature == name), default=None)

    def count(self, severity: Severity) -> int:
        """How many findings are so bad."""
        return sum(one.severity is severity for one in self.findings)
