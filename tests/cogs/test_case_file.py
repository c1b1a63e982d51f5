"""Cases and files as staff and members see them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.cases import CaseState
from bot.domain.general import GeneralSettings
from tests.cogs.test_moderation import (
    LOG,
    STAFF,
    asked,
    assert_sound,
    bans,
    case,
    choose_log,
    furnish,
    tick,
    timed_out,
    told,
    use,
)
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, GUILD, Stage, is_private, words

DAY = 86_400


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    furnish(stage.sandbox.world)
    await stage.start()
    await choose_log(stage)
    return stage


async def say(stage: Stage, command: str, who: Any = None, **options: object) -> str:
    answer = await stage.ask(who or stage.alice, command, **options)
    assert is_private(answer)
    return words(answer)


async def test_another_reason_is_shown_in_the_timeline_and_edited_into_the_log(on_stage: Stage) -> None:
    await use(on_stage, "warn", reason="Spam")
    await tick(on_stage)
    said = await say(on_stage, "case reason", number="#1", reason="Scam links")
    assert "✅ Changed." in said
    assert "Reason: Spam → Scam links" in said
    on_stage.clock.advance(seconds=15)
    await tick(on_stage)
    [log] = told(on_stage)
    assert "**Reason:** Scam links" in log
    shown = await say(on_stage, "case view", number="1")
    assert "Case #1 · Warning" in shown
    assert f"<@{ALICE}> · opened" in shown
    assert f"<@{ALICE}> · Reason: Spam → Scam links" in shown
    assert "There is no case #2" in await say(on_stage, "case view", number="2")


async def test_a_file_is_turned_and_leads_to_its_cases_and_back(on_stage: Stage) -> None:
    for place in range(10):
        await use(on_stage, "note", text=f"n{place}")
    first = await on_stage.ask(on_stage.alice, "history", member=f"<@{BOB}>")
    assert is_private(first)
    assert "Note: 10" in words(first)
    assert "`#10`" in words(first)
    assert "`#2`" not in words(first)
    older = await on_stage.alice.press(first, "Older")
    assert "`#2`" in words(older)
    newer = await on_stage.alice.press(older, "Newer")
    assert "`#10`" in words(newer)


async def test_members_read_their_own_file_and_nobody_elses(on_stage: Stage) -> None:
    await use(on_stage, "warn", reason="Spam")
    await use(on_stage, "note", text="secret")
    own = await say(on_stage, "mylogs", on_stage.bob)
    assert "`#1`" in own
    assert "Spam" in own
    assert "secret" not in own
    assert f"<@{ALICE}>" not in own, "the server does not name moderators"
    assert "There is nothing on file." in await say(on_stage, "mylogs", on_stage.carol)
    for command, options in (
        ("history", {"member": f"<@{BOB}>"}),
        ("case view", {"number": "1"}),
        ("case reason", {"number": "1", "reason": "nothing"}),
    ):
        said = await say(on_stage, command, on_stage.bob, **options)
        assert "Spam" not in said
        assert "You" in said
    assert (await case(on_stage)).reason == "Spam"


async def test_nobody_changes_a_case_about_themselves(on_stage: Stage) -> None:
    on_stage.sandbox.world.give_role(GUILD, BOB, STAFF)
    boss = on_stage.sandbox.world.backend.get_guild(GUILD).owner_id
    assert boss not in {ALICE, BOB}
    on_stage.sandbox.world.remove_role(GUILD, BOB, STAFF)
    await use(on_stage, "warn", reason="Spam")
    on_stage.sandbox.world.give_role(GUILD, BOB, STAFF)
    said = await say(on_stage, "case reason", on_stage.bob, number="1", reason="A joke")
    assert "yourself" in said
    assert (await case(on_stage)).reason == "Spam"
