"""What /privacy looks like, and the file that it hands out."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import discord

from bot.domain.privacy import CopiedFile, Erasure
from bot.i18n import _, ngettext
from bot.services.privacy import Copy, Held
from bot.ui import text
from bot.ui.theme import embed

LARGEST_FILE = 8_000_000
"""Bytes; Discord takes 10 MB of everybody. What is larger is compressed."""


def overview(held: Sequence[Held], *, everywhere: bool) -> discord.Embed:
    """How much is held."""
    where = _("In all servers, I keep this about you:") if everywhere else _("From this server, I keep this about you:")
    if not held:
        return embed(title=_("Your data"), description=_("I keep nothing about you here."))
    footer = None if everywhere else _("For what I keep from all servers, send me /privacy in a direct message.")
    return embed(title=_("Your data"), description="\n".join([where, "", *_lines(held)]), footer=footer)


def question(held: Sequence[Held], *, everywhere: bool) -> discord.Embed:
    """What will go, where more of that may be, and what stays and why."""
    going = [one for one in held if one.erasure in {Erasure.DELETE, Erasure.BLANK}]
    staying = [one for one in held if one not in going]
    lines = [_("Erase this for good? It can't be undone.")]
    if going:
        lines += ["", f"**{_('Erased')}**", *_lines(going)]
        lines += [f"-# {_(beyond)}" for beyond in dict.fromkeys(one.beyond for one in going if one.beyond)]
    if staying:
        lines += ["", f"**{_('What stays behind, without your name or for a reason')}**"]
        lines += _reasons(staying)
    if not everywhere:
        lines += ["", _("While you are in this server, I hear your name and roles from Discord again.")]
    return embed(title=_("Erase your data?"), description="\n".join(lines))


def erased(count: int) -> discord.Embed:
    """What was done."""
    said = ngettext("Done: {count} entry no longer names you.", "Done: {count} entries no longer name you.", count)
    return embed(title=_("Your data"), description=said.format(count=text.number(count)))


def handed_out(copy: Copy) -> discord.Embed:
    """The words beside the file."""
    lines = [_("This is everything I keep that tells of you, table by table, as JSON.")]
    if copy.files:
        lines.append(_("The files of cases about you are beside it."))
    if any(one.content is None for one in copy.files):
        lines.append(_("Not all of these fit; the JSON names them. Staff can show you the rest."))
    if copy.cut:
        lines.append(_("There is more than fits; the file has the newest of it. Ask the operator for the rest."))
    return embed(title=_("Your data"), description="\n".join(lines))


@dataclass(frozen=True)
class Document:
    """A file."""

    name: str
    content: bytes


def document(copy: Copy) -> Document:
    """The file of a copy; takes long for much, so not on the loop. Ids are texts, for many programs round them."""
    tables = {name: [_row(row) for row in found] for name, found in copy.tables.items()}
    about = {"user": str(copy.user_id), "server": None if copy.guild_id is None else str(copy.guild_id)}
    everything: dict[str, Any] = {**about, "cut": list(copy.cut), "tables": tables}
    if copy.files:
        everything["files"] = [_row(one.about) for one in copy.files]
    content = json.dumps(everything, indent=1, ensure_ascii=False).encode()
    name = f"folkmoot-{copy.user_id}.json"
    if copy.files:
        return Document(f"folkmoot-{copy.user_id}.zip", _archive(name, content, copy.files))
    return Document(name, content) if len(content) <= LARGEST_FILE else Document(f"{name}.gz", gzip.compress(content))


def _archive(name: str, content: bytes, files: Sequence[CopiedFile]) -> bytes:
    """Everything in one file, beside it those that it names."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        for one in files:
            if one.content is not None:
                archive.writestr(one.path, one.content)
    return made.getvalue()


def _row(row: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


_EXACT = 2**53
"""Above this, numbers in JSON lose their last digits in many programs."""


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT:
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    return value


def _reasons(held: Sequence[Held]) -> list[str]:
    """Each reason once, under everything that stays for it."""
    whats: dict[str, list[str]] = {}
    for one in held:
        whats.setdefault(one.why, []).append(_(one.what))
    return [line for why, told in whats.items() for line in (f"• {' · '.join(dict.fromkeys(told))}", f"-# {_(why)}")]


def _lines(held: Sequence[Held]) -> list[str]:
    return [
        f"• {_(one.what)}: "
        + ngettext("{count} entry", "{count} entries", one.count).format(count=text.number(one.count))
        for one in held
    ]
