"""What the commands about cases do: show them, change how long they last, and take them back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import discord
from discord.ui import Button, View

from bot.actions.host import services_of, source_of
from bot.actions.sanctions import Enforced, SanctionKeeper
from bot.cogs.moderation import case_pages
from bot.cogs.moderation.acting import desk_of
from bot.cogs.moderation.case_access import changeable, reader_of
from bot.cogs.moderation.proof_files import read
from bot.domain.audit import clipped
from bot.domain.case_search import CaseView
from bot.domain.cases import Case, CaseAmendment, CaseState
from bot.domain.proof import Proof
from bot.errors import CaseChanged
from bot.i18n import _
from bot.ui.answers import redraw, reply, settled
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.controls import Control, SubmittedFile
from bot.ui.theme import embed

Interaction = discord.Interaction[Any]

_LONGEST_LABEL = 80
"""Characters on a button, by Discord."""


async def show(interaction: Interaction, found: CaseView, first: str = "") -> None:
    """Answer with a case; `first` says what was just done."""
    said = case_pages.case(found, first)
    await reply(interaction, embed=said, view=files_view(found), ephemeral=True, done=bool(first))


def files_view(found: CaseView) -> View | None:
    """What stands under a case: a button for each of its files, if it has any."""
    if not found.proofs:
        return None
    view = View(timeout=None)
    for one in found.proofs:
        custom_id = f"case:file:v1:{one.number}:{one.seq}"
        view.add_item(FileButton(Button(label=clipped(one.name, _LONGEST_LABEL), custom_id=custom_id)))
    return view


class FileButton(Control, template=r"case:file:v1:(?P<number>\d{1,18}):(?P<seq>\d{1,4})"):
    """Shows a file of a case, to whoever may read it."""

    async def pressed(self, interaction: Interaction) -> None:
        """Read it from the disk, and hand it out."""
        number, seq = int(self.arguments["number"]), int(self.arguments["seq"])

        async def work() -> tuple[Proof, bytes]:
            return await services_of(interaction).proof.read(await reader_of(interaction), number, seq)

        proof, data = await settled(interaction, work(), ephemeral=True)
        file = discord.File(io.BytesIO(data), proof.name)
        await reply(interaction, embed=case_pages.proof(proof), files=[file], ephemeral=True)


async def proven(interaction: Interaction, number: int, brought: Sequence[SubmittedFile]) -> CaseView:
    """Keep files as proof of a case; the case then.

    Raises:
        ProofTooBig, ProofNotUnderstood, TooMuchProof: a file is not kept, nor those after it.
        DiscordAway: Discord does not hand it out.
    """
    services, case = services_of(interaction), await changeable(interaction, number)
    async for name, data in read(brought):
        await services.proof.add(case.guild_id, number, name, data, by=interaction.user.id)
    return await services.case_search.view(case.guild_id, number)


async def amended(
    interaction: Interaction, keeper: SanctionKeeper, number: int, wanted: CaseAmendment
) -> tuple[CaseView, str]:
    """Change how long a case lasts or what it weighs; the case then, and what to say of it."""
    services = services_of(interaction)
    ends = wanted.lasts is not None or wanted.for_good
    case = await services.cases.find(await reader_of(interaction), number)
    case = await changeable(interaction, number, on_discord=ends and case.slot is not None)
    made = await services.case_edits.amend(case.guild_id, number, wanted, by=interaction.user.id)
    done = await keeper.finish(made, by=interaction.user.name)
    said = _("✅ Changed.")
    if done.delayed is not None:
        said = _("⏳ Changed here. Discord shows it as soon as it lets me.")
    return await services.case_search.view(case.guild_id, number), said


async def void(interaction: Interaction, number: int) -> None:
    """Take a case back; where somebody is banned or timed out by it, ask first, for that is lifted with it."""

    async def work() -> CaseView | Case:
        services, case = services_of(interaction), await changeable(interaction, number)
        if _holds(case):
            return await changeable(interaction, number, on_discord=True)
        await services.case_edits.void(
            case.guild_id, number, by=interaction.user.id, reason=None, via=str(source_of(interaction))
        )
        return await services.case_search.view(case.guild_id, number)

    found = await settled(interaction, work(), ephemeral=True)
    if isinstance(found, CaseView):
        await show(interaction, found, _("✅ It is void. /case restore takes that back."))
        return
    view = VoidConfirm.ask(
        interaction.user.id, f"{number}:{found.version}", yes=_("Void and lift it"), no=_("Leave it")
    )
    await reply(interaction, embed=embed(description=case_pages.void_question(found)), view=view, ephemeral=True)


def _holds(case: Case) -> bool:
    return case.state is CaseState.ACTIVE and case.slot is not None


class VoidConfirm(Confirm, template=confirm_template("case:void:v1", r"(?P<number>\d{1,18}):(?P<version>\d{1,18})")):
    """Asks whether a case is to be void by which somebody is banned or timed out."""

    question = "case:void:v1"

    async def agreed(self, interaction: Interaction) -> None:
        """Lift it, and with that make it void."""
        number, version = int(self.arguments["number"]), int(self.arguments["version"])

        async def work() -> tuple[CaseView, Enforced]:
            services, case = services_of(interaction), await changeable(interaction, number, on_discord=True)
            if case.version != version:
                raise CaseChanged(case.marker)
            why = _("Case {case} is void.").format(case=case.marker)
            made = await services.case_edits.void(
                case.guild_id, number, by=interaction.user.id, reason=why, via=str(source_of(interaction))
            )
            done = await desk_of(interaction).keeper.finish(made, by=interaction.user.name)
            return await services.case_search.view(case.guild_id, number), done

        found, done = await settled(interaction, work(), ephemeral=True, in_place=True)
        shown = case_pages.case(found, case_pages.voided(done))
        await redraw(interaction, embed=shown, view=files_view(found) or View(timeout=None), done=True)
