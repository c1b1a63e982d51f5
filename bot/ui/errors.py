"""The one function that reports errors, for commands, controls and forms alike.

A `UserError` is an answer and is said as one. Anything else becomes an incident: a short code for the member, the
whole story for the operator. No exception's own text ever reaches a member.
"""

from __future__ import annotations

import dataclasses
import re
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import discord
import structlog
from discord import app_commands

from bot.domain.incidents import Incident, code_of
from bot.domain.permissions import name_of
from bot.domain.uses import MAX_ERROR, Ending, UseOutcome
from bot.errors import DatabaseAway, GuildOnly, OutcomeUnknown, UserError
from bot.i18n import N_, _, ngettext
from bot.ids import IdMaker
from bot.patience import Inquiries
from bot.ui import text
from bot.ui.context import command_name
from bot.ui.phrases import written
from bot.ui.speech import address_person
from bot.ui.uses import UseWatch

_log = structlog.stdlib.get_logger(__name__)

_RECORD_TIMEOUT = 5.0
_REMEDY_TIMEOUT = 0.5
"""Seconds. A refusal is not late for its buttons."""

_TOO_LATE_CODES = {10015, 10062, 50027}
"""Unknown webhook, unknown interaction, invalid webhook token: the 3 seconds or the 15 minutes are over."""

_GONE_CODES = _TOO_LATE_CODES | {40060}
"""Or already acknowledged, by a try whose answer was lost: nobody is listening any more."""

_FAULT = N_("Something went wrong on my side. If it happens again, tell the operator this code:")
_MENTION = re.compile(r"(<(?:@[!&]?|#)\d{1,20}>)")
_LONGEST_WORD = 60
_MAX_STACK = 20_000
_MAX_MESSAGE = 2_000


Remedy = Callable[[discord.Interaction[Any], Any], Awaitable[discord.ui.View | None]]
"""The buttons that help this person against an error, if there are any. It may ask what it has to know, in a moment."""


class IncidentSink(Protocol):
    """Where incidents are kept."""

    async def record(self, incident: Incident) -> None:
        """Keep one."""
        ...


class ErrorReporter:
    """Answers a member about an error, and keeps what they must not see for the operator."""

    def __init__(self, sink: IncidentSink, ids: IdMaker, hide: Callable[[str], str], watch: UseWatch) -> None:
        self._sink = sink
        self._ids = ids
        self._hide = hide
        self._watch = watch
        self._remedies: dict[type[UserError], Remedy] = {}
        self._inquiries = Inquiries()

    async def close(self) -> None:
        """Cut off what is still waited for by nobody; to be called when nothing is reported any more."""
        await self._inquiries.close()

    def offer(self, kind: type[UserError], remedy: Remedy) -> None:
        """Show buttons beside a refusal of this kind, to those whom they help."""
        self._remedies[kind] = remedy

    async def report(self, interaction: discord.Interaction[Any], error: BaseException) -> None:
        """Say what went wrong, ephemerally; never raises.

        A placeholder that was made public ("thinking…") is removed first.
        """
        error = unwrap(error)
        await address_person(interaction)
        if is_nobody_listening(error):
            _log.warning("interaction expired", error=str(error))
            self._watch.ended(interaction, _ending(UseOutcome.UNHEARD, error))
            return
        said = sentence(error)
        if said is not None:
            _log.info("refused", reason=type(error).__name__)
            await say_privately(interaction, said, await self._help(interaction, error))
            self._watch.ended(interaction, _ending(UseOutcome.REFUSED, error))
            return
        incident = self._incident(interaction, error)
        code = code_of(incident.id)
        _log.error("incident", incident=code, exc_info=error)
        # The member first: they have three seconds, and the database may be what is wrong.
        await say_privately(interaction, f"{_(_FAULT)} `{code}`.")
        self._watch.ended(interaction, _ending(UseOutcome.INCIDENT, error, incident.id))
        await self._keep(incident, code)

    async def note(self, error: BaseException, *, guild_id: int | None, context: Mapping[str, str]) -> None:
        """Keep for the operator what went wrong while nobody waited for an answer; never raises."""
        incident = self._made(error, guild_id=guild_id, context=context)
        code = code_of(incident.id)
        _log.error("incident", incident=code, exc_info=error)
        await self._keep(incident, code)

    async def _help(self, interaction: discord.Interaction[Any], error: BaseException) -> discord.ui.View | None:
        remedy = self._remedies.get(type(error))  # pyright: ignore[reportArgumentType] — others are not in it
        if remedy is None:
            return None

        async def find() -> discord.ui.View | None:
            return await remedy(interaction, error)

        try:
            return await self._inquiries.ask(("remedy", interaction.id), find, _REMEDY_TIMEOUT)
        except Exception as failed:  # noqa: BLE001 — the refusal is said without its buttons then
            _log.warning("no remedy could be offered", error=repr(failed))
            return None

    def _incident(self, interaction: discord.Interaction[Any], error: BaseException) -> Incident:
        context = {"channel": str(interaction.channel_id), "interaction": str(interaction.id)}
        made = self._made(error, guild_id=interaction.guild_id, context=context)
        return dataclasses.replace(made, command=command_name(interaction), user_id=interaction.user.id)

    def _made(self, error: BaseException, *, guild_id: int | None, context: Mapping[str, str]) -> Incident:
        stack = "".join(traceback.format_exception(error))
        return Incident(
            id=self._ids.new(),
            exception=type(error).__name__[:200],
            message=self._hide(str(error))[:_MAX_MESSAGE],
            stack=self._hide(stack)[-_MAX_STACK:],
            command=None,
            guild_id=guild_id,
            user_id=None,
            context=context,
        )

    async def _keep(self, incident: Incident, code: str) -> None:
        async def keep() -> None:
            await self._sink.record(incident)

        try:
            await self._inquiries.ask(("incident", incident.id), keep, _RECORD_TIMEOUT)
        except (DatabaseAway, OutcomeUnknown):
            _log.warning("incident not kept: the database is away", incident=code)
        except TimeoutError:
            _log.warning("incident not kept so far: the database is silent", incident=code)
        except Exception:  # noqa: BLE001 — reporting an error must not be another error
            _log.exception("incident not kept", incident=code)


def _ending(outcome: UseOutcome, error: BaseException, incident_id: int | None = None) -> Ending:
    return Ending(outcome, type(error).__name__[:MAX_ERROR], incident_id)


def unwrap(error: BaseException) -> BaseException:
    """The error behind discord.py's wrappers."""
    while isinstance(error, (app_commands.CommandInvokeError, app_commands.TransformerError)):
        inner = error.original if isinstance(error, app_commands.CommandInvokeError) else error.__cause__
        if inner is None:
            break
        error = inner
    return error


def is_nobody_listening(error: BaseException) -> bool:
    """Whether an answer came too late to be heard; another one would be too."""
    return isinstance(error, discord.HTTPException) and error.code in _GONE_CODES


def is_too_late(error: BaseException) -> bool:
    """Whether Discord takes no answer any more, and the member has seen none."""
    return isinstance(error, discord.HTTPException) and error.code in _TOO_LATE_CODES


def sentence(error: BaseException) -> str | None:  # noqa: PLR0911 — a table
    """What to say about an error that is an answer; None for a fault."""
    match error:
        case UserError():
            return describe(error)
        case app_commands.CommandOnCooldown():
            seconds = max(1, round(error.retry_after))
            return ngettext(
                "That was quick. You can use this again in {count} second.",
                "That was quick. You can use this again in {count} seconds.",
                seconds,
            ).format(count=text.number(seconds))
        case app_commands.MissingPermissions():
            return _("For this you need the permission {permission}.").format(
                permission=_permissions(error.missing_permissions)
            )
        case app_commands.BotMissingPermissions():
            return _("For this I need the permission {permission} in this channel.").format(
                permission=_permissions(error.missing_permissions)
            )
        case app_commands.NoPrivateMessage():
            return describe(GuildOnly())
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return _("This command has changed since your Discord last looked. Please reload Discord and try again.")
        case app_commands.TransformerError():
            return _("I can't make sense of one of the options. Please choose it again from the list.")
        case app_commands.CheckFailure():
            return _("You can't use this here.")
        case _:
            return None


def describe(error: UserError) -> str:
    """A `UserError` in words, its data written for people."""
    fields = {
        field.name: getattr(error, field.name) for field in dataclasses.fields(error)
    }  # every leaf is a dataclass; a test holds that
    return _(error.template).format(**{name: _shown(name, value) for name, value in fields.items()})


_WORDS = {"title", "feature", "permission", "roles", "meaning"}
"""Fields of errors whose texts are from the code, and so are looked up."""


def _shown(name: str, value: object) -> str:
    if isinstance(value, str) and name in _WORDS:
        return " / ".join(_(one) for one in value.split(" / "))  # of several permissions, any will do
    if name == "word":
        return quoted(str(value))
    return written(name, value)


def quoted(typed: str) -> str:
    """What somebody typed, so that they know it again: as code, and mentions as Discord draws them."""
    parts = _MENTION.split(" ".join(typed.split())[:_LONGEST_WORD])
    shown = [
        f"`{said}`" if place % 2 == 0 else part for place, part in enumerate(parts) if (said := part.replace("`", ""))
    ]
    return "".join(shown) or "`…`"


def _permissions(names: list[str]) -> str:
    return ", ".join(f"**{_(name_of(name))}**" for name in names)


async def say_privately(interaction: discord.Interaction[Any], said: str, view: discord.ui.View | None = None) -> None:
    """Answer ephemerally, whatever was answered before; a failure is only logged."""
    none = discord.AllowedMentions.none()
    shown: dict[str, Any] = {}
    if view is not None:
        view.stop()  # found by custom id; discord.py shall keep no record of it
        shown = {"view": view}
    try:
        if not interaction.response.is_done():
            await interaction.response.send_message(said, ephemeral=True, allowed_mentions=none, **shown)
            return
        if await _is_public_placeholder(interaction):
            await interaction.delete_original_response()
        await interaction.followup.send(said, ephemeral=True, allowed_mentions=none, **shown)
    except Exception as error:  # noqa: BLE001 — a broken connection too; the incident has still to be kept
        _log.warning("could not answer", error=repr(error))


async def _is_public_placeholder(interaction: discord.Interaction[Any]) -> bool:
    if interaction.response.type is not discord.InteractionResponseType.deferred_channel_message:
        return False
    original = await interaction.original_response()
    return original.flags.loading and not original.flags.ephemeral
