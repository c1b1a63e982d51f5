"""Cases and files as staff and members see them."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from datetime import datetime
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.actions.case_facts import about_member
from bot.domain.authority import Permission
from bot.domain.cases import CaseState
from bot.domain.general import GeneralSettings
from bot.domain.moderation import ModerationSettings
from bot.domain.profile import Glance
from bot.i18n import tongue
from bot.services.sanctions import LEASE
from tests.cogs.outbox_post import letters
from tests.cogs.test_moderation import (
    LOG,
    STAFF,
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
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, SeenMessage, Stage, is_private, words

PNG = b"\x89PNG\r\n\x1a\n" + b"sheep" * 100


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


def held_until(stage: Stage) -> datetime:
    return datetime.fromisoformat(timed_out(stage))


async def press(stage: Stage, message: SeenMessage, label: str) -> SeenMessage:
    return await (await stage.alice.click(message, label)).finished()


async def test_a_file_is_turned_and_leads_to_its_cases_and_back(on_stage: Stage) -> None:
    for place in range(10):
        await use(on_stage, "note", text=f"n{place}")
    first = await on_stage.ask(on_stage.alice, "history", member=f"<@{BOB}>")
    assert is_private(first)
    assert "Note: 10" in words(first)
    assert "`#10`" in words(first)
    assert "`#2`" not in words(first)
    older = await press(on_stage, first, "Older")
    assert "`#2`" in words(older)
    [row] = [row for row in older.components if row["components"][0].get("options")]
    menu = row["components"][0]
    value = next(one["value"] for one in menu["options"] if one["value"] == "2")
    chosen = await (await on_stage.alice.select(older, menu["custom_id"], [value])).finished()
    assert "Case #2 · Note" in words(chosen)
    back = await press(on_stage, chosen, "Back")
    assert "`#2`" in words(back)
    assert "`#10`" in words(await press(on_stage, back, "Newer"))


async def test_members_read_their_own_file_and_nobody_elses(on_stage: Stage) -> None:
    await use(on_stage, "warn", reason="Spam")
    await use(on_stage, "note", text="secret")
    own = await say(on_stage, "mylogs", on_stage.bob)
    assert "`#1`" in own
    assert "Spam" in own
    assert "secret" not in own
    assert f"<@{ALICE}>" not in own, "the server does not name moderators"
    nothing = await say(on_stage, "mylogs", on_stage.carol)
    assert nothing.startswith("There is nothing on file."), "and not after empty lines"


async def test_who_is_no_moderator_any_more_reads_no_further_page_and_voids_nothing(on_stage: Stage) -> None:
    for place in range(10):
        await use(on_stage, "note", text=f"n{place}")
    await use(on_stage, "ban")
    page = await on_stage.ask(on_stage.alice, "history", member=f"<@{BOB}>")
    question = await on_stage.ask(on_stage.alice, "case void", number="11")
    on_stage.sandbox.world.take_role(GUILD, ALICE, STAFF)
    refused = await press(on_stage, page, "Older")
    assert "`#" not in words(refused)
    assert is_private(refused)
    await press(on_stage, question, "Void and lift it")
    assert set(bans(on_stage)) == {BOB}


async def test_nobody_changes_a_case_about_themselves(on_stage: Stage) -> None:
    await use(on_stage, "warn", reason="Spam")
    on_stage.sandbox.world.give_role(GUILD, BOB, STAFF)
    said = await say(on_stage, "case reason", on_stage.bob, number="1", reason="A joke")
    assert "yourself" in said
    assert (await case(on_stage)).reason == "Spam"


async def test_a_case_that_is_restored_says_so_in_its_timeline(on_stage: Stage) -> None:
    await use(on_stage, "ban")
    await use(on_stage, "unban")
    await say(on_stage, "case void", number="1")
    shown = await say(on_stage, "case restore", number="1")
    assert f"<@{ALICE}> · restored\n" in shown, "and not that it is over once more"


async def test_what_another_case_has_to_do_with_it_is_said_once(on_stage: Stage) -> None:
    await use(on_stage, "ban")
    await use(on_stage, "unban")
    assert (await say(on_stage, "case view", number="2")).count("#1") == 1


async def test_numbers_say_of_how_many_days_they_are_in_every_language(on_stage: Stage) -> None:
    assert "All moderators, in the last day:" in await say(on_stage, "modstats", days=1)
    assert "All moderators, in the last 30 days:" in await say(on_stage, "modstats")


async def test_the_usual_reasons_are_said_in_the_language_of_the_server(on_stage: Stage) -> None:
    assert on_stage.app is not None
    settings = on_stage.app.services.guild_settings
    general = await settings.read(GUILD, GeneralSettings)
    german = general.value.model_copy(update={"language": "de"})
    await settings.change(GUILD, german, base=general.version, by=None)
    offered = await (await on_stage.alice.autocomplete(GENERAL, "warn", "reason", "")).answered()
    expected = ModerationSettings().presets(tongue("de").texts.gettext)
    assert [one["value"] for one in offered.choices] == list(expected)


async def test_numbers_are_suggested_to_staff_alone_with_kind_and_member(on_stage: Stage) -> None:
    await use(on_stage, "warn", reason="Spam")
    offered = await (await on_stage.alice.autocomplete(GENERAL, "case view", "number", "")).answered()
    [choice] = offered.choices
    assert choice["name"].startswith("#1 · Warning · ")
    assert choice["value"] == "1"


async def test_a_longer_timeout_is_shown_by_discord_and_told_to_the_member(on_stage: Stage) -> None:
    await use(on_stage, "timeout", duration="1h", reason="Spam")
    said = await say(on_stage, "case edit", number="1", duration="2d")
    assert "✅ Changed." in said
    assert "End: <t:" in said
    assert held_until(on_stage) == (await case(on_stage)).expires_at
    await tick(on_stage)
    assert "now ends <t:" in words(letters(on_stage, BOB)[-1])
    assert "Say what is to be changed" in await say(on_stage, "case edit", number="1")
    await assert_sound(on_stage)


async def test_a_ban_is_void_after_a_question_and_lifted_with_it(on_stage: Stage) -> None:
    await use(on_stage, "ban", reason="Mixed up")
    asked_first = await on_stage.ask(on_stage.alice, "case void", number="1")
    assert "is banned by case #1" in words(asked_first)
    assert set(bans(on_stage)) == {BOB}
    done = await press(on_stage, asked_first, "Void and lift it")
    assert "It is void, and lifted: case #2." in words(done)
    assert bans(on_stage) == {}
    assert (await case(on_stage)).state is CaseState.VOID
    assert "is void already" in await say(on_stage, "case void", number="1")
    assert "It counts again" in await say(on_stage, "case restore", number="1")
    assert bans(on_stage) == {}
    await assert_sound(on_stage)


async def test_a_case_that_was_changed_after_the_question_is_not_void(on_stage: Stage) -> None:
    await use(on_stage, "ban", reason="Mixed up")
    question = await on_stage.ask(on_stage.alice, "case void", number="1")
    await say(on_stage, "case reason", number="1", reason="It was him after all")
    assert "changed case #1" in words(await press(on_stage, question, "Void and lift it"))
    assert set(bans(on_stage)) == {BOB}
    assert (await case(on_stage)).state is CaseState.ACTIVE


async def test_a_warning_is_void_at_once_and_linked_cases_name_each_other(on_stage: Stage) -> None:
    await use(on_stage, "warn", reason="Spam")
    await use(on_stage, "note", text="see there")
    assert "✅ Linked." in await say(on_stage, "case link", number="2", other="1")
    assert "**Linked to:** #2" in await say(on_stage, "case view", number="1")
    assert "It is void." in await say(on_stage, "case void", number="1")
    assert "1 void or failed" in await say(on_stage, "history", member=f"<@{BOB}>")
    assert "nothing on file" in await say(on_stage, "mylogs", on_stage.bob)


async def test_proof_is_shown_again_when_the_message_is_long_gone(on_stage: Stage) -> None:
    await use(on_stage, "warn", reason="Spam")
    shown = await on_stage.ask(
        on_stage.alice, "case proof", number="1", file=("cat.jpg", PNG), file2=("a.txt", b"hello")
    )
    assert "✅ Kept." in words(shown)
    assert "**Proof:** cat.png (1 KiB), a.txt (1 KiB)" in words(shown)
    file = await press(on_stage, shown, "cat.png")
    assert is_private(file)
    [attached] = file.attachments
    async with ClientSession() as http, http.get(attached["url"]) as found:
        assert await found.read() == PNG
    refused = await say(on_stage, "case proof", number="1", file=("cat.png", b"MZ\x90\x00"))
    assert "is not kept" in refused
    on_stage.sandbox.world.take_role(GUILD, ALICE, STAFF)
    assert not (await press(on_stage, shown, "a.txt")).attachments


async def test_a_member_gets_the_files_of_their_cases_with_their_data(on_stage: Stage) -> None:
    await use(on_stage, "warn", reason="Spam")
    await on_stage.ask(on_stage.alice, "case proof", number="1", file=("cat.jpg", PNG))
    seen = await on_stage.ask(on_stage.bob, "privacy")
    given = await (await on_stage.bob.click(seen, "Get my data")).finished()
    assert is_private(given)
    assert "The files of cases about you are beside it." in words(given)
    [attached] = given.attachments
    async with ClientSession() as http, http.get(attached["url"]) as answer:
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    document, file = archive.namelist()
    assert archive.read(file) == PNG
    [named] = json.loads(archive.read(document))["files"]
    assert (named["file"], named["number"], named["name"]) == (file, 1, "cat.png")


async def test_staff_hears_of_a_return_and_reads_numbers(on_stage: Stage) -> None:
    assert on_stage.app is not None
    settings = on_stage.app.services.guild_settings
    base = (await settings.read(GUILD, GeneralSettings)).version
    await settings.change(GUILD, GeneralSettings(alert_channel=LOG), base=base, by=None)
    await use(on_stage, "warn", reason="Spam")
    await use(on_stage, "kick")
    await tick(on_stage)
    await on_stage.bob.join()
    alerts: list[str] = []
    async with asyncio.timeout(10):
        while not alerts:
            await tick(on_stage)
            await asyncio.sleep(0.01)
            alerts = [one for one in told(on_stage) if "joined." in one]
    [alert] = alerts
    assert f"<@{BOB}> (`{BOB}`) joined. On file: Warning: 1, Kick: 1." in alert
    said = await say(on_stage, "modstats", days=7)
    assert "**Warning:** 1" in said
    assert f"<@{ALICE}>: 2" in said
    assert "Nothing was done." in await say(on_stage, "modstats", moderator=f"<@{BOB}>")
    services, staff = on_stage.app.services, int(Permission.KICK_MEMBERS)
    [fact] = await about_member(services, Glance(GUILD, BOB, is_bot=False, viewer_id=ALICE, permissions=staff))
    assert fact.value == "2 cases, 1 point"
    assert not await about_member(services, Glance(GUILD, BOB, is_bot=False, viewer_id=BOB, permissions=0))


# When the process dies ------------------------------------------------------------------------------------------


async def _edit(stage: Stage, points: CrashPoints) -> None:
    stage.arrange = points.plant
    await stage.start()
    before = (await case(stage)).expires_at
    await points.arm()
    exchange = await stage.alice.slash(GENERAL, "case edit", number="1", duration="3d")
    await points.heard(exchange)
    points.armed = False
    await stage.die()
    stage.arrange = None
    stage.clock.advance(seconds=LEASE.total_seconds() + 1)
    await stage.start()
    await tick(stage)
    after = (await case(stage)).expires_at
    assert after is not None
    if "after commit" in points.seen:
        assert after != before, "committed, and forgotten"
    assert held_until(stage) == after
    await assert_sound(stage)
    await stage.stop()


async def test_an_edited_timeout_is_what_discord_holds_wherever_the_process_dies(stage: Stage) -> None:
    furnish(stage.sandbox.world)
    await stage.start()
    await use(stage, "timeout", duration="1h", silent=True)
    await stage.stop()
    await sweep(lambda points: _edit(stage, points))
