"""Telling a member that a card is over: after a long wait, or because they asked to be told."""

from __future__ import annotations

import logging
from datetime import timedelta

from bot.domain.job import Job, State
from bot.errors import DeliveryError
from bot.jobs.runtime import Runtime
from bot.store import pings

log = logging.getLogger(__name__)

LONG_WAIT = timedelta(minutes=3)
"""Who waited longer has looked away, and is told that the piece is ready; an edit tells nobody."""


async def ring(rt: Runtime, whole: Job) -> None:
    """Tell whoever asked for a card that it is over, if that is news to them; never raises.

    Who pressed Cancel knows. That nothing came of it is told to those alone who asked to be told.
    """
    if whole.state is State.CANCELLED:
        return
    was_long = rt.clock.now() - whole.created_at > LONG_WAIT
    if not (was_long and whole.state is State.DELIVERED) and not await rt.db.read(
        pings.is_wanted, whole.card_owner
    ):
        return
    try:
        await rt.board.ring(whole)
    except DeliveryError as error:
        log.info("job %s: nobody could be told that it is over: %s", whole.id, error.sentence)
