"""Errors of who may: the person, or the bot itself."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors.base import UserError


class NotAllowed(UserError):
    """Somebody else may do this."""


@dataclass(eq=False)
class NotYours(NotAllowed):
    """A control of an answer that was given to another member."""

    owner_id: int
    template = "These buttons belong to {owner_id}. Use the command yourself to get your own."


@dataclass(eq=False)
class PermissionNeeded(NotAllowed):
    """Something that takes a permission of Discord, named as Discord's settings name it."""

    permission: str
    template = "For this you need the permission **{permission}**."


@dataclass(eq=False)
class StaffNeeded(NotAllowed):
    """Something that takes a permission of Discord, or a role that the server's settings name."""

    permission: str
    roles: str
    template = "For this you need the permission **{permission}**, or one of the **{roles}** chosen in `/config`."


@dataclass(eq=False)
class ActorTimedOut(NotAllowed):
    """Staff in a timeout of their own."""

    template = "You are timed out yourself, so this has to wait."


@dataclass(eq=False)
class RankTooLow(NotAllowed):
    """The actor's highest role is not above the target's."""

    target_id: int
    template = "Your highest role must stand above the highest role of {target_id}. It doesn't."


@dataclass(eq=False)
class TargetIsSelf(NotAllowed):
    """Acting on oneself."""

    template = "You can't do this to yourself."


@dataclass(eq=False)
class TargetIsMe(NotAllowed):
    """Acting on the bot that is asked to act."""

    template = "I won't do this to myself."


@dataclass(eq=False)
class TargetIsOwner(NotAllowed):
    """The owner of the server, who stands above everybody."""

    owner_id: int
    template = "{owner_id} owns this server, and nobody can do this to the owner."


@dataclass(eq=False)
class TargetIsBot(NotAllowed):
    """Another bot, where that makes no sense."""

    bot_id: int
    template = "{bot_id} is a bot, and this is for people."


@dataclass(eq=False)
class TargetIsAdministrator(NotAllowed):
    """Discord times nobody out who has Administrator."""

    target_id: int
    template = "{target_id} has the permission **Administrator**, and Discord refuses to do this to administrators."


@dataclass(eq=False)
class TargetNotHere(NotAllowed):
    """Somebody who is no member, or not any more, where one is needed."""

    target_id: int
    template = "{target_id} is not in this server, and this works only with members who are."


class NotAble(UserError):
    """Whoever asks: the bot itself may not."""


@dataclass(eq=False)
class BotPermissionNeeded(NotAble):
    """The bot lacks a permission, named as Discord's settings name it."""

    permission: str
    template = "For this I need the permission **{permission}**, and I don't have it in this server."


@dataclass(eq=False)
class BotRankTooLow(NotAble):
    """The bot's highest role is not above the target's."""

    target_id: int
    template = "My highest role must stand above the highest role of {target_id}: an admin can move it up."


@dataclass(eq=False)
class RoleAboveYours(NotAllowed):
    """A role that its giver could not give in Discord either. `role` is a mention."""

    role: str
    template = "You can give and end only roles below your own highest role, and {role} is not."
