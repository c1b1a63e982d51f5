"""Whether each feature will work in a server: facts in, findings out. Nothing is asked and nothing is changed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.features import FeatureSettings
from bot.domain.findings import (
    SERVER,
    Allow,
    AskForMessages,
    ChannelOpen,
    Choose,
    CommandsHidden,
    Diagnosis,
    DropRole,
    EndGrants,
    Finding,
    Forget,
    HideChannel,
    IntentOff,
    LetGo,
    LookYourself,
    MessagesGivenUp,
    MoveMeAbove,
    NotSeen,
    PanelBroken,
    PermissionMissing,
    RemoveReward,
    RoleOutOfReach,
    RoleWaits,
    SendAgain,
    SendPanel,
    SettingUnset,
    Severity,
    ShowCommands,
    ShowToStaff,
    StaffBlind,
    Step,
    SwitchedOff,
    SwitchIntentOn,
    SwitchOn,
    Thing,
    ThingGone,
    TryRole,
    Unseen,
)
from bot.domain.general import GeneralSettings
from bot.domain.outbox import GivenUp, Target
from bot.domain.probes import WRITING, Probed, SettingRef, shortfall
from bot.domain.role_grants import GrantTally, GuildFacts
from bot.domain.roles import Problem, RoleFacts, out_of_reach, refusal
from bot.domain.settings import Section
from bot.domain.settings_fields import named
from bot.domain.ticket_topics import BrokenPanel, PanelTrouble
from bot.domain.visibility import Hidden, Overrides, hiding, is_shown_to


@dataclass(frozen=True)
class CommandFacts:
    """A top-level command, and the permissions by which Discord shows it; none: to everybody."""

    name: str
    feature: str
    permissions: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A server as it is this moment."""

    guild_id: int
    permissions: frozenset[str]
    """What the bot may in the whole server."""
    roles: GuildFacts
    sections: Mapping[type[Section], Section]
    usual: Mapping[type[Section], Section]
    """The same sections where nobody ever changed anything."""
    channels: Mapping[int, frozenset[str]]
    """What the bot may in channels that are there, of those that settings or messages name."""
    open_channels: frozenset[int]
    """Of those channels, the ones that @everyone can read."""
    intents: Mapping[str, bool] | None
    """Whether privileged intents are on; None: Discord did not say."""
    overrides: Overrides | None
    """Who is shown which command; None: Discord did not say."""
    commands: tuple[CommandFacts, ...] = ()
    grants: tuple[GrantTally, ...] = ()
    given_up: tuple[GivenUp, ...] = ()
    reward_roles: tuple[int, ...] = ()
    """The roles that levels bring, in order."""
    panels: tuple[BrokenPanel, ...] = ()
    """Panels of tickets that members do not see as they are."""

    def value(self, setting: SettingRef) -> object:
        """What a setting is."""
        return getattr(self.sections[setting.section], setting.field)

    def ids(self, setting: SettingRef) -> tuple[int, ...]:
        """The channels or roles that a setting names."""
        section = self.sections[setting.section]
        return tuple(one for what in Thing for field, one in named(section, what.kinds) if field.name == setting.field)

    def has(self, what: Thing, thing_id: int) -> bool:
        """Whether a channel or role is there."""
        return thing_id in (self.channels if what is Thing.CHANNEL else self.roles.roles)


Look = Callable[[Probed, Facts], Iterator[Finding]]


def judge(features: Sequence[Probed], facts: Facts) -> Diagnosis:
    """Look at every feature. Of one that is switched off only that is said, for nothing of it has to work."""
    switches = facts.sections[FeatureSettings]
    used: list[Probed] = []
    findings: list[Finding] = []
    for one in features:
        switch = one.chapter.feature
        if switch is not None and not getattr(switches, switch.value):
            findings.append(Finding(Severity.OFF, one.chapter.name, SwitchedOff(switch), SwitchOn(switch)))
            continue
        used.append(one)
        for look in _LOOKS:
            findings += look(one, facts)
    findings += _gone(used, facts)
    findings += _hidden({one.chapter.name for one in used}, facts)
    findings += _grants(facts)
    findings += _rewards({one.chapter.name for one in used}, facts)
    findings += _panels({one.chapter.name for one in used}, facts)
    findings += _messages(facts)
    findings += _unseen(facts)
    order = {one.chapter.name: place for place, one in enumerate(features)}
    findings.sort(key=lambda one: (one.severity, order.get(one.feature, -1)))
    return Diagnosis(tuple(features), tuple(findings))


def _intents(one: Probed, facts: Facts) -> Iterator[Finding]:
    for probe in one.probes.intents:
        if facts.intents is not None and not facts.intents.get(probe.intent, False):
            trouble = IntentOff(probe.intent, probe.without)
            yield Finding(Severity.FAULT, one.chapter.name, trouble, SwitchIntentOn(probe.intent))


def _permissions(one: Probed, facts: Facts) -> Iterator[Finding]:
    for probe in one.probes.permissions:
        missing = shortfall([probe.permission], facts.permissions)
        if missing:
            trouble = PermissionMissing(missing, None, probe.without)
            severity = Severity.FAULT if probe.vital else Severity.WARNING
            yield Finding(severity, one.chapter.name, trouble, Allow(missing, None))


def _channels(one: Probed, facts: Facts) -> Iterator[Finding]:
    for probe in one.probes.channels:
        for channel_id in facts.ids(probe.setting):
            missing = shortfall(probe.permissions, facts.channels.get(channel_id, probe.permissions))
            if missing:
                trouble = PermissionMissing(missing, channel_id, probe.without)
                yield Finding(Severity.FAULT, one.chapter.name, trouble, Allow(missing, channel_id))


def _roles(one: Probed, facts: Facts) -> Iterator[Finding]:
    for probe in one.probes.roles:
        for role_id in facts.ids(probe.setting):
            role = facts.roles.roles.get(role_id)
            problem = None if role is None else refusal(role, facts.roles.reach)
            if problem is not None:
                step = Choose(probe.setting) if problem in _NEVER else _way(role_id, problem)
                trouble = RoleOutOfReach(role_id, problem, 0)
                yield Finding(Severity.FAULT, one.chapter.name, trouble, step)


def _settings(one: Probed, facts: Facts) -> Iterator[Finding]:
    for probe in one.probes.settings:
        if facts.value(probe.setting) == getattr(facts.usual[probe.setting.section], probe.setting.field):
            trouble = SettingUnset(probe.setting, probe.without)
            yield Finding(Severity.ADVICE, one.chapter.name, trouble, Choose(probe.setting))


def _staff(one: Probed, facts: Facts) -> Iterator[Finding]:
    """Roles of staff that Discord does not show a command; not told where it is not known what it shows."""
    if facts.overrides is None:
        return
    needed = {command.name: command.permissions for command in facts.commands}
    everyone = facts.roles.roles.get(facts.guild_id)
    for probe in one.probes.staff:
        blind: list[int] = []
        for role_id in facts.ids(SettingRef(GeneralSettings, probe.staff.value)):
            role = facts.roles.roles.get(role_id)
            held = frozenset[str]().union(*(one.permissions for one in (role, everyone) if one is not None))
            if role is None or "administrator" in held:
                continue
            may = needed.get(probe.command, frozenset()) <= held
            shown = is_shown_to(role_id, probe.command, facts.overrides, facts.guild_id, has_permission=may)
            blind += [] if shown else [role_id]
        if blind:
            trouble, step = StaffBlind(probe.command, tuple(blind)), ShowToStaff(probe.command, tuple(blind))
            yield Finding(Severity.WARNING, one.chapter.name, trouble, step)


def _open(one: Probed, facts: Facts) -> Iterator[Finding]:
    """Channels for staff that everybody can read, each once."""
    reveals: dict[int, list[str]] = {}
    for probe in one.probes.staff_channels:
        for channel_id in facts.open_channels.intersection(facts.ids(probe.setting)):
            reveals.setdefault(channel_id, []).append(probe.reveals)
    for channel_id, told in reveals.items():
        trouble = ChannelOpen(channel_id, tuple(told))
        yield Finding(Severity.WARNING, one.chapter.name, trouble, HideChannel(channel_id))


_LOOKS: tuple[Look, ...] = (_intents, _permissions, _channels, _roles, _settings, _staff, _open)


def _gone(used: Sequence[Probed], facts: Facts) -> Iterator[Finding]:
    """Deleted channels and roles, each once, wherever it is named."""
    naming: dict[tuple[Thing, int], list[tuple[str, SettingRef]]] = {}
    for one in used:
        for section in one.sections:
            for what in Thing:
                for field, thing_id in named(facts.sections[section], what.kinds):
                    if not facts.has(what, thing_id):
                        refs = naming.setdefault((what, thing_id), [])
                        refs.append((one.chapter.name, SettingRef(section, field.name)))
    for (what, thing_id), refs in naming.items():
        trouble = ThingGone(what, thing_id, tuple(ref for _, ref in refs))
        yield Finding(Severity.FAULT, refs[0][0], trouble, Forget(what, thing_id))


def _hidden(used: set[str], facts: Facts) -> Iterator[Finding]:
    """Commands that nobody is shown: those by rules of their own one by one, those by the application's together."""
    if facts.overrides is None:
        return
    by_app: dict[Hidden, list[str]] = {}
    for command in facts.commands:
        found = hiding(command.name, facts.overrides, facts.guild_id) if command.feature in used else None
        if found is not None and found.by_app:
            by_app.setdefault(found.how, []).append(command.name)
        elif found is not None:
            trouble = CommandsHidden((command.name,), found.how)
            yield Finding(Severity.WARNING, command.feature, trouble, ShowCommands(command.name, found.how))
    for how, names in by_app.items():
        yield Finding(Severity.WARNING, SERVER, CommandsHidden(tuple(names), how), ShowCommands(None, how))


_GRANTS = "role_grants"
_NEVER = frozenset({Problem.EVERYONE, Problem.MANAGED, Problem.DANGEROUS})
"""What makes a role one that is never given, whatever the bot may."""


def _grants(facts: Facts) -> Iterator[Finding]:
    """Roles that are owed to members: by what is true now, and not by what was when somebody looked last."""
    for tally in facts.grants:
        role = facts.roles.roles.get(tally.role_id)
        problem = _in_the_way(tally, role, facts)
        if problem is Problem.NOT_ALLOWED:
            continue  # the missing permission is a finding of its own
        if problem is not None:
            trouble = RoleOutOfReach(tally.role_id, problem, tally.members)
            yield Finding(Severity.FAULT, _GRANTS, trouble, _way(tally.role_id, problem))
        elif tally.stuck:
            yield Finding(
                Severity.WARNING, _GRANTS, RoleWaits(tally.role_id, tally.stuck, tally.detail), TryRole(tally.role_id)
            )


def _in_the_way(tally: GrantTally, role: RoleFacts | None, facts: Facts) -> Problem | None:
    if tally.to_give:
        return refusal(role, facts.roles.reach)
    if role is None:  # who shall lose a role that is gone has lost it
        return None
    return out_of_reach(role, facts.roles.reach)


def _way(role_id: int, problem: Problem) -> Step:
    match problem:
        case Problem.ROLE_GONE:
            return DropRole(role_id)
        case Problem.ABOVE_ME:
            return MoveMeAbove(role_id)
        case Problem.NOT_ALLOWED:
            return Allow(("manage_roles",), None)
        case _:
            return EndGrants(role_id)


_LEVELING = "leveling"
_TICKETS = "tickets"


def _rewards(used: set[str], facts: Facts) -> Iterator[Finding]:
    """Roles that levels bring and I can't give, also while nobody has reached them. The reward stays as it is set."""
    if _LEVELING not in used:
        return
    owed = {tally.role_id for tally in facts.grants if _in_the_way(tally, facts.roles.roles.get(tally.role_id), facts)}
    for role_id in facts.reward_roles:
        problem = refusal(facts.roles.roles.get(role_id), facts.roles.reach)
        if problem is None or problem is Problem.NOT_ALLOWED:  # which is a finding of its own
            continue
        is_for_ever = problem is Problem.ROLE_GONE or problem in _NEVER
        if is_for_ever or role_id not in owed:
            step = RemoveReward(role_id) if is_for_ever else _way(role_id, problem)
            yield Finding(Severity.FAULT, _LEVELING, RoleOutOfReach(role_id, problem, 0), step)


def _panels(used: set[str], facts: Facts) -> Iterator[Finding]:
    for one in facts.panels if _TICKETS in used else ():
        severity = Severity.FAULT if one.trouble is PanelTrouble.GONE else Severity.WARNING
        yield Finding(severity, _TICKETS, PanelBroken(one), SendPanel(one.name))


def _messages(facts: Facts) -> Iterator[Finding]:
    for lost in facts.given_up:
        place = lost.destination
        if place.target is Target.USER:
            yield Finding(Severity.ADVICE, SERVER, MessagesGivenUp(lost), AskForMessages(place.id))
        elif place.id not in facts.channels:
            yield Finding(Severity.ADVICE, SERVER, MessagesGivenUp(lost), LetGo(lost.last_at))
        else:
            missing = shortfall(WRITING, facts.channels[place.id])
            step = Allow(missing, place.id) if missing else SendAgain(place.id)
            yield Finding(Severity.WARNING, SERVER, MessagesGivenUp(lost), step)


def _unseen(facts: Facts) -> Iterator[Finding]:
    for what, seen in ((Unseen.INTENTS, facts.intents), (Unseen.INTEGRATIONS, facts.overrides)):
        if seen is None:
            yield Finding(Severity.ADVICE, SERVER, NotSeen(what), LookYourself(what))


def things_named(sections: Sequence[Section], what: Thing) -> frozenset[int]:
    """The channels or roles that any of these sections names."""
    return frozenset(one for section in sections for _, one in named(section, what.kinds))
