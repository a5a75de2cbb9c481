"""The database: schema, migrations, and the functions that read and write it.

Nothing outside this package speaks SQL.
"""

from bot.store.database import Database, migrate

__all__ = ["Database", "migrate"]
