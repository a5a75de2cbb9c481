"""Holding a request to the words that its server allows, wherever in it they stand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from bot.catalogue import Ask
from bot.errors import ContentBlocked
from bot.limits.words import blocklist

_PLACES = {
    "title": "the title",
    "prompt": "the prompt",
    "style": "the style",
    "lyrics": "the lyrics",
    "negative_prompt": "the option negative_prompt",
    "genre": "the option genre",
    "key": "the option key",
    "advanced": "the advanced options",
    "source_name": "the name of the file",
    "original_tags": "the style of the piece that this is made from",
    "original_lyrics": "the lyrics of the piece that this is made from",
}
"""The texts of a request, and how a member knows them."""

_REMEDIES = {
    "source_name": "Rename the file and attach it again",
    "original_tags": "Choose another piece",
    "original_lyrics": "Choose another piece, or give it new lyrics",
}
_SHORT = 2_000
"""Up to so many characters a text is looked through at once; longer ones in a thread."""


async def check_words(ask: Ask, blocked: Sequence[str]) -> None:
    """Refuse a request that has a blocked word in any of its texts.

    Raises:
        ContentBlocked: The sentence names the text, and not the word.
    """
    words = tuple(blocked)
    if not words:
        return
    texts = list(_texts(ask))
    is_long = sum(len(text) for _place, text in texts) > _SHORT
    found = await asyncio.to_thread(_find, words, texts) if is_long else _find(words, texts)
    if found is None:
        return
    place, word = found
    remedy = _REMEDIES.get(place, "Change it and ask again")
    raise ContentBlocked(
        f"The moderators of this server do not allow something that is in {_PLACES[place]}. "
        f"{remedy}; nothing was charged.",
        place=_PLACES[place],
        word=word,
    )


def _texts(ask: Ask) -> Iterator[tuple[str, str]]:
    for place in _PLACES:
        text = getattr(ask, place)
        if text:
            yield place, text


def _find(words: tuple[str, ...], texts: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    made = blocklist(words)
    for place, text in texts:
        if (word := made.find(text)) is not None:
            return place, word
    return None
