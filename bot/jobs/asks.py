"""What a member typed, written down with the job, and read back for Again and Edit. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot.catalogue import Ask, Mode, Original
from bot.domain.job import Job, Json, Kind

_NOTHING = Ask(kind=Kind.MUSIC)
_SHOWN_LYRICS = 100


def typed(ask: Ask) -> dict[str, Json]:
    """Write down the options that the member set."""
    return {
        name: value
        for name, value in asdict(ask).items()
        if name != "kind" and value != _plain(name)
    }


def ask_of(job: Job) -> Ask:
    """Give back what the member typed."""
    return read(job.kind, dict(job.options))


def read(kind: Kind, options: dict[str, Any]) -> Ask:
    """Read options that `typed` wrote; names of another version of this program are left out."""
    known = {name: value for name, value in options.items() if name in Ask.__dataclass_fields__}
    if isinstance(original := known.get("original"), dict):
        known["original"] = Original(**original)
    if known.get("mode") is not None:
        known["mode"] = Mode(known["mode"])
    return Ask(kind=kind, **known)


def headline(ask: Ask) -> str:
    """Give the words by which people will know the result."""
    lyrics = " / ".join((ask.lyrics or "").split("\n"))[:_SHOWN_LYRICS]
    named = ask.title if ask.kind is Kind.SONG else None
    words = named or ask.prompt or ask.style or ask.title or lyrics
    return words or ask.kind.value.capitalize()


def _plain(name: str) -> object:
    value = getattr(_NOTHING, name)
    return asdict(value) if name == "original" else value
