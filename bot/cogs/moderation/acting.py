"""What all of moderation's commands do: ask who may, have it done, and say what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import discord
import structlog
from discord.ext import commands

from bot.actions.audience import is_quiet
from bot.actions.authority import guild_of, require_act
from bot.actions.host import ServiceHost, interaction_key, services_of, source_of
from bot.actions.letters import Letters
from bot.actions.outbox import OutboxSender
from bot.actions.sanctions import Enforced, SanctionKeeper
from bot.actions.snapshots import Snapshots
from bot.cogs.moderation import answers
from bot.cogs.moderation.proof_files import kept
from bot.domain.cases import Case, CaseDetails, CaseKind, CaseState
from bot.domain.features import Feature
from bot.domain.moderation import ACTS, ModerationSettings
from bot.domain.proof import KeptFile
from bot.domain.sanctions import SanctionOrder
from bot.errors import ControlExpired, GuildOnly, Unavailable
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import SubmittedFile
from bot.ui.speech import address_everybody

_log = structlog.stdlib.get_logger(__name__)

Interaction = discord.Interaction[Any]


def keeper_of(bot: Any) -> SanctionKeeper:
    """What acts on Discord for the commands of a bot."""
    host: ServiceHost = bot
    services = host.services
    sender = OutboxSender(bot, services.outbox, services.preferences)
    return SanctionKeeper(bot, services, Letters(services.outbox, sender.deliver))


async def settings_of(interaction: Interaction) -> ModerationSettings:
    """What a guild set for moderation.

    Raises:
        GuildOnly: used in a direct message.
        FeatureOff: moderation is switched off.
    """
    if interaction.guild_id is None:
        raise GuildOnly
    settings = services_of(interaction).guild_settings
    await settings.require(interaction.guild_id, Feature.MODERATION)
    return (await settings.read(interaction.guild_id, ModerationSettings)).value


class Desk(commands.Cog):
    """Where buttons and forms find what they work with: they are made anew for each press, and keep nothing."""

    def __init__(self, keeper: SanctionKeeper) -> None:
        self.keeper = keeper
        self.snapshots = Snapshots()


def desk_of(interaction: Interaction) -> Desk:
    """What a button or a form works with.

    Raises:
        ControlExpired: this process does not moderate.
    """
    desk = interaction.client.get_cog(Desk.__name__)
    if not isinstance(desk, Desk):
        raise ControlExpired
    return desk


async def act(
    interaction: Interaction,
    keeper: SanctionKeeper,
    kind: CaseKind,
    target_id: int,
    *,
    reason: str | None,
    seconds: int | None = None,
    details: CaseDetails | None = None,
    in_place: bool = False,
    brought: Sequence[SubmittedFile] = (),
    **more: Any,
) -> None:
    """Do an act to somebody, if whoever asks may, and answer. It lasts so many seconds; None: until it is ended.

    The files `brought` become its proof; one that can't be kept stops it. With `in_place` the answer takes the place
    of the message whose button was pressed.
    """
    if brought:
        work = _proof(interaction, kind, target_id, brought)
        more["proof"] = await settled(interaction, work, ephemeral=True, in_place=in_place)
    order = SanctionOrder(
        kind,
        target_id,
        interaction.user.id,
        reason=reason,
        lasts=None if seconds is None else timedelta(seconds=seconds),
        key=interaction_key(interaction),
        via=str(source_of(interaction)),
        details=details or CaseDetails(),
        **more,
    )
    done = await settled(interaction, _checked(interaction, keeper, order), ephemeral=True, in_place=in_place)
    left = await still_held(interaction, done)
    said, buttons = answers.done(done, left, len(order.proof)), answers.buttons(done)
    if in_place:
        await redraw(interaction, embed=said, view=buttons or discord.ui.View(timeout=None), done=True, alone=True)
    else:
        await reply(interaction, embed=said, view=buttons, ephemeral=True, done=True)
    await _notify(interaction, done)


async def still_held(interaction: Interaction, done: Enforced) -> Sequence[Case]:
    """What a rule once made of a warning that was just taken back, and what holds on."""
    case, cases = done.case, services_of(interaction).cases
    if case.kind is not CaseKind.UNWARN or case.related is None:
        return ()
    try:
        found = await cases.following(await cases.find(case.guild_id, case.related))
    except Unavailable:
        return ()
    return [one for one in found if one.slot is not None and one.state is CaseState.ACTIVE]


async def _notify(interaction: Interaction, done: Enforced) -> None:
    """Tell the channel, unsigned, where the server wants that. It is a courtesy: what it can't reach, it leaves."""
    if done.delayed is not None or done.case.details.silent or not (await settings_of(interaction)).public_notice:
        return
    if await is_quiet(interaction, Feature.MODERATION):
        return
    await address_everybody(interaction)
    said = answers.notice(done.case)
    channel = interaction.channel
    if said is None or not isinstance(channel, discord.abc.Messageable):
        return
    try:
        await channel.send(said, allowed_mentions=discord.AllowedMentions.none())
    except discord.HTTPException as error:
        _log.info("no public notice", channel=interaction.channel_id, error=str(error))


async def _proof(
    interaction: Interaction, kind: CaseKind, target_id: int, brought: Sequence[SubmittedFile]
) -> tuple[KeptFile, ...]:
    """Keep files for an act, of nobody who may not do it."""
    await _permitted(interaction, kind, target_id)
    return await kept(interaction, brought)


async def _checked(interaction: Interaction, keeper: SanctionKeeper, order: SanctionOrder) -> Enforced:
    guild_id = await _permitted(interaction, order.kind, order.target_id)
    return await keeper.enforce(guild_id, order, by=interaction.user.name)


async def _permitted(interaction: Interaction, kind: CaseKind, target_id: int) -> int:
    """The guild in which whoever asks may do that to somebody."""
    await settings_of(interaction)
    await require_act(interaction, ACTS[kind], target_id)
    return guild_of(interaction).id
