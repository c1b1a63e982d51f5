"""People let into tickets by staff, looked after by the doctor, and found again when they come, go and lose roles."""

from __future__ import annotations

import pytest

from bot.domain.features import FeatureSettings
from bot.domain.tickets import Mode, Status
from tests.cogs.test_ticket_access import arrange, real, rules
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, ROBOT, Stage, is_private, words
from tests.support.ticket_stage import SUPPORT, change, choose, put_ticket, tick, ticket_of

FAY, GUS = (3_012 << 22), (3_013 << 22)
ERIN = 3_011 << 22


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    await arrange(stage)
    return stage


async def heard(stage: Stage) -> None:
    """The bot has heard all that the gateway had to say, and done what follows."""
    await stage.ask(stage.bob, "balance")
    await tick(stage)


async def test_staff_lets_people_in_and_takes_them_out_by_command(on_stage: Stage) -> None:
    ticket = await put_ticket(on_stage)
    place = ticket.channel_id or 0
    await tick(on_stage)
    added = await (await on_stage.bob.slash(place, "ticket add", who=FAY)).finished()
    assert is_private(added)
    assert words(added) == f"<@{FAY}> sees this ticket now."
    assert real(on_stage, place, FAY).writes
    await tick(on_stage)
    said = [one.content for one in on_stage.sandbox.world.backend.messages[place].values()]
    assert f"<@{BOB}> added <@{FAY}> to this ticket." in said
    again = await (await on_stage.bob.slash(place, "ticket add", who=FAY)).finished()
    assert words(again) == f"<@{FAY}> sees this ticket already."
    for who, refusal in ((ALICE, "theirs"), (ROBOT, "is a bot")):
        assert refusal in words(await (await on_stage.bob.slash(place, "ticket add", who=who)).finished())
    removed = await (await on_stage.bob.slash(place, "ticket remove", who=FAY)).finished()
    assert words(removed) == f"<@{FAY}> is taken out of this ticket."
    assert not real(on_stage, place, FAY).sees


async def test_only_staff_lets_people_in_and_only_while_it_is_worked_on(on_stage: Stage) -> None:
    ticket = await put_ticket(on_stage)
    place = ticket.channel_id or 0
    for command in ("ticket add", "ticket remove"):
        answer = await (await on_stage.alice.slash(place, command, who=FAY)).finished()
        assert words(answer) == "Only those who answer tickets here may do that."
        assert "the channel of a ticket" in words(await on_stage.ask(on_stage.bob, command, who=FAY))
    await change(on_stage, status=Status.CLOSED, closed_at=on_stage.clock.now())
    assert "is closed" in words(await (await on_stage.bob.slash(place, "ticket add", who=FAY)).finished())


async def test_who_comes_back_is_in_the_thread_again(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    ticket = await put_ticket(on_stage, mode=Mode.THREAD)
    await tick(on_stage)
    thread = world.backend.get_channel(ticket.channel_id or 0)
    world.remove_member(GUILD, ALICE)
    assert ALICE not in thread.thread_members
    world.add_member(GUILD, ALICE)
    await heard(on_stage)
    assert ALICE in thread.thread_members


async def test_who_loses_the_role_or_leaves_loses_the_claim_and_what_it_showed_them(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    await choose(on_stage, claim_mode="hidden")
    ticket = await put_ticket(on_stage, assignee_id=CAROL)
    await tick(on_stage)
    assert CAROL in rules(on_stage, ticket)
    assert SUPPORT not in rules(on_stage, ticket)
    world.take_role(GUILD, CAROL, SUPPORT)
    await heard(on_stage)
    assert CAROL not in rules(on_stage, ticket)
    assert SUPPORT in rules(on_stage, ticket)
    await change(on_stage, assignee_id=BOB)
    await tick(on_stage)
    assert SUPPORT not in rules(on_stage, ticket)
    world.remove_member(GUILD, BOB)
    await on_stage.ask(on_stage.carol, "balance")
    await tick(on_stage)
    assert SUPPORT in rules(on_stage, ticket)


async def test_the_doctor_finds_what_is_wrong_and_puts_in_order_what_is_nobodys_wish(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    owner = on_stage.sandbox.as_member(GUILD, ERIN)
    assert "No ticket is open." in words(await on_stage.ask(owner, "ticket doctor"))
    await choose(on_stage, support_roles=(SUPPORT, 4_009 << 22))  # of which one was deleted
    [first, second, third] = [await put_ticket(on_stage, number) for number in (1, 2, 3)]
    await tick(on_stage)
    sound = await on_stage.ask(owner, "ticket doctor")
    assert is_private(sound)
    assert "All 3 open tickets are seen by the right people" in words(sound)
    world.overwrite(first.channel_id or 0, GUS, allow=["view_channel"])
    world.overwrite(second.channel_id or 0, ALICE, deny=["send_messages"])
    world.overwrite(second.channel_id or 0, GUILD, allow=["add_reactions"])
    world.overwrite(third.channel_id or 0, GUS, deny=["add_reactions"])
    orphan = world.add_channel(GUILD, "left over", topic="folkmoot-ticket-9")
    await on_stage.ask(on_stage.bob, "balance")
    ill = await on_stage.ask(owner, "ticket doctor")
    said = words(ill)
    assert f"❌ **#1** <#{first.channel_id}> is seen by <@{GUS}>, who should not." in said
    assert f"❌ **#2** <#{second.channel_id}> is seen by everybody, who should not." in said
    assert f"⚠️ **#2** <#{second.channel_id}> was changed by hand." in said
    assert f"💡 **#3** <#{third.channel_id}> has rules of others about <@{GUS}>." in said
    assert f"⚠️ <#{orphan}> looks like a ticket, and is none." in said
    mended = await (await owner.click(ill, "Put in order")).finished()
    assert "I am putting 1 ticket in order." in words(mended)
    await tick(on_stage)
    assert real(on_stage, second.channel_id or 0, ALICE).writes
    assert not real(on_stage, second.channel_id or 0, GUS).sees
    world.remove_channel(orphan)
    await on_stage.ask(on_stage.bob, "balance")
    after = words(await on_stage.ask(owner, "ticket doctor"))
    assert "**#2**" not in after
    assert "**#3**" in after


async def test_the_doctor_is_for_those_who_manage_the_server(on_stage: Stage) -> None:
    await put_ticket(on_stage)
    ticket = await ticket_of(on_stage)
    refused = await (await on_stage.bob.slash(GENERAL, "ticket doctor")).finished()
    assert "Manage Server" in words(refused)
    assert on_stage.app is not None
    assert (await on_stage.app.services.ticket_access.facts(GUILD, 1)).ticket == ticket


async def test_tickets_that_are_open_go_on_when_they_are_switched_off_and_nobody_opens_new_ones(
    on_stage: Stage,
) -> None:
    assert on_stage.app is not None
    ticket = await put_ticket(on_stage)
    await tick(on_stage)
    settings = on_stage.app.services.guild_settings
    before = await settings.read(GUILD, FeatureSettings)
    off = before.value.model_copy(update={"tickets": False})
    await settings.change(GUILD, off, base=before.version, by=ERIN)
    place = ticket.channel_id or 0
    await (await on_stage.carol.slash(place, "ticket claim")).finished()
    assert (await ticket_of(on_stage)).assignee_id == CAROL
    await (await on_stage.bob.slash(place, "ticket add", who=FAY)).finished()
    assert "switched off" in words(await on_stage.ask(on_stage.alice, "ticket open"))
    await choose(on_stage, claim_mode="hidden")
    await tick(on_stage)
    assert real(on_stage, place, CAROL).sees
    on_stage.sandbox.world.take_role(GUILD, CAROL, SUPPORT)
    await heard(on_stage)
    assert not real(on_stage, place, CAROL).sees, "what a role showed goes with it"
    owner = on_stage.sandbox.as_member(GUILD, ERIN)
    assert "The only open ticket is seen by the right people" in words(await on_stage.ask(owner, "ticket doctor"))
