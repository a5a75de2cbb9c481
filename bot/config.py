"""Settings, read once from the environment and `.env`, and passed down from there."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.domain.cluster import Cluster
from bot.errors import StartupError


class Settings(BaseSettings):
    """Every setting an operator has. Names are the environment variables, in lower case."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    discord_token: SecretStr | None = None
    fal_key: SecretStr | None = None

    minstrel_role: Literal["all", "gateway", "worker"] = "all"
    minstrel_cluster: Annotated[Cluster, NoDecode] = Cluster()
    minstrel_shards: Annotated[int, Field(ge=1)] | None = None
    minstrel_lease_seconds: Annotated[int, Field(ge=2, le=300)] = 30

    database_url: str = Field(default="", repr=False)  # it may hold a password
    discord_api_url: str = "https://discord.com/api/v10"
    discord_gateway_url: str | None = None
    discord_guild_ids: Annotated[tuple[int, ...], NoDecode] = ()

    fal_queue_url: str = "https://queue.fal.run"
    fal_rest_url: str = "https://rest.fal.ai"
    fal_api_url: str = "https://api.fal.ai/v1"

    novakit_api_key: SecretStr | None = None
    novakit_url: str = "https://www.novakit.ai/api/v1"
    nur_api_key: SecretStr | None = None
    nur_url: str | None = None

    minstrel_max_active: Annotated[int, Field(ge=1, le=1000)] = 2
    minstrel_limits: bool = True
    minstrel_lean: bool = False
    minstrel_unknown_grace: Annotated[int, Field(ge=1)] | None = None
    minstrel_data_dir: Path = Path("data")
    minstrel_log_format: Literal["text", "json"] = "text"
    minstrel_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    minstrel_sandbox_port: Annotated[int, Field(ge=0, le=65535)] = 8420
    minstrel_health_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    minstrel_public_url: str | None = None
    minstrel_webhook_port: Annotated[int, Field(ge=1, le=65535)] = 8422
    minstrel_operator_id: Annotated[int, Field(ge=1)] | None = None

    minstrel_keep_days: Annotated[float, Field(ge=0)] = 30
    minstrel_keep_gigabytes: Annotated[float, Field(ge=0)] = 10
    minstrel_retention_days: Annotated[int, Field(ge=1, le=36500)] | None = None
    minstrel_grace_days: Annotated[float, Field(ge=0, le=365)] = 7

    minstrel_guild_per_hour: Annotated[int, Field(ge=1)] = 120
    minstrel_guild_at_once: Annotated[int, Field(ge=1)] = 20
    minstrel_guild_daily_usd: Annotated[Decimal, Field(ge=0)] = Decimal(10)
    minstrel_guild_monthly_usd: Annotated[Decimal, Field(ge=0)] = Decimal(25)
    minstrel_user_per_hour: Annotated[int, Field(ge=1)] = 30
    minstrel_user_at_once: Annotated[int, Field(ge=1)] = 5
    minstrel_user_daily_usd: Annotated[Decimal, Field(ge=0)] = Decimal(5)
    minstrel_user_monthly_usd: Annotated[Decimal, Field(ge=0)] = Decimal(15)

    @field_validator("discord_guild_ids", mode="before")
    @classmethod
    def _split_ids(cls, value: object) -> object:
        """Accept ids separated by commas or spaces."""
        if not isinstance(value, str):
            return value
        parts = value.replace(",", " ").split()
        if not all(part.isdecimal() for part in parts):
            raise PydanticCustomError("ids", "It takes ids of servers, which are numbers")
        return tuple(int(part) for part in parts)

    @field_validator("minstrel_cluster", mode="before")
    @classmethod
    def _read_cluster(cls, value: object) -> object:
        """Accept "1/3": the first process of three."""
        if not isinstance(value, str):
            return value
        try:
            return Cluster.parse(value)
        except ValueError as error:
            raise PydanticCustomError(
                "cluster", "It takes a number and how many there are, such as 1/3"
            ) from error

    @model_validator(mode="after")
    def _needs_a_shared_database(self) -> Self:
        """Refuse several processes on a SQLite file before one of them waits for its lock."""
        is_one_of_several = self.minstrel_role != "all" or self.minstrel_cluster.count > 1
        if is_one_of_several and not self.store_url.startswith("postgres"):
            raise PydanticCustomError(
                "shared",
                "MINSTREL_ROLE and MINSTREL_CLUSTER are for several processes, and those need "
                "PostgreSQL: set DATABASE_URL to postgresql://user:password@host/name",
            )
        return self

    @field_validator("discord_token", "fal_key", "novakit_api_key", "nur_api_key", mode="before")
    @classmethod
    def _strip(cls, value: object) -> object:
        """Drop the newline that a pasted secret often ends in; fal answers 401 to it."""
        return (value.strip() or None) if isinstance(value, str) else value

    @field_validator("discord_api_url", "fal_queue_url", "fal_rest_url", "fal_api_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        """Let paths be appended with one slash, however the operator wrote the base."""
        return value.rstrip("/")

    @field_validator("minstrel_public_url")
    @classmethod
    def _is_reachable(cls, value: str | None) -> str | None:
        """Refuse what no provider could call."""
        if value is not None and not value.startswith(("https://", "http://")):
            raise PydanticCustomError("url", "It takes an address that starts with https://")
        return value

    @property
    def store_url(self) -> str:
        """Where the database is: as set, else a SQLite file in the data directory."""
        return self.database_url or f"sqlite:///{quote(str(self.minstrel_data_dir))}/minstrel.db"


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        StartupError: Naming the setting that is wrong, what was given, and what it takes.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = [_explain(one) for one in error.errors()]
        raise StartupError("The settings cannot be used. " + " ".join(problems)) from error


def _explain(problem: ErrorDetails) -> str:
    if not problem["loc"]:
        return f"{problem['msg']}."
    name = str(problem["loc"][0]).upper()
    is_secret = name.endswith(("_TOKEN", "_KEY"))
    given = "" if is_secret else f" It is set to {problem['input']!r}."
    return f"{name}: {problem['msg']}.{given}"
