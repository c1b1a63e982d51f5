"""Permissions are called what people read in their server's settings."""

from __future__ import annotations

import discord

from bot.domain.authority import Permission
from bot.domain.permissions import NAMES, name_of


def test_every_permission_that_the_library_knows_has_a_name() -> None:
    assert set(NAMES) == {name for name, _ in discord.Permissions.all()}


def test_the_permissions_that_acts_ask_for_are_called_the_same() -> None:
    for permission in Permission:
        [name] = [name for name, on in discord.Permissions(permission.value) if on]
        assert permission.label == NAMES[name]


def test_a_permission_newer_than_the_list_is_readable_all_the_same() -> None:
    assert name_of("fly_in_circles") == "Fly In Circles"
