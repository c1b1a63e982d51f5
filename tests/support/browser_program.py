"""Which browser the tests start: the one that CHROMIUM names, else the machine's. Run as a program, it says which."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def found() -> str | None:
    """The program; None when there is none."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next((path for path in map(shutil.which, NAMES) if path), None)


if __name__ == "__main__":
    print(found() or "")  # noqa: T201 — that is its answer
