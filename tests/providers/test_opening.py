"""Which providers there are, by the settings."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
from pydantic import SecretStr

from bot.config import Settings
from bot.errors import StartupError
from bot.providers.opening import open_fal, open_further
from tests.providers.far_end import ManualClock

FAL, OTHER = SecretStr("a:b"), SecretStr("sk_hidden")


async def opened(**settings: object) -> set[str]:
    """Open what these settings ask for, and give the names."""
    made = Settings(_env_file=None, **settings)  # type: ignore[arg-type]
    async with AsyncExitStack() as stack:
        fal = await open_fal(made, stack, clock=ManualClock())
        return set(await open_further(made, stack, clock=ManualClock(), fal=fal))


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, {"fal"}),
        ({"novakit_api_key": OTHER}, {"fal", "novakit"}),
        ({"nur_api_key": OTHER, "nur_url": "https://nur.example"}, {"fal", "nur"}),
        ({"nur_url": "https://nur.example"}, {"fal"}),
    ],
)
async def test_a_key_is_all_it_takes(settings: dict[str, object], names: set[str]) -> None:
    """And without it there is nothing."""
    assert await opened(fal_key=FAL, **settings) == names


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "FAL_KEY is not set"),
        ({"fal_key": FAL, "nur_api_key": OTHER}, "NUR_API_KEY is set, but NUR_URL is not"),
        (
            {"fal_key": FAL, "novakit_api_key": OTHER, "novakit_url": "here"},
            "NOVAKIT_URL is 'here'",
        ),
    ],
)
async def test_what_is_missing_is_named(settings: dict[str, object], words: str) -> None:
    """In one sentence, and without the key."""
    with pytest.raises(StartupError) as stopped:
        await opened(**settings)

    assert words in stopped.value.sentence
    assert "sk_hidden" not in stopped.value.sentence


def test_a_key_that_cannot_be_read_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pasted with a newline it is good; nothing prints it."""
    monkeypatch.setenv("NOVAKIT_API_KEY", " sk_secret\n")
    settings = Settings(_env_file=None)

    assert settings.novakit_api_key is not None
    assert settings.novakit_api_key.get_secret_value() == "sk_secret"
    assert "sk_secret" not in repr(settings)
