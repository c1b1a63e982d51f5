"""The files that an operator deploys with agree with the code: settings, commands, patience, and who may do what."""

from __future__ import annotations

import fnmatch
import json
import re
import subprocess
import sys
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from bot.__main__ import app
from bot.cli.support import BAD_SETTINGS
from bot.db import migrations
from bot.process import PATIENCE
from bot.settings import Settings, load, variables

ROOT = Path(__file__).parents[2]
COMPOSE = ("compose.yaml", "compose.sqlite.yaml")
PYTHON_S_OWN = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
STEPS_OF_STOPPING = 30.0
"""Seconds for what comes after `PATIENCE`."""


def compose(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def services(name: str, *, ours: bool | None = None) -> dict[str, dict[str, Any]]:
    """All services of a file, or those that are made of our image, or those that are not."""
    found: dict[str, dict[str, Any]] = compose(name)["services"]
    return {key: one for key, one in found.items() if ours is None or ("build" in one) is ours}


def stages() -> dict[str, list[tuple[str, str]]]:
    """The instructions of the Dockerfile under the name of their stage."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    found: dict[str, list[tuple[str, str]]] = {}
    stage: list[tuple[str, str]] = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            word, rest = line.split(None, 1)
            if word == "FROM":
                stage = found[rest.split(" AS ")[1]] = []
            stage.append((word, rest))
    return found


def image(target: str) -> dict[str, list[str]]:
    """What holds in an image, its parents' instructions first."""
    found, all_stages = defaultdict[str, list[str]](list), stages()
    parent = all_stages[target][0][1].split(" AS ")[0]
    for word, rest in [*all_stages.get(parent, []), *all_stages[target]]:
        found[word].append(rest)
    return found


def unit() -> dict[str, list[str]]:
    found = defaultdict[str, list[str]](list)
    for line in (ROOT / "deploy" / "folkmoot.service").read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith(("#", ";")):
            key, value = line.split("=", 1)
            found[key].append(value)
    return found


# The image ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["folkmoot", "postgres"])
def test_the_image_runs_as_nobody_special_and_hears_its_signals(target: str) -> None:
    made = image(target)
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", made["USER"][-1])
    assert stages()[target][-1][0] == "USER", "what comes after would run as that user"
    assert json.loads(made["ENTRYPOINT"][-1]) == ["python", "-m", "bot"]  # a list: no shell, so it is process 1
    assert json.loads(made["CMD"][-1]) == ["run"]
    health = json.loads(made["HEALTHCHECK"][-1].split(" CMD ")[1])
    assert health == ["python", "-m", "bot", "health"]
    assert made["VOLUME"] == ["/data"]
    installed = " ".join(made["RUN"])
    assert not re.search(r"\b(gcc|g\+\+|build-essential|make|git|curl|pip)\b", installed)


def test_the_last_stage_is_the_small_one_and_every_base_is_named_by_its_version() -> None:
    assert list(stages())[-1] == "folkmoot"
    bases = [found[0][1].split(" AS ")[0] for found in stages().values()]
    assert {base for base in bases if base not in stages()} == {"python:3.13-slim-trixie"}


def test_packages_are_checked_against_their_hashes_and_none_is_compiled() -> None:
    [install] = [rest for word, rest in stages()["build"] if word == "RUN" and "run.txt" in rest]
    assert "--require-hashes" in install
    assert "--only-binary :all:" in install


def test_the_image_sets_nothing_that_is_no_setting() -> None:
    named = {name for rest in image("postgres")["ENV"] for name in re.findall(r"(\w+)=", rest)}
    assert named - PYTHON_S_OWN == {"DATA_DIR"}
    assert {"DATA_DIR"} <= set(variables())


def test_the_builder_sees_what_it_needs_and_no_secret() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"

    def sent(path: str) -> bool:
        seen = False
        for rule in rules:
            pattern = rule.removeprefix("!").removeprefix("**/")
            if any(fnmatch.fnmatch(part, pattern) for part in path.split("/")):
                seen = rule.startswith("!")
        return seen

    needed = ["bot/__init__.py", "alembic/env.py", "pyproject.toml", "requirements/run.txt", "README.md", "LICENSE"]
    assert all(sent(path) for path in needed)
    assert not [path for path in (".env", "secrets/token", "data/folkmoot.db", ".git/config") if sent(path)]


def test_the_wheel_that_goes_into_the_image_works_without_the_sources(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    asked = subprocess.run(
        [sys.executable, "-m", "bot", "db", "upgrade"],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "site"), "DATA_DIR": str(tmp_path / "data")},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert (asked.returncode, asked.stdout) == (0, f"at {migrations.head()}\n"), asked.stderr
    catalogues = {path.relative_to(ROOT) for path in (ROOT / "bot" / "locale").rglob("*.po")}
    assert all((tmp_path / "site" / path).is_file() for path in catalogues)


# Compose ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_sets_only_what_is_a_setting_and_the_bot_can_use_it(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secrets = compose(name)["secrets"]
    for service in services(name, ours=True).values():
        for variable in variables():
            monkeypatch.delenv(variable, raising=False)
        given: dict[str, str] = service["environment"]
        assert set(given) <= set(variables())
        for variable, value in given.items():
            if value.startswith("/run/secrets/"):
                secret = value.removeprefix("/run/secrets/")
                assert secret in service["secrets"]
                assert secret in secrets
                (tmp_path / secret).write_text(f"word-of-{secret}\n")
                given[variable] = str(tmp_path / secret)
            monkeypatch.setenv(variable, given[variable])
        settings: Settings = load(None)
        assert settings.data_dir == Path("/data")
        assert "data:/data" in service["volumes"]
        config = settings.database_config()
        if "DATABASE_URL" in given:
            assert config.parsed.host in services(name)
            assert config.parsed.password == "word-of-" + Path(given["DATABASE_PASSWORD_FILE"]).name
            roles = (ROOT / "deploy" / "postgres-roles.sql").read_text(encoding="utf-8")
            assert f"'{config.parsed.username}'" in roles


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_keeps_secrets_in_files_that_git_and_the_builder_never_see(name: str) -> None:
    assert all(one["file"].startswith("./secrets/") for one in compose(name)["secrets"].values())
    assert "secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    for service in services(name).values():
        for variable, value in service["environment"].items():
            assert not re.search(r"PASSWORD$|TOKEN$", variable)
            assert not re.search(r"//\w+:\w+@", value)


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_bounds_everything_and_opens_no_port(name: str) -> None:
    for key, service in services(name).items():
        assert "ports" not in service
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
        assert "no-new-privileges:true" in service["security_opt"]
        assert service["restart"] == ("no" if key == "migrate" else "unless-stopped")
        assert re.fullmatch(r"\d+(s|m)", service["stop_grace_period"])
    for service in services(name, ours=True).values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["tmpfs"] == ["/tmp"]  # noqa: S108 — the container's own
        assert service["build"] == "." or service["build"]["target"] in stages()
    bot = services(name)["bot"]
    assert float(bot["stop_grace_period"].removesuffix("s")) >= PATIENCE + STEPS_OF_STOPPING


def test_the_bot_waits_for_a_database_that_answers_and_is_migrated_by_its_owner() -> None:
    found = services("compose.yaml")
    assert found["bot"]["depends_on"] == {
        "postgres": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }
    assert "test" in found["postgres"]["healthcheck"]
    assert re.fullmatch(r"postgres:\d+", found["postgres"]["image"])
    major = found["postgres"]["image"].split(":")[1]
    assert f"postgresql-client-{major}" in " ".join(image("postgres")["RUN"])
    assert "folkmoot_owner@" in found["migrate"]["environment"]["DATABASE_URL"]
    assert "folkmoot_app@" in found["bot"]["environment"]["DATABASE_URL"]
    assert "owner_password" not in found["bot"]["secrets"]
    mounted = [volume.split(":")[0] for volume in found["postgres"]["volumes"] if volume.startswith("./")]
    assert len(mounted) == 2
    assert all((ROOT / path).is_file() for path in mounted)


def test_every_command_that_is_deployed_exists() -> None:
    command: Any = typer.main.get_command(app)
    assert "run" in command.commands
    for word in services("compose.yaml")["migrate"]["command"]:
        if word.startswith("--"):
            assert word in [option for one in command.params for option in one.opts]
        else:
            command = command.commands[word]


# systemd ------------------------------------------------------------------------------------------------


def test_the_unit_sets_only_what_is_a_setting_and_reads_the_token_as_a_credential() -> None:
    found = unit()
    named = dict(one.split("=", 1) for one in found["Environment"])
    assert set(named) - PYTHON_S_OWN == {"DISCORD_TOKEN_FILE"}
    assert set(named) - PYTHON_S_OWN <= set(variables())
    [credential] = found["LoadCredential"]
    assert named["DISCORD_TOKEN_FILE"] == f"%d/{credential.split(':')[0]}"
    assert "DATABASE_PASSWORD_FILE" in variables()  # named in its comment


def test_the_unit_restarts_what_may_get_better_and_waits_for_a_stop() -> None:
    found = unit()
    assert found["Restart"] == ["on-failure"]
    assert found["RestartPreventExitStatus"] == [str(BAD_SETTINGS)]
    assert float(found["TimeoutStopSec"][0]) >= PATIENCE + STEPS_OF_STOPPING
    assert found["ExecStart"][0].endswith("/.venv-run/bin/folkmoot run")
    assert found["WorkingDirectory"] == [f"/var/lib/{found['StateDirectory'][0]}"]


def test_the_unit_lets_the_bot_do_nothing_that_it_does_not_need() -> None:
    found = unit()
    for key in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "MemoryDenyWriteExecute"):
        assert found[key] == ["yes"], key
    assert found["ProtectSystem"] == ["strict"]
    assert found["CapabilityBoundingSet"] == [""]
    assert found["SystemCallFilter"][0] == "@system-service"
    assert found["User"] == ["folkmoot"]
