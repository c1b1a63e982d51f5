"""What /userinfo looks like: words that hold alone, and a card."""

from __future__ import annotations

from datetime import datetime

import discord

from bot.actions.profile import Profile
from bot.i18n import _
from bot.pictures.specs import MAX_FIELDS, Backdrop, Card, Field
from bot.ui import text
from bot.ui.theme import embed

MOST_ROLES = 15
"""Roles that are named; of the others there is the number."""


def userinfo(shown: Profile) -> discord.Embed:
    """Somebody, in words."""
    person = shown.person
    lines = [f"{text.mention(person.id)} · `{person.name}`", *_standing(shown), ""]
    lines.append(_line(_("Account created"), _moment(person.created_at)))
    if shown.joined_at is not None:
        lines.append(_line(_("Joined"), _moment(shown.joined_at)))
    if not shown.is_here and shown.stay is not None and shown.stay.left_at is not None:
        lines.append(_line(_("Left"), _moment(shown.stay.left_at)))
    roles = [role.mention for role in shown.roles]
    if roles:
        lines.append(_line(_("Highest role"), roles[0]))
        more = len(roles) - MOST_ROLES
        named = [*roles[:MOST_ROLES], f"+{text.number(more)}"] if more > 0 else roles
        lines.append(_line(_("Roles ({count})").format(count=text.number(len(roles))), " ".join(named)))
    lines += [_line(fact.label, fact.value) for fact in shown.facts]
    made = embed(title=_("User info"), description="\n".join(lines))
    return made.set_thumbnail(url=person.display_avatar.url)


def card(shown: Profile, face: bytes | None) -> Card:
    """The same as a card, in their own colours."""
    person = shown.person
    fields = [Field(_("Account created"), _day(shown, person.created_at))]
    if shown.joined_at is not None:
        fields.append(Field(_("Joined"), _day(shown, shown.joined_at)))
    if shown.is_here:
        fields.append(Field(_("Highest role"), shown.roles[0].name if shown.roles else "—"))
    fields += [Field(fact.label, fact.value) for fact in shown.facts if fact.is_plain]
    return Card(
        person.display_name,
        subtitle=f"@{person.name}",
        avatar=face,
        accent=shown.accent,
        backdrop=Backdrop(shown.background),
        fields=tuple(fields[:MAX_FIELDS]),
    )


def _standing(shown: Profile) -> list[str]:
    """What they are here, if it is anything but a member."""
    marks: list[str] = []
    if shown.person.id == shown.guild.owner_id:
        marks.append(_("Owns this server"))
    if shown.person.bot:
        marks.append(_("An app, not a person"))
    if not shown.is_here:
        marks.append(_("Was never here, as far as I know") if shown.stay is None else _("No longer here"))
    return [" · ".join(marks)] if marks else []


def _line(label: str, value: str) -> str:
    return f"**{label}**: {value}"


def _moment(moment: datetime) -> str:
    return f"{text.timestamp(moment, 'D')} ({text.timestamp(moment)})"


def _day(shown: Profile, moment: datetime) -> str:
    return text.date_of(moment.astimezone(shown.zone))
