"""What tickets are called, which channel is whose, who is let in, and what answers a question."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.ticket_answers import answered, check_unchanged, digest_of
from bot.domain.ticket_opening import (
    Place,
    about,
    channel_name,
    channel_names,
    is_late,
    made_for,
    marked,
    passes,
    thread_names,
    twins_of,
)
from bot.domain.ticket_topics import Question, QuestionKind, RoleRule
from bot.domain.tickets import Mode, Origin, Status, Ticket
from bot.errors import AnswerMissing, AnswerNotNumber, AnswerNumberOutOfBounds, TicketFormChanged

GUILD, ALICE, BOB, MUTED, VIP = 1, 3, 4, 10, 11
NOW = datetime(2026, 3, 2, tzinfo=UTC)
TICKET = Ticket(
    guild_id=GUILD, number=42, topic_id=7, opener_id=ALICE, opened_by=ALICE, origin=Origin.PANEL,
    status=Status.OPENING, status_at=NOW, mode=Mode.CHANNEL, slot=1, key="k", opened_at=NOW, name="help",
)  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "member", "name"),
    [
        ("ticket-{number}", "alice", "ticket-0042"),
        ("{topic} {member}", "Änne ✨ O'Hara", "help-me-änne-✨-o-hara"),
        ("{number}-{member}", "日本", "0042-日本"),
        ("{member}", "!+`", "ticket-0042"),
        ("{member}{other}", "{number}", "number-other"),
        ("{member}-{number}", "x" * 200, "x" * 100),
    ],
)
def test_a_channel_is_called_by_the_pattern_as_discord_writes_names(pattern: str, member: str, name: str) -> None:
    assert channel_name(pattern, number=42, member=member, topic="Help me!") == name


def test_a_thread_carries_its_number_in_every_name_it_may_have() -> None:
    assert thread_names(TICKET) == ("help-0042", "ticket-4-2")
    assert thread_names(replace(TICKET, name="ticket-0042"))[0] == "ticket-0042"
    assert all(len(one) <= 100 for one in thread_names(replace(TICKET, name="x" * 100)))
    assert channel_names(TICKET) == ("help", "ticket-4-2", "ticket")


def test_a_channel_is_found_by_its_marker_and_member() -> None:
    topic = about(TICKET, "x" * 2_000)
    assert len(topic) <= 1_024
    assert marked(topic) == 42
    assert marked("folkmoot-ticket-421") == 421
    assert marked(None) is None
    later = (1 << 22) * 1_000 * 3_600
    mine = Place(100, "renamed", topic, [ALICE, BOB])
    twin, copy = replace(mine, id=200), replace(mine, id=later)
    others = [
        replace(mine, id=300, people=[BOB]),
        replace(mine, id=400, topic="folkmoot-ticket-421"),
        replace(mine, id=500, topic=""),
    ]
    assert made_for(TICKET, [copy, *others, twin, mine]) == [mine, twin, copy]
    assert twins_of(TICKET, 100, [copy, *others, twin, mine]) == [200]
    assert made_for(TICKET, [Place(9, "help-0042", None), Place(8, "help-0043", None)]) == [Place(9, "help-0042", None)]


def test_the_first_rule_about_somebodys_roles_decides() -> None:
    deny, allow = RoleRule(role_id=MUTED, allows=False), RoleRule(role_id=VIP, allows=True)
    everybody = RoleRule(role_id=GUILD, allows=True)
    assert passes((), GUILD, ())
    assert passes((deny,), GUILD, ())
    assert not passes((deny,), GUILD, (MUTED,))
    assert not passes((allow,), GUILD, ())
    assert not passes((deny, allow), GUILD, (VIP, MUTED))
    assert passes((allow, deny), GUILD, (VIP, MUTED))
    assert passes((deny, everybody), GUILD, ())


def test_it_is_given_up_after_a_quarter_of_an_hour() -> None:
    assert not is_late(TICKET, NOW + timedelta(minutes=15))
    assert is_late(TICKET, NOW + timedelta(minutes=15, seconds=1))


# Answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "number"), [("42", "42"), (" 1,000 ", "1000"), ("-5", "-5"), ("\N{MINUS SIGN}5", "-5")]
)
def test_a_number_is_read_as_people_write_it(written: str, number: str) -> None:
    found = answered(1, Question(text="How many?", kind=QuestionKind.NUMBER), [written])
    assert found is not None
    assert found.value == (number,)


@pytest.mark.parametrize("written", ["many", "1.5", "²", "1" * 21, "--1", "1,00"])
def test_what_is_no_whole_number_is_refused(written: str) -> None:
    with pytest.raises(AnswerNotNumber):
        answered(1, Question(text="How many?", kind=QuestionKind.NUMBER), [written])


def test_a_number_keeps_to_its_bounds() -> None:
    question = Question(text="How many?", kind=QuestionKind.NUMBER, least=1_000)
    with pytest.raises(AnswerNumberOutOfBounds) as refused:
        answered(1, question, ["999"])
    assert (refused.value.least, refused.value.most) == ("1,000", "∞")


def test_what_was_not_offered_answers_nothing() -> None:
    question = Question(text="Which?", kind=QuestionKind.CHOICE, choices=("Red",))
    with pytest.raises(AnswerMissing):
        answered(1, question, ["Green"])
    assert answered(1, question.model_copy(update={"required": False}), ["Green"]) is None
    with pytest.raises(AnswerMissing):
        answered(1, Question(text="Who?", kind=QuestionKind.MEMBER), ["<@1>"])
    with pytest.raises(AnswerMissing):
        answered(1, Question(text="What?"), ["  "])


def test_answers_to_other_questions_are_not_taken() -> None:
    asked = [Question(text="What?")]
    check_unchanged(asked, digest_of(asked))
    with pytest.raises(TicketFormChanged):
        check_unchanged([Question(text="What else?")], digest_of(asked))
