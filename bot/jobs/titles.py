"""What a piece is called that was made of another one, where its member said nothing. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.catalogue import Mode

STEMS = "stems"
DONE: Mapping[Mode, str] = {
    Mode.RESTYLE: "remix",
    Mode.LYRICS: "new words",
    Mode.EXTEND: "extended",
    Mode.REPLACE: "part replaced",
}
_TAIL = re.compile(rf" \((?:{'|'.join([*DONE.values(), STEMS])})\)$")


def named_after(title: str, done: str) -> str:
    """Name what becomes of a piece.

    >>> named_after("soft rain", "extended"), named_after("soft rain (extended)", "stems")
    ('soft rain (extended)', 'soft rain (stems)')
    """
    return f"{bare(title)} ({done})"


def bare(title: str) -> str:
    """Give a title without the word for what was done."""
    return _TAIL.sub("", title)
