"""What people see who check a draw, and what nobody sees before it."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiohttp import ClientSession
from sqlalchemy import select, text

from bot.db.base import Base
from bot.db.repositories.giveaways import giveaways
from bot.domain.giveaways import Giveaway, Status
from bot.sandbox import SeenMessage
from bot.services import giveaway_proofs
from bot.services.packing import Packing
from tests.support.giveaway_stage import VIA, begun, enter, furnish, giveaway_of, pass_time, services_of, tick, told
from tests.support.stage import ALICE, BOB, CAROL, GUILD, Stage, is_private, words

RIGHT = "✅ **The winners are right.**"
NOT_YET = "Giveaway #1 has not been drawn yet."


@pytest.fixture
async def village(stage: Stage) -> Stage:
    furnish(stage)
    staff = stage.sandbox.world.add_role(GUILD, "Staff", permissions=["manage_guild", "view_audit_log"])
    stage.sandbox.world.give_role(GUILD, ALICE, staff)
    await stage.start()
    return stage


async def over(stage: Stage) -> Giveaway:
    giveaway = await begun(stage, "A mug")
    await enter(stage, giveaway.number, BOB, CAROL)
    await tick(stage)
    pass_time(stage, 3_600)
    await tick(stage)
    return await giveaway_of(stage)


async def files_of(message: SeenMessage, folder: Path) -> list[str]:
    async with ClientSession() as http:
        for one in message.attachments:
            (folder / one["filename"]).write_bytes(await (await http.get(one["url"])).read())
    return [one["filename"] for one in message.attachments]


async def program(folder: Path, *arguments: str) -> str:
    """What the program says that came with the proof, where nothing of mine is."""
    command = [sys.executable, "-I", "-S", "verify_giveaway.py", *arguments]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=folder, env={"PYTHONUTF8": "1"}, capture_output=True, text=True, check=True
    )
    return done.stdout


def fields(message: SeenMessage) -> dict[str, str]:
    return {one["name"]: one["value"] for one in message.embeds[0]["fields"]}


async def test_everybody_may_see_that_the_winners_are_right_and_check_it_themselves(
    village: Stage, tmp_path: Path
) -> None:
    giveaway = await over(village)
    answer = await village.ask(village.carol, "giveaway verify", giveaway=giveaway.number)
    assert not is_private(answer)
    assert words(answer).startswith(RIGHT)
    said = fields(answer)
    assert (said["Entrants"], said["Looked at"], said["Winners"]) == ("2", "1", "1")
    assert said["Seed"] == f"`{giveaway.seed}`"
    promised = told(village)[0].embeds[0]["footer"]["text"].rpartition(" ")[2]
    assert said["Commitment, as it stood under the giveaway"] == f"`{promised}`"
    assert said["Yourself"].endswith("`python verify_giveaway.py proof.json`")
    assert await files_of(answer, tmp_path) == ["proof.json", "verify_giveaway.py"]
    assert "The winners are right." in await program(tmp_path, "proof.json", "--commitment", promised)


async def test_the_button_under_a_giveaway_answers_whoever_presses_alone(village: Stage, tmp_path: Path) -> None:
    await over(village)
    answer = await (await village.bob.click(told(village)[0], "Check the draw")).finished()
    assert is_private(answer)
    assert words(answer).startswith(RIGHT)
    assert await files_of(answer, tmp_path) == ["proof.json", "verify_giveaway.py"]


async def test_what_does_not_fit_is_said(village: Stage) -> None:
    giveaway = await over(village)
    assert village.app is not None
    async with village.app.database.write() as session:
        await session.execute(text("UPDATE giveaway_entries SET weight = 7"))
    answer = await village.ask(village.carol, "giveaway verify", giveaway=giveaway.number)
    assert words(answer).startswith("❌ **Something does not fit.**\nThe list is not the one that was drawn from.")


async def test_a_proof_too_large_for_discord_is_said_to_be_had_from_the_operator(
    village: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    giveaway = await over(village)
    monkeypatch.setattr(giveaway_proofs, "MOST_PLAIN", 100)
    packed = await village.ask(village.carol, "giveaway verify", giveaway=giveaway.number)
    assert await files_of(packed, tmp_path) == ["proof.json.gz", "verify_giveaway.py"]
    assert "The winners are right." in await program(tmp_path, "proof.json.gz")
    monkeypatch.setattr("bot.cogs.giveaways.proof_commands._ENVELOPE", 25 << 20)
    answer = await village.ask(village.carol, "giveaway verify", giveaway=giveaway.number)
    assert [one["filename"] for one in answer.attachments] == ["verify_giveaway.py"]
    assert f"`folkmoot proof {GUILD} 1`" in fields(answer)["Yourself"]


async def test_who_asks_before_the_draw_or_while_another_is_looked_for_is_told_to_wait(village: Stage) -> None:
    giveaway = await begun(village, "A mug")
    await enter(village, giveaway.number, BOB, CAROL)
    await tick(village)
    early = await village.ask(village.carol, "giveaway verify", giveaway=1)
    assert is_private(early)
    assert words(early).startswith(NOT_YET)
    pass_time(village, 3_600)
    await tick(village)
    [winner] = (await services_of(village).giveaway_claims.winners(GUILD, 1))[1]
    await services_of(village).giveaway_claims.reroll(GUILD, 1, by=ALICE, user_id=winner.user_id, reason=None, via=VIA)
    between = await (await village.bob.click(told(village)[0], "Check the draw")).finished()
    assert words(between).startswith(NOT_YET)
    assert not between.attachments
    await tick(village)
    after = await (await village.bob.click(told(village)[0], "Check the draw")).finished()
    assert words(after).startswith(RIGHT)


async def test_no_word_of_the_seed_gets_out_before_the_draw_whatever_is_asked_and_whatever_fails(
    village: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert village.app is not None
    write = giveaways.write

    async def wrong(session: Any, giveaway: Giveaway, **rest: Any) -> None:
        if giveaway.status is Status.DRAWING:  # a row that the database refuses
            giveaway = type(giveaway)(**{**vars(giveaway), "vacant": -1})
        await write(session, giveaway, **rest)

    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        giveaway = await begun(village, "A mug")
        await enter(village, giveaway.number, BOB, CAROL)
        await tick(village)
        seen = [
            await village.ask(village.alice, command, **options)
            for command, options in {
                "giveaway info": {"giveaway": 1},
                "giveaway verify": {"giveaway": 1},
                "giveaway list": {},
                "giveaway entrants": {"giveaway": 1},
                "giveaway extend": {"giveaway": 1, "ends": "in 3 hours"},
                "audit": {},
            }.items()
        ]
        monkeypatch.setattr(giveaways, "write", wrong)
        asked = await village.ask(village.alice, "giveaway end", giveaway=1)
        failed = await (await village.alice.click(asked, "End it now")).finished()
        pass_time(village, 4 * 3_600)
        await tick(village)
    assert "code" in words(failed).lower() or "wrong" in words(failed).lower()
    assert (await giveaway_of(village)).status is Status.RUNNING
    seed = giveaway.seed
    shown = [*seen, asked, failed, *told(village)]
    assert seed not in repr([(one, one.payload) for one in shown])
    assert lines
    assert seed not in repr([{**line, "exc_info": repr(line.get("exc_info"))} for line in lines])
    async with village.app.database.read() as session:
        errors = (await session.execute(text("SELECT count(*) FROM error_logs"))).scalar_one()
        assert errors
        for table in Base.metadata.sorted_tables:
            for row in (await session.execute(select(table))).mappings():
                others = {name: value for name, value in row.items() if (table.name, name) != ("giveaways", "seed")}
                assert seed not in str(others), table.name


async def test_a_large_file_of_entrants_is_packed_and_one_too_large_is_not_sent(
    village: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    giveaway = await begun(village, "A mug")
    await enter(village, giveaway.number, BOB, CAROL)
    monkeypatch.setattr(Packing.__init__, "__defaults__", (10,))
    answer = await village.ask(village.alice, "giveaway entrants", giveaway=1, file=True)
    assert await files_of(answer, tmp_path) == ["entrants-1.csv.gz"]
    header, first, second = gzip.decompress((tmp_path / "entrants-1.csv.gz").read_bytes()).decode().splitlines()
    assert header == "user_id,weight,entered_at"
    assert [first.split(",")[0], second.split(",")[0]] == sorted([str(BOB), str(CAROL)])
    monkeypatch.setattr("bot.cogs.giveaways.knowing_commands._ENVELOPE", 25 << 20)
    refused = await village.ask(village.alice, "giveaway entrants", giveaway=1, file=True)
    assert not refused.attachments
    assert words(refused).startswith("They are too many for a file that Discord takes.")
