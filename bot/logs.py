"""Logging for people or for machines, without secrets at any level."""

from __future__ import annotations

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

from bot.config import Settings
from bot.log_context import ContextFilter
from bot.scrubbing import Scrubber, ScrubbingFormatter

_TEXT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
_QUIET = {
    # At DEBUG these write request bodies, URLs with interaction tokens, and every SQL statement.
    "discord": logging.INFO,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.INFO,
    "PIL": logging.INFO,
}


def set_up_logging(settings: Settings) -> None:
    """Send everything to standard error, in the configured form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ScrubbingFormatter(_formatter(settings), Scrubber.of(settings)))
    handler.addFilter(ContextFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.minstrel_log_level)
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(max(level, root.level))


def _formatter(settings: Settings) -> logging.Formatter:
    if settings.minstrel_log_format == "text":
        return logging.Formatter(_TEXT, datefmt="%Y-%m-%d %H:%M:%S")
    return JsonFormatter(
        "%(asctime)s %(levelname)s %(name)s %(message)s",
        rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
    )
