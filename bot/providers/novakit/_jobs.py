"""What NovaKit's answers say: of a job, and of what went wrong. Pure.

Shapes are those of NovaKit's docs, Jobs and Music Generation. A finished job has its file under
``outputData.audio.url``, the answer to a request that was not made a job under ``data.audio_url``;
either is read wherever it stands.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from bot.domain.job import Json
from bot.providers.addresses import is_id, parse_url
from bot.providers.answers import Answer, moment, parse_json, retry_after, word
from bot.providers.novakit._quota import quota_sentence
from bot.providers.standing import Standing, phase_of
from bot.providers.verdicts import Said

_WRAPS = ("outputData", "output", "data", "job", "result")
_FIELDS = re.compile(
    r"\b(prompt|duration_seconds|mode|source_audio|output_format|negative_prompt|model_inputs)\b"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def read_standing(answer: Answer) -> Standing | None:
    """Read a job's answer; None for anything that does not say a known status."""
    body = parse_json(answer.body)
    job = _job_in(body)
    phase = phase_of(job.get("status")) if job else None
    if job is None or phase is None:
        return None
    return Standing(
        phase=phase,
        percent=_percent(job.get("progress")),
        output=read_output(dict(job)),
        why=word(job.get("errorMessage")) or word(job.get("error")) or "",
        units=_tracks(job),
    )


def _job_in(body: Json) -> Mapping[str, Json] | None:
    """Give the job itself, should the answer wrap it up."""
    if not isinstance(body, dict):
        return None
    inner = body.get("job")
    return inner if "status" not in body and isinstance(inner, dict) else body


def read_job_id(body: Json) -> str | None:
    """Give the id in the answer to a submit; None where there is none."""
    job = _job_in(body)
    found = (job.get(name) for name in ("id", "jobId", "job_id")) if job else ()
    return next((str(one) for one in found if is_id(one)), None)


def read_output(body: Json) -> Mapping[str, Json] | None:
    """Give the object that has the audio in it; None where none has."""
    return next((one for one in _objects(body) if audio_url(one) is not None), None)


def _objects(body: Json, depth: int = 0) -> Iterator[Mapping[str, Json]]:
    """Yield a body and what it wraps, the outermost last."""
    if isinstance(body, str) and body.lstrip().startswith("{"):
        body = parse_json(body)
    if not isinstance(body, dict) or depth > len(_WRAPS):
        return
    for name in _WRAPS:
        yield from _objects(body.get(name), depth + 1)
    yield body


def audio_url(output: Mapping[str, Json]) -> str | None:
    """Give the address of the audio in an output, in whichever of its shapes."""
    for name in ("audio", "audio_url"):
        value = output.get(name)
        for one in value if isinstance(value, list) else [value]:
            found = one.get("url") if isinstance(one, dict) else one
            url = parse_url(found)
            if url is not None:
                return str(found).strip()
    return None


def _percent(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return min(max(float(value), 0.0), 100.0)


def _tracks(job: Mapping[str, Json]) -> Decimal | None:
    """Give how many of the plan's tracks were used, where the answer says."""
    usage = job.get("usage")
    used = usage.get("tracks_used") if isinstance(usage, dict) else None
    if isinstance(used, bool) or not isinstance(used, (int, float)) or not math.isfinite(used):
        return None
    return Decimal(str(used)) if used > 0 else None


def read_said(answer: Answer, *, now: datetime) -> Said:
    """Read an error answer; an unknown shape gives an empty one."""
    body = parse_json(answer.body)
    said: Mapping[str, Json] = body if isinstance(body, dict) else {}
    error = said.get("error")
    nested = error.get("message") if isinstance(error, dict) else error
    text = word(nested) or word(said.get("message")) or ""
    field = _FIELDS.search(text)
    wait = retry_after(answer.headers, now=now)
    told = said.get("retryAfter")
    if wait is None and isinstance(told, (int, float)) and not isinstance(told, bool):
        wait = max(0.0, float(told)) if math.isfinite(told) else None
    return Said(
        text=text,
        field=field[0] if field else None,
        quota=quota_sentence(said) if answer.status == 402 else None,
        retry_after=wait,
    )


def read_arguments(entry: Mapping[str, Json]) -> Mapping[str, Json] | None:
    """Give what a listed job was asked for, in the names of our request; None without a prompt.

    The list's own example shows fewer fields than a request has, and the rest of a job is in camel
    case.
    """
    given = entry.get("inputParams")
    given = parse_json(given) if isinstance(given, str) else given
    if not isinstance(given, dict):
        return None
    named = {_CAMEL.sub(r"_\1", name).lower(): value for name, value in given.items()}
    return named if isinstance(named.get("prompt"), str) else None


def sent_at(entry: Mapping[str, Json]) -> datetime | None:
    """Give when a listed job was made."""
    return moment(entry.get("createdAt") or entry.get("created_at"))
