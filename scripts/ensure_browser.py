"""See to it that the tests have a browser that draws without a screen: the machine's, or else Debian's, by apt.

    .venv/bin/python scripts/ensure_browser.py

The decision is the one that tests/support/browser_program.py takes later. CHROMIUM names one that is somewhere else.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from bootstrap import ROOT

FINDER = ROOT / "tests" / "support" / "browser_program.py"
PACKAGE = "chromium-headless-shell"


def found() -> str:
    """Say which browser the tests would start; empty when there is none."""
    asked = subprocess.run([sys.executable, FINDER], stdout=subprocess.PIPE, text=True, check=True)
    return asked.stdout.strip()


def _apt(*words: str) -> None:
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command: Sequence[str] = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", *words)
    subprocess.run(command, stdout=subprocess.DEVNULL, env=quietly, check=True)


def main() -> None:
    """Decide, and install the package only where nothing else is there."""
    browser = found()
    if not browser and "CHROMIUM" not in os.environ and shutil.which("apt-get") and os.geteuid() == 0:
        print(f"No browser here: installing {PACKAGE} (once, half a minute) ...", flush=True)
        _apt("update")
        _apt("install", "-y", "--no-install-recommends", PACKAGE)
        browser = found()
    if not browser:
        sys.exit(
            "There is no browser that the tests can start, and transcripts are opened in one. Install Chromium (or, on "
            f"Debian, {PACKAGE}), or set CHROMIUM to its program."
        )
    print(f"Browser for the tests: {browser}")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"Installing a browser failed (exit {error.returncode}); what went wrong is said above.")
