"""How prompts are made searchable, and how a member's words become a query. Pure.

Both sides go through the same spelling, so what was written can be found. Scripts without spaces
between words get one around every character; a word of theirs is then searched as a phrase, which
finds it in the middle of a sentence and only in its own order. What the databases' indexes pass
over, such as emoji, gets a name in letters that they take.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

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
_SPACELESS = re.compile(
    "["
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Myanmar
    "\u1780-\u17ff"  # Khmer
    "]+"
)
_ACCENTS = re.compile(
    "["
    "\u0300-\u036f"  # Latin, Greek, Cyrillic
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u0640"  # Arabic vowels, and what only stretches a word
    "\ufe00-\ufe0f"  # how a sign is to look
    "]"
)
"""What a word is often written without."""

_EMOJI = re.compile("[\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_SKINS = re.compile("[\U0001f3fb-\U0001f3ff]")
MAX_WORDS = 16
"""Words of a query that count; more would only cost time."""


def spell(text: str) -> str:
    """Write text the way it is indexed: one form per character, no accents, no run of words."""
    folded = unicodedata.normalize("NFKC", text)
    if folded.isascii():
        return folded
    # Each database folds accents its own way, or not at all; the marks of other scripts stay.
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", folded))
    composed = unicodedata.normalize("NFC", bare).replace("ς", "σ")
    named = _EMOJI.sub(lambda found: f" {_name(found[0])} ", _SKINS.sub("", composed))
    apart = _SPACELESS.sub(lambda found: _spread(found[0]), named)
    return _CJK.sub(r" \1 ", apart)


def _spread(run: str) -> str:
    """Part the letters of a script without spaces; each keeps its vowels and tones.

    Those are marks, which the indexes would take for the end of a word.
    """
    spread = (
        _name(char) if unicodedata.category(char).startswith("M") else f" {char}" for char in run
    )
    return f"{''.join(spread)} "


def _name(char: str) -> str:
    return f"u{ord(char):04x}"


def search_text(prompt: str, *more: str) -> str | None:
    """Give the searchable form of a prompt, or None where the prompt will do as it is.

    Args:
        prompt: The words by which people know the piece.
        more: Others that it was made from, such as its lyrics.
    """
    every = dict.fromkeys([prompt, *(text for text in more if text not in prompt)])
    spelled = spell("\n".join(every))
    return None if spelled == prompt else spelled


def words(text: str) -> list[str]:
    """Split what a member typed into words, each spelled as indexed; several tokens are a phrase.

    Whatever is neither letter nor digit separates tokens, so no operator of a query language is
    left in them.
    """
    found = (" ".join(_split(spell(word))) for word in text.split())
    return [word for word in found if word][:MAX_WORDS]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a member looks for, to be held against a text as it is indexed.

    This is what decides. The indexes of the two databases part words each in their own way, and
    only have to name every text that may fit.

    Attributes:
        words: Each must be in the text whole, the last one also as a beginning. Their case does
            not matter any more; several tokens are a phrase.
    """

    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Read what was typed; None where there is no word in it, and so nothing is found."""
        found = words(text)
        return cls(tuple(" ".join(_split(_fold(word))) for word in found)) if found else None

    @property
    def tokens(self) -> tuple[str, ...]:
        """All that must be somewhere in the text, whatever stands between."""
        return tuple(dict.fromkeys(token for word in self.words for token in word.split()))

    @property
    def may_go_on(self) -> bool:
        """Whether the last token may be the beginning of a longer one.

        Where there is a blank around every character it is not.
        """
        return _CJK.fullmatch(self.words[-1][-1]) is None

    def is_in(self, spelled: str) -> bool:
        """Say whether a text, spelled as indexed, has it all."""
        folded = _fold(spelled)
        if not all(token in folded for token in self.tokens):
            return False
        line = f" {' '.join(_split(folded))} "
        *whole, last = self.words
        return f" {last}" in line and all(f" {word} " in line for word in whole)


def has_case(token: str) -> bool:
    """Say whether a token is written in capitals, too, in a way that not every database knows."""
    return not token.isascii() and token != token.upper()


def _fold(text: str) -> str:
    """Make all letters small, each by itself: a sigma looks the same at the end of a word."""
    return text.lower() if text.isascii() else text.lower().replace("ς", "σ")


def _split(spelled: str) -> list[str]:
    """Split a text into the tokens that the index makes of it. A mark alone is none."""
    if spelled.isascii():
        return _ASCII_TOKEN.findall(spelled)
    return [token for token in spelled.translate(_BLANKS).split() if not _is_bare(token)]


def _is_bare(token: str) -> bool:
    return not token.isalnum() and all(unicodedata.category(char)[0] == "M" for char in token)


_ASCII_TOKEN = re.compile("[A-Za-z0-9]+")


class _Blanks(dict[int, int]):
    """What every character becomes: itself, or a blank if it separates tokens."""

    def __missing__(self, code: int) -> int:
        # SQLite's unicode61 takes letters, numbers, private use, and marks that follow a letter.
        category = unicodedata.category(chr(code))
        is_token = category[0] in "LNM" or category == "Co"
        self[code] = code if is_token else ord(" ")
        return self[code]


_BLANKS = _Blanks()
