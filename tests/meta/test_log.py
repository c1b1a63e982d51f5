"""What the process says: who and where on every line, in two forms, and never a secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import log

TOKEN = "MTAwMDAw.secret.token-of-the-bot"  # noqa: S105 — made up


@pytest.fixture(autouse=True)
def set_back() -> Iterator[None]:
    yield
    structlog.contextvars.clear_contextvars()
    log.set_up(level="info", as_json=False, hide=log.SecretsHidden([]))


def said(*, as_json: bool) -> io.StringIO:
    stream = io.StringIO()
    log.set_up(level="info", as_json=as_json, hide=log.SecretsHidden([TOKEN, "hunter2-password", "x"]), stream=stream)
    return stream


def test_a_line_of_json_carries_what_it_is_about() -> None:
    stream = said(as_json=True)
    log.bind({"guild": 1, "user": 2, "command": "pay", "shard": 0, "trace": 3, "nothing": None})
    structlog.stdlib.get_logger("bot.test").info("refused", reason="InsufficientFunds")
    line = json.loads(stream.getvalue())
    assert line["event"] == "refused"
    assert {name: line[name] for name in ("guild", "user", "command", "shard", "trace")} == {
        "guild": 1,
        "user": 2,
        "command": "pay",
        "shard": 0,
        "trace": 3,
    }
    assert "nothing" not in line
    assert (line["level"], line["logger"]) == ("info", "bot.test")


@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_comes_through_in_a_value_a_message_or_a_traceback(as_json: bool) -> None:
    stream = said(as_json=as_json)
    logger = structlog.stdlib.get_logger("bot.test")
    logger.info("logging in", token=TOKEN, url="postgresql://u:hunter2-password@h/d")
    logging.getLogger("aiohttp").warning("refused %s", TOKEN)
    try:
        raise RuntimeError(f"could not use {TOKEN}")
    except RuntimeError:
        logger.exception("failed")
        logging.getLogger("discord.http").exception("failed too")
    text = stream.getvalue()
    assert TOKEN not in text
    assert "hunter2" not in text
    assert text.count(log.HIDDEN) >= 5
    assert "test_log.py" in text


def test_what_the_libraries_say_has_the_same_form() -> None:
    stream = said(as_json=True)
    logging.getLogger("discord.http").warning("a rate limit of %s s", 5)
    line = json.loads(stream.getvalue())
    assert (line["event"], line["logger"], line["level"]) == ("a rate limit of 5 s", "discord.http", "warning")


def test_a_traceback_for_people_shows_no_local_variables() -> None:
    stream = said(as_json=False)
    try:
        price = "-".join(str(digit) for digit in range(20, 25))
        raise RuntimeError(str(len(price)))
    except RuntimeError:
        structlog.stdlib.get_logger("bot.test").exception("failed")
    assert "raise RuntimeError" in stream.getvalue()
    assert "20-21-22-23-24" not in stream.getvalue()
