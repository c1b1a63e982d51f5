"""The audit log: there if and only if the change is, and read page by page."""

from __future__ import annotations

import pytest

from bot.db.engine import Database
from bot.domain.audit import AuditFilter, AuditRecord, AuditSource, difference
from bot.services import Services

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
        page = await services.audit.search(GUILD, before=page.older)
        seen += [entry.record.description for entry in page.entries]
    assert seen == [str(number) for number in reversed(range(25))]


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
