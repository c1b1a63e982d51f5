"""What the stories of /purge share: messages to delete, and what is seen of their end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.cogs.moderation.purge_controls import COG
from bot.cogs.moderation.purge_flow import PurgeFlow
from bot.domain.audit import AuditEntry, AuditFilter
from bot.domain.moderation import PURGED, ModerationSettings
from bot.sandbox import Exchange, SeenMessage
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, is_private, words

LOG = (2_100 << 22) + 1
VOICE = (2_101 << 22) + 1
STAFF = 4_100 << 22
MINE = ["manage_messages", "read_message_history", "view_channel", "send_messages", "embed_links", "attach_files",
        "connect"]  # fmt: skip


async def furnished(stage: Stage) -> Stage:
    """Started, with a log for staff; what takes long is shown at once."""
    arrange(stage)
    await stage.start()
    await choose_log(stage, LOG)
    stage_flow(stage).live.interval = 0.01
    return stage


def arrange(stage: Stage) -> None:
    """Alice may manage messages; there is a log for staff."""
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, MINE)
    world.add_role(GUILD, "Staff", id=STAFF, permissions=["manage_messages"])
    world.give_role(GUILD, ALICE, STAFF)
    world.add_channel(GUILD, "log", id=LOG)
    world.add_channel(GUILD, "talk", id=VOICE, kind="voice")


async def choose_log(stage: Stage, channel: int | None) -> None:
    assert stage.app is not None
    settings = stage.app.services.guild_settings
    base = (await settings.read(GUILD, ModerationSettings)).version
    await settings.change(GUILD, ModerationSettings(log_channel=channel), base=base, by=None)


def stage_flow(stage: Stage) -> PurgeFlow:
    assert stage.app is not None
    cog: Any = stage.app.bot.get_cog(COG)
    return cog.flow


def write(stage: Stage, count: int, *, by: int = BOB, text: str = "hello", channel: int = GENERAL) -> list[int]:
    """Messages of just now."""
    backend = stage.sandbox.world.backend
    return [backend.create_message(channel, by, f"{text} {number}").id for number in range(count)]


def write_old(stage: Stage, count: int, age: timedelta) -> list[int]:
    """Messages that are as old as that, by Discord's clock."""
    backend, made = stage.sandbox.world.backend, list[int]()
    moment = stage.sandbox.world.clock.now() - age
    base = (int(moment.timestamp() * 1000) - 1_420_070_400_000) << 22
    for number in range(count):
        with backend.next_id(base + number):
            made.append(backend.create_message(GENERAL, BOB, f"old {number}").id)
    return made


def there(stage: Stage, channel: int = GENERAL) -> set[int]:
    """The messages of a channel that everybody sees."""
    found: dict[int, Any] = stage.sandbox.world.backend.messages[channel]
    return {message.id for message in found.values() if not message.is_ephemeral}


async def purge(stage: Stage, channel: int = GENERAL, /, **options: Any) -> SeenMessage:
    exchange = await stage.alice.slash(channel, "purge", **options)
    answer = await exchange.finished()
    assert is_private(answer)
    return answer


async def until_said(stage: Stage, answer: SeenMessage, part: str) -> str:
    """What an answer says once it says that."""
    view = stage.sandbox.view(ALICE)
    async with asyncio.timeout(10):
        while True:
            found = [one for one in view.messages(GENERAL) if one.id == answer.id]
            if found and part in words(found[0]):
                return words(found[0])
            await asyncio.sleep(0.01)


def bulks(stage: Stage) -> list[Any]:
    return [one for one in stage.sandbox.requests if one.path.endswith("/bulk-delete")]


def singles(stage: Stage) -> list[Any]:
    return [one for one in stage.sandbox.requests if one.method == "DELETE" and "/messages/" in one.path]


def log(stage: Stage) -> list[SeenMessage]:
    with stage.sandbox.view(ALICE) as view:
        return [message for message in view.messages(LOG) if message.attachments]


def copy(stage: Stage, message: SeenMessage) -> str:
    """The text of the file that a message has."""
    [file] = message.attachments
    found = stage.sandbox.world.backend.cdn.read(file["url"].partition("/cdn")[2])
    assert found is not None
    return found[0].decode()


async def audited(stage: Stage) -> Sequence[AuditEntry]:
    assert stage.app is not None
    return (await stage.app.services.audit.search(GUILD, AuditFilter(action=PURGED))).entries


async def begin_long(stage: Stage, count: int = 300) -> tuple[SeenMessage, Exchange]:
    """A purge that asks first, from the yes on: the question, and what came of it."""
    write(stage, count)
    question = await purge(stage, count=count)
    exchange = await stage.alice.click(question, "Delete")
    return question, exchange


async def begun(stage: Stage) -> None:
    """Once the first hundred are gone."""
    async with asyncio.timeout(10):
        while not any(one.status == 204 for one in bulks(stage)):
            await asyncio.sleep(0.01)


async def look(stage: Stage) -> None:
    """What the process does soon after its start, and then every minute."""
    assert stage.app is not None
    [job] = [one for one in stage.app.periodic if one._name == "purges that were cut off"]
    await job.round()
    stage.clock.advance(minutes=1)
    for _ in range(2):
        await stage.app.ticker.tick()
        await stage.app.ticker.finish()


def lines(stage: Stage, part: str, channel: int = LOG) -> list[str]:
    """What a log says of that."""
    with stage.sandbox.view(ALICE) as view:
        return [line for message in view.messages(channel) for line in words(message).splitlines() if part in line]
