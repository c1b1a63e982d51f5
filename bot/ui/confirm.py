"""A question before something that can't be undone: two buttons that outlive restarts, for the asker alone.

What is confirmed stands in the custom id, or in a row that the custom id names. So a "yes" is to what was shown: carry
a version or an id, look at the present state again, and take what is confirmed, never the press, as the idempotency
key.
"""

from __future__ import annotations

from typing import ClassVar

import discord
from discord.ui import Button, View

from bot.errors import NotYours
from bot.i18n import _
from bot.ui.answers import redraw
from bot.ui.controls import Control, Interaction
from bot.ui.theme import embed

_YES, _NO = "y", "n"


def confirm_template(name: str, about: str) -> str:
    """The template of a question: its ``feature:verb:v1``, and the pattern of what it is about."""
    return rf"{name}:(?P<asker>\d{{1,20}}):(?P<answer>[{_YES}{_NO}]):{about}"


class Confirm(Control, template=r"(?!)"):
    """Both buttons of a question.

    A subclass has a `confirm_template`, its name as `question`, and overrides `agreed`, often `declined` too.
    """

    question: ClassVar[str]

    @classmethod
    def ask(cls, asker_id: int, about: str, *, yes: str, no: str, danger: bool = True) -> View:
        """The buttons of a question about `about`, which the template must match; "yes" is red unless harmless."""
        style = discord.ButtonStyle.danger if danger else discord.ButtonStyle.success
        view = View(timeout=None)
        view.add_item(cls(Button(label=yes, style=style, custom_id=f"{cls.question}:{asker_id}:{_YES}:{about}")))
        view.add_item(cls(Button(label=no, custom_id=f"{cls.question}:{asker_id}:{_NO}:{about}")))
        return view

    async def pressed(self, interaction: Interaction) -> None:
        """Act on the answer.

        Raises:
            NotYours: somebody else was asked.
        """
        asker_id = int(self.arguments["asker"])
        if interaction.user.id != asker_id:
            raise NotYours(asker_id)
        if self.arguments["answer"] == _YES:
            await self.agreed(interaction)
        else:
            await self.declined(interaction)

    async def agreed(self, interaction: Interaction) -> None:
        """Do it. Whether it may be done is checked here again."""
        await super().pressed(interaction)

    async def declined(self, interaction: Interaction) -> None:
        """Say that nothing was done, in place of the question."""
        await redraw(interaction, embed=embed(description=_("Nothing was changed.")), view=View(timeout=None))
