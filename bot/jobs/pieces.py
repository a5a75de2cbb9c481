"""Which results there are on a card, and which of them a member means. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.catalogue import OutputFile, read_output
from bot.domain.job import LETTERS, Job, State
from bot.errors import BadResult, NotFound
from bot.jobs.replies import checked_letter

_MADE = frozenset({State.GENERATED, State.DELIVERED, State.UNDELIVERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One result among those of a card.

    Attributes:
        job: The request that made it.
        index: Its place among the files of that request.
        count: How many files that request made.
        rank: Its place among all files there are on the card; `ranks` is their number.
        file: What the provider said of it.
    """

    job: Job
    index: int
    count: int
    rank: int
    ranks: int
    file: OutputFile

    @property
    def place(self) -> int:
        """Where it stands on the card, counting results that came to nothing."""
        return self.job.part + self.index

    @property
    def letter(self) -> str | None:
        """What it is called; None where it stands alone, or beyond the last letter."""
        is_one_of_many = self.ranks > 1 or self.place > 0
        return LETTERS[self.place] if is_one_of_many and self.place < len(LETTERS) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of several results on a card, as it is offered to people.

    Attributes:
        letter: What it is asked for by.
        name: What it is called: ``vocals`` where it is a stem, else its letter.
    """

    letter: str
    name: str


def parts_of(takes: Sequence[Job]) -> list[Part]:
    """List the results on a card that can be told apart; none where there is but one."""
    # A card shows its audio a moment before the database says so.
    made = [take for take in takes if take.state in _MADE]
    pieces = pieces_of(made)
    parts = [
        Part(letter=piece.letter, name=piece.file.label or piece.letter)
        for piece in pieces
        if piece.letter is not None
    ]
    return parts if len(parts) > 1 else []


def pieces_of(takes: Sequence[Job]) -> list[Piece]:
    """List the results of jobs that share a card, in order."""
    made = [
        (take, file, index, files)
        for take in takes
        for files in [_files(take)]
        for index, file in enumerate(files)
    ]
    return [
        Piece(job=take, index=index, count=len(files), rank=rank, ranks=len(made), file=file)
        for rank, (take, file, index, files) in enumerate(made)
    ]


def pick(takes: Sequence[Job], job: Job, letter: str | None) -> Piece:
    """Choose a result: by its letter, else the first of the job that was named.

    Raises:
        InvalidInput: The card has no such letter.
        NotFound: Nothing came of it, or not yet.
    """
    pieces = pieces_of(takes)
    if not pieces:
        raise NotFound(_why_nothing(takes))
    places = max(*(piece.place for piece in pieces), *(take.part for take in takes)) + 1
    letter = checked_letter(letter, places)
    if letter is None:
        return next((piece for piece in pieces if piece.job.id == job.id), pieces[0])
    for piece in pieces:
        if piece.place == LETTERS.index(letter):
            return piece
    raise NotFound(f"There is no audio for {letter}: nothing came of it. Choose another letter.")


def _files(job: Job) -> tuple[OutputFile, ...]:
    output = (job.result or {}).get("output")
    if not isinstance(output, dict):
        return ()
    try:
        return read_output(job.model, output).files
    except BadResult:
        return ()


def _why_nothing(takes: Sequence[Job]) -> str:
    if any(not take.state.is_final for take in takes):
        return "This piece is not finished yet. Try again once its card shows the audio."
    if any(take.state is State.DELIVERED for take in takes):
        return "This piece was deleted, so there is nothing to work with. Choose another one."
    return (
        "Nothing came of this piece, so there is no audio to work with. "
        "Use Again on its card to try once more."
    )
