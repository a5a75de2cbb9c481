"""`minstrel copy-database`: from one database to another, told as it goes."""

from __future__ import annotations

from bot.errors import StoreError
from bot.store import Database, migrate
from bot.store.copying import copy_all

FAILED = 1


async def copy_database(source_url: str, target_url: str) -> int:
    """Copy everything, print how it goes, and give the exit code.

    Raises:
        StartupError: One of the two cannot be used; the bot may still be running.
    """
    await migrate(source_url)
    await migrate(target_url)
    async with Database.open(source_url) as source, Database.open(target_url) as target:
        try:
            async for step in copy_all(source, target):
                if step.is_done:
                    print(f"{step.table}: {step.rows} rows copied")  # noqa: T201
        except StoreError as error:
            print(  # noqa: T201
                f"{error.sentence} Start the same command again: it goes on where it stopped."
            )
            return FAILED
    print("Everything is there. Set DATABASE_URL to the new database and start the bot.")  # noqa: T201
    return 0
