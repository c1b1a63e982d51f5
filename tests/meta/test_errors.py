"""Every error that is an answer can be said, and nothing else ever is."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest
from discord import app_commands

from bot import errors
from bot.errors import UserError
from bot.ui.errors import describe, sentence, unwrap
from bot.words import Phrase

SAMPLES: dict[type, Any] = {
    int: 1234,
    str: "text",
    datetime: datetime(2026, 1, 1, tzinfo=UTC),
    timedelta: timedelta(hours=2),
    Phrase: Phrase("must be at least {least}", {"least": 5}),
}


def leaves(kind: type[UserError] = UserError) -> Iterator[type[UserError]]:
    children = [child for child in kind.__subclasses__() if child.__module__.startswith("bot.")]
    if not children:
        yield kind
    for child in children:
        yield from leaves(child)


def sample(kind: type[Any]) -> UserError:
    hints = typing.get_type_hints(kind)
    return kind(**{field.name: SAMPLES[hints[field.name]] for field in dataclasses.fields(kind)})


@pytest.mark.parametrize("kind", list(leaves()), ids=lambda kind: kind.__name__)
def test_every_answer_can_be_said_in_a_short_sentence(kind: type[UserError]) -> None:
    assert dataclasses.is_dataclass(kind)
    said = describe(sample(kind))
    assert "{" not in said
    assert 10 < len(said) < 300
    assert said[-1] in ".!?"
    used = [field.name for field in dataclasses.fields(kind) if f"{{{field.name}}}" in kind.template]
    spare = {field.name for field in dataclasses.fields(kind)} - set(used)
    assert spare <= {"key", "name"}, "data that is never said"


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    drawn = {line.split("─ ")[1].split()[0] for line in (errors.__doc__ or "").splitlines() if "─ " in line}
    defined = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, UserError) and kind is not UserError
    }
    assert drawn == defined


def test_amounts_members_and_times_are_written_for_people() -> None:
    assert describe(errors.InsufficientFunds(1_000, 2_000)) == "You have 1,000 and would need 2,000."
    assert describe(errors.BotHasNoPurse(5)) == "<@5> is a bot, and bots have no purse."
    assert "<t:1767225600:R>" in describe(errors.AlreadyClaimed(datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    "error",
    [
        app_commands.CommandOnCooldown(app_commands.Cooldown(1, 9), 4.2),
        app_commands.MissingPermissions(["manage_guild"]),
        app_commands.BotMissingPermissions(["ban_members", "kick_members"]),
        app_commands.NoPrivateMessage(),
        app_commands.CommandNotFound("x", []),
        app_commands.CheckFailure(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_discord_py_refuses_has_a_sentence_of_its_own(error: Exception) -> None:
    said = sentence(error)
    assert said is not None
    assert said[-1] == "."


def test_a_fault_has_no_sentence_whatever_it_says() -> None:
    assert sentence(KeyError("secret detail")) is None
    response: Any = type("Response", (), {"status": 403, "reason": "no"})()
    assert sentence(discord.Forbidden(response, "Missing Permissions")) is None


def test_the_error_behind_the_wrappers_is_the_one_that_counts() -> None:
    inner = errors.GuildOnly()
    command: Any = type("Command", (), {"name": "x"})()
    assert unwrap(app_commands.CommandInvokeError(command, inner)) is inner


def test_an_error_that_passes_a_context_manager_keeps_its_data() -> None:
    @contextmanager
    def manager() -> Iterator[None]:
        yield

    with pytest.raises(errors.InsufficientFunds) as caught, manager():
        raise errors.InsufficientFunds(1, 2)
    assert (caught.value.balance, caught.value.amount) == (1, 2)
