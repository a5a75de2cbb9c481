"""What can be wrong with lyrics, model by model, and what they would be when put right."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from bot.catalogue.about import LyricRules
from bot.catalogue.endpoint import Endpoint, Unfit
from bot.catalogue.wording import listing, number, plain

_TAG = re.compile(r"^\s*\[([^\]\n]+)\](.*)$")
_TIME = re.compile(r"^\s*\[(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?\]")
_TIME_LIKE = re.compile(r"^\s*\[\s*\d")
_OPEN = re.compile(r"^(\s*\[[^\]\n]*)$", re.MULTILINE)
_LONGEST_TAG = 30
_BRACKETS = re.compile(r"\[[^\]\n]*\]")
_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+(?:['’-][^\W_]+)*")
"""Words; in scripts that write none apart, each sign counts, which is about a syllable."""

FASTEST = 4.5
"""Words per second that fast rap reaches for a whole song; beyond it models drop lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Something the model would stumble over.

    Attributes:
        sentence: What is wrong and what to do.
        fixed: The lyrics put right, where that needs no judgement.
    """

    sentence: str
    fixed: str | None = None


def check_lyrics(model: type[Endpoint], lyrics: str, duration: float | None) -> list[Flaw]:
    """List what is wrong with lyrics for a model, worst first; empty when they can be sung.

    Args:
        model: The model that is to sing them.
        lyrics: As typed.
        duration: Seconds of the song, where known.
    """
    flaws: list[Flaw] = []
    try:
        model.check("lyrics", lyrics)
    except Unfit as unfit:
        flaws.append(Flaw(sentence=f"{unfit.what}. {unfit.remedy}."))
    rules = model.lyric_rules
    title = model.about.title
    flaws += _unclosed(lyrics)
    if rules.sections:
        flaws += _too_few_sections(title, rules, lyrics)
    if rules.timed:
        flaws += _wrong_times(lyrics, duration)
    if rules.lone_tags:
        flaws += _crowded_tags(title, lyrics)
    if rules.longest_line is not None:
        flaws += _long_lines(title, rules.longest_line, lyrics)
    return flaws + _too_fast(lyrics, duration)


def _too_fast(lyrics: str, duration: float | None) -> list[Flaw]:
    """Find words that no singer gets through in the time there is."""
    words = len(_WORDS.findall(_BRACKETS.sub(" ", lyrics)))
    if duration is None or words <= duration * FASTEST:
        return []
    needed = math.ceil(words / FASTEST / 5) * 5
    return [
        Flaw(
            sentence=f"These are {words} words for {number(duration)} seconds, more than can be "
            f"sung. Ask for at least {needed} seconds, or leave out some lines."
        )
    ]


def _unclosed(lyrics: str) -> list[Flaw]:
    """Find tags that were opened and not closed, which would be sung."""
    for line in _OPEN.findall(lyrics):
        if len(line.strip()) <= _LONGEST_TAG:
            fixed = _OPEN.sub(_closed, lyrics)
            sentence = f"The tag {plain(line.strip())} is not closed. Put a ] behind it."
            return [Flaw(sentence=sentence, fixed=fixed)]
    return []


def _closed(found: re.Match[str]) -> str:
    """Close one tag, with one bracket on either side; a bracket with nothing behind it goes."""
    line: str = found.group(1)
    words = line.strip().lstrip("[").strip()
    if len(line.strip()) > _LONGEST_TAG:
        return line
    return f"[{words}]" if words else ""


def _tags(lyrics: str) -> list[str]:
    """List the section tags, without numbers and in lower case; times are no tags."""
    found = []
    for line in lyrics.splitlines():
        bare = _TIME.sub("", line)
        tag = _TAG.match(bare)
        if tag and not _TIME_LIKE.match(bare):
            found.append(tag.group(1).strip().lower())
    return found


def _too_few_sections(title: str, rules: LyricRules, lyrics: str) -> list[Flaw]:
    opening = [tag for tag in _tags(lyrics) if tag.startswith(rules.openers)]
    if len(opening) >= rules.sections:
        return []
    names = listing([f"[{name}]" for name in rules.openers])
    sentence = (
        f"{title} needs at least {rules.sections} sections that begin with {names}; "
        f"there {'is' if len(opening) == 1 else 'are'} {len(opening)}. "
        "Put such a tag on a line of its own above each section."
    )
    return [
        Flaw(sentence=sentence, fixed=_with_sections(rules, lyrics, tagged=bool(_tags(lyrics))))
    ]


def _with_sections(rules: LyricRules, lyrics: str, *, tagged: bool) -> str | None:
    """Tag the paragraphs in turn; None where somebody has begun to, or there is too little."""
    if tagged:
        return None
    blocks = [block for block in re.split(r"\n\s*\n", lyrics.strip()) if block.strip()]
    if len(blocks) < rules.sections:
        lines = [line for line in lyrics.splitlines() if line.strip()]
        if len(lines) < rules.sections:
            return None
        half = (len(lines) + 1) // 2
        blocks = ["\n".join(lines[:half]), "\n".join(lines[half:])]
    tags = rules.openers
    return "\n\n".join(f"[{tags[i % len(tags)]}]\n{block}" for i, block in enumerate(blocks))


def _wrong_times(lyrics: str, duration: float | None) -> list[Flaw]:
    """Find times that cannot be read, run backwards, or lie behind the end of the song."""
    flaws: list[Flaw] = []
    last = -1.0
    for line in lyrics.splitlines():
        found = _TIME.match(line)
        if found is None:
            if _TIME_LIKE.match(line):
                flaws.append(Flaw(sentence=_unreadable(line)))
            continue
        minutes, seconds, fraction = found.groups()
        at = int(minutes) * 60 + int(seconds) + float(f"0.{fraction or 0}")
        if int(seconds) >= 60:
            flaws.append(Flaw(sentence=_unreadable(line)))
        elif at < last:
            sentence = f"The time of {plain(line.strip())} is before that of the line above it."
            flaws.append(
                Flaw(sentence=f"{sentence} Put the lines in order.", fixed=_sorted(lyrics))
            )
        elif duration is not None and at >= duration:
            sentence = (
                f"{plain(line.strip())} comes after the end of the song at {number(duration)} s."
            )
            flaws.append(Flaw(sentence=f"{sentence} Choose a longer duration or an earlier time."))
        last = max(last, at)
    return flaws


def _unreadable(line: str) -> str:
    return f"The time in {plain(line.strip())} cannot be read. Write it like [01:05.50]."


def _sorted(lyrics: str) -> str | None:
    """Put lines in order of time, where every line that is not empty has one."""
    lines = [line for line in lyrics.splitlines() if line.strip()]
    timed: list[tuple[float, str]] = []
    for line in lines:
        found = _TIME.match(line)
        if found is None:
            return None
        minutes, seconds, fraction = found.groups()
        timed.append((int(minutes) * 60 + int(seconds) + float(f"0.{fraction or 0}"), line))
    return "\n".join(line for _, line in sorted(timed, key=lambda pair: pair[0]))


def _crowded_tags(title: str, lyrics: str) -> list[Flaw]:
    """Find words behind a tag on its line, which would not be sung."""
    lines = lyrics.splitlines()
    matches = [_TAG.match(line) for line in lines]
    crowded = [
        line for line, tag in zip(lines, matches, strict=True) if tag and tag.group(2).strip()
    ]
    if not crowded:
        return []
    fixed = "\n".join(
        f"[{tag.group(1)}]\n{tag.group(2).strip()}" if tag and tag.group(2).strip() else line
        for line, tag in zip(lines, matches, strict=True)
    )
    sentence = (
        f"{title} leaves out words on the same line as a tag, as in {plain(crowded[0].strip())}. "
        "Put them on the next line."
    )
    return [Flaw(sentence=sentence, fixed=fixed)]


def _long_lines(title: str, longest: int, lyrics: str) -> list[Flaw]:
    lines: Sequence[str] = lyrics.splitlines()
    if all(len(line.strip()) <= longest for line in lines):
        return []
    fixed = "\n".join(
        part for line in lines for part in (textwrap.wrap(line, longest) if line.strip() else [""])
    )
    sentence = (
        f"{title} takes lines of up to {number(longest)} characters. Break longer ones in two."
    )
    return [Flaw(sentence=sentence, fixed=fixed)]
