"""What forms ask, and a request as a form of five fields, and back. Pure.

Discord's modals have room for five inputs (Discord docs, Component Reference, Modal). The options
of a request that matter most have one of their own; the rest stand in the last as ``name=value``
pairs.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.catalogue import Ask
from bot.catalogue.wording import plain
from bot.domain.job import AudioFormat, Kind
from bot.errors import InvalidInput

_CLOCK = re.compile(r"^(?:(\d{1,2}):)?(\d{1,3}(?:\.\d+)?)\s*(?:s|sec|seconds)?$", re.IGNORECASE)
_YES = {
    "yes": True,
    "true": True,
    "on": True,
    "1": True,
    "no": False,
    "false": False,
    "off": False,
    "0": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as a member made it: the options, and the file they want to hold."""

    ask: Ask
    format: AudioFormat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input of a form.

    Attributes:
        name: The option it stands for; ``more`` for all that have no input of their own.
        most: The longest text it takes.
    """

    name: str
    label: str
    hint: str = ""
    is_long: bool = False
    is_required: bool = False
    most: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One line of a menu."""

    value: str
    label: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """A menu of a form, of which one line is chosen."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    is_first_chosen: bool = True


_PROMPT = Field(name="prompt", label="Prompt", is_long=True, is_required=True, most=4000)
_MODEL = Field(name="model", label="Model", hint="Empty for the best value")
_DURATION = Field(name="duration", label="Length", hint="Seconds or minutes, such as 90 or 1:30")
_SEED = Field(name="seed", label="Seed", hint="Empty for a new one")
_TITLE = Field(name="title", label="Title", hint="What you call it", most=100)
_STYLE = Field(
    name="style",
    label="Style",
    hint="Such as: dream pop, female voice, 96 bpm",
    is_long=True,
    most=2000,
)
LYRICS_MOST = 4000
"""What Discord takes in one input (Discord docs, Component Reference, Text Input)."""
_LYRICS = Field(
    name="lyrics",
    label="Lyrics",
    hint="[verse]\n…\n[chorus]\n…",
    is_long=True,
    most=LYRICS_MOST,
)
_MORE = Field(
    name="more", label="More options", hint="Such as: genre=jazz tempo=84 format=flac", most=1000
)

FORMS: Mapping[Kind, tuple[Field, ...]] = {
    Kind.MUSIC: (_PROMPT, _MODEL, _DURATION, _SEED, _MORE),
    Kind.SFX: (_PROMPT, _MODEL, _DURATION, _SEED, _MORE),
    Kind.SONG: (
        _TITLE,
        _STYLE,
        replace(_LYRICS, label="Lyrics; the model writes them if empty"),
        _MODEL,
        _MORE,
    ),
    Kind.REMIX: (replace(_PROMPT, is_required=False), _LYRICS, _MODEL, _SEED, _MORE),
}


TITLES: Mapping[Kind, str] = {
    Kind.MUSIC: "Music",
    Kind.SFX: "Sound effect",
    Kind.SONG: "Song",
    Kind.REMIX: "Remix",
}


def filled(request: Request, fields: tuple[Field, ...]) -> dict[str, str]:
    """Give the text of each input for a request, so that it can be changed."""
    ask = request.ask
    own = {field.name for field in fields}
    texts = {
        field.name: _text(getattr(ask, field.name))
        for field in fields
        if field.name != "more" and getattr(ask, field.name) is not None
    }
    pairs = [
        f"{name}={shlex.quote(_text(value))}"
        for name in _READERS
        if name not in own and (value := getattr(ask, name)) not in (None, _PLAIN[name])
    ]
    if request.format is not None:
        pairs.append(f"format={request.format.value}")
    if ask.advanced:
        pairs.append(ask.advanced)
    texts["more"] = " ".join(pairs)
    return texts


def read(request: Request, texts: Mapping[str, str]) -> Request:
    """Give a request as its form now says; what has no input stays as it was.

    Raises:
        InvalidInput: A text is not what its field takes.
    """
    ask = request.ask
    for name, text in texts.items():
        if name == "more":
            continue
        ask = _with(ask, name, text)
    if "more" not in texts:
        return replace(request, ask=ask)
    return _read_more(replace(request, ask=ask), texts)


def _read_more(request: Request, texts: Mapping[str, str]) -> Request:
    """Read the pairs: options by their names, and all others for the model itself."""
    unset: dict[str, Any] = {name: _PLAIN[name] for name in _READERS if name not in texts}
    ask = replace(request.ask, **unset, advanced=None)
    audio_format: AudioFormat | None = None
    others = []
    for word in _words(texts["more"]):
        name, has_value, value = word.partition("=")
        if not has_value or not name:
            raise InvalidInput(
                f"More options are pairs such as tempo=84, and {plain(word, limit=40)} is not one. Put quotes "
                "around a value with spaces."
            )
        if name == "format":
            audio_format = _format(value)
        elif name in _READERS:
            ask = _with(ask, name, value)
        else:
            others.append(f"{name}={_quoted(value)}")
    return Request(ask=replace(ask, advanced=" ".join(others) or None), format=audio_format)


def _with(ask: Ask, name: str, text: str) -> Ask:
    value: Any = _READERS[name](name, text) if text.strip() else _PLAIN[name]
    return replace(ask, **{name: value})


def _words(typed: str) -> list[str]:
    try:
        return shlex.split(typed)
    except ValueError as error:
        raise InvalidInput(
            "A quote in the field More options is opened and never closed. Close it, or leave it out."
        ) from error


def _quoted(value: str) -> str:
    """Write a value so that the catalogue reads it back as one."""
    if not re.search(r"[\s\"']", value) or value.startswith(("{", "[")):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def seconds(name: str, text: str) -> float:
    """Read a length: ``90``, ``90s`` or ``1:30``."""
    found = _CLOCK.match(text.strip())
    if found is None:
        raise InvalidInput(
            f"The {name} {plain(text, limit=20)} is not a length. Write seconds or minutes, such as "
            "90 or 1:30."
        )
    return int(found[1] or 0) * 60 + float(found[2])


def _whole(name: str, text: str) -> int:
    try:
        return int(text.strip().replace(",", ""))
    except ValueError:
        raise InvalidInput(f"The {name} {plain(text, limit=20)} is not a whole number.") from None


def _number(name: str, text: str) -> float:
    try:
        return float(text.strip())
    except ValueError:
        raise InvalidInput(f"The {name} {plain(text, limit=20)} is not a number.") from None


def _switch(name: str, text: str) -> bool:
    try:
        return _YES[text.strip().lower()]
    except KeyError:
        raise InvalidInput(f"{name} is yes or no.") from None


def _format(text: str) -> AudioFormat:
    try:
        return AudioFormat(text.strip().lower())
    except ValueError:
        raise InvalidInput(
            f"There is no format {plain(text, limit=20)}. Choose mp3, ogg, wav or flac."
        ) from None


def _as_typed(_name: str, text: str) -> str:
    return text


def _trimmed(_name: str, text: str) -> str:
    return text.strip()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


_READERS: Mapping[str, Callable[[str, str], object]] = {
    "title": _trimmed,
    "prompt": _as_typed,
    "style": _as_typed,
    "lyrics": _as_typed,
    "model": _trimmed,
    "duration": seconds,
    "seed": _whole,
    "negative_prompt": _as_typed,
    "genre": _trimmed,
    "tempo": _whole,
    "key": _trimmed,
    "variations": _whole,
    "instrumental": _switch,
    "write_lyrics": _switch,
    "loop": _switch,
    "strength": _number,
}
"""The options that a form can show, and how their text is read."""

_NOTHING = Ask(kind=Kind.MUSIC)
_PLAIN: Mapping[str, object] = {name: getattr(_NOTHING, name) for name in _READERS}
