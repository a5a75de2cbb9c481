"""Each class is field for field what its endpoint documents, and holds every range at both ends."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bot.catalogue import all_models, find, validate
from bot.catalogue.limits import limits_of
from tests.catalogue.contract import CONTRACT, NEEDED, Chars, F, OneOf

FIELDS = [(endpoint, name) for endpoint, fields in CONTRACT.items() for name in fields]
EACH = pytest.mark.parametrize(("endpoint", "name"), FIELDS, ids=[f"{e}:{n}" for e, n in FIELDS])
_GOOD = {"sections": [{"start": 1, "end": 2}], "duration": 20, "side": "left"}


def body(endpoint: str, **fields: Any) -> dict[str, Any]:
    """Give the smallest valid request with some fields changed."""
    made = {
        name: _GOOD.get(name, 10 if isinstance(spec, F) else "ten letters and more")
        for name, spec in CONTRACT[endpoint].items()
        if spec.default is NEEDED
    }
    if endpoint in ("fal-ai/elevenlabs/music", "sonauto/v2/text-to-music", "sonauto/v2/extend"):
        made["prompt"] = "a song"
    if endpoint == "fal-ai/minimax-music/v2.6":
        made["lyrics"] = "la la"
    return made | fields


def accepts(endpoint: str, name: str, value: Any) -> bool:
    """Say whether the class takes a value for a field."""
    try:
        validate(endpoint, body(endpoint, **{name: value}))
    except ValidationError as error:
        # Rules across fields are not what is measured here.
        return not any(part["loc"][:1] == (name,) for part in error.errors())
    return True


def test_every_model_has_a_contract_and_every_contract_a_model() -> None:
    """A class that nobody wrote the documentation down for is not trusted."""
    assert {model.about.endpoint for model in all_models()} == set(CONTRACT)


@pytest.mark.parametrize("endpoint", CONTRACT)
def test_fields_are_those_of_the_documentation(endpoint: str) -> None:
    """No field is missing, none is made up, and the smallest request is valid."""
    assert set(find(endpoint).model_fields) == set(CONTRACT[endpoint])
    validate(endpoint, body(endpoint))


@EACH
def test_required_marks_and_defaults_agree(endpoint: str, name: str) -> None:
    """What is left out means the same here as there."""
    field = find(endpoint).model_fields[name]
    spec = CONTRACT[endpoint][name]

    assert field.is_required() == (spec.default is NEEDED)
    if spec.default is not NEEDED:
        assert field.default == spec.default
        assert type(field.default) is bool or type(spec.default) is not bool


@EACH
def test_ranges_hold_at_below_and_above_both_ends(endpoint: str, name: str) -> None:
    """The end itself is in, the next value is out."""
    spec = CONTRACT[endpoint][name]
    step = 1 if limits_of(find(endpoint).model_fields[name]).whole else 0.001
    match spec:
        case F(low=low, high=high, above=above):
            _check_numbers(endpoint, name, low, high, step)
            if above is not None:
                assert not accepts(endpoint, name, above)
                assert accepts(endpoint, name, above + 0.001)
        case Chars(shortest=shortest, longest=longest) if name != "sections":
            _check_lengths(endpoint, name, shortest, longest)
        case OneOf(values=values):
            assert all(accepts(endpoint, name, value) for value in values)
            assert not accepts(endpoint, name, "no such choice")


def _check_numbers(
    endpoint: str, name: str, low: float | None, high: float | None, step: float
) -> None:
    limits = limits_of(find(endpoint).model_fields[name])
    if low is not None:
        assert accepts(endpoint, name, low)
        assert accepts(endpoint, name, low + step)
        assert not accepts(endpoint, name, low - step)
        assert limits.low == low
    if high is not None:
        assert accepts(endpoint, name, high)
        assert accepts(endpoint, name, high - step)
        assert not accepts(endpoint, name, high + step)
        assert limits.high == high


def _check_lengths(endpoint: str, name: str, shortest: int | None, longest: int | None) -> None:
    if shortest:
        assert accepts(endpoint, name, "x" * shortest)
        assert not accepts(endpoint, name, "x" * (shortest - 1))
    if longest:
        assert accepts(endpoint, name, "x" * longest)
        assert not accepts(endpoint, name, "x" * (longest + 1))
    if not longest:
        assert limits_of(find(endpoint).model_fields[name]).longest is None


@pytest.mark.parametrize(
    ("endpoint", "field", "values"),
    [
        ("fal-ai/minimax-music/v1.5", "sample_rate", [8000, 44100]),
        ("fal-ai/minimax-music/v2", "format", ["mp3", "flac", "pcm"]),
        ("fal-ai/minimax-music/v2.6", "format", ["mp3", "wav", "pcm"]),
        ("fal-ai/minimax-music/v2.6", "bitrate", [32000, 64000, 128000, 256000]),
    ],
)
def test_audio_settings_are_those_of_the_version(
    endpoint: str, field: str, values: list[Any]
) -> None:
    """The versions differ in rates and formats."""
    for value in values:
        assert accepts(endpoint, "audio_setting", {field: value})
    assert not accepts(endpoint, "audio_setting", {field: "none of these"})
    assert not accepts(endpoint, "audio_setting", {"unknown": 1})


def _plan(**section: Any) -> dict[str, Any]:
    whole = {
        "section_name": "Verse",
        "positive_local_styles": [],
        "negative_local_styles": [],
        "duration_ms": 3000,
        "lines": ["la"],
    }
    return {
        "positive_global_styles": [],
        "negative_global_styles": [],
        "sections": [whole | section],
    }


@pytest.mark.parametrize(
    ("section", "fits"),
    [
        ({"duration_ms": 3000}, True),
        ({"duration_ms": 2999}, False),
        ({"duration_ms": 120000}, True),
        ({"duration_ms": 120001}, False),
        ({"section_name": ""}, False),
        ({"section_name": "x" * 100}, True),
        ({"section_name": "x" * 101}, False),
        ({"lines": ["x" * 200]}, True),
        ({"lines": ["x" * 201]}, False),
    ],
)
def test_composition_plans_hold_their_ranges(section: dict[str, Any], fits: bool) -> None:
    """Sections of 3 to 120 seconds, names up to 100 and lines up to 200 characters."""
    made = {"composition_plan": _plan(**section)}

    if fits:
        validate("fal-ai/elevenlabs/music", made)
    else:
        with pytest.raises(ValidationError):
            validate("fal-ai/elevenlabs/music", made)
