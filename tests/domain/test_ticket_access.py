"""Who sees a ticket and who writes in it: the table, and the overwrites that make Discord agree with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from bot.domain.overwrites import EVERYTHING, Bit, Overwrite, Standing, effective
from bot.domain.ticket_access import (
    MOST_THREAD_STAFF,
    Access,
    Part,
    access_of,
    desired,
    foreign,
    is_agent,
    is_thread_locked,
    may,
    parts_of,
    seen_by_outsiders,
    thread_members,
)
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import TopicConfig, TopicRules, rules_of
from bot.domain.tickets import ClaimMode, Mode, Origin, Status, Ticket

GUILD, BOT = 1_000, 2_000
SUPPORT, SENIOR, OWNERS = 4_000, 4_001, 4_002
ALICE, GUEST, HELPER, AGENT, CHIEF, CLAIMER, MANAGER, STRANGER = range(3_000, 3_008)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TICKET = Ticket(
    guild_id=GUILD,
    number=42,
    topic_id=7,
    opener_id=ALICE,
    opened_by=ALICE,
    origin=Origin.PANEL,
    status=Status.OPEN,
    status_at=NOW,
    mode=Mode.CHANNEL,
    slot=1,
    key="i:1",
    opened_at=NOW,
    channel_id=9,
)

PEOPLE = {
    "opener": (ALICE, ()),
    "guest": (GUEST, ()),
    "helper": (HELPER, (SUPPORT,)),
    "staff": (AGENT, (SUPPORT,)),
    "called": (CHIEF, (SENIOR,)),
    "assignee": (CLAIMER, (SUPPORT,)),
    "manager": (MANAGER, (OWNERS,)),
    "stranger": (STRANGER, ()),
}
ROLE_BASE = int(Bit.VIEW_CHANNEL | Bit.SEND_MESSAGES | Bit.READ_MESSAGE_HISTORY)
"""What @everyone has in the guild: it is the ticket that has to be hidden."""

OPEN = (Status.OPENING, Status.OPEN, Status.IN_PROGRESS, Status.WAITING, Status.ON_HOLD, Status.RESOLVED)
OVER = (Status.CLOSING, Status.CLOSED)

W, R, N = "writes", "reads", "nothing"
COLUMNS = ("opener", "guest", "helper", "staff", "called", "assignee", "manager", "stranger")
TABLE = {
    # mode, claim, claimed, escalated:                          opener guest helper staff called assignee manager other
    (Mode.CHANNEL, ClaimMode.NOTHING, False, False): (W, W, W, W, N, W, W, N),
    (Mode.CHANNEL, ClaimMode.NOTHING, True, False): (W, W, W, W, N, W, W, N),
    (Mode.CHANNEL, ClaimMode.READ_ONLY, False, False): (W, W, W, W, N, W, W, N),
    (Mode.CHANNEL, ClaimMode.READ_ONLY, True, False): (W, W, W, R, N, W, W, N),
    (Mode.CHANNEL, ClaimMode.READ_ONLY, True, True): (W, W, W, R, W, W, W, N),
    (Mode.CHANNEL, ClaimMode.HIDDEN, False, False): (W, W, W, W, N, W, W, N),
    (Mode.CHANNEL, ClaimMode.HIDDEN, True, False): (W, W, W, N, N, W, W, N),
    (Mode.CHANNEL, ClaimMode.HIDDEN, True, True): (W, W, W, N, W, W, W, N),
    (Mode.CHANNEL, ClaimMode.NOTHING, False, True): (W, W, W, W, W, W, W, N),
    (Mode.THREAD, ClaimMode.NOTHING, True, False): (W, W, W, W, N, W, W, N),
    (Mode.THREAD, ClaimMode.READ_ONLY, True, False): (W, W, W, W, N, W, W, N),
    (Mode.THREAD, ClaimMode.HIDDEN, False, False): (W, W, W, W, N, W, W, N),
    (Mode.THREAD, ClaimMode.HIDDEN, True, False): (W, W, W, N, N, W, W, N),
    (Mode.THREAD, ClaimMode.HIDDEN, True, True): (W, W, W, N, W, W, W, N),
}
WORDS = {"writes": Access(True, True), "reads": Access(True, False), "nothing": Access(False, False)}  # noqa: FBT003 — a table


def rules(claim: ClaimMode = ClaimMode.NOTHING) -> TopicRules:
    config = TopicConfig(support_roles=(SUPPORT,), escalation_roles=(SENIOR,), claim_mode=claim)
    return rules_of(config, TicketSettings())


def said(name: str, ticket: Ticket, claim: ClaimMode) -> Access:
    """What the table says of somebody."""
    user_id, role_ids = PEOPLE[name]
    parts = parts_of(user_id, [*role_ids, GUILD], ticket, rules(claim), (GUEST, HELPER), manages=name == "manager")
    return access_of(parts, ticket, claim)


def computed(name: str, ticket: Ticket, claim: ClaimMode, held: int = EVERYTHING) -> Access:
    """What Discord computes of the overwrites."""
    user_id, role_ids = PEOPLE[name]
    overwrites = desired(
        ticket, rules(claim), (GUEST, HELPER), bot_id=BOT, managers=(OWNERS,), agents=(HELPER,), held=held
    )
    bits = effective(Standing(user_id, GUILD, role_ids, ROLE_BASE), overwrites)
    sees = bool(bits & Bit.VIEW_CHANNEL)
    return Access(sees=sees, writes=sees and bool(bits & Bit.SEND_MESSAGES))


def at(mode: Mode, claimed: bool, escalated: bool, **values: object) -> Ticket:
    return replace(TICKET, mode=mode, assignee_id=CLAIMER if claimed else None, escalated=escalated, **values)


@pytest.mark.parametrize(("case", "row"), TABLE.items(), ids=lambda one: "-".join(map(str, one)))
def test_the_table_of_who_sees_and_writes(case: tuple[Mode, ClaimMode, bool, bool], row: tuple[str, ...]) -> None:
    mode, claim, claimed, escalated = case
    for status in OPEN:
        ticket = at(mode, claimed, escalated, status=status)
        assert {name: said(name, ticket, claim) for name in COLUMNS} == {
            name: WORDS[word] for name, word in zip(COLUMNS, row, strict=True)
        }


@pytest.mark.parametrize("claim", ClaimMode)
@pytest.mark.parametrize("status", [*OPEN, *OVER])
def test_overwrites_give_what_the_table_says(status: Status, claim: ClaimMode) -> None:
    for claimed, escalated, locked, frozen in product((False, True), repeat=4):
        ticket = at(Mode.CHANNEL, claimed, escalated, status=status, locked=locked, frozen=frozen)
        for name in PEOPLE:
            assert computed(name, ticket, claim) == said(name, ticket, claim), (name, ticket)


@pytest.mark.parametrize(
    ("values", "opener", "guest"),
    [
        ({"locked": True}, R, W),
        ({"frozen": True}, R, R),
        ({"locked": True, "frozen": True}, R, R),
        ({"status": Status.CLOSING}, R, R),
        ({"status": Status.CLOSED}, R, R),
    ],
    ids=str,
)
def test_locked_keeps_the_member_from_writing_frozen_everybody_but_staff_and_closed_likewise(
    values: dict[str, object], opener: str, guest: str
) -> None:
    ticket = replace(TICKET, **values)
    assert (may(Part.OPENER, ticket, ClaimMode.NOTHING), may(Part.GUEST, ticket, ClaimMode.NOTHING)) == (
        WORDS[opener],
        WORDS[guest],
    )
    assert said("staff", ticket, ClaimMode.NOTHING) == said("helper", ticket, ClaimMode.NOTHING) == WORDS[W]


def test_a_thread_knows_neither_locked_nor_frozen_and_is_locked_when_it_is_closed() -> None:
    thread = replace(TICKET, mode=Mode.THREAD, locked=True, frozen=True)
    assert said("opener", thread, ClaimMode.READ_ONLY) == WORDS[W]
    assert not is_thread_locked(thread)
    assert is_thread_locked(replace(thread, status=Status.CLOSING))


def test_an_escalation_role_is_nobody_before_it_is_escalated() -> None:
    assert not is_agent([SENIOR], rules(), TICKET, manages=False)
    assert not is_agent([SENIOR], rules(), None, manages=False)
    assert is_agent([SENIOR], rules(), replace(TICKET, escalated=True), manages=False)


def test_everyone_is_never_staff_even_if_the_setting_names_that_role() -> None:
    odd = rules_of(TopicConfig(support_roles=(GUILD,)), TicketSettings())
    assert not is_agent([GUILD], odd, TICKET, manages=False)
    assert desired(TICKET, odd, (), bot_id=BOT)[0] == Overwrite(GUILD, is_member=False, deny=int(Bit.VIEW_CHANNEL))
    assert [one.target_id for one in desired(TICKET, odd, (), bot_id=BOT)] == [GUILD, BOT, ALICE]


def test_who_lost_the_role_is_no_staff_although_they_once_claimed_it() -> None:
    claimed = replace(TICKET, assignee_id=CLAIMER)
    assert parts_of(CLAIMER, [], claimed, rules(), (), manages=False) == {Part.OUTSIDER}
    assert CLAIMER not in {one.target_id for one in desired(claimed, rules(), (), bot_id=BOT)}


def test_overwrites_ask_for_nothing_that_the_bot_does_not_have_itself_but_seeing_and_writing() -> None:
    held = int(Bit.VIEW_CHANNEL | Bit.SEND_MESSAGES | Bit.READ_MESSAGE_HISTORY)
    for one in desired(replace(TICKET, frozen=True), rules(), (GUEST,), bot_id=BOT, managers=(OWNERS,), held=held):
        assert not (one.allow | one.deny) & ~held
    for name in PEOPLE:
        assert computed(name, TICKET, ClaimMode.NOTHING, held=0) == said(name, TICKET, ClaimMode.NOTHING)


def test_a_thread_has_the_member_guests_and_staff_and_of_hidden_staff_only_who_has_it() -> None:
    thread = replace(TICKET, mode=Mode.THREAD)
    staff = {"bot_id": BOT, "support": (AGENT, CLAIMER), "called": (CHIEF,)}
    assert thread_members(thread, rules(), (GUEST,), **staff) == (ALICE, GUEST, AGENT, CLAIMER)
    claimed = replace(thread, assignee_id=CLAIMER)
    hidden = rules(ClaimMode.HIDDEN)
    assert thread_members(claimed, hidden, (GUEST,), **staff) == (ALICE, GUEST, CLAIMER)
    escalated = replace(claimed, escalated=True)
    assert thread_members(escalated, hidden, (), **staff) == (ALICE, CLAIMER, CHIEF)


def test_a_thread_takes_only_so_many_of_staff() -> None:
    thread = replace(TICKET, mode=Mode.THREAD)
    many = range(10_000, 11_000)
    assert len(thread_members(thread, rules(), (), bot_id=BOT, support=many)) == 1 + MOST_THREAD_STAFF


def test_overwrites_of_others_are_told_from_those_that_were_ours() -> None:
    wanted = desired(TICKET, rules(), (), bot_id=BOT)
    by_hand, removed = Overwrite(STRANGER, is_member=True), Overwrite(GUEST, is_member=True)
    assert foreign([*wanted, by_hand, removed], wanted, (GUEST,)) == (by_hand,)


def test_outsiders_who_see_a_channel_are_found() -> None:
    wanted = desired(TICKET, rules(), (), bot_id=BOT)
    by_hand = Overwrite(STRANGER, is_member=True, allow=int(Bit.VIEW_CHANNEL))
    assert seen_by_outsiders(wanted, wanted, GUILD) == ()
    assert seen_by_outsiders([*wanted, by_hand], wanted, GUILD) == (STRANGER,)
    assert seen_by_outsiders(wanted[1:], wanted, GUILD) == (GUILD,)
