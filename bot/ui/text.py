"""Making words of members and moments in time fit for a message."""

from __future__ import annotations

import re
from datetime import datetime

import discord

from bot import catalogue
from bot.domain.job import Kind
from bot.errors import InvalidInput

_SPACES = re.compile(r"\s+")
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
"""Control characters, and those that turn the direction of all the text after them around."""

_ANGLE = re.compile(r"<(?=[@#:/a-z])")


def shown(words: str, *, limit: int) -> str:
    """Show a member's words as they were typed, on one line, powerless: no markdown, no mention.

    Longer text is cut at a word and ends in an ellipsis; the result is at most `limit` long.
    """
    plain = _SPACES.sub(" ", _INVISIBLE.sub("", words)).strip()
    safe = _powerless(plain)
    if len(safe) <= limit:
        return safe
    # Escaping lengthens the text, so what fits is found by escaping ever less of it.
    cut = limit
    while len(_powerless(plain[:cut])) > limit - 1:
        cut -= max(1, (len(_powerless(plain[:cut])) - limit) // 2)
    kept = plain[:cut]
    at_word = kept.rpartition(" ")[0]
    return _powerless((at_word if len(at_word) > limit // 2 else kept).rstrip(" ,.;:-")) + "…"


def as_typed(words: str, *, limit: int) -> str:
    """Show a member's words where Discord knows no markdown: in menus and lists of choices."""
    line = _SPACES.sub(" ", _INVISIBLE.sub("", words)).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _powerless(plain: str) -> str:
    # A link that survives would be clickable under the bot's name. Escaping leaves bare ones.
    escaped = discord.utils.escape_markdown(plain, ignore_links=False)
    escaped = escaped.replace("://", ":\u200b//").replace("](", "]\u200b(")
    # Members, roles, channels, commands and times: a space of no width keeps them from being one.
    return _ANGLE.sub("<\u200b", discord.utils.escape_mentions(escaped))


def ago(moment: datetime) -> str:
    """Write a moment so that the reader's client counts along, such as "2 minutes ago"."""
    return f"<t:{int(moment.timestamp())}:R>"


def length(seconds: float) -> str:
    """Write a length of audio as minutes and seconds."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def ordinal(number: int) -> str:
    """Write a place in a line: 1st, 2nd, 3rd, 11th."""
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{_ENDINGS.get(number % 10, 'th')}"


def title_of(model: str) -> str:
    """Give a model's name for people; its id where it left the catalogue since."""
    try:
        return catalogue.find(model).about.title
    except InvalidInput:
        return model


NOUNS: dict[Kind, str] = {
    Kind.MUSIC: "Music",
    Kind.SFX: "A sound effect",
    Kind.SONG: "A song",
    Kind.REMIX: "A remix",
    Kind.STEMS: "Stems",
}

_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
