"""An operator hands out the proof of a giveaway that is too large for Discord."""

import json

from bot import verify_giveaway
from bot.domain.audit import AuditSource
from bot.domain.features import Feature
from tests.e2e.stage import Stage
from tests.support.clock import ManualClock
from tests.support.giveaway_course import GUILD, HOST, Course


async def test_a_proof_is_written_once_it_is_drawn_and_never_over_another_file(stage: Stage) -> None:
    code, process = await stage.run("db", "upgrade")
    assert code == 0, process.stderr
    async with stage.services() as services:
        await services.guild_settings.switch_on(GUILD, Feature.GIVEAWAYS, by=HOST, source=AuditSource.COMMAND)
        course = Course(services, ManualClock())
        giveaway = await course.begun()
        await course.enter(giveaway.number, 1, 2, 3)
        command = ("proof", str(GUILD), str(giveaway.number), str(stage.folder))
        code, process = await stage.run(*command)
        assert (code, len(process.sentences)) == (1, 1)
        assert "is not drawn yet" in process.sentences[0]
        assert giveaway.seed not in process.stdout + process.stderr
        await services.giveaway_making.end(GUILD, giveaway.number, by=HOST, via=AuditSource.COMMAND)
        await course.go_on(giveaway.number)

    code, process = await stage.run(*command)
    assert code == 0, process.stderr
    assert process.stdout.endswith("The winners are right.\n")
    written = stage.folder / "proof.json"
    assert json.loads(written.read_text())["seed"] == giveaway.seed
    assert verify_giveaway.run(str(written), giveaway.commitment, everybody=False) == 0

    code, process = await stage.run(*command)
    assert (code, "nothing is written over" in process.sentences[0]) == (1, True)
    code, process = await stage.run("proof", str(GUILD), "99", str(stage.folder))
    assert (code, process.sentences) == (1, [f"There is no giveaway 99 in the server {GUILD}."])
