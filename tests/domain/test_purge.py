"""Which messages a purge means, and in which order they go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.outbox import written_at
from bot.domain.purge import (
    MOST_OLD,
    PAGE,
    Gathered,
    Obstacle,
    Report,
    Seen,
    Wanted,
    fits,
    gather,
    is_enough,
    message_id,
    nearest,
    plan,
    transcript,
)
from bot.errors import MessageElsewhere, MessageNotUnderstood, PurgeAroundAlone

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
GUILD, CHANNEL = 10**17, 10**17 + 1


def at(moment: datetime, more: int = 0) -> int:
    return (int((moment - EPOCH) / timedelta(milliseconds=1)) << 22) + more


def seen(id_: int = 1, **more: Any) -> Seen:
    return Seen(id_, more.pop("author_id", 7), "bob", **more)


@pytest.mark.parametrize(
    ("asked", "fitting", "other"),
    [
        ({"user_id": 7}, seen(author_id=7), seen(author_id=8)),
        ({"bots": True}, seen(by_bot=True), seen()),
        ({"contains": "Free NITRO"}, seen(content="get free nitro!"), seen(content="nitro, free")),
        ({"links": True}, seen(content="see HTTPS://x.example/a"), seen(content="https is not a link: https://")),
        ({"invites": True}, seen(content="join discord.gg/abc"), seen(content="discord.gg is a site")),
        ({"invites": True}, seen(content="https://discordapp.com/invite/abc"), seen(content="https://discord.com/x")),
        ({"files": True}, seen(files=("a.png",)), seen(embeds=1)),
        ({"embeds": True}, seen(embeds=1), seen(files=("a.png",))),
        ({"before": 5}, seen(4), seen(5)),
        ({"after": 5}, seen(6), seen(5)),
        ({}, seen(), seen(deletable=False)),
    ],
)
def test_each_thing_that_is_asked_for_narrows_it_down(asked: dict[str, Any], fitting: Seen, other: Seen) -> None:
    wanted = Wanted(count=10, **asked)
    assert fits(fitting, wanted)
    assert not fits(other, wanted)


def test_everything_asked_for_must_fit() -> None:
    wanted = Wanted(count=10, user_id=7, links=True, files=True)
    assert fits(seen(content="http://a.example", files=("a",)), wanted)
    assert not fits(seen(content="http://a.example"), wanted)
    assert not fits(seen(author_id=8, content="http://a.example", files=("a",)), wanted)


def test_pinned_messages_stay_unasked_and_do_not_count() -> None:
    page = [seen(5, pinned=True), seen(4), seen(3, pinned=True), seen(2), seen(1)]
    found = gather(Gathered(), page, Wanted(count=2), matching=None)
    assert [one.id for one in found.meant] == [4, 2]
    assert found.kept == 2
    found = gather(Gathered(), page, Wanted(count=2, pinned=True), matching=None)
    assert [one.id for one in found.meant] == [5, 4]
    assert found.kept == 0


def test_a_pattern_narrows_it_down_too() -> None:
    found = gather(Gathered(), [seen(3), seen(2), seen(1, author_id=8)], Wanted(count=9, user_id=7), matching={2, 1})
    assert [one.id for one in found.meant] == [2]


def test_around_a_message_the_nearest_come_first() -> None:
    page = [seen(id_) for id_ in (90, 70, 50, 30, 10)]
    assert [one.id for one in nearest(page, page, 50)] == [50, 70, 30, 90, 10]
    found = gather(Gathered(), page, Wanted(count=3, around=50), matching=None)
    assert {one.id for one in found.meant} == {50, 70, 30}
    assert is_enough(found, PAGE, Wanted(count=3, around=50))


def test_looking_ends_where_nothing_more_can_come() -> None:
    page = [seen(id_) for id_ in range(200, 100, -1)]
    wanted = Wanted(count=500)
    found = gather(Gathered(), page, wanted, matching=None)
    assert not is_enough(found, PAGE, wanted)
    assert is_enough(found, PAGE - 1, wanted)
    assert is_enough(found, PAGE, Wanted(count=100))
    assert is_enough(found, PAGE, Wanted(count=500, after=101))
    assert not is_enough(found, PAGE, Wanted(count=500, after=100))


def test_the_line_of_14_days_has_a_margin() -> None:
    days = timedelta(days=14)
    safe, near, beyond = at(NOW - days + timedelta(hours=2)), at(NOW - days + timedelta(minutes=59)), at(NOW - days)
    planned = plan([seen(safe), seen(near), seen(beyond)], NOW)
    assert planned.together == ((safe,),)
    assert planned.alone == (near, beyond)


def test_of_too_many_old_ones_the_newest_go() -> None:
    old = [seen(at(NOW - timedelta(days=20), number)) for number in range(MOST_OLD + 7)]
    planned = plan(old, NOW)
    assert planned.too_old == 7
    assert planned.alone == tuple(sorted((one.id for one in old), reverse=True)[:MOST_OLD])


ids = st.lists(
    st.builds(at, st.datetimes(datetime(2026, 1, 1), datetime(2026, 3, 2), timezones=st.just(UTC)), st.integers(0, 9)),  # noqa: DTZ001 — the bounds of a strategy
    max_size=300,
)


@given(ids)
def test_a_plan_is_what_discord_takes_and_loses_nothing(wanted: list[int]) -> None:
    planned = plan([seen(id_) for id_ in wanted], NOW)
    flat = [id_ for group in planned.together for id_ in group] + [*planned.alone]
    assert len(flat) == len(set(flat)) == planned.total
    assert all(1 <= len(group) <= PAGE for group in planned.together)
    assert all(NOW - written_at(id_) < timedelta(days=14) for group in planned.together for id_ in group)
    assert len(planned.alone) <= MOST_OLD
    assert planned.total + planned.too_old == len(set(wanted))


messages = st.builds(
    Seen, st.integers(1, 500), st.integers(1, 3), st.just("bob"), by_bot=st.booleans(), content=st.text(max_size=20),
    pinned=st.booleans(), deletable=st.booleans(),
)  # fmt: skip
asked = st.builds(
    Wanted, count=st.integers(1, 50), user_id=st.none() | st.integers(1, 3), bots=st.booleans(),
    contains=st.none() | st.text(min_size=1, max_size=2), pinned=st.booleans(), after=st.none() | st.integers(1, 500),
)  # fmt: skip


@given(st.lists(st.lists(messages, max_size=20), max_size=5), asked)
def test_never_more_than_asked_for_and_never_what_does_not_fit(pages: Sequence[list[Seen]], wanted: Wanted) -> None:
    found = Gathered()
    for page in pages:
        found = gather(found, page, wanted, matching=None)
    assert len(found.meant) <= wanted.count
    assert len({one.id for one in found.meant}) == len(found.meant)
    assert all(fits(one, wanted) and (wanted.pinned or not one.pinned) for one in found.meant)
    assert found.looked_at == sum(len(page) for page in pages)


def test_a_message_is_named_by_its_id_or_its_link() -> None:
    wanted = 10**18
    for written in (str(wanted), f" <https://discord.com/channels/{GUILD}/{CHANNEL}/{wanted}> ",
                    f"https://ptb.discord.com/channels/{GUILD}/{CHANNEL}/{wanted}"):  # fmt: skip
        assert message_id(written, GUILD, CHANNEL) == wanted
    with pytest.raises(MessageElsewhere):
        message_id(f"https://discord.com/channels/{GUILD}/{GUILD}/{wanted}", GUILD, CHANNEL)
    for written in ("", "the last one", "12", "9" * 20, f"https://evil.example/channels/{GUILD}/{CHANNEL}/{wanted}"):
        with pytest.raises(MessageNotUnderstood):
            message_id(written, GUILD, CHANNEL)


def test_around_goes_with_neither_before_nor_after() -> None:
    with pytest.raises(PurgeAroundAlone):
        Wanted(count=1, around=3, after=2)


def test_the_audit_log_hears_what_was_asked_for_and_no_person() -> None:
    wanted = Wanted(count=5, user_id=7, links=True, before=9)
    assert wanted.described() == {"count": 5, "links": True, "before": "9"}


def test_a_report_knows_what_still_stands_there() -> None:
    report = Report(10).add(deleted=4, already_gone=1).fail(Obstacle.AWAY, 2).fail(Obstacle.AWAY, 1)
    assert report.left == 5
    assert report.failed == {Obstacle.AWAY: 3}


def test_the_copy_can_be_read_from_the_oldest_on() -> None:
    first = seen(at(NOW), content="hello\nworld", files=("cat.png",), pinned=True)
    second = seen(at(NOW, 1), by_bot=True, embeds=2)
    copy = transcript([second, first], "#general")
    assert copy == (
        "#general\n\n"
        f"2026-03-02 12:00:00 UTC · bob (7) · {first.id} · pinned\n    hello\n    world\n    [file] cat.png\n\n"
        f"2026-03-02 12:00:00 UTC · bob (7) · {second.id} · bot\n    [embeds] 2\n"
    )
