"""What to say of files that members bring along. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

from bot.catalogue.wording import plain
from bot.errors import AudioError, InvalidInput, NotFound, UserError
from bot.jobs.material import CAN_BE_CONVERTED, AttachedFile, size_words

_LONGEST_STEM = 50

_DAMAGED = "{} is damaged. Attach a copy that plays from beginning to end."
_GONE = "{} is no longer there. Attach it again."
_EMPTY = "{} is empty. Attach another file."
_SENTENCES: dict[str, tuple[type[UserError], str]] = {
    "not_audio": (InvalidInput, "{} is not an audio file that I know. Attach {}."),
    "empty": (InvalidInput, _EMPTY),
    "corrupt": (InvalidInput, _DAMAGED),
    "crash": (InvalidInput, _DAMAGED),
    "too_big": (InvalidInput, "{} is too large. Attach a shorter piece, or the same as MP3."),
    "gone": (NotFound, _GONE),
    "forbidden": (NotFound, _GONE),
    "bad_link": (NotFound, _GONE),
}
_AS_IT_IS = frozenset({"too_long", "channels", "rate", "unsupported", "memory"})
"""Errors of the member's file whose own sentence says it all."""


def check_announced(file: AttachedFile, *, limit_bytes: int) -> None:
    """Refuse what is not worth fetching.

    Raises:
        InvalidInput: It is too large, empty, or a film.
    """
    name = plain(file.file_name)
    if file.size == 0:
        raise InvalidInput(_EMPTY.format(name))
    if file.size > limit_bytes:
        raise InvalidInput(
            f"{name} has {size_words(file.size)}; I take up to {size_words(limit_bytes)}. "
            "Attach a shorter piece, or the same as MP3."
        )
    if file.content_type is not None and file.content_type.lower().startswith("video/"):
        # Its container is that of M4A, so a look into it would not tell.
        raise InvalidInput(f"{name} is a video. Attach its sound alone, as {CAN_BE_CONVERTED}.")


@contextmanager
def about_attachment(file: AttachedFile) -> Iterator[None]:
    """Turn what is wrong with a file into something that its owner can act on.

    Trouble that may pass stays an `AudioError`.
    """
    try:
        yield
    except AudioError as error:
        if error.code in _AS_IT_IS:
            raise InvalidInput(error.sentence) from error
        if error.code not in _SENTENCES:
            raise
        kind, sentence = _SENTENCES[error.code]
        raise kind(sentence.format(plain(file.file_name), CAN_BE_CONVERTED)) from error


def plain_name(told: str, ending: str) -> str:
    """Make a file name of ASCII letters with the ending that the content deserves.

    >>> plain_name("Mein Stück (2).WAVE", "wav")
    'Mein-Stuck-2.wav'
    """
    stem = PurePath(told.replace("\\", "/")).stem
    letters = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "-", letters).strip("-")[:_LONGEST_STEM].strip("-")
    return f"{name or 'audio'}.{ending}"
