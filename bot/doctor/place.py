"""What can be seen without asking anybody: files, room on the disk, the token's shape, the log."""

from __future__ import annotations

import base64
import binascii
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr

from bot.db.backup import BACKUPS
from bot.db.config import DatabaseConfig
from bot.doctor.findings import Finding, fail, ok, warn
from bot.settings import LogSettings

_TOKEN = re.compile(r"(?P<id>[\w-]{20,32})\.[\w-]{6,7}\.[\w-]{27,}", re.ASCII)
_HOLDS_SECRET = re.compile(r"^\s*(?:export\s+)?(?:DISCORD_TOKEN|DATABASE_(?:DIRECT_)?URL)\s*=\s*\S", re.MULTILINE)
_LEAST, _COMFORTABLE = 64_000_000, 1_000_000_000
_NEW_TOKEN = (
    "in the Developer Portal open your application, choose Bot, press Reset Token, and put the new one into "  # noqa: S105 — a sentence
    "DISCORD_TOKEN."
)


def env_file(path: Path) -> Iterator[Finding]:
    """Who may read the file of settings."""
    try:
        mode = path.stat().st_mode
        secret = _HOLDS_SECRET.search(path.read_text(encoding="utf-8", errors="replace")) is not None
    except FileNotFoundError:
        yield ok(".env", f"there is no {path}; the environment alone counts.")
        return
    except OSError as error:
        yield fail(
            ".env", f"{path} can't be read ({error.strerror}).", f"let the bot's user read it: chown it, {path}."
        )
        return
    if secret and mode & stat.S_IROTH:
        yield warn(".env", f"{path} holds a secret, and everybody on this machine can read it.", f"chmod 600 {path}")
    else:
        yield ok(".env", f"{path} is read, and nobody else can." if secret else f"{path} is read; no secret is in it.")


def token(value: SecretStr | None) -> Finding:
    """Whether it looks like a token at all; it is never shown."""
    if value is None:
        return fail("token", "DISCORD_TOKEN: found nothing.", _NEW_TOKEN)
    text = value.get_secret_value()
    match = _TOKEN.fullmatch(text)
    if match and _is_id(match["id"]):
        return ok("token", "it has the shape of a token.")
    if text.lower().startswith("bot "):
        return fail("token", "it begins with the word Bot.", "take that word out.")
    if text.isdigit():
        return fail("token", "it is a number, as an application's id is.", _NEW_TOKEN)
    if text != text.strip() or any(character.isspace() for character in text):
        return fail("token", "there is a space or a line break in it.", "copy it again, alone.")
    return fail("token", "it has not the shape of a token, which is three parts with dots between them.", _NEW_TOKEN)


def _is_id(part: str) -> bool:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).isdigit()
    except (binascii.Error, ValueError):
        return False


def log(found: LogSettings) -> Finding:
    """Whether the log will say what is needed."""
    if found.level == "error":
        return warn("log", "LOG_LEVEL=error leaves out warnings and starts.", "LOG_LEVEL=info")
    if found.level == "debug":
        return warn("log", "LOG_LEVEL=debug writes several lines for each event.", "LOG_LEVEL=info, once all is found")
    return ok("log", f"{found.level}, {found.format}.")


def folder(path: Path, config: DatabaseConfig | None) -> list[Finding]:
    """The data folder: whether it can be written, backups too, who else may look, and how much room there is."""
    near = next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())
    if not near.is_dir():
        return [fail("data", f"{near} is not a folder.", "name a folder in DATA_DIR.")]
    if not os.access(near, os.W_OK | os.X_OK):
        return [fail("data", f"{near} can't be written by this user.", f"chown {near} to the bot's user.")]
    if near != path.absolute():
        mine = ok("data", f"{path} is not there yet; the first start makes it.")
    elif stat.S_IMODE(path.stat().st_mode) & 0o007:
        mine = warn("data", f"everybody on this machine may look into {path}.", f"chmod 750 {path}")
    else:
        mine = ok("data", f"{path} is there, and nobody else can look into it.")
    return [mine, *_backups(path / BACKUPS), _room(near, _size(config))]


def _backups(path: Path) -> Iterator[Finding]:
    """The folder of backups, if something is in its place that no backup can be made in."""
    if path.exists() and not (path.is_dir() and os.access(path, os.W_OK | os.X_OK)):
        step = f"chown {path} to the bot's user." if path.is_dir() else f"move {path} away; it must be a folder."
        yield fail("backups", f"{path} can't be written, and nothing is migrated without a backup.", step)


def _size(config: DatabaseConfig | None) -> int:
    if config is None or not config.is_sqlite or not config.sqlite_path.is_file():
        return 0
    return config.sqlite_path.stat().st_size


def _room(path: Path, database: int) -> Finding:
    free = shutil.disk_usage(path).free
    said = f"{free / 1_000_000_000:.1f} GB free in {path}"
    step = "delete what is not needed, such as old backups, or name a folder on another disk in DATA_DIR."
    if free < _LEAST:
        return fail("disk", f"{said}, and what can't be written is refused.", step)
    if free < max(_COMFORTABLE, 2 * database):
        return warn("disk", f"{said}; a backup needs as much again as the database.", step)
    return ok("disk", f"{said}.")
