"""Taking secrets out of text that is about to be written down.

Libraries put URLs and headers into errors and log lines as they see fit, and some of those open
doors: the bot's token, the keys, the tokens of interactions and webhooks, signed links. What is
known by its value is found by it, and the rest by its form.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote, urlsplit

from pydantic import SecretStr

from bot.config import Settings

GONE = "[hidden]"
_SHORTEST = 6
"""Shorter values would be found all over the place."""

_FORMS = (
    # Discord docs, Interactions and Webhooks: whoever has these URLs may answer and post.
    re.compile(r"(?<=/interactions/)(\d+/)[^/\s\"'?#]+"),
    re.compile(r"(?<=/webhooks/)(\d+/)[^/\s\"'?#]+"),
    re.compile(
        r"(?i)([?&;](?:hm|sig|signature|token|key|api_key|password|x-amz-[a-z-]+|x-goog-[a-z-]+)=)"
        r"[^&\s\"'<>]+"
    ),
    re.compile(
        r"(?i)(authorization[\"']?\s*[:=,]\s*[\"']?(?:(?:bot|key|bearer|basic)\s+)?)[^\s\"',}]+"
    ),
    re.compile(r"(://)[^/\s:@]+:[^/\s@]+(?=@)"),
)


class Scrubber:
    """Knows what must not be written down.

    Args:
        secrets: Values that are secret wherever they stand.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {one for one in secrets if len(one) >= _SHORTEST}
        spellings = known | {quote(one, safe="") for one in known}
        longest_first = sorted(spellings, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if known else None

    @classmethod
    def of(cls, settings: Settings) -> Scrubber:
        """Learn the secrets of the settings."""
        return cls(_secrets(settings))

    def clean(self, text: str) -> str:
        """Give a text without secrets."""
        if self._known is not None:
            text = self._known.sub(GONE, text)
        for form in _FORMS:
            text = form.sub(rf"\g<1>{GONE}", text)
        return text


class ScrubbingFormatter(logging.Formatter):
    """Writes what another formatter does, tracebacks included, without secrets."""

    def __init__(self, inner: logging.Formatter, scrubber: Scrubber) -> None:
        super().__init__()
        self._inner = inner
        self._scrubber = scrubber

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        return self._scrubber.clean(self._inner.format(record))


def _secrets(settings: Settings) -> Iterator[str]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
            # The second half of a fal key is the secret one; the first only names it.
            yield from value.get_secret_value().split(":")[1:]
    if password := urlsplit(settings.database_url).password:
        yield from (password, unquote(password))
