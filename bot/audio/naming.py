"""File names that tell results apart in a member's download folder. Pure.

Discord decides by the ending whether a file gets a player, and shows a picture from an attachment
only when its name is plain ASCII (Discord docs, Uploading Files), so names are made of
letters, digits, ``_``, ``-`` and ``.`` alone.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2s

from bot.domain.ids import JobId

LONGEST = 60
_MARK_LETTERS = 4
_LONGEST_ENDING = 8


def file_name(prompt: str, job_id: JobId, ending: str, *, part: str = "") -> str:
    """Name a result after the beginning of its prompt and a short mark of its job.

    The same prompt, job, part and ending always give the same name.

    Args:
        prompt: What the member typed; may be anything, path tricks and emoji included.
        job_id: Told by four characters, enough to tell two takes of one prompt apart.
        ending: What the file is, without the dot, such as ``mp3``.
        part: Which of several files of one job it is, such as ``vocals``.

    >>> file_name("Rain on a tin roof!", JobId(1), "mp3")
    'rain-on-a-tin-roof-66cf.mp3'
    """
    mark = blake2s(str(job_id).encode()).hexdigest()[:_MARK_LETTERS]
    tail = "-".join(filter(None, [_cut(_words(part), 16), mark]))
    end = "".join(_words(ending))[:_LONGEST_ENDING] or "bin"
    room = LONGEST - len(tail) - len(end) - 2
    return f"{_cut(_words(prompt), room) or 'audio'}-{tail}.{end}"


def _words(text: str) -> list[str]:
    """Find the ASCII words in a text; accents are dropped, other scripts leave nothing."""
    plain = unicodedata.normalize("NFKD", text[:500].casefold())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.findall(r"[a-z0-9]+", letters.replace("'", "").replace("’", ""))


def _cut(words: list[str], room: int) -> str:
    """Join as many whole words as fit; a first word that is too long is cut."""
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word
        if len(longer) > room:
            break
        name = longer
    return name or "".join(words[:1])[:room]
