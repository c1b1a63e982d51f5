"""A scene: steps given as data, played one after another, each shown with what everybody sees of it."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..backend import BackendError, SetupError  # noqa: TID252 — a subpackage of the sandbox, which is imported as one
from ..exchange import Exchange  # noqa: TID252 — as above
from ..seen import CannotDo  # noqa: TID252 — as above
from .controls import title
from .fields import field_called, fields_of, read_answer
from .lines import NotUnderstood, parse
from .markup import Paint
from .stage import Sight, Stage
from .upkeep import Upkeep

_PATIENCE = 8.0
"""Seconds that one step may take, a first answer and a final one together."""


class SceneFailed(Exception):
    """A step went otherwise than it should; the message is a sentence."""


@dataclass(frozen=True)
class Step:
    """What one person types, just as at the prompt, and what somebody must see then."""

    who: str
    line: str
    before: str = ""
    """A sentence that is shown first."""
    form: Mapping[str, str] = field(default_factory=dict)
    """How a form that opens is filled in, by label."""
    expect: Sequence[str] = ()
    """One of these must be among the words that are seen, those on buttons and menus included."""
    patience: float = 0.0
    """Seconds to wait for that, where it comes some time after the answer."""
    only_if: str | None = None
    """A button that must be there to be pressed; without it the step is left out."""
    remember: str = ""
    """A pattern, of whose first match in what is seen the named groups are kept; later lines have them in braces.

    What is seen has names instead of ids here, so a channel's can be kept, to go there.
    """


@dataclass(frozen=True)
class Scene:
    """Plays on a stage; `write` takes whole lines. `pause` is how long a person gets to read each step.

    With `goes_on` a step that goes otherwise than it should is told in a line, and the next one comes all the same.
    """

    stage: Stage
    paint: Paint
    write: Callable[[str], None]
    pause: float = 0.0
    goes_on: bool = False

    async def play(self, steps: Sequence[Step]) -> int:
        """Play the steps; how many went otherwise than they should.

        Raises:
            SceneFailed: one of them did, and the scene does not go on; the others are not played.
        """
        self.stage.take()
        otherwise = 0
        known: dict[str, str] = {}
        for written in steps:
            step = replace(written, line=_filled(written.line, known))
            user = self.stage.names().user(step.who)
            if user is not None and step.only_if is not None and not self._there(step.only_if, user):
                continue
            nobody = f"there is nobody called {step.who}."
            failure = nobody if user is None else await self._step(step, user, known)
            if failure is not None:
                otherwise += 1
                if not self.goes_on:
                    raise SceneFailed(f"The scene stopped when {step.who} typed “{step.line}”: {failure}")
                self.write(self.paint.faint(f"  Otherwise than it was written: {failure}"))
            await asyncio.sleep(self.pause)
        return otherwise

    def _there(self, button: str, user: int) -> bool:
        return button in self.stage.controls(user).buttons()

    async def _step(self, step: Step, user: int, known: dict[str, str]) -> str | None:
        """Play a step, and keep what is to be remembered of it; what comes back is what was wrong with it."""
        self.write("")
        if step.before:
            self.write(self.paint.faint(step.before))
        self.write(f"{self.paint.bold(f'{step.who}>')} {step.line}")
        try:
            async with asyncio.timeout(_PATIENCE):
                failure = await self._do(step, user)
        except (CannotDo, NotUnderstood, SetupError, BackendError) as error:
            failure = self.stage.names().spoken(str(error)).rstrip(".") + "."
        except TimeoutError:
            failure = f"nothing came within {_PATIENCE:.0f} seconds."
        await self.stage.quiet()
        sights = self._told()
        late = asyncio.get_running_loop().time() + step.patience
        while failure is None and not _met(step, sights):
            if not await self.stage.news.wait(late - asyncio.get_running_loop().time()):
                wanted = " or ".join(f"“{words}”" for words in step.expect)
                failure = f"nobody saw {wanted}."
            await self.stage.quiet()
            sights += self._told()
        known |= _found(step.remember, [self.stage.names().spoken(one.message.text) for one in sights])
        return failure

    def _told(self) -> list[Sight]:
        """What was seen since the last time, once it is drawn."""
        sights = self.stage.take()
        for line in self.stage.drawn(sights, self.paint):
            self.write(line)
        return sights

    async def _do(self, step: Step, user: int) -> str | None:
        """Do it; what comes back is why it failed."""
        action = parse(step.line, self.stage.surroundings(user)).action
        if action is None:
            return "that asks for nothing."
        if isinstance(action, Upkeep):
            self.write(f"  {self.stage.change(action)}")
            return None
        exchange = await self.stage.perform(user, action)
        if exchange is None:
            return None
        failure = await self.stage.outcome(exchange, _PATIENCE)
        if failure is None and exchange.modal is not None:
            failure = await self._fill(step, user, exchange)
        return failure

    async def _fill(self, step: Step, user: int, exchange: Exchange) -> str | None:
        modal = exchange.modal or {}
        names = self.stage.names(user)
        fields = fields_of(modal)
        filled = {field.label: value for name, value in step.form.items() if (field := field_called(name, fields))}
        values = {one.custom_id: read_answer(one, filled.get(one.label, ""), names) for one in fields}
        narrow = Paint(self.paint.colour, self.paint.width - 4)
        self.write(self.paint.faint(f"  {step.who} fills in:"))
        for line in self.stage.renderer(narrow).form(modal, filled):
            self.write(f"    {line}")
        given = {name: value for name, value in values.items() if value is not None}
        sent = await self.stage.actor(user).submit(exchange, given)
        return await self.stage.outcome(sent, _PATIENCE)


def _filled(line: str, known: Mapping[str, str]) -> str:
    for name, value in known.items():
        line = line.replace(f"{{{name}}}", value)
    return line


def _found(pattern: str, texts: Sequence[str]) -> dict[str, str]:
    if not pattern:
        return {}
    matches = (re.search(pattern, text) for text in texts)
    return next((match.groupdict() for match in matches if match), {})


def _met(step: Step, sights: Sequence[Sight]) -> bool:
    return not step.expect or any(_says(sight, words) for sight in sights for words in step.expect)


def _says(sight: Sight, words: str) -> bool:
    shown = [sight.message.text, *(title(one) for one in sight.message.controls())]
    return words.casefold() in "\n".join(shown).casefold()
