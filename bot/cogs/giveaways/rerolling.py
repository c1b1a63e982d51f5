"""Drawing another winner: in whose place, and saying so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import SelectOption
from discord.ui import Select, View

from bot.actions.authority import guild_of
from bot.actions.giveaway_staff import may_make_coins, may_run
from bot.actions.host import services_of, source_of
from bot.actions.people import names_of
from bot.cogs.giveaways.desk import NUMBER, keeper_of
from bot.domain.audit import clipped
from bot.domain.giveaways import Delivery, Giveaway, Status, Winner
from bot.errors import ControlExpired, GiveawayNotDrawn, NoSuchWinner
from bot.i18n import _
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Interaction, Menu
from bot.ui.theme import embed

_MOST = 25
"""Choices of a menu."""


async def reroll(
    interaction: Interaction, number: int, user_id: int | None, reason: str | None, *, in_place: bool = False
) -> None:
    """Have another winner found, and say so."""

    async def work() -> Giveaway:
        found = await may_run(interaction, number)
        claims = services_of(interaction).giveaway_claims
        _giveaway, drawn = await claims.winners(found.guild_id, number)
        if found.given.coins and any(_is_paid(one) for one in drawn if user_id in {None, one.user_id}):
            await may_make_coins(interaction)  # what was paid stays paid, so another is paid beside it
        changed = await claims.reroll(
            found.guild_id, number, by=interaction.user.id, user_id=user_id, reason=reason, via=source_of(interaction)
        )
        await keeper_of(interaction).go_on(found.guild_id, number)
        return changed

    changed = await settled(interaction, work(), ephemeral=True, in_place=in_place)
    said = _("Another winner of giveaway {giveaway} is drawn; you read it in <#{channel}>.")
    made = embed(description=said.format(giveaway=changed.marker, channel=changed.channel_id))
    if in_place:
        await redraw(interaction, embed=made, view=View(timeout=None), done=True)
    else:
        await reply(interaction, embed=made, ephemeral=True, done=True)


def _is_paid(winner: Winner) -> bool:
    return winner.state.holds and winner.delivery is Delivery.GIVEN


async def draw_another(interaction: Interaction, number: int, reason: str | None, *, sure: bool = True) -> None:
    """Have another drawn in the place of the only winner, or ask in whose. Not `sure`: ask in any case."""

    async def work() -> tuple[Giveaway, list[Winner], Mapping[int, str]]:
        found = await may_run(interaction, number)
        if found.status is not Status.ENDED:
            raise GiveawayNotDrawn(found.marker)
        giveaway, drawn = await services_of(interaction).giveaway_claims.winners(found.guild_id, number)
        held = [one for one in drawn if one.state.holds]
        return giveaway, held, await names_of(interaction, guild_of(interaction), [one.user_id for one in held[:_MOST]])

    giveaway, held, names = await settled(interaction, work(), ephemeral=True)
    if not held:
        raise NoSuchWinner(giveaway.marker)
    if sure and len(held) == 1:
        await reroll(interaction, number, held[0].user_id, reason)
        return
    said = _("In whose place shall another winner of giveaway {giveaway} (**{prize}**) be drawn?")
    question = embed(description=said.format(giveaway=giveaway.marker, prize=giveaway.prize))
    if len(held) > _MOST:
        question.description = f"{question.description}\n{_('Of the others, name one in `/giveaway reroll`.')}"
    if reason is not None:
        question.add_field(name=_("Reason"), value=reason)
    await reply(interaction, embed=question, view=_whom(giveaway, held[:_MOST], names), ephemeral=True)


def _whom(giveaway: Giveaway, held: Sequence[Winner], names: Mapping[int, str]) -> View:
    options = [
        SelectOption(label=clipped(f"{one.place}. {names.get(one.user_id, one.user_id)}", 100), value=str(one.user_id))
        for one in held
    ]
    custom_id = f"giveaway:whom:v1:{giveaway.number}"
    return View(timeout=None).add_item(Select[Any](custom_id=custom_id, options=options))


def reason_of(interaction: Interaction) -> str | None:
    """The reason that a question shows in its field, if it shows one."""
    asked: list[discord.Embed] = [] if interaction.message is None else list(interaction.message.embeds)
    return next((str(field.value) for one in asked for field in one.fields), None)


class WhomMenu(Menu, template=rf"giveaway:whom:v1:{NUMBER}"):
    """Says in whose place another is drawn."""

    async def chosen(self, interaction: Interaction, values: tuple[str, ...]) -> None:
        """Have the next found, for the reason that the question shows."""
        chosen = "".join(values)
        if not (chosen.isascii() and chosen.isdecimal()):
            raise ControlExpired
        await reroll(interaction, int(self.arguments["number"]), int(chosen), reason_of(interaction), in_place=True)


REROLLING_CONTROLS: tuple[type[Menu], ...] = (WhomMenu,)
