"""Recordings that a model is to work on: where they come from, and what is to be done to them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.job import Json
from sandbox.fal import answers
from sandbox.fal.engines import Body
from sandbox.fal.shelf import Shelf

FIELDS = ("audio_url", "reference_audio_url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What is to be done to a recording. All times in seconds.

    Attributes:
        strength: How much is new, 0 to 1.
        before, after: How much is added at either side.
        crop_left, crop_right: How much is cut off before that.
        start, end: The passage that is replaced; counted from the end where negative.
    """

    strength: float = 0.6
    before: float = 0.0
    after: float = 0.0
    crop_left: float = 0.0
    crop_right: float = 0.0
    start: float = 0.0
    end: float | None = None


class Missing(Exception):
    """A file that cannot be had.

    Attributes:
        body: The 422 body with which the model says so.
    """

    def __init__(self, body: Json) -> None:
        super().__init__(body)
        self.body = body


def fetch(shelf: Shelf, arguments: Mapping[str, Json]) -> bytes | None:
    """Give the bytes of the recording in a request; None when there is none.

    Only our own files and `data:` addresses can be had: a sandbox calls nobody.

    Raises:
        Missing: It cannot be had.
    """
    for name in FIELDS:
        url = arguments.get(name)
        if isinstance(url, str) and url:
            return _fetched(shelf, url, name)
    return None


def _fetched(shelf: Shelf, url: str, name: str) -> bytes:
    if url.startswith("data:"):
        try:
            return base64.b64decode(url.partition(",")[2], validate=True)
        except binascii.Error as error:
            raise Missing(_not_downloaded(name, url[:64])) from error
    kept = shelf.behind(url)
    if kept is None:
        raise Missing(_not_downloaded(name, url))
    return kept.path.read_bytes()


def _not_downloaded(name: str, url: str) -> Json:
    return answers.model_error(
        "file_download_error",
        "Failed to download the file. Please check if the URL is accessible and try again.",
        field=name,
        given=url,
    )


def edit(arguments: Body) -> Edit:
    """Read what is to be done; every family of models has its own names for it."""
    side = arguments.get("side")
    reach = _number(arguments, "extend_duration", default=30)
    crop = _number(arguments, "crop_duration")
    start, end = _passage(arguments)
    return Edit(
        strength=_number(arguments, "strength", "init_noise_level", default=0.7),
        before=reach
        if side == "left"
        else _number(arguments, "extend_before_duration", "extend_seconds_before"),
        after=reach
        if side == "right"
        else _number(
            arguments, "extend_after_duration", "extend_seconds_after", default=0 if side else 30
        ),
        crop_left=crop if side == "left" else 0,
        crop_right=crop if side == "right" else 0,
        start=start,
        end=end,
    )


def _passage(arguments: Body) -> tuple[float, float | None]:
    sections = arguments.get("sections")
    if isinstance(sections, list) and sections and isinstance(sections[0], Mapping):
        return _number(sections[0], "start"), _number(sections[0], "end")
    if "start_time" in arguments or "end_time" in arguments:
        start, end = _number(arguments, "start_time"), _number(arguments, "end_time", default=30)
        return (
            -start if arguments.get("start_time_relative_to") == "end" else start,
            -end if arguments.get("end_time_relative_to") == "end" else end,
        )
    given = [name for name in ("mask_end", "mask_end_seconds") if arguments.get(name) is not None]
    return (
        _number(arguments, "mask_start", "mask_start_seconds", default=30),
        _number(arguments, *given) if given else None,
    )


def _number(arguments: Mapping[str, Any], *names: str, default: float = 0.0) -> float:
    for name in names:
        value = arguments.get(name)
        if isinstance(value, int | float):
            return float(value)
    return default
