"""How numbers and ranges read, and which text a model can make anything of."""

from __future__ import annotations

import re
import unicodedata

_MARKUP = re.compile(r"<(?:@[!&]?|#|a?:\w+:|/[^:>]+:|t:)-?\d+(?::\w)?>|<id:\w+>|@everyone|@here")
"""Mentions, custom emoji, commands and times, as Discord writes them (Discord docs, Reference)."""
_DRAWN = re.compile(r".\ufe0f\u20e3?|[0-9#*]\u20e3", re.DOTALL)
"""Letters and digits that are drawn as pictures: keycaps and the like."""
_NO_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2139")
"""Count as letters, but the Hangul fillers show nothing, and the information sign is a picture."""

_SPACES = re.compile(r"\s+")
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069]"
)
"""Control characters, and those that turn the direction of the text around them."""

_MARKS = re.compile(r"[*~`|\\]|(?<!\w)_|_(?!\w)")
"""What Discord would make bold, hidden or code of; underscores within words it leaves alone."""

_POWERS = re.compile(r"<(?=[@#:/a-z])|@|:(?=//)|\](?=\()", re.IGNORECASE)
_APART = "\\g<0>\u200b"
"""A space of no width keeps mentions, links and the like from being any."""


def has_words(text: str) -> bool:
    """Say whether anything is left to read without mentions, emoji and signs, in any script."""
    bare = _DRAWN.sub(" ", _MARKUP.sub(" ", text))
    return any(unicodedata.category(sign)[0] in "LN" and sign not in _NO_LETTERS for sign in bare)


def is_sendable(text: str) -> bool:
    """Say whether text survives the way: no half characters, and nothing that ends strings."""
    return not any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text)


def number(value: float) -> str:
    """Write a number for people: thousands apart, no needless digits.

    >>> number(2000), number(0.5), number(30.0)
    ('2,000', '0.5', '30')
    """
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def listing(names: list[str], *, last: str = "or") -> str:
    """Join names as a sentence does.

    >>> listing(["a", "b", "c"])
    'a, b or c'
    """
    head, tail = names[:-1], names[-1:]
    return f"{', '.join(head)} {last} {tail[0]}" if head else "".join(tail)


def cut(text: str, *, limit: int) -> str:
    """Shorten a text to a readable length."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def plain(text: str, *, limit: int = 60) -> str:
    r"""Quote what somebody typed in a sentence: on one line, cut to a readable length, powerless.

    >>> plain("steps_of  60"), plain("a `b`")
    ('“steps_of 60”', '“a \\`b\\`”')
    """
    line = _SPACES.sub(" ", _UNSEEN.sub("", text.encode("utf-8", "replace").decode())).strip()
    marked = _MARKS.sub(r"\\\g<0>", cut(line, limit=limit))
    return f"“{_POWERS.sub(_APART, marked)}”"
