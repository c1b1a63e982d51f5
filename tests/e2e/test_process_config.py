"""An owner goes through /config while one process after another is killed: the panel goes on where it was."""

import pytest
from sqlalchemy import select

from bot.db.models.audit import AuditLog
from bot.domain.economy_settings import EconomySettings
from bot.sandbox import Exchange, SeenMessage
from tests.e2e.stage import ALICE, BOB, CHANNEL, GUILD, BotProcess, Stage


class Owner:
    """Alice, who may manage the server, and the process that answers her at the moment."""

    def __init__(self, stage: Stage, bot: BotProcess) -> None:
        self.stage = stage
        self.bot = bot
        self.actor = stage.member(ALICE)

    async def lose_the_process(self) -> None:
        self.bot.kill()
        assert await self.bot.ended() == -9

    async def get_another(self) -> None:
        self.bot = await self.stage.start()

    async def choose(self, message: SeenMessage, menu: str, value: str) -> SeenMessage:
        ids = {str(one.get("custom_id")) for one in message.controls()}
        [custom_id] = {one for one in ids if one.startswith(menu)}
        return await (await self.actor.select(message, custom_id, [value])).finished()

    async def press(self, message: SeenMessage, label: str) -> SeenMessage:
        return await (await self.actor.click(message, label)).finished()

    async def submit(self, form: Exchange, value: str) -> Exchange:
        return await self.actor.submit(form, {"value": value})

    async def log(self) -> list[tuple[object, object, int | None]]:
        """What the audit log has of changes: before, after, by whom."""
        async with self.stage.database() as database, database.read() as session:
            query = select(AuditLog.before, AuditLog.after, AuditLog.actor_id).order_by(AuditLog.id)
            return [(before, after, actor) for before, after, actor in (await session.execute(query)).all()]


@pytest.fixture
async def owner(stage: Stage) -> Owner:
    world = stage.sandbox.world
    world.give_role(GUILD, ALICE, world.add_role(GUILD, "Owners", permissions=["manage_guild"]))
    return Owner(stage, await stage.start())


async def test_an_owner_changes_a_setting_on_a_panel_that_outlives_four_processes(owner: Owner, stage: Stage) -> None:
    first = await (await owner.actor.slash(CHANNEL, "config")).finished()
    await owner.lose_the_process()
    await owner.get_another()
    section = await owner.choose(first, "config:section", "economy")
    assert section.id == first.id
    field = await owner.choose(section, "config:field", "daily_amount")
    assert "Now: `250`" in field.text
    lost, form, second = [await (await owner.actor.click(field, "Change…")).answered() for _ in range(3)]

    await owner.lose_the_process()
    unheard = await owner.submit(lost, "777")
    await owner.get_another()
    assert unheard.kind is None, "nobody was there, and nothing was done"
    done = await (await owner.submit(form, "777")).finished()
    assert "Saved." in done.text
    assert "Now: `777`\nDefault: `250`" in done.text
    taken = await (await stage.member(BOB).slash(CHANNEL, "daily")).finished()
    assert "**777 coins** for today" in taken.text
    assert await owner.log() == [({"daily_amount": 250}, {"daily_amount": 777}, ALICE)]

    await owner.lose_the_process()
    await owner.get_another()
    late = await (await owner.submit(second, "778")).finished()
    assert "Somebody else changed this meanwhile" in late.text, "a form from before the change does not undo it"
    asked = await owner.press(await owner.press(late, "Back"), "Reset all of these")
    assert "Set everything under **Economy** back" in asked.text

    await owner.lose_the_process()
    await owner.get_another()
    assert "Saved." in (await owner.press(asked, "Yes, reset them")).text
    assert (await owner.log())[1:] == [({"daily_amount": 777}, {"daily_amount": 250}, ALICE)]
    async with stage.services() as services:
        found = await services.guild_settings.read(GUILD, EconomySettings)
    assert (found.value, found.version) == (EconomySettings(), 2)
    await owner.bot.stop()
