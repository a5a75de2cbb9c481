"""What the database's errors mean for the operator."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import StoreError

_GENERAL = "The database refused the operation. The log has its own words for it."
_SENTENCES = {
    sqlite3.SQLITE_FULL: (
        "The disk that holds the database is full. Free some space there;"
        " everything goes on by itself afterwards."
    ),
    sqlite3.SQLITE_IOERR: (
        "The disk that holds the database cannot be read or written. Check the disk and the log"
        " of the system, then start again."
    ),
    sqlite3.SQLITE_BUSY: (
        "The database is locked by another program. Close whatever else has the file open;"
        " everything goes on by itself afterwards."
    ),
    sqlite3.SQLITE_CORRUPT: (
        "The database file is damaged. Stop the bot, keep a copy of the file, and put the latest"
        " backup in its place."
    ),
    sqlite3.SQLITE_NOTADB: (
        "The file that DATABASE_URL names is not a database. Name another file, or put the latest"
        " backup in its place."
    ),
    sqlite3.SQLITE_READONLY: (
        "The database may not be written. Give the bot's user the right to write the file and"
        " its folder."
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "The database file cannot be opened. Check that its folder exists and that the bot's user"
        " may read and write it."
    ),
    sqlite3.SQLITE_CONSTRAINT: (
        "The database refused a write that contradicts what it holds. The log has the details."
    ),
}
_SENTENCES[sqlite3.SQLITE_LOCKED] = _SENTENCES[sqlite3.SQLITE_BUSY]
_SENTENCES[sqlite3.SQLITE_PERM] = _SENTENCES[sqlite3.SQLITE_CANTOPEN]


_UNREACHABLE = (
    "The database server cannot be reached. Check that it runs and that DATABASE_URL names it"
    " rightly; everything goes on by itself afterwards."
)


def fault_of(error: SQLAlchemyError | sqlite3.Error | OSError) -> StoreError:
    """Translate a database error; raise the outcome `from` the original."""
    if isinstance(error, OSError) or getattr(error, "connection_invalidated", False):
        return StoreError(_UNREACHABLE)
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    # The low byte is the kind of error, the rest says which of its many forms.
    sentence = _GENERAL if code is None else _SENTENCES.get(code & 0xFF, _GENERAL)
    return StoreError(sentence)
