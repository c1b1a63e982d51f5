"""What a process loads and keeps: nothing that it has no use for."""

from __future__ import annotations

import subprocess
import sys

from tests.support.process import ROOT


def loaded_after(code: str) -> set[str]:
    said = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(said.stdout.split())


def test_the_command_line_answers_before_anything_heavy_is_loaded() -> None:
    found = loaded_after("import bot.__main__")
    assert not found & {"structlog", "rich", "discord", "sqlalchemy", "pydantic", "aiohttp"}


def test_a_running_bot_does_without_what_draws_tracebacks_and_finds_it_again_when_asked() -> None:
    start = "import bot.__main__\nfrom bot.cli.support import importing\nwith importing():\n    import bot.process"
    found = loaded_after(start)
    assert "structlog" in found
    assert not {name for name in found if name.split(".")[0] in ("rich", "pygments", "alembic", "PIL", "simcord")}
    assert "aiohttp.web" not in found  # the server of /metrics, which a bot has that was told a port
    assert "rich" in loaded_after(f"{start}\nimport rich")


def test_a_running_bot_does_without_sqlalchemys_orm_and_finds_it_again_when_asked() -> None:
    found = loaded_after("import bot.process")
    assert "sqlalchemy.ext.asyncio" in found
    assert not {name for name in found if name.startswith("sqlalchemy.orm")}
    later = "import bot.db.aio\nfrom sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session"
    found = loaded_after(f"{later}\nassert AsyncSession.commit and async_scoped_session.commit")
    assert "sqlalchemy.orm" in found
    assert "sqlalchemy.ext.asyncio.session" in found


ARENAS = """
import ctypes, threading
from bot import allocator
allocator.keep_few_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(8)
def take():
    together.wait()
    libc.malloc(5_000)
    together.wait()
threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
out = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
if hasattr(libc, "malloc_info"):
    libc.malloc_info(0, out)
    libc.fflush(out)
"""


def test_threads_share_two_arenas() -> None:
    said = subprocess.run([sys.executable, "-c", ARENAS], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.count("<heap nr") <= 2
