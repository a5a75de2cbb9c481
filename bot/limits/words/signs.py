"""A text as a blocklist reads it: letter by letter, with what may stand between letters. Pure."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, IntEnum
from functools import lru_cache
from typing import NamedTuple

from bot.limits.words.lookalikes import SURE, WHOLE, stands_for


class Gap(IntEnum):
    """How far a character without a sound of its own sets letters apart."""

    NONE = 0
    WITHIN = 1
    """Stands in the middle of words: dots, dashes, stars, underscores."""
    SPACE = 2
    BREAK = 3
    """Ends a clause or a line."""


class Kind(Enum):
    """What a character is to the words around it."""

    LETTER = "letter"
    DENSE = "dense"
    """A letter of a script that puts no space between words."""
    HAN = "han"
    """Such a letter of Chinese or Japanese, which have no spaces in sentences either."""
    DIGIT = "digit"
    OTHER = "other"


RUNNING_ON = frozenset({Kind.DENSE, Kind.HAN})
"""Scripts in which a word is found without looking at what stands around it."""


class Sign(NamedTuple):
    """One character.

    Attributes:
        own: The letter that it is, in its plainest form.
        letters: All letters that it can stand for, its own first; empty for gaps.
        gap: What it is where it is no letter.
        script: The first word of its Unicode name.
    """

    own: str
    letters: str
    kind: Kind
    gap: Gap
    script: str


LONGEST_RUN = 8
"""So often in a row one sign is read; more of it says nothing new."""

_SHOUTED_I = re.compile(r"(?<=[a-z])I+(?![a-z]*[A-HJ-Z])")
"""A capital I behind small letters is likely meant as the small L that it looks like."""

_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")
_BLANK = frozenset("\u2800")
_TAKEN_OFF = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
"""Accents, and the vowel marks that Hebrew and Arabic leave out at will. Marks of other scripts
make another letter."""

_HAN = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3041-\u30ff\u3100-\u312f\u31a0-\u31ff\u3400-\u9fff"
                  "\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]")  # fmt: skip
_DENSE = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3130-\u318f"
                    "\ua960-\ua97f\uac00-\ud7ff]")  # fmt: skip
_CLAUSE_ENDS = frozenset(',;:!?…。、，；：！？"“”„«»()[]{}<>/\\—–')


def read(text: str) -> list[Sign]:
    """Take a text apart. Characters that cannot be seen are left out."""
    plain = _SHOUTED_I.sub(lambda found: "1" * len(found[0]), unicodedata.normalize("NFKC", text))
    signs: list[Sign] = []
    run = 0
    for sign in (sign for char in plain for sign in _signs(char)):
        run = run + 1 if signs and signs[-1] is sign else 1
        if run <= LONGEST_RUN:
            signs.append(sign)
    return signs


@lru_cache(maxsize=8192)
def _signs(char: str) -> tuple[Sign, ...]:
    """Give what one character is; most are one sign, some are two, and the unseen are none."""
    if _is_unseen(char):
        return ()
    bare = "".join(
        unicodedata.normalize("NFC", _TAKEN_OFF.sub("", unicodedata.normalize("NFD", part)))
        for part in char.casefold()
    )
    if not bare:
        return ()
    return tuple(_sign(part) for part in WHOLE.get(bare, bare))


def _is_unseen(char: str) -> bool:
    is_format = unicodedata.category(char) in {"Cf", "Cc", "Cs", "Cn"}
    return (is_format and not char.isspace()) or bool(_UNSEEN.match(char))


def _sign(char: str) -> Sign:
    category = unicodedata.category(char)
    script = unicodedata.name(char, "?").split()[0]
    if category == "Nd" or unicodedata.digit(char, None) is not None:
        own = str(unicodedata.digit(char))
        return Sign(own, stands_for(own), Kind.DIGIT, Gap.NONE, script)
    letters = stands_for(char)
    if category[0] in "LM":
        own = _in_hiragana(letters[0])
        return Sign(own, own + letters[1:], _kind(char), Gap.NONE, script)
    if letters[0] != char:  # a letter in a box or a circle
        return Sign(letters[0], letters, Kind.LETTER, Gap.NONE, "LATIN")
    return Sign(char, letters[1:], Kind.OTHER, _gap(char, category), script)


def _kind(char: str) -> Kind:
    if _HAN.match(char):
        return Kind.HAN
    return Kind.DENSE if _DENSE.match(char) else Kind.LETTER


def _in_hiragana(char: str) -> str:
    """Write a letter of Katakana in the other of the two scripts that spell the same sounds."""
    return chr(ord(char) - 0x60) if "\u30a1" <= char <= "\u30f6" else char


def _gap(char: str, category: str) -> Gap:
    if char in _CLAUSE_ENDS or char in "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029":
        return Gap.BREAK
    if char.isspace() or char in _BLANK or category[0] == "Z":
        return Gap.SPACE
    return Gap.WITHIN


def is_sure(sign: Sign) -> bool:
    """Say whether a sign that is no letter stands for one wherever it touches one."""
    return sign.own in SURE
