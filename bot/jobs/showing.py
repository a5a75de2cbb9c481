"""The first and the last look of a card, which must get through: the rest may be skipped."""

from __future__ import annotations

import logging

from bot.domain.job import Failure, Job
from bot.domain.takes import as_one
from bot.errors import DeliveryError, DiscordUnavailable, LostRace, StoreError
from bot.jobs.ringing import ring
from bot.jobs.runtime import Runtime
from bot.store import jobs

log = logging.getLogger(__name__)


async def post_card(rt: Runtime, job: Job) -> Job:
    """Put up the card that a crash or an outage kept from being posted.

    Until then nothing is spent. An outage that lasts too long ends the job.
    """
    began = rt.clock.monotonic()
    attempt = 0
    while True:
        try:
            card_id = await rt.board.post(rt.card(await rt.takes(job)))
            posted = await rt.db.write(jobs.set_card, job, card_id, rt.clock.now())
        except DiscordUnavailable as error:
            if rt.clock.monotonic() - began > rt.timing.post:
                return await _take_back(rt, job, error)
            attempt += 1
            log.warning("job %s: its card cannot be posted: %s", job.id, error.sentence)
            await rt.clock.sleep(rt.backoff.after(attempt).total_seconds())
        except DeliveryError as error:
            return await _take_back(rt, job, error)
        else:
            await rt.board.hush(job)
            return posted


async def _take_back(rt: Runtime, job: Job, error: DeliveryError) -> Job:
    """Withdraw a job that cannot have a card."""
    failure = Failure(code=error.code, sentence=error.sentence)
    now = rt.clock.now()
    ended = await rt.db.write(jobs.withdraw, job.id, failure=failure, now=now, shown_at=now)
    if not ended:
        raise LostRace("The job was ended by somebody else.") from error
    return ended[0]


async def show_end(rt: Runtime, job: Job) -> Job:
    """Write the last state of a job that brought no audio onto its card.

    A card of several takes ends when the last of them does.
    """
    takes = await rt.takes(job)
    if len(takes) > 1:
        await rt.show(job)
        left = await rt.db.write(jobs.leave_end_to_others, job, now=rt.clock.now())
        if left is not None:
            return left
        takes = await rt.takes(job)
    began = rt.clock.monotonic()
    attempt = 0
    while True:
        try:
            if job.card_id is None:
                return await _find_card(rt, job, takes)
            await rt.board.settle(rt.card(takes))
            break
        except DiscordUnavailable as error:
            if rt.clock.monotonic() - began > rt.timing.deliver:
                log.warning("job %s: its card still does not say that it is over", job.id)
                break
            attempt += 1
            log.warning("job %s: its card is held up: %s", job.id, error.sentence)
            await rt.clock.sleep(rt.backoff.after(attempt).total_seconds())
        except DeliveryError as error:
            log.info("job %s: its card cannot be written: %s", job.id, error.sentence)
            break
    shown = await rt.db.write(jobs.amend, job, now=rt.clock.now(), shown_at=rt.clock.now())
    await ring(rt, as_one(takes))
    return shown


async def _find_card(rt: Runtime, job: Job, takes: list[Job]) -> Job:
    """Give an ended job with its card: posted, and not written down before a process died.

    Whoever cancelled it saw the card. Posting it again gives the very same one.

    Raises:
        DeliveryError: It cannot be had.
    """
    card_id = await rt.board.post(rt.card(takes))
    leader = await rt.db.read(jobs.get, job.card_owner)
    if leader is None:
        raise LostRace("The job was removed in the meantime.")
    await rt.db.write(jobs.set_card, leader, card_id, rt.clock.now())
    found = await rt.db.read(jobs.get, job.id)
    if found is None or found.lease_owner not in {rt.worker, None}:
        raise LostRace("The job was taken over by another worker.")
    return found


async def clear_up(rt: Runtime) -> None:
    """Take away what a process that died could not: acknowledgements of cards that stand."""
    try:
        left = await rt.db.read(jobs.open_jobs)
    except StoreError:
        log.exception("acknowledgements of before cannot be found")
        return
    for job in left:
        if job.card_id is not None:
            await rt.board.hush(job)
