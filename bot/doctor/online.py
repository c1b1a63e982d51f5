"""What Discord says: whether it accepts the token, and what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import yarl
from pydantic import SecretStr

from bot import __version__
from bot.doctor.findings import Finding, fail, ok, warn

_USUAL = "https://discord.com/api"
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_REFUSED = (401, 403)
_OK = 200
_MOST = timedelta(seconds=5)


async def examine(token: SecretStr, api_url: str | None) -> list[Finding]:
    """Ask Discord whose token this is; one request, no log-in."""
    where = api_url or _USUAL
    headers = {
        "Authorization": f"Bot {token.get_secret_value()}",
        "User-Agent": f"DiscordBot (folkmoot, {__version__})",
    }
    asked = datetime.now(UTC)
    try:
        address = yarl.URL(f"{where}/v10/applications/@me")
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(address, headers=headers) as response,
        ):
            status, date = response.status, response.headers.get("Date")
    except ValueError:  # a token that no header can carry, or an address that is none
        return [
            fail("discord", "the token or DISCORD_API_URL holds what can't be sent.", "copy the token again, alone.")
        ]
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        step = "look at the network, the name server, and DISCORD_API_URL."
        return [fail("discord", f"{where} can't be reached: {type(error).__name__}.", step)]
    clock = _clock(date, asked, datetime.now(UTC))
    return [_answer(where, status), *([clock] if clock else [])]


def _answer(where: str, status: int) -> Finding:
    if status == _OK:
        return ok("discord", "the token is accepted.")
    if status in _REFUSED:
        step = (
            "in the Developer Portal open your application, choose Bot, press Reset Token, and put it in DISCORD_TOKEN."
        )
        return fail("discord", "the token is refused.", step)
    return warn("discord", f"{where} answers {status}, which says nothing about the token.", "try again in a minute.")


def _clock(date: str | None, asked: datetime, answered: datetime) -> Finding | None:
    """How far this machine's clock is from Discord's, which is told in whole seconds."""
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    if theirs.tzinfo is None:
        return None
    ahead = asked + (answered - asked) / 2 - theirs - timedelta(seconds=0.5)
    if abs(ahead) <= _MOST:
        return ok("clock", "this machine's clock agrees with Discord's.")
    side = "ahead of" if ahead > timedelta() else "behind"
    seconds = abs(ahead).total_seconds()
    return warn("clock", f"this machine is {seconds:.0f} s {side} Discord.", "set the clock, with NTP (timedatectl).")
