"""What curves look like: the one that holds, and what another would do."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.domain.curve_changes import MARKS, Group, written_numbers
from bot.domain.leveling_settings import CurveSettings
from bot.i18n import _, ngettext
from bot.pictures.specs import Chart, ChartKind, Point
from bot.services.curves import Applied, Pace, Preview, RoleSwap
from bot.ui import text, xp
from bot.ui.theme import MAX_DESCRIPTION, embed

_TOLD = (1, 5, 10, 25, 50, 100)
_MOST_ROLES = 10


def present(settings: CurveSettings) -> discord.Embed:
    """The curve that holds."""
    return embed(
        title=_("The curve"),
        description="\n".join(
            [_named(settings), "", *_takes(settings), "", _("Choose another with the options of this command: you see "
             "what it does before it holds.")]
        ),
    )  # fmt: skip


def _named(settings: CurveSettings) -> str:
    numbers = written_numbers(settings)
    name = f"`{settings.preset.value}`" if not numbers else f"`{numbers}`"
    return _("Curve {name}, up to level **{cap}**").format(name=name, cap=text.number(settings.cap))


def _takes(settings: CurveSettings) -> list[str]:
    table = settings.curve.table()
    return [
        _("Level {level}: {xp}").format(level=text.number(level), xp=xp.xp(table.total(level)))
        for level in _TOLD
        if level <= table.cap
    ]


def preview(found: Preview) -> discord.Embed:
    """What a curve would do."""
    if found.wanted == found.present.value:
        return present(found.wanted)
    lines = [_("Now: {curve}").format(curve=_named(found.present.value))]
    lines += [_("Then: {curve}").format(curve=_named(found.wanted)), ""]
    lines += [*_spread(found.groups, found.members), *_days(found.paces), *_roles(found.swaps)]
    lines += [
        "",
        _("**Keep XP**: levels become what the XP says on the new curve, as shown here."),
        _("**Keep levels**: everybody's XP changes so that they stay where they are; no level changes but those "
          "above the highest."),
        _("Nothing has been changed yet."),
    ]  # fmt: skip
    said = "\n".join(lines)
    return embed(title=_("Another curve"), description=said[:MAX_DESCRIPTION])


def chart(found: Preview) -> Chart:
    """How many members are at which levels, now and then beside each other."""
    points: list[Point] = []
    for one in found.groups:
        points += [Point(_group(one), one.now), Point("→", one.then)]
    return Chart(
        ChartKind.BAR,
        _("Members by level"),
        tuple(points),
        subtitle=_("Of each pair the left is now, the right then"),
        separator=text.separator(),
    )


def _group(one: Group) -> str:
    return text.number(one.first) if one.first == one.last else f"{text.number(one.first)}–{text.number(one.last)}"


def _spread(groups: Sequence[Group], members: int) -> list[str]:
    if not members:
        return [_("Nobody has any XP yet, so no level changes.")]
    shown = [
        _("Level {levels}: {now} → {then}").format(
            levels=_group(one), now=text.number(one.now), then=text.number(one.then)
        )
        for one in groups
        if one.now or one.then
    ]
    return [_("**Members by level**"), *shown]


def _days(paces: Sequence[Pace]) -> list[str]:
    if not paces:
        return []
    lines = ["", _("**Days from nothing to a level**")]
    for name, pace in zip((_("typical member"), _("busy member")), paces, strict=False):
        each = [
            _("{level}: {now} → {then}").format(level=text.number(level), now=_count(now), then=_count(then))
            for level, now, then in zip(MARKS, pace.now, pace.then, strict=True)
        ]
        daily = _("{xp} a day").format(xp=xp.xp(pace.daily))
        lines.append(f"{name} ({daily}) · {' · '.join(each)}")
    return lines


def _count(days: int | None) -> str:
    return _("never") if days is None else text.number(days)


def _roles(swaps: Sequence[RoleSwap]) -> list[str]:
    if not swaps:
        return ["", _("Nobody would gain or lose a role.")]
    lines = ["", _("**Roles, if XP is kept**")]
    for one in swaps[:_MOST_ROLES]:
        sides: list[str] = []
        if one.gained:
            sides.append(f"+{text.number(one.gained)} ({_people(one.gaining, one.gained)})")
        if one.lost:
            sides.append(f"-{text.number(one.lost)} ({_people(one.losing, one.lost)})")
        lines.append(f"<@&{one.role_id}>: {', '.join(sides)}")
    return [*lines, "…"] if len(swaps) > _MOST_ROLES else lines


def _people(some: Sequence[int], count: int) -> str:
    return " ".join([*(text.mention(one) for one in some), *(["…"] if count > len(some) else [])])


def applied(done: Applied) -> discord.Embed:
    """A curve that holds now."""
    lines = [_("✅ {curve} holds now.").format(curve=_named(done.after))]
    if done.batch_id is not None:
        said = ngettext(
            "{count} member has other XP now, and the level they had.",
            "{count} members have other XP now, and the levels they had.",
            done.members,
        )
        lines.append(said.format(count=text.number(done.members)))
    lines.append(_("Roles are as they were: **Sync roles** shows who would gain and lose which, before it is done."))
    return embed(description="\n".join(lines))


def undone(done: Applied) -> discord.Embed:
    """A change that was taken back."""
    said = _("✅ Taken back: {curve} holds again, and what was earned meanwhile stays.")
    return embed(description=said.format(curve=_named(done.after)))
