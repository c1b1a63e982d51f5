"""People of a guild by name or id, whether Discord still shows them or not."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.db.engine import Database
from bot.db.repositories import people as rows
from bot.db.sessions import ReadSession
from bot.domain.people import Person, Stay, folded, id_in

MOST = 25
"""People that one search finds; what a list of suggestions takes."""

_AT_ONCE = 500
"""People that one statement names."""


class PeopleService:
    """Finds people. Who is known is whoever was seen here since the bot came."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, guild_id: int, text: str) -> tuple[Person, ...]:
        """Up to `MOST` people whose name or username begins with `text`, or whose id it is; those who are here first.

        An empty text finds whoever comes first by name.
        """
        user_id, begin = id_in(text), folded(text)

        async def unit(session: ReadSession) -> list[Person]:
            if user_id is not None:
                person = await rows.by_id(session, guild_id, user_id)
                return [] if person is None else [person]
            found = await rows.by_name(session, guild_id, begin, MOST)
            if begin and len(found) < MOST:
                found += await rows.by_username(session, guild_id, begin, MOST)
            return found

        people = {person.user_id: person for person in await self._database.query(unit)}
        return tuple(sorted(people.values(), key=lambda person: not person.is_here))[:MOST]

    async def named(self, guild_id: int, text: str) -> int | None:
        """The id of whoever a text names without doubt: an id, or the whole name or username of one person alone.

        An id is believed, also of somebody who was never seen: whether there is such a user, Discord must say.
        """
        user_id, whole = id_in(text), folded(text)
        if user_id is not None or not whole:
            return user_id
        found = await self.search(guild_id, text)
        exact = {person.user_id for person in found if whole in {folded(person.name), folded(person.username)}}
        return exact.pop() if len(exact) == 1 else None

    async def names(self, guild_id: int, user_ids: Collection[int]) -> Mapping[int, str]:
        """What these users are or were called here; those who were never seen are left out."""

        async def unit(session: ReadSession) -> dict[int, str]:
            asked, found = list(user_ids), dict[int, str]()
            for first in range(0, len(asked), _AT_ONCE):
                people = await rows.among(session, guild_id, asked[first : first + _AT_ONCE])
                found |= {person.user_id: person.name for person in people}
            return found

        return await self._database.query(unit)

    async def stay(self, guild_id: int, user_id: int) -> Stay | None:
        """When somebody was a member the last time; None for those who never were, as far as it was seen."""
        return await self._database.query(lambda session: rows.stay(session, guild_id, user_id))
