"""Statements that are compiled once for all databases of a test process.

SQLAlchemy keeps what it has compiled with the engine, and each test has engines of its own, so it
would compile the same statements thousands of times: a third of the processor's time of most tests
that have a database. The bot's own processes do without this.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

_Key = tuple[Any, ...]


class _Compiled(dict[Hashable, Any]):
    """Keeps statements by the kind of their dialect, instead of the engine's own copy of it.

    All engines of a kind are made alike, by `bot.store.engines`.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        """Find what was compiled for any engine of this kind."""
        return super().get(_of_any_engine(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_of_any_engine(key), compiled)


def _of_any_engine(key: _Key) -> _Key:
    dialect, *statement = key
    return type(dialect), *statement


def share() -> None:
    """Have all engines of this process keep their statements together, from now on."""
    compiled = _Compiled()

    @event.listens_for(sa.Engine, "engine_connect")
    def keep_there(connection: sa.Connection) -> None:
        connection.execution_options(compiled_cache=compiled)
