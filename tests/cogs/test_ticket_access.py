"""Who sees a ticket and writes in it on Discord: as the row says, whatever was changed and whenever the bot died."""

from __future__ import annotations

import contextlib
from itertools import product

import pytest
from simcord.backend.access import channel_accessible
from simcord.backend.permissions import flag
from simcord.enums import ChannelType

from bot.domain.ticket_access import Access, access_of, parts_of
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import TopicConfig, rules_of
from bot.domain.tickets import Because, ClaimMode, Mode, Status, Ticket
from bot.domain.tickets import Stage as ClosingStage
from bot.sandbox.faults import Fault
from bot.services.ticket_file import LEASE
from bot.services.ticket_work import Asked
from tests.support.crash import AT_LENGTH_ON_POSTGRES, CrashPoints, Died, sweep
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage
from tests.support.ticket_stage import (
    OWNERS,
    SENIOR,
    SUPPORT,
    change,
    choose,
    furnish,
    put_ticket,
    tick,
    ticket_of,
)

DAN, ERIN, FAY, GUS = ((3_010 + number) << 22 for number in range(4))
ROLES = {ALICE: (), BOB: (SUPPORT,), CAROL: (SUPPORT,), DAN: (SENIOR,), ERIN: (OWNERS,), FAY: (), GUS: ()}
"""Alice's ticket, of which Bob is support, Carol claims it, Dan is called, Erin manages, Fay is a guest, Gus nobody."""


NAMES_FOR_NOTES = ("staff-notes-0001", "#1 · staff")
"""What a member could have had tickets called whose names begin with theirs."""


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    await arrange(stage)
    return stage


async def arrange(stage: Stage) -> None:
    world = stage.sandbox.world
    if SUPPORT not in world.backend.get_guild(GUILD).roles:
        furnish(stage)
        for user_id, name in ((DAN, "dan"), (ERIN, "erin"), (FAY, "fay"), (GUS, "gus")):
            world.add_user(name, id=user_id)
            world.add_member(GUILD, user_id)
        for user_id, role_ids in ROLES.items():
            for role_id in role_ids:
                world.give_role(GUILD, user_id, role_id)
    await stage.start()
    await choose(stage, support_roles=(SUPPORT,), escalation_roles=(SENIOR,))


def real(stage: Stage, channel_id: int, user_id: int) -> Access:
    """What the simulated Discord lets somebody do."""
    backend = stage.sandbox.world.backend
    if not channel_accessible(backend, channel_id, user_id):
        return Access(sees=False, writes=False)
    channel = backend.get_channel(channel_id)
    bits = backend.compute_permissions(GUILD, user_id, channel_id)
    needed = "send_messages_in_threads" if channel.is_thread else "send_messages"
    locked = channel.is_thread and channel.thread_metadata is not None and channel.thread_metadata.locked
    return Access(sees=True, writes=bool(bits & flag(needed)) and (not locked or bool(bits & flag("manage_threads"))))


def promised(ticket: Ticket, claim: ClaimMode, user_id: int) -> Access:
    """What the table says of somebody."""
    rules = rules_of(
        TopicConfig(support_roles=(SUPPORT,), escalation_roles=(SENIOR,), claim_mode=claim), TicketSettings()
    )
    parts = parts_of(user_id, ROLES[user_id], ticket, rules, (FAY,), manages=user_id == ERIN)
    return access_of(parts, ticket, claim)


async def add(stage: Stage, user_id: int, number: int = 1) -> bool:
    assert stage.app is not None
    return await stage.app.services.ticket_guests.add(GUILD, number, user_id, by=BOB)


def rules(stage: Stage, ticket: Ticket) -> dict[int, tuple[int, int]]:
    channel = stage.sandbox.world.backend.get_channel(ticket.channel_id or 0)
    return {one.target_id: (one.allow, one.deny) for one in channel.overwrites}


def changes(stage: Stage) -> list[tuple[str, int]]:
    """What was changed about channels, and about whom."""
    return [
        (one.method, int(one.path.rsplit("/", 1)[-1]))
        for one in stage.sandbox.requests
        if one.method in {"PUT", "DELETE"} and "/permissions/" in one.path
    ]


async def test_discord_computes_of_a_channel_what_the_table_says(on_stage: Stage) -> None:
    await put_ticket(on_stage)
    await add(on_stage, FAY)
    for claim, claimed, escalated, quiet in product(ClaimMode, (False, True), (False, True), ("", "locked", "frozen")):
        await choose(on_stage, claim_mode=claim.value)
        ticket = await change(
            on_stage,
            assignee_id=CAROL if claimed else None,
            escalated=escalated,
            locked=quiet == "locked",
            frozen=quiet == "frozen",
        )
        await tick(on_stage)
        after = await ticket_of(on_stage)
        assert after.applied == after.access, after.detail
        for user_id in ROLES:
            seen = real(on_stage, ticket.channel_id or 0, user_id)
            assert seen == promised(ticket, claim, user_id), (claim, claimed, escalated, quiet, user_id)


async def test_discord_computes_of_a_closed_ticket_what_the_table_says(on_stage: Stage) -> None:
    closed = {"closed_at": on_stage.clock.now(), "closed_because": Because.PERSON}
    for number, (mode, claim) in enumerate(product(Mode, ClaimMode), start=1):
        await choose(on_stage, claim_mode=claim.value)
        await put_ticket(on_stage, number, mode, assignee_id=CAROL, escalated=True)
        await add(on_stage, FAY, number)
        await tick(on_stage)
        await change(on_stage, number, status=Status.CLOSING, stage=ClosingStage.LOCK, **closed)
        await tick(on_stage)
        after = await ticket_of(on_stage, number)
        assert (after.status, after.applied) == (Status.CLOSED, after.access)
        for user_id in ROLES:
            seen, said = real(on_stage, after.channel_id or 0, user_id), promised(after, claim, user_id)
            if mode is Mode.CHANNEL:
                assert seen == said, (claim, user_id)
            elif user_id != ERIN:  # who manages the server sees threads by Manage Threads, or is not in them
                assert seen == Access(said.sees, writes=False), (claim, user_id)


async def test_a_thread_has_those_people_in_it_that_may_see_it(on_stage: Stage) -> None:
    ticket = await put_ticket(on_stage, mode=Mode.THREAD)
    await add(on_stage, FAY)
    on_stage.sandbox.world.backend.add_thread_member(ticket.channel_id or 0, GUS)
    thread = on_stage.sandbox.world.backend.get_channel(ticket.channel_id or 0)
    for claim, claimed, escalated in product(ClaimMode, (False, True), (False, True)):
        await choose(on_stage, claim_mode=claim.value)
        ticket = await change(on_stage, assignee_id=CAROL if claimed else None, escalated=escalated)
        await tick(on_stage)
        people = [one for one in ROLES if one not in {ERIN, GUS} and promised(ticket, claim, one).sees]
        assert set(thread.thread_members) == {*people, GUS, on_stage.sandbox.world.bot_id}, (claim, claimed, escalated)
    await change(on_stage, assignee_id=None, escalated=False)
    on_stage.sandbox.world.take_role(GUILD, BOB, SUPPORT)
    await tick(on_stage)
    assert BOB not in thread.thread_members


async def test_the_notes_on_a_thread_are_staffs_alone_even_if_the_ticket_is_called_like_the_thread_for_notes(
    on_stage: Stage,
) -> None:
    assert on_stage.app is not None
    world, notes = on_stage.sandbox.world, on_stage.app.services.ticket_notes
    kind = ChannelType.PRIVATE_THREAD
    alike = [world.backend.create_thread(GENERAL, name, world.bot_id, type=kind).id for name in NAMES_FOR_NOTES]
    await put_ticket(on_stage, mode=Mode.THREAD, channel_id=alike[0], parent_id=GENERAL)
    await put_ticket(on_stage, 2, mode=Mode.THREAD, channel_id=alike[1], parent_id=GENERAL)
    await tick(on_stage)
    await notes.write(Asked(GUILD, 1, BOB), "He paid twice.")
    await tick(on_stage)
    thread_id = (await ticket_of(on_stage)).staff_thread_id
    assert thread_id not in {None, *alike}
    thread = world.backend.get_channel(thread_id or 0)
    assert set(thread.thread_members) == {BOB, CAROL, world.bot_id}
    world.take_role(GUILD, BOB, SUPPORT)
    await notes.write(Asked(GUILD, 1, CAROL), "Refunded.")
    await tick(on_stage)
    assert set(thread.thread_members) == {CAROL, world.bot_id}


async def test_only_what_differs_is_changed_and_what_others_set_up_stays(on_stage: Stage) -> None:
    world, ticket = on_stage.sandbox.world, await put_ticket(on_stage)
    channel_id = ticket.channel_id or 0
    await tick(on_stage)
    first = changes(on_stage)
    assert first[:2] == [("PUT", world.bot_id), ("PUT", GUILD)]
    assert sorted(first[2:]) == [("PUT", ALICE), ("PUT", SUPPORT), ("PUT", OWNERS)]
    world.overwrite(channel_id, GUS, allow=["view_channel"])
    world.overwrite(channel_id, SENIOR, deny=["add_reactions"])
    before = rules(on_stage, ticket)
    await add(on_stage, FAY)
    await tick(on_stage)
    assert changes(on_stage)[len(first) :] == [("PUT", FAY)]
    assert on_stage.app is not None
    await on_stage.app.services.ticket_guests.remove(GUILD, 1, FAY, by=BOB)
    await tick(on_stage)
    assert changes(on_stage)[len(first) + 1 :] == [("DELETE", FAY)]
    assert rules(on_stage, ticket) == before


async def test_what_was_ours_goes_also_when_no_setting_names_it_any_more(on_stage: Stage) -> None:
    ticket = await put_ticket(on_stage)
    await tick(on_stage)
    assert SUPPORT in rules(on_stage, ticket)
    await choose(on_stage, support_roles=())
    await tick(on_stage)
    assert set(rules(on_stage, ticket)) == {GUILD, on_stage.sandbox.world.bot_id, ALICE, OWNERS}


async def test_what_discord_did_although_nobody_heard_of_it_is_known_to_be_ours(on_stage: Stage) -> None:
    ticket = await put_ticket(on_stage)
    await tick(on_stage)
    on_stage.sandbox.faults.add(Fault("PUT", f"/channels/*/permissions/{FAY}", when="after", status=403))
    await add(on_stage, FAY)
    await tick(on_stage)
    assert (await ticket_of(on_stage)).detail is not None
    assert on_stage.app is not None
    await on_stage.app.services.ticket_guests.remove(GUILD, 1, FAY, by=BOB)
    on_stage.clock.advance(seconds=601)
    await tick(on_stage)
    assert FAY not in rules(on_stage, ticket)


async def test_a_claim_of_somebody_who_is_no_staff_any_more_keeps_nobody_out(on_stage: Stage) -> None:
    await choose(on_stage, claim_mode="hidden")
    ticket = await put_ticket(on_stage, assignee_id=CAROL)
    await tick(on_stage)
    assert SUPPORT not in rules(on_stage, ticket)
    on_stage.sandbox.world.take_role(GUILD, CAROL, SUPPORT)
    await change(on_stage)
    await tick(on_stage)
    assert set(rules(on_stage, ticket)) == {GUILD, on_stage.sandbox.world.bot_id, ALICE, SUPPORT, OWNERS}


async def test_a_refusal_is_noted_for_staff_and_tried_again_and_a_deleted_channel_is_gone(on_stage: Stage) -> None:
    world, ticket = on_stage.sandbox.world, await put_ticket(on_stage)
    world.set_bot_permissions(GUILD, ["view_channel"])
    await tick(on_stage)
    waits = await ticket_of(on_stage)
    assert (waits.applied, waits.detail) == (0, "I lack Manage Roles there")
    world.set_bot_permissions(GUILD, ["view_channel", "manage_roles", "send_messages", "manage_channels"])
    on_stage.clock.advance(seconds=601)
    await tick(on_stage)
    done = await ticket_of(on_stage)
    assert (done.applied, done.detail) == (done.access, None)
    await change(on_stage)
    with world.without_bot():  # it is not told
        world.remove_channel(ticket.channel_id or 0)
    await tick(on_stage)
    assert (await ticket_of(on_stage)).gone


async def test_after_a_crash_anywhere_the_right_people_see_the_ticket(stage: Stage) -> None:
    await dies_anywhere(stage, Mode.CHANNEL)


@AT_LENGTH_ON_POSTGRES
async def test_so_it_is_with_threads(stage: Stage) -> None:
    await dies_anywhere(stage, Mode.THREAD)


async def dies_anywhere(stage: Stage, mode: Mode) -> None:
    number = 0

    async def story(points: CrashPoints) -> None:
        nonlocal number
        number += 1
        stage.arrange = points.plant
        await arrange(stage)
        stage.arrange = None
        await choose(stage, claim_mode="hidden")
        ticket = await put_ticket(stage, number, mode)
        await tick(stage)
        await add(stage, FAY, number)
        await tick(stage)
        assert stage.app is not None
        await stage.app.services.ticket_guests.remove(GUILD, number, FAY, by=BOB)
        ticket = await change(stage, number, assignee_id=CAROL)
        await points.arm()
        with contextlib.suppress(Died):
            await tick(stage)
        await stage.die()
        stage.clock.advance(seconds=LEASE.total_seconds() + 1)
        await stage.start()
        await tick(stage)
        after = await ticket_of(stage, number)
        assert after.applied == after.access
        bot_id = stage.sandbox.world.bot_id
        if mode is Mode.CHANNEL:
            assert set(rules(stage, ticket)) == {GUILD, bot_id, ALICE, CAROL, OWNERS}
        else:
            thread = stage.sandbox.world.backend.get_channel(ticket.channel_id or 0)
            assert set(thread.thread_members) == {bot_id, ALICE, CAROL}
        await stage.stop()

    await sweep(story)
