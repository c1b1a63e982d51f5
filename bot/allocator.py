"""What this process asks of the C library's memory.

Only glibc understands it; elsewhere (musl, macOS) nothing happens. Nothing here changes what the bot does.
"""

from __future__ import annotations

import ctypes

_M_ARENA_MAX = -8
_ARENAS = 2


def keep_few_arenas() -> None:
    """Have threads share two arenas, before any is started.

    Else each thread of the database and of the loop's pool gets one of its own, and keeps what it ever needed there: in
    a thousand guilds 10 MiB. They hold Python's lock nearly always, and so hardly ever wait for each other.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_M_ARENA_MAX, _ARENAS)
