from __future__ import annotations

from pathlib import Path

import pytest

from bot.audio.sniff import HEAD_BYTES, Sniffed, sniff
from tests.audio.sounds import music, write_file


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
def test_real_files_are_recognised(tmp_path: Path, ending: str) -> None:
    """What the encoders write is known by its first bytes."""
    path = write_file(tmp_path / f"a.{ending}", music(0.3, rate=48_000), rate=48_000)

    assert sniff(path.read_bytes()[:HEAD_BYTES]) == ending


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", Sniffed.EMPTY),
        (b"ID3\x04\x00" + bytes(20), Sniffed.MP3),
        (b"\xff\xf1\x50\x80" + bytes(20), Sniffed.AAC),
        (b"\x00\x00\x00\x20ftypM4A \x00", Sniffed.M4A),
        (b"\n <!DOCTYPE html><html>", Sniffed.HTML),
        (b"\xef\xbb\xbf<html>", Sniffed.HTML),
        (b'{"detail": "not found"}', Sniffed.JSON),
        (b"\x89PNG\r\n\x1a\n" + bytes(9), Sniffed.IMAGE),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", Sniffed.IMAGE),
        (b"RIFF\x10\x00\x00\x00AVI LIST", Sniffed.UNKNOWN),
        (b"ffconcat version 1.0\nfile secret.wav", Sniffed.UNKNOWN),
        (b"\xff\xff\xff\xff" * 8, Sniffed.UNKNOWN),
        (b"\xff\xfb", Sniffed.UNKNOWN),
        (b"\x1f\x8b\x08\x00" + bytes(20), Sniffed.UNKNOWN),
    ],
)
def test_heads_are_told_apart(head: bytes, kind: Sniffed) -> None:
    """Pages, pictures, playlists and packed files are never taken for audio."""
    assert sniff(head) is kind


def test_only_what_can_be_decoded_counts_as_readable() -> None:
    """M4A and AAC are audio, but of a kind that is only handed on."""
    audio = {kind for kind in Sniffed if kind.is_audio}

    assert audio - {kind for kind in Sniffed if kind.is_readable} == {Sniffed.M4A, Sniffed.AAC}
