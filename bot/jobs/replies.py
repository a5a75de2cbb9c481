"""What a reply to a card asks for: a small grammar, and everything else is a new style. Pure.

Whatever begins like a command and cannot be understood is refused with the right form, never
guessed at: a remix costs money, and "extend soon" is not a style.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from bot.catalogue.output import STEMS
from bot.catalogue.wording import listing
from bot.domain.job import LETTERS
from bot.errors import InvalidInput
from bot.jobs.times import TIME, clock_time, seconds_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Restyle:
    """Make it sound like this; the prompt is exactly as typed."""

    prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend:
    """Add to it, in seconds. Without either side, as much as the model usually adds."""

    before: float | None = None
    after: float | None = None
    prompt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """Make a part anew, in seconds of the source; without `end`, up to its end."""

    start: float
    end: float | None = None
    prompt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lyrics:
    """Sing these words instead; kept line by line."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stems:
    """Take it apart; without names, into every part there is."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Ask for the same once more."""


Wish: TypeAlias = Restyle | Extend | Replace | Lyrics | Stems | Again


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A wish, and which of the card's variations it is about; None when nobody said."""

    wish: Wish
    letter: str | None = None


GRAMMAR: tuple[tuple[str, str], ...] = (
    ("darker, with strings", "the same piece in that style; any words will do"),
    ("extend 30s", "adds to the end; “extend 10s before” adds to the beginning"),
    ("replace 0:10-0:20 with a drum fill", "makes that part anew and leaves the rest"),
    ("lyrics: la la la", "sings these words; they may go on for many lines"),
    ("stems", "takes it apart; “stems vocals drums” gives only those parts"),
    ("again", "the same request once more, with a new seed"),
    ("B: darker", "the second of several variations; “extend B 30s” works too"),
)
"""Each form a reply may have, as an example, and what it does."""

_VERB = re.compile(r"\s*(?:([a-j])\s+)?(extend|replace|lyrics|stems)(?!\w)", re.IGNORECASE)
_AGAIN = re.compile(r"\s*(?:([a-j])\s+)?again(?:\s+([a-j]))?[\s.!]*", re.IGNORECASE)
_PREFIX = re.compile(r"\s*([a-j])\s*[:)]\s*(?=\S)", re.IGNORECASE)
_LETTER = re.compile(r"\s+([a-j])(?=[\s:：]|$)", re.IGNORECASE)

_FRONT = r"(?:(?:at|to)\s)?(?:the\s)?(?:before|start|beginning|front)"
_BACK = r"(?:(?:at|to)\s)?(?:the\s)?(?:after|end)"
_SIDED = re.compile(
    rf"(?:by\s)?(?P<time>{TIME})(?:\s(?:more|longer)(?!\w))?"
    rf"(?:\s?(?:(?P<front>{_FRONT})|(?P<back>{_BACK}))(?!\w))?",
    re.IGNORECASE,
)
_AND = re.compile(r"\s?(?:(?<![0-9]),|,(?![0-9])|\+|(?<!\w)and(?!\w))\s?", re.IGNORECASE)
"""A comma between digits is a decimal one."""
_WITH = re.compile(r"(?:^|\s)with\s+(?=\S)", re.IGNORECASE)
_SPAN = re.compile(
    rf"(?:from\s+|between\s+)?(?P<start>{TIME}|(?:the\s+)?start(?!\w))"
    rf"\s*(?:-|–|—|to(?!\w)|until(?!\w)|and(?!\w))\s*"
    rf"(?P<end>{TIME}|(?:the\s+)?end(?!\w))"
    r"(?:\s*[:,]\s*(?:with\s+)?|\s+(?:with|by)\s+|$)",
    re.IGNORECASE,
)
_STEM_NAMES = {
    **{name: name for name in STEMS},
    "vocal": "vocals",
    "voice": "vocals",
    "drum": "drums",
    "guitars": "guitar",
    "rest": "other",
    "others": "other",
}
_PASSED_OVER = frozenset({"and", "all", "the", "only"})


def parse(text: str, *, bot_id: int | None = None, variations: int = 1) -> Reply:
    """Read a reply.

    Args:
        text: As the member typed it.
        bot_id: Whose mention at the beginning or the end does not count.
        variations: How many results the card carries; letters name them.

    Raises:
        InvalidInput: It is empty, or begins like a command and cannot be understood; the sentence
            shows the right form.
    """
    text = without_mention(text, bot_id)
    if not text.strip():
        raise InvalidInput(
            "The reply is empty. Write what should change, such as “darker, with strings”, "
            "or “extend 30s”."
        )
    letter = None
    if variations > 1 and (prefix := _PREFIX.match(text)):
        letter, text = prefix.group(1), text[prefix.end() :]
    wish, other = _wish(text)
    if letter and other and letter.upper() != other.upper():
        raise InvalidInput(
            f"The reply names both {letter.upper()} and {other.upper()}. Name one, as in "
            "“B: darker”."
        )
    return Reply(wish=wish, letter=checked_letter(letter or other, variations))


def checked_letter(letter: str | None, variations: int) -> str | None:
    """Give a variation's letter as a capital.

    Raises:
        InvalidInput: The card has no such variation.
    """
    if letter is None:
        return None
    letter = letter.upper()
    there = LETTERS[: max(1, variations)]
    if len(letter) == 1 and letter in there:
        return letter
    if len(there) == 1:
        raise InvalidInput(f"There is only one result here, no {letter}. Leave the letter out.")
    raise InvalidInput(f"There are the results {there[0]} to {there[-1]} here, but no {letter}.")


def without_mention(text: str, bot_id: int | None) -> str:
    """Take off mentions of the bot at either end; text without any stays exactly as it is."""
    mentions = (f"<@{bot_id}>", f"<@!{bot_id}>")
    found = True
    while found:
        found = False
        bare = text.strip()
        for mention in mentions:
            if bare.startswith(mention):
                text, found = bare.removeprefix(mention).lstrip(" \t\n,:"), True
            elif bare.endswith(mention):
                text, found = bare.removesuffix(mention).rstrip(), True
            if found:
                break
    return text


def _wish(text: str) -> tuple[Wish, str | None]:
    """Tell commands from a new style; with the letter that was named within."""
    if again := _AGAIN.fullmatch(text):
        return Again(), again.group(1) or again.group(2)
    verb = _VERB.match(text)
    if verb is None:
        return Restyle(prompt=text), None
    letter, rest = verb.group(1), text[verb.end() :]
    if letter is None and (named := _LETTER.match(rest)):
        letter, rest = named.group(1), rest[named.end() :]
    match verb.group(2).casefold():
        case "extend":
            return _extend(rest), letter
        case "replace":
            return _replace(rest), letter
        case "lyrics":
            return _lyrics(rest), letter
        case _:
            return _stems(rest), letter


def _extend(rest: str) -> Extend:
    amounts, prompt = rest, None
    if found := _WITH.search(rest):
        amounts, prompt = rest[: found.start()], rest[found.end() :]
    amounts = " ".join(amounts.split()).rstrip(".!")
    if not amounts:
        return Extend(prompt=prompt)
    sides: dict[str, float] = {}
    for part in _AND.split(amounts):
        sided = _SIDED.fullmatch(part)
        seconds = seconds_in(sided.group("time")) if sided else None
        side = "before" if sided and sided.group("front") else "after"
        if not seconds or side in sides:
            raise InvalidInput(
                "I could not tell how much to add, and where. Write it like “extend 30s”, "
                "“extend 1:30” or “extend 10s before”."
            )
        sides[side] = seconds
    return Extend(before=sides.get("before"), after=sides.get("after"), prompt=prompt)


def _replace(rest: str) -> Replace:
    body = rest.strip()
    span = _SPAN.match(body)
    start = _moment(span.group("start")) if span else None
    end = _moment(span.group("end")) if span else None
    to_the_end = span is not None and span.group("end").lower().endswith("end")
    if span is None or start is None or (end is None and not to_the_end):
        raise InvalidInput(
            "I could not tell which part to replace. Write it like "
            "“replace 0:10-0:20 with a drum fill”."
        )
    if end is not None and end <= start:
        raise InvalidInput(
            f"The part to replace starts at {clock_time(start)} and ends at {clock_time(end)}. "
            "Write the earlier time first, like “replace 0:10-0:20 with a drum fill”."
        )
    return Replace(start=start, end=end, prompt=body[span.end() :] or None)


def _moment(text: str) -> float | None:
    return 0.0 if text.lower().endswith("start") else seconds_in(text)


def _lyrics(rest: str) -> Lyrics:
    opening = re.match(r"[^\S\n]*(?:[:：][^\S\n]*\n?|\n)", rest)
    words = rest[opening.end() :] if opening else ""
    if not words.strip():
        raise InvalidInput(
            "There are no lyrics to sing. Put the words behind a colon, like “lyrics: la la la”; "
            "they may go on for many lines."
        )
    return Lyrics(text=words)


def _stems(rest: str) -> Stems:
    words = [word for word in re.split(r"[\s,;:+&.!/]+", rest.lower()) if word]
    names = dict.fromkeys(_STEM_NAMES.get(word) for word in words if word not in _PASSED_OVER)
    found = tuple(name for name in names if name is not None)
    if len(found) < len(names):
        raise InvalidInput(
            f"The parts there are: {listing(list(STEMS), last='and')}. Write “stems” for all of "
            "them, or name some, like “stems vocals drums”."
        )
    return Stems(names=found)
