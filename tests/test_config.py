"""Settings: where they come from, what they are when nobody sets them, and what they never show."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.config import Settings
from tests import environment

TOKEN, KEY = "discord-token-of-mine", "fal-id:fal-secret-of-mine"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting, no `.env`."""
    environment.empty(monkeypatch, tmp_path)


def test_everything_but_the_secrets_has_a_working_default() -> None:
    """An operator sets two keys and nothing else."""
    settings = Settings()

    assert (settings.discord_token, settings.fal_key) == (None, None)
    assert settings.store_url == "sqlite:///data/minstrel.db"
    assert settings.discord_api_url == "https://discord.com/api/v10"
    assert settings.fal_queue_url == "https://queue.fal.run"
    assert settings.minstrel_max_active == 2
    assert settings.minstrel_limits is True
    assert settings.minstrel_health_port is None
    assert settings.minstrel_sandbox_port == 8420


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are as documented, in upper case."""
    for name, value in {
        "DISCORD_TOKEN": TOKEN,
        "FAL_KEY": KEY,
        "DATABASE_URL": "postgresql://db/minstrel",
        "DISCORD_GUILD_IDS": "1, 22 333",
        "MINSTREL_LIMITS": "off",
        "MINSTREL_MAX_ACTIVE": "7",
        "MINSTREL_GUILD_MONTHLY_USD": "12.50",
    }.items():
        monkeypatch.setenv(name, value)

    settings = Settings()

    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == TOKEN
    assert settings.store_url == "postgresql://db/minstrel"
    assert settings.discord_guild_ids == (1, 22, 333)
    assert settings.minstrel_limits is False
    assert settings.minstrel_max_active == 7
    assert settings.minstrel_guild_monthly_usd == Decimal("12.50")


def test_the_file_is_read_and_the_environment_is_stronger(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set for one start beats what stands in `.env`."""
    Path(".env").write_text("MINSTREL_MAX_ACTIVE=3\nMINSTREL_LOG_LEVEL=DEBUG\n")
    monkeypatch.setenv("MINSTREL_MAX_ACTIVE", "4")

    settings = Settings()

    assert settings.minstrel_max_active == 4
    assert settings.minstrel_log_level == "DEBUG"


def test_an_empty_setting_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files hand on `FAL_KEY=` for what was never filled in."""
    monkeypatch.setenv("FAL_KEY", "")
    monkeypatch.setenv("MINSTREL_HEALTH_PORT", "")

    settings = Settings()

    assert settings.fal_key is None
    assert settings.minstrel_health_port is None


def test_a_pasted_secret_may_end_in_a_newline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider would answer 401 to it."""
    monkeypatch.setenv("FAL_KEY", f" {KEY}\n")

    settings = Settings()

    assert settings.fal_key is not None
    assert settings.fal_key.get_secret_value() == KEY


@pytest.mark.parametrize("name", ["DISCORD_API_URL", "FAL_QUEUE_URL", "FAL_REST_URL"])
def test_a_base_url_may_end_in_a_slash(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Paths are appended with one slash, however it was written."""
    monkeypatch.setenv(name, "http://127.0.0.1:8420/somewhere/")

    assert getattr(Settings(), name.lower()) == "http://127.0.0.1:8420/somewhere"


def test_the_data_folder_says_where_the_database_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """One setting moves everything that is kept."""
    monkeypatch.setenv("MINSTREL_DATA_DIR", "/srv/minstrel")

    assert Settings().store_url == "sqlite:////srv/minstrel/minstrel.db"


@pytest.mark.parametrize("show", [repr, str, lambda one: one.model_dump_json()])
def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch, show: type[str]) -> None:
    """Settings end up in logs and reports; the secrets in them must not."""
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("FAL_KEY", KEY)

    shown = show(Settings())

    assert TOKEN not in shown
    assert "secret-of-mine" not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MINSTREL_MAX_ACTIVE", "0"),
        ("MINSTREL_MAX_ACTIVE", "many"),
        ("MINSTREL_HEALTH_PORT", "99999"),
        ("MINSTREL_LOG_LEVEL", "LOUD"),
        ("MINSTREL_LIMITS", "perhaps"),
        ("DISCORD_GUILD_IDS", "my server"),
        ("MINSTREL_GUILD_MONTHLY_USD", "-1"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A typing mistake is found at the start, not in the middle of a night."""
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError) as caught:
        Settings()

    assert caught.value.errors()[0]["loc"] == (name.lower(),)


def test_settings_do_not_change_once_they_are_read() -> None:
    """They are built once, and passed down."""
    with pytest.raises(ValidationError):
        Settings().minstrel_max_active = 9  # type: ignore[misc]
