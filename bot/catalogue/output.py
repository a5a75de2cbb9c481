"""Finding the files in what a model answered, whatever shape it chose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.catalogue.registry import find
from bot.domain.job import Json
from bot.errors import BadResult, InvalidInput

STEMS = ("vocals", "drums", "bass", "other", "guitar", "piano")
_PLACES = ("audio", "audio_file", "audios", "audio_url", *STEMS, "target", "residual")
_LONGEST_URL = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFile:
    """A file as the provider announces it; all but the URL may be missing or wrong.

    Attributes:
        label: What the file is when there are several of different meaning, such as ``vocals``.
        file_size: Bytes.
    """

    url: str
    label: str | None = None
    content_type: str | None = None
    file_name: str | None = None
    file_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the model tells about its work, for remixes to start from.

    Attributes:
        prompt: The prompt as the model rewrote it.
        seconds: The length it says the audio has.
    """

    seed: int | None = None
    lyrics: str | None = None
    tags: str | None = None
    prompt: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A finished request's files, at least one, and facts."""

    files: tuple[OutputFile, ...]
    facts: Facts = Facts()


def read_output(endpoint: str, output: Mapping[str, Json]) -> Output:
    """Find files and facts in a model's output. Endpoints the catalogue lacks are read as well.

    Raises:
        BadResult: There is no file that could be fetched.
    """
    try:
        places = (*find(endpoint).about.files, *_PLACES)
    except InvalidInput:
        places = _PLACES
    files: dict[str, OutputFile] = {}
    for place in dict.fromkeys(places):
        label = place if place in (*STEMS, "target", "residual") else None
        for file in _files(output.get(place), label):
            files.setdefault(file.url, file)
    if not files:
        raise BadResult(
            "The model finished, but sent no audio that can be fetched. "
            "Try again, or choose another model."
        )
    return Output(files=tuple(files.values()), facts=_facts(output))


def _files(value: Json, label: str | None) -> Iterator[OutputFile]:
    """Yield the files in a File object, a bare URL, or a list of either."""
    match value:
        case str():
            if _is_fetchable(value):
                yield OutputFile(url=value, label=label)
        case list():
            for item in value:
                yield from _files(item, label)
        case dict():
            url = value.get("url")
            if isinstance(url, str) and _is_fetchable(url):
                yield OutputFile(
                    url=url,
                    label=label,
                    content_type=_text(value.get("content_type")),
                    file_name=_text(value.get("file_name")),
                    file_size=_size(value.get("file_size")),
                )
        case _:
            return


def _is_fetchable(url: str) -> bool:
    if len(url) > _LONGEST_URL:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _facts(output: Mapping[str, Json]) -> Facts:
    seed = output.get("seed")
    seconds = output.get("duration")
    return Facts(
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        lyrics=_text(output.get("lyrics")),
        tags=_text(output.get("tags")),
        prompt=_text(output.get("prompt")),
        seconds=float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else None,
    )


def _text(value: Json) -> str | None:
    """Take a text, or a list of words as some models give their tags."""
    if isinstance(value, list):
        value = ", ".join(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) and value.strip() else None


def _size(value: Json) -> int | None:
    is_count = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    return int(value) if is_count and isinstance(value, (int, float)) else None
