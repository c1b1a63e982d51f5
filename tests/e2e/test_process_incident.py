"""An operator looks up what a member was told, while the bot goes on."""

from random import Random

from bot.clock import SystemClock
from bot.domain.incidents import Incident, code_of
from bot.ids import IdMaker
from tests.e2e.stage import GUILD, MEMBERS, Stage


async def test_an_incident_is_shown_beside_the_bot_and_an_unknown_one_is_a_sentence(stage: Stage) -> None:
    bot = await stage.start()
    clock = SystemClock()
    kept = Incident(
        id=IdMaker(clock, Random(1)).new(),
        exception="ZeroDivisionError",
        message="no coins \x1b[31mto divide by",
        stack="Traceback of a story\n  in pay\n",
        command="pay",
        guild_id=GUILD,
        user_id=MEMBERS[0],
        context={"channel": "5"},
    )
    async with stage.services() as services:
        await services.incidents.record(kept)
    stage.bears_tracebacks = True

    code, process = await stage.run("incident", code_of(kept.id).lower())
    assert code == 0, process.stderr
    shown = process.stdout
    assert f"Incident {code_of(kept.id)}" in shown
    assert f"when   {clock.now():%Y-%m-%d}" in shown
    assert "what   ZeroDivisionError: no coins \N{REPLACEMENT CHARACTER}[31mto divide by" in shown
    assert f"where  command pay, server {GUILD}, user {MEMBERS[0]}, channel=5" in shown
    assert shown.rstrip().endswith("in pay")
    assert "\x1b" not in shown

    code, process = await stage.run("incident", "1BNNECX-0W8K5P")
    assert (code, len(process.sentences)) == (1, 1)
    assert "There is no incident 1BNNECX-0W8K5P" in process.sentences[0]
    code, process = await stage.run("incident", "ZZZZZZZ-ZZZZZZ")  # more than any id
    assert (code, len(process.sentences)) == (1, 1)
    code, process = await stage.run("incident", "what?")
    assert (code, process.sentences) == (1, ["'what?' is not an incident code; they look like 1BNNECX-0W8K5P."])
    await bot.stop()


async def test_looking_changes_nothing_and_makes_no_database(stage: Stage) -> None:
    code, process = await stage.run("incident", "1BNNECX-0W8K5P", DATABASE_URL="", DATA_DIR=stage.folder / "elsewhere")
    assert (code, len(process.sentences)) == (1, 1)
    assert "There is no database at" in process.sentences[0]
    assert not (stage.folder / "elsewhere").exists()
