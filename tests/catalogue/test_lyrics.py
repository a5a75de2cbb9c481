"""Lyrics are checked before they are paid for, and put right where that needs no judgement."""

from __future__ import annotations

import pytest

from bot.catalogue import check_lyrics, find
from bot.domain.job import Kind
from tests.catalogue.asks import refusal

GOOD = "[verse]\nrain is falling down\n\n[chorus]\nwe are dancing round"


@pytest.mark.parametrize(
    "endpoint",
    [
        "fal-ai/yue",
        "fal-ai/diffrhythm",
        "minimax/music-3",
        "fal-ai/ace-step",
        "fal-ai/minimax-music/v2",
    ],
)
def test_good_lyrics_have_no_flaws(endpoint: str) -> None:
    """Nobody is bothered without reason."""
    assert check_lyrics(find(endpoint), GOOD, 95) == []


@pytest.mark.parametrize("endpoint", ["fal-ai/yue", "fal-ai/diffrhythm"])
@pytest.mark.parametrize("lyrics", ["one line\n\nanother", "one line\nanother"])
def test_untagged_lyrics_get_their_two_sections(endpoint: str, lyrics: str) -> None:
    """Paragraphs become verse and chorus in turn, or the lines are halved."""
    (flaw,) = check_lyrics(find(endpoint), lyrics, None)

    assert "at least 2 sections that begin with [verse] or [chorus]" in flaw.sentence
    assert flaw.fixed == "[verse]\none line\n\n[chorus]\nanother"
    assert check_lyrics(find(endpoint), flaw.fixed, None) == []


def test_one_section_is_not_enough_and_is_left_to_the_writer() -> None:
    """Where somebody has begun to tag, we do not guess."""
    (flaw,) = check_lyrics(find("fal-ai/yue"), "[verse]\nonly one", None)

    assert "there is 1" in flaw.sentence
    assert flaw.fixed is None


def test_numbered_sections_count() -> None:
    """Verse 1 is a verse."""
    assert check_lyrics(find("fal-ai/yue"), "[Verse 1]\na\n[Verse 2]\nb", None) == []


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("[00:75.00]late", "cannot be read"),
        ("[1:2:3:4]what", "cannot be read"),
        ("[01:35.00]at the end", "after the end of the song at 95 s"),
        ("[00:05.00]before", "before that of the line above"),
    ],
)
def test_times_must_be_readable_in_order_and_within_the_song(line: str, part: str) -> None:
    """The line in question is quoted."""
    lyrics = f"[verse]\n[00:10.00]one\n[chorus]\n{line}"

    (flaw,) = check_lyrics(find("fal-ai/diffrhythm"), lyrics, 95)

    assert part in flaw.sentence


def test_timed_lines_in_order_pass() -> None:
    """As in the documentation's example."""
    lyrics = "[00:10.00][verse]\n[00:10.00]Moonlight\n[00:25.50][chorus]\n[00:26]again"

    assert check_lyrics(find("fal-ai/diffrhythm"), lyrics, 95) == []


def test_words_behind_a_tag_are_moved_to_the_next_line() -> None:
    """The endpoint would drop them."""
    (flaw,) = check_lyrics(find("minimax/music-3"), "[verse] hello\nworld", 60)

    assert "hello" in flaw.sentence
    assert flaw.fixed == "[verse]\nhello\nworld"


def test_an_unclosed_tag_is_closed() -> None:
    """It would be sung."""
    (flaw,) = check_lyrics(find("fal-ai/ace-step"), "[verse\nla la", 60)

    assert flaw.fixed == "[verse]\nla la"


@pytest.mark.parametrize(
    ("typed", "fixed"),
    [("[[verse\nla la", "[verse]\nla la"), ("  [ verse \nla", "[verse]\nla"), ("[\nla", "\nla")],
)
def test_a_tag_is_closed_with_as_many_brackets_as_tags_have(typed: str, fixed: str) -> None:
    """And what was put right has no flaw any more."""
    model = find("fal-ai/ace-step")
    (flaw,) = check_lyrics(model, typed, 60)

    assert flaw.fixed == fixed
    assert check_lyrics(model, fixed, 60) == []


def test_the_first_minimax_takes_600_characters() -> None:
    """The sentence has both numbers."""
    assert check_lyrics(find("fal-ai/minimax-music"), "x" * 600, None) == []
    (flaw,) = check_lyrics(find("fal-ai/minimax-music"), "x" * 601, None)
    assert "601" in flaw.sentence
    assert "600" in flaw.sentence


def test_long_lines_are_wrapped_for_a_plan() -> None:
    """A plan's lines hold 200 characters."""
    (flaw,) = check_lyrics(find("fal-ai/elevenlabs/music"), "word " * 50, None)

    assert flaw.fixed is not None
    assert check_lyrics(find("fal-ai/elevenlabs/music"), flaw.fixed, None) == []


def test_flawed_lyrics_are_not_sent() -> None:
    """The first flaw is the refusal."""
    assert "at least 2 sections" in refusal(Kind.SONG, model="fal-ai/yue", lyrics="just a line")
    assert "200 characters" in refusal(
        Kind.SONG, model="fal-ai/elevenlabs/music", lyrics="word " * 50
    )
    assert "Choose one of the two" in refusal(Kind.SONG, lyrics=GOOD, write_lyrics=True)
    assert "Choose one of the two" in refusal(Kind.SONG, lyrics=GOOD, instrumental=True)


@pytest.mark.parametrize(("words", "seconds", "fits"), [(135, 30, True), (136, 30, False)])
def test_more_words_than_can_be_sung_are_refused_with_the_time_they_need(
    words: int, seconds: float, *, fits: bool
) -> None:
    """Four and a half words a second is rap; more is lost. Tags are not sung and do not count."""
    lyrics = "[verse]\n" + "la " * words

    flaws = check_lyrics(find("fal-ai/ace-step"), lyrics, seconds)

    assert flaws == [] if fits else "at least 35 seconds" in flaws[0].sentence


def test_scripts_without_spaces_are_counted_by_their_signs() -> None:
    """Two hundred Chinese characters cannot be sung in ten seconds."""
    flaws = check_lyrics(find("fal-ai/ace-step"), "歌" * 200, 10)

    assert "200 words" in flaws[0].sentence
