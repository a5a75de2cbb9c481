"""What a log line is about: the job, its server, its request; carried along by the task that logs.

Machines read it as fields of the line. People find the job's number in the words.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import ContextVar

_about: ContextVar[Mapping[str, str]] = ContextVar("about")


def is_about(**names: int | str | None) -> None:
    """Say what this task works on from now on, in place of what was said before."""
    _about.set({name: str(value) for name, value in names.items() if value is not None})


class ContextFilter(logging.Filter):
    """Adds to each record what its task works on."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record through, with its fields."""
        for name, value in _about.get({}).items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True
