"""What a platform's words for a billing unit mean, as one of our price formulas.

Units are free-form texts (fal docs, Platform API): "seconds", "30 seconds", "started minutes",
"audios", "generations". What is not understood for certain gives None, and nothing is guessed:
"compute seconds", say, are no seconds of audio.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from bot.catalogue.prices import PerRequest, PerTime, Price
from bot.domain.offers import ListedPrice

_TIMES: Mapping[str, int] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("hr", "hrs", "hour", "hours"), 3600),
}
_ONE_RESULT = frozenset(
    {
        *("audio", "audios", "song", "songs", "track", "tracks", "clip", "clips"),
        *("file", "files", "output", "outputs", "result", "results", "sound", "sounds"),
        *("audio file", "audio files", "sound effect", "sound effects", "music track"),
        *("music tracks", "audio clip", "audio clips"),
    }
)
_ONE_REQUEST = frozenset(
    {
        *("request", "requests", "generation", "generations", "call", "calls", "run", "runs"),
        *("api call", "api calls", "inference", "inferences", "audio generation"),
        *("audio generations", "music generation", "music generations"),
    }
)
_OF_SOURCE = frozenset({"input", "source"})
_BEGUN = frozenset({"started", "begun"})
_IDLE = frozenset({"output", "generated", "audio", "music"})
"""Say of what, where nothing else is possible."""

_COUNT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)[\s-]*(?=[a-z])(.*)", re.DOTALL)
_TAIL = re.compile(
    r"\s+of\s+(?:the\s+)?(?:(?P<which>input|source|output|generated)\s*)?(?:audio|music|sound)?$"
)
_BLOCKS = re.compile(r"\s+(?:blocks?|increments?|intervals?|chunks?|segments?)$")


def formula(listed: ListedPrice, known: Price) -> Price | None:
    """Turn a published price into a formula; None where it is not understood.

    The formula is never below the platform's rule. What the catalogue knows of a rule that a unit
    does not tell (a shortest length, whether begun units count whole, whose length it is) is taken
    from `known`; where it knows nothing, the dearer reading is.
    """
    if listed.currency != "USD" or listed.unit_price <= 0:
        return None
    words = " ".join(listed.unit.lower().replace("_", " ").split())
    words = words.removeprefix("per ").removeprefix("/").strip()
    count, words = _count(words)
    if count is None:
        return None
    if words in _ONE_RESULT:
        return PerRequest(usd=listed.unit_price / count)
    if words in _ONE_REQUEST:
        return PerRequest(usd=listed.unit_price / count, further=_further(listed, count, known))
    return _per_time(listed.unit_price, count, words, known)


def _count(words: str) -> tuple[Decimal | None, str]:
    """Split a leading number off; None where it is none to divide by."""
    match = _COUNT.fullmatch(words)
    if match is None:
        return Decimal(1), words.removeprefix("a ").removeprefix("an ")
    count = Decimal(match[1])
    return (count if count > 0 else None), match[2].strip()


def _further(listed: ListedPrice, count: Decimal, known: Price) -> Decimal | None:
    """Give what further results of one request cost, in the proportion that is known."""
    if not isinstance(known, PerRequest) or known.further is None:
        return None
    return listed.unit_price / count * known.further / known.usd


def _per_time(usd: Decimal, count: Decimal, words: str, known: Price) -> PerTime | None:
    unit, is_source, is_begun = _read_time(words)
    seconds = count * _TIMES.get(unit, 0)
    if seconds < 1 or seconds != int(seconds):
        return None
    every = int(seconds)
    rule = known if isinstance(known, PerTime) else None
    is_known = rule is not None and rule.every == every
    return PerTime(
        usd=usd,
        every=every,
        started=is_begun or (rule.started if rule and is_known else every > 1),
        at_least=rule.at_least if rule else 0,
        source=is_source or (rule is not None and rule.source),
    )


def _read_time(words: str) -> tuple[str, bool, bool]:
    """Give the bare unit, whether it is the source's, and whether begun ones count whole."""
    is_source = is_begun = False
    if tail := _TAIL.search(words):
        is_source = tail["which"] in _OF_SOURCE
        words = words[: tail.start()]
    words = _BLOCKS.sub("", words)
    *before, unit = words.split() or [""]
    for word in before:
        if word in _OF_SOURCE:
            is_source = True
        elif word in _BEGUN:
            is_begun = True
        elif word not in _IDLE:
            return "", False, False
    return unit, is_source, is_begun
