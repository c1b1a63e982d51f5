"""A server's own jobs, on both databases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.db.engine import Database
from bot.domain.audit import AuditSource
from bot.domain.coin_range import CoinRange
from bot.domain.jobs import BUILT_IN, LONGEST_JOB, MOST_JOBS, Job, JobDraft
from bot.errors import JobChanged, JobGone, JobKnown, OutcomeUnknown, TooManyJobs
from bot.services import Services
from bot.services.jobs import PAGE
from tests.support.clock import ManualClock

GUILD, OTHER = 77 << 22, 78 << 22
BOB = 3_001 << 22
BY: dict[str, Any] = {"by": BOB, "source": AuditSource.BUTTON}
SANG = JobDraft("You sang.", CoinRange(low=5, high=9))


async def told(services: Services) -> list[tuple[str, Any, Any]]:
    entries = (await services.audit.search(GUILD)).entries
    return [(one.record.action, one.record.before, one.record.after) for one in reversed(entries)]


async def jobs(services: Services, guild_id: int = GUILD) -> list[Job]:
    return list((await services.jobs.page(guild_id)).jobs)


async def test_a_job_is_added_changed_and_removed_each_with_its_line_in_the_log(services: Services) -> None:
    added = await services.jobs.add(GUILD, SANG, **BY)
    changed = await services.jobs.change(GUILD, added.id, JobDraft("You sang well."), base=1, **BY)
    assert await jobs(services) == [changed] == [Job(added.id, "You sang well.", None, 2)]
    assert await services.jobs.remove(GUILD, added.id, base=2, **BY) == changed
    assert await jobs(services) == []
    assert await told(services) == [
        ("job.add", None, {"pay": "5-9"}),
        ("job.change", {"pay": "5-9", "text": "You sang."}, {"text": "You sang well."}),
        ("job.remove", None, None),
    ]
    [entry, *_] = (await services.audit.search(GUILD)).entries
    assert (entry.record.description, entry.record.actor_id) == ("You sang well.", BOB)


async def test_what_somebody_else_changed_is_neither_overwritten_nor_removed(services: Services) -> None:
    job = await services.jobs.add(GUILD, SANG, **BY)
    await services.jobs.change(GUILD, job.id, JobDraft("A"), base=1, **BY)
    with pytest.raises(JobChanged):
        await services.jobs.change(GUILD, job.id, JobDraft("B"), base=1, **BY)
    with pytest.raises(JobChanged):
        await services.jobs.remove(GUILD, job.id, base=1, **BY)
    assert (await services.jobs.get(GUILD, job.id)).text == "A"
    same = await services.jobs.change(GUILD, job.id, JobDraft("A"), base=1, **BY)
    assert same.version == 2, "the same change again finds itself done"
    assert len(await told(services)) == 2


async def test_what_is_gone_is_gone_and_another_servers_is_nobodys(services: Services) -> None:
    job = await services.jobs.add(OTHER, SANG, **BY)
    for gone in (
        services.jobs.get(GUILD, job.id),
        services.jobs.change(GUILD, job.id, JobDraft("B"), base=1, **BY),
        services.jobs.remove(GUILD, job.id, base=1, **BY),
    ):
        with pytest.raises(JobGone):
            await gone
    assert [one.id for one in await jobs(services, OTHER)] == [job.id]
    await services.jobs.remove(OTHER, job.id, base=1, **BY)
    with pytest.raises(JobGone):
        await services.jobs.remove(OTHER, job.id, base=1, **BY)


async def test_the_same_words_stand_on_a_list_once(services: Services) -> None:
    await services.jobs.add(GUILD, SANG, **BY)
    other = await services.jobs.add(GUILD, JobDraft("You danced."), **BY)
    with pytest.raises(JobKnown):
        await services.jobs.add(GUILD, JobDraft("You sang."), **BY)
    with pytest.raises(JobKnown):
        await services.jobs.change(GUILD, other.id, JobDraft("You sang."), base=1, **BY)
    await services.jobs.add(OTHER, SANG, **BY)
    assert len(await jobs(services)) == 2


async def test_a_hundred_jobs_are_the_most_also_when_many_are_added_at_once(services: Services) -> None:
    for number in range(MOST_JOBS - 5):
        await services.jobs.add(GUILD, JobDraft(f"Job {number}"), **BY)
    made = await asyncio.gather(
        *(services.jobs.add(GUILD, JobDraft(f"At once {number}"), **BY) for number in range(20)), return_exceptions=True
    )
    assert sum(isinstance(one, Job) for one in made) == 5
    assert sum(isinstance(one, TooManyJobs) for one in made) == 15
    page = await services.jobs.page(GUILD)
    assert page.total == MOST_JOBS
    await services.jobs.remove(GUILD, page.jobs[3].id, base=1, **BY)
    await services.jobs.add(GUILD, JobDraft("In the place that is free"), **BY)


async def test_one_job_that_is_sent_ten_times_at_once_is_there_once(services: Services) -> None:
    made = await asyncio.gather(*(services.jobs.add(GUILD, SANG, **BY) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(one, Job) for one in made) == 1
    assert sum(isinstance(one, JobKnown) for one in made) == 9
    assert len(await jobs(services)) == len(await told(services)) == 1


async def test_a_commit_that_was_cut_off_is_found_by_the_second_try(
    services: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, cuts = database._commit, list[bool]()

    async def cut_off(*args: Any) -> None:
        await commit(*args)
        if cuts:
            cuts.pop()
            raise OutcomeUnknown

    monkeypatch.setattr(database, "_commit", cut_off)
    cuts.append(True)
    job = await services.jobs.add(GUILD, SANG, **BY)
    cuts.append(True)
    job = await services.jobs.change(GUILD, job.id, JobDraft("B"), base=1, **BY)
    cuts.append(True)
    assert await services.jobs.remove(GUILD, job.id, base=2, **BY) == job
    assert not cuts
    assert [action for action, *_ in await told(services)] == ["job.add", "job.change", "job.remove"]


async def test_the_list_is_read_page_by_page_and_searched_by_words(services: Services, clock: ManualClock) -> None:
    for number in range(PAGE * 2 + 3):
        await services.jobs.add(GUILD, JobDraft(f"Job {number}"), **BY)
        clock.advance(seconds=1)
    first = await services.jobs.page(GUILD)
    assert [one.text for one in first.jobs] == [f"Job {number}" for number in range(22, 12, -1)]
    assert first.newer is None
    assert first.older is not None
    second = await services.jobs.page(GUILD, first.older)
    assert second.older is not None
    last = await services.jobs.page(GUILD, second.older)
    assert [one.text for one in last.jobs] == ["Job 2", "Job 1", "Job 0"]
    assert last.older is None
    assert last.newer is not None
    assert (await services.jobs.page(GUILD, last.newer)).jobs == second.jobs
    assert [one.text for one in await services.jobs.search(GUILD, "JOB 2", most=25)] == [
        "Job 22", "Job 21", "Job 20", "Job 2"
    ]  # fmt: skip
    assert len(await services.jobs.search(GUILD, "", most=5)) == 5


def test_the_house_has_about_twenty_jobs_and_each_could_be_a_servers_own() -> None:
    assert len(set(BUILT_IN)) == len(BUILT_IN) >= 20
    assert all(len(one) <= LONGEST_JOB and one.startswith("You ") for one in BUILT_IN)
