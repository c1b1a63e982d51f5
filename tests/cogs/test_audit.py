"""/audit as staff reads it, and as others don't."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from aiohttp import ClientSession

from bot.domain.audit import AuditRecord, AuditSource
from bot.domain.coin_range import CoinRange
from bot.domain.economy_settings import EconomySettings
from bot.domain.general import GeneralSettings
from bot.sandbox import CannotDo, SeenMessage
from bot.services import Services
from tests.cogs.test_typed import said
from tests.support.stage import ALICE, BOB, CAROL, ELSEWHERE, GENERAL, GUILD, OTHER_GUILD, Stage, is_private, words

READERS = (4_000 << 22) + 1
VIP = (4_000 << 22) + 2
HELPERS = (4_000 << 22) + 3


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """Alice may read the log and give roles; Bob and Carol may not."""
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, ["manage_roles", "view_channel", "send_messages"])
    world.add_role(GUILD, "Readers", id=READERS, permissions=["view_audit_log", "manage_roles"])
    world.add_role(GUILD, "Helpers", id=HELPERS)
    world.add_role(GUILD, "VIP", id=VIP)
    world.give_role(GUILD, ALICE, READERS)
    await stage.start()
    return stage


def services(stage: Stage) -> Services:
    assert stage.app is not None
    return stage.app.services


async def change(stage: Stage, section: EconomySettings | GeneralSettings, base: int = 0, by: int = BOB) -> None:
    await services(stage).guild_settings.change(GUILD, section, base=base, by=by, source=AuditSource.BUTTON)


async def record(stage: Stage, *records: AuditRecord, guild: int = GUILD) -> None:
    assert stage.app is not None
    async with stage.app.database.write() as session:
        for one in records:
            await services(stage).audit.record(session, guild, one)


def numbered(count: int, actor: int = BOB) -> list[AuditRecord]:
    return [AuditRecord("thing.do", actor, AuditSource.COMMAND, description=f"no {number}") for number in range(count)]


async def press(stage: Stage, message: SeenMessage, label: str) -> SeenMessage:
    return await (await stage.alice.click(message, label)).finished()


async def open_entry(stage: Stage, message: SeenMessage, number: int = 0) -> SeenMessage:
    [menu] = [one for one in message.controls() if str(one.get("custom_id")).startswith("audit:entry")]
    value = menu["options"][number]["value"]
    return await (await stage.alice.select(message, menu["custom_id"], [value])).finished()


async def file_of(stage: Stage, message: SeenMessage, **written: str) -> tuple[SeenMessage, str]:
    form = await (await stage.alice.click(message, "As a file…")).answered()
    answer = await (await stage.alice.submit(form, written)).finished()
    [file] = answer.attachments
    async with ClientSession() as http, http.get(file["url"]) as found:
        return answer, (await found.read()).decode("utf-8-sig")


def numbers(message: SeenMessage) -> list[int]:
    return [int(one) for one in re.findall(r"no (\d+)", words(message))]


# What it says -------------------------------------------------------------------------------------------


async def test_staff_reads_what_was_changed_in_plain_words_and_alone(on_stage: Stage) -> None:
    await change(on_stage, EconomySettings(daily_amount=CoinRange.fixed(1_000)))
    await change(on_stage, GeneralSettings(language="de", admin_roles=(VIP,)), by=CAROL)
    answer = await on_stage.ask(on_stage.alice, "audit")
    assert is_private(answer)
    first, second, third, fourth, _title = words(answer).split("\n")
    assert re.fullmatch(rf"<t:\d+:f> · <@{CAROL}> · \*\*Settings changed: General\*\* · on a panel", first)
    assert second == f"-# Language: English → Deutsch · Admin roles: nothing chosen → <@&{VIP}>"
    assert f"<@{BOB}> · **Settings changed: Economy**" in third
    assert fourth == "-# Daily amount: `250` → `1,000`"


async def test_the_reader_s_language_names_the_settings(on_stage: Stage) -> None:
    await change(on_stage, EconomySettings(daily_amount=CoinRange.fixed(1_000)))
    german = on_stage.sandbox.as_member(GUILD, ALICE, locale="de")
    assert "Münzen pro Tag: `250` → `1.000`" in words(await on_stage.ask(german, "audit"))


async def test_roles_that_staff_gave_and_ended_are_told_with_until_when_and_why(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "role give", member=BOB, role=VIP, duration="2h", reason="won *it*")
    await on_stage.ask(on_stage.alice, "role end", member=BOB, role=VIP)
    ends = int(on_stage.clock.now().timestamp()) + 7_200
    said_ = words(await on_stage.ask(on_stage.alice, "audit"))
    assert f"**Role given: <@{BOB}>** · by command\n-# Role: <@&{VIP}> · Until: <t:{ends}:f> · “won \\*it\\*”" in said_
    assert (
        f"**Role ended: <@{BOB}>** · by command\n-# <@&{VIP}> was given until <t:{ends}:f>, and was ended before"
        in said_
    )


async def test_what_is_typed_says_so(on_stage: Stage) -> None:
    await change(on_stage, GeneralSettings(prefix="!"))
    await said(on_stage, f"!role give <@{BOB}> <@&{VIP}>")
    assert "only for slash commands" in await said(on_stage, f"!audit by:<@{ALICE}>")
    [entry] = [one for one in (await services(on_stage).audit.search(GUILD)).entries if one.record.actor_id == ALICE]
    assert entry.record.source is AuditSource.TYPED


async def test_an_entry_has_its_details_and_the_way_back_leads_to_the_same_page(on_stage: Stage) -> None:
    await change(on_stage, EconomySettings(daily_amount=CoinRange.fixed(1_000), starting_balance=5))
    await record(on_stage, *numbered(15))
    older = await press(on_stage, await on_stage.ask(on_stage.alice, "audit"), "Older")
    entry = await open_entry(on_stage, older, -1)
    assert entry.id == older.id
    assert f"By <@{BOB}>, on a panel" in words(entry)
    assert "• Starting balance: `0` → `5`\n• Daily amount: `250` → `1,000`" in words(entry)
    assert words(await press(on_stage, entry, "Back")) == words(older)


async def test_the_longest_texts_fit_and_are_never_run_as_markup(on_stage: Stage) -> None:
    much = {f"thing {number}": "*" * 5_000 for number in range(80)}
    wild = AuditRecord("a.b", None, AuditSource.TICKER, "thing", "x" * 64, much, {}, "_@everyone_ " * 100)
    await record(on_stage, *[wild] * 10)
    page = await on_stage.ask(on_stage.alice, "audit")
    assert words(page).count("I, by myself") == 10
    assert words(page).removesuffix("\nAudit log").endswith("”"), "nothing was cut off at the end"
    assert "The rest is in the file" in words(await open_entry(on_stage, page))
    assert list(page.pings) == []


async def test_rows_of_the_menu_that_were_alike_tell_who_did_what_to_whom_and_when(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.bob, "about")  # so that he was seen
    await on_stage.ask(on_stage.alice, "role give", member=BOB, role=VIP, duration="2h", reason="won *it*")
    await on_stage.ask(on_stage.alice, "role give", member=CAROL, role=VIP)
    await change(on_stage, EconomySettings(daily_amount=CoinRange.fixed(1_000)))
    assert on_stage.app is not None
    await on_stage.app.recorder.flush()
    page = await on_stage.ask(on_stage.alice, "audit")
    [menu] = [one for one in page.controls() if str(one.get("custom_id")).startswith("audit:entry")]
    now = on_stage.clock.now()
    at, ends = f"{now:%-d Mar %Y %H:%M}", f"{now + timedelta(hours=2):%-d Mar %Y %H:%M}"
    assert [(one["label"], one["description"]) for one in menu["options"]] == [
        ("Settings changed: Economy", f"{at} · bob · Daily amount: 250 → 1,000"),
        ("Role given: carol", f"{at} · alice · Role: @VIP · Until: for good"),
        ("Role given: bob", f"{at} · alice · Role: @VIP · Until: {ends} · won *it*"),
    ]


async def test_the_longest_rows_of_the_menu_fit(on_stage: Stage) -> None:
    much = {f"thing {number}": "*" * 500 for number in range(9)}
    await record(on_stage, AuditRecord("batch.start", BOB, AuditSource.BUTTON, "batch", "9", None, much, "_x_ " * 99))
    [menu] = [one for one in (await on_stage.ask(on_stage.alice, "audit")).controls() if one.get("options")]
    [row] = menu["options"]
    assert {len(row["label"]), len(row["description"])} == {100}


async def test_who_was_never_seen_and_what_is_gone_are_told_in_the_menu_too(on_stage: Stage) -> None:
    await record(on_stage, AuditRecord("role.give", 1 << 60, AuditSource.COMMAND, "member", "7", None, {"role": "5"}))
    [menu] = [one for one in (await on_stage.ask(on_stage.alice, "audit")).controls() if one.get("options")]
    assert menu["options"][0]["label"] == "Role given: somebody"
    assert menu["options"][0]["description"].endswith(" · somebody · Role: a deleted role")


# Finding ------------------------------------------------------------------------------------------------


async def test_it_is_filtered_by_who_whom_and_what_and_stays_so_over_pages_and_restarts(on_stage: Stage) -> None:
    await record(on_stage, *numbered(12, CAROL), *numbered(12, BOB))
    page = await on_stage.ask(on_stage.alice, "audit", by=f"<@{CAROL}>")
    assert f"Only: done by <@{CAROL}>" in words(page)
    assert numbers(page) == list(range(11, 1, -1))
    await on_stage.stop()
    await on_stage.start()
    older = await press(on_stage, page, "Older")
    assert f"Only: done by <@{CAROL}>" in words(older)
    assert numbers(older) == [1, 0]
    assert numbers(await press(on_stage, older, "Newest")) == numbers(page)


async def test_sections_and_acts_are_suggested_by_their_names(on_stage: Stage) -> None:
    exchange = await on_stage.alice.autocomplete(GENERAL, "audit", "what", "econ")
    await exchange.answered()
    assert [(one["name"], one["value"]) for one in exchange.choices] == [("Settings changed: Economy", "economy")]
    await change(on_stage, EconomySettings(daily_amount=CoinRange.fixed(1_000)))
    await change(on_stage, GeneralSettings(language="en", prefix="?"))
    await on_stage.ask(on_stage.alice, "role give", member=BOB, role=VIP)
    economy = words(await on_stage.ask(on_stage.alice, "audit", what="economy"))
    assert "Only: Settings changed: Economy" in economy
    assert economy.count("<t:") == 1
    given = words(await on_stage.ask(on_stage.alice, "audit", what="role.give", about=f"<@{BOB}>"))
    assert f"Only: about <@{BOB}> · Role given" in given
    assert given.count("by command") == 1
    assert "Nothing fits." in words(await on_stage.ask(on_stage.alice, "audit", what="economy", about=f"<@{BOB}>"))
    assert "can't make sense of `weather` as `what`" in words(
        await on_stage.ask(on_stage.alice, "audit", what="weather")
    )


async def test_it_goes_to_a_day_within_what_is_filtered(on_stage: Stage) -> None:
    for number in range(30):  # the first on 2 March
        await record(on_stage, numbered(number + 1)[-1], *numbered(1, CAROL))
        on_stage.clock.advance(days=1)
    page = await on_stage.ask(on_stage.alice, "audit", by=f"<@{BOB}>")
    form = await (await on_stage.alice.click(page, "Go to…")).answered()
    day = await (await on_stage.alice.submit(form, {"day": "15.3."})).finished()
    assert numbers(day) == list(range(13, 3, -1))
    assert f"Only: done by <@{BOB}>" in words(day)


# As a file ----------------------------------------------------------------------------------------------


async def test_what_is_filtered_comes_as_a_table_of_the_days_that_are_asked_for(on_stage: Stage) -> None:
    for number in range(6):
        await record(on_stage, AuditRecord("thing.do", BOB, AuditSource.CLI, description=f"=no {number}"))
        on_stage.clock.advance(days=1)
    page = await on_stage.ask(on_stage.alice, "audit", by=f"<@{BOB}>")
    answer, content = await file_of(on_stage, page, **{"from": "3.3.", "to": "5.3."})
    assert is_private(answer)
    assert "3 entries, newest first." in words(answer)
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [row["description"] for row in rows] == ["'=no 3", "'=no 2", "'=no 1"], "no formula is run"
    assert {row["actor_id"] for row in rows} == {str(BOB)}
    assert {row["source"] for row in rows} == {"cli"}


async def test_it_comes_as_json_with_what_was_before_and_after(on_stage: Stage) -> None:
    await change(on_stage, EconomySettings(daily_amount=CoinRange.fixed(1_000)))
    answer, content = await file_of(on_stage, await on_stage.ask(on_stage.alice, "audit"), kind="json")
    assert "1 entry, newest first." in words(answer)
    [row] = json.loads(content)
    assert (row["before"], row["after"], row["action"]) == (
        {"daily_amount": 250}, {"daily_amount": 1_000}, "settings.change",
    )  # fmt: skip


async def test_days_the_wrong_way_round_are_refused(on_stage: Stage) -> None:
    await record(on_stage, *numbered(1))
    page = await on_stage.ask(on_stage.alice, "audit")
    on_stage.clock.advance(days=30)
    form = await (await on_stage.alice.click(page, "As a file…")).answered()
    refused = await (await on_stage.alice.submit(form, {"from": "9.3.", "to": "5.3."})).finished()
    assert "must not lie before the first" in words(refused)


# Who may ------------------------------------------------------------------------------------------------


async def test_a_member_without_rights_is_not_shown_it_and_typing_it_does_not_help(on_stage: Stage) -> None:
    await record(on_stage, *numbered(1))
    with pytest.raises(CannotDo):
        await on_stage.ask(on_stage.bob, "audit")
    await change(on_stage, GeneralSettings(prefix="!"))
    on_stage.sandbox.world.take_role(GUILD, ALICE, READERS)
    assert "only for slash commands" in await said(on_stage, "!audit")


async def test_manage_server_or_an_admin_role_of_the_settings_is_enough(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await record(on_stage, *numbered(15))
    page = await on_stage.ask(on_stage.alice, "audit")
    world.take_role(GUILD, ALICE, READERS)
    world.give_role(GUILD, ALICE, HELPERS)
    refused = words(await press(on_stage, page, "Older"))
    assert "**Manage Server / View Audit Log**, or one of the **Admin roles**" in refused
    await change(on_stage, GeneralSettings(admin_roles=(HELPERS,)))
    assert numbers(await press(on_stage, page, "Older")) == [4, 3, 2, 1, 0]
    await change(on_stage, GeneralSettings(), base=1)
    world.edit_role(GUILD, HELPERS, permissions=["manage_guild"])
    assert numbers(await press(on_stage, page, "Newer"))[-1] == 5


async def test_who_may_no_longer_is_told_nothing_by_buttons_menus_and_forms_of_before(on_stage: Stage) -> None:
    await record(on_stage, *numbered(15))
    page = await on_stage.ask(on_stage.alice, "audit")
    form = await (await on_stage.alice.click(page, "As a file…")).answered()
    on_stage.sandbox.world.take_role(GUILD, ALICE, READERS)
    older = await press(on_stage, page, "Older")
    entry = await open_entry(on_stage, page)
    file = await (await on_stage.alice.submit(form, {})).finished()
    for refused in (older, entry, file):
        assert "For this you need the permission" in words(refused)
        assert "no " not in words(refused).split("For this")[0]
        assert not refused.attachments


async def test_another_server_s_log_is_another(on_stage: Stage) -> None:
    await record(on_stage, *numbered(1), guild=OTHER_GUILD)
    assert "Nothing was changed yet." in words(await on_stage.ask(on_stage.alice, "audit"))
    assert ELSEWHERE != GENERAL
