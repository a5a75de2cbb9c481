"""What went over the wire, as JSON lines, for whoever wants to check it against a specification."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


class Recording:
    """Writes one line for each request, response and gateway frame; none without a file."""

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file

    @classmethod
    @contextmanager
    def open(cls, path: Path | None) -> Iterator[Recording]:
        """Record into a file, or nowhere."""
        if path is None:
            yield cls()
            return
        with path.open("w", encoding="utf-8", buffering=1) as file:
            yield cls(file)

    def __call__(self, entry: dict[str, object]) -> None:
        """Write one line."""
        if self._file is not None:
            self._file.write(json.dumps(entry, ensure_ascii=False, default=str) + "\n")
