"""What the scripts share: their options, their JSON lines, and the table at the end."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.chaos.judge import Verdict


def prepare() -> None:
    """Keep quiet of what is meant to happen: connections that break as processes die."""
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)


def options(name: str, *, kills: int) -> argparse.ArgumentParser:
    """Make the options that every script takes."""
    prepare()
    parser = argparse.ArgumentParser(prog=f"python -m tests.chaos.{name}")
    parser.add_argument("--kills", type=int, default=kills, help="how often to strike")
    parser.add_argument("--seed", type=int, default=1, help="where chance begins")
    parser.add_argument("--out", type=Path, default=None, help="where the JSON lines go")
    return parser


class Lines:
    """JSON lines: one per strike, and the verdict last."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, **line: object) -> None:
        """Write a line at once, so that a look at the file shows how far things are."""
        if self._file is not None:
            self._file.write(json.dumps(line, default=str) + "\n")
            self._file.flush()


def say(words: str) -> None:
    """Tell whoever watches."""
    print(words, flush=True)  # noqa: T201 - a person reads it


def table(rows: Mapping[str, object]) -> None:
    """Print a small table."""
    width = max(map(len, rows), default=0)
    for name, value in rows.items():
        say(f"  {name.ljust(width)}  {value}")


def conclude(verdict: Verdict, lines: Lines, **facts: object) -> int:
    """Write down and print the verdict; give the exit code."""
    numbers = {name: len(found) for name, found in verdict.findings.items()}
    lines.write(kind="verdict", **facts, findings=verdict.findings, counts=dict(verdict.counts))
    say("")
    table(facts)
    table(dict(sorted(verdict.counts.items())))
    say("")
    table({name.replace("_", " "): value for name, value in numbers.items()})
    for name, found in verdict.findings.items():
        _shown(name, found)
    return 0 if verdict.is_clean else 1


def _shown(name: str, found: Sequence[str], *, most: int = 20) -> None:
    for one in found[:most]:
        print(f"  {name}: {one}", file=sys.stderr)  # noqa: T201 - a person reads it
