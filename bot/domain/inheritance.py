"""What a piece says in its own words, and what it took over from the one it was made from. Pure.

A remix carries its source's tags and words along. When those are to be forgotten, the remix keeps
its audio and what its own member typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.domain.job import Job, Json

_TAKEN_OVER = frozenset({"original", "source_url"})
"""Options that tell of the source; the rest was typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What is left of a piece without its source's words."""

    options: Mapping[str, Json]
    arguments: Mapping[str, Json]
    result: Mapping[str, Json] | None


def own_part(job: Job) -> Own:
    """Leave out every text that the job's own member did not type, and keep files and numbers."""
    options = {name: value for name, value in job.options.items() if name not in _TAKEN_OVER}
    typed = set(_texts(options))
    arguments = {
        name: value
        for name, value in job.arguments.items()
        if all(text in typed for text in _texts(value))
    }
    result = None
    if job.result is not None:
        result = {
            name: _files_and_numbers(value) if name == "output" else value
            for name, value in job.result.items()
        }
    return Own(options=options, arguments=arguments, result=result)


def _files_and_numbers(output: Json) -> Json:
    """Leave out what a model says in words: it may repeat the request."""
    if not isinstance(output, dict):
        return output
    return {
        name: value for name, value in output.items() if all(map(_is_link, _outer_texts(value)))
    }


def _outer_texts(value: Json) -> Iterator[str]:
    """Yield the texts of a field, but for what is said of a file."""
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _outer_texts(item)
        case dict() if not isinstance(value.get("url"), str):
            for item in value.values():
                yield from _outer_texts(item)


def _texts(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for item in value.values():
                yield from _texts(item)


def _is_link(text: str) -> bool:
    return text.startswith(("https://", "http://"))
