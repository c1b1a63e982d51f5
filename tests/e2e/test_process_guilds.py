"""Which guilds the bot serves, how it greets a thousand of them, and what it makes of those it finds gone."""

from datetime import datetime, timedelta
from pathlib import Path

from bot.db.config import DatabaseConfig
from bot.services.recorder import INTERVAL
from tests.e2e.stage import BOT, CHANNEL, GUILD, MEMBERS, Stage, Stopwatch, empty_world, staged

MANY = 1_000


async def test_a_guild_that_is_not_on_the_list_is_left_and_one_that_is_gone_is_noted(stage: Stage) -> None:
    backend = stage.sandbox.world.backend
    stranger = stage.sandbox.world.add_guild("Strangers")
    gone = stage.sandbox.world.add_guild("Soon gone")
    bot = await stage.start(ALLOWED_GUILD_IDS=f"{GUILD},{gone}")
    await bot.until(lambda: stranger not in backend.guilds, "leaving the stranger")
    late = stage.sandbox.world.add_guild("Later strangers")
    await bot.until(lambda: late not in backend.guilds, "leaving the later stranger")
    assert (await (await stage.member(MEMBERS[0]).slash(CHANNEL, "balance")).finished()).ephemeral
    await bot.until_said('"event": "ready"')
    await bot.stop()
    assert await guilds_of(stage) == {GUILD: None, gone: None}, "no trace of those that were left at once"

    stage.sandbox.world.remove_guild(gone)
    bot = await stage.start(ALLOWED_GUILD_IDS=f"{GUILD},{gone}", GUILD_RETENTION_DAYS=30)
    await bot.until_said("a guild was left while away")
    await bot.stop()
    assert await guilds_of(stage) == {GUILD: None, gone: timedelta(days=30)}


async def guilds_of(stage: Stage) -> dict[int, timedelta | None]:
    """The guilds' rows: how long after leaving each will be erased; None for those that were not left."""
    rows = await stage.query("SELECT id, left_at, erase_at FROM guilds")
    found: dict[int, timedelta | None] = {}
    for guild, left_at, erase_at in rows:
        assert (left_at is None) == (erase_at is None)
        found[guild] = None if left_at is None else _moment(erase_at) - _moment(left_at)
    return found


def _moment(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


async def test_a_thousand_guilds_are_greeted_at_once_and_written_in_a_handful_of_transactions(
    database_config: DatabaseConfig, tmp_path: Path
) -> None:
    world = empty_world()
    guilds = world.populate(MANY, members=20)
    async with staged(database_config, tmp_path, world) as stage:
        watch = Stopwatch()
        bot = await stage.start()
        await bot.until_said('"event": "ready"')
        assert watch.seconds < 15, "a thousand guilds take seconds"
        assert f'"guilds": {MANY}' in bot.stderr
        events = [frame for session in stage.sandbox.gateway.sessions.values() for _, frame in session.sent]
        assert not [frame for frame in events if '"t":"GUILD_MEMBERS_CHUNK"' in frame], "members were asked for"
        member = next(user for user in world.backend.guilds[guilds[-1]].members if user != BOT)
        channel = world.backend.guilds[guilds[-1]].channel_ids[0]
        assert "wallet" in (await (await stage.member(member, guilds[-1]).slash(channel, "balance")).finished()).text
        await bot.stop()

        assert len(await guilds_of(stage)) == MANY
        if not database_config.is_sqlite:
            [(transactions,)] = await stage.query("SELECT count(DISTINCT xmin::text) FROM guilds")
            assert transactions <= 5 + watch.seconds / INTERVAL, "a batch each time the recorder looks"
