"""Channels and threads of tickets as Discord makes them: made, found again, looked at and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import discord

from bot.actions.lock_channels import overwrites_shown
from bot.domain.overwrites import Overwrite, Overwrites
from bot.domain.ticket_opening import Place, about, channel_names, made_for, marked, thread_names, twins_of
from bot.domain.ticket_topics import Topic, TopicRules
from bot.domain.tickets import Failure, Mode, Ticket

_TEXT, _PRIVATE_THREAD = 0, 12
_MOST_IN_CATEGORY = 50
_ARCHIVED_AFTER = 10_080
"""Minutes of silence after which Discord archives a thread: the longest there is."""

_INVALID, _GUILD_FULL, _UNKNOWN_MEMBER = 50035, 30013, 10007
_NO_PARENT = frozenset({"CHANNEL_PARENT_MAX_CHANNELS", "CHANNEL_PARENT_INVALID", "CHANNEL_PARENT_INVALID_TYPE"})
_BANNED_NAME = "INVALID_COMMUNITY_PROPERTY_NAME"
_WHOLE_GUILD = "guild"
"""The detail of a failure for want of room that no category has."""

_SERVER_ERROR = 500
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True)
class Room:
    """A channel or thread of a ticket."""

    id: int
    parent_id: int | None
    mode: Mode
    name: str
    overwrites: Overwrites
    elsewhere: bool = False
    """Whether no category of its topic had room for it."""


class NoRoomError(Exception):
    """A ticket can't be opened, and trying again would not help."""

    def __init__(self, failure: Failure, detail: str = "", left: int | None = None) -> None:
        super().__init__(failure, detail)
        self.failure = failure
        self.detail = detail
        self.left = left
        """A channel that was made for it and can't be deleted."""


class RoomMaker:
    """Makes one ticket a channel, or a private thread where it has to be one."""

    def __init__(self, guild: discord.Guild, ticket: Ticket, topic: Topic, rules: TopicRules) -> None:
        self._guild = guild
        self._http: Any = guild._state.http  # noqa: SLF001 — what discord.py's own methods use; they'd parse and cache
        self._ticket = ticket
        self._topic = topic
        self._rules = rules

    async def make(self, overwrites: Overwrites) -> Room:
        """Make it, in one request, where there is room.

        Raises:
            NoRoomError: it can't be made.
            HTTPException, OSError, TimeoutError: it may work later.
        """
        if self._ticket.mode is Mode.THREAD and self._thread_parent is not None:
            return await self._thread(self._thread_parent, elsewhere=False)
        categories, is_full = self._categories()
        refused: NoRoomError | None = None
        for parent_id in categories:
            made = await self._channel(parent_id, overwrites)
            if isinstance(made, Room):
                return made
            if made.failure is not Failure.FULL:
                refused = made
            elif made.detail == _WHOLE_GUILD:
                return await self._elsewhere(overwrites, guild_full=True)
            else:
                is_full = True
        if refused is not None and not is_full:  # not for want of room: staff has to mend that
            raise refused
        return await self._elsewhere(overwrites, guild_full=False)

    async def _elsewhere(self, overwrites: Overwrites, *, guild_full: bool) -> Room:
        """No category has room: a thread, else above all categories."""
        if self._thread_parent is not None:
            return await self._thread(self._thread_parent, elsewhere=True)
        if not guild_full:
            made = await self._channel(None, overwrites, elsewhere=True)
            if isinstance(made, Room):
                return made
            raise made
        raise NoRoomError(Failure.FULL)

    def _categories(self) -> tuple[list[int | None], bool]:
        """Where to try: the categories that have room, as far as is known; above all where none is chosen.

        And whether some are known to be full.
        """
        known = [self._guild.get_channel(one) for one in self._rules.categories]
        there = [one for one in known if isinstance(one, discord.CategoryChannel)]
        roomy: list[int | None] = [one.id for one in there if len(one.channels) < _MOST_IN_CATEGORY]
        return (roomy, len(roomy) < len(there)) if there else ([None], False)

    @property
    def _thread_parent(self) -> discord.TextChannel | None:
        found = self._guild.get_channel(self._rules.thread_channel or 0)
        return found if isinstance(found, discord.TextChannel) else None

    async def _channel(
        self, parent_id: int | None, overwrites: Overwrites, *, elsewhere: bool = False
    ) -> Room | NoRoomError:
        """A channel there; or why there can be none."""
        rows = [_row(one) for one in overwrites]
        for name in channel_names(self._ticket):
            options = {"name": name, "topic": about(self._ticket, self._topic.label), "permission_overwrites": rows}
            try:
                shown = await self._http.create_channel(
                    self._guild.id, _TEXT, parent_id=parent_id, reason=self._reason, **options
                )
            except discord.HTTPException as error:
                codes = codes_of(error)
                if _BANNED_NAME in codes:
                    continue
                if error.code == _GUILD_FULL:
                    return NoRoomError(Failure.FULL, _WHOLE_GUILD)
                if codes & _NO_PARENT:
                    return NoRoomError(Failure.FULL)
                return _refused(error)
            return room_of(shown, elsewhere=elsewhere)
        return NoRoomError(Failure.REFUSED, "name")

    async def _thread(self, parent: discord.TextChannel, *, elsewhere: bool) -> Room:
        for name in thread_names(self._ticket):
            try:
                shown = await self._http.start_thread_without_message(
                    parent.id, name=name, auto_archive_duration=_ARCHIVED_AFTER, type=_PRIVATE_THREAD,
                    invitable=False, reason=self._reason,
                )  # fmt: skip
            except discord.HTTPException as error:
                if _BANNED_NAME in codes_of(error):
                    continue
                raise _refused(error) from error
            return room_of(shown, elsewhere=elsewhere)
        raise NoRoomError(Failure.REFUSED, "name")

    async def let_in(self, room: Room) -> None:
        """Add the member to a thread; a channel has them by its overwrites.

        Raises:
            NoRoomError: they left.
        """
        if room.mode is Mode.CHANNEL:
            return
        try:
            await self._http.add_user_to_thread(room.id, self._ticket.opener_id)
        except discord.HTTPException as error:
            if error.code == _UNKNOWN_MEMBER:
                raise NoRoomError(Failure.LEFT) from error
            raise _refused(error) from error

    async def is_member(self) -> bool:
        """Whether the member is still in the server."""
        try:
            await self._http.get_member(self._guild.id, self._ticket.opener_id)
        except discord.NotFound:
            return False
        return True

    async def found(self) -> list[Room]:
        """What earlier tries made, the oldest first, asked of Discord: what is known here may be older."""
        shown: list[Mapping[str, Any]] = list(await self._http.get_all_guild_channels(self._guild.id))
        if self._thread_parent is not None:
            listed = await self._http.get_active_threads(self._guild.id)
            shown += [one for one in listed["threads"] if self._is_mine(one)]
        raw = {int(one["id"]): one for one in shown if one["type"] in {_TEXT, _PRIVATE_THREAD}}
        return [room_of(raw[place.id]) for place in made_for(self._ticket, map(_place, raw.values()))]

    def _is_mine(self, shown: Mapping[str, Any]) -> bool:
        return shown["type"] == _PRIVATE_THREAD and int(shown.get("owner_id") or 0) == self._guild.me.id

    def twins(self, room_id: int) -> list[int]:
        """Further channels for the same ticket that have been heard of: a request that was repeated makes such."""
        return twins_of(self._ticket, room_id, places_of(self._guild))

    async def delete(self, room_id: int) -> None:
        """Delete a channel or thread; one that is gone is gone."""
        try:
            await self._http.delete_channel(room_id, reason=self._reason)
        except discord.NotFound:
            return

    @property
    def _reason(self) -> str:
        return self._ticket.channel_marker


# What Discord shows ---------------------------------------------------------------------------------------------


def places_of(guild: discord.Guild) -> Iterator[Place]:
    """Channels that a ticket's marker is on, and the bot's own private threads, as far as they are known here."""
    for channel in guild.text_channels:
        if marked(channel.topic) is not None:
            people = [one.id for one in channel.overwrites if not isinstance(one, discord.Role)]
            yield Place(channel.id, channel.name, channel.topic, people)
    for thread in guild.threads:
        if thread.owner_id == guild.me.id and thread.is_private():
            yield Place(thread.id, thread.name, None)


def room_of(shown: Mapping[str, Any], *, elsewhere: bool = False) -> Room:
    """A channel or thread as Discord shows it."""
    parent_id = shown.get("parent_id")
    return Room(
        int(shown["id"]),
        None if parent_id is None else int(parent_id),
        Mode.THREAD if shown["type"] == _PRIVATE_THREAD else Mode.CHANNEL,
        str(shown["name"]),
        overwrites_shown(shown),
        elsewhere,
    )


def _place(shown: Mapping[str, Any]) -> Place:
    if shown["type"] == _PRIVATE_THREAD:
        return Place(int(shown["id"]), str(shown["name"]), None)
    people = [one.target_id for one in overwrites_shown(shown) if one.is_member]
    return Place(int(shown["id"]), str(shown["name"]), str(shown.get("topic") or ""), people)


def _row(one: Overwrite) -> dict[str, Any]:
    return {"id": str(one.target_id), "type": int(one.is_member), "allow": str(one.allow), "deny": str(one.deny)}


def _refused(error: discord.HTTPException) -> NoRoomError:
    """Why a room can't be made.

    Raises:
        HTTPException: the same, if it may work later.
    """
    if error.status >= _SERVER_ERROR or error.status == _TOO_MANY_REQUESTS:
        raise error
    detail = f"{error.code}: {error.text}"
    return NoRoomError(Failure.PERMISSION if isinstance(error, discord.Forbidden) else Failure.REFUSED, detail)


def codes_of(error: discord.HTTPException) -> frozenset[str]:
    """The names that Discord gives to what is wrong in an invalid form; discord.py keeps but their texts."""
    if error.code != _INVALID:
        return frozenset()
    return frozenset(_codes(getattr(error, "_errors", None)))


def _codes(errors: Any) -> Iterable[str]:
    if isinstance(errors, Mapping):
        for value in cast("Mapping[str, Any]", errors).values():
            yield from _codes(value)
    elif isinstance(errors, list):
        for one in cast("list[Any]", errors):
            if isinstance(one, Mapping):
                yield str(cast("Mapping[str, Any]", one).get("code", ""))
