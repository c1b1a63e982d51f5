"""The scenes of all features, played as they were written, whatever was set in this demonstration or an earlier one.

For the length of a scene its feature is on and everybody reads English; then it is all put back.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib import import_module
from typing import TypeVar

from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.preferences import Preferences
from bot.domain.settings import Described, Versioned
from bot.errors import SettingsChanged
from bot.features import FEATURES, Declaration
from bot.sandbox.terminal import Paint, Scene, Stage, Step
from bot.sandbox.terminal.render import joined
from bot.services import Services

OPENING = "economy"
"""The scene that plays at the start: the feature most people try first."""

_ANEW = "What was done before may be the reason; delete demo.db in DATA_DIR to begin anew."

_D = TypeVar("_D", bound=Described)
_Undo = Callable[[], Awaitable[None]]


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
                self._write(self._paint.faint(f"Set aside until the scene is over: {joined(aside)}."))
            otherwise = await scene.play(steps)
        if otherwise:
            self._write(self._paint.faint(_ANEW))
        return otherwise

    @asynccontextmanager
    async def _as_written(self, feature: Declaration) -> AsyncGenerator[list[str], None]:
        """The state in which scenes are written; in words what differed from it, which is put back afterwards."""
        aside: list[str] = []
        undo: list[_Undo] = []
        try:
            async for words, back in self._differences(feature):
                aside.append(words)
                undo.append(back)
            yield aside
        finally:
            for back in undo:
                with suppress(SettingsChanged):
                    await back()

    async def _differences(self, feature: Declaration) -> AsyncGenerator[tuple[str, _Undo], None]:
        services = self._services()
        guild = services.guild_settings

        def on(before: FeatureSettings) -> FeatureSettings:
            return before if feature.switch is None else before.model_copy(update={feature.switch.value: True})

        read = partial(guild.read, self._guild_id, FeatureSettings)
        edit = partial(guild.edit, self._guild_id, FeatureSettings, by=None)
        if (back := await _lent(read, edit, on)) is not None:
            yield f"that {feature.title.lower()} is off", back
        read = partial(guild.read, self._guild_id, GeneralSettings)
        edit = partial(guild.edit, self._guild_id, GeneralSettings, by=None)
        if (back := await _lent(read, edit, _english)) is not None:
            yield "the server's language", back
        for user in self._stage.people:
            mine = partial(services.preferences.edit, user)
            if (back := await _lent(partial(services.preferences.read, user), mine, _as_in_discord)) is not None:
                yield f"{self._stage.names().users[user]}'s language", back


def _english(before: GeneralSettings) -> GeneralSettings:
    return before.model_copy(update={"language": "en"})


def _as_in_discord(before: Preferences) -> Preferences:
    return before if before.language in ("auto", "en") else before.model_copy(update={"language": "auto"})


async def _lent(
    read: Callable[[], Awaitable[Versioned[_D]]],
    edit: Callable[..., Awaitable[Versioned[_D]]],
    wanted: Callable[[_D], _D],
) -> _Undo | None:
    """Change a document; what puts it back, unless somebody changed it meanwhile. None: it is so already."""
    before = await read()
    after = wanted(before.value)
    if after == before.value:
        return None
    await edit(lambda _: after, base=before.version)

    async def back() -> None:
        now = await read()
        if now.value == after:
            await edit(lambda _: before.value, base=now.version)

    return back
