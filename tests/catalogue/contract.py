"""What each endpoint's documentation says of its fields, written down independently of the classes.

A field is (default, low, high); `NEEDED` stands for a required one, `NONE` for one that may be left out.
Lengths of texts are given as the range of a `Chars`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NEEDED: Any = object()
NONE = None


@dataclass(frozen=True)
class F:
    """One documented field."""

    default: Any
    low: float | None = None
    high: float | None = None
    above: float | None = None


@dataclass(frozen=True)
class Chars:
    """One documented text or list."""

    default: Any
    shortest: int | None = None
    longest: int | None = None


@dataclass(frozen=True)
class OneOf:
    """One documented enumeration."""

    default: Any
    values: tuple[Any, ...]


TEXT = Chars(NEEDED)
ON_OFF = F(False)
SEED = F(NONE)
URL = Chars(NEEDED)

ACE: dict[str, Any] = {
    "number_of_steps": F(27, 3, 60),
    "seed": SEED,
    "scheduler": OneOf("euler", ("euler", "heun")),
    "guidance_type": OneOf("apg", ("cfg", "apg", "cfg_star")),
    "granularity_scale": F(10, -100, 100),
    "guidance_interval": F(0.5, 0, 1),
    "guidance_interval_decay": F(0, 0, 1),
    "guidance_scale": F(15, 0, 200),
    "minimum_guidance_scale": F(3, 0, 200),
    "tag_guidance_scale": F(5, 0, 10),
    "lyric_guidance_scale": F(1.5, 0, 10),
}
EL = OneOf(
    "mp3_44100_128",
    (
        "mp3_22050_32",
        "mp3_44100_32",
        "mp3_44100_64",
        "mp3_44100_96",
        "mp3_44100_128",
        "mp3_44100_192",
        "pcm_8000",
        "pcm_16000",
        "pcm_22050",
        "pcm_24000",
        "pcm_44100",
        "pcm_48000",
        "ulaw_8000",
        "alaw_8000",
        "opus_48000_32",
        "opus_48000_64",
        "opus_48000_96",
        "opus_48000_128",
        "opus_48000_192",
    ),
)
SA25: dict[str, Any] = {
    "prompt": TEXT,
    "num_inference_steps": F(8, 4, 8),
    "guidance_scale": F(1, 1, 25),
    "seed": SEED,
    "sync_mode": ON_OFF,
}
SA3: dict[str, Any] = {
    "prompt": TEXT,
    "negative_prompt": Chars(""),
    "num_inference_steps": F(8, 1, 100),
    "guidance_scale": F(1, 0, 25),
    "seed": SEED,
    "enable_prompt_expansion": ON_OFF,
    "enable_safety_checker": F(True),
    "sync_mode": ON_OFF,
    "output_format": OneOf("mp3", ("mp3", "wav", "flac", "ogg", "opus", "m4a", "aac")),
    "bitrate": Chars("192k"),
}
SONAUTO: dict[str, Any] = {
    "tags": Chars(NONE),
    "seed": SEED,
    "prompt_strength": F(2, 1.4, 3.1),
    "balance_strength": F(0.7, 0, 1),
    "num_songs": F(1, 1, 2),
    "output_format": OneOf("wav", ("flac", "mp3", "wav", "ogg", "m4a")),
    "output_bit_rate": OneOf(NONE, (128, 192, 256, 320)),
}
BEATOVEN: dict[str, Any] = {
    "prompt": TEXT,
    "negative_prompt": Chars(""),
    "creativity": F(16, 1, 20),
    "seed": F(NONE, 0, 2147483647),
}
# NovaKit documents no shortest length, so a second it is; the longest is the model's in its table.
# ``model`` is a field there, too; here it is in the id, as in fal's addresses.
NOVAKIT: dict[str, Any] = {
    "prompt": TEXT,
    "duration_seconds": F(30, 1, 60),
    "mode": OneOf("text_to_music", ("text_to_music", "audio_to_audio")),
    "source_audio": Chars(NONE),
    "output_format": OneOf("mp3", ("mp3", "wav")),
    "negative_prompt": Chars(NONE),
    "model_inputs": F(NONE),
}

CONTRACT: dict[str, dict[str, Any]] = {
    "fal-ai/lyria2": {
        "prompt": Chars(NEEDED, 1, 2000),
        "negative_prompt": Chars("low quality"),
        "seed": SEED,
    },
    "fal-ai/lyria3": {"prompt": TEXT, "image_url": Chars(NONE)},
    "fal-ai/lyria3/pro": {"prompt": TEXT, "image_url": Chars(NONE)},
    "google/lyria-3.5": {"prompt": TEXT, "image_url": Chars(NONE)},
    "fal-ai/ace-step": {**ACE, "tags": TEXT, "lyrics": Chars(""), "duration": F(60, 5, 240)},
    "fal-ai/ace-step/prompt-to-audio": {
        **ACE,
        "prompt": TEXT,
        "instrumental": ON_OFF,
        "duration": F(60, 5, 240),
    },
    "fal-ai/ace-step/audio-to-audio": {
        **ACE,
        "audio_url": URL,
        "edit_mode": OneOf("remix", ("lyrics", "remix")),
        "original_tags": TEXT,
        "original_lyrics": Chars(""),
        "tags": TEXT,
        "lyrics": Chars(""),
        "original_seed": SEED,
    },
    "fal-ai/ace-step/audio-inpaint": {
        **ACE,
        "audio_url": URL,
        "tags": TEXT,
        "lyrics": Chars(""),
        "start_time": F(0, 0, 240),
        "start_time_relative_to": OneOf("start", ("start", "end")),
        "end_time": F(30, 0, 240),
        "end_time_relative_to": OneOf("start", ("start", "end")),
        "variance": F(0.5, 0, 1),
    },
    "fal-ai/ace-step/audio-outpaint": {
        **ACE,
        "audio_url": URL,
        "tags": TEXT,
        "lyrics": Chars(""),
        "extend_before_duration": F(0, 0, 240),
        "extend_after_duration": F(30, 0, 240),
    },
    "cassetteai/music-generator": {"prompt": TEXT, "duration": F(NEEDED, 10, 180)},
    "cassetteai/sound-effects-generator": {"prompt": TEXT, "duration": F(NEEDED, 1, 30)},
    "fal-ai/diffrhythm": {
        "lyrics": TEXT,
        "reference_audio_url": Chars(NONE),
        "style_prompt": Chars(NONE),
        "music_duration": OneOf("95s", ("95s", "285s")),
        "cfg_strength": F(4, 1, 10),
        "scheduler": OneOf("euler", ("euler", "midpoint", "rk4", "implicit_adams")),
        "num_inference_steps": F(32, 10, 100),
    },
    "fal-ai/yue": {"lyrics": TEXT, "genres": TEXT},
    "fal-ai/mmaudio-v2/text-to-audio": {
        "prompt": TEXT,
        "negative_prompt": Chars(""),
        "seed": F(NONE, 0, 65535),
        "num_steps": F(25, 4, 50),
        "duration": F(8, 1, 30),
        "cfg_strength": F(4.5, 0, 20),
        "mask_away_clip": ON_OFF,
    },
    "fal-ai/elevenlabs/sound-effects": {
        "text": TEXT,
        "duration_seconds": F(NONE, 0.5, 22),
        "prompt_influence": F(0.3, 0, 1),
        "output_format": EL,
    },
    "fal-ai/elevenlabs/sound-effects/v2": {
        "text": Chars(NEEDED, None, 450),
        "duration_seconds": F(NONE, 0.5, 22),
        "prompt_influence": F(0.3, 0, 1),
        "output_format": EL,
        "loop": ON_OFF,
    },
    "fal-ai/elevenlabs/music": {
        "prompt": Chars(NONE),
        "composition_plan": F(NONE),
        "music_length_ms": F(NONE, 3000, 600000),
        "force_instrumental": ON_OFF,
        "respect_sections_durations": F(True),
        "output_format": EL,
    },
    "fal-ai/minimax-music": {"prompt": Chars(NEEDED, 1, 600), "reference_audio_url": URL},
    "fal-ai/minimax-music/v1.5": {
        "prompt": Chars(NEEDED, 10, 600),
        "lyrics_prompt": Chars(NEEDED, 10, 3000),
        "audio_setting": F(NONE),
    },
    "fal-ai/minimax-music/v2": {
        "prompt": Chars(NEEDED, 10, 2000),
        "lyrics_prompt": Chars(NEEDED, 10, 3000),
        "audio_setting": F(NONE),
    },
    "fal-ai/minimax-music/v2.6": {
        "prompt": Chars(NEEDED, None, 2000),
        "lyrics": Chars("", None, 3500),
        "is_instrumental": ON_OFF,
        "lyrics_optimizer": ON_OFF,
        "audio_setting": F(NONE),
    },
    "minimax/music-3": {
        "prompt": TEXT,
        "lyrics": TEXT,
        "duration": F(60, 1, 300),
        "seed": SEED,
        "num_inference_steps": F(30, 1, 100),
        "guidance_scale": F(1.7, 0, 20),
    },
    "beatoven/music-generation": {
        **BEATOVEN,
        "duration": F(90, 5, 150),
        "refinement": F(100, 10, 200),
    },
    "beatoven/sound-effect-generation": {
        **BEATOVEN,
        "duration": F(5, 1, 35),
        "refinement": F(40, 10, 200),
    },
    "fal-ai/stable-audio": {
        "prompt": TEXT,
        "seconds_start": F(0, 0, 47),
        "seconds_total": F(30, 0, 47),
        "steps": F(100, 1, 1000),
    },
    "fal-ai/stable-audio-25/text-to-audio": {**SA25, "seconds_total": F(190, 1, 190)},
    "fal-ai/stable-audio-25/audio-to-audio": {
        **SA25,
        "audio_url": URL,
        "strength": F(0.8, 0.01, 1),
        "total_seconds": F(NONE, 1, 190),
    },
    "fal-ai/stable-audio-25/inpaint": {
        **SA25,
        "audio_url": URL,
        "seconds_total": F(190, 1, 190),
        "mask_start": F(30, 0, 190),
        "mask_end": F(190, 0, 190),
    },
    "fal-ai/stable-audio-3/medium/text-to-audio": {**SA3, "duration": F(30, 1, 380)},
    "fal-ai/stable-audio-3/small/sfx/text-to-audio": {**SA3, "duration": F(30, 1, 120)},
    "fal-ai/stable-audio-3/medium/audio-to-audio": {
        **SA3,
        "audio_url": URL,
        "duration": F(NONE, 1, 380),
        "init_noise_level": F(0.9, 0, 1),
    },
    "fal-ai/stable-audio-3/medium/audio-inpainting": {
        **SA3,
        "audio_url": URL,
        "mask_start_seconds": F(NEEDED, 0),
        "mask_end_seconds": F(NEEDED, 0),
    },
    "fal-ai/stable-audio-3/medium/audio-outpainting": {
        **SA3,
        "audio_url": URL,
        "extend_seconds_before": F(NONE, 0),
        "extend_seconds_after": F(NONE, 0),
    },
    "sonauto/v2/text-to-music": {
        **SONAUTO,
        "prompt": Chars(NONE),
        "lyrics_prompt": Chars(NONE),
        "bpm": F("auto"),
    },
    "sonauto/v2/extend": {
        **SONAUTO,
        "prompt": Chars(NONE),
        "lyrics_prompt": Chars(NONE),
        "audio_url": Chars(NEEDED, None, 2083),
        "side": OneOf(NEEDED, ("left", "right")),
        "extend_duration": F(NONE, None, 85, above=1),
        "crop_duration": F(0),
        "prompt_strength": F(1.8, 1.4, 3.1),
    },
    "sonauto/v2/inpaint": {
        **SONAUTO,
        "audio_url": Chars(NEEDED, None, 2083),
        "lyrics_prompt": TEXT,
        "sections": Chars(NEEDED, 1, 1),
        "selection_crop": ON_OFF,
    },
    "fal-ai/demucs": {
        "audio_url": URL,
        "model": OneOf(
            "htdemucs_6s",
            (
                "htdemucs",
                "htdemucs_ft",
                "htdemucs_6s",
                "hdemucs_mmi",
                "mdx",
                "mdx_extra",
                "mdx_q",
                "mdx_extra_q",
            ),
        ),
        "stems": F(NONE),
        "segment_length": F(NONE),
        "shifts": F(1, 1, 10),
        "overlap": F(0.25, 0, 1),
        "output_format": OneOf("mp3", ("wav", "mp3")),
    },
    "sonilo/v1.1/text-to-music": {
        "prompt": TEXT,
        "duration": F(90, 1, 600),
        "num_samples": F(1, 1, 3),
    },
    "novakit/fal-ai/stable-audio": {**NOVAKIT, "duration_seconds": F(30, 1, 47)},
    "novakit/fal-ai/stable-audio-25/text-to-audio": NOVAKIT,
    "novakit/fal-ai/minimax-music/v2": {**NOVAKIT, "prompt": Chars(NEEDED, 10, 2000)},
    "novakit/fal-ai/minimax-music/v1.5": {**NOVAKIT, "prompt": Chars(NEEDED, 10, 600)},
    "novakit/beatoven/music-generation": NOVAKIT,
    "novakit/sonauto/v2/text-to-music": NOVAKIT,
    "nur/music": {
        "prompt": TEXT,
        "duration": F(30, 5, 300),
        "genre": Chars(NONE),
        "tempo": F(NONE, 40, 220),
        "output_format": OneOf("mp3", ("mp3", "wav", "flac", "ogg")),
    },
}
