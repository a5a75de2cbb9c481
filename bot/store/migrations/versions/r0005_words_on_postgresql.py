"""Let PostgreSQL's index part words as SQLite's does, and know a server as a word.

Revision: r0005
After: r0004
"""

from alembic import op

revision = "r0005"
down_revision = "r0004"
branch_labels = None
depends_on = None

SIGNS = "".join(char for char in map(chr, range(0x21, 0x7F)) if not char.isalnum())


def upgrade() -> None:
    """Make the index anew; SQLite's stays as it is.

    Signs become blanks: the parser would take an address, a file's name or a number with a point
    for one word. With two columns in the index the server would often rather go through all of a
    guild's rows and part their words, which takes a hundred times as long.
    """
    if op.get_bind().dialect.name != "postgresql":
        return
    signs = SIGNS.replace("'", "''")
    op.execute("DROP INDEX ix_jobs_search")
    op.execute(
        "CREATE INDEX ix_jobs_search ON jobs USING gin (to_tsvector('simple',"
        " 'qzg' || guild_id::text || ' ' || translate(coalesce(search_text, prompt),"
        f" '{signs}', '{' ' * len(SIGNS)}')))"
    )
