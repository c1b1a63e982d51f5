"""The scenes of all features, played as they were written, whatever was set in this demonstration or an earlier one.

For the length of a scene its feature is on and everybody reads English. Then all settings are put back, those that the
scene itself changed too.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.preferences import Preferences
from bot.domain.settings import Described, Versioned
from bot.features import FEATURES, Declaration, sections
from bot.sandbox.terminal import Paint, Scene, Stage, Step
from bot.sandbox.terminal.picking import meant, unclear
from bot.sandbox.terminal.render import joined
from bot.sandbox.terminal.words import NotUnderstood
from bot.services import Services

OPENING = "economy"
"""The scene that plays at the start: the feature most people try first."""

_ANEW = "What was done before may be the reason; delete demo.db in DATA_DIR to begin anew."


def scenes() -> Mapping[str, tuple[Declaration, Sequence[Step]]]:
    """Each feature that has a scene, with its steps, by name and in the order of the features."""
    return {
        feature.name: (feature, import_module(feature.scene).SCENE) for feature in FEATURES if feature.scene is not None
    }


class Playbill:
    """Plays scenes by name in one guild; `write` takes whole lines."""

    def __init__(
        self,
        stage: Stage,
        guild_id: int,
        services: Callable[[], Services],
        *,
        paint: Paint,
        write: Callable[[str], None],
        pause: float,
    ) -> None:
        self._stage = stage
        self._guild_id = guild_id
        self._services = services
        self._paint = paint
        self._write = write
        self._pause = pause

    async def play(self, name: str) -> int:
        """Play the scene of a feature to its end; how many of its steps went otherwise than they were written."""
        feature, steps = scenes()[name]
        scene = Scene(self._stage, self._paint, self._write, pause=self._pause, goes_on=True)
        async with self._as_written(feature) as aside:
            if aside:
                self._write(self._paint.faint(f"Otherwise until the scene is over: {joined(aside)}."))
            with self._stage.first_clients():
                otherwise = await scene.play(steps)
        if otherwise:
            self._write(self._paint.faint(_ANEW))
        return otherwise

    def named(self, typed: str) -> str:
        """The scene that is meant.

        Raises:
            NotUnderstood: there is none, or there are several.
        """
        there = scenes()
        found = meant(typed, there, lambda name: (name, there[name][0].title))
        if len(found) > 1:
            raise NotUnderstood(f"{unclear(typed, found)}.")
        if not found:
            raise NotUnderstood(f"There is no scene “{typed}”; there are {', '.join(there)}.")
        return found[0]

    @asynccontextmanager
    async def _as_written(self, feature: Declaration) -> AsyncGenerator[list[str], None]:
        """The state in which scenes are written; in words what differed from it. All is put back afterwards."""
        services = self._services()
        guild = services.guild_settings
        documents = [
            _Document(
                f"the {section.title.lower()} settings",
                partial(guild.read, self._guild_id, section),
                partial(guild.edit, self._guild_id, section, by=None),
            )
            for section in sections()
        ]
        documents += [
            _Document(
                f"the preferences of {self._stage.names().users[user]}",
                partial(services.preferences.read, user),
                partial(services.preferences.edit, user),
            )
            for user in self._stage.people
        ]
        before = [(one, (await one.read()).value) for one in documents]
        try:
            yield [one.name for one, value in before if await one.put(_written(value, feature))]
        finally:
            for one, value in before:
                with suppress(Exception):  # the bot may be stopping; what is left as it is, is only a demonstration's
                    await one.put(value)


@dataclass(frozen=True)
class _Document:
    """Something that is set, and how it is read and changed."""

    name: str
    read: Callable[[], Awaitable[Versioned[Any]]]
    edit: Callable[..., Awaitable[object]]

    async def put(self, value: Described) -> bool:
        """Set it to this; whether it was different."""
        now = await self.read()
        if now.value != value:
            await self.edit(lambda _: value, base=now.version)
        return now.value != value


def _written(value: Described, feature: Declaration) -> Described:
    """As it is in a new demonstration, as far as scenes read differently otherwise."""
    match value:
        case FeatureSettings() if feature.switch is not None:
            return value.model_copy(update={feature.switch.value: True})
        case FeatureSettings():
            return FeatureSettings.of({"all"})
        case GeneralSettings():
            return value.model_copy(update={"language": "en", "prefix": ""})
        case Preferences() if value.language != "auto":
            return value.model_copy(update={"language": "auto"})
    return value
