"""Make a virtual environment with exactly what a requirements file pins, and this project in it, once.

    python3 scripts/bootstrap.py .venv requirements/dev.txt

Standard library only. A stamp in the environment says what it was made from and is written last, so an interrupted
set-up is done again from the start. Python's own `venv` does the work; where Debian has cut `ensurepip` out of it,
the machine's pip works on the environment from outside. The machine's pip configuration is respected throughout.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMP = "folkmoot-stamp"
SETTINGS_THAT_MISLEAD = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV")
QUIET = ("-qq", "--disable-pip-version-check", "--no-input")

# The interpreter below an activated environment, which may be the very one to be replaced.
PYTHON = os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)


class SetupError(Exception):
    """The environment cannot be made; the message says why in a sentence."""


def run(*command: str | Path) -> None:
    """Run a program without the settings that would make pip install somewhere else."""
    environment = {key: value for key, value in os.environ.items() if key not in SETTINGS_THAT_MISLEAD}
    subprocess.run([str(part) for part in command], cwd=ROOT, env=environment, check=True)


def succeeds(*command: str | Path) -> bool:
    """Whether a program runs and ends well; what it says is kept quiet."""
    try:
        return subprocess.run([str(part) for part in command], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def fingerprint(venv: Path, requirements: Path) -> str:
    """Everything an environment depends on: the pins, the project's own table, the Python, and where it stands."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    parts = [
        Path(__file__).read_text(),
        requirements.read_text(),
        json.dumps([project["project"], project["build-system"]], sort_keys=True),
        PYTHON,
        sys.version,
        str(venv),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def installer(venv: Path) -> list[str | Path]:
    """Give the start of a pip command that installs into the environment; put a pip there as the last resort."""
    python = venv / "bin" / "python"
    if succeeds(python, "-m", "pip", "--version"):
        return [python, "-m", "pip"]
    if succeeds(PYTHON, "-m", "pip", "--python", python, "--version"):
        return [PYTHON, "-m", "pip", "--python", python]
    if succeeds(PYTHON, "-m", "pip", "--version"):  # older than 22.3
        packages = venv / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
        run(PYTHON, "-m", "pip", "install", *QUIET, "--target", packages, "pip")
        return [python, "-m", "pip"]
    raise SetupError(
        f"{PYTHON} has neither pip nor ensurepip: install one of them (Debian: apt-get install python3-venv)"
    )


def install(venv: Path, requirements: Path) -> None:
    """Install what the file pins, every archive checked against its hash."""
    run(*installer(venv), "install", *QUIET, "--require-hashes", "--requirement", requirements)


def create(venv: Path, requirements: Path) -> None:
    """Make the environment from nothing."""
    if venv.exists():
        shutil.rmtree(venv)
    if not succeeds(PYTHON, "-m", "venv", venv):
        run(PYTHON, "-m", "venv", "--clear", "--without-pip", venv)
    install(venv, requirements)
    run(*installer(venv), "install", *QUIET, "--no-deps", "--no-build-isolation", "--no-index", "--editable", ROOT)


@contextmanager
def alone(venv: Path) -> Iterator[None]:
    """Let one set-up of an environment run at a time; a second one waits and then finds it done."""
    folder = ROOT / ".cache"
    folder.mkdir(exist_ok=True)
    with (folder / f"{venv.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def once(stamp: Path, wanted: str, announcement: str, work: Callable[[], None]) -> None:
    """Do the work unless the stamp says that it is done; say so before and after."""
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(announcement, flush=True)
    started = time.monotonic()
    work()
    stamp.write_text(wanted)
    print(f"Done in {time.monotonic() - started:.0f} s.", flush=True)


def main(venv: Path, requirements: Path) -> None:
    """Make the environment if it is not there as wanted."""
    with alone(venv):
        once(
            venv / STAMP,
            fingerprint(venv, requirements),
            f"Setting up {venv.name} from {requirements.relative_to(ROOT)} with Python "
            f"{sys.version.split()[0]} (once, half a minute) ...",
            lambda: create(venv, requirements),
        )


if __name__ == "__main__":
    try:
        main(ROOT / sys.argv[1], ROOT / sys.argv[2])
    except SetupError as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(f"Setting up {sys.argv[1]} failed (exit {error.returncode}); what went wrong is said above.")
    except KeyboardInterrupt:
        sys.exit("Interrupted; the next call starts the set-up again.")
