"""Who asked to be told when their card is over; by the id of the card's job.

It stands beside the job and not in it: whoever works on the job need not know, and loses no race.
"""

from __future__ import annotations

import sqlalchemy as sa

from bot.domain.ids import JobId
from bot.store.notes import Notes

_NOTES = Notes("ping:")


def toggle(conn: sa.Connection, job_id: JobId) -> bool:
    """Want to be told, or no longer; say which of the two it is now."""
    if is_wanted(conn, job_id):
        _NOTES.drop(conn, job_id, {})
        return False
    _NOTES.save(conn, job_id, {})
    return True


def is_wanted(conn: sa.Connection, job_id: JobId) -> bool:
    """Say whether somebody wants to be told."""
    return _NOTES.get(conn, job_id) is not None


def wanted(conn: sa.Connection) -> set[JobId]:
    """Give all cards of which somebody wants to be told."""
    return {JobId(note_id) for note_id in _NOTES.ids(conn)}


def forget_before(conn: sa.Connection, job_id: int) -> int:
    """Remove the wishes about jobs with smaller ids, which are older, and give their number."""
    return _NOTES.forget_before(conn, job_id)
