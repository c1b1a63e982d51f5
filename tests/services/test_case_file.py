"""The file of members: what was changed stays on record, and what is changed about what holds, Discord holds too."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.db.engine import Database
from bot.db.repositories import guilds
from bot.domain.case_search import CaseFilter, packed, unpacked
from bot.domain.cases import CaseAmendment, CaseDetails, CaseKind, CaseState, Failure
from bot.domain.general import GeneralSettings
from bot.domain.moderation import ModerationSettings
from bot.domain.proof import MOST_BYTES, MOST_FILES
from bot.domain.sanctions import SanctionOrder
from bot.errors import (
    CaseIsItself,
    CaseNotFound,
    CaseNotVoid,
    CaseOver,
    CaseVoid,
    FileHidden,
    NotAWarning,
    NothingToChange,
    ProofGone,
    ProofNotFound,
    ProofNotUnderstood,
    ProofTooBig,
    TooMuchProof,
    UserError,
)
from bot.services import Services
from bot.services import proof as proofs
from bot.services.case_log import letter_key
from tests.support.clock import ManualClock
from tests.support.jail import ALL, BOB, CAROL, GUILD, MOD, OTHER_MOD, Jail

DAY = timedelta(days=1)
BAN, TIMEOUT, WARN, NOTE, KICK = CaseKind.BAN, CaseKind.TIMEOUT, CaseKind.WARN, CaseKind.NOTE, CaseKind.KICK


@pytest.fixture
def jail(database: Database, services: Services) -> Jail:
    return Jail(database, services)


async def amend(jail: Jail, number: int, by: int = MOD, **wanted: object) -> None:
    edits = jail.services.case_edits
    made = await edits.amend(GUILD, number, CaseAmendment(**wanted), by=by)  # type: ignore[arg-type]
    if made.claimed is not None:
        await jail.carry_out(made.claimed)


async def void(jail: Jail, number: int) -> None:
    made = await jail.services.case_edits.void(GUILD, number, by=MOD, reason="wrong one", via=None)
    if made.claimed is not None:
        await jail.carry_out(made.claimed)


async def changes(jail: Jail, number: int) -> list[tuple[str, str | None, str | None, int | None]]:
    found = (await jail.services.case_search.view(GUILD, number)).changes
    return [(one.field, one.before, one.after, one.by) for one in found]


async def test_another_reason_keeps_the_one_before_and_who_said_so(jail: Jail) -> None:
    await jail.do(BAN, reason="spam")
    await jail.services.case_edits.reason(GUILD, 1, "scam", by=OTHER_MOD)
    assert (await jail.case(1)).reason == "scam"
    assert (await changes(jail, 1))[-1] == ("reason", "spam", "scam", OTHER_MOD)
    assert jail.banned == {BOB}
    await jail.assert_sound()


async def test_no_case_of_another_guild_is_read_or_changed(jail: Jail, services: Services) -> None:
    await jail.do(BAN, reason="spam")
    other = GUILD + 1
    with pytest.raises(CaseNotFound):
        await services.case_search.view(other, 1)
    with pytest.raises(CaseNotFound):
        await services.case_edits.reason(other, 1, "mine", by=MOD)
    with pytest.raises(CaseNotFound):
        await services.case_edits.void(other, 1, by=MOD, reason=None, via=None)
    assert (await services.case_search.history(other, CaseFilter(BOB))).page.items == ()
    assert await services.case_search.suggested(other, None, limit=25) == []


async def test_a_file_is_counted_filtered_and_paged_by_what_stands_at_its_edge(jail: Jail, clock: ManualClock) -> None:
    for place in range(12):
        await jail.do(WARN, reason=f"w{place}", points=1, severity=1, lasts=DAY, by=MOD if place % 2 else OTHER_MOD)
        clock.advance(minutes=10)
    await jail.do(NOTE, reason="second account?")
    await jail.do(KICK, CAROL)
    search = jail.services.case_search
    first = await search.history(GUILD, CaseFilter(BOB))
    assert first.sum.counts == {WARN: 12, NOTE: 1}
    assert first.sum.points == 12
    assert [one.number for one in first.page.items] == list(range(13, 5, -1))
    assert first.page.older is not None
    await jail.do(NOTE, reason="another, while they read")
    second = await search.history(GUILD, CaseFilter(BOB), first.page.older)
    assert [one.number for one in second.page.items] == [5, 4, 3, 2, 1]
    assert second.page.newer is not None
    back = await search.history(GUILD, CaseFilter(BOB), second.page.newer)
    assert back.page.items == first.page.items
    by_other = await search.history(GUILD, CaseFilter(BOB, kind=WARN, moderator_id=OTHER_MOD))
    assert [one.number for one in by_other.page.items] == [11, 9, 7, 5, 3, 1]
    since = (await jail.case(11)).created_at
    assert [one.number for one in (await search.history(GUILD, CaseFilter(BOB, WARN, since=since))).page.items] == [
        12, 11,
    ]  # fmt: skip
    until = (await jail.case(2)).created_at
    assert [one.number for one in (await search.history(GUILD, CaseFilter(BOB, until=until))).page.items] == [1]
    there = await search.before(GUILD, BOB, since)
    assert (await search.history(GUILD, CaseFilter(BOB), there)).page.items[0].number == 10
    clock.advance(days=2)
    assert (await search.sum(GUILD, BOB)).points == 0, "kept and visible, but they count no more"


async def test_a_filter_fits_into_a_button_and_comes_back_as_it_was(clock: ManualClock) -> None:
    largest = 2**63 - 1
    now = clock.now().replace(second=0, microsecond=0)
    for wanted in (
        CaseFilter(largest, CaseKind.UNBAN, largest, now - 300 * DAY, now),
        CaseFilter(BOB),
        CaseFilter(BOB, NOTE),
    ):
        assert unpacked(packed(wanted)) == wanted
        assert len(f"case:page:v1:{largest}:{10**9}:o:{packed(wanted)}") <= 100
    assert unpacked("zzzzzzzzzzz-9--zzzzz-") == CaseFilter(largest, None, None, unpacked("1-9--zzzzz-").since, None)


async def test_members_see_their_own_cases_without_notes_and_void_ones_unless_the_server_hides_them(jail: Jail) -> None:
    search = jail.services.case_search
    await jail.do(WARN, reason="one", points=1, severity=1)
    await jail.do(NOTE, reason="secret")
    await jail.do(WARN, reason="two", points=1, severity=1)
    await void(jail, 3)
    found = await search.own(GUILD, BOB)
    assert [one.number for one in found.page.items] == [1]
    assert (found.sum.counts, found.sum.points, found.sum.void) == ({WARN: 1}, 1, 0)
    assert (await search.own(GUILD, CAROL)).page.items == ()
    base = (await jail.services.guild_settings.read(GUILD, ModerationSettings)).version
    await jail.services.guild_settings.change(GUILD, ModerationSettings(own_file=False), base=base, by=None)
    with pytest.raises(FileHidden):
        await search.own(GUILD, BOB)


async def test_who_writes_a_number_is_offered_what_begins_so_and_else_the_newest(jail: Jail) -> None:
    for _ in range(21):
        await jail.do(NOTE, reason="x")
    search = jail.services.case_search
    assert [one.number for one in await search.suggested(GUILD, None, limit=3)] == [21, 20, 19]
    assert [one.number for one in await search.suggested(GUILD, 2, limit=25)] == [2, 20, 21]
    assert [one.number for one in await search.suggested(GUILD, 22, limit=25)] == []


# What holds ---------------------------------------------------------------------------------------------------


async def test_a_longer_ban_ends_later_and_a_shorter_one_sooner(jail: Jail, clock: ManualClock) -> None:
    await jail.do(BAN, lasts=DAY)
    await amend(jail, 1, lasts=3 * DAY, by=OTHER_MOD)
    clock.advance(days=2)
    await jail.rest()
    assert jail.banned == {BOB}, "the old end does nothing"
    await amend(jail, 1, lasts=timedelta(hours=1))
    clock.advance(hours=1)
    await jail.rest()
    assert jail.banned == set()
    assert (await jail.case(1)).state is CaseState.ENDED
    ends = [one for one in await changes(jail, 1) if one[0] == "expires_at"]
    assert [one[3] for one in ends] == [OTHER_MOD, MOD]
    assert ends[0][2] == ends[1][1], "what was is on record"
    await jail.assert_sound()


async def test_a_ban_made_for_good_never_ends_and_one_for_good_can_be_given_an_end(
    jail: Jail, clock: ManualClock
) -> None:
    await jail.do(BAN, lasts=DAY)
    await jail.do(BAN, CAROL)
    await amend(jail, 1, for_good=True)
    await amend(jail, 2, lasts=DAY)
    clock.advance(days=400)
    await jail.rest()
    assert jail.banned == {BOB}
    await jail.assert_sound()


async def test_discord_shows_the_other_end_of_a_timeout_at_once(jail: Jail, clock: ManualClock) -> None:
    await jail.do(TIMEOUT, lasts=20 * DAY)
    for lasts in (25 * DAY, timedelta(hours=1), 60 * DAY):
        await amend(jail, 1, lasts=lasts)
        end = (await jail.case(1)).expires_at
        assert end is not None
        assert end == clock.now() + lasts
        assert jail.timeouts[BOB] == min(end, clock.now() + 27 * DAY)
        await jail.assert_sound()
    for _ in range(61):
        clock.advance(days=1)
        await jail.rest()
    assert (await jail.case(1)).state is CaseState.ENDED
    await jail.assert_sound()


async def test_a_changed_end_is_carried_out_by_the_next_who_looks_if_the_process_dies(
    jail: Jail, clock: ManualClock
) -> None:
    await jail.do(TIMEOUT, lasts=DAY)
    edits = jail.services.case_edits
    made = await edits.amend(GUILD, 1, CaseAmendment(lasts=timedelta(hours=2)), by=MOD)
    assert made.claimed is not None, "and here it dies"
    clock.advance(minutes=1)
    await jail.rest()
    assert jail.timeouts[BOB] == (await jail.case(1)).expires_at
    await jail.assert_sound()


async def test_two_change_the_same_end_at_once_and_discord_holds_what_the_record_says(jail: Jail) -> None:
    await jail.do(TIMEOUT, lasts=DAY)
    lengths = [timedelta(hours=hours) for hours in range(1, 9)]
    await asyncio.gather(*(amend(jail, 1, lasts=lasts) for lasts in lengths))
    await jail.rest()
    assert jail.timeouts[BOB] == (await jail.case(1)).expires_at
    ends = [(before, after) for field, before, after, _ in await changes(jail, 1) if field == "expires_at"]
    assert len(ends) == len(lengths)
    assert all(one[1] == other[0] for one, other in pairwise(ends)), "each followed from the last"
    await jail.assert_sound()


async def test_two_say_otherwise_why_at_once_while_it_is_carried_out(jail: Jail) -> None:
    edits = jail.services.case_edits
    order = await jail.order(BAN, reason="0")
    assert order.claimed is not None
    await asyncio.gather(
        jail.carry_out(order.claimed), *(edits.reason(GUILD, 1, str(place), by=MOD) for place in range(1, 7))
    )
    assert (await jail.case(1)).state is CaseState.ACTIVE
    said = [(before, after) for field, before, after, _ in await changes(jail, 1) if field == "reason"]
    assert len(said) == 6
    assert said[0][0] == "0"
    assert said[-1][1] == (await jail.case(1)).reason
    await jail.assert_sound()


async def test_only_what_holds_has_an_end_and_only_warnings_have_points(jail: Jail) -> None:
    await jail.do(KICK)
    await jail.do(WARN, severity=1, points=1, lasts=DAY)
    await jail.do(NOTE)
    for number in (1, 3):
        with pytest.raises(CaseOver):
            await amend(jail, number, lasts=DAY)
    with pytest.raises(NotAWarning):
        await amend(jail, 1, severity=2)
    with pytest.raises(NothingToChange):
        await amend(jail, 1)
    await amend(jail, 2, severity=3)
    warning = await jail.case(2)
    assert (warning.severity, warning.points) == (3, 3)
    await amend(jail, 2, points=0)
    assert (await jail.services.case_search.sum(GUILD, BOB)).points == 0
    assert [one[0] for one in await changes(jail, 2)] == ["state", "severity", "points", "points"]
    await jail.assert_sound()


# Void and back --------------------------------------------------------------------------------------------------


async def test_a_void_ban_is_lifted_in_the_moment_in_which_it_becomes_void(jail: Jail) -> None:
    await jail.do(BAN, lasts=DAY)
    made = await jail.services.case_edits.void(GUILD, 1, by=OTHER_MOD, reason="mixed up", via=None)
    assert made.claimed is not None
    assert (await jail.case(1)).state is CaseState.ACTIVE, "it holds until Discord lifts it"
    await jail.carry_out(made.claimed)
    assert jail.banned == set()
    wrong, lifting = await jail.case(1), await jail.case(2)
    assert (wrong.state, wrong.ended_by) == (CaseState.VOID, OTHER_MOD)
    assert (lifting.kind, lifting.state, lifting.related) == (CaseKind.UNBAN, CaseState.ENDED, 1)
    with pytest.raises(CaseVoid):
        await void(jail, 1)
    await jail.assert_sound()


@pytest.mark.parametrize("silent", [True, False])
async def test_who_was_not_told_of_a_ban_is_not_told_that_it_is_void(jail: Jail, silent: bool) -> None:
    await jail.do(BAN, details=CaseDetails(silent=silent))
    await void(jail, 1)
    assert (await jail.case(2)).state is CaseState.ENDED
    letter = await jail.services.outbox.find(GUILD, letter_key(2))
    assert (letter is None) is silent


async def test_a_ban_that_discord_will_not_lift_is_not_void(jail: Jail) -> None:
    await jail.do(BAN)
    jail.refuse = lambda _step: Failure.NOT_PERMITTED
    await void(jail, 1)
    assert (await jail.case(1)).state is CaseState.ACTIVE
    assert (await jail.case(2)).state is CaseState.FAILED
    await jail.assert_sound()


async def test_a_restored_warning_counts_again_and_a_restored_ban_stays_lifted(jail: Jail) -> None:
    search, edits = jail.services.case_search, jail.services.case_edits
    await jail.do(WARN, severity=2, points=2)
    await void(jail, 1)
    assert (await search.sum(GUILD, BOB)).points == 0
    assert (await edits.restore(GUILD, 1, by=MOD)).state is CaseState.ACTIVE
    assert (await search.sum(GUILD, BOB)).points == 2
    with pytest.raises(CaseNotVoid):
        await edits.restore(GUILD, 1, by=MOD)
    await jail.do(BAN)
    await void(jail, 2)
    assert (await edits.restore(GUILD, 2, by=MOD)).state is CaseState.ENDED
    assert jail.banned == set()
    await jail.do(KICK, CAROL)
    await void(jail, 4)
    assert (await edits.restore(GUILD, 4, by=MOD)).state is CaseState.ENDED
    await jail.assert_sound()


async def test_void_and_a_new_ban_at_once_leave_one_truth(jail: Jail) -> None:
    await jail.do(BAN)

    async def again() -> None:
        try:
            await jail.do(BAN, by=OTHER_MOD, replaces=True)
        except UserError:
            return

    await asyncio.gather(void(jail, 1), again())
    await jail.rest()
    await jail.assert_sound()
    standing, underway = await jail.sanctions.standing(GUILD, BOB, CaseKind.BAN.slot)  # type: ignore[arg-type]
    assert underway is None
    assert (jail.banned == {BOB}) == (standing is not None)


# Related --------------------------------------------------------------------------------------------------------


async def test_linked_cases_know_each_other_until_they_are_not(jail: Jail) -> None:
    search, edits = jail.services.case_search, jail.services.case_edits
    await jail.do(BAN)
    await jail.do(NOTE, CAROL)
    await edits.link(GUILD, 2, 1, by=MOD)
    await edits.link(GUILD, 1, 2, by=MOD)
    assert (await search.view(GUILD, 1)).links == (2,)
    assert (await search.view(GUILD, 2)).links == (1,)
    assert (await changes(jail, 1))[-1] == ("link", None, "#2", MOD)
    await edits.unlink(GUILD, 1, 2, by=MOD)
    assert (await search.view(GUILD, 2)).links == ()
    assert (await changes(jail, 2))[-1] == ("link", "#1", None, MOD)
    with pytest.raises(CaseIsItself):
        await edits.link(GUILD, 1, 1, by=MOD)
    with pytest.raises(CaseNotFound):
        await edits.link(GUILD, 1, 3, by=MOD)
    await jail.assert_sound()


async def test_links_both_ways_at_once_are_one(jail: Jail) -> None:
    edits = jail.services.case_edits
    await jail.do(BAN)
    await jail.do(TIMEOUT, CAROL)
    await asyncio.gather(*(edits.link(GUILD, 1 + place % 2, 2 - place % 2, by=MOD) for place in range(6)))
    assert (await jail.services.case_search.view(GUILD, 1)).links == (2,)
    await jail.assert_sound()


# Numbers, and returns ---------------------------------------------------------------------------------------------


async def test_numbers_tell_what_was_done_and_what_was_taken_back(jail: Jail, clock: ManualClock) -> None:
    await jail.do(KICK, CAROL, by=OTHER_MOD)
    clock.advance(days=40)
    await jail.do(WARN, severity=1, points=1)
    await jail.do(WARN, severity=1, points=1)
    await void(jail, 2)
    await jail.do(BAN, lasts=DAY)
    await jail.do(CaseKind.UNBAN, by=OTHER_MOD)
    search = jail.services.case_search
    all_of_them = await search.stats(GUILD, days=30, moderator_id=None)
    assert {one.kind: (one.done, one.void, one.early) for one in all_of_them.acts} == {
        WARN: (1, 1, 0), BAN: (1, 0, 1), CaseKind.UNBAN: (1, 0, 0),
    }  # fmt: skip
    assert all_of_them.most == ((MOD, 2), (OTHER_MOD, 1))
    theirs = await search.stats(GUILD, days=365, moderator_id=OTHER_MOD)
    assert {one.kind: one.done for one in theirs.acts} == {KICK: 1, CaseKind.UNBAN: 1}
    assert (await search.stats(GUILD + 1, days=365, moderator_id=None)).acts == ()


async def test_numbers_of_a_year_count_each_day_of_it_once(jail: Jail, clock: ManualClock) -> None:
    now, ages = clock.now() + timedelta(days=366), (0, 1, 6, 7, 8, 14, 15, 30, 364, 365, 366)
    for age in reversed(ages):
        clock.set(now - timedelta(days=age))
        await jail.do(NOTE)
    clock.set(now)
    for days in (1, 6, 7, 8, 14, 30, 365):
        found = await jail.services.case_search.stats(GUILD, days=days, moderator_id=None)
        within = sum(age <= days for age in ages)
        assert [one.done for one in found.acts] == [within], days
        assert found.most == ((MOD, within),)


async def test_staff_hears_once_of_each_return_of_somebody_with_a_record(jail: Jail, clock: ManualClock) -> None:
    rejoins, settings = jail.services.rejoins, jail.services.guild_settings
    base = (await settings.read(GUILD, GeneralSettings)).version
    await settings.change(GUILD, GeneralSettings(alert_channel=900), base=base, by=None)
    await jail.do(NOTE)
    assert await rejoins.joined(GUILD, BOB, clock.now()) is False, "a note alone is no record"
    await jail.do(WARN, severity=1, points=1, details=CaseDetails(silent=True))
    assert await rejoins.joined(GUILD, CAROL, clock.now()) is False
    joined = clock.now()
    for _ in range(2):
        assert await rejoins.joined(GUILD, BOB, joined)
    clock.advance(hours=1)
    assert await rejoins.joined(GUILD, BOB, clock.now())
    assert (await jail.services.outbox.depth(ALL)).waiting == 2
    base = (await settings.read(GUILD, ModerationSettings)).version
    await settings.change(GUILD, ModerationSettings(alert_on_return=False), base=base, by=None)
    clock.advance(hours=1)
    assert await rejoins.joined(GUILD, BOB, clock.now()) is False


# Proof ----------------------------------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n" + b"sheep" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files" / "blobs"


def kept(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


async def test_proof_is_kept_once_by_its_contents_and_comes_back_as_it_was(jail: Jail, folder: Path) -> None:
    proof = jail.services.proof
    await jail.do(BAN)
    await jail.do(BAN, CAROL)
    await asyncio.gather(*(proof.add(GUILD, 1 + place % 2, "../evil.exe", PNG, by=MOD) for place in range(6)))
    assert len(kept(folder)) == 1
    found, data = await proof.read(GUILD, 1, 1)
    assert (found.name, found.content_type, data) == ("evil.png", "image/png", PNG)
    assert len((await jail.services.case_search.view(GUILD, 2)).proofs) == 1
    assert (await changes(jail, 1))[-1] == ("proof", None, "evil.png", MOD)
    for guild, number, seq in ((GUILD + 1, 1, 1), (GUILD, 1, 2), (GUILD, 9, 1)):
        with pytest.raises(ProofNotFound):
            await proof.read(guild, number, seq)
    await jail.assert_sound()


async def test_what_is_nothing_to_be_shown_or_too_much_is_not_kept(jail: Jail, folder: Path) -> None:
    proof = jail.services.proof
    await jail.do(BAN)
    for data in (b"", b"MZ\x90\x00\x03", b"PK\x03\x04", b"RIFF\x00\x00\x00\x00none"):
        with pytest.raises(ProofNotUnderstood):
            await proof.add(GUILD, 1, "cat.png", data, by=MOD)
    with pytest.raises(ProofTooBig):
        await proof.add(GUILD, 1, "cat.png", PNG + b"x" * MOST_BYTES, by=MOD)
    with pytest.raises(CaseNotFound):
        await proof.add(GUILD, 2, "cat.png", PNG, by=MOD)
    for place in range(MOST_FILES):
        await proof.add(GUILD, 1, "said.txt", f"line {place}".encode(), by=MOD)
    with pytest.raises(TooMuchProof):
        await proof.add(GUILD, 1, "said.txt", b"one more", by=MOD)
    await jail.assert_sound()


async def test_a_case_is_written_with_its_proof_or_not_at_all_and_once(jail: Jail) -> None:
    kept = (await jail.services.proof.keep("cat.jpg", PNG), await jail.services.proof.keep("said.txt", b"rude"))
    order = SanctionOrder(CaseKind.WARN, BOB, MOD, reason="Rude", key="once", severity=1, points=1, proof=kept)
    first, again = [await jail.services.cases.decide(GUILD, order) for _ in range(2)]
    assert first.case.number == again.case.number == 1
    view = await jail.services.case_search.view(GUILD, 1)
    assert [(one.seq, one.name, one.added_by) for one in view.proofs] == [(1, "cat.png", MOD), (2, "said.txt", MOD)]
    assert await changes(jail, 1) == [
        ("state", None, "active", MOD), ("proof", None, "cat.png", MOD), ("proof", None, "said.txt", MOD)
    ]  # fmt: skip
    await jail.services.proof.add(GUILD, 1, "more.txt", b"more", by=MOD)
    await jail.assert_sound()


async def test_a_file_that_was_changed_on_the_disk_is_not_shown(jail: Jail, folder: Path) -> None:
    await jail.do(BAN)
    await jail.services.proof.add(GUILD, 1, "cat.png", PNG, by=MOD)
    [path] = kept(folder)
    path.write_bytes(PNG + b"!")
    with pytest.raises(ProofGone):
        await jail.services.proof.read(GUILD, 1, 1)


async def test_whoever_a_case_is_about_gets_its_files_and_erasing_leaves_them_to_the_server(
    jail: Jail, folder: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    privacy, add = jail.services.privacy, jail.services.proof.add
    for user in (BOB, CAROL):
        await jail.do(BAN, user)
    await jail.services.cases.decide(GUILD, SanctionOrder(CaseKind.NOTE, BOB, MOD, reason="a hunch"))
    for number, data in ((1, b"first"), (2, b"carol's"), (3, b"of a note"), (1, PNG)):
        clock.advance(seconds=1)
        await add(GUILD, number, "said.txt", data, by=MOD)
    for place in (GUILD, None):
        files = (await privacy.copy(BOB, place)).files
        assert [one.content for one in files] == [PNG, b"first"]
        assert [one.path for one in files] == [f"proof/{GUILD}/1-2-said.png", f"proof/{GUILD}/1-1-said.txt"]
    assert "added_by" not in files[0].about, "who brought it is not about them"
    assert (await privacy.copy(BOB, GUILD + 1)).files == ()
    monkeypatch.setattr(proofs, "MOST_COPIED_BYTES", len(PNG) - 1)
    shown = [(one.content, one.about["file"], one.about["size"]) for one in (await privacy.copy(BOB, GUILD)).files]
    assert shown == [(None, None, len(PNG)), (b"first", f"proof/{GUILD}/1-1-said.txt", 5)]
    await privacy.erase(BOB, GUILD)
    await privacy.erase(MOD, GUILD)
    found, data = await jail.services.proof.read(GUILD, 1, 1)
    assert (data, found.added_by) == (b"first", None)
    for path in kept(folder):
        path.unlink()
    assert [one.content for one in (await privacy.copy(BOB, GUILD)).files] == [None, None], "lost, and still named"


async def test_files_go_when_no_case_has_them_any_more_and_only_then(
    jail: Jail, folder: Path, clock: ManualClock
) -> None:
    proof = jail.services.proof
    await jail.do(BAN)
    await proof.add(GUILD, 1, "cat.png", PNG, by=MOD)
    with pytest.raises(CaseNotFound):
        await proof.add(GUILD, 2, "left.txt", b"brought, and then it failed", by=MOD)
    (folder / "00").mkdir()
    (folder / "00" / ".half.part").touch()
    assert len(kept(folder)) == 3
    assert await proof.sweep() == 0, "somebody may be about to name them"
    for path in kept(folder):
        os.utime(path, (1, 1))
    assert await proof.sweep() == 2
    assert (await proof.read(GUILD, 1, 1))[1] == PNG
    async with jail.database.write() as session:
        await guilds.erase(session, GUILD)
    clock.advance(days=2)
    assert await proof.sweep() == 1
    assert kept(folder) == []
