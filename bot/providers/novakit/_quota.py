"""NovaKit's answer that the plan has nothing left, as a sentence (NovaKit docs, Errors)."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bot.domain.job import Json


def quota_sentence(said: Mapping[str, Json]) -> str:
    """Say what remains and what was needed, as far as the answer tells, and what to do next.

    Each kind of quota has keys of its own, which end alike: ``generations_remaining``,
    ``generations_needed``, and the factor by which a dear model counts more.
    """
    remaining = _number(said, "_remaining")
    needed = _number(said, "_needed")
    if needed is None:
        needed = _number(said, "quota_multiplier")
    if remaining is None:
        words = "The operator's plan at NovaKit has no music tracks left this month."
    else:
        tracks = f"{_shown(remaining)} music {'track' if remaining == 1 else 'tracks'}"
        words = f"The operator's plan at NovaKit has {tracks} left this month"
        words += "." if needed is None else f", and this would take {_shown(needed)}."
    return (
        f"{words} Choose a model of another provider, or ask whoever runs this bot to buy more "
        "tracks."
    )


def _number(said: Mapping[str, Json], ending: str) -> float | None:
    for name, value in said.items():
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if name.endswith(ending) and is_number and isinstance(value, (int, float)):
            return float(value) if math.isfinite(value) and value >= 0 else None
    return None


def _shown(number: float) -> str:
    return f"{number:g}"
