"""Rate limits: fixed windows per bucket, told in headers, enforced with 429.

Five messages and five edits per five seconds and channel are what is commonly observed; Discord
documents only that the headers must be obeyed (Discord docs, Rate Limits).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sandbox.discord.refusals import Refusal
from sandbox.discord.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many calls in so many seconds."""

    name: str
    calls: int
    seconds: float


CREATE = Rate(name="create", calls=5, seconds=5)
EDIT = Rate(name="edit", calls=5, seconds=5)
OLD_EDIT = Rate(name="old_edit", calls=3, seconds=6)
GLOBAL = Rate(name="global", calls=50, seconds=1)
OLD = timedelta(hours=1)


@dataclass(slots=True)
class _Window:
    opened: float
    used: int = 0


class Buckets:
    """The windows that are open."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._windows: dict[tuple[str, str], _Window] = {}

    def take(self, rate: Rate, major: str) -> dict[str, str]:
        """Use one call of a bucket; gives the headers that say how many are left.

        Raises:
            Refusal: 429, when none is left.
        """
        now = self._world.clock.monotonic()
        window = self._windows.get((rate.name, major))
        if window is None or now - window.opened >= rate.seconds:
            window = self._windows[rate.name, major] = _Window(now)
        reset_after = max(window.opened + rate.seconds - now, 0.001)
        if window.used >= rate.calls:
            raise self._refused(rate, major, reset_after)
        window.used += 1
        return self._headers(rate, major, rate.calls - window.used, reset_after)

    def _headers(
        self, rate: Rate, major: str, remaining: int, reset_after: float
    ) -> dict[str, str]:
        reset_at = self._world.clock.now().timestamp() + reset_after
        return {
            "X-RateLimit-Limit": str(rate.calls),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": f"{reset_at:.3f}",
            "X-RateLimit-Reset-After": f"{reset_after:.3f}",
            "X-RateLimit-Bucket": hashlib.md5(rate.name.encode()).hexdigest(),
        }

    def _refused(self, rate: Rate, major: str, reset_after: float) -> Refusal:
        self._world.tally.rate_limited += 1
        self._world.tally.violations["rate_limit"] += 1
        is_global = rate is GLOBAL
        headers = {
            "Via": "1.1 sandbox",
            "Retry-After": str(int(reset_after) + 1),
            "X-RateLimit-Scope": "global" if is_global else "user",
        }
        if is_global:
            headers["X-RateLimit-Global"] = "true"
        else:
            headers |= self._headers(rate, major, 0, reset_after)
        message = "You are being rate limited."
        code = 0
        if rate is OLD_EDIT:
            code = 30046
            message = (
                "Maximum number of edits to messages older than 1 hour reached. Try again later."
            )
        extra = {"retry_after": round(reset_after, 3), "global": is_global}
        return Refusal(429, code, message, headers=headers, extra=extra)
