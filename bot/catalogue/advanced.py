"""The `advanced` option: ``steps=60 scheduler=heun``, any field of any endpoint, as text."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.catalogue.endpoint import Endpoint, Unfit
from bot.catalogue.limits import limits_of
from bot.catalogue.wording import listing, plain
from bot.domain.job import Json

_NAME = re.compile(r"\s*([A-Za-z_]\w*(?:\.\w+)*)\s*=\s*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"(?=\s|$)|\'([^\']*)\'(?=\s|$)', re.DOTALL)
_BARE = re.compile(r"\S+")
_ALIASES = {
    "steps": ("steps", "number_of_steps", "num_inference_steps", "num_steps", "refinement"),
    "guidance": ("guidance_scale", "cfg_strength", "prompt_strength", "prompt_influence"),
    "cfg": ("guidance_scale", "cfg_strength"),
    "format": ("output_format",),
    "influence": ("prompt_influence",),
    "expand": ("enable_prompt_expansion",),
    "quality": ("refinement",),
}
"""Short names, each good for the one of these fields that the endpoint has."""
_ADDRESS = re.compile(
    r"\s*(?:[a-z][a-z0-9+.-]*:)?//|\s*(?:data|blob|file|javascript):", re.IGNORECASE
)
_DEEPEST = 3
_DECODER = json.JSONDecoder()


def read_advanced(model: type[Endpoint], typed: str) -> tuple[dict[str, Json], dict[str, str]]:
    """Read pairs into fields, and tell under which name each was typed.

    Values keep their text where the field is text, and are numbers, switches or structures
    where they look like it; the endpoint's class checks them afterwards.

    Raises:
        Unfit: A pair cannot be read, is given twice, names no field of the endpoint, or has an
            address: whatever is to be fetched comes as a file.
    """
    fields: dict[str, Json] = {}
    names: dict[str, str] = {}
    position = 0
    while typed[position:].strip():
        start = _NAME.match(typed, position)
        if start is None:
            raise Unfit(
                f"Advanced options are pairs like steps=60, and {plain(typed[position:].strip())} is not one",
                "Write name=value, and put quotes around a value with spaces",
            )
        name, position = start.group(1), start.end()
        value, quoted, position = _value(name, typed, position)
        head, *path = name.split(".")
        if len(path) > _DEEPEST:
            raise Unfit(f"{plain(name)} lies too deep", "Write the structure as JSON instead")
        field = _field(model, head)
        converted = (
            value if quoted and not path else _convert(model, field, value, nested=bool(path))
        )
        if _is_address(converted):
            raise Unfit(
                f"Web addresses are not taken in advanced, and {plain(name)} is one",
                "Attach a sound file instead where the command takes one",
            )
        _store(fields, field, path, converted, name)
        names[field] = head
    return fields, names


def _is_address(value: Json) -> bool:
    """Say whether a value has an address in it: whoever fetches that would do so for a stranger."""
    if isinstance(value, str):
        return _ADDRESS.match(value) is not None
    if isinstance(value, dict):
        return any(map(_is_address, value.values()))
    return isinstance(value, list) and any(map(_is_address, value))


def _value(name: str, typed: str, position: int) -> tuple[Json, bool, int]:
    """Read the value at a position: a JSON structure, a quoted text, or everything to the next space."""
    if typed[position : position + 1] in ("{", "["):
        try:
            value, end = _DECODER.raw_decode(typed, position)
        except (ValueError, RecursionError) as error:
            raise Unfit(
                f"The structure after {name}= cannot be read", "Check its brackets and quotes"
            ) from error
        return value, True, end
    quoted = _QUOTED.match(typed, position)
    if quoted:
        double, single = quoted.groups()
        text = single if double is None else re.sub(r"\\(.)", r"\1", double)
        return _structure(text), True, quoted.end()
    bare = _BARE.match(typed, position)
    if bare is None:
        raise Unfit(f"There is nothing after {name}=", "Write a value right behind it")
    return bare.group(), False, bare.end()


def _structure(text: str) -> Json:
    """Read a quoted JSON object or list as such; any other text stays as it is."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            value: Json = json.loads(text)
        except (ValueError, RecursionError):
            return text
        return value
    return text


def _field(model: type[Endpoint], name: str) -> str:
    """Find the field that a name means."""
    fields = model.model_fields
    if name in fields:
        return name
    lowered = {field.lower(): field for field in fields}
    meant = [field for field in _ALIASES.get(name.lower(), ()) if field in fields]
    if name.lower() in lowered:
        return lowered[name.lower()]
    if len(meant) == 1:
        return meant[0]
    raise Unfit(
        f"{model.about.title} has no setting called {plain(name)}",
        f"It has {listing(sorted(fields), last='and')}",
    )


def _convert(model: type[Endpoint], field: str, value: Json, *, nested: bool) -> Json:
    """Read a bare word as what the field holds."""
    limits = limits_of(model.model_fields[field])
    if not isinstance(value, str) or (limits.text and not nested and value.lower() != "null"):
        return value
    if limits.many and not limits.nested:
        return [part for part in value.split(",") if part]
    try:
        read: Json = json.loads(value, parse_constant=str)
    except (ValueError, RecursionError):
        return value
    return read


def _store(fields: dict[str, Json], field: str, path: list[str], value: Json, name: str) -> None:
    """Put a value at its place, making the objects on the way to it."""
    place: dict[str, Any] = fields
    for key, following in zip([field, *path], path, strict=False):
        del following
        place = place.setdefault(key, {})
        if not isinstance(place, dict):
            raise Unfit(f"{name} is given twice", "Give it once")
    last = path[-1] if path else field
    if last in place:
        raise Unfit(f"{name} is given twice", "Give it once")
    place[last] = value
