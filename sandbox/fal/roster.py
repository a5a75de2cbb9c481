"""Every endpoint that the local platform runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.fal.engines import (
    Body,
    Engine,
    Makes,
    Price,
    Shape,
    chosen,
    diffrhythm_seconds,
    eleven,
    eleven_rate,
    field,
    fixed,
    length_of,
    ltx_seconds,
    minimax_file,
    minimax_rate,
    plan_seconds,
)

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
        seconds=length_of(lyrics, floor=30, ceiling=240),
        container=minimax_file,
        rate=minimax_rate,
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
        seconds=plan_seconds,
        container=eleven,
        rate=eleven_rate,
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
        seconds=length_of("lyrics_prompt", floor=60, ceiling=95),
        container=chosen("output_format", "wav"),
        shape=Shape.AUDIO_LIST,
        echoes=("seed", "tags", "lyrics"),
        listed=False,
    )


def _stable25(makes: Makes, length: str, default: float = 190) -> Engine:
    return Engine(
        makes=makes,
        price=Price(usd=0.20, unit="audios"),
        seconds=field(length, default),
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
        seconds=diffrhythm_seconds,
        container=WAV,
        says=FREE_TYPE,
    ),
    "fal-ai/yue": Engine(
        makes=Makes.SONG,
        price=Price(usd=0.05, unit="seconds"),
        text=("genres",),
        lyrics="lyrics",
        seconds=length_of("lyrics", floor=30, ceiling=120),
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
        container=eleven,
        rate=eleven_rate,
        listed=False,
    ),
    "fal-ai/elevenlabs/sound-effects/v2": Engine(
        makes=Makes.SOUND,
        price=Price(usd=0.002, unit="seconds"),
        text=("text",),
        seconds=field("duration_seconds", 5),
        container=eleven,
        rate=eleven_rate,
    ),
    "fal-ai/elevenlabs/music": _eleven_music(),
    "elevenlabs/music/v2": _eleven_music(),
    "elevenlabs/music/v2.5": _eleven_music(),
    "fal-ai/minimax-music": Engine(
        makes=Makes.SONG,
        price=Price(usd=0.03, unit="generations"),
        text=("prompt",),
        lyrics="prompt",
        seconds=length_of("prompt", floor=30, ceiling=60),
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
    "fal-ai/stable-audio-25/audio-to-audio": _stable25(Makes.RESTYLED, "total_seconds", 0),
    "fal-ai/stable-audio-25/inpaint": _stable25(Makes.REPLACED, "seconds_total"),
    "fal-ai/stable-audio-3/medium/text-to-audio": _stable3(0.0376, Makes.MUSIC),
    "fal-ai/stable-audio-3/medium/base/text-to-audio": _stable3(0.0376, Makes.MUSIC),
    "fal-ai/stable-audio-3/small/music/text-to-audio": _stable3(0.0217, Makes.MUSIC),
    "fal-ai/stable-audio-3/small/sfx/text-to-audio": _stable3(0.0206, Makes.SOUND, default=10),
    "fal-ai/stable-audio-3/medium/audio-to-audio": _stable3(0.0417, Makes.RESTYLED, default=0),
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
        seconds=length_of("prompt", floor=8, ceiling=60),
        container=chosen("output_format", "mp3"),
    ),
    "fal-ai/ltx-2.3-quality/text-to-audio": Engine(
        makes=Makes.SOUND,
        price=Price(usd=0.01, unit="seconds"),
        seconds=ltx_seconds,
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
