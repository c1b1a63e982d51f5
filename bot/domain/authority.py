"""Who may do what to whom: Discord's permissions and hierarchy, and the staff that a server names in its settings.

Discord hides a whole top-level command from those who lack its default permissions, so these stay low and the handler
decides here. An act takes a permission of Discord's **or** a staff role from the settings; neither ever reaches past
Discord's hierarchy:

- The owner stands above everybody. Nobody acts on the owner, on themselves (unless the act is for that) or on me.
- Everybody else, administrators too, acts only on those whose highest role is below their own. Equal is not enough.
- Whoever is not a member has no roles, and so no rank: an act that reaches them asks for the permission alone.
- I am held to the same: my permission, and my highest role above theirs.
- In a timeout only the owner and administrators act, whom Discord times out as little.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntFlag, StrEnum

from bot.domain.general import GeneralSettings
from bot.errors import (
    ActorTimedOut,
    BotPermissionNeeded,
    BotRankTooLow,
    PermissionNeeded,
    RankTooLow,
    StaffNeeded,
    TargetIsAdministrator,
    TargetIsBot,
    TargetIsMe,
    TargetIsOwner,
    TargetIsSelf,
    TargetNotHere,
)


class Permission(IntFlag):
    """The permissions of Discord's that acts ask for, by their bits."""

    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    VIEW_AUDIT_LOG = 1 << 7
    MANAGE_MESSAGES = 1 << 13
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MODERATE_MEMBERS = 1 << 40

    @property
    def label(self) -> str:
        """The name that Discord's settings give it; of several, of which any will do, all names."""
        return " / ".join(_LABELS[one] for one in self)


_LABELS = {
    Permission.KICK_MEMBERS: "Kick Members",
    Permission.BAN_MEMBERS: "Ban Members",
    Permission.ADMINISTRATOR: "Administrator",
    Permission.MANAGE_CHANNELS: "Manage Channels",
    Permission.MANAGE_GUILD: "Manage Server",
    Permission.VIEW_AUDIT_LOG: "View Audit Log",
    Permission.MANAGE_MESSAGES: "Manage Messages",
    Permission.MANAGE_NICKNAMES: "Manage Nicknames",
    Permission.MANAGE_ROLES: "Manage Roles",
    Permission.MODERATE_MEMBERS: "Timeout Members",
}


class Staff(StrEnum):
    """The kinds of staff a server can name; the value is the field of `GeneralSettings` that names their roles."""

    ADMIN = "admin_roles"
    MODERATOR = "moderator_roles"
    SUPPORT = "support_roles"
    GIVEAWAY_HOST = "giveaway_host_roles"

    @property
    def label(self) -> str:
        """What the setting is called."""
        return GeneralSettings.model_fields[self.value].title or self.value


class Ground(StrEnum):
    """Why somebody may."""

    OWNER = "owner"
    PERMISSION = "permission"
    STAFF = "staff"


@dataclass(frozen=True)
class Actor:
    """Who asks. `permissions` are Discord's bits, `rank` is the place of the highest role: @everyone is 0."""

    user_id: int
    rank: int
    permissions: int
    staff: frozenset[Staff] = frozenset()
    is_owner: bool = False
    is_timed_out: bool = False


@dataclass(frozen=True)
class Target:
    """Whom it is about. `rank` is None for whoever is no member, or not any more."""

    user_id: int
    rank: int | None
    is_owner: bool = False
    is_bot: bool = False
    is_administrator: bool = False


@dataclass(frozen=True)
class Me:
    """The bot's own member."""

    user_id: int
    rank: int
    permissions: int
    is_owner: bool = False


@dataclass(frozen=True)
class Act:
    """Something to be done, and what it takes."""

    permission: Permission
    """What the actor needs, unless they are of the `staff`."""
    staff: Staff | None = None
    """The staff that may without the permission; admins always may what other staff may."""
    mine: Permission | None = None
    """What I need. None: Discord has no part in it, so my own rank does not matter."""
    on_self: bool = False
    on_bots: bool = True
    on_absent: bool = False
    """Whether it reaches those who are not members, as a ban by id does."""
    on_administrators: bool = True


def staff_of(settings: GeneralSettings, role_ids: Collection[int]) -> frozenset[Staff]:
    """The kinds of staff that somebody with these roles is."""
    held = set(role_ids)
    return frozenset(kind for kind in Staff if held.intersection(getattr(settings, kind.value)))


def check_standing(actor: Actor, permission: Permission, staff: Staff | None) -> Ground:
    """Whether somebody may do a thing at all, wherever there is nobody to do it to. Of several permissions any will do.

    Raises:
        ActorTimedOut: not until their timeout is over.
        PermissionNeeded, StaffNeeded: they lack the permission, and the role that would do instead.
    """
    if actor.is_owner:
        return Ground.OWNER
    is_administrator = bool(actor.permissions & Permission.ADMINISTRATOR)
    if actor.is_timed_out and not is_administrator:
        raise ActorTimedOut
    if is_administrator or actor.permissions & permission:
        return Ground.PERMISSION
    if staff is None:
        raise PermissionNeeded(permission.label)
    if actor.staff.isdisjoint({staff, Staff.ADMIN}):
        raise StaffNeeded(permission.label, staff.label)
    return Ground.STAFF


def check_act(actor: Actor, act: Act, target: Target, me: Me) -> Ground:
    """Whether this member may do this act to that one here; why they may.

    Raises:
        ActorTimedOut, PermissionNeeded, StaffNeeded: as in `check_standing`.
        TargetIsSelf, TargetIsMe, TargetIsOwner, TargetIsBot, TargetNotHere, TargetIsAdministrator: not to this one.
        RankTooLow: the actor's highest role is not above the target's.
        BotPermissionNeeded, BotRankTooLow: the actor may, but I can't.
    """
    ground = check_standing(actor, act.permission, act.staff)
    on_self = target.user_id == actor.user_id
    _check_target(act, target, me, on_self=on_self)
    if not (on_self or actor.is_owner) and target.rank is not None and actor.rank <= target.rank:
        raise RankTooLow(target.user_id)
    if act.mine is not None:
        _check_me(act.mine, target, me)
    return ground


def _check_target(act: Act, target: Target, me: Me, *, on_self: bool) -> None:
    """Whether the act can be meant for them at all, whoever asks."""
    if on_self and not act.on_self:
        raise TargetIsSelf
    if target.user_id == me.user_id:
        raise TargetIsMe
    if target.is_owner and not (on_self and act.mine is None):
        raise TargetIsOwner(target.user_id)
    if target.is_bot and not act.on_bots:
        raise TargetIsBot(target.user_id)
    if target.rank is None and not act.on_absent:
        raise TargetNotHere(target.user_id)
    if target.is_administrator and not act.on_administrators:
        raise TargetIsAdministrator(target.user_id)


def _check_me(needed: Permission, target: Target, me: Me) -> None:
    """Whether Discord would let me."""
    if me.is_owner:
        return
    if not me.permissions & (needed | Permission.ADMINISTRATOR):
        raise BotPermissionNeeded(needed.label)
    if target.rank is not None and me.rank <= target.rank:
        raise BotRankTooLow(target.user_id)
