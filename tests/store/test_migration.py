"""The tables that migrations make are the tables that the code means."""

from __future__ import annotations

import asyncio
import importlib.resources
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from bot.errors import StartupError
from bot.store import Database, migrate
from bot.store.schema import metadata


def test_migrations_and_schema_agree(migrated: Path) -> None:
    """Nothing is left to do between what is made and what is meant, constraints included."""
    made, meant = sa.create_engine(f"sqlite:///{migrated}"), sa.create_engine("sqlite://")
    with made.connect() as here, meant.connect() as there:
        metadata.create_all(there)
        context = MigrationContext.configure(
            here, opts={"include_object": _is_ours, "compare_type": False}
        )

        assert compare_metadata(context, metadata) == []
        assert _described(here) == _described(there)
    made.dispose()
    meant.dispose()


def test_the_tables_can_be_made_on_postgresql() -> None:
    """Every table and index has a form in the other dialect."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in metadata.sorted_tables:
        assert str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=dialect))


async def test_migrating_again_changes_nothing(sqlite_url: str) -> None:
    """Every start may do it."""
    before = _dump(sqlite_url)

    await migrate(sqlite_url)

    assert _dump(sqlite_url) == before


async def test_a_newer_database_is_left_alone(sqlite_url: str) -> None:
    """An older program neither opens nor migrates it, and says what to do."""
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as newer:
        newer.execute("UPDATE alembic_version SET version_num = 'r9999'")
    newer.close()

    with pytest.raises(StartupError, match="newer version"):
        await migrate(sqlite_url)
    with pytest.raises(StartupError, match="newer version"):
        async with Database.open(sqlite_url):
            pass


async def test_postgresql_is_migrated_again_and_refused_when_newer(own_postgres_url: str) -> None:
    """The same promises hold for the other kind of database."""
    await migrate(own_postgres_url)
    async with Database.open(own_postgres_url) as db:
        await db.write(_make_newer)

    with pytest.raises(StartupError, match="newer version"):
        await migrate(own_postgres_url)


def test_postgresql_has_the_tables_that_the_code_means(postgres_url: str) -> None:
    """Types, constraints and indexes, as its own reflection tells them."""

    async def compare() -> list[object]:
        async with Database.open(postgres_url) as db:
            return await db.read(_differences)

    assert asyncio.run(compare()) == []


def _make_newer(conn: sa.Connection) -> None:
    conn.exec_driver_sql("UPDATE alembic_version SET version_num = 'r9999'")


def _differences(conn: sa.Connection) -> list[object]:
    context = MigrationContext.configure(
        conn, opts={"include_object": _is_ours, "compare_type": False}
    )
    return list(compare_metadata(context, metadata))


async def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Tables that are in the way are not ours to remove, and none of ours are left beside them."""
    path = tmp_path / "minstrel.db"
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE meta (a)")
    foreign.close()
    before = _dump(f"sqlite:///{path}")

    with pytest.raises(StartupError):
        await migrate(f"sqlite:///{path}")

    assert _dump(f"sqlite:///{path}") == before


def test_the_migrations_are_part_of_the_package() -> None:
    """An installed bot can migrate its own database."""
    scripts = importlib.resources.files("bot.store") / "migrations"

    assert (scripts / "env.py").is_file()
    assert any(each.name.startswith("r0001") for each in (scripts / "versions").iterdir())


def _is_ours(item: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    return not (reflected and str(name).startswith(("job_fts", "ix_jobs_search")))


def _described(conn: sa.Connection) -> dict[str, object]:
    inspector = sa.inspect(conn)
    return {
        name: (
            [
                (column["name"], str(column["type"]), column["nullable"])
                for column in inspector.get_columns(name)
            ],
            inspector.get_pk_constraint(name),
            sorted(str(check["sqltext"]) for check in inspector.get_check_constraints(name)),
            inspector.get_unique_constraints(name),
            inspector.get_foreign_keys(name),
            [
                (index["name"], index["column_names"], str(_where(index)))
                for index in inspector.get_indexes(name)
            ],
        )
        for name in metadata.tables
    }


def _where(index: sa.engine.interfaces.ReflectedIndex) -> object:
    return index.get("dialect_options", {}).get("sqlite_where")


def _dump(url: str) -> list[str]:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as conn:
        found = [
            str(row)
            for row in conn.execute(
                "SELECT name, sql FROM sqlite_master WHERE name != 'alembic_version'"
            )
        ]
    conn.close()
    return found
