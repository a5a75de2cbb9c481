"""Parts that are too large one by one are zipped, as long as the message takes that."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest

from bot.domain.job import AudioFormat
from bot.jobs.board import Sound
from bot.jobs.parcels import MOST_FILES, REQUEST_BYTES, most_bytes, parcelled

KIB = 1024


def part(folder: Path, label: str, size: int, *, noisy: bool = True) -> Sound:
    """A part of so many bytes; noise does not get smaller in a zip."""
    path = folder / f"{label}.wav"
    path.write_bytes(random.Random(label).randbytes(size) if noisy else bytes(size))
    return Sound(path=path, file_name=f"rain-{label}.wav", seconds=2.0, label=label)


async def sent(parts: list[Sound], into: Path, *, limit_bytes: int) -> tuple[Sound, ...] | None:
    """How the parts go out."""
    return await parcelled(
        parts, into, limit_bytes=limit_bytes, name=lambda word: f"{word.replace(' ', '-')}.zip"
    )


def inside(sound: Sound) -> list[str]:
    """What is in a zip."""
    with zipfile.ZipFile(sound.path) as bundle:
        assert bundle.testzip() is None
        return bundle.namelist()


async def test_parts_that_fit_stay_files(tmp_path: Path) -> None:
    """A file has a player, a zip has none."""
    parts = [part(tmp_path, label, 10 * KIB) for label in ("vocals", "drums")]

    assert await sent(parts, tmp_path, limit_bytes=10 * KIB) == tuple(parts)


async def test_parts_that_are_too_large_come_in_one_zip_by_their_names(tmp_path: Path) -> None:
    """Silence packs well: a part of twice the limit may fit."""
    drums = part(tmp_path, "drums", 40 * KIB, noisy=False)
    parts = [part(tmp_path, "vocals", 10 * KIB), drums]

    found = await sent(parts, tmp_path, limit_bytes=20 * KIB)

    assert found is not None
    (only,) = found
    assert only.file_name == "stems.zip"
    assert inside(only) == ["rain-vocals.wav", "rain-drums.wav"]
    assert only.parts == ("vocals", "drums")
    assert "WAV" in (only.note or "")
    assert only.path.stat().st_size <= 20 * KIB


async def test_what_one_zip_cannot_hold_comes_in_several(tmp_path: Path) -> None:
    """Each of them within the limit, and no part left out."""
    parts = [part(tmp_path, f"part{number}", 5 * KIB) for number in range(MOST_FILES + 1)]

    found = await sent(parts, tmp_path, limit_bytes=24 * KIB)

    assert found is not None
    assert [one.file_name for one in found] == ["stems-1.zip", "stems-2.zip", "stems-3.zip"]
    names = [name for one in found for name in inside(one)]
    assert names == [one.file_name for one in parts]
    assert all(one.path.stat().st_size <= 24 * KIB for one in found)


@pytest.mark.parametrize(
    ("sizes", "limit"),
    [([30 * KIB, KIB], 20 * KIB), ([REQUEST_BYTES // 3 + KIB] * 3, REQUEST_BYTES // 2)],
    ids=["one is too large", "all are too much"],
)
async def test_what_fits_no_zip_is_left_to_the_caller(
    tmp_path: Path, sizes: list[int], limit: int
) -> None:
    """A part that is too large by itself, or more than one message carries in all."""
    parts = [part(tmp_path, f"part{number}", size) for number, size in enumerate(sizes)]

    assert await sent(parts, tmp_path, limit_bytes=limit) is None


def test_only_what_zips_make_smaller_may_be_larger_at_first() -> None:
    """FLAC is packed already."""
    assert most_bytes(AudioFormat.WAV, 10) > 10
    assert most_bytes(AudioFormat.FLAC, 10) == 10
