"""How long a ban or a timeout lasts, changed afterwards: the buttons beside "already banned", and their form.

A changed length is a new case that takes the place of the one that was shown. If another stands meanwhile, nothing is
done; so two presses are one change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import discord
from discord.ui import Label, TextInput, View

from bot.actions.authority import guild_of, require_standing
from bot.actions.host import services_of
from bot.cogs.moderation.acting import act, desk_of, settings_of
from bot.cogs.moderation.answers import length_buttons
from bot.domain.cases import MAX_REASON, Case, CaseDetails, CaseKind, CaseState
from bot.domain.durations import parse_duration
from bot.domain.moderation import ACTS
from bot.domain.sanctions import LONGEST, SHORTEST
from bot.errors import AlreadyBanned, CaseChanged, ControlExpired
from bot.i18n import _
from bot.ui.controls import Answers, Control, Form, Interaction

_CASE = r"(?P<case>\d{1,18})"
_LONGEST_TEXT = 60


async def remedy(interaction: Interaction, error: AlreadyBanned) -> View | None:
    """The buttons beside the refusal of a ban, which was refused only to those who may change it."""
    number = int(error.case.removeprefix("#"))
    return length_buttons(await services_of(interaction).cases.find(guild_of(interaction).id, number))


class LengthButton(Control, template=rf"sanction:length:v1:{_CASE}"):
    """Opens the form for another length."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it, for those who may send it."""
        case = await _standing(interaction, self.arguments)
        await interaction.response.send_modal(LengthForm(case))


class ForeverButton(Control, template=rf"sanction:forever:v1:{_CASE}"):
    """Makes a ban permanent."""

    async def pressed(self, interaction: Interaction) -> None:
        """Do it."""
        case = await _standing(interaction, self.arguments)
        if case.kind is not CaseKind.BAN:
            raise ControlExpired
        await _replace(interaction, case, None, case.reason)


class LengthForm(Form):
    """How long from now, and why."""

    template = re.compile(rf"sanction:length-form:v1:{_CASE}")

    def __init__(self, case: Case) -> None:
        is_ban = case.kind is CaseKind.BAN
        title = _("Change the ban") if is_ban else _("Change the timeout")
        super().__init__(title=title, custom_id=f"sanction:length-form:v1:{case.number}")
        hint = _("7d; empty: for good") if is_ban else _("2h")
        length = TextInput[View](custom_id="length", placeholder=hint, max_length=_LONGEST_TEXT, required=not is_ban)
        why = TextInput[View](
            custom_id="reason",
            default=case.reason,
            max_length=MAX_REASON,
            required=False,
            style=discord.TextStyle.paragraph,
        )
        self.add_item(Label(text=_("How long from now"), component=length))
        self.add_item(Label(text=_("Reason"), description=_("They and staff read it."), component=why))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Change it."""
        case = await _standing(interaction, arguments)
        written = answers.text("length").strip()
        seconds = None
        if written or case.kind is not CaseKind.BAN:
            least, most = int(SHORTEST.total_seconds()), int(LONGEST.total_seconds())
            seconds = parse_duration(written, least=least, most=most)
        await _replace(interaction, case, seconds, answers.text("reason").strip() or None)


async def _standing(interaction: Interaction, arguments: Mapping[str, str]) -> Case:
    """The ban or timeout that a control is about, if it holds, for whoever may do such things at all.

    Raises:
        ControlExpired, CaseNotFound, CaseChanged: there is none that could be changed.
        GuildOnly, FeatureOff: not here.
        ActorTimedOut, PermissionNeeded, StaffNeeded: they may not.
    """
    await settings_of(interaction)
    case = await services_of(interaction).cases.find(guild_of(interaction).id, int(arguments["case"]))
    if case.kind not in {CaseKind.BAN, CaseKind.TIMEOUT}:
        raise ControlExpired
    await require_standing(interaction, ACTS[case.kind].permission, ACTS[case.kind].staff)
    if case.state is not CaseState.ACTIVE:
        raise CaseChanged(case.marker)
    return case


async def _replace(interaction: Interaction, case: Case, seconds: int | None, reason: str | None) -> None:
    details = CaseDetails(silent=case.details.silent)
    await act(
        interaction,
        desk_of(interaction).keeper,
        case.kind,
        case.target_id,
        reason=reason,
        seconds=seconds,
        details=details,
        in_place=interaction.message is not None,
        instead_of=case.number,
    )


CONTROLS: tuple[type[Control | Form], ...] = (LengthButton, ForeverButton, LengthForm)


def dynamic_items() -> list[type[Control]]:
    """Those of the controls that discord.py finds by their custom ids."""
    return [control for control in CONTROLS if not issubclass(control, Form)]
