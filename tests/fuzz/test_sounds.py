"""Files that are damaged, cut off, empty or made to hurt are refused in a sentence, soon."""

from __future__ import annotations

import itertools
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from bot.audio.bench import work
from bot.audio.child import ChildLimits
from bot.audio.fit import LONGEST_SECONDS, Fit, Fitted, Probe
from bot.audio.sniff import sniff
from bot.audio.tasks import FitTask, ProbeTask
from bot.audio.workshop import Workshop
from bot.domain.job import AudioFormat
from bot.errors import AudioError
from tests.audio.sounds import claim_frames, music, wav_header, write_file
from tests.fuzz.strategies import fuzzed

KINDS = ("wav", "flac", "mp3", "ogg")
LIMIT_BYTES = 300_000
_folders = itertools.count()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One good file of each kind."""
    folder = tmp_path_factory.mktemp("whole")
    samples = music(seconds=1.5, rate=48_000)
    return {
        kind: write_file(folder / f"a.{kind}", samples, rate=48_000).read_bytes() for kind in KINDS
    }


def _is_settled(path: Path, folder: Path) -> str:
    """Look at a file and make it fit; gives the code of what is wrong with it, if anything is."""
    try:
        probe = work(ProbeTask(source=path, max_seconds=LONGEST_SECONDS))
        assert isinstance(probe, Probe)
        into = folder / f"into-{next(_folders)}"
        fit = Fit(format=AudioFormat.MP3, limit_bytes=LIMIT_BYTES)
        fitted = work(FitTask(source=path, into=into, fit=fit))
        assert isinstance(fitted, Fitted)
    except AudioError as error:
        refused = error
    else:
        assert fitted.path.stat().st_size <= LIMIT_BYTES
        return ""
    assert refused.sentence
    assert str(folder) not in refused.sentence
    return refused.code


@st.composite
def _mutation(draw: st.DrawFn) -> tuple[str, list[tuple[float, int]], float, bytes]:
    """Give a kind, bytes to change near the beginning or anywhere, how much stays, and a tail."""
    place = st.floats(0, 0.02) | st.floats(0, 1)
    return (
        draw(st.sampled_from(KINDS)),
        draw(st.lists(st.tuples(place, st.integers(0, 255)), max_size=12)),
        draw(st.just(1.0) | st.floats(0, 1)),
        draw(st.just(b"") | st.binary(max_size=64)),
    )


@fuzzed(share=2)
@given(mutation=_mutation())
def test_a_damaged_file_is_used_or_refused(
    mutation: tuple[str, list[tuple[float, int]], float, bytes],
    whole: dict[str, bytes],
    tmp_path: Path,
) -> None:
    """Whatever byte is wrong, and wherever it is cut off."""
    kind, changes, kept, tail = mutation
    data = bytearray(whole[kind])
    for where, value in changes:
        data[int(where * (len(data) - 1))] = value
    path = tmp_path / "it"
    path.write_bytes(bytes(data[: int(kept * len(data))]) + tail)
    before = time.monotonic()

    _is_settled(path, tmp_path)

    assert time.monotonic() - before < 20


MAGIC = [
    b"RIFF",
    b"RF64",
    b"fLaC",
    b"OggS",
    b"ID3\x04",
    b"\xff\xfb\x90",
    b"....ftypM4A ",
    b"\xff\xf1",
]


@fuzzed(share=2)
@given(magic=st.sampled_from(MAGIC), rest=st.binary(max_size=600))
def test_a_file_that_only_begins_like_sound_is_refused(
    magic: bytes, rest: bytes, tmp_path: Path
) -> None:
    """The first bytes prove nothing."""
    path = tmp_path / "it"
    path.write_bytes(magic + rest)

    sniff(path.read_bytes()[:512])
    _is_settled(path, tmp_path)


@fuzzed(share=2)
@given(
    channels=st.sampled_from([0, 1, 2, 3, 1_024, 65_535]),
    rate=st.sampled_from([0, 1, 7_999, 8_000, 192_001, 2**31, 2**32 - 1]),
    bits=st.sampled_from([0, 1, 7, 8, 16, 24, 32, 64, 255]),
    data_bytes=st.sampled_from([0, 1, 999, 2**31, 2**32 - 1]),
    body=st.binary(max_size=2_000),
)
def test_a_header_may_claim_anything(
    channels: int, rate: int, bits: int, data_bytes: int, body: bytes, tmp_path: Path
) -> None:
    """Gigabytes, thousands of channels, or none at all."""
    path = tmp_path / "it"
    header = bytearray(wav_header(channels=1, rate=8_000, data_bytes=0))
    frame = min(channels * bits // 8, 65_535)
    header[22:36] = struct.pack("<HIIHH", channels, rate, (rate * frame) & 0xFFFFFFFF, frame, bits)
    header[40:44] = struct.pack("<I", data_bytes)
    path.write_bytes(bytes(header) + body)

    _is_settled(path, tmp_path)


def _bombs(folder: Path) -> Iterator[Path]:
    """Files that are small on the disk and huge once they are unpacked."""
    hours = folder / "hours.flac"
    with soundfile.SoundFile(hours, "w", 8_000, 1, format="FLAC") as file:
        silence = np.zeros(8_000 * 60, dtype=np.int16)
        for _ in range(6 * 60):
            file.write(silence)
    yield hours
    yield claim_frames(_copy(hours, "unknown.flac"), 0)
    yield claim_frames(_copy(hours, "short.flac"), 8_000)
    yield claim_frames(_copy(hours, "endless.flac"), 2**36 - 1)
    empty = folder / "claims.wav"
    empty.write_bytes(wav_header(channels=2, rate=48_000, data_bytes=2**32 - 40))
    yield empty


def _copy(path: Path, name: str) -> Path:
    copy = path.with_name(name)
    copy.write_bytes(path.read_bytes())
    return copy


async def test_silence_without_end_costs_little(tmp_path: Path) -> None:
    """Six hours in four megabytes are refused by their header, or where it lies, by counting."""
    limits = ChildLimits(wall_seconds=30, cpu_seconds=30)
    async with Workshop(at_once=2, limits=limits) as workshop:
        for bomb in _bombs(tmp_path):
            before = time.monotonic()
            outcome: Probe | AudioError
            try:
                outcome = await workshop.probe(bomb)
            except AudioError as error:
                outcome = error
            if isinstance(outcome, Probe):
                # Read as far as its header says, which is all that would be used of it.
                assert (bomb.name, outcome.seconds) == ("short.flac", 1.0)
            else:
                assert outcome.code in {"too_long", "corrupt", "empty"}, bomb.name
            assert time.monotonic() - before < 25


async def test_other_kinds_of_files_open_no_others(tmp_path: Path, whole: dict[str, bytes]) -> None:
    """Lists of files, pages and archives are no sound, whatever they are called."""
    (tmp_path / "secret.wav").write_bytes(whole["wav"])
    lures = {
        "list.wav": b"ffconcat version 1.0\nfile secret.wav\n",
        "list.mp3": b"#EXTM3U\nsecret.wav\nfile:///etc/passwd\n",
        "page.mp3": b"<html><audio src=secret.wav></html>",
        "archive.ogg": b"PK\x03\x04" + bytes(200),
        "picture.flac": b"\x89PNG\r\n\x1a\n" + bytes(200),
        "code.wav": b"#!/bin/sh\ncat secret.wav\n",
    }
    async with Workshop(at_once=1) as workshop:
        for name, content in lures.items():
            (tmp_path / name).write_bytes(content)
            with pytest.raises(AudioError) as caught:
                await workshop.probe(tmp_path / name)
            assert caught.value.code in {"not_audio", "unsupported"}, name


async def test_an_mp3_that_is_all_silence_is_counted_too(tmp_path: Path) -> None:
    """MP3s have no header that says how long they are."""
    one = write_file(tmp_path / "one.mp3", np.zeros((8_000 * 20, 1), dtype=np.float32), rate=8_000)
    frames = one.read_bytes()
    many = tmp_path / "many.mp3"
    many.write_bytes(frames * 700)
    async with Workshop(at_once=1) as workshop:
        with pytest.raises(AudioError) as caught:
            await workshop.probe(many, max_seconds=LONGEST_SECONDS)

    assert caught.value.code in {"too_long", "corrupt"}
