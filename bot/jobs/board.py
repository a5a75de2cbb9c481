"""The port through which jobs show themselves: one card per job, wherever cards live.

The jobs know nothing of Discord; `bot.jobs.delivery` implements this against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bot.domain.ids import ChannelId, MessageId
from bot.domain.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """Audio ready to be attached.

    Attributes:
        file_name: What members see and save, with its ending.
        seconds: Length of the audio, where it is known.
        note: A sentence where it is not quite what was asked for, such as a smaller format.
        letter: What the file is called on a card with several results.
        seed: What this result was made with, where its model takes a seed.
        label: What it is where a card has parts of different meaning, such as ``vocals``.
        parts: The labels of what is inside, where it is a zip.
    """

    path: Path
    file_name: str
    seconds: float | None
    waveform: Path | None = None
    note: str | None = None
    letter: str | None = None
    seed: int | None = None
    label: str | None = None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardState:
    """All that a card shows of a job at one moment.

    Attributes:
        job: The job whose card it is; for several takes it stands for all of them.
        takes: What the card shows where it is more than one job, in the order of their letters.
        ahead: Jobs that take their turn before this one, while it waits here.
        paused: Why nothing is dispatched at the moment, if so.
        progress: The newest line that the model printed.
        ready_at: When it should be done, by what its model usually takes.
        parent: The piece it was made from.
        children: Pieces that were made from it.
        trouble: What holds the job up at the moment, if anything does.
        rings: Whether the member wants to be told when it is over.
        tells_price: Whether the price is above what the server calls cheap.
    """

    job: Job
    takes: tuple[Job, ...] = ()
    ahead: int | None = None
    paused: str | None = None
    progress: str | None = None
    ready_at: datetime | None = None
    parent: Job | None = None
    children: tuple[Job, ...] = ()
    trouble: str | None = None
    rings: bool = False
    tells_price: bool = True
    sounds: tuple[Sound, ...] = ()


class Board(Protocol):
    """Where the cards are."""

    async def post(self, state: CardState) -> MessageId:
        """Put up the card of a job; doing it again for the same job gives the same card.

        Raises:
            MissingPermissions, ChannelGone: It cannot stand there.
            DiscordUnavailable: Try again later.
        """

    def show(self, state: CardState) -> None:
        """Bring a card up to date when its turn comes; newer states replace older ones."""

    async def settle(self, state: CardState) -> MessageId:
        """Write a card for the last time, with its audio, and give the message that carries it.

        Repeating it is harmless. Posts a new message where the card was deleted.

        Raises:
            TooLarge: The channel does not take files of this size.
            MissingPermissions, ChannelGone: It cannot be shown there.
            DiscordUnavailable: Try again later.
        """

    async def repost(self, state: CardState, channel_id: ChannelId, *, nonce: str) -> MessageId:
        """Post a finished piece once more, in any channel; the same nonce is the same message.

        Raises:
            TooLarge, MissingPermissions, ChannelGone, DiscordUnavailable: It is not there.
        """

    async def hush(self, job: Job) -> None:
        """Take away the “thinking…” of the command that asked for a job, if it still stands.

        The process that answered the command does so itself; this is for when it died.
        """

    async def ring(self, job: Job) -> None:
        """Tell whoever asked that a piece that took long is there; an edit tells nobody.

        Raises:
            DeliveryError: They cannot be told.
        """

    async def hand_over(self, state: CardState, reason: str) -> None:
        """Send a piece to whoever asked for it, and to nobody else; the same one is sent once.

        Args:
            state: The piece, with its audio.
            reason: A sentence on why it does not come to the channel.

        Raises:
            TooLarge, DeliveryError: They cannot be sent it.
            DiscordUnavailable: Try again later.
        """

    async def remove(self, job: Job) -> None:
        """Take a card away for everybody; one that is gone already is none the worse.

        Raises:
            MissingPermissions, DiscordUnavailable: It is still there.
        """

    async def disown(self, job: Job) -> None:
        """Take what a card says of its relations off it: one of them is to be forgotten.

        Raises:
            MissingPermissions, DiscordUnavailable: It still says so.
        """

    async def limit_bytes(self, job: Job) -> int:
        """Give the size of file that the job's channel takes."""
