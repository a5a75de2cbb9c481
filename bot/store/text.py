"""How prompts are made searchable, and how a member's words become a query. Pure.

Both sides go through the same spelling, so what was written can be found. Scripts without spaces
between words get one around every character; a word of theirs is then searched as a phrase, which
finds it in the middle of a sentence and only in its own order.
"""

from __future__ import annotations

import re
import unicodedata

_CJK = re.compile(
    "(["
    "\u1100-\u11ff"  # Hangul letters
    "\u2e80-\u2fdf"  # radicals
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035"  # iteration marks and numerals
    "\u3040-\u30ff"  # Hiragana and Katakana
    "\u3100-\u318f"  # Bopomofo, Hangul compatibility letters
    "\u31a0-\u31bf\u31f0-\u31ff"  # extensions of both
    "\u3400-\u4dbf\u4e00-\u9fff"  # Han
    "\ua960-\ua97f\uac00-\ud7ff"  # Hangul syllables
    "\uf900-\ufaff"  # Han compatibility
    "\U0001b000-\U0001b16f"  # Kana supplement
    "\U00020000-\U0003ffff"  # Han extensions
    "])"
)
_ACCENTS = re.compile("[\u0300-\u036f]")
MAX_WORDS = 16
"""Words of a query that count; more would only cost time."""


def spell(text: str) -> str:
    """Write text the way it is indexed: one form per character, no accents, CJK spaced out."""
    folded = unicodedata.normalize("NFKC", text)
    if not folded.isascii():
        # Each database folds accents its own way, or not at all; the marks of other scripts stay.
        bare = _ACCENTS.sub("", unicodedata.normalize("NFD", folded))
        folded = unicodedata.normalize("NFC", bare)
    return _CJK.sub(r" \1 ", folded) if _CJK.search(folded) else folded


def search_text(prompt: str) -> str | None:
    """Give the searchable form of a prompt, or None where the prompt will do as it is."""
    spelled = spell(prompt)
    return None if spelled == prompt else spelled


def words(text: str) -> list[str]:
    """Split what a member typed into words, each spelled as indexed; several tokens are a phrase.

    Whatever is neither letter nor digit separates tokens, so no operator of a query language is
    left in them.
    """
    found = (tokens(word) for word in text.split())
    return [" ".join(word) for word in found if word][:MAX_WORDS]


def tokens(word: str) -> list[str]:
    """Split one word into the tokens that the index makes of it."""
    kept = (char if _is_token(char) else " " for char in spell(word))
    return "".join(kept).split()


def _is_token(char: str) -> bool:
    # SQLite's unicode61 takes letters, numbers, private use, and marks that follow a letter.
    category = unicodedata.category(char)
    return category[0] in "LNM" or category == "Co"
