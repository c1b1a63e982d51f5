"""Which tables know people, and what erasing does to each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnClause

from bot.db.sessions import WriteSession
from bot.domain.privacy import Erasure

Forgets = Callable[[WriteSession, int, int], Awaitable[None]]


@dataclass(frozen=True)
class Holding:
    """One column that names a person. A table with two such columns has two holdings."""

    person: ColumnClause[Any]
    """The column."""

    what: str
    """What the rows tell about the person, as the beginning of a line: ``Your coins``."""

    erasure: Erasure
    why: str = ""
    """Why something stays, as a sentence; needed for all but those that are deleted or blanked."""

    beyond: str = ""
    """Where more of what is erased may be that only people can delete, as a sentence."""

    pattern: str = ""
    """How the column names a person, where it is not just their id: ``start:{person}``."""

    emptied: tuple[ColumnClause[Any], ...] = ()
    """Columns with words about the person, such as their name; these go also where the row stays, unless it is kept."""

    forgets: Forgets | None = None
    """What else goes, of this guild and person, while these rows still name them: words in rows that they lead to."""

    secret: tuple[ColumnClause[Any], ...] = ()
    """Columns that nobody is told yet, whoever the row is about; they are left out of the person's file."""

    told: bool = True
    """Whether the person gets these rows in their file. Not for rows that tell of somebody else."""

    def named(self, person: int) -> int | str:
        """How the column names a person."""
        return self.pattern.format(person=person) if self.pattern else person

    @property
    def shown(self) -> list[ColumnClause[Any]]:
        """The columns that the person gets in their file."""
        hidden = {one.key for one in self.secret}
        return [one for one in self.table.c if one.key not in hidden]

    @property
    def emptying(self) -> dict[str, str | None]:
        """What erasing writes into the columns with words about the person."""
        return {one.key: None if self.table.c[one.key].nullable else "" for one in self.emptied}

    @property
    def table(self) -> Any:
        """The table of the column."""
        return self.person.table

    @property
    def in_guilds(self) -> bool:
        """Whether the rows belong to guilds."""
        return "guild_id" in self.table.c
