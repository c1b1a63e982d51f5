"""What /audit looks like."""

from __future__ import annotations

import discord

from bot.cogs.audit.changes import Reader, actor, reason, source
from bot.domain.audit import AuditEntry, AuditFilter, clipped
from bot.i18n import _, ngettext
from bot.services.audit import AuditExport, AuditPage
from bot.ui import text
from bot.ui.plain import Plain
from bot.ui.theme import MAX_DESCRIPTION, embed

_SHORT, _LONG = 60, 500
"""Characters of a value on a page, and with its details."""

_MOST_LINES = 3
"""Differences of an entry that a page tells of."""

_LONGEST_ROW = 100
"""Characters of either line of a row in a menu, by Discord."""

_LONGEST_ENTRY = 370
"""Characters of an entry on a page, so that ten fit."""


def page(found: AuditPage, wanted: AuditFilter, reader: Reader) -> discord.Embed:
    """A page of the log."""
    if not found.entries:
        nothing = _("Nothing was changed yet.") if wanted == AuditFilter() else _("Nothing fits.")
        return embed(title=_("Audit log"), description="\n".join([*_filter(wanted, reader), nothing]))
    lines = [*_filter(wanted, reader), *(_entry(entry, reader) for entry in found.entries)]
    return embed(title=_("Audit log"), description="\n".join(lines))


def details(entry: AuditEntry, reader: Reader) -> discord.Embed:
    """Everything that one entry tells."""
    lines = [
        f"{text.timestamp(entry.at, 'F')} ({text.timestamp(entry.at)})",
        _("By {who}, {how}").format(who=actor(entry), how=source(entry)),
    ]
    if said := reason(entry, _LONG):
        lines.append(_("Reason: {reason}").format(reason=said))
    changed = reader.lines(entry, _LONG)
    lines += ["", *(f"• {line}" for line in changed)] if changed else []
    fitting = _fitting(lines, MAX_DESCRIPTION - 100)
    if len(fitting) < len(lines):
        fitting.append(_("… The rest is in the file."))
    return embed(title=_("Audit log"), description="\n".join([f"**{reader.deed(entry)}**", *fitting]))


def file_made(export: AuditExport) -> discord.Embed:
    """The words beside the file."""
    count = len(export.entries)
    said = ngettext("{count} entry, newest first.", "{count} entries, newest first.", count)
    lines = [said.format(count=text.number(count))]
    if export.cut:
        lines.append(_("There are more; these are the newest. Ask for an earlier time for the rest."))
    return embed(title=_("Audit log"), description="\n".join(lines))


def _filter(wanted: AuditFilter, reader: Reader) -> list[str]:
    parts: list[str] = []
    if wanted.actor_id is not None:
        parts.append(_("done by {who}").format(who=text.mention(wanted.actor_id)))
    if wanted.target_id is not None:
        parts.append(_("about {who}").format(who=text.mention(int(wanted.target_id))))
    what = wanted.section or wanted.action
    if what is not None:
        parts.append(reader.what(what))
    return [_("Only: {filters}").format(filters=" · ".join(parts)), ""] if parts else []


def _entry(entry: AuditEntry, reader: Reader) -> str:
    head = f"{text.timestamp(entry.at, 'f')} · {actor(entry)} · **{reader.deed(entry)}** · {source(entry)}"
    said, changed = reason(entry, _SHORT), reader.lines(entry, _SHORT, brief=True)
    told = _fitting(changed[:_MOST_LINES], _LONGEST_ENTRY - len(head) - len(said) - 30)
    rest = len(changed) - len(told)
    if rest:
        told.append(ngettext("{count} more", "{count} more", rest).format(count=rest))
    if said:
        told.append(f"“{said}”")
    return "\n".join([head, f"-# {' · '.join(told)}"]) if told else head


def _fitting(lines: list[str], most: int) -> list[str]:
    """As many of the lines as fit, one after the other."""
    fitting: list[str] = []
    for line in lines:
        most -= len(line) + 3
        if most < 0:
            break
        fitting.append(line)
    return fitting


def option(entry: AuditEntry, reader: Reader, plain: Plain) -> discord.SelectOption:
    """An entry in the menu that leads to its details: what was done to whom; when, by whom, and what is different."""
    parts = [
        text.timestamp(entry.at, "f"),
        actor(entry),
        *reader.lines(entry, _SHORT, brief=True),
        reason(entry, _SHORT),
    ]
    return discord.SelectOption(
        label=clipped(plain(reader.deed(entry)), _LONGEST_ROW),
        description=clipped(plain(" · ".join(part for part in parts if part)), _LONGEST_ROW),
        value=str(entry.id),
    )
