"""One demonstration after another: the simulated server and the bot's database agree about who has which role."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from bot import demo
from bot.demo.place import HELPER, MARKET, MODERATORS
from bot.domain.role_grants import Grant, GrantState
from bot.sandbox import Sandbox
from bot.settings import Settings
from tests.support.stage import pointed_at


@asynccontextmanager
async def demonstration(folder: Path) -> AsyncGenerator[tuple[Sandbox, demo.Running]]:
    """One, from its beginning to its end."""
    settings, world = demo.demo_settings(Settings(data_dir=folder)), demo.build_world()
    await demo.give_back(world, settings)
    async with Sandbox(world) as sandbox:
        with pointed_at(sandbox):
            running = demo.Running(sandbox, settings)
            life = asyncio.create_task(running.run(), name="bot")
            try:
                await running.ready()
                yield sandbox, running
            finally:
                running.end()
                await life


def roles(sandbox: Sandbox, user: int) -> set[int]:
    return set(sandbox.world.backend.get_member(demo.GUILD, user).role_ids)


async def give(sandbox: Sandbox, **options: object) -> None:
    exchange = await sandbox.as_member(demo.GUILD, demo.MIRA).slash(demo.GENERAL, "role give", **options)
    await exchange.finished()


async def grants(running: demo.Running) -> dict[tuple[int, int], Grant]:
    found = await running.services().role_grants.list_(demo.GUILD)
    return {(one.user_id, one.role_id): one for one in found.grants}


async def test_roles_that_the_bot_gave_are_there_in_the_next_demonstration_and_it_does_nothing_about_them(
    tmp_path: Path,
) -> None:
    async with demonstration(tmp_path) as (sandbox, running):
        made = sandbox.world.add_role(demo.GUILD, "Made at the prompt")
        sandbox.world.give_role(demo.GUILD, demo.REGULAR, MARKET)
        await give(sandbox, member=demo.QUIET, role=HELPER)
        await give(sandbox, member=demo.REGULAR, role=MARKET)
        await give(sandbox, member=demo.NEWCOMER, role=made)
        before = await grants(running)
        assert {one.state for one in before.values()} == {GrantState.HELD}
    async with demonstration(tmp_path) as (sandbox, running):
        async with asyncio.timeout(10):  # the survey, which comes right after the start
            while (await grants(running))[demo.NEWCOMER, made].state is GrantState.HELD:
                await asyncio.sleep(0.02)
        assert roles(sandbox, demo.QUIET) == {HELPER}
        assert roles(sandbox, demo.REGULAR) == {MARKET}
        assert roles(sandbox, demo.MIRA) == {MODERATORS}
        kept = await grants(running)
        for pair in ((demo.QUIET, HELPER), (demo.REGULAR, MARKET)):
            assert kept[pair] == before[pair], "whoever had it before still does, and it is still not the bot's"
        assert not [one for one in sandbox.requests if one.method == "PATCH" and "/members/" in one.path]


async def test_a_database_from_before_there_were_grants_gives_nothing_back(tmp_path: Path) -> None:
    settings = demo.demo_settings(Settings(data_dir=tmp_path))
    assert await demo.give_back(demo.build_world(), settings) == 0
    assert not (tmp_path / "demo.db").exists()
    (tmp_path / "demo.db").touch()
    assert await demo.give_back(demo.build_world(), settings) == 0
