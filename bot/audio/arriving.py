"""A file that is still being downloaded, read as far as it has come.

Runs in a child process only. Whoever reads too fast waits for the bytes, so that a file is encoded
by the time its last byte is here. It stands in for a file wherever `soundfile` takes one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from bot.errors import AudioError

LOOK_SECONDS = 0.01
STALL_SECONDS = 10.0
"""Longest wait for more; the download itself is more patient, and the file is then read anew."""


class Arriving:
    """An open file of which only the beginning is here. Use as a context manager.

    Args:
        path: Where it is written to, by appending alone.
        size: How large it will be, in bytes.
        sleep: Waits between two looks, in seconds.

    Attributes:
        is_waited_for: Whether reading waits for what is not here yet. A decoder that looks for
            chunks behind the samples, while it opens the file, is told that there are none.
    """

    def __init__(
        self, path: Path, size: int, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._file = path.open("rb", buffering=0)
        self._size = size
        self._sleep = sleep
        self._at = 0
        self._is_stalled = False
        self.is_waited_for = False

    def __enter__(self) -> Self:
        return self

    @property
    def size(self) -> int:
        """How large it will be, in bytes."""
        return self._size

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def begin(self) -> None:
        """Go back to the start, for a decoder that opens the file."""
        self._at = 0
        self.is_waited_for = False

    def check(self) -> None:
        """Raise what a decoder would not have passed on.

        Raises:
            AudioError: ``truncated``: nothing more came.
        """
        if self._is_stalled:
            raise AudioError(
                "The audio file kept breaking off while I fetched it. Try again in a minute.",
                code="truncated",
                retryable=True,
            )

    # -- what soundfile asks of a file ---------------------------------------------------------

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, within the file as it will be."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        """Give the place."""
        return self._at

    def read(self, count: int) -> bytes:
        """Give so many bytes, or fewer at the end of the file, or after a stall."""
        end = min(self._at + count, self._size)
        if end <= self._at or not self._comes(end):
            return b""
        self._file.seek(self._at)
        data = self._file.read(end - self._at)
        self._at += len(data)
        return data

    def _comes(self, end: int) -> bool:
        """Wait until the file reaches so far; say whether it does."""
        here, waited = self._here(), 0.0
        while here < end:
            if not self.is_waited_for or waited >= STALL_SECONDS:
                self._is_stalled = self.is_waited_for
                return False
            self._sleep(LOOK_SECONDS)
            waited += LOOK_SECONDS
            now = self._here()
            if now > here:
                here, waited = now, 0.0
        return True

    def _here(self) -> int:
        return os.fstat(self._file.fileno()).st_size


Origin: TypeAlias = Path | Arriving
"""Where audio is read from."""
