"""How prompts are spelled for the index."""

from __future__ import annotations

import pytest

from bot.store.text import MAX_WORDS, search_text, spell, words


def test_ordinary_prompts_are_not_kept_twice() -> None:
    """Only where the searchable form differs is it stored."""
    assert search_text("soft piano, 1980's — «dreamy»") is None
    assert search_text("夏の歌") == " 夏  の  歌 "


def test_characters_have_one_form() -> None:
    """Full width and half width, composed, decomposed and without accent are the same."""
    assert spell("ＪＡＺＺ") == "JAZZ"
    assert spell("cafe\u0301") == spell("café") == "cafe"
    assert spell("ｶﾞ") == spell("ガ") != spell("カ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Soft  piano", ["Soft", "piano"]),
        ("lo-fi", ["lo fi"]),
        ('"NEAR(a b)"*', ["NEAR a", "b"]),
        ("钢琴 jazz钢", ["钢 琴", "jazz 钢"]),
        ("- * ' \x00 \ud800", []),
    ],
)
def test_words_hold_nothing_but_letters_and_digits(text: str, expected: list[str]) -> None:
    """What separates tokens in the index makes a phrase of a word; what is no word is dropped."""
    assert words(text) == expected


def test_a_query_is_bounded() -> None:
    """A pasted novel costs no more than a long question."""
    assert len(words("word " * 10_000)) == MAX_WORDS
