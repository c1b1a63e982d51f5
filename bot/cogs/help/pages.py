"""What the manual and the page about the bot look like."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import discord
from discord.ui import Button, View

from bot.actions.manual import Manual
from bot.domain.about import About
from bot.domain.manual import Chapter, Entry
from bot.i18n import _
from bot.ui import text
from bot.ui.manual import permission_names
from bot.ui.theme import MAX_DESCRIPTION, embed

_LONGEST_ECHO = 40


def overview(manual: Manual, *, missed: str | None = None) -> discord.Embed:
    """All chapters. `missed` is a command that was asked for and is not there."""
    above = [_missed(missed), ""] if missed else []
    parts = {one: _part(manual, one, _pressable) for one in manual.chapters}
    for one in sorted(parts, key=lambda chapter: len(parts[chapter]), reverse=True):
        if (
            len("\n".join([*above, *parts.values()])) <= MAX_DESCRIPTION
        ):  # what makes a command's name pressable is as long again
            break
        parts[one] = _part(manual, one, _named)
    return embed(title=_("What I can do for you"), description="\n".join([*above, *parts.values()]))


def _part(manual: Manual, one: Chapter, written: Callable[[Manual, Entry], str]) -> str:
    """What a chapter is about, and its commands."""
    names = " ".join(written(manual, entry) for entry in manual.entries if entry.chapter == one)
    return f"**{_(one.title)}**{_mark(manual, one)} · {_(one.summary)}\n{names}"


def chapter(manual: Manual, one: Chapter) -> discord.Embed:
    """A chapter: each command with what it does."""
    lines = [f"{_pressable(manual, entry)} · {entry.description}" for entry in manual.entries if entry.chapter == one]
    body = "\n".join([f"{_(one.summary)}{_mark(manual, one)}", "", *lines])
    return embed(title=_(one.title), description=body)


def entry(manual: Manual, one: Entry) -> discord.Embed:
    """A command: what it does, its options, examples, and who may use it."""
    lines = [f"{_pressable(manual, one)} · {one.description}{_mark(manual, one.chapter)}"]
    if one.options:
        lines += ["", f"**{_('Options')}**"]
        for option in one.options:
            must = "" if option.required else f" *({_('optional')})*"
            lines.append(f"`{option.name}`{must} · {option.description}")
    if one.examples:
        lines += ["", f"**{_('Examples')}**", *(f"`{example}`" for example in one.examples)]
    if one.permissions:
        names = ", ".join(f"**{name}**" for name in permission_names(one.permissions))
        lines += ["", _("For those who have: {permissions}.").format(permissions=names)]
    return embed(description="\n".join(lines))  # no title: nothing in one can be pressed, and the name can


@dataclass(frozen=True)
class Health:
    """How the process is doing, as seen from one guild."""

    latency_ms: int | None
    """Of the gateway, there and back; None before the first heartbeat."""
    shard: int
    shards: int
    guilds: int

    @classmethod
    def of(cls, interaction: discord.Interaction[Any]) -> Health:
        """As it is now."""
        client: Any = interaction.client
        count = client.shard_count or 1
        shard = (interaction.guild_id >> 22) % count if interaction.guild_id else 0
        latency = dict(client.latencies).get(shard, float("nan"))
        known = latency == latency and latency != float("inf")  # noqa: PLR0124 — nan is what it is before a heartbeat
        return cls(round(latency * 1000) if known else None, shard, count, len(client.guilds))


def about(who: About, health: Health, command_ids: Mapping[str, int]) -> discord.Embed:
    """Version, uptime, shard, latency, where the source is, and what becomes of data."""
    latency = "?" if health.latency_ms is None else _("{count} ms").format(count=text.number(health.latency_ms))
    shard = _("{shard} of {shards}").format(shard=text.number(health.shard + 1), shards=text.number(health.shards))
    facts = {
        _("Version"): f"{who.version} (discord.py {discord.__version__}, Python {platform.python_version()})",
        _("Running since"): text.timestamp(who.started_at, "R"),
        _("Shard"): shard,
        _("Servers here"): text.number(health.guilds),
        _("Answer time of Discord"): latency,
    }
    lines = [_("I am **Folkmoot**, a community bot that writes down what it promises before it speaks."), ""]
    lines += [f"{name}: **{value}**" for name, value in facts.items()]
    lines += ["", _("Free software under the MIT licence, run by the operator of this installation.")]
    lines.append(
        _("What I keep about you, you can read and have erased: {command}.").format(
            command=mention("privacy", command_ids)
        )
    )
    return embed(title=_("About me"), description="\n".join(lines))


def links(who: About) -> View | None:
    """Buttons to where the operator wants people to go; None if nothing is set."""
    view = View(timeout=None)
    for label, url in (
        (_("Source code"), who.source_url),
        (_("Support"), who.support_url),
        (_("Privacy policy"), who.privacy_url),
        (_("Documentation"), who.docs_url),
    ):
        if url is not None:
            view.add_item(Button(label=label, url=url))
    return view if view.children else None


def mention(name: str, command_ids: Mapping[str, int]) -> str:
    """A command's name, to be pressed where Discord's id of it is known."""
    found = command_ids.get(name.split(maxsplit=1)[0])
    return f"`/{name}`" if found is None else f"</{name}:{found}>"


def _pressable(manual: Manual, one: Entry) -> str:
    return mention(one.name, manual.command_ids)


def _named(_manual: Manual, one: Entry) -> str:
    return f"`/{one.name}`"


def _mark(manual: Manual, one: Chapter) -> str:
    return f" *({_('switched off here')})*" if one in manual.switched_off else ""


def _missed(command: str) -> str:
    name = discord.utils.escape_markdown(command[:_LONGEST_ECHO].lstrip("/"))
    return _("There is no command “{name}” that you could use here.").format(name=name)
