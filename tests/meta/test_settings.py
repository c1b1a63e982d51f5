"""Settings: every one documented, every mistake named in a line, no secret ever shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, load, variables

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in variables():
        monkeypatch.delenv(name, raising=False)


def failure(env_file: Path | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load(env_file)
    return str(caught.value)


def test_the_example_lists_every_setting_with_its_default_and_nothing_else() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    listed = {match[1]: match[2] for line in lines if (match := re.fullmatch(r"#? ?([A-Z_]+)=(.*)", line))}
    assert list(listed) == list(variables())
    for name, field in variables().items():
        default = field.default
        shown = "" if default in (None, frozenset()) else str(default)
        shown = shown.lower() if isinstance(default, bool) else shown
        assert listed[name] == shown, name
        assert field.description, name


def test_every_setting_is_described_in_the_example_and_in_the_manual() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    manual = (ROOT / "docs" / "self-hosting.md").read_text(encoding="utf-8")
    for name, field in variables().items():
        assert f"# {field.description}" in example, name
        assert f"`{name}`" in manual, name


def test_without_any_setting_there_is_an_sqlite_file_in_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", "/somewhere")
    config = load(None).database_config()
    assert str(config.sqlite_path) == "/somewhere/folkmoot.db"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_POOL_SIZE", "many", "found 'many', expected a valid integer"),
        ("DATABASE_POOL_SIZE", "0", "found '0', expected greater than or equal to 1"),
        ("LOG_LEVEL", "loud", "found 'loud', expected 'debug', 'info'"),
        ("SHARD_IDS", "1,x", "found '1,x', expected numbers with commas"),
        ("DEFAULT_FEATURES", "coins", "found 'coins', expected all, or some of economy"),
        ("ALLOWED_GUILD_IDS", "mine", "found 'mine', expected numbers with commas"),
        ("DISCORD_API_URL", "discord", "found 'discord', expected an address"),
        ("DATABASE_PREPARED_STATEMENTS", "perhaps", "found 'perhaps', expected a valid boolean"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_found_and_expected(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    message = failure()
    assert message.startswith(f"{name}: {said}")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("foo=1", "expected no parameter after the ? but host and sslmode, and there is 'foo'"),
        ("sslmode=bogus", "expected an sslmode of disable, "),
    ],
)
def test_a_parameter_that_the_driver_would_stumble_over_is_refused(
    monkeypatch: pytest.MonkeyPatch, query: str, said: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://u:hunter2@h/d?{query}")
    assert said in failure()
    assert "hunter2" not in failure()


def test_a_wrong_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://root:hunter2@host/name")
    message = failure()
    assert message.startswith("DATABASE_URL: found a value that is not shown, expected an address that begins with")
    assert "hunter2" not in message


def test_a_key_that_no_setting_has_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("DISCORD_TOKNE=abc\nLOG_LEVEL=info\n", encoding="utf-8")
    message = failure(env_file)
    assert message.endswith("there is no such setting; did you mean DISCORD_TOKEN?")
    assert "abc" not in message


def test_strangers_in_the_environment_are_none_of_our_business(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOG", "LOG_DIR", "DATABASE", "DATABASE_HOST", "DISCORD", "SHARD"):
        monkeypatch.setenv(name, "{not ours")
    assert load(None) == Settings()


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("sqlite:////tmp/x.db", "sqlite+aiosqlite:////tmp/x.db"),
    ],
)
def test_the_usual_addresses_get_the_right_driver(monkeypatch: pytest.MonkeyPatch, url: str, driver: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert load(None).database_config().url == driver


def test_a_token_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-a-file\n", encoding="utf-8")
    monkeypatch.setenv("DISCORD_TOKEN_FILE", str(file))
    token = load(None).token()
    assert token is not None
    assert token.get_secret_value() == "from-a-file"
    file.write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"DISCORD_TOKEN_FILE: found .* which is empty"):
        load(None).token()
    file.unlink()
    with pytest.raises(SettingsError, match=r"which can't be read \(No such file"):
        load(None).token()


def test_no_secret_is_in_the_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "token-abcdef")
    monkeypatch.setenv("DATABASE_URL", "postgres://u:hunter2@h/d")
    settings = load(None)
    assert "token-abcdef" not in repr(settings) + str(settings.model_dump())
    assert "hunter2" not in repr(settings) + repr(settings.database_config())
    assert settings.secrets() == ["token-abcdef", "postgresql+asyncpg://u:hunter2@h/d", "hunter2"]


def test_shards_that_do_not_fit_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARD_IDS", "0,4")
    assert failure().startswith("SHARD_IDS: found without SHARD_COUNT")
    monkeypatch.setenv("SHARD_COUNT", "4")
    assert failure().startswith("SHARD_IDS: found '0,4', expected numbers below SHARD_COUNT=4")


def test_a_database_password_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("50% of @ll:/?\n", encoding="utf-8")
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(file))
    monkeypatch.setenv("DATABASE_URL", "postgres://u@h/d")
    monkeypatch.setenv("DATABASE_DIRECT_URL", "postgres://u:its-own@h/d")
    settings = load(None)
    config = settings.database_config()
    assert config.parsed.password == "50% of @ll:/?"  # noqa: S105 — a test's
    assert config.direct_url == "postgresql+asyncpg://u:its-own@h/d"
    assert {"50% of @ll:/?", "its-own"} <= set(settings.secrets())
    assert "50%" not in repr(config)

    file.unlink()
    with pytest.raises(SettingsError, match=r"DATABASE_PASSWORD_FILE: found .*, which can't be read \(No such file"):
        load(None).database_config()
    assert load(None).known_secrets() == ["postgresql+asyncpg://u:its-own@h/d", "its-own"]
    monkeypatch.setenv("DATABASE_URL", "sqlite:////tmp/x.db")
    monkeypatch.delenv("DATABASE_DIRECT_URL")
    assert load(None).database_config().is_sqlite  # which has no password, so the file is not looked for
