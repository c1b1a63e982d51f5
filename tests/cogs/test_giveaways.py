"""Giveaways as hosts make them and members see them, from the draft to the winners."""

from __future__ import annotations

import pytest

from bot.domain.giveaways import Status
from bot.sandbox import SeenMessage
from bot.services import Services
from tests.cogs.outbox_post import tick
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage, is_private, words

HOSTS = (4_000 << 22) + 7


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    world = stage.sandbox.world
    world.add_role(GUILD, "Hosts", id=HOSTS, permissions=["manage_guild", "manage_messages"])
    world.give_role(GUILD, ALICE, HOSTS)
    await stage.start()
    return stage


def services_of(stage: Stage) -> Services:
    assert stage.app is not None
    return stage.app.services


def seen(stage: Stage) -> list[SeenMessage]:
    with stage.sandbox.view(BOB) as view:
        return [one for one in view.messages(GENERAL) if not is_private(one)]


async def published(stage: Stage, **options: object) -> SeenMessage:
    desk = await stage.ask(stage.alice, "giveaway create", prize="A mug", ends="in 1 hour", **options)
    assert is_private(desk)
    done = await (await stage.alice.click(desk, "Publish")).finished()
    assert "✅ It runs" in words(done)
    await tick(stage)
    [board] = seen(stage)
    return board


async def test_a_giveaway_from_its_draft_to_its_winner(on_stage: Stage) -> None:
    board = await published(on_stage)
    assert board.embeds[0]["title"] == "A mug"
    assert "commitment" in board.embeds[0]["footer"]["text"]
    answer = await (await on_stage.bob.click(board, "Enter")).finished()
    assert is_private(answer)
    assert words(answer).startswith("🎉 You're in!")
    own = await (await on_stage.alice.click(board, "Enter")).finished()
    assert words(own).startswith("It is your own giveaway, so you can't win it.")
    on_stage.clock.advance(seconds=3_601)
    await tick(on_stage)
    await tick(on_stage)
    said = [words(one) for one in seen(on_stage)]
    assert said[1:] == [f"🎉 <@{BOB}> — you won **A mug**!"]
    assert f"**Winners:** <@{BOB}>" in said[0]
    giveaway, [winner] = await services_of(on_stage).giveaway_claims.winners(GUILD, 1)
    assert (giveaway.status, winner.user_id) == (Status.ENDED, BOB)


async def test_one_who_leaves_again_is_not_in(on_stage: Stage) -> None:
    board = await published(on_stage)
    answer = await (await on_stage.carol.click(board, "Enter")).finished()
    left = await (await on_stage.carol.click(answer, "Leave")).finished()
    assert words(left).startswith("You're not in.")
    assert CAROL not in {one.user_id for one in (await services_of(on_stage).giveaway_claims.winners(GUILD, 1))[1]}
