"""Several takes on one card: what they are together, and which file has which letter. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.job import LETTERS, Failure, Job, State
from bot.domain.money import Micros

_ON_THE_WAY = (
    State.ACCEPTED,
    State.DISPATCHING,
    State.UNKNOWN,
    State.SUBMITTED,
    State.RUNNING,
    State.GENERATED,
)
_OVER = (
    State.DELIVERED,
    State.UNDELIVERED,
    State.FAILED,
    State.TIMED_OUT,
    State.CANCELLED,
)
_MADE = frozenset({State.GENERATED, State.DELIVERED, State.UNDELIVERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file of a card.

    Attributes:
        job: The take that made it.
        index: Its place among the take's files.
    """

    letter: str
    job: Job
    index: int


def as_one(takes: Sequence[Job]) -> Job:
    """Give the leader as it stands for all takes of its card.

    It is where the least advanced take is, costs what all cost together, and has its result once
    all are over and one of them was delivered.
    """
    leader = takes[0]
    if len(takes) == 1:
        return leader
    telling = _telling(takes)
    costs = [take.cost for take in takes if take.cost is not None]
    finished = [take.finished_at for take in takes if take.finished_at is not None]
    return replace(
        leader,
        state=telling.state,
        failure=_with_offer(telling.failure, takes),
        queue_position=telling.queue_position,
        cancel_at=telling.cancel_at,
        started_at=telling.started_at,
        submit_at=next((take.submit_at for take in takes if take.submit_at is not None), None),
        finished_at=max(finished) if len(finished) == len(takes) else None,
        estimate=Micros(sum(take.estimate for take in takes)),
        cost=Micros(sum(costs)) if len(costs) == len(takes) else None,
    )


def _with_offer(failure: Failure | None, takes: Sequence[Job]) -> Failure | None:
    """Add another take's offer: what keeps failing shows only after the first failure."""
    if failure is None or failure.offer is not None:
        return failure
    for other in (take.failure for take in takes):
        if other is not None and other.offer is not None:
            return replace(failure, offer=other.offer, offer_price=other.offer_price)
    return failure


def _telling(takes: Sequence[Job]) -> Job:
    """Choose the take that tells where all stand."""
    is_open = [take for take in takes if not take.state.is_final]
    if is_open:
        return min(is_open, key=lambda take: _ON_THE_WAY.index(take.state))
    return min(takes, key=lambda take: _OVER.index(take.state))


def progress(takes: Sequence[Job]) -> tuple[int, int]:
    """Give how many results are made, and how many were asked for."""
    widths = [_width(takes, place) for place in range(len(takes))]
    made = sum(width for take, width in zip(takes, widths, strict=True) if take.state in _MADE)
    return made, sum(widths)


def letters_of(takes: Sequence[Job], take: Job) -> str:
    """Name the results that a take was to make, such as ``B`` or ``A and B``."""
    place = [one.id for one in takes].index(take.id)
    names = LETTERS[take.part : take.part + _width(takes, place)]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _width(takes: Sequence[Job], place: int) -> int:
    """Give how many results a take was to make."""
    take = takes[place]
    if place + 1 < len(takes):
        return max(takes[place + 1].part - take.part, 1)
    wanted = takes[0].options.get("variations")
    return max(wanted - take.part if isinstance(wanted, int) else 1, 1)


def pieces(takes: Sequence[Job]) -> list[Piece]:
    """Letter the files of all takes that were made, in order.

    Each begins at its own letter, so that one which failed leaves a gap. A card holds ten files.
    """
    found: list[Piece] = []
    place = 0
    for take in takes:
        if take.state not in _MADE:
            continue
        place = max(place, take.part)
        for index in range(min(len(take.files), len(LETTERS) - place)):
            found.append(Piece(letter=LETTERS[place], job=take, index=index))
            place += 1
    return found
