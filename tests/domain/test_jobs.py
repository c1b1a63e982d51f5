from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.coin_range import MOST_PAID, CoinRange
from bot.domain.jobs import LONGEST_JOB, JobDraft, read_job
from bot.errors import AmountNotPositive, AmountNotUnderstood, AmountTooLarge, JobEmpty


@pytest.mark.parametrize(
    ("text", "pay", "draft"),
    [
        ("You sang.", "", JobDraft("You sang.")),
        ("  You\n\n sang \t well. ", " ", JobDraft("You sang well.")),
        ("You s\u202eang\u0000.", "75", JobDraft("You s ang .", CoinRange.fixed(75))),
        ("You 👨\u200d🌾 ploughed", "50-150", JobDraft("You 👨\u200d🌾 ploughed", CoinRange(low=50, high=150))),
        ("You sang.", "1k bis 500", JobDraft("You sang.", CoinRange(low=500, high=1_000))),
        ("You sang.", "1,000", JobDraft("You sang.", CoinRange.fixed(1_000))),
    ],
)
def test_a_job_is_one_line_and_its_pay_a_number_or_a_range(text: str, pay: str, draft: JobDraft) -> None:
    assert read_job(text, pay) == draft


@pytest.mark.parametrize(
    ("text", "pay", "refused"),
    [
        (" ", "", JobEmpty),
        ("...", "5", JobEmpty),
        ("\u200d", "", JobEmpty),
        ("You sang.", "much", AmountNotUnderstood),
        ("You sang.", "1-2-3", AmountNotUnderstood),
        ("You sang.", "0", AmountNotPositive),
        ("You sang.", "0-5", AmountNotPositive),
        ("You sang.", f"5-{MOST_PAID + 1}", AmountTooLarge),
    ],
)
def test_a_job_that_makes_no_sense_is_refused(text: str, pay: str, refused: type[Exception]) -> None:
    with pytest.raises(refused):
        read_job(text, pay)


@given(st.text())
def test_whatever_is_written_becomes_a_short_line_or_is_refused(text: str) -> None:
    try:
        job = read_job(text, "")
    except JobEmpty:
        return
    assert 0 < len(job.text) <= LONGEST_JOB
    assert len(job.text.splitlines()) == 1
    assert read_job(job.text, "") == job
