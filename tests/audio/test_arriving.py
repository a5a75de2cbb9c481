"""Reading and encoding a file that is still being downloaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from bot.audio import encode
from bot.audio.arriving import LOOK_SECONDS, STALL_SECONDS, Arriving
from bot.audio.bench import work
from bot.audio.decode import Source
from bot.audio.encode import Recipe
from bot.audio.fit import Fit, Fitted
from bot.audio.tasks import FitTask
from bot.domain.job import AudioFormat
from bot.errors import AudioError
from tests.audio.sounds import music, wav_header, write_file

FIRST = 20_000


def growing(whole: bytes, part: Path, step: int) -> Callable[[float], None]:
    """Put the beginning on the disk; each sleep appends some more."""
    part.write_bytes(whole[:FIRST])

    def sleep(_seconds: float) -> None:
        here = part.stat().st_size
        with part.open("ab") as file:
            file.write(whole[here : here + step])

    return sleep


@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_what_is_encoded_on_the_way_is_what_is_encoded_later(tmp_path: Path, ending: str) -> None:
    """Not a byte differs between a file that was waited for and one that was there."""
    source = write_file(tmp_path / f"song.{ending}", music(3))
    recipe = Recipe(format=AudioFormat.MP3, kbps=256)
    later = encode.write(source, tmp_path / "later.mp3", recipe, max_seconds=60)
    part = tmp_path / "song.part"
    whole = source.read_bytes()
    sleep = growing(whole, part, 7_001)

    with Arriving(part, len(whole), sleep=sleep) as arriving:
        early = encode.write(arriving, tmp_path / "early.mp3", recipe, max_seconds=60)

    assert (tmp_path / "early.mp3").read_bytes() == (tmp_path / "later.mp3").read_bytes()
    assert early.levels is not None
    assert later.levels is not None
    assert early.levels.seconds == later.levels.seconds == pytest.approx(3)
    assert early.levels.peaks.tolist() == later.levels.peaks.tolist()


def test_chunks_behind_the_samples_are_not_waited_for(tmp_path: Path) -> None:
    """Opening a file looks for chunks at its end, and gets along without them."""
    song = write_file(tmp_path / "song.wav", music(2)).read_bytes()
    whole = song + b"LIST" + (4).to_bytes(4, "little") + b"INFO"
    part = tmp_path / "song.part"
    looks: list[float] = []
    grow = growing(whole, part, 50_000)

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        grow(seconds)

    with (
        Arriving(part, len(whole), sleep=sleep) as arriving,
        Source(arriving, max_seconds=60) as source,
    ):
        assert looks == []
        frames = sum(len(block) for block in source.whole_blocks())

    assert frames == 2 * 44_100
    assert looks


def test_a_file_that_stops_coming_is_not_taken_for_a_short_one(tmp_path: Path) -> None:
    """Half a song is refused after a while, not delivered."""
    whole = write_file(tmp_path / "song.wav", music(2)).read_bytes()
    part = tmp_path / "song.part"
    part.write_bytes(whole[:100_000])
    waited: list[float] = []

    recipe = Recipe(format=AudioFormat.MP3, kbps=256)
    with (
        Arriving(part, len(whole), sleep=waited.append) as arriving,
        pytest.raises(AudioError) as caught,
    ):
        encode.write(arriving, tmp_path / "half.mp3", recipe, max_seconds=60)

    assert caught.value.code == "truncated"
    assert sum(waited) == pytest.approx(STALL_SECONDS, abs=LOOK_SECONDS * 2)


def test_a_header_that_claims_more_than_will_come_is_refused(tmp_path: Path) -> None:
    """What the download will turn down is not encoded before."""
    header = wav_header(channels=2, rate=44_100, data_bytes=4_000_000)
    part = tmp_path / "song.part"
    part.write_bytes(header + bytes(300_000))

    with Arriving(part, 2_000_000) as arriving, pytest.raises(AudioError) as caught:
        Source(arriving, max_seconds=60)

    assert caught.value.code == "corrupt"


def test_an_arriving_file_is_encoded_and_drawn_like_any_other(tmp_path: Path) -> None:
    """The task for a file on its way ends in the same as for one that is here."""
    source = write_file(tmp_path / "song.wav", music(2))
    wanted = Fit(format=AudioFormat.OGG, limit_bytes=10 * 2**20)
    size = source.stat().st_size

    early = work(FitTask(source=source, into=tmp_path / "early", fit=wanted, arriving_bytes=size))
    later = work(FitTask(source=source, into=tmp_path / "later", fit=wanted))

    assert isinstance(early, Fitted)
    assert isinstance(later, Fitted)
    assert soundfile.info(early.path).duration == soundfile.info(later.path).duration
    assert early.waveform is not None
    assert later.waveform is not None
    assert early.waveform.read_bytes() == later.waveform.read_bytes()
