"""The audit finds what does not add up, and says it in a sentence."""

from __future__ import annotations

import pytest

from bot.domain.job import State
from bot.domain.money import Micros
from bot.store import Database, audit, jobs
from tests.store.builders import NOW, accept, generate, new_job


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("UPDATE quota SET active = 7 WHERE scope = 'guild'", "Server 100: 7 jobs are counted"),
        ("UPDATE quota SET reserved = 1 WHERE scope = 'user'", "Member 200 of server 100: .*reser"),
        ("UPDATE quota SET spent = 1 WHERE scope = 'guild'", "Server 100: .* count as spent"),
        ("UPDATE quota SET day_reserved = 1 WHERE scope = 'user'", "as reserved in 2026-11-21"),
        ("UPDATE quota SET day_spent = 1 WHERE scope = 'guild'", "as spent in 2026-11-21"),
        ("UPDATE ledger SET day = '2026-11-20'", "as spent in 2026-11-21"),
        ("DELETE FROM quota", "2 jobs|1 jobs under way, but nothing"),
        ("DELETE FROM ledger WHERE kind = 'reserve'", "has no reservation"),
        ("UPDATE ledger SET amount = 1 WHERE kind = 'settle'", "do not add up"),
        ("DELETE FROM ledger WHERE kind = 'refund'", "do not add up"),
        ("UPDATE jobs SET cost = 1 WHERE cost IS NOT NULL", "do not add up"),
        ("UPDATE jobs SET finished_at = NULL", "not over, but was settled"),
        ("UPDATE jobs SET state = 'running'", "by its state"),
    ],
)
async def test_damage_is_found(db: Database, damage: str, sentence: str) -> None:
    """One open and one finished job add up; after the damage they do not."""
    done = await generate(db)
    await db.write(jobs.finish, done, State.DELIVERED, cost=Micros(20_000), now=NOW)
    await accept(db, new_job(user=201))
    await accept(db)
    assert await db.read(audit.check) == []

    await db.write(lambda conn: conn.exec_driver_sql(damage))

    assert await db.read(audit.check) != []
    with pytest.raises(AssertionError, match=sentence):
        raise AssertionError("\n".join(await db.read(audit.check)))
