"""The facts of a diagnosis, gathered from Discord, the settings and what is owed; and the steps I can take myself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

import aiohttp
import discord
import structlog

from bot.actions.authority import me_of
from bot.actions.host import ServiceHost
from bot.actions.role_grants import guild_facts
from bot.actions.ticket_panels import broken_panels
from bot.domain.audit import AuditSource
from bot.domain.diagnosis import CommandFacts, Facts, judge, things_named
from bot.domain.findings import Diagnosis, DropRole, Forget, Own, SendAgain, SwitchOn, Thing, TryRole
from bot.domain.outbox import GivenUp, Target, channel
from bot.domain.visibility import Overrides, Rule, RuleKind
from bot.services import Services
from bot.ui.manual import entries
from bot.ui.places import everybody_reads

_log = structlog.stdlib.get_logger(__name__)

_PATIENCE = 5.0
"""Seconds that Discord may take for what a diagnosis can do without."""

T = TypeVar("T")


async def diagnose(client: discord.Client, guild: discord.Guild) -> Diagnosis:
    """Examine a guild. Asks Discord two things, once each; what it does not say is a finding. Looks for panels besides.

    Raises:
        DiscordAway: Discord has not shown me myself in the guild.
        Unavailable: the database is away.
    """
    me_of(guild)
    host: Any = client
    services, features = cast("ServiceHost", host).services, cast("ServiceHost", host).features
    settings = services.guild_settings
    sections = {model: (await settings.read(guild.id, model)).value for model in settings.sections}
    given_up = await services.outbox.given_up(guild.id)
    grants = await services.role_care.tally(guild.id)
    intents, overrides = await asyncio.gather(_intents(host), _overrides(host, guild))
    named = things_named(list(sections.values()), Thing.CHANNEL)
    open_channels = frozenset(one for one in named if everybody_reads(guild, one))
    facts = Facts(
        guild_id=guild.id,
        permissions=_names(guild.me.guild_permissions),
        roles=guild_facts(guild),
        sections=sections,
        usual={model: settings.default(model) for model in settings.sections},
        channels=_channels(guild, named | _places(given_up)),
        open_channels=open_channels,
        intents=intents,
        overrides=overrides,
        commands=_commands(host),
        grants=grants,
        given_up=given_up,
        reward_roles=await _reward_roles(services, guild.id),
        panels=tuple(await broken_panels(client, guild, services.ticket_panels)),
    )
    return judge(features, facts)


async def take(client: discord.Client, guild: discord.Guild, step: Own, by: int) -> bool:
    """Take a step that is mine, if it is still to be taken; whether anything was changed.

    Raises:
        SettingsChanged: somebody changes the same settings in this very moment.
        Unavailable: the database is away.
    """
    services = cast("ServiceHost", client).services
    button = AuditSource.BUTTON
    match step:
        case SwitchOn(feature):
            return await services.guild_settings.switch_on(guild.id, feature, by=by, source=button)
        case Forget(what, thing_id) if not is_here(guild, what, thing_id):
            settings = services.guild_settings
            return await settings.forget_chosen(guild.id, what, thing_id, by=by, source=button) > 0
        case DropRole(role_id) if not is_here(guild, Thing.ROLE, role_id):
            return await services.role_care.drop_role(guild.id, role_id, by=by, source=button) > 0
        case TryRole(role_id):
            return await services.role_care.try_role(guild.id, role_id) > 0
        case SendAgain(channel_id) if is_here(guild, Thing.CHANNEL, channel_id):
            return await services.outbox.send_again(guild.id, channel(channel_id)) > 0
        case _:  # what was deleted is back, or what was there is gone: the next diagnosis says how it stands
            return False


def is_here(guild: discord.Guild, what: Thing, thing_id: int) -> bool:
    """Whether a channel or role is there."""
    if what is Thing.ROLE:
        return guild.get_role(thing_id) is not None
    return guild.get_channel_or_thread(thing_id) is not None


async def _reward_roles(services: Services, guild_id: int) -> tuple[int, ...]:
    return tuple(dict.fromkeys(one.role_id for one in await services.rewards.all(guild_id) if one.role_id))


def _names(permissions: discord.Permissions) -> frozenset[str]:
    return frozenset(name for name, allowed in permissions if allowed)


def _places(given_up: tuple[GivenUp, ...]) -> frozenset[int]:
    return frozenset(one.destination.id for one in given_up if one.destination.target is Target.CHANNEL)


def _channels(guild: discord.Guild, ids: frozenset[int]) -> dict[int, frozenset[str]]:
    found = {one: guild.get_channel_or_thread(one) for one in ids}
    return {one: _names(place.permissions_for(guild.me)) for one, place in found.items() if place is not None}


def _commands(host: Any) -> tuple[CommandFacts, ...]:
    """The top-level commands, each with the feature whose it is."""
    facts: dict[str, CommandFacts] = {}
    for entry in entries(host.tree, host.chapters):
        name = entry.name.split()[0]
        needed = _names(discord.Permissions(entry.permissions))
        facts.setdefault(name, CommandFacts(name, entry.chapter.name, needed))
    return tuple(facts.values())


async def _intents(host: Any) -> Mapping[str, bool] | None:
    """Whether the privileged intents are switched on in the Developer Portal this moment."""
    info: Any = await _asked("which intents are on", host.application_info)
    if info is None:
        return None
    flags: discord.ApplicationFlags = info.flags
    return {
        "members": flags.gateway_guild_members or flags.gateway_guild_members_limited,
        "message_content": flags.gateway_message_content or flags.gateway_message_content_limited,
        "presences": flags.gateway_presence or flags.gateway_presence_limited,
    }


async def _overrides(host: Any, guild: discord.Guild) -> Overrides | None:
    """Who is shown which command, of all commands in one request; of each alone it would be one for each."""
    ask = host.http.get_guild_application_command_permissions
    told: Any = await _asked("who sees which command", lambda: ask(host.application_id, guild.id))
    if told is None:
        return None
    names = {command_id: name for name, command_id in host.command_ids.items()}
    known = {kind.value for kind in RuleKind}
    rules = {int(one["id"]): tuple(_rule(said) for said in one["permissions"] if said["type"] in known) for one in told}
    by_name = {names[about]: said for about, said in rules.items() if about in names}
    return Overrides(rules.get(host.application_id, ()), by_name)


def _rule(told: Mapping[str, Any]) -> Rule:
    return Rule(RuleKind(told["type"]), int(told["id"]), bool(told["permission"]))


async def _asked(what: str, ask: Callable[[], Awaitable[T]]) -> T | None:
    """What Discord answers; None if it forbids it, or takes too long. Not asked again: the next diagnosis will."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await ask()
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError) as error:
        _log.warning("Discord did not say", what=what, error=repr(error))
        return None
