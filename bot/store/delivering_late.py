"""A piece that its channel did not take, posted somewhere after all."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.ids import ChannelId, JobId, MessageId
from bot.domain.job import State
from bot.store.jobs import add_message, move
from bot.store.schema import jobs
from bot.store.takes import takes


def deliver(
    conn: sa.Connection,
    leader_id: JobId,
    message_id: MessageId,
    channel_id: ChannelId,
    *,
    now: datetime,
) -> bool:
    """Note that a message shows a piece; of what was not delivered before it is the card from now on.

    Who may read that channel finds the piece from then on. No money moves: it was settled when the
    piece was made. Says whether anything was delivered by it.
    """
    add_message(conn, leader_id, message_id, channel_id)
    late = [take for take in takes(conn, leader_id, lock=True) if take.state is State.UNDELIVERED]
    for take in late:
        # Nobody is to write its end over the message that has its audio.
        move(conn, take, State.DELIVERED, now=now, shown_at=now, note="posted late")
    if late:
        conn.execute(
            sa.update(jobs)
            .where(sa.or_(jobs.c.id == leader_id, jobs.c.leader_id == leader_id))
            .values(card_id=message_id, channel_id=channel_id, version=jobs.c.version + 1)
        )
    return bool(late)
