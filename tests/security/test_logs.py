"""Nothing that opens a door is written down, at any level, by anybody's logger."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest
from pydantic import SecretStr

from bot.config import Settings
from bot.logs import set_up_logging
from bot.scrubbing import GONE, Scrubber
from tests import environment

TOKEN = "MTIzNDU2.GabcDe.verysecrettokenpart"
KEY = "0b1c2d3e-key-id:5f6e7d8c9b0a-secret-half"
PASSWORD = "p4ss/word!"
SETTINGS = Settings(
    _env_file=None,
    discord_token=SecretStr(TOKEN),
    fal_key=SecretStr(KEY),
    novakit_api_key=SecretStr("sk_novakit_secret"),
    database_url="postgresql://minstrel:p4ss%2Fword%21@db.example/minstrel",
)

LEAKS = {
    "the token": (f"logging in with {TOKEN}", TOKEN),
    "the key": (f"Authorization: Key {KEY}", "secret-half"),
    "half of the key": ("the half 5f6e7d8c9b0a-secret-half alone", "secret-half"),
    "another key": ("sk_novakit_secret", "sk_novakit_secret"),
    "the password": (f"cannot connect as minstrel:{PASSWORD}", PASSWORD),
    "the database's URL": (SETTINGS.database_url, "p4ss"),
    "a header": ("{'Authorization': 'Bot abc.def.ghi'}", "abc.def.ghi"),
    "an interaction's token": (
        "POST https://discord.com/api/v10/interactions/123/aW50ZXJhY3Rpb24/callback",
        "aW50ZXJhY3Rpb24",
    ),
    "a webhook's token": (
        "PATCH https://discord.com/api/v10/webhooks/1/d2ViaG9vaw/messages/@original",
        "d2ViaG9vaw",
    ),
    "a signed link": (
        "https://cdn.discordapp.com/attachments/1/2/a.mp3?ex=66&is=65&hm=5ig4a7ure&x=1",
        "5ig4a7ure",
    ),
    "a link to storage": (
        "https://bucket.example/o?X-Goog-Signature=5ig4a7ure&X-Amz-Credential=cr3d",
        "5ig4a7ure",
    ),
    "a link with a name and a password": ("https://me:hunter22@files.example/a", "hunter22"),
}


@pytest.mark.parametrize("what", LEAKS)
def test_secrets_are_taken_out_wherever_they_stand(what: str) -> None:
    """By their value, or by their form."""
    line, secret = LEAKS[what]

    cleaned = Scrubber.of(SETTINGS).clean(line)

    assert secret not in cleaned
    assert GONE in cleaned


def test_what_is_no_secret_stays() -> None:
    """An operator has to find out what went wrong where."""
    line = "job 123: POST https://queue.fal.run/fal-ai/ace-step?logs=1 was answered with 503"

    assert Scrubber.of(SETTINGS).clean(line) == line


@pytest.mark.parametrize("form", ["text", "json"])
def test_every_logger_and_every_traceback_goes_the_same_way(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Libraries' loggers, arguments of messages and errors' own words included."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    settings = SETTINGS.model_copy(
        update={"minstrel_log_level": "DEBUG", "minstrel_log_format": form}
    )
    with environment.logging_as_it_was():
        set_up_logging(settings)
        for name in ("bot.jobs", "discord.http", "httpx", "httpcore.http11", "aiohttp.client"):
            for line, _secret in LEAKS.values():
                logging.getLogger(name).error("trouble: %s", line)
        error = ValueError(f"refused with {TOKEN}")
        logging.getLogger("bot").error("incident", exc_info=error)

    text = written.getvalue()
    assert text.count("trouble") == 5 * len(LEAKS)
    for _line, secret in LEAKS.values():
        assert secret not in text
    if form == "json":
        assert all(json.loads(line) for line in text.splitlines())
