"""Panels are written with what is promised to their messages, and hear what became of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.guilds import ShardRange
from bot.domain.outbox import Claimed, Delivered, Hindrance, Outcome, Place, Refused
from bot.domain.ticket_topics import MOST_PANELS, MOST_TOPICS, Panel, PanelStyle, PanelTrouble, Topic
from bot.errors import (
    FeatureOff,
    NotBlocked,
    PanelChanged,
    PanelEmpty,
    PanelGone,
    PanelNameTaken,
    PanelNotFound,
    TooManyPanels,
    TooManyTopics,
    TopicNotFound,
)
from bot.services import Services
from bot.services.ticket_panel_parts import By, PanelWords
from tests.support.clock import ManualClock

GUILD, OTHER, STAFF, MEMBER, HERE, THERE = ((1_000 + number) << 22 for number in range(6))
ALL = ShardRange(1, frozenset({0}))
BY = By(STAFF)
WORDS = PanelWords("Support", "Need help?", "Press.")


async def made(services: Services, words: PanelWords = WORDS) -> Panel:
    return (await services.ticket_panels.create(GUILD, words, "Help", HERE, BY)).panel


async def claimed(services: Services, clock: ManualClock) -> Claimed:
    """What is to be said next."""
    clock.advance(seconds=20)
    [one] = await services.outbox.claim(ALL, 10)
    return one


async def said(services: Services, clock: ManualClock, message_id: int = 900) -> Claimed:
    """Say what is owed next."""
    one = await claimed(services, clock)
    place = Place(one.destination.id, one.message_id or message_id)
    assert await services.outbox.settle(one, Delivered(place))
    return one


async def owed(services: Services, clock: ManualClock) -> int:
    clock.advance(seconds=20)
    return len(await services.outbox.claim(ALL, 10))


async def now(services: Services, panel: Panel) -> Panel:
    return await services.ticket_panels.get(GUILD, panel.id)


async def test_a_panel_is_sent_once_and_known_by_where_it_stands(services: Services, clock: ManualClock) -> None:
    panel = await made(services)
    assert (panel.sending_to, panel.message_id) == (HERE, None)
    again = await services.ticket_panels.send(GUILD, panel.id, HERE, BY)
    assert again.panel.sends == 1
    sent = await said(services, clock)
    assert sent.key == again.key
    panel = await now(services, panel)
    assert (panel.channel_id, panel.message_id, panel.sending_to, panel.trouble) == (HERE, 900, None, None)
    assert await owed(services, clock) == 0


async def test_a_panel_is_shown_again_as_it_is_once_for_many_who_chose(services: Services, clock: ManualClock) -> None:
    panel = await made(services)
    await services.ticket_panels.show_again(GUILD, panel.id)
    await said(services, clock)
    for _again in range(3):
        await services.ticket_panels.show_again(GUILD, panel.id)
    edit = await said(services, clock)
    assert (edit.message_id, edit.payload.buttons[0].label) == (900, "Help")
    assert await owed(services, clock) == 0


async def test_what_changes_while_a_panel_is_on_its_way_is_shown_after_it(
    services: Services, clock: ManualClock
) -> None:
    panel = await made(services)
    sending = await claimed(services, clock)
    await services.ticket_topics.add(GUILD, panel.id, "Report", BY)
    assert [one.label for one in sending.payload.buttons] == ["Help"]
    await services.outbox.settle(sending, Delivered(Place(HERE, 900)))
    edit = await said(services, clock)
    assert (edit.message_id, [one.label for one in edit.payload.buttons]) == (900, ["Help", "Report"])
    panel = await now(services, panel)
    assert panel.shown == panel.version


async def test_a_panel_that_is_moved_stands_where_it_was_until_it_is_there(
    services: Services, clock: ManualClock
) -> None:
    panel = await made(services)
    await said(services, clock)
    await services.ticket_panels.send(GUILD, panel.id, THERE, BY)
    assert (await now(services, panel)).message_id == 900
    await said(services, clock, message_id=901)
    panel = await now(services, panel)
    assert (panel.channel_id, panel.message_id) == (THERE, 901)
    gone = await said(services, clock)
    assert (gone.message_id, gone.destination.id, gone.payload.removed) == (900, HERE, True)


async def test_a_move_that_discord_refuses_leaves_the_panel_where_it_was_and_up_to_date(
    services: Services, clock: ManualClock
) -> None:
    panel = await made(services)
    await said(services, clock)
    await services.ticket_panels.send(GUILD, panel.id, THERE, BY)
    moving = await claimed(services, clock)
    await services.ticket_topics.add(GUILD, panel.id, "Report", BY)
    await services.outbox.settle(moving, Refused("no", Hindrance.FORBIDDEN))
    panel = await now(services, panel)
    assert (panel.channel_id, panel.sending_to, panel.trouble) == (HERE, None, PanelTrouble.REFUSED)
    edit = await said(services, clock)
    assert [one.label for one in edit.payload.buttons] == ["Help", "Report"]
    assert (await now(services, panel)).trouble is None


@pytest.mark.parametrize("ends", ["moved", "deleted"])
async def test_a_message_that_arrives_late_is_taken_away(services: Services, clock: ManualClock, ends: str) -> None:
    panel = await made(services)
    late = await claimed(services, clock)
    if ends == "moved":
        await services.ticket_panels.send(GUILD, panel.id, THERE, BY)
        await said(services, clock, message_id=901)
    else:
        await services.ticket_panels.delete(GUILD, panel.id, BY)
    await services.outbox.settle(replace(late), Delivered(Place(HERE, 900)))
    gone = await said(services, clock)
    assert (gone.message_id, gone.payload.removed) == (900, True)
    assert await owed(services, clock) == 0


async def test_a_panel_that_nobody_has_sent_yet_is_not_sent_after_it_was_deleted(
    services: Services, clock: ManualClock
) -> None:
    panel = await made(services)
    await services.ticket_panels.delete(GUILD, panel.id, BY)
    assert await owed(services, clock) == 0
    with pytest.raises(PanelGone):
        await services.ticket_panels.send(GUILD, panel.id, HERE, BY)


@pytest.mark.parametrize(
    ("outcome", "trouble", "stands"),
    [
        (Refused("404", message_gone=True), PanelTrouble.GONE, False),
        (Refused("404", Hindrance.GONE), PanelTrouble.GONE, False),
        (Refused("403", Hindrance.FORBIDDEN), PanelTrouble.REFUSED, True),
        (Refused("400"), PanelTrouble.REFUSED, True),
    ],
)
async def test_what_is_wrong_with_a_message_is_known(
    services: Services, clock: ManualClock, outcome: Outcome, trouble: PanelTrouble, stands: bool
) -> None:
    panel = await made(services)
    await said(services, clock)
    await services.ticket_topics.add(GUILD, panel.id, "Report", BY)
    await services.outbox.settle(await claimed(services, clock), outcome)
    panel = await now(services, panel)
    assert (panel.trouble, panel.is_shown) == (trouble, stands)
    await services.ticket_panels.send(GUILD, panel.id, HERE, BY)
    await said(services, clock, message_id=901)
    panel = await now(services, panel)
    assert (panel.trouble, panel.message_id) == (None, 901)


async def test_a_name_is_given_once_in_whatever_case(services: Services) -> None:
    panel = await made(services)
    with pytest.raises(PanelNameTaken):
        await made(services, replace(WORDS, name="SUPPORT"))
    other = await made(services, replace(WORDS, name="Reports"))
    with pytest.raises(PanelNameTaken):
        await services.ticket_panels.edit(GUILD, other.id, WORDS, base=other.version, by=BY)
    assert (await services.ticket_panels.named(GUILD, "sUPPORT")).id == panel.id
    with pytest.raises(PanelNotFound):
        await services.ticket_panels.named(OTHER, "Support")


async def test_many_who_make_the_same_panel_at_once_make_one(services: Services) -> None:
    done = await asyncio.gather(*(made(services) for _ in range(8)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Panel"] + ["PanelNameTaken"] * 7
    assert len(await services.ticket_panels.all(GUILD)) == 1


async def test_changes_of_different_topics_at_once_are_all_there(services: Services, clock: ManualClock) -> None:
    panel = await made(services)
    await said(services, clock)
    await asyncio.gather(*(services.ticket_topics.add(GUILD, panel.id, str(place), BY) for place in range(8)))
    panel = await now(services, panel)
    assert sorted(one.position for one in panel.topics) == list(range(1, 10))
    assert panel.version == panel.shown == 9
    edit = await said(services, clock)
    assert len(edit.payload.buttons) == 9


async def test_of_two_who_change_what_they_saw_the_second_is_told(services: Services) -> None:
    panel = await made(services)
    [topic] = panel.topics

    def labelled(label: str, base: int = topic.version) -> asyncio.Task[Topic]:
        change = services.ticket_topics.change(GUILD, topic.id, lambda one: replace(one, label=label), base=base, by=BY)
        return asyncio.ensure_future(change)

    done = await asyncio.gather(labelled("A"), labelled("B"), return_exceptions=True)
    assert [isinstance(one, PanelChanged) for one in done].count(True) == 1
    again = await labelled("A", base=2) if isinstance(done[1], PanelChanged) else await labelled("B", base=2)
    assert again.version == 2, "the same once more changes nothing"
    with pytest.raises(PanelChanged):
        await services.ticket_panels.edit(GUILD, panel.id, replace(WORDS, title="New"), base=panel.version, by=BY)


async def test_a_server_and_a_panel_have_room_for_so_many(services: Services) -> None:
    panel = await made(services)
    for place in range(2, MOST_TOPICS + 1):
        await services.ticket_topics.add(GUILD, panel.id, str(place), BY)
    with pytest.raises(TooManyTopics):
        await services.ticket_topics.add(GUILD, panel.id, "more", BY)
    for place in range(2, MOST_PANELS + 1):
        await made(services, replace(WORDS, name=str(place)))
    with pytest.raises(TooManyPanels):
        await made(services, replace(WORDS, name="more"))


async def test_a_topic_that_was_removed_is_kept_for_its_tickets_and_offered_to_nobody(
    services: Services, clock: ManualClock
) -> None:
    panel = await made(services)
    [topic] = panel.topics
    panel = await services.ticket_topics.remove(GUILD, topic.id, BY)
    assert panel.topics == ()
    assert (await services.ticket_rules.of(GUILD, topic.id)).topic.removed
    for refused in (
        services.ticket_topics.get(GUILD, topic.id),
        services.ticket_topics.remove(GUILD, topic.id, BY),
        services.ticket_topics.get(OTHER, topic.id),
    ):
        with pytest.raises(TopicNotFound):
            await refused
    await said(services, clock)
    with pytest.raises(PanelEmpty):
        await services.ticket_panels.send(GUILD, panel.id, THERE, BY)


async def test_panels_of_another_guild_are_not_there(services: Services) -> None:
    panel = await made(services)
    [topic] = panel.topics
    for refused in (
        services.ticket_panels.get(OTHER, panel.id),
        services.ticket_panels.send(OTHER, panel.id, HERE, BY),
        services.ticket_panels.delete(OTHER, panel.id, BY),
        services.ticket_panels.edit(OTHER, panel.id, WORDS, base=1, by=BY),
        services.ticket_topics.add(OTHER, panel.id, "x", BY),
    ):
        with pytest.raises(PanelGone):
            await refused
    for refused in (
        services.ticket_topics.move(OTHER, topic.id, up=True, by=BY),
        services.ticket_topics.change(OTHER, topic.id, lambda one: one, base=1, by=BY),
    ):
        with pytest.raises(TopicNotFound):
            await refused
    assert (await services.ticket_panels.all(OTHER)) == ()


async def test_without_tickets_no_panel_is_made(services: Services) -> None:
    await services.guild_settings.change(GUILD, FeatureSettings(), base=0, by=STAFF)
    with pytest.raises(FeatureOff):
        await made(services)


async def test_a_panel_speaks_the_language_and_wears_the_colour_of_its_server(
    services: Services, clock: ManualClock
) -> None:
    await services.guild_settings.change(GUILD, GeneralSettings(accent=5), base=0, by=STAFF)
    await made(services, replace(WORDS, style=PanelStyle.MENU))
    sent = await said(services, clock)
    assert sent.payload.embed is not None
    assert sent.payload.embed["color"] == 5
    assert sent.payload.menu is not None
    assert [one.label for one in sent.payload.menu.options] == ["Help"]


# Blocks -----------------------------------------------------------------------------------------------------


async def test_a_block_holds_until_it_ends_or_is_taken_back(services: Services, clock: ManualClock) -> None:
    blocks = services.ticket_blocks
    until = clock.now() + timedelta(hours=1)
    assert await blocks.block(GUILD, MEMBER, reason="spam", until=until, by=BY) is None
    before = await blocks.block(GUILD, MEMBER, reason="more spam", until=until, by=BY)
    assert before is not None
    assert before.reason == "spam"
    assert [(one.user_id, one.reason) for one in (await blocks.listed(GUILD)).newest] == [(MEMBER, "more spam")]
    assert (await blocks.listed(OTHER)).total == 0
    clock.advance(seconds=3_600)
    assert (await blocks.listed(GUILD)).total == 0
    with pytest.raises(NotBlocked):
        await blocks.unblock(GUILD, MEMBER, BY)
    assert await blocks.prune() == 1
    await blocks.block(GUILD, MEMBER, reason=None, until=None, by=BY)
    assert await blocks.prune() == 0
    assert (await blocks.unblock(GUILD, MEMBER, BY)).expires_at is None
    assert (await blocks.listed(GUILD)).total == 0
