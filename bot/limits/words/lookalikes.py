"""Which letters a character can stand for: other scripts, drawn forms, digits and signs. Pure.

The pairs are those of Unicode's confusables (UTS #39) that letters of words are swapped for in
practice, and what people write in place of letters besides. Characters that Unicode itself takes
apart (accents, full width, letters in circles or in mathematical styles) need no entry here, and
strokes, hooks and small capitals are told by their names.

Looking alike is not being the same: each character keeps its own letter, and can stand for others
besides. So words of one script are never mixed up with each other by way of a third.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

_ALIKE: Mapping[str, str] = {
    "a": "аαɑⲁꭺꓮ",
    "b": "вьъβбⲃꮟꓐ",
    "c": "сϲⲥꮯꓚ",
    "d": "ԁժδðꭰꮷꓓ",
    "e": "еєεɛǝəҽзэⲉꭼꓰ",
    "f": "ғϝքꓝ",
    "g": "ցԍɡꮐᏻꓖ",
    "h": "һнհηⲏꮋꓧ",
    "i": "іιıɩӏǀⲓꭵꓲ",
    "j": "јϳȷյꭻꓙ",
    "k": "кκĸⲕꮶꓗ",
    "l": "ӏǀלןꮮꓡ",
    "m": "мμⲙꮇꓟ",
    "n": "пոηνиŋⲛꓠ",
    "o": "оοօσөθⲟჿꓳ",
    "p": "рρƿþⲣꮲꓑ",
    "q": "ԛգզ",
    "r": "гяꭱꮢꓣ",
    "s": "ѕςʃꮪꓢ",
    "t": "тτⲧꭲꓔ",
    "u": "υսцμʊʋꓴ",
    "v": "νѵꮩꓦ",
    "w": "ԝωшщѡաɯꮃꓪ",
    "x": "хχⲭꓫ",
    "y": "уγүყⲩꓬ",
    "z": "ζʒзⲍꮓꓜ",
}
"""Latin letters, and lower-case letters of other scripts that look like them, large or small."""

_DIGITS: Mapping[str, str] = {
    "0": "o",
    "1": "il",
    "2": "z",
    "3": "e",
    "4": "a",
    "5": "s",
    "6": "gb",
    "7": "t",
    "8": "b",
    "9": "gq",
}
_SIGNS: Mapping[str, str] = {
    "$": "s",
    "@": "a",
    "€": "e",
    "£": "l",
    "¢": "c",
    "¥": "y",
    "!": "i",
    "|": "il",
    "+": "t",
    "(": "c",
    "×": "x",
}
TWINS = frozenset("асеорхуіјѕһӏԁԛԝѵοανρυικχγⲟⲣⲥⲁոսօ")
"""Letters of other scripts that nobody can tell from a Latin one; the others only resemble one."""

SURE = frozenset("$@€£¢¥×")
"""Signs that stand for a letter wherever they touch one; the others are punctuation more often."""

WHOLE: Mapping[str, str] = {"æ": "ae", "œ": "oe", "ӕ": "ae", "ĳ": "ij", "ǆ": "dz"}
"""Characters that are two letters in one."""

_NAMED = re.compile(
    r"(?:LATIN|REGIONAL INDICATOR|NEGATIVE|SQUARED|CIRCLED|CROSSED NEGATIVE|TAG)\b.*"
    r"\b(?:LETTER|SMALL CAPITAL|SCRIPT|OPEN|TURNED|REVERSED|SIDEWAYS|DOTLESS|INSULAR|CLOSED)"
    r" (?P<letter>[A-Z])(?: WITH .+| ROTUNDA)?"
)
_MARKED = re.compile(r"(?P<base>(?:CYRILLIC|GREEK) .+ LETTER .+?) WITH .+")


def stands_for(sign: str) -> str:
    """Give every letter that a character can be read as, its own first.

    Args:
        sign: One character in lower case, without marks that Unicode can take off.
    """
    own = _named(sign) or sign
    return "".join(dict.fromkeys([own, *_OTHERS.get(own, ""), *_OTHERS.get(sign, "")]))


def _named(sign: str) -> str | None:
    """Find the plain letter in a character's name, such as O in LATIN SMALL LETTER O WITH STROKE."""
    if sign.isascii() or sign in _OTHERS:
        return None
    name = unicodedata.name(sign, "")
    if found := _NAMED.fullmatch(name):
        return found["letter"].lower()
    if marked := _MARKED.fullmatch(name):
        try:
            return unicodedata.lookup(marked["base"])
        except KeyError:
            return None
    return None


def _pairs() -> Iterator[tuple[str, str]]:
    for latin, others in _ALIKE.items():
        for other in others:
            yield latin, other
            yield other, latin
    for table in (_DIGITS, _SIGNS):
        for sign, letters in table.items():
            for letter in letters:
                yield sign, letter
                # What a digit stands for in Latin, it stands for in the scripts that look alike.
                yield from ((sign, other) for other in _ALIKE[letter])


def _gather() -> dict[str, str]:
    found: dict[str, str] = {}
    for sign, letter in _pairs():
        found[sign] = found.get(sign, "") + letter
    return found


_OTHERS = _gather()
