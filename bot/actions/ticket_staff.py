"""Who people are to tickets, as Discord says it: of members next to none are remembered, so Discord is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord

AT_ONCE = 100
"""Members whom one question to the gateway may be about."""

_PAGE = 1_000
MOST_LISTED = 5_000
"""Members of a guild that is looked through for staff, a thousand at a time; larger ones are not."""


@dataclass(frozen=True)
class Staff:
    """A member, as far as tickets ask."""

    user_id: int
    role_ids: frozenset[int]
    manages: bool
    """Whether they have Manage Server."""


def staff_of(member: discord.Member) -> Staff:
    """A member, as far as tickets ask."""
    return Staff(member.id, frozenset(role.id for role in member.roles), member.guild_permissions.manage_guild)


class StaffFinder:
    """Asks Discord about people. What goes wrong is raised as it comes, so that it is tried again."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def these(self, guild: discord.Guild, user_ids: Collection[int]) -> Mapping[int, Staff]:
        """What these are in a guild; those who are no members are left out."""
        found: dict[int, Staff] = {}
        asked = sorted(user_ids)
        for first in range(0, len(asked), AT_ONCE):
            ids = asked[first : first + AT_ONCE]
            members = await guild.query_members(user_ids=ids, limit=AT_ONCE, cache=False)
            found |= {member.id: staff_of(member) for member in members}
        return found

    async def of_roles(
        self, guild: discord.Guild, support: Collection[int], called: Collection[int]
    ) -> tuple[list[int], list[int]]:
        """Who has one of the roles of either kind; nobody where the guild is larger than `MOST_LISTED`.

        There staff sees threads by Manage Threads, or is brought in by being mentioned.
        """
        wanted = ({str(one) for one in support if one != guild.id}, {str(one) for one in called if one != guild.id})
        found: tuple[list[int], list[int]] = ([], [])
        if not any(wanted) or (guild.member_count or 0) > MOST_LISTED:
            return found
        after: int | None = None
        while True:
            page: Sequence[Any] = await self._client.http.get_members(guild.id, _PAGE, after)
            for one in page:
                if not one["user"].get("bot"):
                    for roles, people in zip(wanted, found, strict=True):
                        if not roles.isdisjoint(one["roles"]):
                            people.append(int(one["user"]["id"]))
            if len(page) < _PAGE:
                return found
            after = int(page[-1]["user"]["id"])
