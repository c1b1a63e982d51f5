"""Who sees a ticket and who writes in it. One table says so (`may`); what Discord has to be told follows from it.

In a channel that is overwrites (`desired`), in a private thread, which has none, who its members are
(`thread_members`). There nobody can be kept from writing alone: read only, locked and frozen change nothing there, and
are not offered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.overwrites import EVERYTHING, Bit, Overwrite, Overwrites, by_target
from bot.domain.ticket_topics import TopicRules
from bot.domain.tickets import ClaimMode, Mode, Status, Ticket

MOST_THREAD_STAFF = 50
"""Staff that is added to a thread, one by one; beyond that they need Manage Threads to see it."""

_READ = Bit.VIEW_CHANNEL | Bit.READ_MESSAGE_HISTORY
_WRITE = _READ | Bit.SEND_MESSAGES | Bit.EMBED_LINKS | Bit.ATTACH_FILES
_THREADS = Bit.CREATE_PUBLIC_THREADS | Bit.CREATE_PRIVATE_THREADS
_MUTE = Bit.SEND_MESSAGES | Bit.SEND_MESSAGES_IN_THREADS | Bit.ADD_REACTIONS | _THREADS
_BOT = _WRITE | Bit.SEND_MESSAGES_IN_THREADS | Bit.CREATE_PRIVATE_THREADS | Bit.MANAGE_CHANNELS | Bit.MANAGE_THREADS
_NOTES = Bit.MANAGE_THREADS
"""By it all of staff sees the private thread with its notes, whoever was put into it. It is given in the ticket's own
channel, where there are no other threads, and kept from the member and from guests, whatever their roles are."""
_ALWAYS = Bit.VIEW_CHANNEL | Bit.SEND_MESSAGES
"""Without these an overwrite would not say what it is there for, so they are asked for even if Discord refuses."""


class Part(StrEnum):
    """What somebody is to a ticket."""

    OUTSIDER = "outsider"
    OPENER = "opener"
    GUEST = "guest"
    """Added to it, and none of staff."""
    HELPER = "helper"
    """Staff who was added to it, and so is kept from nothing by a claim."""
    STAFF = "staff"
    ASSIGNEE = "assignee"
    """Staff who claimed it."""
    CALLED = "called"
    """Staff to whom it was escalated."""
    MANAGER = "manager"
    """Whoever manages the server."""

    @property
    def is_staff(self) -> bool:
        """Whether they answer tickets."""
        return self not in {Part.OUTSIDER, Part.OPENER, Part.GUEST}


@dataclass(frozen=True)
class Access:
    """What somebody may in a ticket."""

    sees: bool
    writes: bool


NOTHING, READS, WRITES = (
    Access(sees=False, writes=False),
    Access(sees=True, writes=False),
    Access(sees=True, writes=True),
)


def may(part: Part, ticket: Ticket, claim_mode: ClaimMode) -> Access:
    """What somebody of that part may in a ticket: the table that everything else follows from.

    A closed thread is locked as a whole, which keeps all but those with Manage Threads from writing; the same is
    said here of staff, who may have it.
    """
    is_open = ticket.status.is_live or ticket.status is Status.OPENING
    in_channel = ticket.mode is Mode.CHANNEL
    match part:
        case Part.OUTSIDER:
            return NOTHING
        case Part.OPENER:
            return READS if not is_open or (in_channel and (ticket.locked or ticket.frozen)) else WRITES
        case Part.GUEST:
            return READS if not is_open or (in_channel and ticket.frozen) else WRITES
        case Part.STAFF if ticket.assignee_id is not None and claim_mode is ClaimMode.HIDDEN:
            return NOTHING
        case Part.STAFF if ticket.assignee_id is not None and claim_mode is ClaimMode.READ_ONLY and in_channel:
            return READS
        case _:
            return WRITES


# Who is what --------------------------------------------------------------------------------------------------


def is_agent(role_ids: Collection[int], rules: TopicRules, ticket: Ticket | None, *, manages: bool) -> bool:
    """Whether somebody with these roles is staff of a ticket, or of what would become one (None).

    `manages`: whether they have Manage Server. @everyone's role makes nobody staff.
    """
    if manages:
        return True
    everyone = None if ticket is None else ticket.guild_id
    wanted = {*rules.support_roles, *(rules.escalation_roles if ticket is not None and ticket.escalated else ())}
    return bool(wanted & (set(role_ids) - {everyone}))


def parts_of(
    user_id: int,
    role_ids: Collection[int],
    ticket: Ticket,
    rules: TopicRules,
    participants: Collection[int],
    *,
    manages: bool,
) -> frozenset[Part]:
    """All that somebody is to a ticket; an outsider if nothing else."""
    roles = set(role_ids) - {ticket.guild_id}
    is_staff = is_agent(roles, rules, ticket, manages=manages)
    added = Part.HELPER if is_staff else Part.GUEST
    found = {
        Part.OPENER: user_id == ticket.opener_id,
        added: user_id in participants,
        Part.ASSIGNEE: is_staff and user_id == ticket.assignee_id,
        Part.STAFF: bool(roles & set(rules.support_roles)),
        Part.CALLED: ticket.escalated and bool(roles & set(rules.escalation_roles)),
        Part.MANAGER: manages,
    }
    return frozenset(part for part, is_so in found.items() if is_so) or frozenset({Part.OUTSIDER})


def access_of(parts: Iterable[Part], ticket: Ticket, claim_mode: ClaimMode) -> Access:
    """What somebody may who is all of that.

    Whoever opened it, was added or claimed it is held to that whatever their roles are, as Discord lets a member's
    overwrite win over those of roles; else the most that any part allows.
    """
    held = set(parts)
    own = held & {Part.OPENER, Part.GUEST, Part.HELPER, Part.ASSIGNEE}
    given = [may(part, ticket, claim_mode) for part in own or held]
    return Access(sees=any(one.sees for one in given), writes=any(one.writes for one in given))


# What Discord has to be told -----------------------------------------------------------------------------------


def desired(
    ticket: Ticket,
    rules: TopicRules,
    participants: Collection[int],
    *,
    bot_id: int,
    managers: Collection[int] = (),
    agents: Collection[int] = (),
    held: int = EVERYTHING,
) -> tuple[Overwrite, ...]:
    """The overwrites that a ticket's channel has to have; @everyone's, which hides it, is the first.

    `managers` are roles with Manage Server, `agents` those of the participants who are staff. `held` is what the bot
    itself may: Discord takes no overwrite about other permissions, so these are left out.
    """
    claim, usable = rules.claim_mode, held | _ALWAYS
    roles: dict[int, Access] = {}
    for part, ids in _roles(ticket, rules, managers):
        for role_id in ids:
            roles[role_id] = _most(roles.get(role_id, NOTHING), may(part, ticket, claim))
    people: dict[int, tuple[bool, Access]] = {}
    for part, user_id in _people(ticket, rules, participants, agents):
        is_staff, given = people.get(user_id, (False, NOTHING))
        people[user_id] = (is_staff or part.is_staff, _most(given, may(part, ticket, claim)))
    fixed = (
        Overwrite(ticket.guild_id, is_member=False, deny=int(Bit.VIEW_CHANNEL)),
        Overwrite(bot_id, is_member=True, allow=_BOT & usable),
    )
    rest = [_overwrite(one, roles[one], usable, is_member=False, is_staff=True) for one in sorted(roles)]
    rest += [_overwrite(one, people[one][1], usable, is_member=True, is_staff=people[one][0]) for one in sorted(people)]
    taken = by_target(fixed)
    return (*fixed, *(one for one in rest if one.allow and one.target_id not in taken))


def _roles(ticket: Ticket, rules: TopicRules, managers: Collection[int]) -> list[tuple[Part, Collection[int]]]:
    called = rules.escalation_roles if ticket.escalated else ()
    return [(Part.STAFF, rules.support_roles), (Part.CALLED, called), (Part.MANAGER, managers)]


def _people(
    ticket: Ticket, rules: TopicRules, participants: Collection[int], agents: Collection[int]
) -> list[tuple[Part, int]]:
    found = [(Part.OPENER, ticket.opener_id)]
    found += [(Part.HELPER if one in agents else Part.GUEST, one) for one in participants]
    assignee = ticket.assignee_id
    if assignee is not None and (rules.claim_mode is not ClaimMode.NOTHING or assignee in {one for _, one in found}):
        # Where a claim changes nothing their role is enough: whoever loses it then sees no ticket any more.
        found.append((Part.ASSIGNEE, assignee))
    return found


def _most(one: Access, other: Access) -> Access:
    return Access(sees=one.sees or other.sees, writes=one.writes or other.writes)


def _overwrite(target_id: int, given: Access, usable: int, *, is_member: bool, is_staff: bool) -> Overwrite:
    if not given.sees:
        return Overwrite(target_id, is_member)
    if given.writes:
        allow, deny = (_WRITE | Bit.SEND_MESSAGES_IN_THREADS, 0) if is_staff else (_WRITE, int(_THREADS))
    else:
        allow, deny = _READ, int(_MUTE)
    if is_staff:
        allow |= _NOTES
    else:
        deny |= _NOTES
    return Overwrite(target_id, is_member, allow=allow & usable, deny=deny & usable)


def thread_members(
    ticket: Ticket,
    rules: TopicRules,
    participants: Collection[int],
    *,
    bot_id: int,
    support: Collection[int] = (),
    called: Collection[int] = (),
) -> tuple[int, ...]:
    """Who has to be a member of a ticket's thread, the member first.

    `support` are people with a support role, `called` those with a role that tickets are escalated to. Whoever of
    them, or of those that once were members by this, is not named here is taken out; others were brought in by hand and
    stay.
    """
    named = [ticket.opener_id, *participants]
    if ticket.assignee_id is not None:
        named.append(ticket.assignee_id)
    staff = set(support) if may(Part.STAFF, ticket, rules.claim_mode).sees else set[int]()
    if ticket.escalated:
        staff |= set(called)
    named += sorted(staff)[:MOST_THREAD_STAFF]
    return tuple(dict.fromkeys(one for one in named if one != bot_id))


def is_thread_locked(ticket: Ticket) -> bool:
    """Whether a ticket's thread has to be locked: once it is closed."""
    return not may(Part.OPENER, ticket, ClaimMode.NOTHING).writes


# What a channel has instead -------------------------------------------------------------------------------------


def foreign(now: Overwrites, wanted: Overwrites, named: Collection[int]) -> tuple[Overwrite, ...]:
    """Overwrites that others made: about nobody whom we name, or named when the channel was last brought in line."""
    ours = {one.target_id for one in wanted} | set(named)
    return tuple(one for one in now if one.target_id not in ours)


def seen_by_outsiders(now: Overwrites, wanted: Overwrites, guild_id: int) -> tuple[int, ...]:
    """Roles and people who see a channel and should not, @everyone (the guild's id) first if it is everybody."""
    shown = {one.target_id for one in wanted if one.allow & Bit.VIEW_CHANNEL}
    hidden = any(one.target_id == guild_id and one.deny & Bit.VIEW_CHANNEL for one in now)
    others = [one.target_id for one in now if one.allow & Bit.VIEW_CHANNEL and one.target_id not in shown]
    return tuple(others if hidden else [guild_id, *(one for one in others if one != guild_id)])
