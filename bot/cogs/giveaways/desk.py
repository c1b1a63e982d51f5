"""The desk of a giveaway: how it will look, and the controls by which staff changes it until it is drawn."""

from __future__ import annotations

import discord

from bot.actions.giveaways import GiveawayKeeper
from bot.actions.host import services_of
from bot.cogs.giveaways.desk_views import Page, controls
from bot.domain.giveaways import Giveaway, Status
from bot.domain.outbox import Payload
from bot.i18n import _
from bot.ui import text
from bot.ui.answers import redraw, reply
from bot.ui.controls import Interaction
from bot.ui.theme import embed

NUMBER = r"(?P<number>\d{1,20})"


def keeper_of(interaction: Interaction) -> GiveawayKeeper:
    """Whoever carries out what is owed about giveaways."""
    services = services_of(interaction)
    return GiveawayKeeper(
        interaction.client, services.giveaway_file, services.giveaway_drawing, services.giveaway_claims
    )


async def open_desk(
    interaction: Interaction,
    giveaway: Giveaway,
    said: str | None = None,
    *,
    page: Page = Page.HOME,
    in_place: bool,
    done: bool = False,
) -> None:
    """Show a giveaway with its controls."""
    payload = await services_of(interaction).giveaway_message.preview(giveaway)
    about, below = _about(giveaway, said), [_preview(payload)]
    view = controls(giveaway, page, interaction.guild)
    if in_place:
        await redraw(interaction, embed=about, below=below, view=view, done=done)
    else:
        await reply(interaction, embed=about, below=below, view=view, ephemeral=True, done=done)


def _about(giveaway: Giveaway, said: str | None) -> discord.Embed:
    """What the message does not show."""
    lines = [said] if said else []
    if giveaway.status is Status.DRAFT:
        lines.append(_("Nobody can enter until you publish it."))
    elif giveaway.status is Status.RUNNING:
        lines.append(_("It runs: what you change is shown under it at once."))
    where = _("In <#{channel}>").format(channel=giveaway.channel_id)
    waits = giveaway.starts_at is not None and giveaway.status in {Status.DRAFT, Status.SCHEDULED}
    lines.append(f"{where}, {_starts(giveaway)}" if waits else where)
    if giveaway.claim_within is not None:
        lines.append(_("Winners have {length} to claim.").format(length=text.duration(giveaway.claim_within)))
    prize = giveaway.given
    if prize.role_id is not None:
        role = f"<@&{prize.role_id}>"
        length = None if prize.role_for is None else text.duration(prize.role_for)
        lines.append(
            _("Winners get {role}.").format(role=role)
            if length is None
            else _("Winners get {role} for {length}.").format(role=role, length=length)
        )
    if prize.coins:
        lines.append(_("Winners get {coins}.").format(coins=text.coins(prize.coins)))
    title = _("Giveaway {giveaway}").format(giveaway=giveaway.marker)
    return embed(title=title, description="\n".join(lines))


def _starts(giveaway: Giveaway) -> str:
    assert giveaway.starts_at is not None  # noqa: S101 — for the type checker; the caller looked
    return _("starting {when}").format(when=text.timestamp(giveaway.starts_at))


def _preview(payload: Payload) -> discord.Embed:
    return discord.Embed.from_dict(dict(payload.embed or {}))


def published(giveaway: Giveaway) -> str:
    """What is said to whoever published it."""
    if giveaway.status is Status.SCHEDULED and giveaway.starts_at is not None:
        return _("✅ It starts {when}.").format(when=text.timestamp(giveaway.starts_at))
    return _("✅ It runs, in <#{channel}>.").format(channel=giveaway.channel_id)
