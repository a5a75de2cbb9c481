"""What Nur's answers say: of a track, and of what went wrong (Nur docs, Music, Errors). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from bot.domain.job import Json
from bot.providers.addresses import is_id, parse_url
from bot.providers.answers import Answer, parse_json, retry_after, word
from bot.providers.standing import Standing, phase_of
from bot.providers.verdicts import Said

QUOTA_SPENT = (
    "The operator's plan at Nur has no tracks left this month. "
    "Choose a model of another provider, or ask whoever runs this bot for a larger plan."
)
_QUOTA_WORDS = re.compile(r"quota|month", re.IGNORECASE)


def read_standing(answer: Answer) -> Standing | None:
    """Read a track's answer; None for anything that does not say a known status."""
    track = _track_in(parse_json(answer.body))
    phase = phase_of(track.get("status")) if track else None
    if track is None or phase is None:
        return None
    return Standing(phase=phase, output=_output(track), why=_why(track))


def read_track_id(body: Json) -> str | None:
    """Give the id in the answer to a submit; None where there is none."""
    track = _track_in(body)
    found = (track.get(name) for name in ("id", "track_id")) if track else ()
    return next((str(one) for one in found if is_id(one)), None)


def _track_in(body: Json) -> Mapping[str, Json] | None:
    """Give the track itself, should the answer wrap it up."""
    if not isinstance(body, dict):
        return None
    inner = next((body[name] for name in ("track", "data") if name in body), None)
    return inner if "status" not in body and isinstance(inner, dict) else body


def _output(track: Mapping[str, Json]) -> Mapping[str, Json] | None:
    """Give the track with its one file where it is looked for; None where it has none.

    ``download_url`` and ``audio_url`` lead to the same sound, and a card shows it once. Waveform
    and stems stay in the result beside it.
    """
    urls = (track.get(name) for name in ("download_url", "audio_url"))
    best = next((url for url in urls if parse_url(url) is not None), None)
    return None if best is None else {**track, "audio_url": best}


def _why(track: Mapping[str, Json]) -> str:
    error = track.get("error")
    nested = error.get("message") if isinstance(error, dict) else error
    return word(nested) or word(track.get("error_message")) or ""


def read_said(answer: Answer, *, now: datetime) -> Said:
    """Read an error answer; an unknown shape gives an empty one."""
    body = parse_json(answer.body)
    error = body.get("error") if isinstance(body, dict) else None
    said: Mapping[str, Json] = error if isinstance(error, dict) else {}
    details = said.get("details")
    code, message = word(said.get("code")) or "", word(said.get("message")) or ""
    is_quota = answer.status in {402, 429} and _QUOTA_WORDS.search(f"{code} {message}")
    return Said(
        text=f"{code.replace('_', ' ')} {message}",
        field=word(details.get("parameter")) if isinstance(details, dict) else None,
        quota=QUOTA_SPENT if is_quota else None,
        retry_after=retry_after(answer.headers, now=now),
    )
