"""What a rank looks like: words that hold alone, and a card."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import discord

from bot.domain.curves import Progress as Level
from bot.domain.ranks import Rank, Worn, ground_of
from bot.i18n import _
from bot.pictures.specs import Backdrop, Card, Field, Progress
from bot.ui import text, xp
from bot.ui.theme import embed

_OWN_EMOJI = re.compile(r"<a?:\w+:\d+>")
"""What a picture can't show: a server's own emoji."""


@dataclass(frozen=True)
class Look:
    """How somebody's card looks, whatever is on it."""

    accent: int
    background: str
    """As they chose it with /me; a background from the shop that they wear takes its place."""
    avatar: bytes | None = field(default=None, repr=False)


def rank(person: discord.Member | discord.User, shown: Rank) -> discord.Embed:
    """A rank, in words."""
    lines = [text.mention(person.id) + ("" if shown.badge is None else f" · {_named(shown.badge, shown.badge.emoji)}")]
    if shown.place is None:
        lines.append(_("No XP yet, and so no place."))
    else:
        said = _("**Level {level}**, place {place}")
        lines.append(said.format(level=text.number(shown.progress.level), place=text.number(shown.place)))
    lines.append(_way(shown.progress))
    lines += ["", _line(_("XP"), text.number(shown.progress.total)), _line(_("This week"), xp.xp(shown.week_xp))]
    lines.append(_line(_("Messages"), text.number(shown.messages)))
    if shown.voice_seconds:
        lines.append(_line(_("In voice"), xp.voice(shown.voice_seconds)))
    made = embed(title=_("Rank"), description="\n".join(lines))
    return made.set_thumbnail(url=person.display_avatar.url)


def card(name: str, username: str, shown: Rank, look: Look) -> Card:
    """The same as a card."""
    place = "—" if shown.place is None else f"#{text.number(shown.place)}"
    badge = shown.badge
    return Card(
        name,
        subtitle=f"@{username}" if badge is None else _named(badge, _OWN_EMOJI.sub("", badge.emoji)),
        avatar=look.avatar,
        accent=look.accent,
        backdrop=Backdrop(look.background if shown.background is None else ground_of(shown.background)),
        fields=(
            Field(_("Rank"), place),
            Field(_("Level"), text.number(shown.progress.level)),
            Field(_("XP this week"), text.number(shown.week_xp)),
            Field(_("Messages"), text.number(shown.messages)),
        ),
        progress=_bar(shown.progress),
    )


def _bar(level: Level) -> Progress:
    if level.step is None:
        return Progress(1.0, xp.xp(level.total), _("Highest level"))
    share = level.into / level.step
    said = _("{into} / {step} XP").format(into=text.number(level.into), step=text.number(level.step))
    return Progress(share, said, _("Level {level}").format(level=text.number(level.level + 1)))


def _way(level: Level) -> str:
    if level.missing is None:
        return _("That is the highest level.")
    return _("{missing} XP to level {level}").format(
        missing=text.number(level.missing), level=text.number(level.level + 1)
    )


def _named(worn: Worn, emoji: str) -> str:
    return f"{emoji} {worn.name}".strip()


def _line(label: str, value: str) -> str:
    return f"**{label}**: {value}"
