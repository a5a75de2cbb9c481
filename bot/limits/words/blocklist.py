"""Looking for blocked words in a text, however they are written. Pure.

Letters may be swapped for look-alikes, stretched, spelled out with spaces, or set apart by signs.
A word is found as a word, not inside of others; a star at either end of it lifts that, as in
Discord's own AutoMod. In scripts that put no space between words it is found anywhere.

All words are looked for at once, sign by sign. How long that takes grows with the text and with
the words that begin alike, whatever the text is made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from bot.limits.words.lookalikes import TWINS
from bot.limits.words.signs import RUNNING_ON, Gap, Kind, Sign, read
from bot.limits.words.tree import BETWEEN, End, Node, Tree

LONGEST_WORD = 100
"""Characters of a blocked word or phrase that count."""

_WIDEST = {
    Kind.LETTER: Gap.BREAK,
    Kind.HAN: Gap.SPACE,
    Kind.DENSE: Gap.WITHIN,
    Kind.DIGIT: Gap.NONE,
    Kind.OTHER: Gap.WITHIN,
}
"""How far apart the letters of one word may be set."""

_ALONE = frozenset("aiou")
"""Letters that are words; next to one a word may be spelled out all the same."""

_NOTES = frozenset("abcdefg")
_OWN_LETTERS = frozenset({"CYRILLIC", "GREEK", "COPTIC", "ARMENIAN"})
"""Scripts with letters like ours, in which people write whole texts."""

_STRETCHED = 3


class Blocklist:
    """The words of one server, made ready to be looked for."""

    def __init__(self, words: Sequence[str]) -> None:
        self._tree = Tree()
        self._pictures: list[tuple[str, str]] = []
        for word in (typed.strip()[:LONGEST_WORD] for typed in words):
            if not self._tree.add(word) and (picture := _drawing(word)):
                self._pictures.append((word, picture))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not (self._tree.bounded.edges or self._tree.anywhere.edges or self._pictures)

    def find(self, text: str) -> str | None:
        """Give the first blocked word in a text, as the moderators typed it; None without one."""
        if self.is_empty:
            return None
        found = next(self._matches(read(text)), None)
        if found is not None or not self._pictures:
            return found
        drawn = _drawing(text)
        return next((word for word, picture in self._pictures if picture in drawn), None)

    def _matches(self, signs: Sequence[Sign]) -> Iterator[str]:
        """Give the words that are found, in the order of their ends."""
        live: _Live = {}
        for at in range(len(signs)):
            live = self._next(signs, at, live)
            for state, start in live.items():
                for end in state.node.ends:
                    if _counts(state, end) and _is_alone(signs, start, at, state, end):
                        yield end.word

    def _next(self, signs: Sequence[Sign], at: int, live: _Live) -> _Live:
        """Go one sign on with every reading, and begin new ones."""
        sign = signs[at]
        following: _Live = {}
        if sign.gap is not Gap.NONE:
            for state, start in live.items():
                _keep(following, _across(state, sign.gap), start)
        if sign.letters:
            for state, start in live.items():
                for reading in _onwards(state, sign):
                    _keep(following, reading, start)
            for state in self._begin(signs, at):
                _keep(following, state, at)
        return following

    def _begin(self, signs: Sequence[Sign], at: int) -> Iterator[_State]:
        """Give the readings that begin with a sign."""
        sign = signs[at]
        before = signs[at - 1] if at else None
        is_lettered = sign.kind is not Kind.DIGIT
        # Where a letter that needs no word around it comes again, the first one has begun.
        if sign.kind not in RUNNING_ON or before is None or before.own != sign.own:
            for letter in sign.letters:
                if child := self._tree.anywhere.edges.get(letter):
                    yield _State(child, 1, is_lettered=is_lettered)
        for letter in sign.letters:
            child = self._tree.bounded.edges.get(letter)
            if child is not None and (before is None or before.kind is not child.kind):
                yield _State(child, 1, is_lettered=is_lettered)


@lru_cache(maxsize=256)
def blocklist(words: tuple[str, ...]) -> Blocklist:
    """Give the list of these words; a server rarely changes its own, so it is made once."""
    return Blocklist(words)


class _State(NamedTuple):
    """How far one reading of the text has come.

    Attributes:
        run: How often the last letter came in a row, up to three.
        gap: The widest gap since.
        is_doubled: A letter came twice in place of once.
        is_tight, is_dotted, is_spaced: How letters of the current word were set apart.
        is_lettered: It is not of digits alone.
    """

    node: Node
    run: int
    gap: Gap = Gap.NONE
    is_doubled: bool = False
    is_tight: bool = False
    is_dotted: bool = False
    is_spaced: bool = False
    is_lettered: bool = False


_Live = dict[_State, int]
"""Readings that may still become a blocked word, and where each began."""


def _keep(live: _Live, state: _State | None, start: int) -> None:
    """Remember a reading, and where a word of a phrase is through, the way to the next as well."""
    if state is None:
        return
    live.setdefault(state, start)
    if state.gap is Gap.NONE and (between := state.node.edges.get(BETWEEN)):
        through = _State(between, 0, is_doubled=_is_doubled(state), is_lettered=state.is_lettered)
        live.setdefault(through, start)


def _across(state: _State, gap: Gap) -> _State | None:
    """Go on over a sign that is no letter, where the word may be set apart that far."""
    if state.node.letter == BETWEEN:
        return state
    return None if gap > _WIDEST[state.node.kind] else state._replace(gap=max(state.gap, gap))


def _onwards(state: _State, sign: Sign) -> Iterator[_State]:
    """Go on with a sign: as the next letter of the word, or as the last one once more."""
    node, edges = state.node, state.node.edges
    for letter in sign.letters:
        child = edges.get(letter)
        if child is not None and (reading := _step(state, child, sign)) is not None:
            yield reading
    if node.letter in sign.letters and node.kind is not Kind.DIGIT:
        yield state._replace(run=min(state.run + 1, _STRETCHED), gap=Gap.NONE)


def _step(state: _State, child: Node, sign: Sign) -> _State | None:
    """Take the next letter of the word, unless the word is set apart in a way that none is."""
    begins = state.node.letter == BETWEEN
    is_tight = state.is_tight or (not begins and state.gap is Gap.NONE)
    is_spaced = state.is_spaced or state.gap >= Gap.SPACE
    if is_tight and is_spaced and child.kind is Kind.LETTER:
        # Spelled out with spaces means every letter; "pen is" are two words.
        return None
    goes_on = child.run > 1
    return _State(
        child,
        min(state.run + 1, _STRETCHED) if goes_on else 1,
        is_doubled=state.is_doubled if goes_on else _is_doubled(state),
        is_tight=is_tight,
        is_dotted=state.is_dotted or state.gap is Gap.WITHIN,
        is_spaced=is_spaced,
        is_lettered=state.is_lettered or sign.kind is not Kind.DIGIT,
    )


def _is_doubled(state: _State) -> bool:
    return state.is_doubled or (state.run == 2 and state.node.run == 1)


def _counts(state: _State, end: End) -> bool:
    """Say whether a reading that came to the end of a word is that word."""
    if state.gap is not Gap.NONE or (end.has_letters and not state.is_lettered):
        return False
    return end.takes_doubles or not _is_doubled(state)


def _is_alone(signs: Sequence[Sign], start: int, at: int, state: _State, end: End) -> bool:
    """Say whether a word stands for itself, and is no part of something longer or harmless."""
    following = signs[at + 1].kind if at + 1 < len(signs) else Kind.OTHER
    if not end.goes_on and following is state.node.kind:
        return False
    is_spelled = state.is_spaced or (state.is_dotted and not state.is_tight)
    widest = Gap.SPACE if state.is_spaced else Gap.WITHIN
    if is_spelled and _is_amid_letters(signs, start, at, end, widest):
        return False
    return not _is_of_another_language(signs, start, at, end)


def _is_amid_letters(signs: Sequence[Sign], start: int, at: int, end: End, widest: Gap) -> bool:
    """Say whether what was spelled out goes on to either side: b a s s, or C F A G."""
    for place, direction in ((start, -1), (at, 1)):
        letter, gap = _neighbour(signs, place, direction)
        if letter is None or gap > widest:
            continue
        if gap is Gap.WITHIN or (letter in _NOTES if end.is_notes else letter not in _ALONE):
            return True
    return False


def _neighbour(signs: Sequence[Sign], place: int, direction: int) -> tuple[str | None, Gap]:
    """Find the next letter that stands by itself, and how far away it is."""
    gap = Gap.NONE
    place += direction
    while 0 <= place < len(signs) and signs[place].gap is not Gap.NONE:
        gap = max(gap, signs[place].gap)
        place += direction
    beyond = place + direction
    if not 0 <= place < len(signs) or signs[place].kind is not Kind.LETTER:
        return None, gap
    if 0 <= beyond < len(signs) and signs[beyond].kind is Kind.LETTER:
        return None, gap
    return signs[place].own, gap


def _is_of_another_language(signs: Sequence[Sign], start: int, at: int, end: End) -> bool:
    """Say whether a word that only looks like the blocked one is of the text's own language.

    It is where all of it is of one other script, and other words have letters of that script which
    nobody would take for others: Russian has words for mouth and for litter.
    """
    scripts = {sign.script for sign in signs[start : at + 1] if sign.gap is Gap.NONE}
    if end.script != "LATIN" or len(scripts) != 1 or not scripts < _OWN_LETTERS:
        return False
    others = (*signs[:start], *signs[at + 1 :])
    return any(sign.script in scripts and sign.own not in TWINS for sign in others)


def _drawing(text: str) -> str:
    """Give the pictures in a text, for words that have no letters."""
    return "".join(sign.own for sign in read(text) if not sign.own.isascii())
