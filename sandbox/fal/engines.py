"""What each endpoint makes, and in which shape it answers.

This is the local platform's own knowledge, kept apart from the bot's catalogue on purpose: were
both read from one table, a mistake in it could never show. Shapes, prices and file types follow
the models' pages on fal.ai.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Body = Mapping[str, Any]


class Makes(StrEnum):
    """What kind of sound an endpoint makes."""

    MUSIC = "music"
    SOUND = "sound"
    SONG = "song"
    RESTYLED = "restyled"
    EXTENDED = "extended"
    REPLACED = "replaced"
    STEMS = "stems"
    PICKED = "picked"


class Shape(StrEnum):
    """Where the file is in the output."""

    AUDIO = "audio"
    AUDIO_FILE = "audio_file"
    AUDIO_LIST = "audio list"
    AUDIO_AND_AUDIOS = "audio and audios"
    STEM_KEYS = "stem keys"
    TARGET_AND_RESIDUAL = "target and residual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one unit costs, as the pricing API says it."""

    usd: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """One endpoint.

    Attributes:
        text: Fields whose words describe the sound, in order.
        lyrics: The field that holds the words to sing, if any.
        seconds: How long the result is for a body; for endpoints that work on a source, how long
            it is unless the source decides.
        container: File ending for a body; also decides the encoding.
        rate: Samples per second for a body.
        echoes: Output keys besides the file.
        says: The content type it gives; None for the true one, "" for none at all.
        listed: Whether fal still publishes it.
    """

    makes: Makes
    price: Price
    text: tuple[str, ...] = ("prompt",)
    lyrics: str | None = None
    seconds: Callable[[Body], float]
    container: Callable[[Body], str]
    rate: Callable[[Body], int] = lambda _body: 44_100
    shape: Shape = Shape.AUDIO
    echoes: tuple[str, ...] = ()
    says: str | None = None
    listed: bool = True

    def units(self, body: Body, seconds: float) -> float:
        """Count what is billed for a result of this length."""
        count = int(body.get("num_songs") or body.get("num_samples") or 1)
        match self.price.unit:
            case "seconds":
                return round(seconds * count, 3)
            case "10 seconds":
                return math.ceil(seconds / 10) * count
            case "30 seconds":
                return math.ceil(seconds / 30) * count
            case "minutes":
                return round(seconds / 60 * count, 4)
            case "started minutes":
                return math.ceil(seconds / 60) * count
            case _:
                return 1.5 if count == 2 and "num_songs" in body else float(count)


def fixed(value: str) -> Callable[[Body], str]:
    """Make a file of the same type for every body."""
    return lambda _body: value


def field(name: str, default: float, *, scale: float = 1.0) -> Callable[[Body], float]:
    """Take the length from a field of the body, else a default; `scale` turns it into seconds."""

    def read(body: Body) -> float:
        value = body.get(name)
        return float(default if value is None else value) * scale

    return read


def chosen(name: str, default: str) -> Callable[[Body], str]:
    """Take the file type from a field of the body."""
    return lambda body: str(body.get(name) or default)


def eleven(body: Body) -> str:
    """Read ElevenLabs' codec out of its output format."""
    wanted = str(body.get("output_format") or "mp3_44100_128")
    return wanted.split("_", maxsplit=1)[0]


def eleven_rate(body: Body) -> int:
    """Read the sample rate out of ElevenLabs' output format."""
    wanted = str(body.get("output_format") or "mp3_44100_128")
    return int(wanted.split("_")[1])


def plan_seconds(body: Body) -> float:
    """Give the length of a composition plan, else the one in milliseconds."""
    plan = body.get("composition_plan")
    if isinstance(plan, Mapping):
        parts = plan.get("sections") or plan.get("chunks") or []
        return sum(float(part.get("duration_ms") or 0) for part in parts) / 1000
    length = body.get("music_length_ms")
    return 30.0 if length is None else float(length) / 1000


def audio_setting(body: Body) -> Mapping[str, Any]:
    """Give MiniMax's settings of the file."""
    setting = body.get("audio_setting")
    return setting if isinstance(setting, Mapping) else {}


def minimax_file(body: Body) -> str:
    """Give MiniMax's file type."""
    return str(audio_setting(body).get("format") or "mp3")


def minimax_rate(body: Body) -> int:
    """Give MiniMax's sample rate."""
    return int(audio_setting(body).get("sample_rate") or 44_100)


def length_of(name: str, *, floor: float, ceiling: float) -> Callable[[Body], float]:
    """Sing for as long as the lyrics need, about three seconds a line."""

    def read(body: Body) -> float:
        lines = [line for line in str(body.get(name) or "").splitlines() if line.strip()]
        return min(ceiling, max(floor, 3.0 * len(lines) + 8))

    return read


def diffrhythm_seconds(body: Body) -> float:
    """Give the one of two lengths that DiffRhythm was asked for."""
    return 285.0 if body.get("music_duration") == "285s" else 95.0


def ltx_seconds(body: Body) -> float:
    """Count frames as seconds."""
    return float(body.get("num_frames") or 121) / float(body.get("frames_per_second") or 24)
