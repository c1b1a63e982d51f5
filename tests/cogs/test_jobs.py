"""/jobs as staff sees it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.audit import AuditSource
from bot.domain.coin_range import CoinRange
from bot.domain.economy_settings import EconomySettings
from bot.domain.general import GeneralSettings
from bot.domain.jobs import Job, JobDraft
from bot.sandbox import Exchange, SeenMessage
from bot.services import Services
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage, is_private, words

OWNERS = (4_000 << 22) + 1
HELPERS = (4_000 << 22) + 2
NEEDED = "For this you need the permission **Manage Server**, or one of the **Admin roles** chosen in `/config`."


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    """Alice may manage the server; Carol may not."""
    owner(stage)
    await stage.start()
    return stage


def owner(stage: Stage) -> None:
    stage.sandbox.world.add_role(GUILD, "Owners", id=OWNERS, permissions=["manage_guild", "view_audit_log"])
    stage.sandbox.world.give_role(GUILD, ALICE, OWNERS)


def services(stage: Stage) -> Services:
    assert stage.app is not None
    return stage.app.services


async def jobs(stage: Stage) -> list[Job]:
    return list((await services(stage).jobs.page(GUILD)).jobs)


async def written(stage: Stage, *texts: str) -> None:
    for text in texts:
        await services(stage).jobs.add(GUILD, JobDraft(text), by=BOB, source=AuditSource.COMMAND)
        stage.clock.advance(seconds=1)


async def press(stage: Stage, message: SeenMessage, label: str) -> SeenMessage:
    return await (await stage.alice.click(message, label)).finished()


async def send(stage: Stage, form: Exchange, text: str, pay: str = "") -> SeenMessage:
    return await (await stage.alice.submit(form, {"text": text, "pay": pay})).finished()


async def form_of(stage: Stage, command: str, **options: Any) -> Exchange:
    return await (await stage.alice.slash(GENERAL, command, **options)).answered()


def defaults(form: Exchange) -> dict[str, str]:
    """What the fields of a form hold as it opens."""
    assert form.modal is not None
    fields = [one["component"] for one in form.modal["components"]]
    return {one["custom_id"]: one.get("value", "") for one in fields}


async def test_a_job_is_written_by_form_and_is_what_work_tells(on_stage: Stage) -> None:
    empty = await on_stage.ask(on_stage.alice, "jobs list")
    assert "no jobs of its own" in words(empty)
    assert is_private(empty)
    saved = await send(on_stage, await form_of(on_stage, "jobs add"), " You fed\nthe *dragon*. ", "1k")
    assert words(saved).startswith("✅ Saved.\n> You fed the \\*dragon\\*.\nPays 1,000 coins.")
    assert is_private(saved)
    done = words(await on_stage.ask(on_stage.carol, "work"))
    assert done.startswith("You fed the \\*dragon\\*.\n**1,000 coins** for that.")
    listed = await press(on_stage, saved, "To the list")
    assert "• You fed the \\*dragon\\*. · 1,000 coins" in words(listed)


async def test_the_list_leads_to_a_job_its_form_and_its_end(on_stage: Stage) -> None:
    await written(on_stage, *(f"Job {number}" for number in range(12)))
    page = await on_stage.ask(on_stage.alice, "jobs list")
    assert words(page).count("•") == 10
    older = await press(on_stage, page, "Older")
    assert words(older).startswith("• Job 1 · the usual pay\n• Job 0 · the usual pay")
    job = (await services(on_stage).jobs.search(GUILD, "Job 0", most=1))[0]
    shown = await (await on_stage.alice.select(older, "jobs:choose:v1", [str(job.id)])).finished()
    assert shown.id == page.id
    form = await (await on_stage.alice.click(shown, "Change…")).answered()
    assert defaults(form) == {"text": "Job 0", "pay": ""}
    changed = await send(on_stage, form, "Job zero", "5-7")
    assert changed.id == page.id
    assert "> Job zero\nPays 5 to 7 coins." in words(changed)
    asked = await press(on_stage, changed, "Remove…")
    assert words(asked) == "Take this job off the list?\n> Job zero"
    kept = await press(on_stage, asked, "Keep it")
    assert words(kept) == "Nothing was changed."
    asked = await on_stage.ask(on_stage.alice, "jobs remove", job=str(job.id))
    assert words(await press(on_stage, asked, "Remove it")) == "Removed: Job zero"
    assert (await services(on_stage).jobs.page(GUILD)).total == 11


async def test_edit_opens_the_form_with_what_is_there(on_stage: Stage) -> None:
    draft = JobDraft("You sang.", CoinRange(low=5, high=9))
    job = await services(on_stage).jobs.add(GUILD, draft, by=BOB, source=AuditSource.COMMAND)
    form = await form_of(on_stage, "jobs edit", job=str(job.id))
    assert defaults(form) == {"text": "You sang.", "pay": "5-9"}
    other = await form_of(on_stage, "jobs edit", job=str(job.id))
    await send(on_stage, form, "You sang well.", "5-9")
    assert [one.text for one in await jobs(on_stage)] == ["You sang well."]
    late = await send(on_stage, other, "You sang badly.", "5-9")
    assert words(late).startswith("Somebody changed this job meanwhile")
    suggested = await (await on_stage.alice.autocomplete(GENERAL, "jobs edit", "job", "SANG")).answered()
    assert [(one["name"], one["value"]) for one in suggested.choices] == [("You sang well.", str(job.id))]
    gone = await on_stage.ask(on_stage.alice, "jobs edit", job="something")
    assert "`/jobs list` shows those that are." in words(gone)


@pytest.mark.parametrize(
    ("text", "pay", "said"),
    [
        ("***", "", "Write in a few words what somebody did"),
        ("You sang.", "much", "I need a whole number"),
        ("You sang.", "0", "The amount must be at least 1"),
        ("Known", "", "There is a job with these words already"),
    ],
)
async def test_a_job_that_makes_no_sense_is_refused_with_a_sentence(
    on_stage: Stage, text: str, pay: str, said: str
) -> None:
    await written(on_stage, "Known")
    refused = await send(on_stage, await form_of(on_stage, "jobs add"), text, pay)
    assert words(refused).startswith(said)
    assert len(await jobs(on_stage)) == 1


async def test_whoever_may_not_is_refused_by_every_command_button_menu_and_form(on_stage: Stage) -> None:
    await written(on_stage, "Known")
    [job] = await jobs(on_stage)
    page = await on_stage.ask(on_stage.alice, "jobs list")
    form = await form_of(on_stage, "jobs add")
    shown = await (await on_stage.alice.select(page, "jobs:choose:v1", [str(job.id)])).finished()
    asked = await on_stage.ask(on_stage.alice, "jobs remove", job=str(job.id))
    on_stage.sandbox.world.edit_role(GUILD, OWNERS, permissions=[])
    on_stage.sandbox.world.show_command(GUILD, "jobs", GUILD, allowed=True)
    answers = [
        await press(on_stage, shown, "Change…"),
        await press(on_stage, shown, "Remove…"),
        await press(on_stage, shown, "To the list"),
        await press(on_stage, asked, "Remove it"),
        await send(on_stage, form, "Mine"),
    ]
    for command, options in (("list", {}), ("add", {}), ("edit", {"job": str(job.id)}), ("remove", {"job": "5"})):
        exchange = await on_stage.carol.slash(GENERAL, f"jobs {command}", **options)
        answers.append(await exchange.finished())
    assert {words(one) for one in answers} == {NEEDED}
    suggested = await (await on_stage.carol.autocomplete(GENERAL, "jobs edit", "job", "")).answered()
    assert suggested.choices == []
    assert [one.text for one in await jobs(on_stage)] == ["Known"]


async def test_a_role_named_as_admins_may(on_stage: Stage) -> None:
    world, settings = on_stage.sandbox.world, services(on_stage).guild_settings
    world.add_role(GUILD, "Helpers", id=HELPERS)
    world.give_role(GUILD, CAROL, HELPERS)
    world.show_command(GUILD, "jobs", HELPERS, allowed=True)
    await settings.change(GUILD, GeneralSettings(admin_roles=(HELPERS,)), base=0, by=None)
    assert "no jobs of its own" in words(await on_stage.ask(on_stage.carol, "jobs list"))


async def test_buttons_and_forms_from_before_a_restart_still_answer(on_stage: Stage) -> None:
    await written(on_stage, "Known")
    [job] = await jobs(on_stage)
    form = await form_of(on_stage, "jobs edit", job=str(job.id))
    asked = await on_stage.ask(on_stage.alice, "jobs remove", job=str(job.id))
    await on_stage.stop()
    await on_stage.start()
    await send(on_stage, form, "Changed")
    assert words(await press(on_stage, asked, "Remove it")).startswith("Somebody changed this job meanwhile")
    assert [one.text for one in await jobs(on_stage)] == ["Changed"]


async def test_the_log_tells_who_changed_which_job(on_stage: Stage) -> None:
    saved = await send(on_stage, await form_of(on_stage, "jobs add"), "You sang.", "5")
    form = await (await on_stage.alice.click(saved, "Change…")).answered()
    await send(on_stage, form, "You sang well.", "")
    told = words(await on_stage.ask(on_stage.alice, "audit"))
    assert "Job changed: You sang well." in told
    assert "Text: You sang. → You sang well." in told
    assert "Pay: no longer 5" in told
    assert "Job added: You sang." in told


async def test_a_job_that_dies_anywhere_is_on_the_list_once_or_not_at_all(stage: Stage) -> None:
    owner(stage)

    async def story(points: CrashPoints) -> None:
        stage.arrange = points.plant
        app = await stage.start()
        await app.services.guild_settings.read(GUILD, EconomySettings)
        words_ = f"Job {stage.clock.now().isoformat()}"
        form = await form_of(stage, "jobs add")
        await points.arm()
        exchange = await stage.alice.submit(form, {"text": words_, "pay": ""})
        await points.heard(exchange)
        acknowledged = exchange.kind == "message"
        points.armed = False
        await stage.die()
        stage.arrange = None
        app = await stage.start()
        found = await app.services.jobs.search(GUILD, words_, most=25)
        assert len(found) == 1 if acknowledged else len(found) in (0, 1)
        again = await send(stage, await form_of(stage, "jobs add"), words_)
        assert words(again).startswith("There is a job" if found else "✅ Saved.")
        [job] = await app.services.jobs.search(GUILD, words_, most=25)
        await app.services.jobs.remove(GUILD, job.id, base=1, by=BOB, source=AuditSource.COMMAND)
        await stage.stop()

    await sweep(story)
