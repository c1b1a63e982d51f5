"""The rules of role grants: who should have which role and why, and what follows from what Discord shows.

A *grant* says that a member should have a role, from one source, perhaps until some time. `plan` compares all grants of
one member with the roles that they have, and says which to add, which to remove, and how each grant stands then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.grant_sources import in_words
from bot.domain.roles import Problem, Reach, RoleFacts, out_of_reach, refusal

MAX_SOURCE = 64
MAX_REASON = 200
MAX_DETAIL = 300

LONGEST_PAUSE = timedelta(minutes=5)
_MAX_EXPONENT = 9


class GrantState(StrEnum):
    """How far a grant is."""

    WANTED = "wanted"
    """The member should have the role and may not have it yet."""
    HELD = "held"
    """The member had it when we looked last."""
    DECLINED = "declined"
    """Somebody took it off by hand. It is not given again until the grant changes."""
    FAILED = "failed"
    """It can't be given; `problem` says why. Looked at again every hour."""
    ENDING = "ending"
    """The member should no longer have it from this source."""
    ENDED = "ended"
    """Over."""


@dataclass(frozen=True)
class MemberFacts:
    """A member as Discord shows them. `joined_at` tells one membership from the next."""

    role_ids: frozenset[int]
    joined_at: datetime | None
    is_pending: bool = False


@dataclass(frozen=True)
class GuildFacts:
    """The roles of a guild, and how far the bot's reach goes there."""

    roles: Mapping[int, RoleFacts]
    reach: Reach


@dataclass(frozen=True)
class Grant:
    """Why a member should have a role, and how far that is."""

    user_id: int
    role_id: int
    source: str
    state: GrantState
    until: datetime | None = None
    granted_by: int | None = None
    reason: str | None = None
    applied: bool = False
    """Whether the role is ours: we gave it, or were about to. What is not ours is never taken away."""
    membership: datetime | None = None
    """When the member had joined, as they held it last: in another membership nobody took it off by hand."""
    problem: Problem | None = None
    detail: str | None = None
    """Discord's own words about the problem, for the operator."""

    def is_over(self, now: datetime) -> bool:
        """Whether the member should no longer have the role from this source."""
        return self.state in {GrantState.ENDING, GrantState.ENDED} or (self.until is not None and self.until <= now)


@dataclass(frozen=True)
class GrantList:
    """The grants of a guild or a member: those that end first, and how many there are in all."""

    grants: tuple[Grant, ...]
    total: int


@dataclass(frozen=True)
class Claimed:
    """A member whose roles this process alone may change until its lease ends, with all grants that are not ended."""

    guild_id: int
    user_id: int
    token: int
    version: int
    """Which state of the member's grants this is; they may change meanwhile."""
    attempts: int
    """This one included."""
    claimed_at: datetime
    grants: tuple[Grant, ...]


@dataclass(frozen=True)
class GrantTally:
    """How the grants of one role stand, counted in members."""

    role_id: int
    to_give: int
    """Should have it and may not, but for those who are away."""
    to_take: int
    """Shall lose it some time, and it is ours to take."""
    stuck: int
    """Of both, those for whom it could not be done when somebody looked last."""
    detail: str | None = None
    """Discord's own words about one of these, if it refused."""

    @property
    def members(self) -> int:
        """All whom it concerns."""
        return self.to_give + self.to_take


@dataclass(frozen=True)
class Delayed:
    """It may work later: why, and how long Discord asks to wait (None: as the schedule says)."""

    reason: str
    after: timedelta | None = None


@dataclass(frozen=True)
class Plan:
    """What to do to a member's roles, and how the grants stand once that is done."""

    before: tuple[Grant, ...]
    after: tuple[Grant, ...]
    add: frozenset[int] = field(default_factory=frozenset[int])
    remove: frozenset[int] = field(default_factory=frozenset[int])

    @property
    def acts(self) -> bool:
        """Whether Discord has anything to do."""
        return bool(self.add or self.remove)

    @property
    def is_news(self) -> bool:
        """Whether anything is other than it was, beside what Discord refused before and may refuse again."""
        return any(
            old != new and old.problem is not Problem.REFUSED for old, new in zip(self.before, self.after, strict=True)
        )

    def roles_for(self, role_ids: Iterable[int]) -> list[int]:
        """The roles of a member who has these, once the plan is carried out."""
        return sorted((set(role_ids) | self.add) - self.remove)

    def refused(self, detail: str) -> Plan:
        """How the grants stand if Discord refuses: those it was about are as they were, with the reason."""

        def fallen(old: Grant, new: Grant) -> Grant:
            if old.role_id in self.add and new.state is GrantState.HELD:
                failed = replace(old, state=GrantState.FAILED, applied=False)
                return replace(failed, problem=Problem.REFUSED, detail=detail[:MAX_DETAIL])
            if old.role_id in self.remove and new.state is GrantState.ENDED:
                return replace(old, state=GrantState.ENDING, problem=Problem.REFUSED, detail=detail[:MAX_DETAIL])
            return new

        return Plan(self.before, tuple(map(fallen, self.before, self.after)))

    def reason(self) -> str:
        """What Discord's audit log shall say: which sources gave and ended what is changed."""
        given = {one.source: one for one in self.after if one.role_id in self.add and one.state is GrantState.HELD}
        ended = {str(in_words(one.source)) for one in self.before if one.role_id in self.remove}
        parts = [f"granted by {', '.join(_told(one) for one in given.values())}"] if given else []
        parts += [f"ended: {', '.join(sorted(ended))}"] if ended else []
        return "; ".join(parts)[:400]


def _told(grant: Grant) -> str:
    by = f" (member {grant.granted_by})" if grant.granted_by is not None else ""
    return f"{in_words(grant.source)}{by}{f': {grant.reason}' if grant.reason else ''}"


def plan(grants: Sequence[Grant], member: MemberFacts | None, guild: GuildFacts, now: datetime) -> Plan:
    """What follows from a member's grants and from what Discord shows of them; None: they are not in the guild.

    A role is there while any source grants it, and ours while we gave it for any of them.
    """
    after: dict[tuple[int, str], Grant] = {}
    add: set[int] = set()
    remove: set[int] = set()
    for role_id in sorted({grant.role_id for grant in grants}):
        mine = [grant for grant in grants if grant.role_id == role_id]
        if member is None or (member.is_pending and role_id not in member.role_ids):
            problem = Problem.AWAY if member is None else Problem.SCREENING
            settled = [_waiting(grant, problem, now) for grant in mine]
        else:
            turn = _Turn(mine, member, guild, role_id, now)
            settled = turn.settle()
            if turn.gives:
                add.add(role_id)
            if turn.takes:
                remove.add(role_id)
        after.update({(grant.role_id, grant.source): grant for grant in settled})
    ordered = tuple(after[grant.role_id, grant.source] for grant in grants)
    return Plan(tuple(grants), ordered, frozenset(add), frozenset(remove))


def _waiting(grant: Grant, problem: Problem, now: datetime) -> Grant:
    """A grant while its member can't be given anything.

    One that ends meanwhile waits too if its role was ours: other bots give roles back to those who return.
    """
    if grant.is_over(now):
        if not grant.applied:
            return _ended(grant)
        return replace(grant, state=GrantState.ENDING, problem=problem, detail=None)
    if grant.state is GrantState.DECLINED:
        return grant
    return replace(grant, state=GrantState.WANTED, problem=problem, detail=None)


def _ended(grant: Grant) -> Grant:
    return replace(grant, state=GrantState.ENDED, applied=False, problem=None, detail=None)


class _Turn:
    """One role of one member who is there."""

    def __init__(
        self, grants: Sequence[Grant], member: MemberFacts, guild: GuildFacts, role_id: int, now: datetime
    ) -> None:
        self._grants = grants
        self._member = member
        self._has = role_id in member.role_ids
        self._ours = any(grant.applied for grant in grants)
        self._now = now
        role = guild.roles.get(role_id)
        self._wanted = any(self._asks(grant) for grant in grants)
        self.gives = self.takes = False
        self._problem: Problem | None = None
        if self._wanted and not self._has:
            self._problem = refusal(role, guild.reach)
            self.gives = self._problem is None
        elif not self._wanted and self._has and self._ours:
            self._problem = out_of_reach(role, guild.reach)
            self.takes = self._problem is None

    def _taken_off(self, grant: Grant) -> bool:
        """Whether somebody took the role off by hand: it was there in this membership, and is not."""
        return (
            grant.state is GrantState.HELD
            and not self._has
            and _same_membership(grant.membership, self._member.joined_at)
        )

    def _asks(self, grant: Grant) -> bool:
        over = grant.is_over(self._now) or grant.state is GrantState.DECLINED
        return not over and not self._taken_off(grant)

    def settle(self) -> list[Grant]:
        """Every grant as it stands afterwards."""
        return [self._settled(grant) for grant in self._grants]

    def _settled(self, grant: Grant) -> Grant:
        if self._asks(grant):
            if self._problem is not None:
                return replace(grant, state=GrantState.FAILED, applied=False, problem=self._problem, detail=None)
            return replace(
                grant,
                state=GrantState.HELD,
                applied=self.gives or self._ours,
                membership=self._member.joined_at,
                problem=None,
                detail=None,
            )
        if grant.is_over(self._now):
            if self._problem is not None and not self._wanted:
                return replace(grant, state=GrantState.ENDING, problem=self._problem, detail=None)
            return _ended(grant)
        return replace(grant, state=GrantState.DECLINED, applied=False, problem=None, detail=None)


def _same_membership(then: datetime | None, now: datetime | None) -> bool:
    if then is None or now is None:
        return then is now
    return abs(then - now) < timedelta(milliseconds=1)  # one way to tell it may round, another not


def fair_share(due: Iterable[tuple[int, int]], busy: Mapping[int, int], each: int) -> list[tuple[int, int]]:
    """Of members by guild and id the first ones, of each guild so many that with those `busy` it has at most `each`."""
    taken, share = Counter(busy), list[tuple[int, int]]()
    for guild_id, user_id in due:
        if taken[guild_id] < each:
            taken[guild_id] += 1
            share.append((guild_id, user_id))
    return share


def next_look(grants: Iterable[Grant], now: datetime) -> datetime | None:
    """When a member's roles have to be looked at again by themselves: at the next end; None: at no time."""
    ends = [grant.until for grant in grants if grant.until is not None and not grant.is_over(now)]
    return min(ends, default=None)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many tries that failed: 1, 2, 4, … seconds, at most `LONGEST_PAUSE`."""
    return min(timedelta(seconds=2 ** min(max(attempts - 1, 0), _MAX_EXPONENT)), LONGEST_PAUSE)
