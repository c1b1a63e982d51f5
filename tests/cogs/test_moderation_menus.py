"""The menus of people and messages: one form for every act, and the message as it stood becomes part of the case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.cases import CaseKind, CaseState
from bot.domain.proof import MOST_BYTES
from bot.domain.snapshots import MessageSnapshot
from bot.errors import CaseNotFound
from bot.sandbox import Exchange, SeenMessage
from tests.cogs.test_moderation import (
    DAY,
    STAFF,
    asked,
    assert_sound,
    bans,
    case,
    choose_log,
    furnish,
    letters,
    tick,
    timed_out,
    told,
)
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, is_private, words

PNG = b"\x89PNG\r\n\x1a\n" + b"sheep" * 100
RUDE = "You are all\nfools"


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    furnish(stage.sandbox.world)
    await stage.start()
    await choose_log(stage)
    return stage


async def opened(stage: Stage, message: SeenMessage | None = None) -> Exchange:
    if message is None:
        form = await stage.alice.context_menu(GENERAL, "Moderate member", user=BOB)
    else:
        form = await stage.alice.context_menu(GENERAL, "Moderate author", message=message)
    await form.answered()
    return form


async def sent(stage: Stage, form: Exchange, values: Mapping[str, Any]) -> str:
    answer = await (await stage.alice.submit(form, values)).finished()
    assert is_private(answer)
    return words(answer)


async def test_a_member_is_banned_by_the_form_as_by_the_command(on_stage: Stage) -> None:
    values = {"act": "ban", "reason": "Scam", "length": "7d", "delete": str(DAY)}
    said = await sent(on_stage, await opened(on_stage), values)
    assert f"Banned <@{BOB}> for 1 week, until <t:" in said
    assert "They were told by direct message." in said
    [request] = asked(on_stage, "PUT", "/bans/")
    assert int(request.query["delete_message_seconds"]) == DAY
    assert request.reason == "#1 alice: Scam"
    assert set(bans(on_stage)) == {BOB}
    assert "is banned already" in await sent(on_stage, await opened(on_stage), {"act": "ban"})
    await assert_sound(on_stage)


async def test_what_is_left_out_is_as_usual_in_this_server(on_stage: Stage) -> None:
    assert "for 1 hour, until" in await sent(on_stage, await opened(on_stage), {"act": "timeout"})
    assert timed_out(on_stage) is not None
    assert "Warned" in await sent(on_stage, await opened(on_stage), {"act": "warn", "reason": "Spam"})
    warning = await case(on_stage, 2)
    assert (warning.points, warning.expires_at is None) == (1, False)
    assert "they may come back" in await sent(on_stage, await opened(on_stage), {"act": "softban"})
    [put] = asked(on_stage, "PUT", "/bans/")
    assert int(put.query["delete_message_seconds"]) == DAY
    await assert_sound(on_stage)


async def test_what_does_not_belong_to_an_act_is_refused_and_nothing_is_done(on_stage: Stage) -> None:
    for values in ({"act": "kick", "length": "7d"}, {"act": "timeout", "delete": str(DAY)}):
        assert "Nothing was done" in await sent(on_stage, await opened(on_stage), values)
    assert "need a reason" in await sent(on_stage, await opened(on_stage), {"act": "note", "reason": " "})
    assert "I need a length" in await sent(on_stage, await opened(on_stage), {"act": "ban", "length": "soon"})
    with pytest.raises(CaseNotFound):
        await case(on_stage)
    assert timed_out(on_stage) is None


async def test_a_message_becomes_part_of_the_case_as_it_stood_though_it_is_gone(on_stage: Stage) -> None:
    message = await on_stage.bob.say(GENERAL, RUDE, files=[("face.png", b"not really")])
    form = await opened(on_stage, message)
    await on_stage.bob.edit(message, "You are all wonderful")
    await on_stage.bob.delete(message)
    assert "Warned" in await sent(on_stage, form, {"act": "warn", "reason": "Insults"})
    expected = MessageSnapshot(GENERAL, message.id, BOB, RUDE, ("face.png",))
    assert (await case(on_stage)).details.message == expected
    await tick(on_stage)
    [log] = told(on_stage)
    assert f"**Message:** {expected.link(GUILD)}, sent <t:{expected.sent}:f>:\n> You are all\n> fools" in log
    assert "**Its files:** `face.png`" in log
    [letter] = letters(on_stage, BOB)
    assert "fools" not in words(letter)


async def test_staff_sees_where_the_links_of_a_message_lead(on_stage: Stage) -> None:
    message = await on_stage.bob.say(GENERAL, r"[Your prize](https://evil.example) \[and this](https://evil.example)")
    await sent(on_stage, await opened(on_stage, message), {"act": "warn", "reason": "Scam"})
    await tick(on_stage)
    [log] = told(on_stage)
    assert r"> \[Your prize](https://evil.example) \\\[and this](https://evil.example)" in log


async def test_a_form_that_outlived_its_process_reads_the_message_again(on_stage: Stage) -> None:
    first, second = await on_stage.bob.say(GENERAL, RUDE), await on_stage.bob.say(GENERAL, "gone soon")
    forms = [await opened(on_stage, first), await opened(on_stage, second)]
    await on_stage.bob.delete(second)
    await on_stage.die()
    await on_stage.start()
    for form in forms:
        assert "Noted" in await sent(on_stage, form, {"act": "note", "reason": "Insults"})
    read, lost = (await case(on_stage, 1)).details.message, (await case(on_stage, 2)).details.message
    assert read == MessageSnapshot(GENERAL, first.id, BOB, RUDE)
    assert lost == MessageSnapshot(GENERAL, second.id, BOB, None)
    await tick(on_stage)
    assert any("It was gone before it could be read." in one for one in told(on_stage))


async def test_whoever_lost_the_permission_meanwhile_does_nothing_and_members_see_no_form(on_stage: Stage) -> None:
    form = await opened(on_stage)
    on_stage.sandbox.world.take_role(GUILD, on_stage.alice.user_id, STAFF)
    assert "you need the permission **Kick Members**" in await sent(on_stage, form, {"act": "kick"})
    for stored in on_stage.sandbox.world.backend.commands[None].values():
        stored["default_member_permissions"] = None
    refused = await on_stage.carol.context_menu(GENERAL, "Moderate member", user=BOB)
    assert "you need the permission" in words(await refused.finished())
    assert refused.modal is None
    with pytest.raises(CaseNotFound):
        await case(on_stage)


async def test_a_form_says_nothing_of_a_message_of_somebody_else(on_stage: Stage) -> None:
    """A custom id is no secret: the message must be by the member it is used against."""
    message = await on_stage.carol.say(GENERAL, "mine")
    form = await opened(on_stage)
    assert form.modal is not None
    form.modal["custom_id"] = f"sanction:act:v1:{BOB}:{message.id}"
    assert "out of date" in await sent(on_stage, form, {"act": "kick"})
    with pytest.raises(CaseNotFound):
        await case(on_stage)


async def test_every_act_can_be_chosen(on_stage: Stage) -> None:
    assert on_stage.app is not None
    form = await opened(on_stage)
    assert form.modal is not None
    [acts] = [one["component"] for one in form.modal["components"] if one["component"]["custom_id"] == "act"]
    offered = {one["value"] for one in acts["options"]}
    assert offered == {kind.value for kind in CaseKind} - {"unwarn"}, "all but what needs the number of a warning"
    await sent(on_stage, form, {"act": "timeout"})
    assert "Lifted the timeout" in await sent(on_stage, await opened(on_stage), {"act": "untimeout"})
    assert (await case(on_stage)).state is CaseState.ENDED


async def test_files_brought_with_the_form_belong_to_the_case_from_its_first_moment(on_stage: Stage) -> None:
    files = [("cat.exe", PNG), ("a.txt", b"hello"), ("again.png", PNG)]
    said = await sent(on_stage, await opened(on_stage), {"act": "timeout", "reason": "Spam", "proof": files})
    assert "2 files are kept as proof." in said
    assert on_stage.app is not None
    view = await on_stage.app.services.case_search.view(GUILD, 1)
    assert [(one.name, one.added_by) for one in view.proofs] == [("cat.png", ALICE), ("a.txt", ALICE)]
    changed = [(one.seq, one.field, one.after) for one in view.changes][:3]
    assert changed == [(1, "state", "planned"), (2, "proof", "cat.png"), (3, "proof", "a.txt")]
    _proof, data = await on_stage.app.services.proof.read(GUILD, 1, 1)
    assert data == PNG
    told_so = await sent(on_stage, await opened(on_stage), {"act": "note", "reason": "x", "proof": ("b.txt", b"one")})
    assert "1 file is kept as proof." in told_so
    await assert_sound(on_stage)


async def test_a_file_that_is_not_kept_stops_the_act_and_so_does_one_that_is_too_large(on_stage: Stage) -> None:
    values = {"act": "kick", "proof": [("fine.txt", b"hello"), ("cat.png", b"MZ\x90\x00")]}
    assert "“cat.png” is not kept" in await sent(on_stage, await opened(on_stage), values)
    values = {"act": "kick", "proof": ("cat.png", PNG + b"x" * MOST_BYTES)}
    assert "up to 10 MiB" in await sent(on_stage, await opened(on_stage), values)
    assert asked(on_stage, "DELETE", "/members/") == []
    with pytest.raises(CaseNotFound):
        await case(on_stage)


async def test_whoever_may_not_act_brings_no_files_to_the_disk(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await on_stage.app.services.proof.sweep(timedelta(0))
    form = await opened(on_stage)
    on_stage.sandbox.world.take_role(GUILD, ALICE, STAFF)
    refused = await sent(on_stage, form, {"act": "kick", "proof": ("cat.png", PNG)})
    assert "you need the permission **Kick Members**" in refused
    assert await on_stage.app.services.proof.sweep(timedelta(0)) == 0, "nothing was kept"
