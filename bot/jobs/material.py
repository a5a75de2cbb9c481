"""What a remix works on: a file, what it is, and what is known of how it was made. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bot.audio.fit import Probe
from bot.catalogue import NO_NEWS, Endpoint, Market, Mode, Original, models
from bot.catalogue.about import AudioInput
from bot.catalogue.wording import cut, listing, number
from bot.domain.ids import JobId
from bot.domain.job import Job, Kind
from bot.errors import InvalidInput

CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
}
"""By the names that files have after a look into them."""

UNREAD = frozenset({"m4a", "aac"})
"""Kinds that are handed on as they are: they cannot be decoded here, so not converted either."""

CAN_BE_CONVERTED = "MP3, WAV, FLAC or Ogg"
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """A file on a message, as the message tells it; only the URL and the size can be relied on.

    Attributes:
        url: Where it can be fetched for a day or so.
        size: In bytes.
    """

    url: str
    file_name: str
    size: int
    content_type: str | None = None

    @property
    def is_audio(self) -> bool:
        """Say whether it means to be audio: by its type, or by its ending where none is told."""
        if self.content_type:
            return self.content_type.lower().startswith("audio/")
        return Path(self.file_name).suffix.lower().lstrip(".") in {*CONTENT_TYPES, "opus", "oga"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Audio to work on, on disk for as long as the context lasts that gave it.

    Attributes:
        probe: What the file really is.
        file_name: Plain ASCII, with the right ending.
        parent: The job that made it; None for what members bring along.
        letter: Which of several results on one card it is.
        label: Which part of a piece it is, such as ``vocals``, if it is one.
        original: What is known of how it was made, to be carried over.
        prompt: The words by which people know it.
        told_name: What the member who brought it calls it.
    """

    path: Path
    probe: Probe
    file_name: str
    content_type: str
    parent: Job | None = None
    letter: str | None = None
    label: str | None = None
    original: Original = field(default_factory=Original)
    prompt: str | None = None
    told_name: str | None = None

    @property
    def seconds(self) -> float | None:
        """How long it is; None where the file does not say."""
        return self.probe.seconds

    @property
    def parent_id(self) -> JobId | None:
        """What to name as the parent of what is made from it: the job that has the card."""
        return None if self.parent is None else self.parent.card_owner


def check(
    source: Source,
    model: type[Endpoint],
    *,
    kind: Kind,
    mode: Mode | None = None,
    market: Market = NO_NEWS,
) -> None:
    """Check that a model can work on a source, before anything is uploaded.

    Raises:
        InvalidInput: It cannot; with what was given, what it takes, and a model that can.
    """
    takes = model.about.takes_audio
    if takes is None:
        return
    what, remedy = _unfit(source, takes)
    if what is None:
        return
    other = _suited(source, models(kind, market=market, mode=mode), but=model)
    sentence = f"{model.about.title} {what}. {remedy}"
    if other is not None and other.about.takes_audio is not None:
        sentence += (
            f", or choose {other.about.title}, which takes {_range(other.about.takes_audio)}"
        )
    raise InvalidInput(f"{sentence}.")


def suits(source: Source, model: type[Endpoint]) -> bool:
    """Say whether a model can work on a source."""
    takes = model.about.takes_audio
    return takes is not None and _unfit(source, takes)[0] is None


def size_words(size: int) -> str:
    """Write a size for people, in MiB."""
    return f"{number(round(size / _MIB, 1))} MiB" if size >= _MIB else f"{max(1, size // 1024)} KiB"


def _suited(
    source: Source, others: Iterable[type[Endpoint]], *, but: type[Endpoint]
) -> type[Endpoint] | None:
    listed = (other for other in others if other is not but and other.about.listed)
    return next((other for other in listed if suits(source, other)), None)


def _unfit(source: Source, takes: AudioInput) -> tuple[str | None, str]:
    """Say what is wrong and what to do about it; None and nothing where all is well."""
    seconds = source.seconds
    if seconds is not None and not takes.min_seconds <= seconds <= takes.max_seconds:
        too_long = seconds > takes.max_seconds
        given = number(round(seconds, 1))
        what = (
            f"works on audio of {_range(takes)}; “{cut(source.file_name, limit=60)}” has {given} s"
        )
        return what, f"Use something {'shorter' if too_long else 'longer'}"
    if source.probe.format in UNREAD:
        kind = source.probe.format.upper()
        remedy = f"Attach it as {CAN_BE_CONVERTED}"
        if source.probe.format not in takes.formats:
            names = listing([name.upper() for name in sorted(takes.formats)], last="and")
            return f"reads {names} but not {kind}, which I cannot convert", remedy
        if source.probe.size > takes.max_bytes:
            given, most = size_words(source.probe.size), size_words(takes.max_bytes)
            return f"takes files up to {most}; this one has {given}", remedy
    return None, ""


def _range(takes: AudioInput) -> str:
    return f"{number(takes.min_seconds)} to {number(takes.max_seconds)} s"
