"""Controls that outlive the process: buttons found by their custom id, and forms answered by one router.

A custom id is ``feature:verb:v1`` and arguments. It carries nothing that must be trusted: whoever handles it checks
the guild, the person and the state again.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, cast
from zoneinfo import ZoneInfo

import discord
from discord.ui import Button, DynamicItem, Item, Modal, Select

from bot.domain.outbox import Button as StoredButton
from bot.domain.outbox import ButtonStyle, Payload
from bot.errors import ControlExpired
from bot.ui.context import bind, fields
from bot.ui.errors import ErrorReporter
from bot.ui.gate import Gate
from bot.ui.speech import Speaker, address_person
from bot.ui.uses import UseWatch

Interaction = discord.Interaction[Any]

_BIGGEST = 2**63 - 1
"""No row, nobody on Discord and no amount has a number above it."""

_LONG_NUMBER = re.compile(r"\d{19,}")

FORM_TIMEOUT = 900.0
"""Seconds after which discord.py forgets a form that was never sent; the router answers it all the same."""


class Host(Speaker, Protocol):
    """What controls need of the client that runs them."""

    reporter: ErrorReporter
    gate: Gate
    watch: UseWatch

    def now(self) -> datetime:
        """The present moment, by the clock that rows are written by."""
        ...

    async def accent(self, guild_id: int | None) -> int:
        """The colour of answers in a guild; never fails and never takes long."""
        ...

    async def zone_of(self, interaction: Interaction) -> ZoneInfo:
        """The time zone in which whoever asks writes times: their own, or else the guild's.

        Raises:
            DatabaseAway: it is not known, and must not be guessed.
        """
        ...


async def handle(interaction: Interaction, act: Callable[[], Awaitable[None]]) -> None:
    """Run `act` for a control or form: admitted, named in the log, measured, and its errors reported."""
    host = cast("Host", interaction.client)
    bind(interaction)
    host.watch.began(interaction)
    try:
        await address_person(interaction)
        host.gate.admit(interaction)
        await act()
    except Exception as error:  # noqa: BLE001 — this is where every error of a control or form ends
        await host.reporter.report(interaction, error)
    else:
        host.watch.ended(interaction)


def check_numbers(arguments: Mapping[str, str | None]) -> None:
    """Refuse arguments of a custom id with a number that no column takes: the bot never made such a one.

    Raises:
        ControlExpired: there is one.
    """
    written = (number for value in arguments.values() if value for number in _LONG_NUMBER.findall(value))
    if any(int(number) > _BIGGEST for number in written):
        raise ControlExpired


class Control(DynamicItem[Button[Any]], template=r"(?!)"):
    """A button that works after any restart.

    A subclass gives a `template` with named groups and overrides `pressed`. Reviving it and running it are wrapped
    here, because discord.py only logs what they raise.
    """

    def __init__(self, button: Button[Any]) -> None:
        super().__init__(button)
        match = self.template.fullmatch(button.custom_id or "")
        self.arguments: Mapping[str, str] = match.groupdict() if match else {}

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Any, match: re.Match[str], /) -> Any:  # noqa: ARG003 — discord.py's signature
        """The control behind a press. Reads nothing and so can't fail; what it stands for is read in `pressed`."""
        return cls(item)

    async def callback(self, interaction: Interaction) -> None:
        """Called by discord.py."""

        async def act() -> None:
            check_numbers(self.arguments)
            await self.pressed(interaction)

        await handle(interaction, act)

    async def pressed(self, interaction: Interaction) -> None:  # noqa: ARG002 — for subclasses
        """Answer a press; whatever it raises is reported.

        Raises:
            ControlExpired: the subclass does nothing.
        """
        raise ControlExpired


class Menu(DynamicItem[Item[Any]], template=r"(?!)"):
    """A select menu that works after any restart; the sibling of `Control`, wrapped in the same way.

    Values are whatever Discord's message says was chosen: whoever handles them looks whether they make sense.
    """

    def __init__(self, select: Item[Any], custom_id: str) -> None:
        super().__init__(select)
        match = self.template.fullmatch(custom_id)
        self.arguments: Mapping[str, str] = match.groupdict() if match else {}

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Any, match: re.Match[str], /) -> Any:  # noqa: ARG003 — discord.py's signature
        """The menu behind a choice. Reads nothing and so can't fail."""
        return cls(item, match.string)

    async def callback(self, interaction: Interaction) -> None:
        """Called by discord.py."""
        data: Any = interaction.data or {}
        values = tuple(str(value) for value in data.get("values", ()))

        async def act() -> None:
            check_numbers(self.arguments)
            await self.chosen(interaction, values)

        await handle(interaction, act)

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:  # noqa: ARG002 — for subclasses
        """Answer a choice; whatever it raises is reported.

        Raises:
            ControlExpired: the subclass does nothing.
        """
        raise ControlExpired


@dataclass(frozen=True)
class SubmittedUser:
    """A user chosen in a form, as Discord resolved them."""

    id: int
    is_bot: bool
    is_member: bool


@dataclass(frozen=True)
class SubmittedFile:
    """A file brought in a form, as Discord says it is: its name and size are not to be trusted."""

    name: str
    size: int
    url: str


@dataclass(frozen=True)
class Answers:
    """What was written and chosen in a form, read from the interaction alone, so also after a restart."""

    texts: Mapping[str, str]
    choices: Mapping[str, tuple[str, ...]]
    users: Mapping[int, SubmittedUser]
    attachments: Mapping[int, SubmittedFile]

    def text(self, custom_id: str) -> str:
        """What was written in a field; empty if nothing was."""
        return self.texts.get(custom_id, "")

    def user(self, custom_id: str) -> SubmittedUser:
        """The user chosen in a field.

        Raises:
            ControlExpired: there is no such field, or nobody was chosen.
        """
        for value in self.choices.get(custom_id, ()):
            if value.isdecimal() and int(value) in self.users:
                return self.users[int(value)]
        raise ControlExpired

    def files(self, custom_id: str) -> tuple[SubmittedFile, ...]:
        """The files brought in a field; none if it was left empty.

        Raises:
            ControlExpired: Discord names one that it says nothing of.
        """
        named = [int(value) if value.isdecimal() else 0 for value in self.choices.get(custom_id, ())]
        if not all(one in self.attachments for one in named):
            raise ControlExpired
        return tuple(self.attachments[one] for one in named)


class Form(Modal):
    """A form that is answered after any restart. A subclass gives a `template` and overrides `submitted`.

    discord.py is told nothing of the answers: `FormRouter` reads them from the interaction, on one way for forms
    shown by this process and by one that is gone.
    """

    template: ClassVar[re.Pattern[str]]

    def __init__(self, *, title: str, custom_id: str) -> None:
        super().__init__(title=title, custom_id=custom_id, timeout=FORM_TIMEOUT)

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Nothing: the router answers."""

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:  # noqa: ARG003 — for subclasses
        """Answer a sent form; whatever it raises is reported.

        Raises:
            ControlExpired: the subclass does nothing.
        """
        raise ControlExpired


def buttons_view(buttons: Sequence[StoredButton]) -> discord.ui.View | None:
    """Buttons that are kept as values, as a message takes them; None without any. discord.py keeps no record of it."""
    if not buttons:
        return None
    view = discord.ui.View(timeout=None)
    for one in buttons:
        url, custom_id = (one.custom_id, None) if one.style is ButtonStyle.LINK else (None, one.custom_id)
        style, emoji = discord.ButtonStyle[one.style], one.emoji or None
        view.add_item(Button(label=one.label, custom_id=custom_id, url=url, style=style, emoji=emoji))
    view.stop()
    return view


def payload_view(payload: Payload, *, disabled: bool = False) -> discord.ui.View | None:
    """The buttons or the menu of a message that is kept as values; None without either. `disabled`: to look at."""
    view = buttons_view(payload.buttons)
    if payload.menu is not None:
        view = discord.ui.View(timeout=None)
        options = [
            discord.SelectOption(
                label=one.label, value=one.value, description=one.description or None, emoji=one.emoji or None
            )
            for one in payload.menu.options
        ]
        placeholder = payload.menu.placeholder or None
        view.add_item(Select(custom_id=payload.menu.custom_id, options=options, placeholder=placeholder))
        view.stop()
    for one in view.children if view is not None and disabled else ():
        cast("Any", one).disabled = True
    return view


class ControlRouter:
    """Answers every form, and every press that no control stands behind any more."""

    def __init__(self) -> None:
        self._controls: list[type[Control | Menu]] = []
        self._forms: list[type[Form]] = []

    def add(self, *kinds: type[Control | Menu | Form]) -> None:
        """Know further controls, menus and forms."""
        for kind in kinds:
            if issubclass(kind, Form):
                self._forms.append(kind)
            else:
                self._controls.append(kind)

    @property
    def templates(self) -> list[re.Pattern[str]]:
        """The patterns of all custom ids."""
        controls = [cast("re.Pattern[str]", control.__discord_ui_compiled_template__) for control in self._controls]
        return controls + [form.template for form in self._forms]

    async def route(self, interaction: Interaction) -> None:
        """Take an interaction as it arrives; anything but forms and dead controls is left to discord.py."""
        data: Any = interaction.data or {}
        custom_id = str(data.get("custom_id", ""))
        if interaction.type is discord.InteractionType.modal_submit:
            await handle(interaction, lambda: self._submit(interaction, custom_id, data))
        elif interaction.type is discord.InteractionType.component and not self._is_known(custom_id):
            await handle(interaction, self._expired)

    def _is_known(self, custom_id: str) -> bool:
        return any(template.fullmatch(custom_id) for template in self.templates)

    async def _submit(self, interaction: Interaction, custom_id: str, data: Mapping[str, Any]) -> None:
        for form in self._forms:
            match = form.template.fullmatch(custom_id)
            if match:
                check_numbers(match.groupdict())
                await form.submitted(interaction, match.groupdict(), read_answers(data))
                return
        raise ControlExpired

    async def _expired(self) -> None:
        raise ControlExpired


def read_answers(data: Mapping[str, Any]) -> Answers:
    """The answers in a modal submit's data, whatever its fields are wrapped in."""
    texts: dict[str, str] = {}
    choices: dict[str, tuple[str, ...]] = {}
    for field in fields(data.get("components", ())):
        custom_id = str(field["custom_id"])
        if "values" in field:
            choices[custom_id] = tuple(str(value) for value in field["values"])
        elif field.get("value") is not None:
            texts[custom_id] = str(field["value"])
    resolved = data.get("resolved") or {}
    members = resolved.get("members") or {}
    users = {
        int(user_id): SubmittedUser(int(user_id), bool(user.get("bot")), user_id in members)
        for user_id, user in (resolved.get("users") or {}).items()
    }
    attachments = {
        int(file_id): SubmittedFile(str(file["filename"]), int(file["size"]), str(file["url"]))
        for file_id, file in (resolved.get("attachments") or {}).items()
    }
    return Answers(texts, choices, users, attachments)
