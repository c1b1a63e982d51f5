"""Pages of a list, turned by buttons that outlive restarts: newest, newer, older, and a form to jump to a day.

A page is found by the key at its edge (`bot.domain.paging`), never by its number: what is added meanwhile shifts
nothing, and the last page of a long list costs as much as the first. So the form asks for a day, which people know,
and not for the number of a page, which is another one a minute later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, cast

import discord
from discord.ui import Button, Label, TextInput, View

from bot.domain.moments import parse_moment
from bot.domain.paging import NEWEST, Cursor
from bot.errors import ControlExpired, NotYours
from bot.i18n import _
from bot.ui.controls import Answers, Control, Form, Host, Interaction

_NEWEST, _NEWER, _OLDER, _JUMP = "f", "n", "o", "j"
_LONGEST_TEXT = 60


def pager_template(name: str, about: str = "") -> str:
    """The template of a list's buttons, from its ``feature:verb:v1`` and the pattern of what the list is about."""
    place = rf"{name}:(?P<owner>\d{{1,20}}):(?P<edge>\d{{1,19}}):(?P<side>[{_NEWER}{_OLDER}{_NEWEST}{_JUMP}])"
    return f"{place}:(?P<about>{about})" if about else place


def jump_template(name: str, about: str = "") -> re.Pattern[str]:
    """The template of a list's form, likewise."""
    place = rf"{name}:(?P<owner>\d{{1,20}})"
    return re.compile(f"{place}:(?P<about>{about})" if about else place)


class PagerButton(Control, template=r"(?!)"):
    """All buttons under a page. A subclass has a `pager_template`, its name as `list_name`, and overrides `turn`.

    The page belongs to one member, whose id is in the custom id; nobody else turns it. A list that is told by more than
    its owner, such as by a filter, says that in `about`, and overrides `turned` instead.
    """

    list_name: ClassVar[str]
    form: ClassVar[type[JumpForm] | None] = None

    @classmethod
    def under(cls, owner_id: int, *, newer: Cursor | None, older: Cursor | None, about: str = "") -> View:
        """The buttons of a page; those that lead nowhere are there, but can't be pressed."""
        newest, nearer, further = cls.labels()
        view = View(timeout=None)
        view.add_item(cls._make(owner_id, NEWEST if newer else None, newest, _NEWEST, about))
        view.add_item(cls._make(owner_id, newer, nearer, _NEWER, about))
        view.add_item(cls._make(owner_id, older, further, _OLDER, about))
        if cls.form is not None and (newer or older):
            view.add_item(cls._make(owner_id, NEWEST, _("Go to…"), _JUMP, about))
        return view

    @classmethod
    def to(cls, owner_id: int, cursor: Cursor, label: str, about: str = "") -> PagerButton:
        """A button from elsewhere to the page at a cursor that reads towards what is older."""
        return cls._make(owner_id, cursor, label, _OLDER, about)

    @classmethod
    def labels(cls) -> tuple[str, str, str]:
        """What is written on the buttons to the first page, the one before and the one after."""
        return _("Newest"), _("Newer"), _("Older")

    @classmethod
    def _make(cls, owner_id: int, cursor: Cursor | None, label: str, side: str, about: str) -> PagerButton:
        custom_id = f"{cls.list_name}:{owner_id}:{cursor.edge if cursor else 0}:{side}"
        full = f"{custom_id}:{about}" if about else custom_id
        return cls(Button(label=label, custom_id=full, disabled=cursor is None))

    async def pressed(self, interaction: Interaction) -> None:
        """Show the page that the button leads to, or the form."""
        owner_id, side, edge = int(self.arguments["owner"]), self.arguments["side"], int(self.arguments["edge"])
        check_owner(interaction, owner_id)
        if edge > NEWEST.edge:
            raise ControlExpired
        if side != _JUMP:
            await self.turned(interaction, owner_id, Cursor(edge, newer=side == _NEWER))
        elif self.form is not None:
            await interaction.response.send_modal(self.form(owner_id, self.arguments.get("about", "")))
        else:
            raise ControlExpired

    async def turned(self, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:
        """Show the page at a cursor of the list that `self.arguments` tell of."""
        await self.turn(interaction, owner_id, cursor)

    @classmethod
    async def turn(cls, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:  # noqa: ARG003 — for subclasses
        """Show the page at a cursor, in place. Whether the person may see it is checked here again.

        Raises:
            ControlExpired: the subclass does nothing.
        """
        raise ControlExpired


class JumpForm(Form):
    """Asks for a day. A subclass has a `jump_template`, its `name`, and overrides `jump`.

    Where the list is told by more than its owner, it overrides `jumped` instead.
    """

    name: ClassVar[str]

    def __init__(self, owner_id: int, about: str = "") -> None:
        custom_id = f"{self.name}:{owner_id}"
        super().__init__(title=_("Go to a day"), custom_id=f"{custom_id}:{about}" if about else custom_id)
        line = TextInput[Any](custom_id="day", max_length=_LONGEST_TEXT, placeholder=_("yesterday, monday, 24.12., …"))
        self.add_item(Label(text=_("Which day"), component=line))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Read the day in the guild's time zone, and show the page that ends with it."""
        owner_id = int(arguments["owner"])
        check_owner(interaction, owner_id)
        host = cast("Host", interaction.client)
        zone, now = await host.zone_of(interaction), host.now()
        # Today ends a little later than now.
        moment = parse_moment(answers.text("day"), now=now, zone=zone, past=True, latest=now + timedelta(days=1))
        # A minute that is written means the whole of it. Row ids are ordered by time as Discord's are.
        edge = discord.utils.time_snowflake(moment + timedelta(minutes=1), high=True)
        await cls.jumped(interaction, arguments, Cursor(edge))

    @classmethod
    async def jumped(cls, interaction: Interaction, arguments: Mapping[str, str], cursor: Cursor) -> None:
        """Show the page at a cursor of the list that the arguments tell of."""
        await cls.jump(interaction, int(arguments["owner"]), cursor)

    @classmethod
    async def jump(cls, interaction: Interaction, owner_id: int, cursor: Cursor) -> None:  # noqa: ARG003 — for subclasses
        """Show the page at a cursor, in place.

        Raises:
            ControlExpired: the subclass does nothing.
        """
        raise ControlExpired


def check_owner(interaction: Interaction, owner_id: int) -> None:
    """Whether the page is this person's.

    Raises:
        NotYours: it was shown to somebody else.
    """
    if interaction.user.id != owner_id:
        raise NotYours(owner_id)
