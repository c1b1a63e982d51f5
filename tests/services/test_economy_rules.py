"""Owners switch the economy's commands one by one."""

from __future__ import annotations

import pytest

from bot.domain.economy_settings import EconomyCommand, EconomySettings
from bot.domain.features import FeatureSettings
from bot.errors import CommandOff, FeatureOff
from bot.services import Services
from bot.services.economy_rules import allowed

GUILD = 78 << 22


async def test_every_command_is_on_until_owners_switch_it_off(services: Services) -> None:
    for switch in EconomyCommand:
        await allowed(services.guild_settings, GUILD, switch)


async def test_a_command_that_is_off_says_its_name_and_the_others_still_work(services: Services) -> None:
    left = tuple(one for one in EconomyCommand if one is not EconomyCommand.BANK)
    await services.guild_settings.change(GUILD, EconomySettings(commands=left), base=0, by=None)
    with pytest.raises(CommandOff) as refused:
        await allowed(services.guild_settings, GUILD, EconomyCommand.BANK, command="deposit")
    assert refused.value.command == "deposit"
    await allowed(services.guild_settings, GUILD, EconomyCommand.PAY)


async def test_where_the_economy_is_off_that_is_what_is_said(services: Services) -> None:
    await services.guild_settings.change(GUILD, FeatureSettings.of({"none"}), base=0, by=None)
    with pytest.raises(FeatureOff):
        await allowed(services.guild_settings, GUILD, EconomyCommand.PAY)
