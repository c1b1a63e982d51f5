"""/giveaway verify, and the button of the same below a giveaway that is drawn."""

from __future__ import annotations

import asyncio
import gzip
import io
from importlib import resources

import discord
from discord import app_commands
from discord.app_commands import Transform
from discord.ext import commands

from bot.actions.authority import guild_of
from bot.actions.host import services_of
from bot.cogs.giveaways.desk import NUMBER
from bot.cogs.giveaways.options import OwnGiveaway
from bot.domain.giveaway_proof import GiveawayProof, Misfit
from bot.domain.giveaways import Status
from bot.i18n import N_, _
from bot.services.giveaway_proofs import Proven
from bot.ui import text
from bot.ui.answers import reply, settled
from bot.ui.controls import Control, Interaction
from bot.ui.theme import embed

_PROOF, _PROGRAM = "proof.json", "verify_giveaway.py"

_PLAIN = 4 << 20
"""Bytes of a proof above which it is packed, so that Discord takes it."""

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
        await verify(interaction, giveaway)


class ProofButton(Control, template=rf"giveaway:proof:v1:{NUMBER}"):
    """Check the draw."""

    async def pressed(self, interaction: Interaction) -> None:
        """Recompute it."""
        await verify(interaction, int(self.arguments["number"]))


async def verify(interaction: Interaction, number: int) -> None:
    """Say whether the winners are right, with the proof and the program that checks it anywhere."""

    async def work() -> tuple[Proven, discord.File]:
        proven = await services_of(interaction).giveaway_proofs.prove(guild_of(interaction).id, number)
        return proven, await asyncio.to_thread(_file, proven.proof)

    proven, proof = await settled(interaction, work(), ephemeral=True)
    program = discord.File(io.BytesIO(await asyncio.to_thread(_program)), _PROGRAM)
    await reply(interaction, embed=_told(proven), files=[proof, program], ephemeral=True)


def _file(proof: GiveawayProof) -> discord.File:
    """The proof as a file; one of many entrants is packed."""
    plain = b"".join(chunk.encode("ascii") for chunk in proof.chunks())
    if len(plain) <= _PLAIN:
        return discord.File(io.BytesIO(plain), _PROOF)
    return discord.File(io.BytesIO(gzip.compress(plain)), f"{_PROOF}.gz")


def _program() -> bytes:
    return resources.files("bot").joinpath(_PROGRAM).read_bytes()


def _told(proven: Proven) -> discord.Embed:
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
    how = _("Check it yourself, with Python alone: `python {program} {proof}`").format(program=_PROGRAM, proof=_PROOF)
    shown.add_field(name=_("Yourself"), value=how, inline=False)
    return shown


PROOF_CONTROLS: tuple[type[Control], ...] = (ProofButton,)
