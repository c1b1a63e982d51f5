"""Filters as short texts, and changes thing by thing."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audit import (
    MISSING,
    PACKED,
    AuditRecord,
    AuditSource,
    Change,
    changes,
    filter_of,
    packed,
    unpacked,
)

ids = st.none() | st.integers(min_value=1, max_value=2**63 - 1)
whats = st.none() | st.from_regex(r"[a-z_]{1,16}|[a-z]{1,9}\.[a-z]{1,10}", fullmatch=True)


@given(ids, ids, whats)
def test_a_filter_comes_back_from_a_custom_id(actor: int | None, member: int | None, what: str | None) -> None:
    wanted = filter_of(actor, member, what)
    text = packed(wanted)
    assert re.fullmatch(PACKED, text)
    assert unpacked(text) == wanted
    longest = f"audit:file-form:v1:{2**63 - 1}:{text}", f"audit:entry:v1:{2**63 - 1}:{2**63 - 1}:{text}"
    assert all(len(one) <= 100 for one in longest)


@given(st.from_regex(PACKED, fullmatch=True))
def test_whatever_is_forged_is_a_filter_that_the_database_takes(text: str) -> None:
    wanted = unpacked(text)
    assert wanted.actor_id is None or wanted.actor_id < 2**63
    assert wanted.target_id is None or int(wanted.target_id) < 2**63


def test_a_filter_is_by_an_action_or_by_a_section() -> None:
    assert filter_of(None, None, "role.give").action == "role.give"
    assert filter_of(None, None, "economy").section == "economy"


def test_changes_tell_what_was_not_there_from_what_was_nothing() -> None:
    record = AuditRecord("a.b", 1, AuditSource.COMMAND, before={"a": 1, "b": None}, after={"b": 2, "c": None})
    assert changes(record) == [Change("a", 1, MISSING), Change("b", None, 2), Change("c", MISSING, None)]
