"""Starting without anything of the machine's own: no settings, no `.env`, no log handlers, no ports."""

from __future__ import annotations

import logging
import os
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

_PORTS = range(20_000, 32_000)
"""Below those that systems give to whoever asks for any: one of these is still free when a process
that takes a while to start listens on it."""

OURS = ("DISCORD_", "FAL_", "NOVAKIT_", "NUR_", "MINSTREL_", "DATABASE_URL")


def empty(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Take every setting out of the environment, and work in a folder without a `.env`."""
    monkeypatch.chdir(folder)
    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)


@contextmanager
def logging_as_it_was() -> Iterator[None]:
    """Put logging back afterwards; the console command sets it up for the whole process."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {
        name: logger.level
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger)
    }
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, before in levels.items():
            logging.getLogger(name).setLevel(before)


def free_port() -> int:
    """Find a port that nobody listens on, for whoever has to be told one beforehand."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port
