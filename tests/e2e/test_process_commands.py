"""The command line beside `run`: looking after the database, and the link that invites the bot."""

from pathlib import Path

from bot.db import migrations
from bot.db.config import DatabaseConfig
from tests.e2e.stage import APPLICATION, Stage, staged


async def test_a_database_is_taken_up_and_down_by_hand(stage: Stage) -> None:
    async def prints(*arguments: str) -> str:
        code, process = await stage.run("db", *arguments)
        assert code == 0, process.stderr
        assert process.sentences == []
        return process.stdout.strip()

    head = migrations.head()
    assert await prints("downgrade", "base") == "at base"
    assert await prints("current") == f"empty (newest is {head})"
    code, process = await stage.run("db", "check")
    assert (code, process.sentences[0]) == (1, "the tables differ:")
    assert "the table outbox is missing" in process.sentences
    assert await prints("upgrade") == f"at {head}"
    assert await prints("current") == f"{head} (up to date)"
    assert await prints("check") == "the tables are as the code wants them"


async def test_the_running_bot_keeps_its_file_to_itself_and_the_link_names_it(tmp_path: Path) -> None:
    async with staged(DatabaseConfig(url=f"sqlite+aiosqlite:///{tmp_path / 'folkmoot.db'}"), tmp_path) as stage:
        code, process = await stage.run("db", "current")
        assert (code, process.sentences) == (1, [f"There is no database at {stage.config.sqlite_path} yet."])

        bot = await stage.start()
        code, process = await stage.run("db", "upgrade")
        assert code == 1
        assert process.sentences == [
            f"{stage.config.sqlite_path} is in use by another Folkmoot process; stop that one first."
        ]
        code, process = await stage.run("db", "current")  # looking is allowed
        assert (code, "up to date" in process.stdout) == (0, True)
        await bot.stop()

        code, process = await stage.run("invite")
        assert code == 0, process.stderr
        link = process.stdout.strip()
        assert link.startswith(f"https://discord.com/oauth2/authorize?client_id={APPLICATION}&")
        assert "scope=bot+applications.commands" in link

        code, process = await stage.run("invite", DISCORD_API_URL="http://127.0.0.1:9/api")
        assert (code, len(process.sentences)) == (1, 1)
        assert "does not answer as Discord would" in process.sentences[0]
