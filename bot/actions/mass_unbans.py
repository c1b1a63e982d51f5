"""What undoes a mass ban: it lifts the bans that are still those of the batch, each by a case of its own."""

from __future__ import annotations

from collections.abc import Mapping

import discord

from bot.actions.ban_ground import ground_of
from bot.actions.batch_kinds import BatchKind, Request
from bot.actions.batch_outcomes import PAUSE
from bot.actions.bulk_bans import banned_among, bans_among, may_ban_many, of_case, serves
from bot.actions.sanctions import SanctionKeeper
from bot.domain.batches import Job, Later, Outcome, Plan, Planned, Report, Skipped
from bot.domain.cases import CaseDetails, CaseKind, CaseState, Slot
from bot.domain.features import Feature
from bot.domain.sanctions import SanctionOrder, is_marked
from bot.errors import CaseChanged
from bot.i18n import _, ngettext
from bot.services import Services
from bot.ui import text

UNBAN = "moderation.unban"

PER_SECOND = 5


class MassUnbans:
    """The kind of batch that undoes a mass ban."""

    def __init__(self, client: discord.Client, services: Services, keeper: SanctionKeeper) -> None:
        self._client = client
        self._services = services
        self._keeper = keeper

    def kind(self) -> BatchKind:
        """It, for `BatchActions.add`."""
        return BatchKind(
            UNBAN, may_ban_many, self._plan, self._unban, PER_SECOND, serves=self._serves, ended=self._ended
        )

    async def _plan(self, request: Request) -> Plan:
        guild_id, batch_id = request.guild_id, int(request.parameters["batch"])
        await self._services.guild_settings.require(guild_id, Feature.MODERATION)
        batch = await self._services.batches.get(guild_id, batch_id)
        results = await self._services.batches.results(guild_id, batch_id)
        cases = await self._services.bulk_bans.of_batch(guild_id, batch_id)
        banned = await banned_among(self._client, guild_id, cases)
        labels = {one.target: one.label for one in results}
        targets: list[Planned] = []
        for user_id, (number, _kind, state) in cases.items():
            if state is CaseState.FAILED:
                continue
            skip = _changed(state, number, banned, user_id)
            targets.append(Planned(user_id, labels.get(user_id, str(user_id)), skip))
        wanted = sum(one.skip is None for one in targets)
        would = ngettext("{count} ban would be lifted.", "{count} bans would be lifted.", wanted)
        title = _("Undo: {title}").format(title=batch.title)
        return Plan(title, would.format(count=text.number(wanted)), targets)

    async def _unban(self, job: Job) -> Outcome:
        """Lift a ban, if it is still the one that the batch made."""
        guild_id, sanctions = job.guild_id, self._services.sanctions
        await ground_of(self._client, self._services, guild_id, job.asked_by)
        key, undoes = (guild_id, job.target, Slot.BAN), None
        if not await self._services.bulk_bans.known(guild_id, [job.key]):
            active, _underway = await sanctions.standing(*key)
            if active is None or active.batch_id != int(job.parameters["batch"]):
                return Skipped(_not_standing())
            banned = await bans_among(self._client, guild_id, [job.target])
            if job.target not in banned:
                await sanctions.vanished(*key, active.number)
            if not is_marked(banned.get(job.target), active.number):
                return Skipped(_not_standing())
            undoes = active.number
        try:
            made = await self._keeper.enforce(guild_id, _unban_order(job, undoes))
        except CaseChanged:  # somebody banned them anew since
            return Skipped(_not_standing())
        if made.delayed is not None:
            return Later(_("I noted it, and do it as soon as Discord lets me."), PAUSE)
        return of_case(made.case)

    async def _serves(self, guild_id: int) -> bool:
        return await serves(self._client, guild_id)

    async def _ended(self, report: Report) -> None:
        await self._services.bulk_bans.tell(report, CaseKind.UNBAN)


def _unban_order(job: Job, undoes: int | None) -> SanctionOrder:
    return SanctionOrder(
        CaseKind.UNBAN,
        job.target,
        job.asked_by,
        reason=job.parameters.get("reason"),
        key=job.key,
        via="massban",
        details=CaseDetails(silent=True),
        undoes=undoes,
        batch_id=job.batch_id,
    )


def _not_standing() -> str:
    return _("this ban does not stand any more")


def _changed(state: CaseState, number: int, banned: Mapping[int, str | None], user_id: int) -> str | None:
    """Why a ban of the batch is not there to be lifted any more; None: it is."""
    if state is CaseState.ENDED:
        return _("was lifted since")
    if state is CaseState.SUPERSEDED:
        return _("another case took its place")
    if state is not CaseState.ACTIVE:
        return _not_standing()
    if user_id not in banned:
        return _("was lifted by hand")
    return None if is_marked(banned[user_id], number) else _("was lifted by hand, and banned anew")
