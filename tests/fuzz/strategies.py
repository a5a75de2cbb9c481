"""How long to hunt, and what to hunt with.

The suite tries each property a few times. To hunt for as long as you like:

    MINSTREL_FUZZ=5000 .venv/bin/pytest tests/fuzz -q -n auto
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

F = TypeVar("F", bound=Callable[..., Any])

EXAMPLES = int(os.environ.get("MINSTREL_FUZZ", "25"))
"""How often each property is tried."""


def fuzzed(*, share: float = 1.0) -> settings:
    """Give the settings of a property; those that cost more are tried for a share of the times."""
    return settings(
        max_examples=max(5, int(EXAMPLES * share)),
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.filter_too_much,
        ],
    )


ODD_TEXT = st.text(max_size=60) | st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "\ud800",
        "🎹" * 50,
        "a" * 7_000,
        "\n" * 500,
        "١٢٣",
        "²",
        "1e999",
        "-0",
        "nan",
        "inf",
        "-1",
        "9" * 5_000,
        "0x10",
        "1_000",
        "{",
        "[" * 2_000,
        '{"a":' * 500,
        "=" * 50,
        "'" * 3,
        '"' * 3,
        "\\" * 9,
        "%s %d {0}",
        "'; DROP TABLE jobs; --",
        "../../etc/passwd",
        "C:\\con\\nul",
        "https://x.example",
        "\u202eabc",
        "ﷺ" * 20,
        "Ａ",
        "[verse]\n" * 200,
        "[00:99.99]la",
        "[-1:00]la",
        "1:2:3:4",
        "99999:99",
        "::",
    ]
)
"""Texts that have broken programs, and any other text."""

ODD_NUMBER = (
    st.integers()
    | st.floats()
    | st.sampled_from([0, -1, 2**31, 2**32, 2**63, 2**64, 10**400, -(10**30), 1e308, 5e-324])
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ODD_TEXT, inner, max_size=4),
    max_leaves=12,
)
