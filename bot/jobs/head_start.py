"""Encoding a file while it is still being downloaded, so that both are done at about one time.

It is a bet, and a free one: whatever comes of it is used only if it is exactly what is wanted once
the file is here, and nothing is lost if it is not. The file is downloaded and kept all the same.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from pathlib import Path

from bot.audio.download import Growth
from bot.audio.fit import Fit, Fitted, is_lossless
from bot.audio.sniff import Sniffed
from bot.audio.workshop import Workshop
from bot.domain.clock import Clock

log = logging.getLogger(__name__)

LEAD_SECONDS = 3.0
"""So long before the end of a download its encoding begins at the earliest: a workshop's place that
waits for a slow server is one that others wait for."""

MEASURED_SECONDS = 0.1
"""So long the download is watched, for its speed is known only then."""

LEAST_BYTES = 1024 * 1024
"""Smaller files are encoded before it matters."""

_WORTH = frozenset({Sniffed.WAV, Sniffed.FLAC})
"""What is not already in a format that is handed on as it is."""


class HeadStart:
    """One file's encoding, begun early. Close it when the file was delivered, or was not.

    Args:
        fit: What the file will be wanted as.
        into: A folder that does not exist yet, and is removed at the end.
    """

    def __init__(self, workshop: Workshop, clock: Clock, *, fit: Fit, into: Path) -> None:
        self._workshop = workshop
        self._clock = clock
        self._fit = fit
        self._into = into
        self._first: tuple[float, int] | None = None
        self._size = 0
        self._source = into.with_name(f"{into.name}-source")
        self._encoding: asyncio.Task[Fitted] | None = None

    def grew(self, growth: Growth) -> None:
        """Begin, once enough of the file is here; give up where it comes anew."""
        now = self._clock.monotonic()
        if growth.size < self._size and self._encoding is not None:
            self._encoding.cancel()
        if growth.size < self._size or self._first is None:
            self._first = (now, growth.size)
        since, first = self._first
        self._size = growth.size
        if self._encoding is None and now - since >= MEASURED_SECONDS:
            speed = (growth.size - first) / (now - since)
            if self._is_time(growth, speed):
                self._begin(growth)

    def _begin(self, growth: Growth) -> None:
        try:
            # By a name of its own: the download's is gone once it is through.
            os.link(growth.part, self._source)
        except OSError as error:
            log.debug("no head start on this disk: %s", error.strerror)
            return
        fitting = self._workshop.fit(self._source, self._into, self._fit, arriving_bytes=growth.of)
        self._encoding = asyncio.create_task(fitting, name=f"head-start-{self._into.name}")

    def _is_time(self, growth: Growth, speed: float) -> bool:
        """Say whether it is worth it, at a speed of so many bytes per second."""
        if growth.kind not in _WORTH or growth.of < LEAST_BYTES or is_lossless(self._fit.format):
            return False
        is_near = growth.of - growth.size <= LEAD_SECONDS * speed
        # Windows lets nobody rename a file that somebody has open.
        return is_near and self._workshop.has_room and os.name == "posix"

    async def take(self, fit: Fit) -> Fitted | None:
        """Give what came of it; None where something else is wanted, or nothing came of it."""
        if self._encoding is None or fit != self._fit:
            return None
        await asyncio.wait([self._encoding])
        if self._encoding.cancelled():
            return None
        error = self._encoding.exception()
        if error is None:
            return self._encoding.result()
        log.info("a head start came to nothing: %s", error)
        return None

    async def close(self) -> None:
        """Stop, and remove what was made."""
        encoding, self._encoding = self._encoding, None
        if encoding is not None:
            encoding.cancel()
            await asyncio.gather(encoding, return_exceptions=True)
        await asyncio.to_thread(self._remove)

    def _remove(self) -> None:
        self._source.unlink(missing_ok=True)
        shutil.rmtree(self._into, ignore_errors=True)
