"""What the process says about itself: one line a thing, with what it was about, and never a secret."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"

_SHORTEST_SECRET = 6
"""Shorter strings would hide half of every line, and no token or URL is that short."""

_QUIET = {
    "discord.gateway": logging.WARNING,  # says at INFO what the bot says itself
    "discord.client": logging.WARNING,
    "asyncio": logging.WARNING,
    "alembic": logging.WARNING,
}


class SecretsHidden:
    """Replaces known secrets wherever they appear in a text, such as a rendered line with its traceback."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first: one secret may be part of another.
        known = {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
        # As they stand in a line of JSON too, where quotes and letters beyond ASCII are written differently.
        known |= {json.dumps(secret)[1:-1] for secret in known}
        self._secrets = sorted(known, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


class _Rendered:
    """Runs the renderer and then hides secrets, as one processor."""

    def __init__(self, renderer: Processor, hidden: SecretsHidden) -> None:
        self._renderer = renderer
        self._hidden = hidden

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> str:
        return self._hidden(str(self._renderer(logger, method, event)))


def set_up(*, level: str, as_json: bool, hide: SecretsHidden, stream: TextIO = sys.stderr) -> None:
    """Send structlog's and the standard library's records to `stream`, in one form."""
    stamp = structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S", utc=as_json)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        stamp,
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: Processor
    if as_json:
        shared.append(structlog.processors.format_exc_info)
        renderer = structlog.processors.JSONRenderer(default=str)
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=28
        )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _Rendered(renderer, hide),
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def bind(context: Mapping[str, Any]) -> None:
    """Say on every further line of this task what it is about, such as guild, user, command, shard and trace."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**{name: value for name, value in context.items() if value is not None})
