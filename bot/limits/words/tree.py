"""Blocked words as a tree of letters: what begins alike shares its beginning. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from bot.limits.words.signs import RUNNING_ON, Gap, Kind, Sign, is_sure, read

BETWEEN = " "
"""The edge from one word of a phrase to the next."""

_SPELLINGS = 64
"""So many readings of a word with digits in it are looked for."""

_SHORT = 3
"""In words of up to so many letters a double letter makes another word: god and good."""

_NOTES = frozenset("abcdefg")

_Letter = tuple[str, Kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a blocked word ends, and what holds for it.

    Attributes:
        word: As the moderators typed it.
        script: Of its first letter.
        takes_doubles: Whether a letter may come twice in place of once.
        goes_on: Whether it is found where letters of the same kind follow.
        has_letters: Whether it is more than a number.
        is_notes: Whether it can be read as names of notes.
    """

    word: str
    script: str
    takes_doubles: bool
    goes_on: bool
    has_letters: bool
    is_notes: bool


@dataclass(slots=True, eq=False)
class Node:
    """A place within words that begin alike.

    Attributes:
        run: How often the letter has come in a row here.
    """

    letter: str = ""
    kind: Kind = Kind.OTHER
    run: int = 0
    edges: dict[str, Node] = field(default_factory=dict)
    ends: list[End] = field(default_factory=list)

    def grow(self, letter: str, kind: Kind) -> Node:
        """Give the place one letter on."""
        if letter not in self.edges:
            run = self.run + 1 if letter == self.letter else 1
            self.edges[letter] = Node(letter, kind, run)
        return self.edges[letter]


@dataclass(slots=True)
class Tree:
    """All blocked words.

    Attributes:
        bounded: Those that are found at the beginning of words only.
        anywhere: Those that are found inside of words, too.
    """

    bounded: Node = field(default_factory=Node)
    anywhere: Node = field(default_factory=Node)

    def add(self, word: str) -> bool:
        """Take a word in; say whether it has letters or digits to go by."""
        core = word.strip("*").strip()
        words = list(_words(read(core.casefold())))
        if not words:
            return False
        signs = [sign for part in words for sign in part]
        first, last = signs[0].kind, signs[-1].kind
        end = End(
            word=word,
            script=signs[0].script,
            takes_doubles=len(signs) > _SHORT and all(one.kind is Kind.LETTER for one in signs),
            goes_on=word.endswith("*") or last in RUNNING_ON,
            has_letters=any(one.kind is not Kind.DIGIT for one in signs),
            is_notes=all(one.own in _NOTES for one in signs),
        )
        is_inside = word.startswith("*") or first in RUNNING_ON
        for spelling in islice(product(*map(_spellings, words)), _SPELLINGS):
            node = self.anywhere if is_inside else self.bounded
            for number, part in enumerate(spelling):
                node = node.grow(BETWEEN, Kind.OTHER) if number else node
                for letter, kind in part:
                    node = node.grow(letter, kind)
            node.ends.append(end)
        return True


def _words(signs: Sequence[Sign]) -> Iterator[list[Sign]]:
    """Split a phrase where its words end; signs that stand for letters are letters."""
    word: list[Sign] = []
    for at, sign in enumerate(signs):
        if sign.gap is Gap.NONE or _is_letter(signs, at):
            word.append(sign)
        elif word:
            yield word
            word = []
    if word:
        yield word


def _is_letter(signs: Sequence[Sign], at: int) -> bool:
    """Say whether a sign such as ``!`` is meant as a letter: sh!t, but not hey!"""
    if not signs[at].letters:
        return False
    before = at > 0 and signs[at - 1].gap is Gap.NONE
    after = at + 1 < len(signs) and signs[at + 1].gap is Gap.NONE
    return (before or after) if is_sure(signs[at]) else (before and after)


def _spellings(word: Sequence[Sign]) -> list[tuple[_Letter, ...]]:
    """Give every reading of a word; digits in it may stand for letters, those of a number not."""
    if all(sign.kind is Kind.DIGIT for sign in word):
        return [tuple((sign.own, Kind.DIGIT) for sign in word)]
    choices = [
        [(sign.own, sign.kind)]
        if sign.kind not in {Kind.DIGIT, Kind.OTHER}
        else [(letter, Kind.LETTER) for letter in sign.letters if not letter.isdecimal()]
        + [(sign.own, sign.kind)] * (sign.kind is Kind.DIGIT)
        for sign in word
    ]
    # A digit's look-alikes in other scripts are reached through the Latin letter.
    latin = [[one for one in some if one[0].isascii()] or some for some in choices]
    return list(islice(product(*latin), _SPELLINGS))
