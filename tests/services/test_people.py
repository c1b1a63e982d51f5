"""People found by name or id, also when they left; by an index, however many there are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from bot.db import dialect
from bot.db.engine import Database
from bot.db.repositories import people as rows
from bot.domain.guilds import MemberSeen, UserSeen
from bot.domain.people import folded, id_in
from bot.services import Services
from bot.services.guilds import Sightings
from bot.services.people import MOST

GUILD, OTHER = 1 << 22, 2 << 22
ANNA, ANTON, BERTA, ELSA = ((10**17 + number) for number in range(4))
LEFT_AT = datetime(2026, 1, 1, tzinfo=UTC)


def user(user_id: int, username: str, shown: str | None = None) -> UserSeen:
    return UserSeen(user_id, username, shown, None, is_bot=False)


def member(user_id: int, shown: str, *, guild: int = GUILD, nick: str | None = None) -> MemberSeen:
    return MemberSeen(guild, user_id, nick, (), pending=False, joined_at=None, last_active_at=None, display_name=shown)


@pytest.fixture
async def people(services: Services) -> Services:
    users = (user(ANNA, "anna.b"), user(ANTON, "zorro", "Änton"), user(BERTA, "berta_x"), user(ELSA, "anelse"))
    members = (
        member(ANNA, "anna.b"),
        member(ANTON, "Änton"),
        member(BERTA, "\uff21nnabella %_", nick="\uff21nnabella %_"),
        member(ELSA, "anelse", guild=OTHER),
    )
    await services.guilds.record(Sightings(users=users, members=members, left=((GUILD, ANNA, LEFT_AT),)))
    return services


async def ids(services: Services, typed: str) -> list[int]:
    return [person.user_id for person in await services.people.search(GUILD, typed)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", [BERTA, ANTON, ANNA]),
        ("ann", [BERTA, ANNA]),
        (" @ANNA", [BERTA, ANNA]),
        ("annabella %", [BERTA]),
        ("ä", [ANTON]),
        ("zor", [ANTON]),
        ("berta", [BERTA]),
        ("ane", []),
        ("%", []),
        ("a\x00nna\ud800.", [ANNA]),
        (f"<@{ANNA}>", [ANNA]),
        (str(ANTON), [ANTON]),
        (str(ELSA), []),
        ("9" * 30, []),
        ("x" * 6_000, []),
    ],
)
async def test_people_are_found_by_how_their_name_begins_and_those_here_first(
    people: Services, typed: str, found: list[int]
) -> None:
    assert await ids(people, typed) == found


async def test_who_left_is_told_from_who_is_here(people: Services) -> None:
    berta, anna = await people.people.search(GUILD, "anna")
    assert (anna.is_here, anna.name, anna.username) == (False, "anna.b", "anna.b")
    assert (berta.is_here, berta.name, berta.username) == (True, "\uff21nnabella %_", "berta_x")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("anna.b", ANNA),
        ("Zorro", ANTON),
        ("änton", ANTON),
        ("anna", None),
        ("", None),
        (str(ANNA), ANNA),
        (f"<@!{2**60}>", 2**60),
        ("nobody", None),
    ],
)
async def test_a_name_stands_for_somebody_only_without_doubt(people: Services, written: str, meant: int | None) -> None:
    assert await people.people.named(GUILD, written) == meant


async def test_two_of_one_name_are_nobody(people: Services) -> None:
    await people.guilds.record(
        Sightings(users=(user(ELSA, "anelse"),), members=(member(ELSA, "anna.b", nick="anna.b"),))
    )
    assert await people.people.named(GUILD, "anna.b") is None


async def test_a_new_name_takes_the_place_of_the_old(people: Services) -> None:
    await people.guilds.record(Sightings(members=(member(ANTON, "Mr. New"),)))
    assert await ids(people, "mr") == [ANTON]
    assert await ids(people, "än") == []


async def test_no_search_gives_more_than_discord_takes(people: Services) -> None:
    many = range(10**17 + 100, 10**17 + 160)
    await people.guilds.record(
        Sightings(
            users=tuple(user(one, f"clone{one}") for one in many),
            members=tuple(member(one, f"Clone {one}") for one in many),
        )
    )
    assert len(await ids(people, "clone")) == MOST
    assert len(await ids(people, "")) == MOST


async def test_every_statement_of_a_search_uses_its_index(people: Services, database: Database) -> None:
    """The plans of the very statements, with enough people that reading them all would cost more."""
    many = range(10**17 + 100, 10**17 + 3_100)
    crowd = tuple(member(one, f"{one % 97} somebody") for one in many)
    await people.guilds.record(Sightings(users=tuple(user(one, f"{one % 89}_x") for one in many), members=crowd))
    name = "sqlite" if database.is_sqlite else "postgresql"
    low, high = dialect.prefix("text", "an").values()
    values = {"guild_id": GUILD, "count": 25, "user_ids": [ANNA], "text": low, "text_end": high}
    wanted = (
        (rows._by_name(name), "ix_members_guild_id_search_name"),
        (rows._usernames(name), "ix_users_username"),
        (rows._among, "sqlite_autoindex_members_1" if database.is_sqlite else "pk_members"),
    )
    async with database.write() as session:
        if not database.is_sqlite:
            await session.execute(text("ANALYZE users, members"))  # SQLite is left to guess, as it is in production
        for statement, index in wanted:
            needed = {key: value for key, value in values.items() if key in statement.compile().params}
            written = str(
                statement.params(needed).compile(dialect=session.dialect, compile_kwargs={"literal_binds": True})
            )
            explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
            plan = "\n".join(str(row) for row in await session.execute(text(explain + written.replace(":", "\\:"))))
            assert index in plan, plan


def test_folding_forgives_case_width_and_what_can_not_be_stored() -> None:
    assert folded("  Straße\x00\ud800  X ") == "strasse x"
    assert folded("@\uff26\uff4f\uff4f") == "foo"
    assert folded("ﷺ" * 200) == folded("ﷺ" * 200)[:64]
    assert id_in("12") is None
    assert id_in(str(2**63)) is None
