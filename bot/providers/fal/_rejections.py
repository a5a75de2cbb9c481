"""What a member reads when a model does not accept an input: which one, and what it takes.

Built from fal's error types and their limits, never from its messages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bot.domain.job import Json
from bot.providers.fal._answers import Item
from bot.providers.sentences import REJECTED, in_words


def rejection(item: Item) -> str:
    """Say why the model did not accept an input, and what to change."""
    limits = _limits(item.context)
    for pattern, tell in _FILE_TROUBLE:
        if pattern.search(item.type):
            return tell(limits)
    demand = next((tell(limits) for pattern, tell in _DEMANDS if pattern.search(item.type)), "")
    name = in_words(item.field)
    if not name:
        return f"The model did not accept the request: a value {demand}." if demand else REJECTED
    if not demand:
        return f"The model did not accept “{name}” as it is. Change it and try again."
    return f"The model did not accept “{name}”: it {demand}. Change it and try again."


Limits = Mapping[str, str]
"""Context by name, each value already fit to be shown."""

_Tell = Callable[[Limits], str]


def _limits(context: Mapping[str, Json]) -> Limits:
    return {name: shown for name, value in context.items() if (shown := _shown(value))}


def _shown(value: Json) -> str:
    """Write a limit for people; nothing when it cannot be shown in a few plain words."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, (int, float)):
        return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"
    if isinstance(value, list):
        shown = [text for entry in value[:12] if (text := _shown(entry))]
        return ", ".join(shown)
    return in_words(value) if isinstance(value, str) else ""


def _bound(words: str, *names: str) -> _Tell:
    """Tell a bound whose number is under the first of some names, or that there is one."""

    def tell(limits: Limits) -> str:
        number = next((limits[name] for name in (*names, "limit_value") if name in limits), "")
        return words.format(number) if number else _without_number(words)

    return tell


def _without_number(words: str) -> str:
    vague = {"less": "be smaller", "at most": "be smaller", "more": "be larger"}
    if "character" in words or "entries" in words:
        return "must be shorter" if "at most" in words else "must be longer"
    return "must " + next((say for key, say in vague.items() if key in words), "be larger")


_DEMANDS: tuple[tuple[re.Pattern[str], _Tell], ...] = (
    (re.compile(r"missing"), lambda _: "is needed"),
    (
        re.compile(r"greater_than_equal|not_ge$"),
        _bound("must be at least {}", "ge"),
    ),
    (re.compile(r"greater_than|not_gt$"), _bound("must be more than {}", "gt")),
    (re.compile(r"less_than_equal|not_le$"), _bound("must be at most {}", "le")),
    (re.compile(r"less_than|not_lt$"), _bound("must be less than {}", "lt")),
    (re.compile(r"multiple_of"), _bound("must be a multiple of {}", "multiple_of")),
    (
        re.compile(r"string_too_short|str\.min_length"),
        _bound("must be at least {} characters long", "min_length"),
    ),
    (
        re.compile(r"string_too_long|str\.max_length"),
        _bound("must be at most {} characters long", "max_length"),
    ),
    (
        re.compile(r"too_short|min_items"),
        _bound("must have at least {} characters or entries", "min_length"),
    ),
    (
        re.compile(r"too_long|max_items"),
        _bound("must have at most {} characters or entries", "max_length"),
    ),
    (
        re.compile(r"one_of|literal|enum|const"),
        lambda limits: (
            f"must be one of: {limits['expected']}"
            if "expected" in limits
            else "must be one of the model's choices"
        ),
    ),
    (re.compile(r"(int|float|decimal)_|integer|not_a_number"), lambda _: "must be a number"),
    (re.compile(r"bool"), lambda _: "must be on or off"),
    (re.compile(r"string|str\b"), lambda _: "must be text"),
    (re.compile(r"url"), lambda _: "must be a web address"),
)


def _long_audio(limits: Limits) -> str:
    bound = (
        f" It takes at most {limits['max_duration']} seconds." if "max_duration" in limits else ""
    )
    return f"The source audio is too long for this model.{bound} Use a shorter one and try again."


def _short_audio(limits: Limits) -> str:
    bound = (
        f" It needs at least {limits['min_duration']} seconds." if "min_duration" in limits else ""
    )
    return f"The source audio is too short for this model.{bound} Use a longer one and try again."


def _wrong_format(limits: Limits) -> str:
    known = limits.get("supported_formats")
    bound = f" It reads {known}." if known else ""
    return f"This model cannot read the source audio's format.{bound} Convert it and try again."


def _large_file(limits: Limits) -> str:
    try:
        bound = f" It takes at most {float(limits.get('max_size', '')) / 1_000_000:.0f} MB."
    except ValueError:
        bound = ""
    return f"The source file is too large for this model.{bound} Use a smaller one and try again."


_FILE_TROUBLE: tuple[tuple[re.Pattern[str], _Tell], ...] = (
    (re.compile(r"^(audio|video)_duration_too_long$"), _long_audio),
    (re.compile(r"^(audio|video)_duration_too_short$"), _short_audio),
    (re.compile(r"^unsupported_(audio|video)_format$"), _wrong_format),
    (re.compile(r"^file_too_large$"), _large_file),
    (
        re.compile(r"^file_download_error$"),
        lambda _: "The model could not fetch the source audio. Attach the file and try again.",
    ),
    (
        re.compile(r"^feature_not_supported$"),
        lambda _: (
            "This model cannot do what was asked for. "
            "Leave out the special options, or choose another model."
        ),
    ),
    (
        re.compile(r"^(image|face|unsupported_image|invalid_archive|archive)(_|$)"),
        lambda _: "The model cannot use the file it was given. Use another one and try again.",
    ),
)
