"""Ratings of closed tickets, given in direct messages. These know no server, so the custom ids name it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import discord
from discord.ui import Button, Label, TextInput, View

from bot.actions.host import services_of
from bot.domain.tickets import MAX_FEEDBACK
from bot.i18n import _
from bot.services.ticket_ratings import Rated
from bot.ui import text
from bot.ui.answers import reply, settled
from bot.ui.controls import Answers, Control, Form, Interaction
from bot.ui.theme import embed

_TICKET = r"(?P<guild>\d{1,20}):(?P<number>\d{1,20})"
_MOST_STARS = 5


class RateButton(Control, template=rf"ticket:rate:v1:{_TICKET}:(?P<stars>[12345])"):
    """So many stars."""

    async def pressed(self, interaction: Interaction) -> None:
        """Keep the rating, and offer to say more. Whether it is theirs to rate is the service's to see."""
        guild_id, number = int(self.arguments["guild"]), int(self.arguments["number"])
        stars, ratings = int(self.arguments["stars"]), services_of(interaction).ticket_ratings
        work = ratings.rate(guild_id, number, by=interaction.user.id, stars=stars)
        rated = await settled(interaction, work, ephemeral=True)
        label = _("Say why…") if rated.ticket.feedback is None else _("Say something else…")
        view = View(timeout=None)
        view.add_item(WordButton(Button(label=label, custom_id=f"ticket:comment:v1:{guild_id}:{number}")))
        await reply(interaction, embed=_thanks(rated), view=view, ephemeral=True, done=True)


class WordButton(Control, template=rf"ticket:comment:v1:{_TICKET}"):
    """Say a word to the rating."""

    async def pressed(self, interaction: Interaction) -> None:
        """Show the form."""
        await interaction.response.send_modal(WordForm(int(self.arguments["guild"]), int(self.arguments["number"])))


class WordForm(Form):
    """What a member says to their rating."""

    template = re.compile(rf"ticket:word:v1:{_TICKET}")

    def __init__(self, guild_id: int, number: int) -> None:
        title = _("Ticket {ticket}").format(ticket=f"#{number}")
        super().__init__(title=title[:45], custom_id=f"ticket:word:v1:{guild_id}:{number}")
        said = TextInput[View](
            custom_id="words", max_length=MAX_FEEDBACK, required=False, style=discord.TextStyle.paragraph
        )
        self.add_item(Label(text=_("How was it?"), description=_("Staff of the server reads it."), component=said))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Keep it."""
        ratings, words = services_of(interaction).ticket_ratings, answers.text("words")
        guild_id, number = int(arguments["guild"]), int(arguments["number"])
        work = ratings.comment(guild_id, number, by=interaction.user.id, words=words)
        rated = await settled(interaction, work, ephemeral=True)
        await reply(interaction, embed=_thanks(rated), ephemeral=True, done=True)


def _thanks(rated: Rated) -> discord.Embed:
    given = rated.ticket.rating or 0
    stars = "★" * given + "☆" * (_MOST_STARS - given)
    said = _("{stars} Thank you! You can change it until {moment}.")
    shown = embed(description=said.format(stars=stars, moment=text.timestamp(rated.until, "f")))
    if rated.ticket.feedback:
        shown.add_field(name=_("What you said"), value=rated.ticket.feedback[:1_000])
    return shown


RATING_CONTROLS: tuple[type[Control | Form], ...] = (RateButton, WordButton, WordForm)
