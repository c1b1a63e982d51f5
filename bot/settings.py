"""The settings of the process: read once from the environment and ``.env``, passed on by constructors.

Every setting is one variable: `database.pool_size` is ``DATABASE_POOL_SIZE``. ``.env.example`` lists them all, and a
test holds that list to these models.
"""

from __future__ import annotations

import difflib
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.db.config import DatabaseConfig
from bot.domain.backups import Retention
from bot.domain.features import Feature


class SettingsError(Exception):
    """The settings can't be used; the message is one line per variable, without any secret."""


def _numbers(value: object) -> object:
    if not isinstance(value, str):
        return value
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise ValueError("expected numbers with commas between them")
    return frozenset(int(part) for part in parts)


def _features(value: object) -> object:
    """``economy`` or ``all``, several with commas between them, for those whom lists of JSON would surprise."""
    if not isinstance(value, str):
        return value
    names = frozenset(part.strip().lower() for part in value.split(",") if part.strip())
    known = [feature.value for feature in Feature]
    if names - {*known, "all"}:
        raise ValueError(f"expected all, or some of {', '.join(known)}")
    return names


def _link(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"https://[^\s/]+\.[^\s]{1,400}", value):
        raise ValueError("expected an address that begins with https://")
    return value


Link = Annotated[str | None, BeforeValidator(_link)]
Features = Annotated[frozenset[str], NoDecode, BeforeValidator(_features)]
Numbers = Annotated[frozenset[int], NoDecode, BeforeValidator(_numbers)]
"""Several whole numbers, written with commas between them."""


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True)


class DiscordSettings(_Group):
    """How to reach Discord."""

    token: SecretStr | None = Field(default=None, description="The bot's token, from the Developer Portal.")
    token_file: Path | None = Field(default=None, description="A file that holds the token, instead of DISCORD_TOKEN.")
    api_url: str | None = Field(
        default=None,
        description="Another address of Discord's HTTP API, for a proxy; without the version.",
    )

    @field_validator("api_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"https?://[^/]+", value):
            raise ValueError("expected an address that begins with https:// or http://")
        return value.rstrip("/") if value else None


def _check_parameters(config: DatabaseConfig) -> None:
    """Refuse what neither driver knows: it would come up as a fault at the first connection."""
    query = config.parsed.query
    known = {"uri"} if config.is_sqlite else {"sslmode", "host"}
    strange = sorted(query.keys() - known)
    if strange:
        names = " and ".join(sorted(known))
        raise ValueError(f"expected no parameter after the ? but {names}, and there is {strange[0]!r}")
    if query.get("sslmode", "prefer") not in _SSL_MODES:
        raise ValueError(f"expected an sslmode of {', '.join(_SSL_MODES)}")


_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


class DatabaseSettings(_Group):
    """The database. Times are in seconds."""

    url: SecretStr | None = Field(
        default=None,
        description="postgresql://user:password@host/name; empty: an SQLite file in DATA_DIR.",
    )
    direct_url: SecretStr | None = Field(
        default=None, description="PostgreSQL without a pooler in between, for migrations and locks."
    )
    password_file: Path | None = Field(
        default=None, description="A file that holds the password, for addresses of PostgreSQL that have none."
    )
    pool_size: int = Field(default=10, ge=1, le=100, description="PostgreSQL: connections kept open.")
    pool_overflow: int = Field(default=0, ge=0, le=100, description="PostgreSQL: further ones, closed after use.")
    pool_wait: float = Field(default=2.0, gt=0, le=60, description="How long a command waits for a connection.")
    connect_timeout: float = Field(default=2.0, gt=0, le=60, description="How long connecting may take.")
    statement_timeout: float = Field(default=10.0, gt=0, le=600, description="How long one statement may take.")
    idle_timeout: float = Field(default=300.0, gt=0, description="PostgreSQL: when an idle connection is replaced.")
    start_timeout: float = Field(default=60.0, ge=0, description="How long to wait for the database at start.")
    synchronous: Literal["full", "normal"] = Field(
        default="full",
        description="SQLite: full waits for the disk at each commit; normal may lose the last ones in a power cut.",
    )
    prepared_statements: bool = Field(
        default=True, description="PostgreSQL: false behind pgbouncer in transaction mode before 1.21."
    )

    @field_validator("url", "direct_url")
    @classmethod
    def _known_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        url = value.get_secret_value()
        if url.startswith("sqlite") and not re.match(r"sqlite(\+aiosqlite)?:///[^:?]", url):
            raise ValueError("expected a file after sqlite:///, such as sqlite:///data/folkmoot.db")
        for prefix, driver in (("postgresql", "postgresql+asyncpg"), ("postgres", ""), ("sqlite", "sqlite+aiosqlite")):
            if url.startswith(f"{prefix}://"):
                url = f"{driver or 'postgresql+asyncpg'}://{url.split('://', 1)[1]}"
        if not url.startswith(("postgresql+asyncpg://", "sqlite+aiosqlite://")):
            raise ValueError("expected an address that begins with postgresql:// or sqlite://")
        try:
            config = DatabaseConfig(url=url)
            _ = config.is_sqlite and config.sqlite_path
        except (ArgumentError, ValueError):
            raise ValueError(
                "expected an address such as postgresql://user:password@host:5432/name or sqlite:////folder/file"
            ) from None
        _check_parameters(config)
        return SecretStr(url)


class ShardSettings(_Group):
    """Which part of the guilds this process serves."""

    count: int | None = Field(default=None, ge=1, le=100_000, description="Shards in all; empty: what Discord advises.")
    ids: Numbers = Field(default=frozenset(), description="The shards of this process, such as 0,1; empty: all.")


class BackupSettings(_Group):
    """Backups that the bot makes by itself."""

    every_hours: int = Field(default=6, ge=0, le=168, description="Hours between two automatic backups; 0: none.")
    keep_days: int = Field(default=7, ge=0, le=365, description="Days whose automatic backups are all kept.")
    keep_daily: int = Field(default=30, ge=0, le=3650, description="Days before those, with one backup each.")
    keep_weekly: int = Field(default=52, ge=0, le=1000, description="Weeks before those, with one backup each.")

    @property
    def every(self) -> timedelta:
        """The time between two backups; zero: none are made."""
        return timedelta(hours=self.every_hours)

    @property
    def retention(self) -> Retention:
        """Which are kept."""
        return Retention(whole_days=self.keep_days, daily=self.keep_daily, weekly=self.keep_weekly)


class LogSettings(_Group):
    """What the process says about itself."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least that is said.")
    format: Literal["auto", "text", "json"] = Field(
        default="auto", description="json for machines, text for people; auto: text on a terminal."
    )


class LinksSettings(_Group):
    """Where people find more about this installation; shown by /about."""

    source: Link = Field(default=None, description="The address of the source code that runs.")
    support: Link = Field(default=None, description="Where people get help, such as an invitation to a server.")
    privacy: Link = Field(default=None, description="The operator's privacy policy.")
    docs: Link = Field(default=None, description="What people may read about the commands, such as these docs.")


class MetricsSettings(_Group):
    """Where the process tells how it is."""

    port: int | None = Field(
        default=None, ge=1, le=65_535, description="The port of /health and /metrics; empty: none."
    )
    host: str = Field(default="127.0.0.1", description="The address they are served at; 0.0.0.0 inside a container.")


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_file_encoding="utf-8",
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,
    )

    discord: DiscordSettings = DiscordSettings()
    database: DatabaseSettings = DatabaseSettings()
    shard: ShardSettings = ShardSettings()
    backup: BackupSettings = BackupSettings()
    log: LogSettings = LogSettings()
    links: LinksSettings = LinksSettings()
    metrics: MetricsSettings = MetricsSettings()
    data_dir: Path = Field(default=Path("data"), description="Where the database file and other files are kept.")
    allowed_guild_ids: Numbers = Field(
        default=frozenset(), description="Only these servers are served and others left, such as 1,2; empty: all."
    )
    default_features: Features = Field(
        default=frozenset(), description="Features that servers have until they choose, such as economy; or all."
    )
    guild_retention_days: int = Field(default=90, ge=0, le=3650, description="How long a server that was left is kept.")
    command_log_days: int = Field(
        default=30, ge=1, le=3650, description="How long it is kept who used which command, without what they wrote."
    )
    incident_days: int = Field(default=90, ge=1, le=3650, description="How long incidents are kept.")
    xp_change_days: int = Field(default=90, ge=31, le=3650, description="How long staff's changes of XP are kept.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 — the hook's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 — tokens have a file of their own
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read known variables only: an unrelated ``LOG`` in the environment is not our group of that name."""
        known = {name.lower() for name in variables()}
        for source in (env_settings, dotenv_settings):
            if isinstance(source, EnvSettingsSource):
                source.env_vars = {name: value for name, value in source.env_vars.items() if name.lower() in known}
        return init_settings, env_settings, dotenv_settings

    @property
    def guild_retention(self) -> timedelta:
        """How long a guild's data is kept after leaving."""
        return timedelta(days=self.guild_retention_days)

    def token(self) -> SecretStr | None:
        """The token, from its variable or its file; None if there is neither.

        Raises:
            SettingsError: the file can't be read or is empty.
        """
        if self.discord.token is not None or self.discord.token_file is None:
            return self.discord.token
        return SecretStr(_secret_in("DISCORD_TOKEN_FILE", self.discord.token_file))

    def database_config(self) -> DatabaseConfig:
        """What the database room needs to know.

        Raises:
            SettingsError: the file with the password is needed, and can't be read or is empty.
        """
        found = self.database
        file_url = f"sqlite+aiosqlite:///{(self.data_dir / 'folkmoot.db').resolve()}"
        return DatabaseConfig(
            url=self._complete(found.url) or file_url,
            direct_url=self._complete(found.direct_url),
            pool_size=found.pool_size,
            pool_overflow=found.pool_overflow,
            pool_wait=found.pool_wait,
            connect_timeout=found.connect_timeout,
            statement_timeout=found.statement_timeout,
            idle_timeout=found.idle_timeout,
            synchronous_full=found.synchronous == "full",
            prepared_statements=found.prepared_statements,
        )

    def _complete(self, url: SecretStr | None) -> str | None:
        """An address of the database, with the password from its file where it has none."""
        if url is None:
            return None
        parsed, file = make_url(url.get_secret_value()), self.database.password_file
        if file is None or parsed.password is not None or parsed.get_backend_name() == "sqlite":
            return url.get_secret_value()
        return parsed.set(password=_secret_in("DATABASE_PASSWORD_FILE", file)).render_as_string(hide_password=False)

    def secrets(self) -> list[str]:
        """Every secret in these settings, for the log to hide.

        Raises:
            SettingsError: a file that holds one can't be read or is empty.
        """
        token = self.token()
        found = [self._complete(url) for url in (self.database.url, self.database.direct_url)]
        urls = [make_url(url) for url in found if url]
        passwords = [str(url.password) for url in urls if url.password]
        whole = [url.render_as_string(hide_password=False) for url in urls if url.password]
        return [*([token.get_secret_value()] if token else []), *whole, *passwords]

    def known_secrets(self) -> list[str]:
        """`secrets`, as far as the files that hold them can be read."""
        discord, database = self.discord, self.database
        try:
            self.token()
        except SettingsError:
            discord = discord.model_copy(update={"token_file": None})
        try:
            self.database_config()
        except SettingsError:
            database = database.model_copy(update={"password_file": None})
        return self.model_copy(update={"discord": discord, "database": database}).secrets()


def _secret_in(variable: str, file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise SettingsError(f"{variable}: found {str(file)!r}, which can't be read ({reason})") from error
    if not text:
        raise SettingsError(f"{variable}: found {str(file)!r}, which is empty")
    return text


def variables(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, Any]:
    """Every variable and the field behind it, in the order of the models."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= variables(kind, f"{prefix}{name.upper()}_")
        else:
            found[f"{prefix}{name.upper()}"] = field
    return found


def load(env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings from the environment and `env_file`.

    Raises:
        SettingsError: a value that can't be used, or a key in the file that no setting has.
    """
    problems = _unknown_keys(env_file) if env_file is not None else []
    try:
        settings = Settings(_env_file=env_file)  # pyright: ignore[reportCallIssue] — pydantic-settings' own argument
    except ValidationError as error:
        problems += [_explain(dict(detail)) for detail in error.errors()]
        raise SettingsError("\n".join(problems)) from None
    if problems:
        raise SettingsError("\n".join(problems))
    if settings.shard.ids and settings.shard.count is None:
        raise SettingsError("SHARD_IDS: found without SHARD_COUNT, expected both, or SHARD_COUNT alone, or neither")
    if settings.shard.count is not None and any(shard >= settings.shard.count for shard in settings.shard.ids):
        found = ",".join(str(shard) for shard in sorted(settings.shard.ids))
        raise SettingsError(f"SHARD_IDS: found {found!r}, expected numbers below SHARD_COUNT={settings.shard.count}")
    return settings


def _unknown_keys(env_file: Path) -> list[str]:
    if not env_file.is_file():
        return []
    known = variables()
    problems: list[str] = []
    for key in dotenv_values(env_file, encoding="utf-8"):
        if key.upper() in known:
            continue
        near = difflib.get_close_matches(key.upper(), known, n=1)
        hint = f"did you mean {near[0]}?" if near else "see .env.example for all of them"
        problems.append(f"{key}: found in {env_file}, but there is no such setting; {hint}")
    return problems


def _explain(detail: dict[str, Any]) -> str:
    """One line: the variable, what was found (never a secret) and what is expected."""
    name = "_".join(str(part) for part in detail["loc"]).upper()
    field = variables().get(name)
    found = os.environ.get(name, detail["input"])
    shown = "a value that is not shown" if field is None or "Secret" in str(field.annotation) else repr(found)
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    expected = message.removeprefix("expected ")
    return f"{name}: found {shown}, expected {expected}"
