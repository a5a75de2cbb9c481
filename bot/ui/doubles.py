"""Double-clicks: two presses of one button by one member within a moment are meant as one."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.clock import Clock
from bot.domain.ids import JobId
from bot.ui.buttons import Verb

MOMENT_SECONDS = 1.5


@dataclass(slots=True)
class DoubleClicks:
    """Remembers the presses of the last moment."""

    clock: Clock
    _presses: dict[tuple[int, Verb, JobId], float] = field(default_factory=dict)

    def is_second(self, user_id: int, verb: Verb, job_id: JobId) -> bool:
        """Say whether this press repeats one of a moment ago; count it if not."""
        now = self.clock.monotonic()
        self._presses = {
            press: at for press, at in self._presses.items() if now - at < MOMENT_SECONDS
        }
        press = (user_id, verb, job_id)
        if press in self._presses:
            return True
        self._presses[press] = now
        return False
