"""Proof brought with a command: the case has it from its first moment, and what can't be kept stops the act."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.cases import CaseKind
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.proof import MOST_BYTES
from bot.errors import CaseNotFound
from tests.cogs.test_moderation import STAFF, asked, assert_sound, bans, case, choose_log, furnish, timed_out, use
from tests.cogs.test_typed import said
from tests.support.stage import ALICE, BOB, GUILD, Stage

PNG = b"\x89PNG\r\n\x1a\n" + b"sheep" * 100
NEEDED: dict[str, dict[str, Any]] = {
    "ban": {},
    "kick": {},
    "softban": {},
    "timeout": {},
    "mute": {},
    "warn": {"reason": "Spam"},
    "note": {"text": "Second account"},
}
"""The commands that take proof, and what each of them must be told besides."""


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    furnish(stage.sandbox.world)
    await stage.start()
    await choose_log(stage)
    return stage


@pytest.fixture
def read(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read from Discord."""
    paths, cdn = list[str](), on_stage.sandbox.world.backend.cdn
    hand_out = cdn.read

    def noted(path: str) -> Any:
        paths.append(path)
        return hand_out(path)

    monkeypatch.setattr(cdn, "read", noted)
    return paths


async def assert_nothing_happened(stage: Stage) -> None:
    assert stage.app is not None
    assert bans(stage) == {}
    assert timed_out(stage) is None
    assert asked(stage, "DELETE", "/members/") == []
    with pytest.raises(CaseNotFound):
        await case(stage)


@pytest.mark.parametrize("command", NEEDED)
async def test_a_file_brought_with_a_command_belongs_to_the_case_from_its_first_moment(
    on_stage: Stage, read: list[str], command: str
) -> None:
    assert on_stage.app is not None
    assert "1 file is kept as proof." in await use(on_stage, command, proof=("cat.exe", PNG), **NEEDED[command])
    view = await on_stage.app.services.case_search.view(GUILD, 1)
    assert [(one.name, one.added_by) for one in view.proofs] == [("cat.png", ALICE)]
    assert [(one.seq, one.field, one.after) for one in view.changes if one.field == "proof"] == [
        (2, "proof", "cat.png")
    ]
    _proof, data = await on_stage.app.services.proof.read(GUILD, 1, 1)
    assert data == PNG
    assert len(read) == 1
    await assert_sound(on_stage)


@pytest.mark.parametrize("command", NEEDED)
async def test_a_file_that_is_not_kept_stops_the_act_and_one_that_is_too_large_is_not_even_read(
    on_stage: Stage, read: list[str], command: str
) -> None:
    refused = await use(on_stage, command, proof=("cat.png", PNG + b"x" * MOST_BYTES), **NEEDED[command])
    assert "up to 10 MiB" in refused
    assert read == []
    refused = await use(on_stage, command, proof=("cat.png", b"MZ\x90\x00"), **NEEDED[command])
    assert "“cat.png” is not kept" in refused
    await assert_nothing_happened(on_stage)


@pytest.mark.parametrize("command", NEEDED)
async def test_of_whoever_may_not_act_no_file_is_read(on_stage: Stage, read: list[str], command: str) -> None:
    on_stage.sandbox.world.backend.commands[None][command, 1]["default_member_permissions"] = None
    on_stage.sandbox.world.take_role(GUILD, ALICE, STAFF)
    refused = await use(on_stage, command, proof=("cat.png", PNG), **NEEDED[command])
    assert "you need the permission" in refused
    assert read == []
    await assert_nothing_happened(on_stage)


async def test_where_moderation_is_off_no_file_is_read(on_stage: Stage, read: list[str]) -> None:
    assert on_stage.app is not None
    settings = on_stage.app.services.guild_settings
    base = (await settings.read(GUILD, FeatureSettings)).version
    await settings.change(GUILD, FeatureSettings(economy=True), base=base, by=None)
    assert "switched off" in await use(on_stage, "kick", proof=("cat.png", PNG))
    assert read == []
    await assert_nothing_happened(on_stage)


async def test_what_was_switched_off_while_the_file_came_is_not_done(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_stage.app is not None
    proof, world = on_stage.app.services.proof, on_stage.sandbox.world
    keep, settings = proof.keep, on_stage.app.services.guild_settings
    base = (await settings.read(GUILD, FeatureSettings)).version

    async def meanwhile(name: str, data: bytes) -> Any:
        await settings.change(GUILD, FeatureSettings(economy=True), base=base, by=None)
        return await keep(name, data)

    monkeypatch.setattr(proof, "keep", meanwhile)
    assert "switched off" in await use(on_stage, "kick", proof=("cat.png", PNG))
    assert BOB in world.backend.get_guild(GUILD).members
    await assert_nothing_happened(on_stage)
    assert await proof.sweep(timedelta(0)) == 1, "the file is left over, and goes"


async def test_those_who_type_do_without_files_and_a_note_takes_the_rest_of_the_message(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await on_stage.app.services.guild_settings.change(GUILD, GeneralSettings(prefix="!"), base=0, by=None)
    assert "Noted" in await said(on_stage, f"!note <@{BOB}> second account of Carol")
    noted = await case(on_stage)
    assert (noted.kind, noted.reason) == (CaseKind.NOTE, "second account of Carol")
    assert "Timed out" in await said(on_stage, f"!mute <@{BOB}> 2h Spam")
    assert (await case(on_stage, 2)).reason == "Spam"
    assert "Kicked" in await said(on_stage, f"!kick <@{BOB}> Spam no")
    assert (await case(on_stage, 3)).reason == "Spam"
