"""Public answers stay in the channels that owners chose for a feature, whichever way somebody asks."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest

from bot.domain.features import Feature
from bot.domain.general import GeneralSettings
from bot.sandbox import SeenMessage
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, is_private, words

MARKET = (4_000 << 22) + 9


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """Coins are public in #market alone, the server speaks German, and Alice has some coins."""
    stage.sandbox.world.add_channel(GUILD, "market", id=MARKET)
    app = await stage.start()
    chosen = GeneralSettings(economy_channels=(MARKET,), language="de")
    await app.services.guild_settings.change(GUILD, chosen, base=0, by=ALICE)
    await stage.ask(stage.alice, "daily")
    return stage


async def pay(stage: Stage, channel_id: int) -> SeenMessage:
    return await (await stage.alice.slash(channel_id, "pay", member=BOB, amount=1)).finished()


async def test_in_its_channels_everybody_reads_it_in_the_server_s_language(on_stage: Stage) -> None:
    seen = await pay(on_stage, MARKET)
    assert not is_private(seen)
    assert "gave" not in words(seen)
    assert seen.pings == (BOB,)


async def test_elsewhere_whoever_asked_reads_it_alone_in_their_own_language(on_stage: Stage) -> None:
    seen = await pay(on_stage, GENERAL)
    assert is_private(seen)
    assert "gave **1 coin** to" in words(seen)


async def test_a_thread_is_as_its_channel(on_stage: Stage) -> None:
    assert on_stage.app is not None
    for channel_id, quiet in ((MARKET, False), (GENERAL, True)):
        channel: Any = on_stage.app.bot.get_channel(channel_id)
        thread = await channel.create_thread(name="corner", type=discord.ChannelType.public_thread)
        assert is_private(await pay(on_stage, thread.id)) is quiet


async def test_what_concerns_one_person_is_theirs_in_public_channels_too(on_stage: Stage) -> None:
    exchange = await on_stage.alice.slash(MARKET, "balance")
    assert is_private(await exchange.finished())


async def typed(stage: Stage, channel_id: int, text: str, *, direct: bool) -> SeenMessage:
    """What the bot says to something typed, there or by direct message."""
    bot_id = stage.sandbox.world.bot_id
    with stage.sandbox.view(ALICE) as view:
        known = {message.id for message in view.messages()}
        await stage.alice.say(channel_id, f"<@{bot_id}> {text}")

        def answers(message: SeenMessage) -> bool:
            right = message.guild_id is None if direct else message.channel_id == channel_id
            return message.author == bot_id and message.id not in known and right

        return await view.wait_for(answers)


async def test_a_typed_command_is_answered_there_or_else_by_direct_message(on_stage: Stage) -> None:
    assert await typed(on_stage, MARKET, f"pay <@{BOB}> 1", direct=False)
    assert await typed(on_stage, GENERAL, f"pay <@{BOB}> 1", direct=True)
    assert await typed(on_stage, GENERAL, "balance", direct=True)
    assert await typed(on_stage, GENERAL, "about", direct=False)  # belongs to no feature that is switched
    there = on_stage.sandbox.view(BOB).messages(GENERAL)
    assert not any("<@" in words(message) and message.author != ALICE for message in there if message.embeds)


async def test_whoever_takes_no_direct_messages_is_told_where_the_answer_is(on_stage: Stage) -> None:
    on_stage.sandbox.world.close_dms(ALICE)
    told = await typed(on_stage, GENERAL, f"pay <@{BOB}> 1", direct=False)
    assert not told.embeds
    assert told.reply_to is not None
    await asyncio.sleep(0)
    assert "**249" in words(await on_stage.ask(on_stage.alice, "balance"))


def test_every_feature_that_is_switched_has_its_public_channels() -> None:
    for feature in Feature:
        assert GeneralSettings().is_public(feature, {1})
        chosen = GeneralSettings.model_validate({f"{feature.value}_channels": (1, 2)})
        assert chosen.is_public(feature, {2, 7})
        assert not chosen.is_public(feature, {7})
        assert GeneralSettings.model_fields[f"{feature.value}_channels"].title == f"Public channels: {feature.label}"
