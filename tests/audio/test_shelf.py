from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.audio.shelf import Shelf
from bot.domain.ids import JobId
from bot.errors import AudioError

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
A, B, C = JobId(11), JobId(12), JobId(13)


def put(shelf: Shelf, job: JobId, tmp_path: Path, *, size: int, days_old: float) -> str:
    """Keep a file that looks as if it had been kept some days ago."""
    source = tmp_path / "source"
    source.write_bytes(bytes(size))
    relative = shelf.keep(job, source, "a.mp3")
    moment = (NOW - timedelta(days=days_old)).timestamp()
    source.unlink()
    for path in (shelf.path(relative), shelf.folder(job)):
        os.utime(path, (moment, moment))
    return relative


def test_kept_file_is_found_again_by_its_relative_path(tmp_path: Path) -> None:
    """The database stores relative paths, so the data directory may move."""
    source = tmp_path / "work.mp3"
    source.write_bytes(b"sound")

    relative = Shelf(tmp_path / "data").keep(A, source, "rain.mp3")

    (tmp_path / "data").rename(tmp_path / "elsewhere")
    assert relative == "files/11/rain.mp3"
    assert Shelf(tmp_path / "elsewhere").path(relative).read_bytes() == b"sound"
    assert source.exists()


def test_keeping_twice_leaves_the_newer_file_alone_in_the_folder(tmp_path: Path) -> None:
    """A crash between keeping and recording is harmless."""
    shelf = Shelf(tmp_path)
    source = tmp_path / "work.mp3"
    source.write_bytes(b"one")
    shelf.keep(A, source, "rain.mp3")
    source.unlink()
    source.write_bytes(b"two")

    relative = shelf.keep(A, source, "rain.mp3")

    assert [path.read_bytes() for path in shelf.folder(A).iterdir()] == [b"two"]
    assert shelf.path(relative).read_bytes() == b"two"


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "..", "/etc/passwd"])
def test_names_that_are_paths_are_refused(tmp_path: Path, name: str) -> None:
    """A file name cannot lead out of its job's folder."""
    source = tmp_path / "s"
    source.write_bytes(b"x")

    with pytest.raises(ValueError, match="plain file name"):
        Shelf(tmp_path).keep(A, source, name)


@pytest.mark.parametrize("relative", ["../secret", "files/../secret", "/etc/passwd", "secret", ""])
def test_paths_outside_the_shelf_are_gone(tmp_path: Path, relative: str) -> None:
    """Even a tampered database opens nothing but kept files."""
    (tmp_path / "secret").write_text("key")

    with pytest.raises(AudioError) as caught:
        Shelf(tmp_path).path(relative)
    assert caught.value.code == "gone"


def test_link_that_leads_out_is_gone(tmp_path: Path) -> None:
    """A symbolic link on the shelf does not widen it."""
    shelf = Shelf(tmp_path)
    (tmp_path / "secret").write_text("key")
    (shelf.folder(A) / "a.mp3").symlink_to(tmp_path / "secret")

    with pytest.raises(AudioError):
        shelf.path("files/11/a.mp3")


def test_removed_files_are_gone_and_removing_again_is_harmless(tmp_path: Path) -> None:
    """Forgetting a job twice is one forgetting."""
    shelf = Shelf(tmp_path)
    relative = put(shelf, A, tmp_path, size=1, days_old=0)

    shelf.remove(A)
    shelf.remove(A)

    with pytest.raises(AudioError, match="Use Again"):
        shelf.path(relative)


def test_sweep_removes_what_is_too_old_and_only_that(tmp_path: Path) -> None:
    """Files older than the limit in days go; younger ones stay."""
    shelf = Shelf(tmp_path)
    put(shelf, A, tmp_path, size=10, days_old=31)
    put(shelf, B, tmp_path, size=10, days_old=29)

    swept = shelf.sweep(NOW, keep_days=30, keep_bytes=1000)

    assert (swept.jobs, swept.freed_bytes, swept.kept_bytes) == ((A,), 10, 10)
    assert shelf.path("files/12/a.mp3").stat().st_size == 10


def test_sweep_removes_the_oldest_until_the_rest_fits(tmp_path: Path) -> None:
    """Over the limit in bytes, age decides."""
    shelf = Shelf(tmp_path)
    put(shelf, A, tmp_path, size=400, days_old=1)
    put(shelf, B, tmp_path, size=400, days_old=3)
    put(shelf, C, tmp_path, size=400, days_old=2)

    swept = shelf.sweep(NOW, keep_days=30, keep_bytes=800)

    assert (swept.jobs, swept.kept_bytes) == ((B,), 800)


def test_sweep_spares_jobs_that_still_need_their_files(tmp_path: Path) -> None:
    """A result that was not delivered yet is not swept away under the runner's feet."""
    shelf = Shelf(tmp_path)
    put(shelf, A, tmp_path, size=10, days_old=99)

    assert shelf.sweep(NOW, keep_days=1, keep_bytes=0, spare={A}).jobs == ()


def test_sweep_leaves_what_was_kept_a_moment_ago(tmp_path: Path) -> None:
    """Its job may not have been among those that need their files when that was asked."""
    shelf = Shelf(tmp_path)
    put(shelf, A, tmp_path, size=100, days_old=9 / 1440)
    put(shelf, B, tmp_path, size=100, days_old=11 / 1440)

    assert shelf.sweep(NOW, keep_days=30, keep_bytes=0).jobs == (B,)


def test_sweep_goes_on_where_an_earlier_one_was_cut_off(tmp_path: Path) -> None:
    """A folder without its files is removed like any other."""
    shelf = Shelf(tmp_path)
    put(shelf, A, tmp_path, size=100, days_old=40)
    kept = next((tmp_path / "files" / str(A)).iterdir())
    kept.unlink()
    old = (NOW - timedelta(days=40)).timestamp()
    os.utime(tmp_path / "files" / str(A), (old, old))

    assert shelf.sweep(NOW, keep_days=30, keep_bytes=1000).jobs == (A,)
    assert not (tmp_path / "files" / str(A)).exists()


def test_sweep_of_a_shelf_that_never_held_anything_does_nothing(tmp_path: Path) -> None:
    """The first sweep may come before the first file, and strange folders are left alone."""
    shelf = Shelf(tmp_path)
    assert shelf.sweep(NOW, keep_days=1, keep_bytes=1).jobs == ()

    (tmp_path / "files" / "lost+found").mkdir(parents=True)
    assert shelf.sweep(NOW, keep_days=0, keep_bytes=0).jobs == ()
    assert (tmp_path / "files" / "lost+found").is_dir()
