"""The audit log: there if and only if the change is, and read page by page."""

from __future__ import annotations

import inspect
import re
from datetime import datetime, timedelta

import pytest

from bot.db.engine import Database
from bot.db.repositories import audit as repository
from bot.domain.audit import (
    LONGEST_TEXT,
    MOST_ITEMS,
    AuditFilter,
    AuditRecord,
    AuditSource,
    difference,
)
from bot.domain.paging import Cursor
from bot.errors import AuditEntryGone, DaysTurned
from bot.services import Services, audit
from tests.support.clock import ManualClock

GUILD, OTHER = 1, 2


def record(actor: int | None = 7, action: str = "thing.change", **more: object) -> AuditRecord:
    return AuditRecord(action, actor, AuditSource.COMMAND, **more)  # pyright: ignore[reportArgumentType]


async def write(database: Database, services: Services, *records: AuditRecord, guild: int = GUILD) -> None:
    async with database.write() as session:
        for one in records:
            await services.audit.record(session, guild, one)


async def test_an_entry_comes_back_as_it_was_written(database: Database, services: Services) -> None:
    whole = record(
        target_type="role", target_id="5", before={"a": 1}, after={"a": [2, None]}, description="because of this"
    )
    await write(database, services, whole, record(None))
    bare, full = (await services.audit.search(GUILD)).entries
    assert full.record == whole
    assert bare.record == record(None)
    assert bare.record.before is None
    assert full.id < bare.id


async def test_a_change_that_is_undone_leaves_no_entry(database: Database, services: Services) -> None:
    with pytest.raises(RuntimeError):
        async with database.write() as session:
            await services.audit.record(session, GUILD, record())
            raise RuntimeError
    assert (await services.audit.search(GUILD)).entries == ()


async def test_pages_stay_where_they_are_while_more_is_written(database: Database, services: Services) -> None:
    await write(database, services, *(record(description=str(number)) for number in range(25)))
    page = await services.audit.search(GUILD)
    seen = [entry.record.description for entry in page.entries]
    await write(database, services, record(description="new"))
    while page.older is not None:
        page = await services.audit.search(GUILD, cursor=page.older)
        seen += [entry.record.description for entry in page.entries]
    assert seen == [str(number) for number in reversed(range(25))]
    while page.newer is not None:
        page = await services.audit.search(GUILD, cursor=page.newer)
    assert page.entries[0].record.description == "new"


async def test_beyond_an_end_is_the_page_at_that_end(database: Database, services: Services) -> None:
    await write(database, services, *(record(description=str(number)) for number in range(12)))
    newest = await services.audit.search(GUILD)
    assert (
        await services.audit.search(GUILD, cursor=Cursor(newest.entries[0].id, newer=True))
    ).entries == newest.entries
    oldest = await services.audit.search(GUILD, cursor=Cursor(1))
    assert [entry.record.description for entry in oldest.entries] == [str(number) for number in reversed(range(10))]


async def test_changes_of_one_section_are_found_and_beside_a_member_nothing_is(
    database: Database, services: Services
) -> None:
    section = record(action="settings.change", target_type="settings", target_id="economy")
    await write(database, services, section, record(target_type="thing", target_id="economy"))
    found = await services.audit.search(GUILD, AuditFilter(section="economy"))
    assert [entry.record for entry in found.entries] == [section]
    both = AuditFilter(section="economy", target_type="member", target_id="9")
    assert (await services.audit.search(GUILD, both)).entries == ()


async def test_one_entry_is_found_in_its_own_guild_alone(database: Database, services: Services) -> None:
    await write(database, services, record())
    [entry] = (await services.audit.search(GUILD)).entries
    assert await services.audit.entry(GUILD, entry.id) == entry
    with pytest.raises(AuditEntryGone):
        await services.audit.entry(OTHER, entry.id)


async def test_a_file_has_the_entries_of_its_time_and_no_more_than_it_may(
    database: Database, services: Services, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = clock.now()
    for number in range(5):
        await write(database, services, record(description=str(number)))
        clock.advance(hours=1)

    async def told(**bounds: datetime) -> tuple[list[str | None], bool]:
        export = await services.audit.export(GUILD, AuditFilter(), **bounds)
        return [entry.record.description for entry in export.entries], export.cut

    hour = timedelta(hours=1)
    assert await told() == (["4", "3", "2", "1", "0"], False)
    assert await told(since=begin + hour, until=begin + 3 * hour) == (["2", "1"], False)
    monkeypatch.setattr(audit, "MOST_EXPORTED", 2)
    assert await told(until=begin + 3 * hour) == (["2", "1"], True)
    with pytest.raises(DaysTurned):
        await told(since=begin + hour, until=begin)


async def test_long_texts_are_cut_before_they_are_kept(database: Database, services: Services) -> None:
    long = "x" * 10_000
    document = {"text": long, "list": list(range(1_000)), "deep": {"text": long}}
    await write(database, services, record(before=document, description=long))
    [entry] = (await services.audit.search(GUILD)).entries
    kept = entry.record.before
    assert kept is not None
    assert kept["text"] == kept["deep"]["text"] == entry.record.description == "x" * (LONGEST_TEXT - 1) + "…"
    assert kept["list"] == list(range(MOST_ITEMS))


def test_entries_are_only_ever_added_but_for_what_came_of_those_that_were_begun() -> None:
    """The room of the database has no statement that removes one, and one that changes one."""
    source = inspect.getsource(repository)
    assert "insert(" in source
    assert re.findall(r"\b(update|delete)\(", source) == ["update"]


async def test_what_came_of_an_entry_is_said_once_and_of_those_alone_that_were_begun(
    database: Database, services: Services
) -> None:
    async def complete(entry_id: int, **after: object) -> dict[str, object]:
        async with database.write() as session:
            await services.audit.complete(session, GUILD, entry_id, record(after=after))
        found = (await services.audit.entry(GUILD, entry_id)).record.after
        assert found is not None
        return dict(found)

    async with database.write() as session:
        begun = await services.audit.begin(session, GUILD, record(after={"found": 9, "unfinished": True}))
        ended = await services.audit.begin(session, GUILD, record(after={"found": 9}))
    assert await complete(begun, deleted=7) == {"deleted": 7}
    assert await complete(begun, deleted=8) == {"deleted": 7}
    assert await complete(ended, deleted=8) == {"found": 9}


async def test_entries_are_found_by_who_what_and_whom_and_never_in_another_guild(
    database: Database, services: Services
) -> None:
    await write(database, services, record(1), record(2, "thing.drop"), record(1, target_type="member", target_id="9"))
    await write(database, services, record(1), guild=OTHER)

    async def count(**wanted: object) -> int:
        return len((await services.audit.search(GUILD, AuditFilter(**wanted))).entries)  # pyright: ignore[reportArgumentType]

    assert (await count(), await count(actor_id=1), await count(action="thing.drop")) == (3, 2, 1)
    assert await count(target_type="member", target_id="9") == 1
    assert await count(actor_id=2, action="thing.change") == 0


def test_only_what_differs_is_kept() -> None:
    assert difference({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == ({"b": 2}, {"b": 3, "c": 4})
    assert difference({"a": 1}, {"a": 1}) == ({}, {})
