"""The bot with a clock that can be put forward and back while it runs.

    SHIFT_FILE=/tmp/shift python -m tests.chaos.shifted_bot

The file holds how many seconds the wall clock is ahead; without it the time is right. Everything
else is `minstrel run`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import run
from bot.config import load_settings
from bot.domain.clock import SystemClock
from bot.errors import StartupError
from bot.logs import set_up_logging

SHIFT_FILE = "SHIFT_FILE"


class ShiftedClock(SystemClock):
    """The machine's clock, wrong by as much as a file says."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """Give the moment that the machine believes it is."""
        try:
            seconds = float(self._path.read_text() or 0)
        except (FileNotFoundError, ValueError):
            seconds = 0.0
        return datetime.now(UTC) + timedelta(seconds=seconds)


def main() -> int:
    """Run until SIGINT or SIGTERM."""
    settings = load_settings()
    set_up_logging(settings)
    try:
        asyncio.run(run(settings, clock=ShiftedClock(Path(os.environ[SHIFT_FILE]))))
    except StartupError as error:
        print(f"minstrel: {error.sentence}", file=sys.stderr)  # noqa: T201 - a person reads it
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
