"""How prompts are spelled for the index."""

from __future__ import annotations

import pytest

from bot.store.text import MAX_WORDS, Asked, search_text, spell, words


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


@pytest.mark.parametrize(
    ("prompt", "text", "is_in"),
    [
        ("Soft piano", "SOFT pia", True),
        ("Soft piano", "pia soft", False),
        ("lo-fi rain", "lo fi", True),
        ("lo-fi rain", "lo-fi", True),
        ("lo and fi", "lo-fi", False),
        ("rainbow", "rain", True),
        ("rainbow night", "rain night", False),
        ("ΜΟΥΣΙΚΉΣ", "μουσικής", True),
        ("μουσικής", "ΜΟΥΣΙΚΗΣ", True),
        ("संगीत", "गीत", False),
        ("संगीत", "संगी", True),
        ("下雨天", "雨天", True),
        ("下雨天", "雨下", False),
    ],
)
def test_words_are_whole_and_the_last_may_be_a_beginning(
    prompt: str, text: str, is_in: bool
) -> None:
    """A phrase keeps its order; several words do not."""
    asked = Asked.of(text)
    assert asked is not None

    assert asked.is_in(search_text(prompt) or prompt) == is_in


def test_a_query_is_bounded() -> None:
    """A pasted novel costs no more than a long question."""
    assert len(words("word " * 10_000)) == MAX_WORDS
