"""The process that matches one regular expression of a person's: what it costs too much, the system ends.

    python -I -S pattern_worker.py

It stands on the standard library alone and holds nothing of ours. Reads JSON, a line each: the pattern, then lists of
texts. Answers each: 0, or the character from which it is no pattern; then the places of the texts that match. It ends
when its input does.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
import warnings

_SECONDS = 4
"""Of the processor, for everything: a fair measure also on a busy machine."""

_MEMORY = 256 << 20
_NICE = 10


def main() -> None:
    """Match until nobody asks any more."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    pattern = None
    for line in sys.stdin:
        asked = json.loads(line)
        if pattern is None:
            pattern, answer = _compiled(asked)
        else:
            answer = [place for place, text in enumerate(asked) if pattern.search(text)]
        print(json.dumps(answer), flush=True)  # noqa: T201 — the answer


def _compiled(source: str) -> tuple[re.Pattern[str] | None, int]:
    try:
        return re.compile(source, re.IGNORECASE), 0
    except re.error as error:
        return None, (error.pos or 0) + 1
    except (OverflowError, RecursionError, MemoryError):
        return None, 1


if __name__ == "__main__":
    main()
