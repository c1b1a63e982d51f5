"""The entries "Moderate member" and "Moderate author" in the menus of people and messages: one form for every act."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import SelectOption, app_commands
from discord.ui import FileUpload, Label, Select, TextInput, View

from bot.actions.authority import require_standing
from bot.cogs.moderation.acting import act, desk_of, settings_of
from bot.domain.authority import Permission
from bot.domain.case_words import TITLES
from bot.domain.cases import MAX_REASON, CaseDetails, CaseKind
from bot.domain.durations import parse_duration
from bot.domain.moderation import MODERATOR, ModerationSettings
from bot.domain.proof import MOST_IN_FORM
from bot.domain.sanctions import LONGEST, SHORTEST
from bot.errors import ControlExpired, MisplacedInForm, ReasonNeeded
from bot.i18n import _
from bot.ui import text
from bot.ui.answers import settled
from bot.ui.controls import Answers, Form, Interaction
from bot.words import N_

ANY_ACT = Permission.MODERATE_MEMBERS | Permission.KICK_MEMBERS | Permission.BAN_MEMBERS
"""Whoever has one of these may see the form; what they may do with it is asked when it is sent."""

_ACTS = (
    CaseKind.WARN, CaseKind.NOTE, CaseKind.TIMEOUT, CaseKind.UNTIMEOUT,
    CaseKind.KICK, CaseKind.SOFTBAN, CaseKind.BAN, CaseKind.UNBAN,
)  # fmt: skip
_LASTING = {CaseKind.TIMEOUT, CaseKind.BAN}
_DELETING = {CaseKind.SOFTBAN, CaseKind.BAN}
_SAYING = {CaseKind.WARN, CaseKind.NOTE}
_USUAL = "usual"
_DAY = 86_400
_DELETIONS = (0, 3_600, 6 * 3_600, _DAY, 3 * _DAY, 7 * _DAY)
_SAID = {CaseKind.UNTIMEOUT: N_("Lift the timeout")}
"""Acts whose cases are called what came of them."""

_LONGEST_TEXT = 60


class ActForm(Form):
    """What to do to somebody, and why; about a message (0: none) that becomes part of the case."""

    template = re.compile(r"sanction:act:v1:(?P<target>\d{1,20}):(?P<message>\d{1,20})")

    def __init__(self, who: discord.abc.User, message_id: int = 0) -> None:
        title = _("Moderate {member}").format(member=who.display_name)
        super().__init__(title=title[:45], custom_id=f"sanction:act:v1:{who.id}:{message_id}")
        acts = [SelectOption(label=_(_SAID.get(kind, TITLES[kind])), value=kind.value) for kind in _ACTS]
        why = TextInput[View](
            custom_id="reason", max_length=MAX_REASON, required=False, style=discord.TextStyle.paragraph
        )
        length = TextInput[View](custom_id="length", max_length=_LONGEST_TEXT, required=False, placeholder=_("2h, 7d"))
        words = _("Of a timeout or a ban. Empty: the usual length; a ban is for good.")
        self.add_item(Label(text=_("What to do"), component=Select(custom_id="act", options=acts)))
        self.add_item(
            Label(text=_("Reason"), description=_("They and staff read it; of a note only staff."), component=why)
        )
        self.add_item(Label(text=_("How long"), description=words, component=length))
        self.add_item(
            Label(text=_("Delete their messages"), description=_("With a ban or a softban."), component=_far())
        )
        kept = _("Pictures, recordings, PDF or plain text, up to 10 MiB each; kept with the case.")
        files = FileUpload[View](custom_id="proof", required=False, min_values=0, max_values=MOST_IN_FORM)
        self.add_item(Label(text=_("Proof"), description=kept, component=files))

    @classmethod
    async def submitted(cls, interaction: Interaction, arguments: Mapping[str, str], answers: Answers) -> None:
        """Do it, if whoever sent it may."""
        desk, target_id, message_id = desk_of(interaction), int(arguments["target"]), int(arguments["message"])
        settings = await settings_of(interaction)
        kind = _chosen(answers)
        seconds, deleted = _how_long(kind, answers, settings), _how_far(kind, answers, settings)
        reason = answers.text("reason").strip() or None
        if reason is None and kind in _SAYING:
            raise ReasonNeeded
        message = None
        if message_id:
            work = desk.snapshots.find(interaction, message_id, target_id)
            message = await settled(interaction, work, ephemeral=True)
        more: dict[str, Any] = {"severity": 1, "points": 1} if kind is CaseKind.WARN else {}
        brought = answers.files("proof")
        if len(brought) > MOST_IN_FORM:
            raise ControlExpired
        details = CaseDetails(deleted, message=message)
        more |= {"seconds": seconds, "details": details, "brought": brought}
        await act(interaction, desk.keeper, kind, target_id, reason=reason, **more)


def _far() -> Select[View]:
    options = [SelectOption(label=_("As usual in this server"), value=_USUAL, default=True)]
    for seconds in _DELETIONS:
        said = _("None") if seconds == 0 else _("Up to {length} old").format(length=text.duration(seconds))
        options.append(SelectOption(label=said, value=str(seconds)))
    return Select(custom_id="delete", options=options)


def _chosen(answers: Answers) -> CaseKind:
    """The act, which must be one that was offered."""
    found = _only(answers.choices.get("act", ()))
    if found not in _ACTS:
        raise ControlExpired
    return CaseKind(found)


def _how_long(kind: CaseKind, answers: Answers, settings: ModerationSettings) -> int | None:
    written = answers.text("length").strip()
    if written and kind not in _LASTING:
        raise MisplacedInForm
    if written:
        return parse_duration(written, least=int(SHORTEST.total_seconds()), most=int(LONGEST.total_seconds()))
    if kind is CaseKind.WARN:
        return settings.points_count
    return settings.default_timeout if kind is CaseKind.TIMEOUT else None


def _how_far(kind: CaseKind, answers: Answers, settings: ModerationSettings) -> int:
    chosen = _only(answers.choices.get("delete", ())) or _USUAL
    if chosen == _USUAL:
        return {CaseKind.BAN: settings.delete_messages, CaseKind.SOFTBAN: settings.softban_deletes}.get(kind, 0)
    if chosen not in {str(seconds) for seconds in _DELETIONS}:
        raise ControlExpired
    if kind not in _DELETING and chosen != "0":
        raise MisplacedInForm
    return int(chosen)


def _only(values: Sequence[str]) -> str:
    return next(iter(values), "")


@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
async def moderate_member(interaction: Interaction, person: discord.Member | discord.User) -> None:
    """Open the form about whoever was clicked on."""
    await settings_of(interaction)
    await require_standing(interaction, ANY_ACT, MODERATOR)
    await interaction.response.send_modal(ActForm(person))


@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
async def moderate_author(interaction: Interaction, message: discord.Message) -> None:
    """Open the form about whoever wrote a message, and keep what it says."""
    await settings_of(interaction)
    await require_standing(interaction, ANY_ACT, MODERATOR)
    desk_of(interaction).snapshots.keep(interaction, message)
    await interaction.response.send_modal(ActForm(message.author, message.id))


def menus() -> list[app_commands.ContextMenu]:
    """What is added to the menus of people and of messages."""
    about: list[tuple[str, Any]] = [("Moderate member", moderate_member), ("Moderate author", moderate_author)]
    return [app_commands.ContextMenu(name=name, callback=callback) for name, callback in about]


CONTROLS: tuple[type[Form], ...] = (ActForm,)
