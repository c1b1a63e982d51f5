"""Looking at the channels and categories that topics name, and whether support sees the threads that are made there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import discord

from bot.actions.ticket_staff import MOST_LISTED, StaffFinder
from bot.actions.ticket_symptoms import Target
from bot.domain.ticket_access import MOST_THREAD_STAFF
from bot.domain.ticket_topics import TopicRules
from bot.domain.tickets import Mode

_CATEGORY = ("view_channel", "manage_channels", "manage_roles")
_THREADS = ("view_channel", "create_private_threads", "send_messages_in_threads", "manage_threads")
_LOG = ("view_channel", "send_messages", "embed_links")
_TRANSCRIPTS = (*_LOG, "attach_files")


class SiteTrouble(StrEnum):
    """What may be wrong with a channel that topics name; the worst first."""

    GONE = "gone"
    LACKING = "lacking"
    """I lack a permission there."""
    CROWDED = "crowded"
    """More people answer than I put into a thread."""
    LARGE = "large"
    """The server has too many members for me to know who answers."""
    SEEN = "seen"
    """Roles see all tickets in threads there that need not answer them."""


@dataclass(frozen=True)
class SiteSymptom:
    """One thing that is wrong with one channel or category."""

    trouble: SiteTrouble
    channel_id: int
    topics: tuple[str, ...]
    """What the topics are called that name it."""
    permissions: tuple[str, ...] = ()
    roles: tuple[Target, ...] = ()
    """Whom it is about."""
    count: int = 0
    """People who answer."""


@dataclass
class _Site:
    """A channel, for what it is needed."""

    topics: list[str] = field(default_factory=list)
    needed: dict[str, None] = field(default_factory=dict)

    def use(self, label: str, needed: Sequence[str]) -> None:
        if label not in self.topics:
            self.topics.append(label)
        self.needed.update(dict.fromkeys(needed))


Topics = Sequence[tuple[str, TopicRules]]


class TopicDoctor:
    """Examines what the topics of a guild name."""

    def __init__(self, client: discord.Client) -> None:
        self._staff = StaffFinder(client)

    async def examine(self, guild: discord.Guild, topics: Topics) -> list[SiteSymptom]:
        """What is wrong; asks Discord who has which role only where that may matter."""
        found = [*_sites(guild, topics), *_seen(guild, topics)]
        for label, rules in topics:
            found += [one async for one in self._crowded(guild, label, rules)]
        return sorted(found, key=lambda one: list(SiteTrouble).index(one.trouble))

    async def _crowded(self, guild: discord.Guild, label: str, rules: TopicRules) -> AsyncIterator[SiteSymptom]:
        parent = _parent(guild, rules)
        if parent is None:
            return
        roles = [one for one in rules.support_roles if not _sees_threads(parent, guild.get_role(one))]
        blind = tuple(Target(one, is_member=False, is_everybody=one == guild.id) for one in roles)
        if not blind:
            return
        if (guild.member_count or 0) > MOST_LISTED:
            yield SiteSymptom(SiteTrouble.LARGE, parent.id, (label,), roles=blind)
            return
        people, _called = await self._staff.of_roles(guild, rules.support_roles, ())
        if len(people) > MOST_THREAD_STAFF:
            yield SiteSymptom(SiteTrouble.CROWDED, parent.id, (label,), roles=blind, count=len(people))


def _sites(guild: discord.Guild, topics: Topics) -> Iterator[SiteSymptom]:
    sites: dict[int, _Site] = {}
    for label, rules in topics:
        for channel_id, needed in _uses(rules):
            sites.setdefault(channel_id, _Site()).use(label, needed)
    for channel_id, site in sites.items():
        channel = guild.get_channel(channel_id)
        if channel is None:
            yield SiteSymptom(SiteTrouble.GONE, channel_id, tuple(site.topics))
            continue
        mine = channel.permissions_for(guild.me)
        lacking = tuple(name for name in site.needed if not getattr(mine, name))
        if lacking:
            yield SiteSymptom(SiteTrouble.LACKING, channel_id, tuple(site.topics), lacking)


def _uses(rules: TopicRules) -> Iterator[tuple[int, Sequence[str]]]:
    if rules.mode is Mode.CHANNEL:
        yield from ((one, _CATEGORY) for one in rules.categories)
    named: Mapping[Sequence[str], int | None] = {
        _THREADS: rules.thread_channel, _LOG: rules.log_channel, _TRANSCRIPTS: rules.transcript_channel
    }  # fmt: skip
    yield from ((one, needed) for needed, one in named.items() if one is not None)


def _seen(guild: discord.Guild, topics: Topics) -> Iterator[SiteSymptom]:
    """Private threads are seen by all who have Manage Threads in their channel, whoever may answer tickets."""
    answering: dict[int, tuple[list[str], set[int]]] = {}
    mine = {one.id for one in guild.me.roles if not one.is_default()}
    for label, rules in topics:
        parent = _parent(guild, rules)
        if parent is not None:
            labels, roles = answering.setdefault(parent.id, ([], set()))
            labels.append(label)
            roles |= {*rules.support_roles, *rules.escalation_roles}
    for parent_id, (labels, roles) in answering.items():
        parent = guild.get_channel(parent_id)
        seeing = tuple(
            Target(one.id, is_member=False, is_everybody=one.is_default())
            for one in guild.roles
            if one.id not in roles | mine
            and not (one.permissions.manage_guild or one.permissions.administrator or one.is_bot_managed())
            and isinstance(parent, discord.TextChannel)
            and _sees_threads(parent, one)
        )
        if seeing:
            yield SiteSymptom(SiteTrouble.SEEN, parent_id, tuple(labels), roles=seeing)


def _parent(guild: discord.Guild, rules: TopicRules) -> discord.TextChannel | None:
    """Where the threads of a topic are made, if it has any."""
    found = guild.get_channel(rules.thread_channel or 0) if rules.mode is Mode.THREAD else None
    return found if isinstance(found, discord.TextChannel) else None


def _sees_threads(parent: discord.TextChannel, role: discord.Role | None) -> bool:
    """Whether a role sees private threads without being in them."""
    if role is None:
        return True  # it was deleted, so nobody has it
    may = parent.permissions_for(role)
    return may.view_channel and may.manage_threads
