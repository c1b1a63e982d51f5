"""What bots send along is kept where one can open it."""

from io import BytesIO
from pathlib import Path
from typing import Any

import discord
import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.sandbox import Sandbox
from bot.sandbox.terminal import Paint, Prompt, Stage
from bot.sandbox.terminal.files import Files
from tests.sandbox.meadow import ALICE, BOB, CHANNEL, GUILD, Client, Connect

BYTES = b"\x89PNG, more or less"


def sent(name: str, number: int = 1) -> dict[str, Any]:
    return {"filename": name, "url": f"http://here/{number}"}


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files", lambda _url: BYTES, kept=3)


def test_a_file_is_written_once_and_the_oldest_make_room(files: Files) -> None:
    for number in range(5):
        assert files.path(sent("chart.png", number)) == files.path(sent("chart.png", number))
    assert [path.name for path in files.listed()] == ["003-chart.png", "004-chart.png", "005-chart.png"]
    assert files.listed()[0].read_bytes() == BYTES
    assert files.path(sent("chart.png", 0)) is None, "it is gone, and its number is not used for another"


def test_the_numbers_go_on_at_the_next_start(files: Files) -> None:
    files.path(sent("a.txt"))
    again = Files(files.folder, lambda _url: BYTES)
    again.path(sent("b.txt"))
    assert [path.name for path in again.listed()] == ["001-a.txt", "002-b.txt"]


def test_a_name_leads_nowhere_else(files: Files) -> None:
    files.path(sent("../../\x1b[2Jevil name.sh"))
    assert [path.name for path in files.listed()] == ["001-.._.._2Jevil_name.sh"]


def test_what_cannot_be_kept_has_no_path(tmp_path: Path) -> None:
    assert Files(tmp_path, lambda _url: None).path(sent("a.txt")) is None
    (tmp_path / "taken").write_text("no folder")
    assert Files(tmp_path / "taken", lambda _url: BYTES).path(sent("a.txt")) is None


async def test_the_prompt_tells_where_a_file_lies(sandbox: Sandbox, connect: Connect, tmp_path: Path) -> None:
    def prepare(client: Client) -> None:
        @client.tree.command(name="chart", description="Draw.")
        async def chart(interaction: discord.Interaction[Any]) -> None:
            await interaction.response.send_message("Here.", file=discord.File(BytesIO(BYTES), "my chart.png"))

    shown: list[str] = []
    with Stage(sandbox, GUILD, [ALICE, BOB], start=CHANNEL, folder=tmp_path / "files") as stage:
        await connect(prepare)
        with create_pipe_input() as keyboard:
            prompt = Prompt(stage, Paint(), shown.append, user=ALICE, source=keyboard, target=DummyOutput())
            keyboard.send_text("files\r/chart\rfiles\rquit\r")
            await prompt.run()
    (kept,) = (tmp_path / "files").iterdir()
    assert kept.read_bytes() == BYTES
    assert shown[0] == "  Nothing was sent along yet."
    assert f"attached: my chart.png → {kept}" in shown[1]
    assert shown[2] == f"  {kept} (18 bytes)"
