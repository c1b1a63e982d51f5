"""Custom ids about moderation that nobody was ever shown: nobody learns or changes anything by them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from bot.domain.case_search import CaseFilter, packed
from bot.domain.cases import Case, CaseKind
from bot.domain.sanctions import SanctionOrder
from tests.cogs.test_forged import HUGE, forge, send_form
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, OTHER_GUILD, Stage, is_private, words

MODERATOR = 4_100 << 22
ADA = 3_100 << 22
RIGHTS = ["ban_members", "kick_members", "moderate_members", "manage_messages", "manage_channels",
          "read_message_history", "view_channel", "send_messages", "embed_links"]  # fmt: skip
OUT_OF_DATE = "This control is out of date."


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """Alice and Ada moderate; Bob is a member. Carol is banned by case #1, and was warned by case #2."""
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, RIGHTS)
    world.add_role(GUILD, "Moderators", id=MODERATOR, permissions=RIGHTS)
    world.add_user("ada", id=ADA)
    world.add_member(GUILD, ADA)
    for user in (ALICE, ADA):
        world.give_role(GUILD, user, MODERATOR)
    await stage.start()
    await stage.ask(stage.alice, "ban", member=f"<@{CAROL}>", silent=True)
    await stage.ask(stage.alice, "warn", member=f"<@{CAROL}>", reason="spam", silent=True)
    assert len(await cases(stage)) == 2
    return stage


async def cases(stage: Stage, guild_id: int = GUILD) -> Sequence[Case]:
    assert stage.app is not None
    found, _ = await stage.app.services.cases.of_member(guild_id, CAROL, limit=50)
    return list(reversed(found))


def buttons(who: int, case: int, channel: int = GENERAL) -> list[str]:
    """Everything about a case and a channel that somebody could press who was asked."""
    about = packed(CaseFilter(CAROL))
    return [
        f"case:file:v1:{case}:1",
        f"case:void:v1:{who}:y:{case}:1",
        f"case:page:v1:{who}:9:o:{about}",
        f"sanction:length:v1:{case}",
        f"sanction:forever:v1:{case}",
        f"moderation:undo:v1:{who}:y:{case}.2",
        "moderation:usual-rules:v1",
        f"locks:end:v1:{who}:y:{channel}:1:60",
        f"purge:confirm:v1:{who}:y:77",
        f"purge:stop:v1:{channel}",
    ]


@pytest.mark.parametrize("custom_id", buttons(BOB, 1), ids=lambda one: one.rpartition(":v1")[0])
async def test_who_is_not_staff_is_refused_whatever_they_press(on_stage: Stage, custom_id: str) -> None:
    before = await cases(on_stage)
    assert (await forge(on_stage, on_stage.bob, custom_id)).startswith("For this you need the permission")
    assert await cases(on_stage) == before


@pytest.mark.parametrize(
    "custom_id",
    [
        f"moderation:undo:v1:{ALICE}:y:{HUGE}.1",
        f"moderation:undo:v1:{ALICE}:y:1.{HUGE}",
        f"locks:end:v1:{ALICE}:y:{HUGE}:1:60",
        f"purge:confirm:v1:{ALICE}:y:{HUGE}",
        f"purge:stop:v1:{HUGE}",
        f"case:page:v1:{ALICE}:{HUGE}:o:{packed(CaseFilter(CAROL))}",
        f"case:own:v1:{ALICE}:{HUGE}:o",
    ],
)
async def test_a_number_that_nothing_can_have_is_a_control_out_of_date(on_stage: Stage, custom_id: str) -> None:
    before = await cases(on_stage)
    said = await forge(on_stage, on_stage.alice, custom_id)
    assert said.startswith(OUT_OF_DATE), said
    assert await cases(on_stage) == before


async def test_a_form_about_somebody_who_cannot_be_acts_on_nobody(on_stage: Stage) -> None:
    said = words(await send_form(on_stage.alice, f"sanction:act:v1:{HUGE}:{HUGE}", "reason", "spam"))
    assert said.startswith(OUT_OF_DATE), said


async def test_a_case_of_another_server_is_neither_shown_nor_changed(on_stage: Stage) -> None:
    assert on_stage.app is not None
    decide = on_stage.app.services.cases.decide
    for number in range(3):
        await decide(OTHER_GUILD, SanctionOrder(CaseKind.NOTE, CAROL, 5, reason=f"secret {number}"))
    before = await cases(on_stage), await cases(on_stage, OTHER_GUILD)
    for custom_id in buttons(ALICE, 3)[:2] + buttons(ALICE, 3)[3:6]:
        said = await forge(on_stage, on_stage.alice, custom_id)
        assert "secret" not in said
        assert "#3" in said, (custom_id, said)  # there is no such case here
    assert (await cases(on_stage), await cases(on_stage, OTHER_GUILD)) == before


async def test_what_another_was_asked_is_neither_answered_nor_forgotten(on_stage: Stage) -> None:
    backend = on_stage.sandbox.world.backend
    for number in range(120):
        backend.create_message(GENERAL, BOB, f"hello {number}")
    exchange = await on_stage.alice.slash(GENERAL, "purge", count=120)
    question = await exchange.finished()
    assert is_private(question)
    [row] = question.components
    key = row["components"][0]["custom_id"].rpartition(":")[2]
    ada = on_stage.sandbox.as_member(GUILD, ADA)
    for answer in "yn":
        await forge(on_stage, ada, f"purge:confirm:v1:{ADA}:{answer}:{key}")
    said = await forge(on_stage, ada, f"purge:confirm:v1:{ALICE}:y:{key}")
    assert said.startswith(f"These buttons belong to <@{ALICE}>.")
    written: dict[int, Any] = backend.messages[GENERAL]
    assert sum(one.content.startswith("hello") for one in written.values()) == 120
    await (await on_stage.alice.click(question, "Delete")).finished()
    async with asyncio.timeout(10):
        while any(one.content.startswith("hello") for one in written.values()):
            await asyncio.sleep(0.01)
