"""`folkmoot health`: asks the running bot how it is, for a supervisor or a container's health check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.support import EnvFile, fail, prepare

_PATIENCE = 3.0
_OK = 200
_LONGEST = 10_000

Ready = Annotated[bool, typer.Option("--ready", help="Ask whether it can serve, and not only whether it lives.")]

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 — the address that is asked instead
"""What is served everywhere is asked here."""


def health(env_file: EnvFile = Path(".env"), *, ready: Ready = False) -> None:
    """Ask the bot that runs here whether it is well, at METRICS_PORT. Ends with 0 if it is, else with 1."""
    from http.client import HTTPException

    settings, _ = prepare(env_file)
    port = settings.metrics.port
    if port is None:
        fail("METRICS_PORT: found nothing, expected the port at which the bot tells how it is")
    host = _EVERYWHERE.get(settings.metrics.host, settings.metrics.host)
    path = "/ready" if ready else "/health"
    try:
        status, said = ask(host, port, path)
    except (OSError, HTTPException) as error:
        fail(f"Nobody answers at http://{host}:{port}{path}: {error or type(error).__name__}")
    if status != _OK:
        fail(_missing(said) or f"http://{host}:{port}{path} answers with {status}")
    typer.echo("ready" if ready else "alive")


def ask(host: str, port: int, path: str) -> tuple[int, str]:
    """The status and body of an answer.

    Raises:
        OSError, http.client.HTTPException: there is none.
    """
    from http.client import HTTPConnection

    connection = HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read(_LONGEST).decode("utf-8", "replace")
    finally:
        connection.close()


def _missing(said: str) -> str | None:
    try:
        missing = json.loads(said)["missing"]
        return "Not ready. " + " ".join(f"{name}: {why}" for name, why in missing.items())
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
