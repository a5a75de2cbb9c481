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


def _eleven(body: Body) -> str:
    wanted = str(body.get("output_format") or "mp3_44100_128")
    codec = wanted.split("_", maxsplit=1)[0]
    return codec


def _eleven_rate(body: Body) -> int:
    wanted = str(body.get("output_format") or "mp3_44100_128")
    return int(wanted.split("_")[1])


def _plan_seconds(body: Body) -> float:
    plan = body.get("composition_plan")
    if isinstance(plan, Mapping):
        parts = plan.get("sections") or plan.get("chunks") or []
        return sum(float(part.get("duration_ms") or 0) for part in parts) / 1000
    length = body.get("music_length_ms")
    return 30.0 if length is None else float(length) / 1000


def _audio_setting(body: Body) -> Mapping[str, Any]:
    setting = body.get("audio_setting")
    return setting if isinstance(setting, Mapping) else {}


def _minimax_file(body: Body) -> str:
    return str(_audio_setting(body).get("format") or "mp3")


def _minimax_rate(body: Body) -> int:
    return int(_audio_setting(body).get("sample_rate") or 44_100)


def _length_of(name: str, *, floor: float, ceiling: float) -> Callable[[Body], float]:
    """Sing for as long as the lyrics need, about three seconds a line."""

    def read(body: Body) -> float:
        lines = [line for line in str(body.get(name) or "").splitlines() if line.strip()]
        return min(ceiling, max(floor, 3.0 * len(lines) + 8))

    return read


def _diffrhythm_seconds(body: Body) -> float:
    return 285.0 if body.get("music_duration") == "285s" else 95.0


def _ltx_seconds(body: Body) -> float:
    return float(body.get("num_frames") or 121) / float(body.get("frames_per_second") or 24)


WAV, MP3, FLAC = fixed("wav"), fixed("mp3"), fixed("flac")
FREE_TYPE = "application/octet-stream"


def _ace(makes: Makes, seconds: Callable[[Body], float], **more: Any) -> Engine:
    settings: dict[str, Any] = {
        "text": ("tags", "prompt"),
        "lyrics": "lyrics",
        "container": WAV,
        "echoes": ("seed", "tags", "lyrics"),
        "price": Price(usd=0.0002, unit="seconds"),
    }
    return Engine(makes=makes, seconds=seconds, **(settings | more))


def _lyria(price: Price, seconds: float, **more: Any) -> Engine:
    settings: dict[str, Any] = {"container": MP3, "echoes": ("lyrics",)}
    return Engine(
        makes=Makes.MUSIC, price=price, seconds=lambda _body: seconds, **(settings | more)
    )


def _minimax(usd: float, text: str, lyrics: str) -> Engine:
    return Engine(
        makes=Makes.SONG,
        price=Price(usd=usd, unit="audios"),
        text=(text,),
        lyrics=lyrics,
        seconds=_length_of(lyrics, floor=30, ceiling=240),
        container=_minimax_file,
        rate=_minimax_rate,
    )


def _stable3(usd: float, makes: Makes, default: float = 30.0) -> Engine:
    return Engine(
        makes=makes,
        price=Price(usd=usd, unit="audios"),
        seconds=field("duration", default),
        container=chosen("output_format", "mp3"),
        echoes=("seed", "prompt"),
    )


def _eleven_music() -> Engine:
    return Engine(
        makes=Makes.MUSIC,
        price=Price(usd=0.60, unit="started minutes"),
        text=("prompt", "composition_plan"),
        seconds=_plan_seconds,
        container=_eleven,
        rate=_eleven_rate,
    )


def _beatoven(makes: Makes, seconds: float) -> Engine:
    return Engine(
        makes=makes,
        price=Price(usd=0.10, unit="requests"),
        seconds=field("duration", seconds),
        container=WAV,
        echoes=("prompt", "metadata"),
        listed=False,
    )


def _sonauto(makes: Makes) -> Engine:
    return Engine(
        makes=makes,
        price=Price(usd=0.075, unit="generations"),
        text=("prompt", "tags"),
        lyrics="lyrics_prompt",
        seconds=_length_of("lyrics_prompt", floor=60, ceiling=95),
        container=chosen("output_format", "wav"),
        shape=Shape.AUDIO_LIST,
        echoes=("seed", "tags", "lyrics"),
        listed=False,
    )


def _stable25(makes: Makes, length: str) -> Engine:
    return Engine(
        makes=makes,
        price=Price(usd=0.20, unit="audios"),
        seconds=field(length, 190),
        container=WAV,
        echoes=("seed",),
    )


ENGINES: Mapping[str, Engine] = {
    "fal-ai/lyria2": _lyria(
        Price(usd=0.10, unit="30 seconds"),
        30,
        container=WAV,
        rate=lambda _body: 48_000,
        echoes=(),
    ),
    "fal-ai/lyria3": _lyria(Price(usd=0.04, unit="audios"), 30),
    "fal-ai/lyria3/pro": _lyria(Price(usd=0.08, unit="audios"), 120),
    "google/lyria-3.5": _lyria(Price(usd=0.10, unit="generations"), 90),
    "fal-ai/ace-step": _ace(Makes.SONG, field("duration", 60)),
    "fal-ai/ace-step/prompt-to-audio": _ace(Makes.SONG, field("duration", 60), text=("prompt",)),
    "fal-ai/ace-step/audio-to-audio": _ace(Makes.RESTYLED, lambda _body: 0),
    "fal-ai/ace-step/audio-inpaint": _ace(Makes.REPLACED, lambda _body: 0),
    "fal-ai/ace-step/audio-outpaint": _ace(Makes.EXTENDED, lambda _body: 0),
    "cassetteai/music-generator": Engine(
        makes=Makes.MUSIC,
        price=Price(usd=0.02, unit="minutes"),
        seconds=field("duration", 30),
        container=WAV,
        shape=Shape.AUDIO_FILE,
    ),
    "cassetteai/sound-effects-generator": Engine(
        makes=Makes.SOUND,
        price=Price(usd=0.01, unit="generations"),
        seconds=field("duration", 10),
        container=WAV,
        shape=Shape.AUDIO_FILE,
    ),
    "fal-ai/diffrhythm": Engine(
        makes=Makes.SONG,
        price=Price(usd=0.01, unit="10 seconds"),
        text=("style_prompt",),
        lyrics="lyrics",
        seconds=_diffrhythm_seconds,
        container=WAV,
        says=FREE_TYPE,
    ),
    "fal-ai/yue": Engine(
        makes=Makes.SONG,
        price=Price(usd=0.05, unit="seconds"),
        text=("genres",),
        lyrics="lyrics",
        seconds=_length_of("lyrics", floor=30, ceiling=120),
        container=MP3,
        says=FREE_TYPE,
        listed=False,
    ),
    "fal-ai/mmaudio-v2/text-to-audio": Engine(
        makes=Makes.SOUND,
        price=Price(usd=0.001, unit="seconds"),
        seconds=field("duration", 8),
        container=FLAC,
        says=FREE_TYPE,
    ),
    "fal-ai/elevenlabs/sound-effects": Engine(
        makes=Makes.SOUND,
        price=Price(usd=0.002, unit="seconds"),
        text=("text",),
        seconds=field("duration_seconds", 5),
        container=_eleven,
        rate=_eleven_rate,
        listed=False,
    ),
    "fal-ai/elevenlabs/sound-effects/v2": Engine(
        makes=Makes.SOUND,
        price=Price(usd=0.002, unit="seconds"),
        text=("text",),
        seconds=field("duration_seconds", 5),
        container=_eleven,
        rate=_eleven_rate,
    ),
    "fal-ai/elevenlabs/music": _eleven_music(),
    "elevenlabs/music/v2": _eleven_music(),
    "elevenlabs/music/v2.5": _eleven_music(),
    "fal-ai/minimax-music": Engine(
        makes=Makes.SONG,
        price=Price(usd=0.03, unit="generations"),
        text=("prompt",),
        lyrics="prompt",
        seconds=_length_of("prompt", floor=30, ceiling=60),
        container=MP3,
    ),
    # These two swap the meaning of two fields.
    "fal-ai/minimax-music/v1.5": _minimax(0.03, text="lyrics_prompt", lyrics="prompt"),
    "fal-ai/minimax-music/v2": _minimax(0.03, text="prompt", lyrics="lyrics_prompt"),
    "fal-ai/minimax-music/v2.5": _minimax(0.15, text="prompt", lyrics="lyrics"),
    "fal-ai/minimax-music/v2.6": _minimax(0.15, text="prompt", lyrics="lyrics"),
    "minimax/music-3": Engine(
        makes=Makes.SONG,
        price=Price(usd=0.002, unit="seconds"),
        lyrics="lyrics",
        seconds=field("duration", 60),
        container=WAV,
        echoes=("seed", "duration"),
    ),
    "beatoven/music-generation": _beatoven(Makes.MUSIC, 90),
    "beatoven/sound-effect-generation": _beatoven(Makes.SOUND, 5),
    "fal-ai/stable-audio": Engine(
        makes=Makes.MUSIC,
        price=Price(usd=0.0, unit="compute seconds"),
        seconds=lambda body: max(1.0, float(body.get("seconds_total", 30))),
        container=WAV,
        shape=Shape.AUDIO_FILE,
    ),
    "fal-ai/stable-audio-25/text-to-audio": _stable25(Makes.MUSIC, "seconds_total"),
    "fal-ai/stable-audio-25/audio-to-audio": _stable25(Makes.RESTYLED, "total_seconds"),
    "fal-ai/stable-audio-25/inpaint": _stable25(Makes.REPLACED, "seconds_total"),
    "fal-ai/stable-audio-3/medium/text-to-audio": _stable3(0.0376, Makes.MUSIC),
    "fal-ai/stable-audio-3/medium/base/text-to-audio": _stable3(0.0376, Makes.MUSIC),
    "fal-ai/stable-audio-3/small/music/text-to-audio": _stable3(0.0217, Makes.MUSIC),
    "fal-ai/stable-audio-3/small/sfx/text-to-audio": _stable3(0.0206, Makes.SOUND, default=10),
    "fal-ai/stable-audio-3/medium/audio-to-audio": _stable3(0.0417, Makes.RESTYLED),
    "fal-ai/stable-audio-3/medium/audio-inpainting": _stable3(0.0442, Makes.REPLACED),
    "fal-ai/stable-audio-3/medium/audio-outpainting": _stable3(0.0446, Makes.EXTENDED),
    "sonauto/v2/text-to-music": _sonauto(Makes.SONG),
    "sonauto/v2/extend": _sonauto(Makes.EXTENDED),
    "sonauto/v2/inpaint": _sonauto(Makes.REPLACED),
    "fal-ai/demucs": Engine(
        makes=Makes.STEMS,
        price=Price(usd=0.0007, unit="seconds"),
        text=(),
        seconds=lambda _body: 0,
        container=chosen("output_format", "mp3"),
        shape=Shape.STEM_KEYS,
    ),
    "fal-ai/sam-audio/separate": Engine(
        makes=Makes.PICKED,
        price=Price(usd=0.05, unit="30 seconds"),
        seconds=lambda _body: 0,
        container=chosen("output_format", "wav"),
        shape=Shape.TARGET_AND_RESIDUAL,
        echoes=("duration", "sample_rate"),
    ),
    "sonilo/v1.1/text-to-music": Engine(
        makes=Makes.MUSIC,
        price=Price(usd=0.0025, unit="seconds"),
        seconds=field("duration", 90),
        container=fixed("mp3"),
        shape=Shape.AUDIO_AND_AUDIOS,
    ),
    "sonilo/v1.1/text-to-sound-effects": Engine(
        makes=Makes.SOUND,
        price=Price(usd=0.0018, unit="seconds"),
        seconds=field("duration", 8),
        container=chosen("audio_format", "mp3"),
        shape=Shape.AUDIO_AND_AUDIOS,
    ),
    "mirelo-ai/sfx1.6/text-to-audio": Engine(
        makes=Makes.SOUND,
        price=Price(usd=0.01, unit="seconds"),
        text=("text_prompt",),
        seconds=field("duration", 10),
        container=chosen("upload_audio_format", "wav"),
        shape=Shape.AUDIO_LIST,
    ),
    "bytedance/seed-audio-1.0": Engine(
        makes=Makes.SONG,
        price=Price(usd=0.1875, unit="minutes"),
        lyrics="prompt",
        seconds=_length_of("prompt", floor=8, ceiling=60),
        container=chosen("output_format", "mp3"),
    ),
    "fal-ai/ltx-2.3-quality/text-to-audio": Engine(
        makes=Makes.SOUND,
        price=Price(usd=0.01, unit="seconds"),
        seconds=_ltx_seconds,
        container=WAV,
        echoes=("prompt", "seed"),
    ),
}

_BY_LOWER_CASE = {endpoint.lower(): endpoint for endpoint in ENGINES}


def find(endpoint: str) -> Engine | None:
    """Give the engine of an endpoint; fal publishes one owner's name in two spellings."""
    known = _BY_LOWER_CASE.get(endpoint.lower())
    return ENGINES[known] if known else None


def app_of(endpoint: str) -> str:
    """Give owner and app of an endpoint id: what remains in the URLs after the submit."""
    return "/".join(endpoint.split("/")[:2])


def proper(endpoint: str) -> str:
    """Give a known endpoint's id in the spelling that the platform itself uses."""
    return _BY_LOWER_CASE[endpoint.lower()]
