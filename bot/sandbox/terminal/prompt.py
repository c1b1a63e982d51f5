"""The prompt: a person at the keyboard, being each of the people in turn."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output

from ..backend import BackendError, SetupError  # noqa: TID252 — a subpackage of the sandbox, which is imported as one
from ..exchange import Exchange  # noqa: TID252 — as above
from ..seen import CannotDo  # noqa: TID252 — as above
from .completion import InSight, LineCompleter, Offer, continuations, open_option
from .fields import Field, answered, fields_of, read_answer
from .files import short
from .lines import (
    Action,
    Client,
    NotUnderstood,
    Plain,
    Say,
    Surroundings,
    addressed,
    commands,
    copied,
    named,
    parse,
    split_options,
    usage,
)
from .markup import Paint, wrap
from .render import joined
from .stage import Stage
from .upkeep import Upkeep
from .voicing import Voice
from .words import GROUPS, WORDS

_PATIENCE = 3.0
"""Seconds that a line waits for its answer before the prompt comes back; what is later is shown above it."""
_TOGETHER = 0.05
"""Seconds in which news gather, so that everybody's sight of one thing is shown once."""
_LISTENING = 60.0
"""Seconds after which to look even without news."""
_SHOWN_BY_LOOK = 8
_WIDEST = 56
"""Columns for what is typed, in the lists of help."""
_SUGGESTING = 1.0

Handler = Callable[[str], Awaitable[None]]
"""What a word does that concerns more than the stage; called with what follows the word."""


class Prompt:
    """Reads lines and does them until `quit`, Ctrl-C or Ctrl-D.

    `write` takes whole lines; under prompt_toolkit's `patch_stdout` it may be `print`. `handlers` are for the words
    restart and scene; `scenes` are offered for the latter.
    """

    def __init__(
        self,
        stage: Stage,
        paint: Paint,
        write: Callable[[str], None],
        *,
        user: int,
        handlers: Mapping[str, Handler] | None = None,
        scenes: Sequence[str] = (),
        source: Input | None = None,
        target: Output | None = None,
    ) -> None:
        self.user = user
        self._handlers = handlers or {}
        self._scenes = scenes
        self._told_by_others = False
        self._stage = stage
        self._paint = paint
        self._write = write
        self._line = PromptSession[str](
            history=InMemoryHistory(),
            completer=LineCompleter(self._offers, self._suggest),
            complete_while_typing=True,
            interrupt_exception=EOFError,  # Ctrl-C ends it as Ctrl-D does
            input=source,
            output=target,
        )
        self._field = PromptSession[str](interrupt_exception=EOFError, input=source, output=target)

    async def run(self) -> None:
        """Read and do until the end."""
        news = asyncio.create_task(self._tell_news(), name="news at the prompt")
        try:
            # Also between two lines, so that what is typed ahead, Ctrl-D and Ctrl-C too, waits for the next.
            with self._line.app.input.raw_mode():
                while await self._next():
                    pass
        finally:
            news.cancel()
            await asyncio.gather(news, return_exceptions=True)

    async def _tell_news(self) -> None:
        while True:
            if not self._told_by_others:
                self._tell()
            if await self._stage.news.wait(_LISTENING):
                await asyncio.sleep(_TOGETHER)

    def _tell(self) -> None:
        if lines := self._stage.drawn(self._stage.take(), self._paint, self.user):
            self._write("\n".join(lines))

    async def _next(self) -> bool:
        """One line; False at the end."""
        try:
            # SIGINT is the process's own: it stops the bot, and with it this prompt.
            line = await self._line.prompt_async(self._invitation(), handle_sigint=False)
        except EOFError:
            return False
        try:
            return await self._obey(line)
        except NotUnderstood as error:
            self._write(f"  {error}")
        except (CannotDo, SetupError, BackendError) as error:
            self._write(f"  {self._spoken(str(error))}")
        return True

    def _invitation(self) -> str:
        name, place = self._name(self.user), self._stage.place(self.user)
        where = " (dm)" if place is None else f" #{self._stage.names().channels.get(place)}"
        return f"{name}{'' if place == self._stage.start else where}> "

    def _name(self, user: int) -> str:
        return self._stage.names().users[user]

    def _spoken(self, message: str) -> str:
        """A sentence of the sandbox's own, for people: with names, as a sentence."""
        text = self._stage.names().spoken(message).replace("user ", "")
        return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")

    # Doing ----------------------------------------------------------------------------------------------

    async def _obey(self, text: str) -> bool:
        once, text = copied(text, self._around())
        if once is None:
            return await self._do(text)
        before, self.user = self.user, once
        try:
            return await self._do(text)
        finally:
            self.user = before

    async def _do(self, text: str) -> bool:
        become, text = addressed(text, self._around())
        self.user = become or self.user
        # What can be named depends on the person, so the rest is read with their eyes.
        line = parse(text, self._around())
        self.user = line.become or self.user
        match line.action:
            case None:
                pass
            case Plain("quit"):
                return False
            case Plain(word, rest):
                await self._word(word, rest)
            case action if isinstance(action, Upkeep):
                self._change(action)
            case action:
                await self._perform(action)
        return True

    def _change(self, action: Upkeep) -> None:
        for line in wrap(self._stage.change(action), self._paint.width - 2):
            self._write(f"  {line}")

    async def _word(self, word: str, rest: str) -> None:
        if word in self._handlers:
            # Who plays a scene shows what is seen of it.
            self._told_by_others = True
            try:
                await self._handlers[word](rest)
            finally:
                self._told_by_others = False
        elif word in ("restart", "scene"):
            self._write(f"  There is no {word} here.")
        elif word == "look":
            self._look()
        elif word == "who":
            for user in self._stage.people:
                self._write(self._about(user))
        elif word == "files":
            self._files()
        elif word == "help":
            self._help()
        elif word == "join":
            await self._stage.actor_in_guild(self.user).join()
            self._write(f"  {self._name(self.user)} has joined.")
        else:
            await self._stage.actor_in_guild(self.user).leave()
            self._write(f"  {self._name(self.user)} has left; join brings them back.")

    async def _perform(self, action: Action) -> None:
        exchange = await self._stage.perform(self.user, action)
        if exchange is not None:
            await self._follow(exchange)
        elif isinstance(action, Say):
            await self._stage.quiet()
        elif isinstance(action, Client):
            zone = "" if action.zone is None else f", in the time zone {action.zone}"
            self._write(f"  {self._name(self.user)}'s Discord speaks {action.locale} now{zone}.")
        elif isinstance(action, Voice):
            whom = self.user if action.whom is None else action.whom
            self._write(f"  {self._name(whom)} is {self._stage.talking(whom) or 'in no voice channel'} now.")
        self._tell()

    async def _follow(self, exchange: Exchange) -> None:
        said = await self._stage.outcome(exchange, _PATIENCE)
        await self._stage.quiet()
        self._tell()
        if said is not None:
            self._write(f"  only {self._name(self.user)} reads: {said}")
        elif exchange.modal is not None:
            await self._fill(exchange, exchange.modal)

    async def _fill(self, exchange: Exchange, modal: dict[str, Any]) -> None:
        narrow = Paint(self._paint.colour, self._paint.width - 2)
        for line in self._stage.renderer(narrow, self.user).form(modal):
            self._write(f"  {line}")
        values: dict[str, Any] = {}
        try:
            for field in (fields := fields_of(modal)):
                if field.custom_id not in values:
                    values |= await self._ask(field, fields)
        except EOFError:
            self._write("  The form is closed, and nothing was sent.")
            return
        given = {name: value for name, value in values.items() if value is not None}
        await self._follow(await self._stage.actor(self.user).submit(exchange, given))

    async def _ask(self, asked: Field, fields: Sequence[Field]) -> dict[str, Any]:
        """The answer to a field, and to those that were named on the way; EOFError closes the form."""
        hint = f" ({asked.hint})" if asked.hint else ""
        names = self._stage.names(self.user)
        values: dict[str, Any] = {}
        while asked.custom_id not in values:
            text = await self._field.prompt_async(
                f"  {asked.label}{hint}: ",
                handle_sigint=False,
                completer=LineCompleter(lambda typed: continuations(f"say {typed}", self._around())),
            )
            field, value = answered(text, asked, fields)
            try:
                values[field.custom_id] = read_answer(field, value, names)
            except NotUnderstood as error:
                self._write(f"  {error}")
        return values

    # Looking --------------------------------------------------------------------------------------------

    def _look(self) -> None:
        messages = self._stage.visible(self.user)[-_SHOWN_BY_LOOK:]
        self._stage.take()
        channels = [f"#{name}" for name in self._stage.names(self.user).channels.values()]
        place = self._stage.place(self.user)
        where = "in direct messages" if place is None else f"in #{self._stage.names().channels.get(place)}"
        self._write(f"  {self._name(self.user)} is {where} and can go to {joined(channels) or 'no channel'}.")
        renderer = self._stage.renderer(Paint(self._paint.colour, self._paint.width - 4), self.user)
        for message in messages:
            self._write("\n".join(f"    {line}" for line in renderer.message(message)))
        if not messages:
            self._write("  There is no message here yet.")

    def _files(self) -> None:
        there = [] if self._stage.files is None else self._stage.files.listed()
        for path in there:
            self._write(f"  {short(path)} {self._paint.faint(f'({path.stat().st_size:,} bytes)')}")
        if not there:
            self._write("  Nothing was sent along yet.")

    def _about(self, user: int) -> str:
        place = self._stage.place(user)
        where = "direct messages" if place is None else f"#{self._stage.names().channels.get(place)}"
        you = "  ← you" if user == self.user else ""
        talking = self._stage.talking(user)
        heard = f", in voice {talking}" if talking else ""
        return f"  {self._name(user):<12} {self._stage.standing(user):<24} {where}{heard}{you}"

    def _help(self) -> None:
        around = self._around()
        there = sorted(commands(around).items())
        offered = {usage(name, leaf): str(leaf.get("description") or "") for name, leaf in there}
        head = "The bot's commands for" if offered else "There are no commands for"
        self._write(f"  {head} {self._name(self.user)} here{':' if offered else '.'}")
        self._list(offered)
        for group, words in GROUPS.items():
            self._write(f"  {group}:")
            self._list(dict(WORDS[word].split(" — ", 1) for word in words))

    def _list(self, lines: Mapping[str, str]) -> None:
        """One line for each; what would make all of them wide is followed by two spaces only."""
        wide = min(max(map(len, lines), default=0), _WIDEST)
        for typed, about in lines.items():
            self._write(f"    {typed:<{wide}}  {self._paint.faint(about)}")

    # Tab ------------------------------------------------------------------------------------------------

    def _around(self) -> Surroundings:
        return self._stage.surroundings(self.user)

    def _offers(self, line: str) -> Iterable[Offer]:
        controls = self._stage.controls(self.user)
        sight = InSight(controls.buttons(), controls.menus(), self._stage.entries(self.user), self._scenes)
        return continuations(line, self._around(), sight)

    async def _suggest(self, line: str) -> AsyncGenerator[Offer, None]:
        """Ask the bot, if the line ends in an option for which it makes suggestions."""
        found = named(line[1:], self._around()) if line.startswith("/") else None
        if found is None:
            return
        name, leaf, rest = found
        declared = {str(option["name"]): option for option in leaf.get("options") or ()}
        option, typed = open_option(rest, declared)
        if option is None or not option.get("autocomplete"):
            return
        given, _ = split_options(rest, declared)
        given.pop(str(option["name"]), None)
        others = {key: value for key, value in given.items() if declared[key]["type"] == 3}  # noqa: PLR2004 — texts
        with contextlib.suppress(CannotDo):
            asked = await self._stage.actor(self.user).autocomplete(
                self._stage.channel(self.user), name, str(option["name"]), typed, **others
            )
            for choice in (await asked.answered(_SUGGESTING)).choices:
                yield Offer(str(choice["value"]), len(typed), str(choice["name"]))
