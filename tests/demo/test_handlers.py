"""The words of the prompt that concern the bot itself."""

from __future__ import annotations

from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot import demo
from bot.sandbox.terminal import Paint, Prompt
from tests.demo.conftest import Company


async def typed(company: Company, *lines: str) -> str:
    handlers = demo.handlers(company.running, company.bill, company.lines.append)
    with create_pipe_input() as keyboard:
        prompt = Prompt(
            company.stage, Paint(), company.lines.append,
            user=demo.REGULAR, handlers=handlers, source=keyboard, target=DummyOutput(),
        )  # fmt: skip
        keyboard.send_text("".join(f"{line}\r" for line in (*lines, "quit")))
        await prompt.run()
    return company.shown


async def test_the_bot_starts_anew_and_buttons_from_before_still_work(company: Company) -> None:
    before = company.running.services()
    shown = await typed(company, "/daily", "/balance", "restart", "press statement")
    assert company.running.services() is not before
    assert shown.index("It is back") < shown.index("Your statement")


async def test_a_bot_that_may_not_do_something_says_so_in_its_diagnosis(company: Company) -> None:
    shown = await typed(company, "take Folkmoot manage roles", "as ola", "/diagnose")
    assert "I lack Manage Roles in this server." in shown
    company.lines.clear()
    assert "I lack" not in await typed(company, "give Folkmoot manage roles", "ola: press look again")


async def test_scenes_are_listed_and_played_by_name(company: Company) -> None:
    shown = await typed(company, "scene", "scene nothing", "scene priv")
    assert "  diagnose     See whether everything will work here, and mend what won't." in shown
    assert "There is no scene “nothing”; there are config, diagnose" in shown
    assert shown.count("regular> /privacy") == 1
    assert shown.count("┃ Your data") == shown.split("The scene is over.")[0].count("┃ Your data"), (
        "nothing is shown twice"
    )
    assert shown.endswith("The scene is over.")
