"""Lists of ids as people paste them, and how Discord's own words tell one ban of many."""

from __future__ import annotations

import pytest

from bot.domain.authority import Actor, Me, Permission, Target
from bot.domain.mass_bans import LeftOut, bulk_reason, decoded, left_out, read_ids
from bot.domain.sanctions import MAX_AUDIT_REASON, is_marked

A, B = 175928847299117063, 175928847299117064


@pytest.mark.parametrize(
    "text", [f"{A} {B}", f"{A},{B}", f"<@{A}><@!{B}>", f"[{A}; {B}]", f'"{A}"|"{B}"\r\n', f"{A}/{B}", f"id:{A}\nid:{B}"]
)
def test_ids_are_read_with_anything_between_them(text: str) -> None:
    assert read_ids(text).ids == (A, B)


def test_what_is_there_twice_or_no_id_is_told() -> None:
    found = read_ids(f"{A} <@{A}> bob 12 {2**63} ² {B}")
    assert (found.ids, found.repeated, found.wrong) == ((A, B), (A,), ("bob", "12", str(2**63), "²"))
    assert len(found) == 7


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xef\xbb\xbf12", "12"),
        ("12".encode("utf-16"), "12"),
        (b"12", "12"),
        (b"\x89PNG\xff", None),
        (b"1\x002", None),
    ],
)
def test_a_file_is_known_by_its_content(content: bytes, text: str | None) -> None:
    assert decoded(content) == text


@pytest.mark.parametrize(
    ("target", "more", "why"),
    [
        (Target(1, 9), {}, LeftOut.ME),
        (Target(2, 5), {}, LeftOut.SELF),
        (Target(3, 1, is_owner=True), {}, LeftOut.OWNER),
        (Target(3, 1), {"is_staff": True}, LeftOut.STAFF),
        (Target(3, 1), {"permissions": int(Permission.KICK_MEMBERS)}, LeftOut.STAFF),
        (Target(3, 1, is_administrator=True), {}, LeftOut.STAFF),
        (Target(3, 5), {}, LeftOut.ABOVE_ASKER),
        (Target(3, 4), {}, LeftOut.ABOVE_ME),
        (Target(3, 3), {}, None),
        (Target(3, 3, is_bot=True), {}, None),
        (Target(3, None), {}, None),
    ],
)
def test_who_is_left_out(target: Target, more: dict[str, object], why: LeftOut | None) -> None:
    actor, me = Actor(2, 5, int(Permission.BAN_MEMBERS)), Me(1, 4, int(Permission.BAN_MEMBERS))
    assert left_out(actor, target, me, **{"is_staff": False, **more}) is why


def test_a_reason_for_many_is_the_marker_of_each_of_them_and_of_no_other() -> None:
    reason = bulk_reason([12, 13, 211], "alice", "ü" * 900)
    assert reason.startswith("#12-#211 alice: ü")
    assert [is_marked(reason, number) for number in (11, 12, 150, 211, 212)] == [False, True, True, True, False]
    assert [is_marked("#12: it", number) for number in (1, 12, 120)] == [False, True, False]
    assert not is_marked("#12-#", 12)
    assert MAX_AUDIT_REASON == 512
