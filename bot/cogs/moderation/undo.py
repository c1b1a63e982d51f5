"""/undo: takes back what a case, or a batch of cases or locks, did, after showing what changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands
from discord.ui import View

from bot.actions.authority import require_act, require_standing
from bot.actions.host import host_of, interaction_key, services_of, source_of
from bot.actions.sanctions import Enforced, SanctionKeeper
from bot.cogs.moderation import answers
from bot.cogs.moderation.acting import desk_of, settings_of, still_held
from bot.cogs.moderation.options import WHY, usual_reasons
from bot.cogs.moderation.undo_batch import undo_batch, undoable
from bot.domain.case_undo import UNDONE_BY, since, why_not
from bot.domain.case_words import TITLES
from bot.domain.cases import Case, CaseDetails, CaseKind
from bot.domain.moderation import ACTS
from bot.domain.sanctions import SanctionOrder
from bot.errors import CaseChanged, GuildOnly, OneToUndo
from bot.i18n import _
from bot.ui import text
from bot.ui.answers import redraw, reply, settled
from bot.ui.batch_options import parse_batch
from bot.ui.confirm import Confirm, confirm_template
from bot.ui.phrases import said
from bot.ui.staff import for_staff
from bot.ui.theme import embed
from bot.words import Phrase

Interaction = discord.Interaction[Any]

_LARGEST = 2**53 - 1
"""What Discord takes as a whole number."""


@dataclass(frozen=True)
class Preview:
    """A case that somebody wants undone."""

    case: Case
    why_not: Phrase | None
    """Why it can't be; None: it can."""
    since: Sequence[Phrase] = ()
    """What changed about it."""
    vanished: bool = False
    """Whether Discord does not show it any more."""


async def preview_of(interaction: Interaction, keeper: SanctionKeeper, number: int) -> Preview:
    """A case, and whether whoever asks may and can undo it.

    Raises:
        GuildOnly, FeatureOff, CaseNotFound: there is no such case here.
        What `require_act` raises, if it could be undone.
    """
    await settings_of(interaction)
    if interaction.guild_id is None:
        raise GuildOnly
    least = ACTS[CaseKind.NOTE]
    await require_standing(interaction, least.permission, least.staff)  # those who may not learn nothing of the case
    cases = services_of(interaction).cases
    case = await cases.find(interaction.guild_id, number)
    reason = why_not(case)
    if reason is not None:
        return Preview(case, reason)
    await require_act(interaction, ACTS[UNDONE_BY[case.kind]], case.target_id)
    changes = await cases.changes(case.guild_id, number)
    following = await cases.following(case) if case.kind is CaseKind.WARN else ()
    told = tuple(since(case, changes, following, host_of(interaction).now()))
    return Preview(case, None, told, vanished=await keeper.shows(case) is False)


def shown(preview: Preview, reason: str | None = None) -> discord.Embed:
    """What undoing a case would do, why, and what changed since; or why it can't be done."""
    case = preview.case
    head = _("**Case {case} · {kind}** of {member}, {moment}.").format(
        case=case.marker,
        kind=_(TITLES[case.kind]),
        member=text.mention(case.target_id),
        moment=text.timestamp(case.created_at),
    )
    if preview.why_not is not None:
        return embed(description=f"{head}\n{said(preview.why_not)}")
    lines = [head, _would(case), *(said(one) for one in preview.since)]
    if preview.vanished:
        lines.append(_("Discord does not show it any more: somebody lifted it by hand. So only the case is set right."))
    question = embed(title=_("Undo this?"), description="\n".join(lines))
    if reason is not None:
        question.add_field(name=_("Reason"), value=reason)
    return question


def _reason_in(interaction: Interaction) -> str | None:
    """The reason in the question that was answered: what was shown is what is done, also after a restart."""
    message = interaction.message
    fields = [one for shown in ([] if message is None else message.embeds) for one in shown.fields]
    return next((one.value for one in fields), None)


def _would(case: Case) -> str:
    match case.kind:
        case CaseKind.BAN:
            return _("The ban is lifted; they may come back with an invite.")
        case CaseKind.TIMEOUT:
            return _("The timeout is lifted.")
        case CaseKind.WARN:
            return _("The warning becomes void, and its points are gone.")
        case _:
            return _("The warning counts again. No rule acts on that.")


class UndoConfirm(
    Confirm, template=confirm_template("moderation:undo:v1", r"(?P<case>\d{1,19})\.(?P<version>\d{1,19})")
):
    """Undoes a case as it was shown, or leaves it."""

    question = "moderation:undo:v1"

    async def agreed(self, interaction: Interaction) -> None:
        """Undo it, if nobody changed it since it was shown.

        Raises:
            CaseChanged: somebody did.
            What `preview_of` and `SanctionKeeper.enforce` raise.
        """
        page = await settled(interaction, self._undone(interaction), ephemeral=True, in_place=True)
        await redraw(interaction, embed=page, view=View(timeout=None), done=True)

    async def _undone(self, interaction: Interaction) -> discord.Embed:
        keeper = desk_of(interaction).keeper
        preview = await preview_of(interaction, keeper, int(self.arguments["case"]))
        case, services = preview.case, services_of(interaction)
        if case.version != int(self.arguments["version"]) or preview.why_not is not None:
            raise CaseChanged(case.marker)
        if case.kind is CaseKind.UNWARN:
            warning = await services.warnings.restore(
                case.guild_id, case.number, by=interaction.user.id, reason=_reason_in(interaction)
            )
            return embed(description=_("The warning counts again: case {case}.").format(case=warning.marker))
        if preview.vanished:
            lifted = await keeper.admit_lifted(case)
            services.agreement.ask(case.guild_id)  # the audit log may say who it was
            return embed(
                description=_("Somebody had lifted it by hand. Case {case} says so.").format(case=lifted.marker)
            )
        done = await _enforced(interaction, keeper, case)
        left = await still_held(interaction, done)
        return answers.done(done, left)


async def _enforced(interaction: Interaction, keeper: SanctionKeeper, case: Case) -> Enforced:
    order = SanctionOrder(
        UNDONE_BY[case.kind],
        case.target_id,
        interaction.user.id,
        reason=_reason_in(interaction),
        key=interaction_key(interaction),
        via=str(source_of(interaction)),
        details=CaseDetails(silent=case.details.silent),
        undoes=case.number,
    )
    return await keeper.enforce(case.guild_id, order, by=interaction.user.name)


class UndoCog(commands.Cog):
    """What should not have been done."""

    def __init__(self, keeper: SanctionKeeper) -> None:
        self._keeper = keeper

    @for_staff
    @app_commands.command(
        name="undo",
        description="Undo a ban, a timeout, a warning or a batch; you see first what changed since.",
        extras={"examples": ["/undo case:12 reason:Appealed", "/undo batch:Mass ban"]},
    )
    @app_commands.describe(
        case="The number of the case.",
        batch="A mass ban, or a lock of the whole server; choose from the list.",
        reason="Why; staff reads it.",
    )
    @app_commands.autocomplete(batch=undoable, reason=usual_reasons)
    @app_commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def undo(
        self,
        interaction: Interaction,
        case: Range[int, 1, _LARGEST] | None = None,
        batch: str | None = None,
        reason: WHY | None = None,
    ) -> None:
        """Show what it would do, and ask."""
        if (case is None) is (batch is None):
            raise OneToUndo
        if batch is not None:
            await undo_batch(interaction, parse_batch(batch), reason)
        elif case is not None:
            await self._ask(interaction, case, reason)

    async def _ask(self, interaction: Interaction, case: int, reason: str | None) -> None:
        preview = await settled(interaction, preview_of(interaction, self._keeper, case), ephemeral=True)
        view = None
        if preview.why_not is None:
            about = f"{preview.case.number}.{preview.case.version}"
            view = UndoConfirm.ask(interaction.user.id, about, yes=_("Yes, undo it"), no=_("Leave it"))
        await reply(interaction, embed=shown(preview, reason), view=view, ephemeral=True)
