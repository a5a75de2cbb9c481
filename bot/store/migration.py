"""Bringing a database's tables up to date, and refusing those that do not fit."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import StartupError
from bot.store import engines
from bot.store.faults import fault_of
from bot.store.location import is_sqlite, parse, path_of, sole_owner
from bot.store.transactions import FileWriter, ServerTransactions, Transactions

log = logging.getLogger(__name__)

_TURN = 0x6D696E73
"""The number of the lock under which PostgreSQL is migrated."""

_SCRIPTS = Path(__file__).parent / "migrations"


async def migrate(url: str) -> None:
    """Bring the tables up to date, all or nothing. Makes the database file if there is none.

    Raises:
        StartupError: The database is in use, cannot be written, or is newer than this program.
    """
    where = parse(url)
    if is_sqlite(where):
        owned: AbstractContextManager[None] = sole_owner(path_of(where))
        # Rebuilding a table drops it first, which would take the rows that refer to it along.
        writer: Transactions = FileWriter(engines.sqlite_writer(where, foreign_keys=False))
    else:
        owned = nullcontext()
        writer = ServerTransactions(engines.postgres(where, connections=1), connections=1)
    with owned:
        try:
            await writer.run(upgrade)
        except (SQLAlchemyError, OSError) as error:
            raise StartupError(fault_of(error).sentence) from error
        finally:
            await writer.close()


def upgrade(conn: sa.Connection) -> None:
    """Run the missing migrations in the transaction of a connection.

    Raises:
        StartupError: The database is newer than this program.
    """
    config = _config()
    if conn.dialect.name == "postgresql":
        # Processes that start together take turns; the later ones find nothing left to do.
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))
    before = _refuse_newer(conn, ScriptDirectory.from_config(config))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
    head = MigrationContext.configure(conn).get_current_revision()
    if head != before:
        log.info("database: tables brought from %s to %s", before or "nothing", head)
    if conn.dialect.name == "sqlite" and conn.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise StartupError(
            "The database holds rows that refer to missing ones. It was left as it was;"
            " put the latest backup in its place."
        )


def require_head(conn: sa.Connection) -> None:
    """Check that the tables are those of this program.

    Raises:
        StartupError: They are older, newer or missing.
    """
    scripts = ScriptDirectory.from_config(_config())
    if _refuse_newer(conn, scripts) != scripts.get_current_head():
        raise StartupError("The database is not up to date. Run minstrel migrate, then try again.")


def _refuse_newer(conn: sa.Connection, scripts: ScriptDirectory) -> str | None:
    """Give the database's revision; None when it has no tables yet."""
    revision = MigrationContext.configure(conn).get_current_revision()
    if revision is not None and revision not in {
        each.revision for each in scripts.walk_revisions()
    }:
        raise StartupError(
            "The database was written by a newer version of this program."
            " Update the program, or put back a backup from before that version."
        )
    return revision


def _config() -> Config:
    # It announces every look at the version; what matters is said here.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    # A percent sign in the path would be taken for a placeholder.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config
