"""What is known of how a piece was made, so that a remix need not be told again. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.catalogue import Facts, Original, find, read_output
from bot.domain.job import Job, Json, Kind
from bot.errors import BadResult, InvalidInput

SINGING_STEM = "vocals"


def carried_over(job: Job, parents: Sequence[Job] = (), *, stem: str | None = None) -> Original:
    """Give tags, lyrics and seed of a piece.

    The model's own word goes before what it was sent, and that before what was typed. A piece
    that tells no style, such as stems, has that of what it was made from. Stems that do not sing
    have no lyrics.

    Args:
        job: The piece.
        parents: What it was made from, nearest first.
        stem: Which stem of it is meant, if it is one.
    """
    tags = next(filter(None, map(_tags, (job, *parents))), None)
    lyrics = None
    if stem in (None, SINGING_STEM):
        for one in (job, *parents):
            lyrics = _lyrics(one)
            if lyrics is not None or one.kind is not Kind.STEMS:
                break
    return Original(tags=tags, lyrics=lyrics, seed=_seed(job))


def facts_of(job: Job) -> Facts:
    """Give what the model told about its work; nothing where there is no result."""
    output = (job.result or {}).get("output")
    if not isinstance(output, dict):
        return Facts()
    try:
        return read_output(job.model, output).facts
    except BadResult:
        return Facts()


def _tags(job: Job) -> str | None:
    return (
        facts_of(job).tags
        or _argument(job, "prompt")
        or _text(job.options.get("prompt"))
        or _text(job.options.get("style"))
        or _noted(job, "tags")
    )


def _lyrics(job: Job) -> str | None:
    return (
        facts_of(job).lyrics
        or _text(job.options.get("lyrics"))
        or _argument(job, "lyrics")
        or _noted(job, "lyrics")
    )


def _seed(job: Job) -> int | None:
    told = facts_of(job).seed
    sent = job.arguments.get("seed")
    if told is not None:
        return told
    return sent if isinstance(sent, int) and not isinstance(sent, bool) else None


def _argument(job: Job, option: str) -> str | None:
    """Give what was sent for an option, under whatever name the endpoint has for it."""
    try:
        take = find(job.model).takes.get(option)
    except InvalidInput:
        return None
    return None if take is None else _text(job.arguments.get(take.field))


def _noted(job: Job, name: str) -> str | None:
    """Give what was known of the source that a remix was made from."""
    original = job.options.get("original")
    return _text(original.get(name)) if isinstance(original, dict) else None


def _text(value: Json) -> str | None:
    """Take a text, or a list of words as some models want their tags."""
    if isinstance(value, list):
        value = ", ".join(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) and value.strip() else None
