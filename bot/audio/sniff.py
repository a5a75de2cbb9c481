"""What a file is, by its first bytes. Pure.

Announced types and endings are not to be trusted: audio often comes as
``application/octet-stream`` and an error page as ``song.mp3`` (fal docs, File).
"""

from __future__ import annotations

from enum import StrEnum

HEAD_BYTES = 512
"""How much of a file's beginning is enough to tell."""


class Sniffed(StrEnum):
    """What a file seems to be."""

    WAV = "wav"
    FLAC = "flac"
    OGG = "ogg"
    MP3 = "mp3"
    M4A = "m4a"
    AAC = "aac"
    HTML = "html"
    JSON = "json"
    IMAGE = "image"
    EMPTY = "empty"
    UNKNOWN = "unknown"

    @property
    def is_readable(self) -> bool:
        """Say whether this project can decode it."""
        return self in {Sniffed.WAV, Sniffed.FLAC, Sniffed.OGG, Sniffed.MP3}

    @property
    def is_audio(self) -> bool:
        """Say whether it can at least be handed on as a sound file."""
        return self.is_readable or self in {Sniffed.M4A, Sniffed.AAC}


_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")


def sniff(head: bytes) -> Sniffed:
    """Tell what a file is from its first `HEAD_BYTES` bytes; fewer only if it is that short."""
    if not head:
        return Sniffed.EMPTY
    return _container(head) or _text(head) or _bare_stream(head) or Sniffed.UNKNOWN


def _container(head: bytes) -> Sniffed | None:
    """Recognise formats that begin with a signature."""
    if head[:4] in {b"RIFF", b"RF64"}:
        return {b"WAVE": Sniffed.WAV, b"WEBP": Sniffed.IMAGE}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return Sniffed.M4A if head[8:11] in {b"M4A", b"mp4", b"iso", b"das"} else None
    if head.startswith(_IMAGES):
        return Sniffed.IMAGE
    signatures = {b"fLaC": Sniffed.FLAC, b"OggS": Sniffed.OGG, b"ID3": Sniffed.MP3}
    return next((kind for sign, kind in signatures.items() if head.startswith(sign)), None)


def _text(head: bytes) -> Sniffed | None:
    """Recognise the two kinds of text that servers answer in place of a file."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<error")):
        return Sniffed.HTML
    return Sniffed.JSON if text.startswith((b"{", b"[")) else None


def _bare_stream(head: bytes) -> Sniffed | None:
    """Recognise an MPEG frame header: eleven set bits, then fields with forbidden values."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = (head[1] >> 3) & 3, (head[1] >> 1) & 3
    if layer == 0:
        return Sniffed.AAC if head[1] & 0xF0 == 0xF0 else None
    bitrate, rate = head[2] >> 4, (head[2] >> 2) & 3
    if version == 1 or bitrate in {0, 15} or rate == 3:
        return None
    return Sniffed.MP3
