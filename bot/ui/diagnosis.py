"""What a diagnosis looks like: each finding in words, with its one step, and buttons for the steps that are mine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import discord
from discord import ButtonStyle
from discord.ui import Button, View

from bot.domain.findings import (
    SERVER,
    Allow,
    AskForMessages,
    ChannelOpen,
    Choose,
    CommandsHidden,
    Diagnosis,
    DropRole,
    EndGrants,
    Finding,
    Forget,
    HideChannel,
    IntentOff,
    LetGo,
    LookYourself,
    MessagesGivenUp,
    MoveMeAbove,
    NotSeen,
    Own,
    PanelBroken,
    PermissionMissing,
    RemoveReward,
    RoleOutOfReach,
    RoleWaits,
    SendAgain,
    SendPanel,
    SettingUnset,
    Severity,
    ShowCommands,
    ShowToStaff,
    StaffBlind,
    Step,
    SwitchedOff,
    SwitchIntentOn,
    SwitchOn,
    Thing,
    ThingGone,
    Trouble,
    TryRole,
    Unseen,
    written,
)
from bot.domain.outbox import GivenUp, Target
from bot.domain.ticket_topics import BrokenPanel, PanelTrouble
from bot.domain.visibility import Hidden
from bot.i18n import _, ngettext
from bot.ui import text
from bot.ui.manual import permission_names
from bot.ui.roles import problem
from bot.ui.theme import embed

EVERYTHING = "all"
"""In place of a feature's name: a diagnosis of the whole server."""

_MOST = 10
"""Findings that are written out; the others are counted, and each feature can be asked for alone."""

_LONGEST_REASON = 160
_MOST_SWITCHES = 10
_MARKS = {Severity.FAULT: "❌", Severity.WARNING: "⚠️", Severity.ADVICE: "💡", Severity.OFF: "⚪"}
_INTENTS = {
    "members": "Server Members Intent",
    "message_content": "Message Content Intent",
    "presences": "Presence Intent",
}
"""As the Developer Portal calls them."""


@dataclass(frozen=True)
class Place:
    """The server that a diagnosis is about, as its things are named where it is read."""

    guild: discord.Guild
    is_here: bool
    """Whether it is read there; elsewhere Discord can't draw its roles."""
    command_ids: Mapping[str, int]

    @property
    def me(self) -> str:
        """The bot, as Server Settings → Integrations lists it."""
        return discord.utils.escape_markdown(self.guild.me.name)

    def role(self, role_id: int) -> str:
        """A role; one that is gone by its id alone."""
        role = self.guild.get_role(role_id)
        if role is None:
            return f"`{role_id}`"
        if role.is_default():
            return "@everyone"
        return role.mention if self.is_here else f"**@{discord.utils.escape_markdown(role.name)}**"

    def channel(self, channel_id: int) -> str:
        """A channel; one that is gone by its id alone."""
        return f"`{channel_id}`" if self.guild.get_channel_or_thread(channel_id) is None else f"<#{channel_id}>"

    def command(self, name: str) -> str:
        """A command, to be pressed where that works."""
        command_id = self.command_ids.get(name)
        return f"`/{name}`" if command_id is None or not self.is_here else f"</{name}:{command_id}>"


def diagnosis_embed(found: Diagnosis, place: Place) -> discord.Embed:
    """All findings, and how each feature is."""
    lines = [*_summary(found), ""]
    for number, finding in enumerate(_shown(found), 1):
        title = _title(found, finding)
        lines.append(f"{_MARKS[finding.severity]} **{number} · {title}** · {_trouble(finding.trouble, place)}")
        lines += [f"→ {_step(finding.step, place, number)}", ""]
    more = len(_told(found)) - len(_shown(found))
    if more:
        said = ngettext(
            "{count} more is not shown. Mend these first, or ask about one feature alone.",
            "{count} more are not shown. Mend these first, or ask about one feature alone.",
            more,
        )
        lines += [said.format(count=text.number(more)), ""]
    lines.append(" · ".join(f"{_mark(found, one.chapter.name)} {_(one.chapter.title)}" for one in found.features))
    title = _("Diagnosis of {server}").format(server=discord.utils.escape_markdown(place.guild.name))
    return embed(title=title, description="\n".join(lines))


def diagnosis_view(found: Diagnosis, place: Place, scope: str) -> View:
    """Buttons for the steps that are mine, and one to look again. Their ids carry everything they must know."""
    view, about = View(timeout=None), f"{place.guild.id}:{scope}"
    for label, step, style in _own(found):
        view.add_item(Button(label=label[:80], style=style, custom_id=f"diagnose:mend:v1:{about}:{written(step)}"))
    view.add_item(Button(label=_("Look again"), style=ButtonStyle.primary, custom_id=f"diagnose:look:v1:{about}"))
    return view


def open_channel_warning(channel_id: int, reveals: Sequence[str], place: Place) -> str:
    """A line that everybody can read a channel for staff, with what to do about it."""
    trouble, step = ChannelOpen(channel_id, tuple(reveals)), HideChannel(channel_id)
    return f"{_MARKS[Severity.WARNING]} {_trouble(trouble, place)} {_step(step, place, 0)}"


def _own(found: Diagnosis) -> Iterator[tuple[str, Own, ButtonStyle]]:
    for number, finding in enumerate(_shown(found), 1):
        if isinstance(finding.step, Own):
            yield f"{number} · {_label(finding.step)}", finding.step, ButtonStyle.secondary
    switches = [one for one in found.findings if one.severity is Severity.OFF and isinstance(one.step, SwitchOn)]
    for finding in switches[:_MOST_SWITCHES]:
        if isinstance(finding.step, SwitchOn):
            label = _("Switch on: {feature}").format(feature=_title(found, finding))
            yield label, finding.step, ButtonStyle.success


def _label(step: Own) -> str:
    match step:
        case Forget():
            return _("Forget it")
        case DropRole():
            return _("End these grants")
        case TryRole():
            return _("Try now")
        case SendAgain():
            return _("Send again")
        case SwitchOn():
            return _("Switch it on")


def _told(found: Diagnosis) -> Sequence[Finding]:
    """The findings that are written out: what is off is no fault, and stands in the last line."""
    return [one for one in found.findings if one.severity is not Severity.OFF]


def _shown(found: Diagnosis) -> Sequence[Finding]:
    return _told(found)[:_MOST]


def _summary(found: Diagnosis) -> Iterator[str]:
    faults, warnings = found.count(Severity.FAULT), found.count(Severity.WARNING)
    if found.features and all(found.verdict(one.chapter.name) is Severity.OFF for one in found.features):
        yield _("⚪ **This is switched off here.** That is no fault.")
    elif not faults and not warnings:
        yield _("✅ **All is well.** Everything that is switched on will work here.")
    if faults:
        said = ngettext("❌ **{count} thing does not work.**", "❌ **{count} things do not work.**", faults)
        yield said.format(count=text.number(faults))
    if warnings:
        said = ngettext(
            "⚠️ **{count} thing should be looked at.**", "⚠️ **{count} things should be looked at.**", warnings
        )
        yield said.format(count=text.number(warnings))


def _mark(found: Diagnosis, name: str) -> str:
    verdict = found.verdict(name)
    return "✅" if verdict is None or verdict is Severity.ADVICE else _MARKS[verdict]


def _title(found: Diagnosis, finding: Finding) -> str:
    if finding.feature == SERVER:
        return _("The server")
    return next((_(one.chapter.title) for one in found.features if one.chapter.name == finding.feature), "")


# What is wrong ------------------------------------------------------------------------------------------


def _trouble(trouble: Trouble, place: Place) -> str:  # noqa: PLR0911 — a table
    match trouble:
        case IntentOff(intent, without):
            said = _("**{intent}** is off. Discord will refuse me at the next start; until then: {without}")
            return said.format(intent=_INTENTS.get(intent, intent), without=_(without))
        case PermissionMissing(permissions, None, without):
            said = _("I lack {permissions} in this server. {without}")
            return said.format(permissions=_permissions(permissions), without=_(without))
        case PermissionMissing(permissions, channel_id, without):
            said = _("I lack {permissions} in {channel}. {without}")
            there = place.channel(channel_id or 0)
            return said.format(permissions=_permissions(permissions), channel=there, without=_(without))
        case ThingGone():
            return _gone(trouble)
        case RoleOutOfReach(role_id, why, members):
            said = _("I can neither give nor take {role}: {problem}")
            concerned = ngettext("It concerns {count} member.", "It concerns {count} members.", members)
            tail = f" {concerned.format(count=text.number(members))}" if members else ""
            return said.format(role=place.role(role_id), problem=problem(why)) + tail
        case RoleWaits():
            return _waits(trouble, place)
        case SettingUnset(setting, without):
            said = _("**{setting}** was never chosen. {without}")
            return said.format(setting=_(setting.title), without=_(without))
        case MessagesGivenUp() | PanelBroken():
            return _unsaid(trouble, place)
        case SwitchedOff():
            return _("switched off")
        case _:
            return _who_sees(trouble, place)


def _who_sees(trouble: CommandsHidden | StaffBlind | ChannelOpen | NotSeen, place: Place) -> str:
    match trouble:
        case CommandsHidden(commands, Hidden.FROM_EVERYONE):
            said = _("{commands}: hidden from everyone but administrators.")
        case CommandsHidden(commands):
            said = _("{commands}: hidden in every channel from everyone but administrators.")
        case StaffBlind(command, role_ids):
            roles = " ".join(place.role(one) for one in role_ids)
            said = _("{roles} may use {command}, and Discord does not show it to them.")
            return said.format(roles=roles, command=place.command(command))
        case ChannelOpen(channel_id, reveals):
            said = _("Everybody here can read {channel}. {reveals}")
            return said.format(channel=place.channel(channel_id), reveals=" ".join(map(_, reveals)))
        case NotSeen(Unseen.INTENTS):
            return _("Discord did not tell me which of my intents are on.")
        case NotSeen():
            return _("Discord did not tell me who is shown which of my commands.")
    return said.format(commands=" ".join(f"`/{one}`" for one in commands))


def _gone(trouble: ThingGone) -> str:
    names = ", ".join(f"**{_(one.section.title)} · {_(one.title)}**" for one in trouble.settings)
    if trouble.what is Thing.CHANNEL:
        said = _("A channel that is set here was deleted (`{id}`): {settings}.")
    else:
        said = _("A role that is set here was deleted (`{id}`): {settings}.")
    return said.format(id=trouble.id, settings=names)


def _waits(trouble: RoleWaits, place: Place) -> str:
    said = ngettext(
        "{role} could not be given to {count} member, or taken back. Nothing is in the way any more.",
        "{role} could not be given to {count} members, or taken back. Nothing is in the way any more.",
        trouble.members,
    ).format(role=place.role(trouble.role_id), count=text.number(trouble.members))
    if trouble.detail is None:
        return said
    return f"{said} {_('Discord said: {reason}').format(reason=_quoted(trouble.detail))}"


def _unsaid(trouble: MessagesGivenUp | PanelBroken, place: Place) -> str:
    return _lost(trouble.lost, place) if isinstance(trouble, MessagesGivenUp) else _panel(trouble.panel)


def _lost(lost: GivenUp, place: Place) -> str:
    is_user = lost.destination.target is Target.USER
    where = text.mention(lost.destination.id) if is_user else place.channel(lost.destination.id)
    said = ngettext(
        "{count} message to {place} never arrived, {when}: {reason}",
        "{count} messages to {place} never arrived, the last {when}: {reason}",
        lost.count,
    )
    when = text.timestamp(lost.last_at)
    return said.format(count=text.number(lost.count), place=where, when=when, reason=_quoted(lost.reason))


def _panel(panel: BrokenPanel) -> str:
    if panel.trouble is PanelTrouble.GONE:
        said = _("The message of the panel **{panel}** was deleted: nobody can open tickets by it.")
    else:
        said = _("Discord did not take the panel **{panel}** as it is now. An emoji may be the reason.")
    return said.format(panel=discord.utils.escape_markdown(panel.name))


def _quoted(reason: str) -> str:
    """Discord's own words, so that they can neither draw nor call anybody."""
    return f"`{reason[:_LONGEST_REASON].replace('`', '').strip() or '…'}`"


def _permissions(names: Sequence[str]) -> str:
    wanted = discord.Permissions(**dict.fromkeys(names, True))
    return ", ".join(f"**{name}**" for name in permission_names(wanted.value))


# What mends it ------------------------------------------------------------------------------------------


def _step(step: Step, place: Place, number: int) -> str:  # noqa: PLR0911 — a table
    match step:
        case SwitchIntentOn(intent):
            said = _("Whoever runs me: in the **Developer Portal → Bot** switch on **{intent}**.")
            return said.format(intent=_INTENTS.get(intent, intent))
        case Allow(permissions, None):
            said = _("**Server Settings → Roles → {role} → Permissions**: switch on {permissions}.")
            return said.format(role=_mine(place), permissions=_permissions(permissions))
        case Allow(permissions, channel_id):
            said = _("In {channel} under **Edit Channel → Permissions** allow {permissions} for {role}.")
            there = place.channel(channel_id or 0)
            return said.format(channel=there, permissions=_permissions(permissions), role=_mine(place))
        case MoveMeAbove(role_id):
            said = _("**Server Settings → Roles**: drag {mine} above {role}.")
            return said.format(mine=_mine(place), role=place.role(role_id))
        case Choose(setting):
            said = _("{command} → **{section}** → **{setting}**: choose what fits.")
            names = {"section": _(setting.section.title), "setting": _(setting.title)}
            return said.format(command=place.command("config"), **names)
        case EndGrants(role_id):
            said = _("End it with {command}, or choose another role than {role} where it is given.")
            return said.format(command="`/role end`", role=place.role(role_id))
        case AskForMessages(user_id):
            said = _(
                "Ask {member} to allow direct messages: from this server in Discord's privacy settings, and mine "
                "with {command}."
            )
            return said.format(member=text.mention(user_id), command=place.command("me"))
        case LetGo() | SendPanel():
            return _send(step)
        case ShowCommands() | ShowToStaff() | HideChannel() | LookYourself() | RemoveReward():
            return _elsewhere(step, place)
        case _:
            return _("Press **{button}** below.").format(button=f"{number} · {_label(step)}")


def _send(step: LetGo | SendPanel) -> str:
    if isinstance(step, LetGo):
        return _("Nothing is left to do: the channel was deleted or archived, and I stop telling you in a week.")
    return _("Send it again with {command}.").format(command="`/panel send`")


def _elsewhere(  # noqa: PLR0911 — a table
    step: ShowCommands | ShowToStaff | HideChannel | LookYourself | RemoveReward, place: Place
) -> str:
    match step:
        case RemoveReward():
            said = _("Remove it from its level with {command}, or set another role in its place.")
            return said.format(command="`/xp reward remove`")
        case HideChannel(channel_id):
            said = _(
                "In {channel} under **Edit Channel → Permissions** switch on **Private Channel**, and add your staff "
                "and {role}."
            )
            return said.format(channel=place.channel(channel_id), role=_mine(place))
        case ShowCommands(None, Hidden.FROM_EVERYONE):
            said = _("**Server Settings → Integrations → {me}**: allow **@everyone** under **Roles & Members**.")
        case ShowCommands(None):
            said = _("**Server Settings → Integrations → {me}**: allow **All Channels** under **Channels**.")
        case ShowCommands(command, Hidden.FROM_EVERYONE):
            said = _("**Server Settings → Integrations → {me} → /{command}**: allow **@everyone**.")
            return said.format(me=place.me, command=command)
        case ShowCommands(command):
            said = _("**Server Settings → Integrations → {me} → /{command}**: allow **All Channels**.")
            return said.format(me=place.me, command=command)
        case ShowToStaff(command, role_ids):
            said = _("**Server Settings → Integrations → {me} → /{command}**: allow {roles}.")
            roles = " ".join(place.role(one) for one in role_ids)
            return said.format(me=place.me, command=command, roles=roles)
        case LookYourself(Unseen.INTENTS):
            return _("Whoever runs me: look under **Developer Portal → Bot** whether the intents are on.")
        case LookYourself():
            said = _("Look under **Server Settings → Integrations → {me}** whether any command is hidden.")
    return said.format(me=place.me)


def _mine(place: Place) -> str:
    """The role that carries the bot's permissions."""
    mine = place.guild.self_role or place.guild.me.top_role
    return place.role(mine.id)
