"""Who is where, doing what was typed, and who saw what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

# A subpackage of the sandbox, which is imported as one: hence the relative imports.
from ..actors import Actor  # noqa: TID252 — see above
from ..backend import (  # noqa: TID252 — see above
    ChannelType,
    Message,
    channel_accessible,
    command_access,
    message_accessible,
)
from ..exchange import DID_NOT_RESPOND, Exchange  # noqa: TID252 — see above
from ..seen import CannotDo, NotAnswered, SeenMessage, seen  # noqa: TID252 — see above
from ..wakeup import Signal  # noqa: TID252 — see above
from .controls import Controls, Placed, title
from .fields import chosen
from .files import Files
from .lines import Action, Client, Go, Menu, NotUnderstood, Press, Say, Select, Slash, Surroundings
from .markup import Paint
from .names import Names
from .picking import meant, unclear
from .render import Renderer, heading
from .times import terminal_locale
from .upkeep import Delete, Upkeep, carry_out
from .voicing import Voice, told
from .voicing import carry_out as talk

if TYPE_CHECKING:
    from ..server import Sandbox  # noqa: TID252 — see above

_ON_PEOPLE, _ON_MESSAGES = 2, 3
_ROOMS = frozenset({ChannelType.VOICE, ChannelType.STAGE_VOICE})
_QUIET = 0.06
"""Seconds without news after which an answer is taken to be complete."""
_LOOKED_THROUGH = 50
_EVERYONE = "@everyone"


@dataclass(frozen=True)
class Sight:
    """A message that came, changed or went, and who of the people noticed."""

    kind: str
    message: SeenMessage
    watchers: tuple[int, ...]
    everyone: bool


class Stage:
    """One guild with its people, each of whom stands in a channel. Watches from its `with` to the end of it.

    Files that are sent are put into `folder`, if there is one.
    """

    def __init__(
        self, sandbox: "Sandbox", guild_id: int, people: Sequence[int], *, start: int, folder: Path | None = None
    ) -> None:
        self.people = tuple(people)
        self.news = Signal()
        self.start = start
        self.files = None if folder is None else Files(folder, sandbox.file)
        self._sandbox = sandbox
        self._backend = sandbox.world.backend
        self._guild_id = guild_id
        self._places: dict[int, int | None] = dict.fromkeys(people, start)
        self._sights: list[Sight] = []
        self._clients: dict[int, Client] = {}

    def __enter__(self) -> Self:
        self._backend.message_listeners.append(self._notice)
        return self

    def __exit__(self, *_: object) -> None:
        self._backend.message_listeners.remove(self._notice)

    # What there is --------------------------------------------------------------------------------------

    def names(self, user: int | None = None) -> Names:
        """What everything is called; only what `user` sees of the channels, if one is given."""
        backend, guild = self._backend, self._backend.get_guild(self._guild_id)
        channels = [
            channel
            for channel in backend.channels.values()
            if channel.guild_id == guild.id and (user is None or channel_accessible(backend, channel.id, user))
        ]
        return Names(
            {number: person.name for number, person in backend.users.items()},
            {channel.id: channel.name or str(channel.id) for channel in channels},
            {role.id: _EVERYONE if role.id == guild.id else role.name for role in guild.roles.values()},
        )

    def surroundings(self, user: int) -> Surroundings:
        """What a person can name where they are."""
        names = self.names(user)
        channels = self._backend.channels
        rooms = {one: name for one, name in names.channels.items() if channels[one].type in _ROOMS}
        return Surroundings(names, self._commands(user), self.people, self.names(), rooms)

    def _commands(self, user: int) -> list[Mapping[str, Any]]:
        backend, channel = self._backend, self.channel(user)
        guild_id = backend.channels[channel].guild_id
        if guild_id is not None and user not in backend.get_guild(guild_id).members:
            return []
        scopes = (None,) if guild_id is None else (None, guild_id)
        found = [command for scope in scopes for command in backend.commands.get(scope, {}).values()]
        return [
            command for command in found if command_access(backend, command, user_id=user, channel_id=channel).allowed
        ]

    def place(self, user: int) -> int | None:
        """The channel a person is in; None in their direct messages. Whoever can't stay goes back to the start."""
        place = self._places.get(user, self.start)
        if place is not None and place not in self._backend.channels:
            place = self._places[user] = self.start
        return place

    def channel(self, user: int) -> int:
        """The id of where a person is, direct messages included."""
        place = self.place(user)
        return self._sandbox.world.dm_channel(user) if place is None else place

    def standing(self, user: int) -> str:
        """Owner, roles or absence of a person, in a few words."""
        guild = self._backend.get_guild(self._guild_id)
        if (member := guild.members.get(user)) is None:
            return "not in the guild"
        roles = [guild.roles[one].name for one in member.role_ids if one in guild.roles and one != guild.id]
        return ", ".join([*(["owner"] if guild.owner_id == user else []), *roles]) or "member"

    def talking(self, user: int) -> str | None:
        """Where a person is in voice and how; None: they are in none."""
        return told(self._backend, self._guild_id, user, self.names())

    def renderer(self, paint: Paint, looker: int | None = None) -> Renderer:
        """Draws with the names of this moment, and times as somebody's client has them, else as this computer."""
        client = self._clients.get(looker or 0)
        now = self._sandbox.clock.now().astimezone(None if client is None else client.zone)
        locale = terminal_locale() if client is None else client.locale
        drawn = Renderer(self.names(), now, paint, locale=locale)
        return drawn if self.files is None else replace(drawn, saved=self.files.path)

    @contextmanager
    def first_clients(self) -> Iterator[None]:
        """Everybody's Discord is as it was at first meanwhile."""
        chosen, self._clients = self._clients, {}
        try:
            yield
        finally:
            self._clients = chosen

    def visible(self, user: int) -> list[SeenMessage]:
        """What a person sees where they are, oldest first."""
        with self._sandbox.view(user) as view:
            return view.messages(self.channel(user))

    def controls(self, user: int) -> Controls:
        """The buttons and menus in sight of a person."""
        return Controls(reversed(self.visible(user)[-_LOOKED_THROUGH:]))

    # Doing ----------------------------------------------------------------------------------------------

    def actor(self, user: int) -> Actor:
        """The person, where they are."""
        client = self._clients.get(user)
        locale = "en-US" if client is None else client.locale
        if self.place(user) is None:
            return self._sandbox.as_user(user, locale=locale)
        return self._sandbox.as_member(self._guild_id, user, locale=locale)

    def actor_in_guild(self, user: int) -> Actor:
        """The person as a member of the guild, wherever they are, or about to become one."""
        return self._sandbox.as_member(self._guild_id, user)

    async def perform(self, user: int, action: Action) -> Exchange | None:  # noqa: C901 — a table
        """Do what was typed. What asks the bot something gives the exchange; the rest is done already.

        Raises:
            CannotDo, NotUnderstood: Discord's client would not let this person do it.
        """
        actor, channel = self.actor(user), self.channel(user)
        match action:
            case Slash(command, options):
                return await actor.slash(channel, command, **options)
            case Menu(name, None):
                entry = self._entry(user, name, _ON_MESSAGES)
                return await actor.context_menu(channel, entry, message=self._newest(user))
            case Menu(name, target):
                return await actor.context_menu(channel, self._entry(user, name, _ON_PEOPLE), user=target)
            case Press(name):
                button = self.controls(user).button(name)
                return await actor.click(button.message, button.json["custom_id"])
            case Select():
                return await self._select(user, action)
            case Client():
                self._clients[user] = action
            case Say(text):
                await self._say(user, text)
            case Voice():
                await talk(action, self.actor_in_guild(user), self._backend, self._guild_id)
            case Go(place, text):
                self._places[user] = place
                if text:
                    await self._say(user, text)
            case _:
                raise CannotDo(f"nobody can do {action!r}")
        return None

    def change(self, action: Upkeep) -> str:
        """Change the place, and say what is now.

        Raises:
            CannotDo: Discord has no such thing, or everybody stands there.
        """
        if action == Delete(self.start, role=False):
            raise CannotDo("everybody begins in that channel; delete another")
        return carry_out(action, self._sandbox.world, self._guild_id, self.names())

    async def _select(self, user: int, action: Select) -> Exchange:
        try:
            menu, picked = self._chosen(user, action)
        except CannotDo as error:
            if action.menu is None:
                raise
            try:  # where no menu is called so, what stands before the colon may belong to the option
                menu, picked = self._chosen(user, Select(None, (f"{action.menu}: {', '.join(action.values)}",)))
            except (CannotDo, NotUnderstood):
                raise error from None
        return await self.actor(user).select(menu.message, menu.json["custom_id"], picked)

    def _chosen(self, user: int, action: Select) -> tuple[Placed, list[Any]]:
        names = self.names(user)
        return self.controls(user).choice(
            action.menu, action.values, lambda json: chosen(json, action.values, names, title(json))
        )

    async def _say(self, user: int, text: str) -> None:
        if self.place(user) is None:
            await self.actor(user).send_dm(text)
        else:
            await self.actor(user).say(self.channel(user), text)

    def _newest(self, user: int) -> SeenMessage:
        if not (messages := self.visible(user)):
            raise CannotDo("there is no message here yet")
        return messages[-1]

    def _entry(self, user: int, name: str, kind: int) -> str:
        """The entry of the menu on a person or a message that is meant; the only one if nothing was typed."""
        of_kind = {which: self.entries(user, which) for which in (_ON_PEOPLE, _ON_MESSAGES)}
        there = of_kind[kind]
        found = meant(name, there, lambda one: (one,)) if name else there
        if len(found) == 1:
            return found[0]
        if found:
            raise CannotDo(unclear(name, found) if name else f"say which: {', '.join(found)}")
        if kind == _ON_MESSAGES and of_kind[_ON_PEOPLE]:
            raise CannotDo(
                f"a message has {_listed(there)} in its menu; on a person: menu {_listed(of_kind[_ON_PEOPLE])} @name"
            )
        raise CannotDo(f"there is no “{name}” in that menu; there is {_listed(there)}")

    def entries(self, user: int, *kinds: int) -> list[str]:
        """The entries that a person finds in the menus on people and messages."""
        wanted = kinds or (_ON_PEOPLE, _ON_MESSAGES)
        return [str(one["name"]) for one in self._commands(user) if one.get("type") in wanted]

    async def outcome(self, exchange: Exchange, patience: float) -> str | None:
        """Wait until the bot has answered, and say what the person reads if it did not."""
        await exchange.answered()
        if exchange.kind is None:
            return DID_NOT_RESPOND
        if exchange.kind != "modal":
            try:
                await exchange.finished(patience)
            except NotAnswered:
                return "The bot is still thinking." if exchange.kind == "deferred" else None
        return None

    # Seeing ---------------------------------------------------------------------------------------------

    async def quiet(self, patience: float = 1.0) -> None:
        """Wait until nothing new is seen for a moment, or for `patience` seconds at most."""
        for _ in range(round(patience / _QUIET)):
            if not await self.news.wait(_QUIET):
                return

    def take(self) -> list[Sight]:
        """What was seen since the last time, each message once, as it is now."""
        sights, self._sights = self._sights, []
        last: dict[int, Sight] = {}
        for sight in sights:
            before = last.pop(sight.message.id, None)
            if before is None or before.kind != "created":
                last[sight.message.id] = sight
            elif sight.kind != "deleted":
                last[sight.message.id] = Sight("created", sight.message, sight.watchers, sight.everyone)
        return list(last.values())

    def drawn(self, sights: Sequence[Sight], paint: Paint, looker: int | None = None) -> list[str]:
        """Sights as lines: who sees what. What one person sees alone is as their client has it, the rest `looker`'s."""
        lines: list[str] = []
        for sight in sights:
            eyes = sight.watchers[0] if len(sight.watchers) == 1 else looker
            renderer = self.renderer(Paint(paint.colour, paint.width - 4), eyes)
            lines.append(paint.faint(f"  {self._heading(sight, renderer.names)}"))
            lines += [f"    {line}" for line in renderer.message(sight.message)]
        return lines

    def _heading(self, sight: Sight, names: Names) -> str:
        return heading(
            sight.kind,
            f"#{names.channels.get(sight.message.channel_id, 'unknown')}",
            [names.users.get(one, "somebody") for one in sight.watchers],
            everyone=sight.everyone,
            private=sight.message.ephemeral,
            direct=sight.message.guild_id is None,
        )

    def _notice(self, kind: str, message: Message) -> None:
        backend = self._backend
        if (channel := backend.channels.get(message.channel_id)) is None:
            return
        watchers = [one for one in self.people if message_accessible(backend, channel.id, message, one)]
        if not watchers:
            return
        members = backend.get_guild(self._guild_id).members
        everyone = channel.guild_id is not None and set(watchers) == {one for one in self.people if one in members}
        shown = seen(backend, message)
        self._sights.append(Sight(kind, shown, tuple(watchers), everyone and not shown.ephemeral))
        self.news.notify()


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"
