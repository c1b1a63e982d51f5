"""What is said in tickets is on record, with its files, whatever becomes of it on Discord or of the bot meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from bot.actions import ticket_record
from bot.actions.ticket_record import TicketRecorder
from bot.db.models.tickets import TicketFileRow, TicketMessage
from bot.db.repositories.tickets import tickets
from bot.db.sessions import WriteSession
from bot.domain.ticket_record import Missing
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import TopicConfig
from bot.domain.tickets import Mode, Origin, Status, Ticket
from bot.jobs.ticket_record import TicketRecordJob
from bot.sandbox import World
from bot.settings import Settings
from tests.support.crash import CrashPoints, Died, sweep
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage, words
from tests.support.tickets import TOPIC, add_topic

SUPPORT = 4_000 << 22
TICKET, QUIET, NOTES = ((2_000 << 22) + number for number in (7, 8, 9))
PNG = b"\x89PNG\r\n\x1a\n" + b"sheep" * 100
_PATIENCE = 10.0


def furnish(world: World) -> None:
    world.set_bot_permissions(GUILD, ["administrator"])
    world.add_role(GUILD, "Support", id=SUPPORT)
    world.give_role(GUILD, BOB, SUPPORT)
    for name, channel in (("ticket-1", TICKET), ("ticket-2", QUIET), ("notes", NOTES)):
        world.add_channel(GUILD, name, id=channel)


@pytest.fixture
async def on_stage(stage: Stage, tmp_path: Path) -> Stage:
    """Two tickets of Alice's, which Bob answers; what staff notes about the first has a channel of its own."""
    stage.settings = Settings(default_features=frozenset({"all"}), data_dir=tmp_path)
    furnish(stage.sandbox.world)
    await stage.start()
    assert stage.app is not None
    await add_topic(stage.app.database, GUILD, TopicConfig(support_roles=(SUPPORT,)))
    await opened(stage, 1, channel_id=TICKET, staff_thread_id=NOTES)
    await opened(stage, 2, channel_id=QUIET)
    await turn(stage)
    return stage


async def opened(stage: Stage, number: int, **values: object) -> None:
    assert stage.app is not None
    now = stage.clock.now()
    new = Ticket(
        guild_id=GUILD, number=number, topic_id=TOPIC, opener_id=ALICE, opened_by=ALICE, origin=Origin.PANEL,
        status=Status.OPENING, status_at=now, mode=Mode.CHANNEL, slot=number, key=f"i:{number}", opened_at=now,
    )  # fmt: skip
    file = stage.app.services.ticket_file

    async def unit(session: WriteSession) -> None:
        await tickets.add(session, new, due_at=now)
        locked = await file.locked(session, GUILD, number)
        await file.note(session, locked, status=Status.OPEN, applied=1, **values)

    await stage.app.database.transact(unit)


def job(stage: Stage) -> TicketRecordJob:
    assert stage.app is not None
    [found] = [one for one in stage.app.periodic if isinstance(one, TicketRecordJob)]
    return found


async def turn(stage: Stage) -> None:
    """What the job does in a second or so, and what it has Discord asked for."""
    for _again in range(2):
        await job(stage).round()
        await job(stage).settled()


async def heard(stage: Stage, count: int) -> None:
    """So many happenings have come from the gateway."""
    assert stage.app is not None
    record = stage.app.services.ticket_record
    await until(lambda: record.waiting >= count)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


async def on_record(stage: Stage, number: int = 1) -> list[str]:
    """Who said what, in order."""
    assert stage.app is not None
    names = {ALICE: "alice", BOB: "bob", CAROL: "carol"}
    own = TicketMessage
    query = select(own.author_id, own.is_staff, own.internal, own.content, own.deleted_at, own.versions)
    query = query.where(own.guild_id == GUILD, own.number == number).order_by(own.message_id)
    async with stage.app.database.read() as session:
        found = (await session.execute(query)).all()
    return [
        f"{names[row.author_id]}{' of staff' * row.is_staff}{' in private' * row.internal}: "
        + " <- ".join([row.content, *(one["content"] for one in reversed(row.versions))])
        + (" (deleted)" if row.deleted_at else "")
        for row in found
    ]


async def files(stage: Stage) -> list[tuple[str, str | None, bytes | None]]:
    """The names of files, why they are missing, and their bytes."""
    assert stage.app is not None
    own = TicketFileRow
    query = select(own.name, own.missing, own.digest).order_by(own.message_id, own.seq)
    async with stage.app.database.read() as session:
        found = (await session.execute(query)).all()
    read = stage.app.services.ticket_files.read
    return [(row.name, row.missing, None if row.digest is None else await read(row.digest)) for row in found]


def histories(stage: Stage) -> list[str]:
    """Of which channels the history was asked for."""
    asked = [one for one in stage.sandbox.requests if one.method == "GET" and one.path.endswith("/messages")]
    return [one.path.split("/")[2] for one in asked]


async def status(stage: Stage, number: int = 1) -> Status:
    assert stage.app is not None
    found = await stage.app.services.ticket_record.ticket((GUILD, number))
    assert found is not None
    return found.status


async def test_all_that_is_said_in_a_ticket_is_on_record_and_nothing_that_is_said_elsewhere(on_stage: Stage) -> None:
    await on_stage.alice.say(GENERAL, "Good morning everybody")
    asked = await on_stage.alice.say(TICKET, "Where is my sheep?", files=[("sheep.png", PNG), ("empty.txt", b"")])
    await on_stage.bob.say(TICKET, "On the meadow", reply_to=asked.id)
    await on_stage.bob.say(NOTES, "She loses one a week")
    await on_stage.alice.edit(asked, "Where is my lamb?")
    await on_stage.alice.delete(asked)
    await heard(on_stage, 5)
    await turn(on_stage)
    assert await on_record(on_stage) == [
        "alice: Where is my lamb? <- Where is my sheep? (deleted)",
        "bob of staff: On the meadow",
        "bob of staff in private: She loses one a week",
    ]
    assert await files(on_stage) == [("sheep.png", None, PNG), ("empty.txt", Missing.EMPTY, None)]
    assert await status(on_stage) is Status.WAITING
    on_stage.sandbox.world.remove_channel(TICKET)
    await turn(on_stage)
    assert len(await on_record(on_stage)) == 3
    assert on_stage.app is not None
    on_stage.clock.advance(days=9)
    assert await on_stage.app.services.proof.sweep(timedelta(0)) == 0, "no file of a ticket is left over"
    assert (await files(on_stage))[0] == ("sheep.png", None, PNG)


async def test_who_erases_is_told_that_transcripts_may_be_elsewhere(on_stage: Stage) -> None:
    await on_stage.alice.say(TICKET, "Where is my sheep?")
    await heard(on_stage, 1)
    await turn(on_stage)
    shown = await on_stage.ask(on_stage.alice, "privacy")
    question = await (await on_stage.alice.click(shown, "Erase what is from here…")).finished()
    assert "Transcripts of tickets that were sent already" in words(question)


async def test_a_transcript_has_what_was_said_just_now(on_stage: Stage) -> None:
    await on_stage.bob.say(TICKET, "Just a moment")
    await heard(on_stage, 1)
    answer = await on_stage.ask(on_stage.alice, "ticket transcript", number=1)
    async with ClientSession() as http:
        [text] = [one["url"] for one in answer.attachments if one["filename"].endswith(".txt")]
        assert "Just a moment" in await (await http.get(text)).text()


async def test_what_was_said_while_the_bot_was_away_is_read_where_something_was_said(on_stage: Stage) -> None:
    await on_stage.alice.say(TICKET, "Is anybody here?")
    await heard(on_stage, 1)
    await on_stage.stop()
    await on_stage.bob.say(TICKET, "I am", files=[("map.png", PNG)])
    await on_stage.bob.say(NOTES, "She is in a hurry")
    await on_stage.carol.say(TICKET, "So am I")
    on_stage.sandbox.requests.clear()
    await on_stage.start()
    await turn(on_stage)
    assert await on_record(on_stage) == [
        "alice: Is anybody here?", "bob of staff: I am", "bob of staff in private: She is in a hurry",
        "carol: So am I",
    ]  # fmt: skip
    assert sorted(histories(on_stage)) == [str(TICKET), str(NOTES)], "nothing was said in the other ticket"
    assert await files(on_stage) == [("map.png", None, PNG)]
    await on_stage.stop()
    on_stage.sandbox.requests.clear()
    await on_stage.start()
    await turn(on_stage)
    assert histories(on_stage) == []


async def test_edits_that_were_made_while_the_bot_was_away_are_on_record_with_what_was_said_before(
    on_stage: Stage,
) -> None:
    asked = await on_stage.alice.say(TICKET, "Where is my sheep?")
    told = await on_stage.bob.say(QUIET, "It is gone")
    erased = await on_stage.carol.say(TICKET, "I saw it")
    await heard(on_stage, 3)
    await turn(on_stage)
    assert on_stage.app is not None
    await on_stage.app.services.privacy.erase(CAROL, GUILD)
    await on_stage.stop()
    on_stage.sandbox.clock.advance(30)
    for author, message, now in (
        (on_stage.alice, asked, "Where is my lamb?"),
        (on_stage.bob, told, "It is here"),
        (on_stage.carol, erased, "I saw nothing"),
    ):
        await author.edit(message, now)
    await on_stage.alice.say(TICKET, "Nobody here?")
    on_stage.sandbox.requests.clear()
    app = await on_stage.start()
    await turn(on_stage)
    assert await on_record(on_stage) == ["alice: Where is my lamb? <- Where is my sheep?", "alice: Nobody here?"]
    assert histories(on_stage) == [str(NOTES), str(TICKET)], "one request for each channel where something was said"

    guild, quiet = app.bot.get_guild(GUILD), await app.services.ticket_record.ticket((GUILD, 2))
    assert guild is not None
    assert quiet is not None
    await TicketRecorder(app.bot, app.services).catch_up(quiet, guild)
    assert await on_record(on_stage, 2) == ["bob of staff: It is here <- It is gone"], "as when the ticket is closed"


async def test_after_a_long_time_all_that_was_missed_is_read_page_by_page(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_record, "AT_ONCE", 2)
    await on_stage.stop()
    for number in range(5):
        await on_stage.alice.say(TICKET, f"Message {number}")
    await on_stage.start()
    await turn(on_stage)
    assert await on_record(on_stage) == [f"alice: Message {number}" for number in range(5)]


async def test_what_was_said_while_discord_was_not_heard_is_read_once_it_is(on_stage: Stage) -> None:
    assert on_stage.app is not None
    place = on_stage.app.services.ticket_places.find(TICKET)
    assert place is not None
    assert place.is_whole
    sandbox = on_stage.sandbox
    await sandbox.gateway.invalidate()
    await until(lambda: not place.is_whole)
    await on_stage.alice.say(TICKET, "Can you hear me?")
    await until(lambda: on_stage.app is not None and on_stage.app.services.ticket_places.hears(0))
    await on_stage.alice.say(TICKET, "And now?")
    await heard(on_stage, 1)
    await turn(on_stage)
    assert await on_record(on_stage) == ["alice: Can you hear me?", "alice: And now?"]
    assert place.is_whole


async def test_a_file_whose_fetching_was_cut_off_is_fetched_by_the_next_process(on_stage: Stage) -> None:
    assert on_stage.app is not None
    await on_stage.alice.say(TICKET, "See", files=[("sheep.png", PNG), ("tools.zip", b"PK\x03\x04" + bytes(200))])
    await heard(on_stage, 1)
    await on_stage.app.services.ticket_record.flush()
    assert [one[1] for one in await files(on_stage)] == [Missing.FETCHING] * 2
    await on_stage.die()
    await on_stage.start()
    await turn(on_stage)
    assert [one[1:] for one in await files(on_stage)] == [(None, PNG), (None, b"PK\x03\x04" + bytes(200))]


async def test_files_beyond_the_servers_room_are_named_and_not_kept(on_stage: Stage) -> None:
    assert on_stage.app is not None
    settings = on_stage.app.services.guild_settings
    await settings.change(GUILD, TicketSettings(quota=0), base=0, by=BOB)
    await on_stage.alice.say(TICKET, "See", files=[("sheep.png", PNG)])
    await heard(on_stage, 1)
    await turn(on_stage)
    assert await files(on_stage) == [("sheep.png", Missing.NO_ROOM, None)]


async def test_catching_up_that_dies_anywhere_leaves_everything_on_record_once(on_stage: Stage) -> None:
    told: list[str] = []
    kept: list[tuple[str, str | None, bytes | None]] = []

    async def story(points: CrashPoints) -> None:
        await on_stage.stop()
        number = len(told)
        await on_stage.bob.say(NOTES, f"Note {number}")
        await on_stage.alice.say(TICKET, f"Message {number}", files=[("sheep.png", PNG)])
        told.extend([f"bob of staff in private: Note {number}", f"alice: Message {number}"])
        kept.append(("sheep.png", None, PNG))
        on_stage.arrange = points.plant
        await on_stage.start()
        await points.arm()
        with contextlib.suppress(Died):
            await turn(on_stage)
        points.armed = False
        await on_stage.die()
        on_stage.arrange = None
        await on_stage.start()
        await turn(on_stage)
        assert await on_record(on_stage) == told
        assert await files(on_stage) == kept

    seen = await sweep(story)
    assert len([one for one in seen if "GET /channels/" in one]) == 4, "both histories are read, before and after"
