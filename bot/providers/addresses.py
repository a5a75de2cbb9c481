"""Web addresses and ids as providers write them: what may be called, and what may be stored."""

from __future__ import annotations

import httpx

from bot.errors import StartupError

LONGEST_ID = 200


def checked_base(setting: str, url: str) -> str:
    """Give a base address without its last slash.

    Raises:
        StartupError: It is no web address; the sentence names the setting.
    """
    if parse_url(url) is None:
        raise StartupError(
            f"{setting} is {url!r}, which is no web address. Start it with https://."
        )
    return url.rstrip("/")


def parse_url(text: object) -> httpx.URL | None:
    """Read an absolute http(s) URL out of an answer; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL:
        return None
    return url if url.scheme in {"http", "https"} and url.host else None


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host, and port; httpx gives None for a scheme's default port."""
    return url.scheme, url.host.lower(), url.port


def is_id(value: object) -> bool:
    """Whether this can be a request's id: it goes into URLs and the database."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= LONGEST_ID
        and value.isascii()
        and value.isprintable()
        and not any(sign in value for sign in " /?#%\\")
    )
