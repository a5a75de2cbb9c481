"""In which order tests run: those that mostly wait are spread among those that mostly work.

A test with a bot or a browser of its own leaves its core idle for most of its time. By their names
these would come one after another, and at the end all workers would wait side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

_WAITING = ("e2e", "chaos", "security", "sandbox/web", "test_simcord.py")


def spread(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Give the tests in their new order. Those of a module stay together, and share its bot."""
    modules = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
    waiting = [tests for tests in modules if _waits(tests[0])]
    working = [tests for tests in modules if not _waits(tests[0])]
    return [item for tests in evenly(working, waiting) for item in tests]


def evenly(many: Sequence[Sequence[T]], few: Sequence[Sequence[T]]) -> list[Sequence[T]]:
    """Put the few groups among the many, so that about as much of the many lies before each.

    >>> evenly([[1], [2, 3], [4], [5]], ["a", "b"])
    [[1], 'a', [2, 3], [4], 'b', [5]]
    """
    places = [*_middles(len(group) for group in many), *_middles(1 for _ in few)]
    together = zip(places, [*many, *few], strict=True)
    return [group for _, group in sorted(together, key=lambda pair: pair[0])]


def _middles(sizes: Iterable[int]) -> list[float]:
    """Give where the middle of each lies in a row of them, between 0 and 1."""
    row = list(sizes)
    before = [sum(row[:place]) for place in range(len(row))]
    return [(start + size / 2) / sum(row) for start, size in zip(before, row, strict=True)]


def _waits(item: pytest.Item) -> bool:
    name = item.path.relative_to(Path(__file__).parent).as_posix()
    return name.startswith(_WAITING)
