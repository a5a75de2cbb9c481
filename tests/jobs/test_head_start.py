"""Encoding while the file arrives: when it is worth it, and what becomes of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.audio.download import Growth
from bot.audio.fit import Fit, Fitted
from bot.audio.sniff import Sniffed
from bot.audio.workshop import Workshop
from bot.domain.job import AudioFormat
from bot.errors import AudioError
from bot.jobs.head_start import HeadStart
from tests.clock import ManualClock

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no head starts elsewhere")

MP3 = Fit(format=AudioFormat.MP3, limit_bytes=10 * 2**20)
SIZE = 30_000_000


class SlowWorkshop(Workshop):
    """Encodes for as long as it is told to.

    Attributes:
        began: The sources that were begun, with how large they will be.
        is_busy: Whether all its places are taken.
        outcome: What comes of it.
    """

    def __init__(self) -> None:
        super().__init__(at_once=1)
        self.began: list[tuple[Path, int | None]] = []
        self.is_busy = False
        self.done = asyncio.Event()
        self.outcome: AudioError | None = None

    @property
    def has_room(self) -> bool:
        """Say whether a child could start."""
        return not self.is_busy

    async def fit(
        self, source: Path, into: Path, fit: Fit, *, arriving_bytes: int | None = None
    ) -> Fitted:
        """Write something, after a while."""
        self._begin(source, into, arriving_bytes)
        await self.done.wait()
        if self.outcome is not None:
            raise self.outcome
        made = into / "made.mp3"
        await asyncio.to_thread(lambda: made.write_bytes(source.read_bytes()))
        return Fitted(path=made, ending="mp3", size=1, seconds=1.0, sample_rate=44_100, channels=2)

    def _begin(self, source: Path, into: Path, arriving_bytes: int | None) -> None:
        """Be cancelled before or after this, as a child is, never halfway."""
        self.began.append((source, arriving_bytes))
        into.mkdir()


class Download:
    """A download, told piece by piece."""

    def __init__(self, folder: Path, ahead: HeadStart, clock: ManualClock) -> None:
        self.part = folder / "song.part"
        self.part.write_bytes(b"song")
        self._ahead = ahead
        self._clock = clock

    async def comes(
        self, size: int, *, seconds: float, kind: Sniffed = Sniffed.WAV, of: int = SIZE
    ) -> None:
        """Let so much be here, so many seconds later."""
        self._clock.advance(seconds)
        self._ahead.grew(Growth(part=self.part, kind=kind, size=size, of=of))
        await asyncio.sleep(0)

    async def begins(self) -> None:
        """Let it come fast enough for a head start."""
        await self.comes(250_000, seconds=0)
        await self.comes(2_250_000, seconds=0.1)


@pytest.fixture
def workshop() -> SlowWorkshop:
    """Where it is encoded."""
    return SlowWorkshop()


@pytest.fixture
async def clock() -> ManualClock:
    """Time, by hand."""
    return ManualClock()


@pytest.fixture
async def ahead(
    tmp_path: Path, workshop: SlowWorkshop, clock: ManualClock
) -> AsyncIterator[HeadStart]:
    """A head start for an MP3."""
    made = HeadStart(workshop, clock, fit=MP3, into=tmp_path / "ahead")
    yield made
    await made.close()


@pytest.fixture
def download(tmp_path: Path, ahead: HeadStart, clock: ManualClock) -> Download:
    """The file's download."""
    return Download(tmp_path, ahead, clock)


async def test_a_quick_download_is_encoded_from_its_first_piece_on(
    ahead: HeadStart, workshop: SlowWorkshop, download: Download, tmp_path: Path
) -> None:
    """What was encoded on the way is there when it is asked for, under a name that lasts."""
    await download.begins()
    download.part.rename(tmp_path / "song.wav")
    workshop.done.set()

    fitted = await ahead.take(MP3)

    assert [size for _, size in workshop.began] == [SIZE]
    assert fitted is not None
    assert fitted.path.read_bytes() == b"song"


async def test_a_slow_download_takes_up_a_place_only_near_its_end(
    workshop: SlowWorkshop, download: Download
) -> None:
    """At a megabyte per second, a place at the workshop is not taken for half a minute."""
    await download.comes(1_000_000, seconds=0)
    for second in range(1, 26):
        await download.comes(1_000_000 * (second + 1), seconds=1)
    assert workshop.began == []

    await download.comes(27_000_000, seconds=1)

    assert len(workshop.began) == 1


async def test_nothing_is_begun_that_is_not_worth_it(
    workshop: SlowWorkshop, download: Download
) -> None:
    """An MP3 is handed on as it is, and a small file is encoded before it matters."""
    for kind, of in ((Sniffed.MP3, SIZE), (Sniffed.WAV, 600_000)):
        await download.comes(250_000, seconds=0, kind=kind, of=of)
        await download.comes(550_000, seconds=0.1, kind=kind, of=of)

    assert workshop.began == []


async def test_nobody_who_waits_is_overtaken(workshop: SlowWorkshop, download: Download) -> None:
    """Where all places are taken, files that are here already go first."""
    workshop.is_busy = True

    await download.begins()

    assert workshop.began == []


async def test_what_is_wanted_after_all_decides(
    ahead: HeadStart, workshop: SlowWorkshop, download: Download
) -> None:
    """What was encoded for another limit is not delivered."""
    await download.begins()
    workshop.done.set()

    assert await ahead.take(replace(MP3, limit_bytes=50 * 2**20)) is None


async def test_a_download_that_begins_anew_makes_void_what_was_begun(
    ahead: HeadStart, workshop: SlowWorkshop, download: Download
) -> None:
    """Half of one attempt and half of another are no song."""
    await download.begins()
    await download.comes(250_000, seconds=1)
    await download.comes(2_250_000, seconds=0.1)
    workshop.done.set()

    assert await ahead.take(MP3) is None
    assert len(workshop.began) == 1


async def test_a_head_start_that_fails_costs_nothing(
    ahead: HeadStart, workshop: SlowWorkshop, download: Download
) -> None:
    """The file is then encoded as if there had been none."""
    await download.begins()
    workshop.outcome = AudioError("It broke off.", code="truncated")
    workshop.done.set()

    assert await ahead.take(MP3) is None


async def test_closing_leaves_nothing_behind(
    ahead: HeadStart, workshop: SlowWorkshop, download: Download, tmp_path: Path
) -> None:
    """Whether it was used or is still going on, its files go."""
    await download.begins()
    download.part.unlink()
    assert workshop.began

    await ahead.close()

    assert await asyncio.to_thread(os.listdir, tmp_path) == []
