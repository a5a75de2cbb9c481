"""Making the sound for one request: from a commission to files. Blocking; runs in a thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.job import Json
from sandbox.fal import synth
from sandbox.fal.engines import Makes
from sandbox.fal.sources import Edit
from sandbox.fal.synth import Heard, Samples, rework


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """What to make.

    Attributes:
        copies: How many versions.
        source: The file to work on, or to take tempo and key from.
        stems: The parts that are wanted; empty for all.
        six: Whether guitar and piano are parts of their own.
    """

    makes: Makes
    prompt: str
    negative: str
    lyrics: str
    seconds: float
    seed: int
    container: str
    rate: int
    bpm: float | None = None
    loop: bool = False
    copies: int = 1
    source: bytes | None = None
    edit: Edit = field(default_factory=Edit)
    stems: tuple[str, ...] = ()
    six: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One finished file."""

    name: str
    data: bytes
    container: str
    seconds: float


class Unusable(Exception):
    """A recording that the model cannot work on.

    Attributes:
        kind, ctx: The word and the details of the model's error.
    """

    def __init__(self, sentence: str, *, kind: str, ctx: Mapping[str, Json]) -> None:
        super().__init__(sentence)
        self.kind = kind
        self.ctx = ctx


def make(commission: Commission) -> Sequence[Made]:
    """Make everything that was asked for, in order.

    Raises:
        Unusable: The recording to work on is not audio, or is too long.
    """
    container = synth.container_for(commission.container)
    made = []
    for name, wave in _sounds(commission).items():
        data = synth.encode(wave, container, commission.rate)
        seconds = len(wave) / synth.RATE
        made.append(Made(name=name, data=data, container=container, seconds=seconds))
    return made


def _sounds(commission: Commission) -> Mapping[str, Samples]:
    source = None if commission.source is None else _heard(commission.source)
    if source is not None and commission.makes is Makes.STEMS:
        parts = dict(rework.stems(source))
        if not commission.six:
            parts["other"] += parts.pop("guitar")
            parts["other"] += parts.pop("piano")
        return {name: parts[name] for name in commission.stems or parts if name in parts}
    if source is not None and commission.makes is Makes.PICKED:
        return _picked(commission.prompt.lower(), source)
    names = ["output", *(f"output_{number}" for number in range(2, commission.copies + 1))]
    return {
        name: _sound(commission, source, commission.seed + number)
        for number, name in enumerate(names)
    }


def _heard(data: bytes) -> Samples:
    try:
        return synth.read(data)
    except synth.Unreadable as error:
        raise Unusable(
            "Unsupported audio format",
            kind="unsupported_audio_format",
            ctx={"supported_formats": ["wav", "mp3", "flac", "ogg"]},
        ) from error
    except synth.TooLong as error:
        raise Unusable(
            "Audio duration is too long",
            kind="audio_duration_too_long",
            ctx={
                "max_duration": rework.LONGEST_SECONDS,
                "provided_duration": round(error.seconds, 2),
            },
        ) from error


def _sound(commission: Commission, source: Samples | None, seed: int) -> Samples:
    if commission.makes is Makes.SOUND:
        return synth.sound(
            commission.prompt, seconds=commission.seconds, seed=seed, loop=commission.loop
        )
    if source is None or commission.makes in {Makes.MUSIC, Makes.SONG}:
        like = None if source is None else synth.listen(source)
        return _composed(commission, seed, like)(commission.seconds)
    return _reworked(commission, source, seed)


def _composed(commission: Commission, seed: int, like: Heard | None) -> Callable[[float], Samples]:
    def play(seconds: float) -> Samples:
        return synth.compose(
            commission.prompt,
            seconds=seconds,
            seed=seed,
            negative=commission.negative,
            lyrics=commission.lyrics,
            bpm=commission.bpm,
            like=like,
        )

    return play


def _reworked(commission: Commission, source: Samples, seed: int) -> Samples:
    edit = commission.edit
    source = source[round(edit.crop_left * synth.RATE) :]
    source = source[: len(source) - round(edit.crop_right * synth.RATE)]
    length = len(source) / synth.RATE
    play = _composed(commission, seed, synth.listen(source))
    match commission.makes:
        case Makes.EXTENDED:
            return rework.extend(source, play, before=edit.before, after=edit.after)
        case Makes.REPLACED:
            start = edit.start + (length if edit.start < 0 else 0)
            end = length if edit.end is None else edit.end + (length if edit.end < 0 else 0)
            return rework.replace(source, play, start=start, end=end)
        case _:
            seconds = commission.seconds or length
            return rework.restyle(source, play, strength=edit.strength, seconds=seconds)


# What people call the parts that can be picked out; anything else is the rest.
PARTS = {
    "drums": ("drum", "percussion", "beat", "kick", "snare"),
    "bass": ("bass",),
    "vocals": ("voc", "voice", "sing", "speech", "speak", "man", "woman"),
    "guitar": ("guitar",),
    "piano": ("piano", "key"),
}


def _picked(prompt: str, source: Samples) -> Mapping[str, Samples]:
    wanted = [name for name, words in PARTS.items() if any(word in prompt for word in words)]
    target = rework.stems(source)[wanted[0] if wanted else "other"]
    return {"target": target, "residual": source - target}
