"""/giveaway verify, and the button of the same below a giveaway that is drawn."""

from __future__ import annotations

import asyncio
import io
from importlib import resources

import discord
from discord import app_commands
from discord.app_commands import Transform
from discord.ext import commands

from bot.actions.audience import address_readers, is_quiet
from bot.actions.authority import guild_of
from bot.actions.host import services_of
from bot.cogs.giveaways.desk import NUMBER
from bot.cogs.giveaways.options import OwnGiveaway
from bot.domain.features import Feature
from bot.domain.giveaway_proof import Misfit
from bot.domain.giveaways import Status
from bot.i18n import N_, _
from bot.services.giveaway_proofs import Proven
from bot.ui import text
from bot.ui.answers import reply, settled
from bot.ui.controls import Control, Interaction
from bot.ui.theme import embed

PROGRAM = "verify_giveaway.py"
"""What checks a proof, without a line of mine."""

_ENVELOPE = 16_384
"""Bytes of an answer beside its files."""

_MISFITS = {
    Misfit.COMMITMENT: N_("The seed is not the one that was promised."),
    Misfit.LIST: N_("The list is not the one that was drawn from."),
    Misfit.ORDER: N_("The order is another one."),
    Misfit.CHECKS: N_("Somebody was looked at out of turn."),
    Misfit.WINNERS: N_("There are more winners than there should be, or fewer."),
}


class ProofCommands(commands.Cog):
    """How a giveaway was drawn."""

    @app_commands.command(
        name="verify",
        description="Draw a giveaway again, and get all that you need to do so yourself.",
        extras={"examples": ["/giveaway verify giveaway:3"]},
    )
    @app_commands.describe(giveaway="Which one; choose from the list.")
    async def verify(self, interaction: Interaction, giveaway: Transform[int, OwnGiveaway(Status.ENDED)]) -> None:
        """Recompute it."""
        quiet = await is_quiet(interaction, Feature.GIVEAWAYS)
        await address_readers(interaction, quiet=quiet)
        await verify(interaction, giveaway, ephemeral=quiet)


class ProofButton(Control, template=rf"giveaway:proof:v1:{NUMBER}"):
    """Check the draw."""

    async def pressed(self, interaction: Interaction) -> None:
        """Recompute it."""
        await verify(interaction, int(self.arguments["number"]), ephemeral=True)


async def verify(interaction: Interaction, number: int, *, ephemeral: bool) -> None:
    """Say whether the winners are right, with the proof and the program that checks it anywhere."""
    work = services_of(interaction).giveaway_proofs.prove(guild_of(interaction).id, number)
    proven = await settled(interaction, work, ephemeral=ephemeral)
    program = await asyncio.to_thread(_program)
    files = [discord.File(io.BytesIO(program), PROGRAM)]
    fits = len(proven.file) + len(program) + _ENVELOPE <= interaction.filesize_limit
    if fits:
        files.insert(0, discord.File(io.BytesIO(proven.file), proven.name))
    await reply(interaction, embed=_told(proven, fits=fits), files=files, ephemeral=ephemeral)


def _program() -> bytes:
    return resources.files("bot").joinpath(PROGRAM).read_bytes()


def _told(proven: Proven, *, fits: bool) -> discord.Embed:
    giveaway, proof = proven.giveaway, proven.proof
    title = _("The draw of giveaway {giveaway}").format(giveaway=giveaway.marker)
    if proven.misfits:
        wrong = "\n".join(_(_MISFITS[one]) for one in proven.misfits)
        said = "\n".join([_("❌ **Something does not fit.**"), wrong])
    else:
        said = _("✅ **The winners are right.** I drew again from the seed and the list, and came to the same.")
    shown = embed(title=title, description=said)
    shown.add_field(name=_("Entrants"), value=text.number(len(proof.entrants)))
    shown.add_field(name=_("Looked at"), value=text.number(len(proof.checks)))
    shown.add_field(name=_("Winners"), value=text.number(len(proof.winners)))
    shown.add_field(name=_("Commitment, as it stood under the giveaway"), value=f"`{proof.commitment}`", inline=False)
    shown.add_field(name=_("Seed"), value=f"`{proof.seed.hex()}`", inline=False)
    shown.add_field(name=_("List"), value=f"`{proof.list_hash}`", inline=False)
    how = _("Check it yourself, with Python alone: `python {program} {proof}`")
    if not fits:
        how = _(
            "The proof is too large for Discord. Whoever runs me gets it by `folkmoot proof {server} {number}`; "
            "check it by `python {program} {proof}`."
        )
    how = how.format(program=PROGRAM, proof=proven.name, server=proof.guild_id, number=proof.number)
    shown.add_field(name=_("Yourself"), value=how, inline=False)
    return shown


PROOF_CONTROLS: tuple[type[Control], ...] = (ProofButton,)
