"""The whole bot in a process of its own: what `folkmoot run` does, and besides it ends with its parent.

The command line is imported as it is in `folkmoot run`, so that its memory counts.
"""

from __future__ import annotations

import asyncio

import bot.__main__  # noqa: F401 — for its weight
from bench.support import leash, tell
from bot.cli.support import importing

with importing():
    from bot import log, process
    from bot.settings import load


async def _main() -> None:
    settings = load(None)
    token = settings.token()
    assert token is not None
    hide = log.SecretsHidden(settings.secrets())
    log.set_up(level=settings.log.level, as_json=True, hide=hide)
    stop = asyncio.Event()
    leash(lambda _line: None, stop.set)
    await process.run(
        settings,
        token,
        hide=hide,
        api_url=settings.discord.api_url,
        on_ready=lambda app: tell({"ready": len(app.bot.guilds)}),
        stop=stop,
    )


def main() -> None:
    asyncio.run(_main())


if __name__ == "__main__":
    main()
