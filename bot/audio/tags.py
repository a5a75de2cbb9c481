"""Titles and credits inside the file, in all four formats.

Runs in a child process only, since it reads what strangers wrote.
"""

# mypy: disable-error-code="no-untyped-call"
# mutagen carries the mark of a typed package, and next to no types.

from __future__ import annotations

from pathlib import Path
from typing import Any

from mutagen.flac import FLAC
from mutagen.id3 import COMM, ID3, TALB, TIT2, TPE1, WOAF
from mutagen.mp3 import MP3
from mutagen.oggopus import OggOpus
from mutagen.wave import WAVE

from bot.audio.fit import Tags
from bot.domain.job import AudioFormat

_SHORT, _LONG = 200, 4000
_UTF8 = 3


def write_tags(path: Path, kind: AudioFormat, tags: Tags) -> None:
    """Replace all tags of a file; texts are clipped so that they stay within 32 KiB.

    Raises:
        Exception: mutagen lets many kinds through when a file is damaged.
    """
    match kind:
        case AudioFormat.MP3:
            mp3: Any = MP3(path)
            mp3.delete()
            mp3.tags = _id3(tags)
            mp3.save(v1=0)
        case AudioFormat.WAV:
            wav: Any = WAVE(path)
            wav.delete()
            wav.add_tags()
            wav.tags.update(_id3(tags))
            wav.save()
        case AudioFormat.FLAC:
            flac = FLAC(path)
            flac.clear_pictures()
            flac.delete()
            flac.update(_vorbis(tags))
            flac.save(deleteid3=True)
        case AudioFormat.OGG:
            ogg = OggOpus(path)
            ogg.delete()
            ogg.update(_vorbis(tags))
            ogg.save()


def mp3_facts(path: Path) -> tuple[int, int]:
    """Give an MP3's bitrate in kbit/s and its sample rate in Hz, as players show them."""
    info: Any = MP3(path).info
    return round(info.bitrate / 1000), int(info.sample_rate)


def _id3(tags: Tags) -> ID3:
    """Write tags the way MP3 and WAV carry them."""
    id3 = ID3()
    for frame, text in ((TIT2, tags.title), (TPE1, tags.artist), (TALB, tags.album)):
        if text:
            id3.add(frame(encoding=_UTF8, text=[_clip(text, _SHORT)]))
    if tags.comment:
        comment = _clip(tags.comment, _LONG)
        id3.add(COMM(encoding=_UTF8, lang="XXX", desc="", text=[comment]))
    if tags.url:
        id3.add(WOAF(url=_clip(tags.url, _SHORT)))
    return id3


def _vorbis(tags: Tags) -> dict[str, str]:
    """Write tags the way FLAC and Ogg carry them."""
    fields = {
        "title": _clip(tags.title, _SHORT),
        "artist": _clip(tags.artist, _SHORT),
        "album": _clip(tags.album, _SHORT),
        "comment": _clip(tags.comment, _LONG),
        "contact": _clip(tags.url, _SHORT),
    }
    return {name: text for name, text in fields.items() if text}


def _clip(text: str, most: int) -> str:
    """Shorten a text and drop what tags cannot hold."""
    clean = text.replace("\0", " ").encode("utf-8", "replace").decode()
    return clean if len(clean) <= most else clean[: most - 1] + "…"
