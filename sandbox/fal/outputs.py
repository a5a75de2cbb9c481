"""The output objects of models: each endpoint has its own shape for the same few files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.job import Json
from sandbox.fal.engines import Engine, Shape
from sandbox.fal.shelf import Kept
from sandbox.fal.synth import CONTENT_TYPES, RATE
from sandbox.fal.works import Commission, Made

STEMS = ("vocals", "drums", "bass", "other", "guitar", "piano")


def write(
    engine: Engine,
    arguments: Mapping[str, Json],
    commission: Commission,
    files: Sequence[tuple[Made, Kept, str]],
) -> dict[str, Json]:
    """Write the output object for files that stand at the given addresses."""
    shown = [_file(engine, made, kept, url) for made, kept, url in files]
    output = _placed(engine.shape, shown, [made.name for made, _, _ in files])
    seconds = files[0][0].seconds
    echoes: Mapping[str, Json] = {
        "seed": commission.seed,
        "tags": arguments.get("tags") or commission.prompt,
        "lyrics": commission.lyrics,
        "prompt": commission.prompt,
        "metadata": {"duration": round(seconds, 3), "sample_rate": commission.rate},
        "duration": round(seconds, 3),
        "sample_rate": commission.rate,
    }
    return output | {name: echoes[name] for name in engine.echoes}


def _placed(shape: Shape, shown: list[Json], names: Sequence[str]) -> dict[str, Json]:
    match shape:
        case Shape.AUDIO:
            return {"audio": shown[0]}
        case Shape.AUDIO_FILE:
            return {"audio_file": shown[0]}
        case Shape.AUDIO_LIST:
            return {"audio": shown}
        case Shape.AUDIO_AND_AUDIOS:
            return {"audio": shown[0], "audios": shown}
        case Shape.STEM_KEYS:
            by_name = dict(zip(names, shown, strict=True))
            return {stem: by_name.get(stem) for stem in STEMS}
        case Shape.TARGET_AND_RESIDUAL:
            return dict(zip(("target", "residual"), shown, strict=True))


def _file(engine: Engine, made: Made, kept: Kept, url: str) -> Json:
    content_type: Json = engine.says or CONTENT_TYPES[made.container]
    file: dict[str, Json] = {
        "url": url,
        "content_type": content_type,
        "file_name": kept.name,
        "file_size": kept.size,
    }
    if engine.shape is Shape.AUDIO_AND_AUDIOS:
        file |= {"duration": made.seconds, "codec": made.container, "channels": 2,
                 "sample_rate": RATE, "media_type": "audio"}  # fmt: skip
    return file
