"""Roles: which are never handed out, whose power reaches how far, and why something can't be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.permissions import name_of
from bot.errors import (
    MyPermissionNeeded,
    RoleAboveMine,
    RoleAboveYours,
    RoleGone,
    RoleIsEveryones,
    RoleIsManaged,
    RoleTooPowerful,
)
from bot.words import N_

DANGEROUS: Mapping[str, str] = {
    "administrator": "passes every other check, the bot's own too",
    "manage_guild": "adds bots and changes who may do what",
    "manage_roles": "hands out roles in turn, so that a grant would have no end",
    "manage_channels": "deletes channels with all they hold",
    "manage_webhooks": "speaks under any name, and goes on after the role is gone",
    "manage_messages": "deletes what others wrote",
    "manage_threads": "deletes threads of others, and reads private ones",
    "manage_nicknames": "renames others",
    "manage_events": "changes and cancels events of others",
    "manage_expressions": "deletes the emojis and sounds of the server",
    "ban_members": "removes people for good",
    "kick_members": "removes people",
    "moderate_members": "silences people",
    "mute_members": "silences people in voice",
    "deafen_members": "silences people in voice",
    "move_members": "moves and disconnects people in voice, also into channels they can't see",
    "mention_everyone": "calls the whole server at once",
    "view_audit_log": "shows what staff did and to whom",
    "view_guild_insights": "shows figures that are the owners' alone",
    "view_creator_monetization_analytics": "shows the server's income",
}
"""Permissions that no grant hands out, named as discord.py names them, and what each would let somebody do.

A grant comes from a purchase, a level or a game and is looked at by nobody. Trust is given by hand, in Discord.
"""


class Problem(StrEnum):
    """Why a role is not given or taken. The first two pass when the member comes, or accepts the server's rules."""

    AWAY = "away"
    SCREENING = "screening"
    ROLE_GONE = "role gone"
    EVERYONE = "everyone"
    MANAGED = "managed"
    ABOVE_ME = "above me"
    DANGEROUS = "dangerous"
    NOT_ALLOWED = "not allowed"
    REFUSED = "refused"


PROBLEMS: Mapping[Problem, str] = {
    Problem.AWAY: N_("they are not in the server; it is seen to when they return."),
    Problem.SCREENING: N_("they have not accepted the server's rules yet."),
    Problem.ROLE_GONE: N_("the role was deleted."),
    Problem.EVERYONE: N_("everybody has that role."),
    Problem.MANAGED: N_("the role is managed by Discord or another app."),
    Problem.ABOVE_ME: N_("the role stands above my own highest role."),
    Problem.DANGEROUS: N_("the role has a permission that I don't hand out."),
    Problem.NOT_ALLOWED: N_("I lack the permission Manage Roles."),
    Problem.REFUSED: N_("Discord refuses it. I try again every hour."),
}
"""Why something is not done, in plain words; the end of a sentence."""


@dataclass(frozen=True)
class RoleFacts:
    """A role as Discord shows it. `rank` orders the roles of a guild; a higher one stands above."""

    id: int
    rank: int
    is_everyone: bool = False
    is_managed: bool = False
    permissions: frozenset[str] = frozenset()

    @property
    def dangers(self) -> list[str]:
        """What makes it too powerful to be handed out, gravest first."""
        return [name for name in DANGEROUS if name in self.permissions]


@dataclass(frozen=True)
class Reach:
    """How far somebody's power over roles goes: over those below `top_rank`, if they may manage roles at all."""

    top_rank: int
    may_manage: bool
    is_owner: bool = False

    def covers(self, role: RoleFacts) -> bool:
        """Whether they may give and take the role, as Discord judges it."""
        return self.may_manage and (self.is_owner or role.rank < self.top_rank)


def refusal(role: RoleFacts | None, bot: Reach) -> Problem | None:
    """Why a role is not handed out; None: it can be."""
    held = out_of_reach(role, bot)
    if held is None and role is not None and role.dangers:
        return Problem.DANGEROUS
    return held


def out_of_reach(role: RoleFacts | None, bot: Reach) -> Problem | None:
    """Why the bot can neither give nor take a role; None: it can."""
    if role is None:
        return Problem.ROLE_GONE
    if role.is_everyone:
        return Problem.EVERYONE
    if role.is_managed:
        return Problem.MANAGED
    if not bot.may_manage:
        return Problem.NOT_ALLOWED
    return None if bot.covers(role) else Problem.ABOVE_ME


def check_can_be_given(role: RoleFacts | None, bot: Reach) -> None:
    """Say why a role is not handed out.

    Raises:
        RoleGone, RoleIsEveryones, RoleIsManaged, MyPermissionNeeded, RoleAboveMine, RoleTooPowerful: as named.
    """
    problem = refusal(role, bot)
    if role is None:
        raise RoleGone
    mention = f"<@&{role.id}>"
    match problem:
        case Problem.EVERYONE:
            raise RoleIsEveryones
        case Problem.MANAGED:
            raise RoleIsManaged(mention)
        case Problem.NOT_ALLOWED:
            raise MyPermissionNeeded(name_of("manage_roles"))
        case Problem.ABOVE_ME:
            raise RoleAboveMine(mention)
        case Problem.DANGEROUS:
            raise RoleTooPowerful(mention, name_of(role.dangers[0]))
        case _:
            return


def check_may_give(actor: Reach, role: RoleFacts) -> None:
    """Whether somebody may have the bot give or end a role: only what they could do in Discord themselves.

    Raises:
        RoleAboveYours: they may not.
    """
    if not actor.covers(role):
        raise RoleAboveYours(f"<@&{role.id}>")
